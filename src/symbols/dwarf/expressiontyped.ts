/**
 * Typed values on the stack of a DWARF expression (DWARF 5, section 2.5.1.2): compilers use them for floating-point
 * numbers and for integers narrower or wider than an address.
 */
import { DwarfError } from './cursor';
import { DW_OP } from './expressionopcodes';

/** What counts of a DW_TAG_base_type. */
export interface BaseType {
  readonly encoding: 'signed' | 'unsigned' | 'float';
  /** Bytes. */
  readonly size: number;
}

/** A value that is not of the generic type. `bits` is its encoding, unsigned. */
export interface TypedValue {
  readonly type: BaseType;
  readonly bits: bigint;
}

/** `long double`: 10 bytes that count, in 16, or in 12 or 10. */
const X87_BYTES = 10;

export function typedFromBytes(type: BaseType, bytes: Uint8Array): TypedValue {
  if (bytes.length < type.size) throw new DwarfError(`a value of ${bytes.length} bytes where ${type.size} are needed`);
  let bits = 0n;
  for (let i = type.size - 1; i >= 0; i--) bits = (bits << 8n) | BigInt(bytes[i]!);
  return { type, bits };
}

/** The integer that an integral value stands for, signed if its type is. @throws DwarfError for floats */
export function integerOf({ type, bits }: TypedValue): bigint {
  if (type.encoding === 'float') throw new DwarfError('a floating-point number where an integer is needed');
  return type.encoding === 'signed' ? BigInt.asIntN(8 * type.size, bits) : bits;
}

/** DW_OP_convert between base types; integers wrap, floats round to nearest or, to integers, toward zero. */
export function converted(value: TypedValue, type: BaseType): TypedValue {
  if (value.type.encoding !== 'float' && type.encoding !== 'float') return ofInteger(type, integerOf(value));
  if (value.type.encoding !== 'float') {
    const integer = integerOf(value);
    return isX87(type) ? { type, bits: x87FromInteger(integer) } : ofNumber(type, Number(integer));
  }
  if (type.encoding === 'float') {
    if (isX87(value.type) && isX87(type)) return { type, bits: value.bits };
    return ofNumber(type, numberOf(value));
  }
  if (isX87(value.type)) return ofInteger(type, x87ToInteger(value.bits));
  const number = Math.trunc(numberOf(value));
  if (!Number.isFinite(number)) throw new DwarfError('a number without an integer value is converted to an integer');
  return ofInteger(type, BigInt(number));
}

export function ofInteger(type: BaseType, integer: bigint): TypedValue {
  return { type, bits: BigInt.asUintN(8 * type.size, integer) };
}

/** A two-operand operation on values of one type; comparisons give a boolean. @throws DwarfError */
export function typedOperation(opcode: number, left: TypedValue, right: TypedValue): TypedValue | boolean {
  const { type } = left;
  if (type.size !== right.type.size || type.encoding !== right.type.encoding) {
    throw new DwarfError('an operation on values of two types');
  }
  if (type.encoding === 'float') {
    const result = floatOperation(opcode, numberOf(left, 'exactly'), numberOf(right, 'exactly'));
    return typeof result === 'boolean' ? result : ofNumber(type, result);
  }
  const result = integerOperation(opcode, integerOf(left), integerOf(right), type);
  return typeof result === 'boolean' ? result : ofInteger(type, result);
}

/** A one-operand operation: DW_OP_neg, abs, not. @throws DwarfError */
export function typedUnary(opcode: number, value: TypedValue): TypedValue {
  const { type, bits } = value;
  if (type.encoding === 'float') {
    const sign = 1n << BigInt(8 * (isX87(type) ? X87_BYTES : type.size) - 1);
    if (opcode === DW_OP.neg) return { type, bits: bits ^ sign };
    if (opcode === DW_OP.abs) return { type, bits: bits & ~sign };
    throw new DwarfError('a bit operation on a floating-point number');
  }
  const integer = integerOf(value);
  if (opcode === DW_OP.neg) return ofInteger(type, -integer);
  if (opcode === DW_OP.not) return ofInteger(type, ~integer);
  return ofInteger(type, integer < 0n ? -integer : integer);
}

function integerOperation(opcode: number, left: bigint, right: bigint, type: BaseType): bigint | boolean {
  const width = BigInt(8 * type.size);
  switch (opcode) {
    case DW_OP.plus:
      return left + right;
    case DW_OP.minus:
      return left - right;
    case DW_OP.mul:
      return left * right;
    case DW_OP.div:
    case DW_OP.mod:
      if (right === 0n) throw new DwarfError('division by zero');
      return opcode === DW_OP.div ? left / right : left % right;
    case DW_OP.and:
      return left & right;
    case DW_OP.or:
      return left | right;
    case DW_OP.xor:
      return left ^ right;
    case DW_OP.shl:
      return right < 0n || right >= width ? 0n : left << right;
    case DW_OP.shr:
      return right < 0n || right >= width ? 0n : BigInt.asUintN(Number(width), left) >> right;
    case DW_OP.shra:
      return BigInt.asIntN(Number(width), left) >> (right < 0n || right >= width ? width - 1n : right);
    default:
      return comparison(opcode, left, right);
  }
}

