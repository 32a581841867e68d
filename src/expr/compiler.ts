/**
 * Turns a syntax tree into closures, once for each place of the program, so that evaluating costs no walk over the tree
 * and no look-up of names: a condition may be evaluated tens of thousands of times a second.
 */
import { bareType } from '../symbols/data/types';
import { typeName } from '../symbols/data/typenames';
import { arithmetic, comparison, isTrue, truth, unary } from './arithmetic';
import { compileAssignment, compileIncrement } from './assignments';
import type { Node } from './ast';
import { compileCall } from './calls';
import { reachCast, reachSize, reachTypeSize, scalarOf } from './casts';
import type { Compiler, Evaluator, Reach } from './compile';
import type { EvaluationContext, Names } from './context';
import { ExpressionError, type Span } from './errors';
import {
  addressOfLocated,
  reachDereference,
  reachIndex,
  reachMember,
  reachMemberPointer,
  reachRange,
  reachRepeat,
} from './memberaccess';
import { compileDollar, compileName, reachDollar, reachName } from './names';
import { blaming, constant, load, toObject, fromObject } from './places';
import { compareFormatted, compileTextComparison } from './texts';
import { arrayOf, BOOL, VOID, type Type } from './types';
import type { Located, Value } from './values';

/** `decltype(nullptr)` */
const NULL_TYPE: Type = { kind: 'void', name: 'decltype(nullptr)', size: 8 };

/** Compiles a tree; throws ExpressionError for what can be known to be wrong before evaluating. */
export function compileNode(node: Node, names?: Names): Evaluator {
  const compiler: Compiler = {
    names,
    value: (each) => valueOf(compiler, each),
    reach: (each) => reachOf(compiler, each),
  };
  return compiler.value(node);
}

/** Whether a node designates something that need not be read to be known. */
function valueOf(compiler: Compiler, node: Node): Evaluator {
  switch (node.kind) {
    case 'number':
    case 'float': {
      const value: Value = { type: node.type, bits: node.value };
      return () => value;
    }
    case 'null': {
      const value: Value = { type: NULL_TYPE, bits: 0n };
      return () => value;
    }
    case 'string': {
      const { bytes, element } = node;
      const all = Buffer.concat([bytes, Buffer.alloc(element.size)]);
      const value = constant(arrayOf(element, all.length / element.size), all);
      return () => value;
    }
    case 'name':
      return compileName(compiler, node.name, node);
    case 'dollar':
      return compileDollar(node);
    case 'unary':
      return compileUnary(compiler, node);
    case 'binary':
      return compileBinary(compiler, node);
    case 'assign':
      return compileAssignment(compiler, node);
    case 'increment':
      return compileIncrement(compiler, node);
    case 'call':
      return compileCall(compiler, node);
    default: {
      const reach = reachOf(compiler, node);
      return (context) => load(context, reach(context), node);
    }
  }
}

function reachOf(compiler: Compiler, node: Node): Reach {
  switch (node.kind) {
    case 'name':
      return reachName(compiler, node.name, node);
    case 'dollar':
      return reachDollar(node);
    case 'member':
      return reachMember(compiler, node);
    case 'memberPointer':
      return reachMemberPointer(compiler, node);
    case 'index':
      return reachIndex(compiler, node);
    case 'range':
      return reachRange(compiler, node);
    case 'repeat':
      return reachRepeat(compiler, node);
    case 'cast':
      return node.operand.kind === 'call' && bareType(node.type).kind !== 'void'
        ? reachCast(withExpectedCall(compiler, node.type), node)
        : reachCast(compiler, node);
    case 'sizeof':
    case 'alignof':
      return reachSize(compiler, node);
    case 'sizeofType':
    case 'alignofType':
      return reachTypeSize(node);
    case 'unary':
      if (node.operator === '*') return reachDereference(compiler, node);
      if (node.operator === '__real' || node.operator === '__imag') return reachPart(compiler, node);
      return valueOf(compiler, node);
    case 'conditional': {
      const test = compiler.reach(node.test);
      const yes = compiler.reach(node.yes);
      const no = compiler.reach(node.no);
      // The type is that of the branch taken, as in gdb: the other one may not even be evaluable.
      return (context) => (holds(context, test(context), node.test) ? yes(context) : no(context));
    }
    default:
      return valueOf(compiler, node);
  }
}

