/**
 * C's operators on values (C17 6.5), with GNU C's arithmetic on `void *`. Overflow wraps; nothing here is undefined.
 * Floating-point numbers are computed in double precision and rounded to their type, long double and __float128 too.
 */
import { bareType, sizeOfType, type FloatType, type PointerType } from '../symbols/data/types';
import { typeName } from '../symbols/data/typenames';
import type { ArithmeticOperator, ComparisonOperator } from './ast';
import { ExpressionError, type Span } from './errors';
import { decodeFloat, encodeFloat } from './floats';
import { commonType, DOUBLE, INT, LONG, promote, UNSIGNED_LONG, type IntegerType } from './types';
import { decay, integerOfEnum, wrap, type Value } from './values';

/** 1 and 0 as comparisons and logic give them. */
const ONE: Value = { type: INT, bits: 1n };
const ZERO: Value = { type: INT, bits: 0n };

export function truth(condition: boolean): Value {
  return condition ? ONE : ZERO;
}

type Apply = (left: Value, right: Value, span: Span) => Value;

/** What takes part in arithmetic: enumerations as integers, arrays and functions as pointers. */
interface Operand {
  readonly type: IntegerType | FloatType | PointerType;
  readonly bits: bigint;
}

function operand(value: Value, span: Span): Operand {
  const { type, bits } = value;
  if (type.kind === 'integer') {
    // A bit-field that an int holds is one (C17 6.3.1.1).
    if (value.bitField && value.bitField.size < 32) return { type: INT, bits };
    return value as Operand;
  }
  const bare = bareType(type);
  switch (bare.kind) {
    case 'integer':
    case 'float':
    case 'pointer':
      return { type: bare, bits };
    case 'enum':
      return { type: integerOfEnum(bare.size, bare.isSigned), bits };
    case 'function':
      return decay(value) as Operand;
    case 'array': {
      const pointer = decay(value);
      if (pointer !== value) return pointer as Operand;
      throw new ExpressionError(`the array is not in the program's memory`, span);
    }
    case 'memberPointer':
      return { type: UNSIGNED_LONG, bits };
    case 'void':
      if (bare.size !== undefined) return { type: UNSIGNED_LONG, bits };
      throw new ExpressionError('a void value cannot be used', span);
    case 'complex':
      throw new ExpressionError(`'${typeName(type)}' is a complex number; take __real or __imag of it`, span);
    default:
      throw new ExpressionError(`'${typeName(type)}' cannot be computed with; name one of its members`, span);
  }
}

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
      const floating = operator === '*' || operator === '/' ? FLOAT_OPERATIONS[operator] : undefined;
      return (left, right, span) => onNumbers(left, right, span, operator, compute, floating);
    }
  }
}

type Compute = (a: bigint, b: bigint, span: Span) => bigint;
type ComputeFloat = (a: number, b: number) => number;

const plus: Compute = (a, b) => a + b;
const minus: Compute = (a, b) => a - b;
const INTEGER_OPERATIONS: Readonly<Record<'*' | '/' | '%' | '&' | '|' | '^', Compute>> = {
  '*': (a, b) => a * b,
  '/': (a, b, span) => a / nonZero(b, span),
  '%': (a, b, span) => a % nonZero(b, span),
  '&': (a, b) => a & b,
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
};

const FLOAT_OPERATIONS: Readonly<Record<'+' | '-' | '*' | '/', ComputeFloat>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
};

function nonZero(divisor: bigint, span: Span): bigint {
  if (divisor === 0n) throw new ExpressionError('division by zero', span);
  return divisor;
}

function onNumbers(
  left: Value,
  right: Value,
  span: Span,
  operator: ArithmeticOperator,
  compute: Compute,
  floating: ComputeFloat | undefined,
): Value {
  const a = operand(left, span);
  const b = operand(right, span);
  if (a.type.kind === 'float' || b.type.kind === 'float') {
    const type = commonFloat(a, b);
    if (!floating || !type) throw noSuchOperation(operator, left, right, span);
    return floatValue(type, floating(toNumber(a), toNumber(b)), span);
  }
  return onIntegers(integerOf(a), integerOf(b), span, compute);
}

/** Pointers compute as unsigned long. */
function integerOf({ type, bits }: Operand): { readonly type: IntegerType; readonly bits: bigint } {
  return type.kind === 'integer' ? { type, bits } : { type: UNSIGNED_LONG, bits };
}

function onIntegers(
  a: { readonly type: IntegerType; readonly bits: bigint },
  b: { readonly type: IntegerType; readonly bits: bigint },
  span: Span,
  compute: Compute,
): Value {
  const type = commonType(a.type, b.type);
  return { type, bits: wrap(compute(wrap(a.bits, type), wrap(b.bits, type), span), type) };
}

const PRECISION: Readonly<Record<FloatType['format'], number>> = {
  bfloat16: 0,
  binary16: 1,
  decimal32: 2,
  binary32: 3,
  decimal64: 4,
  binary64: 5,
  decimal128: 6,
  x87: 7,
  binary128: 8,
};

/** The type in which two numbers meet, one of which is a float (C17 6.3.1.8); undefined when a pointer is among them. */
function commonFloat(a: Operand, b: Operand): FloatType | undefined {
  if (a.type.kind === 'pointer' || b.type.kind === 'pointer') return undefined;
  if (a.type.kind !== 'float') return b.type.kind === 'float' ? b.type : undefined;
  if (b.type.kind !== 'float') return a.type;
  return PRECISION[a.type.format] >= PRECISION[b.type.format] ? a.type : b.type;
}

function toNumber({ type, bits }: Operand): number {
  return type.kind === 'float' ? decodeFloat(bits, type.format) : Number(bits);
}

