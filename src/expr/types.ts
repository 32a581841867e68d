/** The C types that expressions compute with. Widths are those of the System V ABI for x86-64 (LP64). */

/** An integer type, `_Bool` and the character types included. */
export interface IntegerType {
  readonly kind: 'integer';
  /** As the user spelled it, or C's name. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly isSigned: boolean;
  /** C's integer conversion rank (C17 6.3.1.1): `_Bool` 0, char 1, short 2, int 3, long 4, long long 5, __int128 6. */
  readonly rank: number;
  /** How a value is shown. */
  readonly display: 'number' | 'character' | 'boolean';
}

export interface PointerType {
  readonly kind: 'pointer';
  readonly target: Type;
}

export interface VoidType {
  readonly kind: 'void';
}

/** Code whose signature is not known: a function symbol, or what `$pc` points to. */
export interface FunctionType {
  readonly kind: 'function';
}

export type Type = IntegerType | PointerType | VoidType | FunctionType;

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

export const VOID_POINTER: PointerType = { kind: 'pointer', target: VOID };
export const CODE_POINTER: PointerType = { kind: 'pointer', target: FUNCTION };

export function pointerTo(target: Type): PointerType {
  return { kind: 'pointer', target };
}

/** `sizeof`, bytes. void and functions count 1, as in GNU C. */
export function sizeOf(type: Type): number {
  switch (type.kind) {
    case 'integer':
      return type.size;
    case 'pointer':
      return 8;
    case 'void':
    case 'function':
      return 1;
  }
}

/** The type in C's spelling. */
export function typeName(type: Type): string {
  switch (type.kind) {
    case 'integer':
      return type.name;
    case 'void':
      return 'void';
    case 'function':
      return '<function>';
    case 'pointer': {
      const { target } = type;
      if (target.kind === 'function') return 'void (*)()';
      const inner = typeName(target);
      return inner.endsWith('*') ? `${inner}*` : `${inner} *`;
    }
  }
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
  return (type.isSigned || type.rank < INT.rank ? SIGNED_BY_RANK : UNSIGNED_BY_RANK)[type.rank]!;
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

const alias = (name: string, type: IntegerType): [string, IntegerType] => [name, { ...type, name, display: 'number' }];

/** Types with a name of their own: <stdint.h>, <stddef.h>, <sys/types.h> and Rust's integers. */
const NAMED_TYPES: ReadonlyMap<string, IntegerType> = new Map([
  alias('int8_t', SIGNED_CHAR),
  alias('uint8_t', UNSIGNED_CHAR),
  alias('int16_t', SHORT),
  alias('uint16_t', UNSIGNED_SHORT),
  alias('int32_t', INT),
  alias('uint32_t', UNSIGNED_INT),
  alias('int64_t', LONG),
  alias('uint64_t', UNSIGNED_LONG),
  alias('size_t', UNSIGNED_LONG),
  alias('ssize_t', LONG),
  alias('ptrdiff_t', LONG),
  alias('intptr_t', LONG),
  alias('uintptr_t', UNSIGNED_LONG),
  alias('off_t', LONG),
  alias('wchar_t', INT),
  alias('char16_t', UNSIGNED_SHORT),
  alias('char32_t', UNSIGNED_INT),
  alias('i8', SIGNED_CHAR),
  alias('u8', UNSIGNED_CHAR),
  alias('i16', SHORT),
  alias('u16', UNSIGNED_SHORT),
  alias('i32', INT),
  alias('u32', UNSIGNED_INT),
  alias('i64', LONG),
  alias('u64', UNSIGNED_LONG),
  alias('i128', INT128),
  alias('u128', UNSIGNED_INT128),
  alias('isize', LONG),
  alias('usize', UNSIGNED_LONG),
]);

/** A type known by a single name that is no C keyword. */
export function namedType(name: string): IntegerType | undefined {
  return NAMED_TYPES.get(name);
}

/** C's type-specifier keywords, to be combined in any order (C17 6.7.2). */
export const TYPE_KEYWORDS: ReadonlySet<string> = new Set([
  'void',
  'char',
  'short',
  'int',
  'long',
  'signed',
  'unsigned',
  '_Bool',
  'bool',
  '__int128',
  'float',
  'double',
]);

const KEYWORD_TYPES: ReadonlyMap<string, Type> = new Map<string, Type>([
  ['void', VOID],
  ['bool', BOOL],
  ['_Bool', BOOL],
  ['char', CHAR],
  ['char signed', SIGNED_CHAR],
  ['char unsigned', UNSIGNED_CHAR],
  ['__int128', INT128],
  ['__int128 signed', INT128],
  ['__int128 unsigned', UNSIGNED_INT128],
  ['', INT],
  ['unsigned', UNSIGNED_INT],
  ['short', SHORT],
  ['short unsigned', UNSIGNED_SHORT],
  ['long', LONG],
  ['long unsigned', UNSIGNED_LONG],
  ['long long', LONG_LONG],
  ['long long unsigned', UNSIGNED_LONG_LONG],
]);

/** The type that a multiset of keywords names, in any order; undefined for combinations that C does not have. */
export function typeOfKeywords(keywords: readonly string[]): Type | undefined {
  const sorted = [...keywords].sort();
  const exact = KEYWORD_TYPES.get(sorted.join(' '));
  if (exact) return exact;
  // `int` and `signed` change nothing beside the others, once each.
  const rest = withoutOne(withoutOne(sorted, 'int'), 'signed');
  if (rest.length === sorted.length || rest.some((word) => !['short', 'long', 'unsigned'].includes(word)))
    return undefined;
  if (sorted.includes('signed') && rest.includes('unsigned')) return undefined;
  return KEYWORD_TYPES.get(rest.join(' '));
}

function withoutOne(words: readonly string[], word: string): readonly string[] {
  const at = words.indexOf(word);
  return at < 0 ? words : words.filter((_, i) => i !== at);
}
