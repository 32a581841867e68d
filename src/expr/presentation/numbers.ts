/** Integers and enumerators as text, in the notation that was asked for. */
import type { EnumType, IntegerType, Language } from '../../symbols/data/types';
import { escapeByte, escapeCodePoint } from './characters';
import { floatText } from './floats';
import type { NumberFormat } from './valueformat';

/** The IEEE format of a size in bytes, for `,f` on what the program calls an integer. */
const FLOATS_BY_SIZE: Readonly<Record<number, 'binary16' | 'binary32' | 'binary64' | 'binary128'>> = {
  2: 'binary16',
  4: 'binary32',
  8: 'binary64',
  16: 'binary128',
};

/** `bits` of an integer of `size` bytes; undefined where the format says nothing about integers (`s`). */
export function formatInteger(bits: bigint, size: number, format: NumberFormat, width = size * 8): string | undefined {
  const unsigned = BigInt.asUintN(width, bits);
  switch (format) {
    case 'd':
      return BigInt.asIntN(width, bits).toString();
    case 'u':
      return unsigned.toString();
    case 'x':
    case 'h':
      return `0x${unsigned.toString(16)}`;
    case 'o':
      return unsigned === 0n ? '0' : `0${unsigned.toString(8)}`;
    case 'b':
      return `0b${unsigned.toString(2)}`;
    case 'c':
      return quoteUnit(unsigned, size);
    case 'f':
    case 'e': {
      const float = width === size * 8 ? FLOATS_BY_SIZE[size] : undefined;
      return float && floatText(unsigned, float, format === 'e' ? 'scientific' : 'shortest');
    }
    case 's':
      return undefined;
  }
}

/** An integer, boolean or character as its type suggests. `width`: bits of a bit-field. */
export function integerText(bits: bigint, type: IntegerType, format: NumberFormat | undefined, width?: number): string {
  const chosen = format && formatInteger(bits, type.size, format, width);
  if (chosen !== undefined) return chosen;
  // Rust's unit type, as rustc describes it.
  if (type.size === 0) return '()';
  switch (type.display) {
    case 'number':
      return bits.toString();
    case 'boolean':
      if (bits === 0n) return 'false';
      // What is neither 0 nor 1 is a mistake of the program's, worth seeing.
      return bits === 1n || bits === -1n ? 'true' : `true (${bits})`;
    case 'character':
      return `${bits} ${characterPrefix(type)}${quoteUnit(bits, type.size)}`;
    case 'unicode': {
      const quoted = characterPrefix(type) + quoteUnit(bits, type.size);
      return isRustChar(type) ? quoted : `${bits} ${quoted}`;
    }
  }
}

function isRustChar(type: IntegerType): boolean {
  return type.name === 'char' && type.size === 4;
}

/** The prefix of C's character and string literals of a type. */
export function characterPrefix(type: IntegerType): string {
  if (type.size === 1) return type.name === 'char8_t' ? 'u8' : '';
  if (isRustChar(type)) return '';
  if (type.size === 2) return 'u';
  return type.display === 'unicode' ? 'U' : 'L';
}

/** One code unit between quotes. A byte beyond ASCII is part of a character at most. */
function quoteUnit(bits: bigint, size: number): string {
  const code = Number(BigInt.asUintN(Math.min(size, 4) * 8, bits));
  return size === 1 && code >= 0x80 ? `'${escapeByte(code)}'` : `'${escapeCodePoint(code, "'")}'`;
}

/** `RED`, `Color::Red`, `A | B`, `A | 0x40`, `(Color) 7`. */
export function enumText(
  bits: bigint,
  type: EnumType,
  format: NumberFormat | undefined,
  language: Language,
  width?: number,
): string {
  const chosen = format && formatInteger(bits, type.size, format, width);
  if (chosen !== undefined) return chosen;
  const prefix = type.isScoped && language !== 'rust' && type.name !== undefined ? `${type.name}::` : '';
  const exact = type.enumerators.find(({ value }) => value === bits);
  if (exact) return prefix + exact.name;
  const parts = flagsOf(bits, type);
  if (parts) return parts.map((part) => (part.startsWith('0x') ? part : prefix + part)).join(' | ');
  return type.name === undefined ? bits.toString() : `(${type.name}) ${bits}`;
}

/**
 * The names of the bits that are set, the unnamed rest as a number. Undefined when the enumerators are no flags, each with
 * bits of its own or a union of such, or when none of them is set.
 */
function flagsOf(bits: bigint, type: EnumType): string[] | undefined {
  if (bits <= 0n) return undefined;
  const flags = type.enumerators.filter(({ value }) => value !== 0n);
  let single = 0n;
  for (const { value } of flags) {
    if (value < 0n) return undefined;
    if ((value & (value - 1n)) === 0n) single |= value;
  }
  // Two at least, and combinations of single bits only.
  if (flags.length < 2 || flags.some(({ value }) => (value & ~single) !== 0n)) return undefined;
  const names: string[] = [];
  let rest = bits;
  for (const { name, value } of flags) {
    if ((value & (value - 1n)) !== 0n || (rest & value) === 0n) continue;
    names.push(name);
    rest &= ~value;
  }
  // 0, 1, 2 and 1, 2, 3 may be numbers as well as bits: only what they are made of altogether counts as bits.
  const isCount = isCounting(type.enumerators.map(({ value }) => value));
  if (names.length === 0 || (isCount && (rest !== 0n || flags.length > 2))) return undefined;
  return rest === 0n ? names : [...names, `0x${rest.toString(16)}`];
}

/** Numbers that follow each other from 0 or 1 on. */
function isCounting(values: readonly bigint[]): boolean {
  const first = values[0];
  return (first === 0n || first === 1n) && values.every((value, i) => value === first + BigInt(i));
}
