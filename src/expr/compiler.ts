/**
 * Turns a syntax tree into closures, once, so that evaluating costs no walk over the tree: a condition may be evaluated
 * tens of thousands of times a second.
 */
import type { VirtAddr } from '../common/addresses';
import { arithmetic, comparison, isTrue, truth, unary } from './arithmetic';
import type { Node } from './ast';
import type { EvaluationContext, ResolvedSymbol } from './context';
import { ExpressionError, type Span } from './errors';
import { loadMemory, loadRegister, store } from './places';
import { isUncomputableRegister, registerAfterDollar, registerByBareName, type RegisterInfo } from './registers';
import { BOOL, FUNCTION, integerOfSize, LONG, pointerTo, sizeOf, typeName, UNSIGNED_LONG, type Type } from './types';
import { addressOf, convert, decay, voidPointer, type Place, type Value } from './values';

/** Evaluates a node; throws ExpressionError. */
export type Evaluator = (context: EvaluationContext) => Value;

/** An lvalue that has not been read yet, so that `&` and `sizeof` need not touch memory. */
interface TypedPlace {
  readonly type: Type;
  readonly place: Place;
}
type PlaceEvaluator = (context: EvaluationContext) => TypedPlace;

/** Compiles a tree; throws ExpressionError for what can be known to be wrong before evaluating. */
export function compileNode(node: Node): Evaluator {
  switch (node.kind) {
    case 'number': {
      const value: Value = { type: node.type, bits: node.value };
      return () => value;
    }
    case 'register': {
      const register = dollarRegister(node.name, node);
      return (context) => loadRegister(context, register, node);
    }
    case 'name':
      return compileName(node.name, node);
    case 'unary':
      return compileUnary(node);
    case 'binary':
      return compileBinary(node);
    case 'assign':
      return compileAssignment(node);
    case 'conditional': {
      const test = compileNode(node.test);
      const yes = compileNode(node.yes);
      const no = compileNode(node.no);
      // The type is that of the branch taken, as in gdb: the other one may not even be evaluable.
      return (context) => (isTrue(test(context), node.test) ? yes(context) : no(context));
    }
    case 'cast':
      return compileCast(node);
    case 'sizeofType': {
      const value = sizeValue(node.type, node);
      return () => value;
    }
    case 'sizeof': {
      const operand = compileNode(node.operand);
      return (context) => sizeValue(operand(withoutEffects(context)).type, node);
    }
    case 'index': {
      const place = compilePlace(node)!;
      return (context) => load(context, place(context), node);
    }
  }
}

function dollarRegister(name: string, span: Span): RegisterInfo {
  const register = registerAfterDollar(name);
  if (register) return register;
  if (isUncomputableRegister(name)) {
    throw new ExpressionError(`'$${name}' holds a vector or a floating-point number, not an integer`, span);
  }
  throw new ExpressionError(`there is no register '$${name}'`, span);
}

function sizeValue(type: Type, span: Span): Value {
  if (type.kind === 'void') throw new ExpressionError('void has no size', span);
  return { type: UNSIGNED_LONG, bits: BigInt(sizeOf(type)) };
}

/** A context for operands that C does not evaluate: every byte reads as 1 and nothing can be written. */
function withoutEffects(context: EvaluationContext): EvaluationContext {
  return {
    registers: { dwarf: () => 1n, named: () => 1n },
    memory: { read: (_address, length) => new Uint8Array(length).fill(1) },
    resolveSymbol: (name) => context.resolveSymbol(name),
    write: { memory: () => true, register: () => true },
  };
}

function load(context: EvaluationContext, { type, place }: TypedPlace, span: Span): Value {
  if (place.kind === 'register') return loadRegister(context, place.register, span);
  return loadMemory(context, place.address, type, span);
}

/** A bare word: a symbol, or else a register. */
function compileName(name: string, span: Span): Evaluator {
  if (name === 'true' || name === 'false') return compileBoolean(name);
  const register = registerByBareName(name);
  return (context) => {
    const symbol = context.resolveSymbol(name);
    if (symbol) return load(context, symbolPlace(symbol, name, span), span);
    if (register) return loadRegister(context, register, span);
    throw unknownName(name, span);
  };
}

function compileBoolean(name: string): Evaluator {
  const value: Value = { type: BOOL, bits: name === 'true' ? 1n : 0n };
  return () => value;
}

function unknownName(name: string, span: Span): ExpressionError {
  const hint = registerAfterDollar(name) ? `; the register is '$${name}'` : '';
  return new ExpressionError(`there is no symbol '${name}'${hint}`, span);
}

/** Code, and labels that state no size: what they evaluate to is their address. */
function isCode(symbol: ResolvedSymbol): boolean {
  switch (symbol.kind) {
    case 'function':
    case 'ifunc':
    case 'plt':
      return true;
    case 'notype':
      return !symbol.size;
    case 'object':
    case 'tls':
      return false;
  }
}

/** Without type information a datum of 1, 2, 4 or 8 bytes counts as a signed integer; others need a cast. */
function symbolPlace(symbol: ResolvedSymbol, name: string, span: Span): TypedPlace {
  const place: Place = { kind: 'memory', address: symbolAddress(symbol, name, span) };
  if (isCode(symbol)) return { type: FUNCTION, place };
  const type = integerOfSize(symbol.size ?? 0);
  if (type) return { type, place };
  throw new ExpressionError(`the type of '${name}' is not known; cast it, as in (int)${name}, or take &${name}`, span);
}

function symbolAddress(symbol: ResolvedSymbol, name: string, span: Span): VirtAddr {
  if (symbol.kind === 'tls') {
    throw new ExpressionError(`'${name}' is thread-local: its address is not known without type information`, span);
  }
  return symbol.address;
}

