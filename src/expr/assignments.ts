/** Assignment, compound assignment, `++` and `--`: to scalars, structures, texts and the debugger's own variables. */
import { bareType, type Type } from '../symbols/data/types';
import { typeName } from '../symbols/data/typenames';
import { arithmetic } from './arithmetic';
import type { Node } from './ast';
import { cast } from './casts';
import type { Compiler, Evaluator } from './compile';
import type { EvaluationContext } from './context';
import { ExpressionError, type Span } from './errors';
import { isHistoryName } from './history';
import { formatted } from './memberaccess';
import { blaming, constant, load, store, storeBytes, toObject } from './places';
import { registerAfterDollar } from './registers';
import { registerView } from './registerviews';
import { isScalar } from './scalars';
import { countBytes } from './storage';
import { INT } from './types';
import type { Located, Value } from './values';

const ONE: Value = { type: INT, bits: 1n };

export function compileAssignment(compiler: Compiler, node: Node & { kind: 'assign' }): Evaluator {
  const value = compiler.value(node.value);
  const compute = node.operator && arithmetic(node.operator);
  const name = ownVariable(node.target);
  if (name !== undefined) {
    return (context) => {
      const old = compute ? compiler.value(node.target)(context) : undefined;
      const right = value(context);
      return setVariable(context, name, compute && old ? compute(old, right, node) : right, node);
    };
  }
  rejectConstant(node.target);
  const target = compiler.reach(node.target);
  const literal = node.value.kind === 'string' ? node.value : undefined;
  return (context) => {
    const { write } = context;
    if (!write) throw refusal(node);
    const located = target(context);
    if (!compute) {
      if (literal) return assignText(context, located, literal, node);
      return assignValue(context, located, value(context), node);
    }
    const old = load(context, located, node.target);
    return assignValue(context, located, compute(old, value(context), node), node);
  };
}

export function compileIncrement(compiler: Compiler, node: Node & { kind: 'increment' }): Evaluator {
  const compute = arithmetic(node.operator);
  const name = ownVariable(node.operand);
  if (name === undefined) rejectConstant(node.operand);
  const target = compiler.reach(node.operand);
  const parts = { start: node.start, end: node.end, target: node.operand, value: node.operand };
  return (context) => {
    if (!context.write && name === undefined) throw refusal(node);
    const located = target(context);
    const old = load(context, located, node.operand);
    const next = compute(old, ONE, node);
    const stored =
      name === undefined
        ? assignValue(context, located, next, parts)
        : setVariable(context, name, { ...next, type: old.type }, node);
    return node.result === 'new' ? stored : { type: old.type, bits: old.bits };
  };
}

function refusal(span: Span): ExpressionError {
  return new ExpressionError('this would change the program; evaluate it in the Debug Console', span);
}

/** The name of a variable of the debugger; undefined for registers and everything else. */
function ownVariable(node: Node): string | undefined {
  if (node.kind !== 'dollar') return undefined;
  if (isHistoryName(node.name)) throw new ExpressionError('what the Debug Console has shown stays as it is', node);
  const lower = node.name.toLowerCase();
  return registerAfterDollar(lower) || registerView(lower) ? undefined : node.name;
}

/** Scalars are kept as they are, aggregates as the bytes that they are made of now. */
function setVariable(context: EvaluationContext, name: string, value: Value, span: Span): Value {
  const { variables } = context;
  if (!variables || !context.write) throw refusal(span);
  const kept = snapshot(context, value, span);
  variables.set(name, kept);
  return kept;
}

function snapshot(context: EvaluationContext, value: Value, span: Span): Value {
  const bare = bareType(value.type);
  if (isScalar(bare) || bare.kind === 'void') return { type: value.type, bits: value.bits };
  if (bare.kind === 'function') return value;
  return blaming(span, () => constant(value.type, toObject(context, value).bytes().slice()));
}

/** What can be seen to be no lvalue before anything is evaluated. */
function rejectConstant(node: Node): void {
  switch (node.kind) {
    case 'number':
    case 'float':
    case 'string':
    case 'null':
    case 'binary':
    case 'sizeof':
    case 'sizeofType':
    case 'alignof':
    case 'alignofType':
      throw new ExpressionError('only variables, memory and registers can be assigned to', node);
    default:
  }
}

/** Stores a value converted to the target's type, as C's assignment does. */
export function assignValue(
  context: EvaluationContext,
  target: Located,
  value: Value,
  node: Span & { readonly target: Span; readonly value: Span },
): Value {
  const bare = bareType(target.type);
  if (bare.kind === 'function') throw new ExpressionError('code cannot be assigned to', node.target);
  if (!target.place) throw new ExpressionError('only variables, memory and registers can be assigned to', node.target);
  const from = bareType(value.type);
  if (from.kind === 'void' && from.size === undefined) {
    throw new ExpressionError('a void value cannot be used', node.value);
  }
  if (isScalar(bare)) {
    const converted = cast(context, value, target.type, 'c', { ...node, operand: node.value });
    return store(context, target, converted.bits ?? 0n, node);
  }
  if (from.kind !== bare.kind || !isSameType(target.type, value.type)) {
    throw new ExpressionError(
      `a '${typeName(value.type)}' cannot be assigned to a '${typeName(target.type)}'`,
      node.value,
    );
  }
  const bytes = blaming(node.value, () => toObject(context, value).bytes());
  return storeBytes(context, target, bytes.slice(), node);
}

function isSameType(a: Type, b: Type): boolean {
  return bareType(a) === bareType(b) || typeName(bareType(a)) === typeName(bareType(b));
}

/** Replaces the text in a character array or in a string of the program's libraries, within the room that there is. */
export function assignText(
  context: EvaluationContext,
  target: Located,
  literal: Span & { readonly text: string; readonly bytes: Uint8Array },
  span: Span,
): Value {
  const bare = bareType(target.type);
  if (bare.kind === 'array') {
    const unit = bareType(bare.element);
    const size = unit.kind === 'integer' ? unit.size : 1;
    const room = blaming(span, () => toObject(context, target).size);
    const { length } = literal.bytes;
    if (length > room) throw doesNotFit(room, length, literal);
    // The terminating zero goes in where there is room for it, as C initialises arrays (C17 6.7.9).
    const bytes = Buffer.alloc(Math.min(room, length + size));
    bytes.set(literal.bytes);
    return storeBytes(context, target, bytes, span);
  }
  const setText = formatted(context, target)?.setText;
  if (setText) {
    const { write } = context;
    blaming(literal, () =>
      setText(
        literal.text,
        (address, bytes) => write?.memory(address as Parameters<typeof write.memory>[0], bytes) ?? false,
      ),
    );
    return load(context, target, span);
  }
  throw new ExpressionError(
    `a text cannot be assigned to a '${typeName(target.type)}': there is no room for it in the program`,
    literal,
  );
}

function doesNotFit(room: number, length: number, span: Span): ExpressionError {
  return new ExpressionError(`the array has ${countBytes(room)}; ${length} do not fit`, span);
}