function floatOperation(opcode: number, left: number, right: number): number | boolean {
  switch (opcode) {
    case DW_OP.plus:
      return left + right;
    case DW_OP.minus:
      return left - right;
    case DW_OP.mul:
      return left * right;
    case DW_OP.div:
      return left / right;
    default:
      return comparison(opcode, left, right);
  }
}

function comparison<T extends number | bigint>(opcode: number, left: T, right: T): boolean {
  switch (opcode) {
    case DW_OP.eq:
      return left === right;
    case DW_OP.ne:
      return left !== right;
    case DW_OP.lt:
      return left < right;
    case DW_OP.le:
      return left <= right;
    case DW_OP.gt:
      return left > right;
    case DW_OP.ge:
      return left >= right;
    default:
      throw new DwarfError(`operation 0x${opcode.toString(16)} on typed values`);
  }
}

function isX87(type: BaseType): boolean {
  return type.encoding === 'float' && type.size >= X87_BYTES;
}

const scratch = new DataView(new ArrayBuffer(8));

/**
 * A float as a number.
 * @param need `exactly` refuses x87 numbers, whose results a double cannot hold
 */
function numberOf({ type, bits }: TypedValue, need: 'exactly' | 'rounded' = 'rounded'): number {
  if (type.size === 4) {
    scratch.setUint32(0, Number(bits));
    return scratch.getFloat32(0);
  }
  if (type.size === 8) {
    scratch.setBigUint64(0, bits);
    return scratch.getFloat64(0);
  }
  if (!isX87(type) || need === 'exactly') throw new DwarfError(`arithmetic on floats of ${type.size} bytes`);
  return x87ToNumber(bits);
}

/** Sums, products and quotients of floats are exact enough in a double to be rounded once more. */
function ofNumber(type: BaseType, number: number): TypedValue {
  if (type.size === 4) {
    scratch.setFloat32(0, number);
    return { type, bits: BigInt(scratch.getUint32(0)) };
  }
  if (type.size === 8) {
    scratch.setFloat64(0, number);
    return { type, bits: scratch.getBigUint64(0) };
  }
  if (isX87(type)) return { type, bits: x87FromNumber(number) };
  throw new DwarfError(`a float of ${type.size} bytes`);
}

const X87_BIAS = 16383;

/** Sign and exponent, and the 64 bits of the significand with its explicit leading one. */
function x87Parts(bits: bigint): { negative: boolean; exponent: number; significand: bigint } {
  const high = Number((bits >> 64n) & 0xffffn);
  return { negative: high >= 0x8000, exponent: high & 0x7fff, significand: BigInt.asUintN(64, bits) };
}

function x87ToNumber(bits: bigint): number {
  const { negative, exponent, significand } = x87Parts(bits);
  let magnitude: number;
  if (exponent === 0x7fff) magnitude = BigInt.asUintN(63, significand) === 0n ? Infinity : NaN;
  else {
    // One rounding only: subnormal doubles lose the low bits before Number() rounds, with a sticky bit for them.
    const scale = exponent - X87_BIAS - 63;
    const lost = Math.max(0, Math.min(-1074 - scale, 66));
    const kept = significand >> BigInt(lost);
    const remainder = significand - (kept << BigInt(lost));
    const half = lost === 0 ? 0n : 1n << BigInt(lost - 1);
    const up = lost > 0 && (remainder > half || (remainder === half && (kept & 1n) === 1n));
    magnitude = scaled(Number(up ? kept + 1n : kept), scale + lost);
  }
  return negative ? -magnitude : magnitude;
}

/** `number * 2 ** exponent` in two steps, as the power alone may overflow. */
function scaled(number: number, exponent: number): number {
  const half = Math.trunc(exponent / 2);
  return number * 2 ** half * 2 ** (exponent - half);
}

function x87FromInteger(integer: bigint): bigint {
  if (integer === 0n) return 0n;
  const magnitude = integer < 0n ? -integer : integer;
  const length = magnitude.toString(2).length;
  if (length > 64) throw new DwarfError('an integer of more than 64 bits is converted to a float');
  const high = BigInt(X87_BIAS + length - 1) | (integer < 0n ? 0x8000n : 0n);
  return (high << 64n) | (magnitude << BigInt(64 - length));
}

function x87FromNumber(number: number): bigint {
  const sign = number < 0 || Object.is(number, -0) ? 0x8000n << 64n : 0n;
  const magnitude = Math.abs(number);
  if (magnitude === 0) return sign;
  if (Number.isNaN(number)) return (0x7fffn << 64n) | (3n << 62n);
  if (magnitude === Infinity) return sign | (0x7fffn << 64n) | (1n << 63n);
  let exponent = Math.max(Math.floor(Math.log2(magnitude)), -1074) - 52;
  // Scaled to an integer below 2^53 or so; log2 may be one off.
  let integer = scaled(magnitude, -exponent);
  while (!Number.isInteger(integer)) {
    integer *= 2;
    exponent--;
  }
  const bits = x87FromInteger(BigInt(integer));
  return sign | (bits + (BigInt(exponent) << 64n));
}

function x87ToInteger(bits: bigint): bigint {
  const { negative, exponent, significand } = x87Parts(bits);
  const shift = exponent - X87_BIAS - 63;
  if (shift > 64) throw new DwarfError('a number without an integer value is converted to an integer');
  const magnitude = shift >= 0 ? significand << BigInt(shift) : significand >> BigInt(Math.min(-shift, 64));
  return negative ? -magnitude : magnitude;
}