/** The cast around a call says what a function without debugging information returns. */
function withExpectedCall(compiler: Compiler, type: Type): Compiler {
  return {
    ...compiler,
    reach: (node) => (node.kind === 'call' ? compileCall(compiler, node, type) : compiler.reach(node)),
  };
}

/** Whether something counts as true; smart pointers do when they are not null. */
function holds(context: EvaluationContext, located: Located, span: Span): boolean {
  return isTrue(scalarOf(context, load(context, located, span), span), span);
}

/** The real or the imaginary part of a complex number; a real number is its own real part. */
function reachPart(compiler: Compiler, node: Node & { kind: 'unary' }): Reach {
  const operand = compiler.reach(node.operand);
  const index = node.operator === '__real' ? 0 : 1;
  return (context) => {
    const located = operand(context);
    if (bareType(located.type).kind === 'complex') {
      return fromObject(blaming(node, () => toObject(context, located).element(index)));
    }
    const value = load(context, located, node.operand);
    if (index === 0) return unary('+', value, node);
    throw new ExpressionError(`'${typeName(located.type)}' has no imaginary part`, node.operand);
  };
}

function compileUnary(compiler: Compiler, node: Node & { kind: 'unary' }): Evaluator {
  const { operator } = node;
  switch (operator) {
    case '&': {
      const operand = compiler.reach(node.operand);
      return (context) => {
        const located = operand(context);
        return addressOfLocated(located.type === VOID ? { ...located, type: VOID } : located, node.operand);
      };
    }
    case '*':
    case '__real':
    case '__imag': {
      const reach = reachOf(compiler, node);
      return (context) => load(context, reach(context), node);
    }
    case '!': {
      const operand = compiler.value(node.operand);
      return typed((context) => truth(!holds(context, operand(context), node.operand)));
    }
    default: {
      const operand = compiler.value(node.operand);
      return (context) => unary(operator, operand(context), node);
    }
  }
}

/** Gives a truth value the type that the language of the frame has for it. */
function typed(evaluate: Evaluator): Evaluator {
  return (context) => {
    const value = evaluate(context);
    return context.hasBoolean ? { type: BOOL, bits: value.bits } : value;
  };
}

function compileBinary(compiler: Compiler, node: Node & { kind: 'binary' }): Evaluator {
  const { operator } = node;
  switch (operator) {
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return typed(compileTextComparison(compiler, node, operator) ?? compileComparison(compiler, node, operator));
    default:
  }
  const left = compiler.value(node.left);
  const right = compiler.value(node.right);
  switch (operator) {
    case '&&':
      return typed((context) =>
        truth(holds(context, left(context), node.left) && holds(context, right(context), node.right)),
      );
    case '||':
      return typed((context) =>
        truth(holds(context, left(context), node.left) || holds(context, right(context), node.right)),
      );
    case ',':
      return (context) => {
        left(context);
        return right(context);
      };
    default: {
      const compute = arithmetic(operator);
      return (context) => compute(left(context), right(context), node);
    }
  }
}

function compileComparison(
  compiler: Compiler,
  node: Node & { kind: 'binary' },
  operator: Parameters<typeof comparison>[0],
): Evaluator {
  const left = compiler.value(node.left);
  const right = compiler.value(node.right);
  const compare = comparison(operator);
  return (context) => {
    const a = left(context);
    const b = right(context);
    if (a.type.kind === 'integer' && b.type.kind === 'integer') return compare(a, b, node);
    const texts = compareFormatted(context, operator, a, b, node);
    if (texts) return texts;
    return compare(scalarOf(context, a, node.left), scalarOf(context, b, node.right), node);
  };
}
