/** Types that are known without the program: C's keywords in any order, <stdint.h>, Rust's and other languages' names. */
import { bareType } from '../symbols/data/types';
import {
  BOOL,
  CHAR,
  CHAR16,
  CHAR32,
  CHAR8,
  DOUBLE,
  FLOAT,
  FLOAT128,
  INT,
  INT128,
  LONG,
  LONG_DOUBLE,
  LONG_LONG,
  SHORT,
  SIGNED_CHAR,
  UNSIGNED_CHAR,
  UNSIGNED_INT,
  UNSIGNED_INT128,
  UNSIGNED_LONG,
  UNSIGNED_LONG_LONG,
  UNSIGNED_SHORT,
  VOID,
  WCHAR,
  type IntegerType,
  type Type,
} from './types';

const alias = (name: string, type: IntegerType): [string, Type] => [name, { ...type, name, display: 'number' }];

/** <stdint.h>, <stddef.h>, <uchar.h>, <sys/types.h> and Rust's primitive types. */
const NAMED_TYPES: ReadonlyMap<string, Type> = new Map<string, Type>([
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
  ['wchar_t', WCHAR],
  ['char8_t', CHAR8],
  ['char16_t', CHAR16],
  ['char32_t', CHAR32],
  ['__float128', FLOAT128],
  ['_Float128', FLOAT128],
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
  ['f32', { ...FLOAT, name: 'f32' }],
  ['f64', { ...DOUBLE, name: 'f64' }],
]);

/** A type known by a single name that is no C keyword. */
export function namedType(name: string): Type | undefined {
  return NAMED_TYPES.get(name);
}

/** The same, of the integer types among them: suffixes of literals are such names. */
export function namedInteger(name: string): IntegerType | undefined {
  const type = NAMED_TYPES.get(name);
  const bare = type && bareType(type);
  return bare?.kind === 'integer' ? bare : undefined;
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
  ['_Bool', { ...BOOL, name: '_Bool' }],
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
  ['float', FLOAT],
  ['double', DOUBLE],
  ['double long', LONG_DOUBLE],
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
