/** Names and `$names`: variables, members of `this`, enumerators, functions, symbols, registers. */
import type { VirtAddr } from '../common/addresses';
import type { Node } from './ast';
import type { Compiler, Evaluator, Reach } from './compile';
import type { EvaluationContext, FoundVariable, Names, ResolvedSymbol } from './context';
import { ExpressionError, type Span } from './errors';
import { historyNumber, isHistoryName } from './history';
import { nearest } from './members';
import { blaming, followReference, inMemory, load, loadRegister, toObject, fromObject } from './places';
import { registerAfterDollar, registerByBareName } from './registers';
import { registerView } from './registerviews';
import { FUNCTION, integerOfSize, VOID } from './types';
import type { Located, Value } from './values';

/** How many visible names are looked through for one that was meant. */
const MAX_SUGGESTIONS = 2000;

/** A bare word: what the debugging information calls so, or else a symbol, or else a register. */
export function reachName(compiler: Compiler, name: string, span: Span): Reach {
  const { names } = compiler;
  const found = names?.variable(name);
  if (found) return reachFound(found, name, span);
  const func = names?.functions(name).find((each) => each.address !== undefined);
  const register = registerByBareName(name);
  return (context) => {
    const address = func && context.functionAddress?.(func);
    if (address !== undefined) return { type: func!.type, place: { kind: 'memory', address } };
    const symbol = context.resolveSymbol(name);
    if (symbol) return symbolPlace(symbol, name, span);
    if (register) return { type: register.type, place: { kind: 'named', register } };
    // The index of a module's names may have become ready since.
    const later = names?.variable(name);
    if (later) return reachFound(later, name, span)(context);
    throw unknownName(names, name, span);
  };
}

export function compileName(compiler: Compiler, name: string, span: Span): Evaluator {
  const reach = reachName(compiler, name, span);
  return (context) => {
    const located = reach(context);
    const kind = located.place?.kind;
    if (kind === 'optimizedOut') throw new ExpressionError(`'${name}' is optimized out`, span);
    if (kind === 'unavailable' && located.place?.kind === 'unavailable') {
      throw new ExpressionError(`'${name}' is not available: ${located.place.reason}`, span);
    }
    if (located.type === VOID) {
      throw new ExpressionError(
        `the type of '${name}' is not known; cast it, as in (int)${name}, or take &${name}`,
        span,
      );
    }
    return load(context, located, span);
  };
}

function reachFound(found: FoundVariable, name: string, span: Span): Reach {
  switch (found.kind) {
    case 'variable': {
      const { variable } = found;
      const { type } = variable;
      return (context) => {
        const located: Located = { type, place: variable.locate(frameOf(context, name, span)) };
        return followReference(context, located, span);
      };
    }
    case 'member': {
      const { object, path } = found;
      return (context) => {
        const place = object.locate(frameOf(context, name, span));
        const self = toObject(context, { type: object.type, place });
        return followReference(context, fromObject(blaming(span, () => self.dereference().member(...path))), span);
      };
    }
    case 'staticMember': {
      const { member, container } = found;
      return (context) => {
        const place =
          member.storage?.() ?? staticPlace(context, `${container.qualifiedName}::${member.name}`, member.linkageName);
        if (!place) throw new ExpressionError(`'${name}' has no place in the program's memory`, span);
        return followReference(context, { type: member.type, place }, span);
      };
    }
    case 'enumerator': {
      const value: Value = { type: found.type, bits: found.value };
      return () => value;
    }
  }
}

function frameOf(context: EvaluationContext, name: string, span: Span): NonNullable<EvaluationContext['frame']> {
  if (context.frame) return context.frame;
  throw new ExpressionError(`'${name}' needs a stack frame`, span);
}

/** Where a static member of a class is: by its linkage name, or by its qualified one. */
export function staticPlace(
  context: EvaluationContext,
  qualifiedName: string,
  linkageName: string | undefined,
): Located['place'] {
  const symbol =
    (linkageName === undefined ? undefined : context.resolveSymbol(linkageName)) ??
    context.resolveSymbol(qualifiedName);
  if (symbol) return { kind: 'memory', address: symbol.address };
  const found = context.scope?.variable(qualifiedName);
  return found?.kind === 'variable' && context.frame ? found.variable.locate(context.frame) : undefined;
}

function unknownName(names: Names | undefined, name: string, span: Span): ExpressionError {
  if (registerAfterDollar(name)) {
    return new ExpressionError(`there is no symbol '${name}'; the register is '$${name}'`, span);
  }
  const prefix = name.slice(0, name.lastIndexOf('::') + 2 || 1);
  const visible = names?.names(prefix.length > 1 ? prefix : '', MAX_SUGGESTIONS).map((each) => each.name) ?? [];
  const similar = nearest(name, visible);
  const hint = similar === undefined ? '' : `; did you mean '${similar}'?`;
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
function symbolPlace(symbol: ResolvedSymbol, name: string, span: Span): Located {
  const address = symbolAddress(symbol, name, span);
  if (isCode(symbol)) return inMemory(FUNCTION, address);
  return { ...inMemory(integerOfSize(symbol.size ?? 0) ?? VOID, address), isUntyped: true };
}

function symbolAddress(symbol: ResolvedSymbol, name: string, span: Span): VirtAddr {
  if (symbol.kind === 'tls') {
    throw new ExpressionError(`'${name}' is thread-local: its address is not known without type information`, span);
  }
  return symbol.address;
}

/** `$rax`, `$flags`, `$ymm0`, or a variable of the debugger. Registers have no case, variables do. */
export function reachDollar(node: Node & { kind: 'dollar' }): Reach {
  const { name } = node;
  const register = registerAfterDollar(name.toLowerCase());
  if (register) {
    const located: Located = { type: register.type, place: { kind: 'named', register } };
    return () => located;
  }
  const view = registerView(name.toLowerCase());
  if (view) return () => view;
  if (isHistoryName(name)) return (context) => fromHistory(context, node);
  return (context) => {
    const value = context.variables?.get(name);
    if (value) return value;
    const known = [...(context.variables?.names() ?? [])];
    const similar = nearest(name, known);
    const hint = similar === undefined ? '' : `; did you mean '$${similar}'?`;
    throw new ExpressionError(`there is no register or variable '$${name}'${hint}`, node);
  };
}

function fromHistory({ history }: EvaluationContext, node: Node & { kind: 'dollar' }): Value {
  const last = history?.last ?? 0;
  const number = historyNumber(node.name, last);
  const value = history?.at(number);
  if (value) return value;
  const sentence =
    last === 0
      ? `'$${node.name}' is a value of the Debug Console, which has shown none yet`
      : `the Debug Console has no value '$${number}'; its last one is '$${last}'`;
  throw new ExpressionError(sentence, node);
}

export function compileDollar(node: Node & { kind: 'dollar' }): Evaluator {
  const register = registerAfterDollar(node.name.toLowerCase());
  if (register) return (context) => loadRegister(context, register, node);
  const reach = reachDollar(node);
  return (context) => load(context, reach(context), node);
}