function floatValue(type: FloatType, value: number, span: Span): Value {
  const bits = encodeFloat(value, type.format);
  // Decimal numbers are read and not made: what is computed with them is a double.
  if (bits === undefined) return floatValue(DOUBLE, value, span);
  return { type, bits };
}

function noSuchOperation(operator: string, left: Value, right: Value, span: Span): ExpressionError {
  const [a, b] = [typeName(decay(left).type), typeName(decay(right).type)];
  switch (operator) {
    case '+':
      return new ExpressionError(`cannot add '${a}' and '${b}'`, span);
    case '-':
      return new ExpressionError(`cannot subtract '${b}' from '${a}'`, span);
    default:
      return new ExpressionError(`'${operator}' does not take '${a}' and '${b}'`, span);
  }
}

function add(left: Value, right: Value, span: Span): Value {
  const a = operand(left, span);
  const b = operand(right, span);
  if (a.type.kind === 'integer') {
    if (b.type.kind === 'integer') return onIntegers(integerOf(a), integerOf(b), span, plus);
    if (b.type.kind === 'pointer') return advance(b, b.type, a.bits, span);
  }
  if (a.type.kind === 'pointer' && b.type.kind === 'integer') return advance(a, a.type, b.bits, span);
  const type = commonFloat(a, b);
  if (!type) throw noSuchOperation('+', left, right, span);
  return floatValue(type, toNumber(a) + toNumber(b), span);
}

function subtract(left: Value, right: Value, span: Span): Value {
  const a = operand(left, span);
  const b = operand(right, span);
  if (a.type.kind === 'integer' && b.type.kind === 'integer') {
    return onIntegers(integerOf(a), integerOf(b), span, minus);
  }
  if (a.type.kind === 'pointer') {
    if (b.type.kind === 'integer') return advance(a, a.type, -b.bits, span);
    if (b.type.kind === 'pointer') {
      const size = pointedSize(a.type, span);
      if (size !== pointedSize(b.type, span)) throw noSuchOperation('-', left, right, span);
      return { type: LONG, bits: BigInt.asIntN(64, a.bits - b.bits) / (size === 0n ? 1n : size) };
    }
  }
  const type = commonFloat(a, b);
  if (!type) throw noSuchOperation('-', left, right, span);
  return floatValue(type, toNumber(a) - toNumber(b), span);
}

function pointedSize(type: PointerType, span: Span): bigint {
  const size = sizeOfType(type.target);
  if (size !== undefined) return BigInt(size);
  throw new ExpressionError(`the size of '${typeName(type.target)}' is not known`, span);
}

/** Pointer arithmetic: in units of what it points to. */
function advance(pointer: Operand, type: PointerType, count: bigint, span: Span): Value {
  return { type, bits: BigInt.asUintN(64, pointer.bits + count * pointedSize(type, span)) };
}

/** Counts at or beyond the width shift everything out, as gdb has it; negative ones are refused. */
function shift(operator: '<<' | '>>', left: Value, right: Value, span: Span): Value {
  const a = operand(left, span);
  const b = operand(right, span);
  if (a.type.kind === 'float' || b.type.kind === 'float') throw noSuchOperation(operator, left, right, span);
  const value = integerOf(a);
  const type = promote(value.type);
  const count = integerOf(b).bits;
  if (count < 0n) throw new ExpressionError('the shift count is negative', span);
  const width = BigInt(type.size * 8);
  const bounded = count < width ? count : width;
  return { type, bits: wrap(operator === '<<' ? value.bits << bounded : value.bits >> bounded, type) };
}

/** The function that applies a comparison. Pointers compare as unsigned addresses, also with integers. */
export function comparison(operator: ComparisonOperator): Apply {
  const holds = COMPARISONS[operator];
  const holdsFloat = FLOAT_COMPARISONS[operator];
  return (left, right, span) => {
    const a = operand(left, span);
    const b = operand(right, span);
    if (a.type.kind === 'integer' && b.type.kind === 'integer') {
      // Promotion keeps values, so types of the same sign need no conversion.
      if (a.type.isSigned === b.type.isSigned) return truth(holds(a.bits, b.bits));
      const type = commonType(a.type, b.type);
      return truth(holds(wrap(a.bits, type), wrap(b.bits, type)));
    }
    if (a.type.kind === 'float' || b.type.kind === 'float') {
      if (!commonFloat(a, b)) throw noSuchOperation(operator, left, right, span);
      return truth(holdsFloat(toNumber(a), toNumber(b)));
    }
    return truth(holds(BigInt.asUintN(64, a.bits), BigInt.asUintN(64, b.bits)));
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

const FLOAT_COMPARISONS: Readonly<Record<ComparisonOperator, (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** `+`, `-` and `~`. */
export function unary(operator: '+' | '-' | '~', value: Value, span: Span): Value {
  const { type: from, bits } = operand(value, span);
  if (from.kind === 'float' && operator !== '~') {
    if (operator === '+') return { type: from, bits };
    return floatValue(from, -decodeFloat(bits, from.format), span);
  }
  if (from.kind !== 'integer') {
    const wanted = operator === '~' ? 'an integer' : 'a number';
    throw new ExpressionError(`'${operator}' needs ${wanted}, this is '${typeName(value.type)}'`, span);
  }
  const type: IntegerType = promote(from);
  switch (operator) {
    case '+':
      return { type, bits: wrap(bits, type) };
    case '-':
      return { type, bits: wrap(-bits, type) };
    case '~':
      return { type, bits: wrap(~bits, type) };
  }
}

/** Whether a value counts as true in a condition. */
export function isTrue(value: Value, span: Span): boolean {
  const { type, bits } = operand(value, span);
  return type.kind === 'float' ? decodeFloat(bits, type.format) !== 0 : bits !== 0n;
}
