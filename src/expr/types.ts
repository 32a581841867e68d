/** The types that expressions compute with when the program does not say: C's, with the widths of LP64. */
import type {
  ArrayType,
  FloatType,
  FunctionType,
  IntegerType,
  PointerType,
  Type,
  VoidType,
} from '../symbols/data/types';

export type { FloatType, IntegerType, PointerType, Type } from '../symbols/data/types';

function integer(name: string, size: number, isSigned: boolean, rank: number): IntegerType {
  return { kind: 'integer', name, size, isSigned, rank, display: 'number' };
}

export const VOID: VoidType = { kind: 'void' };
export const FUNCTION: FunctionType = { kind: 'function' };
export const BOOL: IntegerType = { ...integer('bool', 1, false, 0), display: 'boolean' };
export const CHAR: IntegerType = { ...integer('char', 1, true, 1), display: 'character' };
export const SIGNED_CHAR: IntegerType = { ...integer('signed char', 1, true, 1), display: 'character' };
export const UNSIGNED_CHAR: IntegerType = { ...integer('unsigned char', 1, false, 1), display: 'character' };
export const SHORT = integer('short', 2, true, 2);
export const UNSIGNED_SHORT = integer('unsigned short', 2, false, 2);
export const INT = integer('int', 4, true, 3);
export const UNSIGNED_INT = integer('unsigned int', 4, false, 3);
export const LONG = integer('long', 8, true, 4);
export const UNSIGNED_LONG = integer('unsigned long', 8, false, 4);
export const LONG_LONG = integer('long long', 8, true, 5);
export const UNSIGNED_LONG_LONG = integer('unsigned long long', 8, false, 5);
export const INT128 = integer('__int128', 16, true, 6);
export const UNSIGNED_INT128 = integer('unsigned __int128', 16, false, 6);
export const INT8 = integer('int8_t', 1, true, 1);

export const FLOAT: FloatType = { kind: 'float', name: 'float', size: 4, format: 'binary32' };
export const DOUBLE: FloatType = { kind: 'float', name: 'double', size: 8, format: 'binary64' };
export const LONG_DOUBLE: FloatType = { kind: 'float', name: 'long double', size: 16, format: 'x87' };
export const FLOAT128: FloatType = { kind: 'float', name: '__float128', size: 16, format: 'binary128' };

const character = (name: string, size: number, isSigned: boolean): IntegerType => ({
  ...integer(name, size, isSigned, size === 2 ? 2 : size === 4 ? 3 : 1),
  display: 'unicode',
});
export const WCHAR: IntegerType = { ...character('wchar_t', 4, true), display: 'character' };
export const CHAR8 = character('char8_t', 1, false);
export const CHAR16 = character('char16_t', 2, false);
export const CHAR32 = character('char32_t', 4, false);

export const VOID_POINTER: PointerType = { kind: 'pointer', target: VOID };
export const CODE_POINTER: PointerType = { kind: 'pointer', target: FUNCTION };

export function pointerTo(target: Type): PointerType {
  return { kind: 'pointer', target };
}

export function arrayOf(element: Type, count: number): ArrayType {
  return { kind: 'array', element, count, lowerBound: 0 };
}

const SIGNED_BY_RANK = [INT, INT, INT, INT, LONG, LONG_LONG, INT128];
const UNSIGNED_BY_RANK = [
  UNSIGNED_INT,
  UNSIGNED_INT,
  UNSIGNED_INT,
  UNSIGNED_INT,
  UNSIGNED_LONG,
  UNSIGNED_LONG_LONG,
  UNSIGNED_INT128,
];

/** Integer promotion (C17 6.3.1.1): everything narrower than int becomes int. */
export function promote(type: IntegerType): IntegerType {
  if (type.size < INT.size) return INT;
  // Odd widths (_BitInt, Ada) compute in the type that holds them.
  const rank = type.size === 4 ? 3 : type.size <= 8 ? Math.max(4, Math.min(type.rank, 5)) : 6;
  return (type.isSigned ? SIGNED_BY_RANK : UNSIGNED_BY_RANK)[rank]!;
}

/** The usual arithmetic conversions (C17 6.3.1.8). */
export function commonType(left: IntegerType, right: IntegerType): IntegerType {
  if (left === INT && right === INT) return INT;
  const a = promote(left);
  const b = promote(right);
  if (a.isSigned === b.isSigned) return a.rank >= b.rank ? a : b;
  const [signed, unsigned] = a.isSigned ? [a, b] : [b, a];
  if (unsigned.rank >= signed.rank) return unsigned;
  return signed.size > unsigned.size ? signed : UNSIGNED_BY_RANK[signed.rank]!;
}

/** The signed integer of a size, as an unnamed thing in memory is read; undefined for other sizes. */
export function integerOfSize(size: number): IntegerType | undefined {
  switch (size) {
    case 1:
      return INT8;
    case 2:
      return SHORT;
    case 4:
      return INT;
    case 8:
      return LONG;
    default:
      return undefined;
  }
}
