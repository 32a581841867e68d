/** C's operators on values (C17 6.5), with GNU C's arithmetic on `void *`. Overflow wraps; nothing here is undefined. */
import type { ArithmeticOperator, ComparisonOperator } from './ast';
import { ExpressionError, type Span } from './errors';
import { commonType, INT, LONG, promote, sizeOf, typeName, type IntegerType } from './types';
import { asInteger, decay, wrap, type Value } from './values';

/** 1 and 0 as comparisons and logic give them. */
const ONE: Value = { type: INT, bits: 1n };
const ZERO: Value = { type: INT, bits: 0n };

export function truth(condition: boolean): Value {
  return condition ? ONE : ZERO;
}

type Apply = (left: Value, right: Value, span: Span) => Value;

/** The function that applies an arithmetic operator; it throws ExpressionError for operands that it does not take. */
export function arithmetic(operator: ArithmeticOperator): Apply {
  switch (operator) {
    case '+':
      return add;
    case '-':
      return subtract;
    case '<<':
    case '>>':
      return (left, right, span) => shift(operator, left, right, span);
    default: {
      const compute = INTEGER_OPERATIONS[operator];
      return (left, right, span) => onIntegers(left, right, span, compute);
    }
  }
}

type Compute = (a: bigint, b: bigint, span: Span) => bigint;

const INTEGER_OPERATIONS: Readonly<Record<'*' | '/' | '%' | '&' | '|' | '^', Compute>> = {
  '*': (a, b) => a * b,
  '/': (a, b, span) => a / nonZero(b, span),
  '%': (a, b, span) => a % nonZero(b, span),
  '&': (a, b) => a & b,
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
};

function nonZero(divisor: bigint, span: Span): bigint {
  if (divisor === 0n) throw new ExpressionError('division by zero', span);
  return divisor;
}

function onIntegers(left: Value, right: Value, span: Span, compute: Compute): Value {
  rejectVoid(left, span);
  rejectVoid(right, span);
  const a = asInteger(left);
  const b = asInteger(right);
  const type = commonType(a.type, b.type);
  return { type, bits: wrap(compute(wrap(a.bits, type), wrap(b.bits, type), span), type) };
}

function add(left: Value, right: Value, span: Span): Value {
  if (left.type.kind === 'integer' && right.type.kind === 'integer')
    return onIntegers(left, right, span, (a, b) => a + b);
  const a = decay(left);
  const b = decay(right);
  if (a.type.kind === 'pointer' && b.type.kind === 'integer') return advance(a, b.bits);
  if (a.type.kind === 'integer' && b.type.kind === 'pointer') return advance(b, a.bits);
  throw new ExpressionError(`cannot add '${typeName(a.type)}' and '${typeName(b.type)}'`, span);
}

function subtract(left: Value, right: Value, span: Span): Value {
  if (left.type.kind === 'integer' && right.type.kind === 'integer')
    return onIntegers(left, right, span, (a, b) => a - b);
  const a = decay(left);
  const b = decay(right);
  if (a.type.kind === 'pointer' && b.type.kind === 'integer') return advance(a, -b.bits);
  if (a.type.kind === 'pointer' && b.type.kind === 'pointer') {
    const size = sizeOf(a.type.target);
    if (size !== sizeOf(b.type.target)) {
      throw new ExpressionError(`cannot subtract '${typeName(b.type)}' from '${typeName(a.type)}'`, span);
    }
    return { type: LONG, bits: BigInt.asIntN(64, a.bits - b.bits) / BigInt(size) };
  }
  throw new ExpressionError(`cannot subtract '${typeName(b.type)}' from '${typeName(a.type)}'`, span);
}

/** Pointer arithmetic: in units of what it points to. */
function advance(pointer: Value, count: bigint): Value {
  const { type } = pointer;
  const unit = type.kind === 'pointer' ? BigInt(sizeOf(type.target)) : 1n;
  return { type, bits: BigInt.asUintN(64, pointer.bits + count * unit) };
}

/** Counts at or beyond the width shift everything out, as gdb has it; negative ones are refused. */
function shift(operator: '<<' | '>>', left: Value, right: Value, span: Span): Value {
  rejectVoid(left, span);
  rejectVoid(right, span);
  const { type, bits } = asInteger(left);
  const count = asInteger(right).bits;
  if (count < 0n) throw new ExpressionError('the shift count is negative', span);
  const width = BigInt(type.size * 8);
  const bounded = count < width ? count : width;
  return { type, bits: wrap(operator === '<<' ? bits << bounded : bits >> bounded, type) };
}

/** The function that applies a comparison. Pointers compare as unsigned addresses, also with integers. */
export function comparison(operator: ComparisonOperator): Apply {
  const holds = COMPARISONS[operator];
  return (left, right, span) => {
    if (left.type === INT && right.type === INT) return truth(holds(left.bits, right.bits));
    rejectVoid(left, span);
    rejectVoid(right, span);
    if (left.type.kind !== 'integer' || right.type.kind !== 'integer') {
      return truth(holds(BigInt.asUintN(64, left.bits), BigInt.asUintN(64, right.bits)));
    }
    const type = commonType(left.type, right.type);
    return truth(holds(wrap(left.bits, type), wrap(right.bits, type)));
  };
}

const COMPARISONS: Readonly<Record<ComparisonOperator, (a: bigint, b: bigint) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** `+`, `-` and `~`. */
export function unary(operator: '+' | '-' | '~', operand: Value, span: Span): Value {
  if (operand.type.kind !== 'integer') {
    throw new ExpressionError(`'${operator}' needs an integer, this is '${typeName(operand.type)}'`, span);
  }
  const type: IntegerType = promote(operand.type);
  const { bits } = operand;
  switch (operator) {
    case '+':
      return { type, bits };
    case '-':
      return { type, bits: wrap(-bits, type) };
    case '~':
      return { type, bits: wrap(~bits, type) };
  }
}

/** Whether a value counts as true in a condition. */
export function isTrue(value: Value, span: Span): boolean {
  rejectVoid(value, span);
  return value.bits !== 0n;
}

function rejectVoid(value: Value, span: Span): void {
  if (value.type.kind === 'void') throw new ExpressionError('a void value cannot be used', span);
}