function compileUnary(node: Node & { kind: 'unary' }): Evaluator {
  const { operator } = node;
  if (operator === '&') return compileAddressOf(node);
  if (operator === '*') {
    const place = compilePlace(node)!;
    return (context) => load(context, place(context), node);
  }
  const operand = compileNode(node.operand);
  if (operator === '!') return (context) => truth(!isTrue(operand(context), node.operand));
  return (context) => unary(operator, operand(context), node);
}

function compileAddressOf(node: Node & { kind: 'unary' }): Evaluator {
  const { operand } = node;
  if (operand.kind === 'name') {
    const { name } = operand;
    return (context) => {
      const symbol = context.resolveSymbol(name);
      if (!symbol) {
        if (registerByBareName(name)) throw new ExpressionError(`the register '${name}' has no address`, operand);
        throw unknownName(name, operand);
      }
      const address = symbolAddress(symbol, name, operand);
      if (isCode(symbol)) return { type: pointerTo(FUNCTION), bits: address };
      const type = integerOfSize(symbol.size ?? 0);
      return type ? { type: pointerTo(type), bits: address } : voidPointer(address);
    };
  }
  if (operand.kind === 'register') throw new ExpressionError(`a register has no address`, node);
  const place = compilePlace(operand);
  if (!place) throw new ExpressionError('only something in memory has an address', operand);
  return (context) => {
    const target = place(context);
    if (target.place.kind === 'register') throw new ExpressionError(`a register has no address`, node);
    return { type: pointerTo(target.type), bits: target.place.address };
  };
}

/** The lvalue that a node designates; undefined when it is none. */
function compilePlace(node: Node): PlaceEvaluator | undefined {
  switch (node.kind) {
    case 'register': {
      const register = dollarRegister(node.name, node);
      const place: TypedPlace = { type: register.type, place: { kind: 'register', register } };
      return () => place;
    }
    case 'name':
      return compileNamedPlace(node.name, node);
    case 'unary': {
      if (node.operator !== '*') return undefined;
      const pointer = compileNode(node.operand);
      return (context) => dereference(pointer(context), node);
    }
    case 'index': {
      const base = compileNode(node.base);
      const index = compileNode(node.index);
      const plus = arithmetic('+');
      return (context) => {
        const start = base(context);
        if (start.type.kind === 'integer') {
          throw new ExpressionError(`cannot index '${typeName(start.type)}'; cast it to a pointer first`, node.base);
        }
        return dereference(plus(start, index(context), node), node);
      };
    }
    default:
      return undefined;
  }
}

function compileNamedPlace(name: string, span: Span): PlaceEvaluator | undefined {
  if (name === 'true' || name === 'false') return undefined;
  const register = registerByBareName(name);
  return (context) => {
    const symbol = context.resolveSymbol(name);
    if (symbol) return symbolPlace(symbol, name, span);
    if (register) return { type: register.type, place: { kind: 'register', register } };
    throw unknownName(name, span);
  };
}

/** An integer is dereferenced as a `long *`, as in gdb. */
function dereference(value: Value, span: Span): TypedPlace {
  const pointer = decay(value);
  const place: Place = { kind: 'memory', address: addressOf(pointer) };
  if (pointer.type.kind === 'pointer') {
    if (pointer.type.target.kind === 'void') {
      throw new ExpressionError("a 'void *' cannot be dereferenced; cast it first, as in *(long *)…", span);
    }
    return { type: pointer.type.target, place };
  }
  if (pointer.type.kind === 'integer') return { type: LONG, place };
  throw new ExpressionError(`cannot dereference '${typeName(pointer.type)}'`, span);
}

function compileBinary(node: Node & { kind: 'binary' }): Evaluator {
  const left = compileNode(node.left);
  const right = compileNode(node.right);
  const { operator } = node;
  switch (operator) {
    case '&&':
      return (context) => truth(isTrue(left(context), node.left) && isTrue(right(context), node.right));
    case '||':
      return (context) => truth(isTrue(left(context), node.left) || isTrue(right(context), node.right));
    case ',':
      return (context) => {
        left(context);
        return right(context);
      };
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=': {
      const compare = comparison(operator);
      return (context) => compare(left(context), right(context), node);
    }
    default: {
      const compute = arithmetic(operator);
      return (context) => compute(left(context), right(context), node);
    }
  }
}

/** A datum without type information takes the type of the cast: `(int)counter` reads four bytes at `counter`. */
function compileCast(node: Node & { kind: 'cast' }): Evaluator {
  const { type, operand } = node;
  const evaluate = compileNode(operand);
  if (operand.kind !== 'name' || type.kind === 'void') {
    return (context) => convert(evaluate(context), type);
  }
  const { name } = operand;
  return (context) => {
    const symbol = context.resolveSymbol(name);
    if (!symbol || isCode(symbol)) return convert(evaluate(context), type);
    return loadMemory(context, symbolAddress(symbol, name, operand), type, node);
  };
}

function compileAssignment(node: Node & { kind: 'assign' }): Evaluator {
  const target = compilePlace(node.target);
  if (!target) throw new ExpressionError('only registers and memory can be assigned to', node.target);
  const value = compileNode(node.value);
  const compute = node.operator && arithmetic(node.operator);
  return (context) => {
    const { write } = context;
    if (!write) throw new ExpressionError('nothing may be changed here', node);
    const typed = target(context);
    if (typed.type.kind === 'function') throw new ExpressionError('code cannot be assigned to', node.target);
    const right = value(context);
    const next = compute ? compute(load(context, typed, node.target), right, node) : right;
    if (next.type.kind === 'void') throw new ExpressionError('a void value cannot be used', node.value);
    return store(context, typed.place, convert(next, typed.type), node);
  };
}
