/** Base types (DWARF 5 §5.1): what an encoding, a size and a name mean together, for every compiler's names. */
import type { Die } from '../dwarf/die';
import { canonicalName } from './canonicalnames';
import * as T from './typeconstants';
import type { ComplexType, FloatFormat, FloatType, IntegerType, Language, Type } from './types';

/** Larger ones are damage; `_BitInt` goes up to 8 MiB of bits. */
const MAX_SIZE = 1 << 20;

export function readBaseType(die: Die, language: Language): Type {
  const bits = die.number(T.DW_AT_bit_size);
  const size = die.number(T.DW_AT_byte_size) ?? (bits === undefined ? 0 : Math.ceil(bits / 8));
  const encoding = die.number(T.DW_AT_encoding) ?? 0;
  const { name } = die;
  return baseType(name === undefined ? undefined : canonicalName(name), size, encoding, language);
}

/**
 * @param name     as in DW_AT_name
 * @param size     bytes
 * @param encoding `DW_ATE_*`
 */
export function baseType(name: string | undefined, size: number, encoding: number, language: Language): Type {
  const known = name ?? `<${size} bytes>`;
  // Rust's `()` and `!` are base types without a size.
  if (!(size > 0 && size <= MAX_SIZE)) return { kind: 'void', name: known, size: 0 };
  switch (encoding) {
    case T.DW_ATE_float:
    case T.DW_ATE_imaginary_float:
    case T.DW_ATE_decimal_float:
      return floatType(known, size, encoding) ?? { kind: 'void', name: known, size };
    case T.DW_ATE_complex_float:
    case T.DW_ATE_GNU_complex_integer:
      return complexType(known, size, encoding, language) ?? { kind: 'void', name: known, size };
    // Ada's and COBOL's decimal text is no number to compute with.
    case T.DW_ATE_packed_decimal:
    case T.DW_ATE_numeric_string:
    case T.DW_ATE_edited:
      return { kind: 'void', name: known, size };
    default:
      return integerType(known, size, encoding, language);
  }
}

function integerType(name: string, size: number, encoding: number, language: Language): IntegerType {
  const display = displayOf(name, encoding, language);
  const isSigned =
    encoding === T.DW_ATE_signed || encoding === T.DW_ATE_signed_char || encoding === T.DW_ATE_signed_fixed;
  return { kind: 'integer', name, size, isSigned, rank: rankOf(name, size, display), display };
}

function displayOf(name: string, encoding: number, language: Language): IntegerType['display'] {
  switch (encoding) {
    case T.DW_ATE_boolean:
      return 'boolean';
    case T.DW_ATE_UTF:
    case T.DW_ATE_UCS:
      return 'unicode';
    case T.DW_ATE_ASCII:
      return 'character';
    case T.DW_ATE_signed_char:
    case T.DW_ATE_unsigned_char:
      // Rust's and Zig's u8, Go's uint8 and D's ubyte are numbers, whatever the encoding says.
      if (language === 'rust' || language === 'go' || language === 'zig') return 'number';
      return /byte|int|^[iu]\d+$/.test(name) ? 'number' : 'character';
    default:
      return name === 'wchar_t' ? 'character' : 'number';
  }
}

/** C17 6.3.1.1, by name where C has it, else by the size. */
function rankOf(name: string, size: number, display: IntegerType['display']): number {
  if (display === 'boolean') return 0;
  if (/\blong long\b/.test(name)) return 5;
  if (/\blong\b/.test(name)) return 4;
  if (size <= 1) return 1;
  if (size <= 2) return 2;
  if (size <= 4) return 3;
  return size <= 8 ? 4 : 6;
}

function floatType(name: string, size: number, encoding: number): FloatType | undefined {
  const format = floatFormat(name, size, encoding);
  return format && { kind: 'float', name, size, format };
}

function floatFormat(name: string, size: number, encoding: number): FloatFormat | undefined {
  if (encoding === T.DW_ATE_decimal_float) {
    return ({ 4: 'decimal32', 8: 'decimal64', 16: 'decimal128' } as const)[size];
  }
  switch (size) {
    case 2:
      return /bf16|bfloat/i.test(name) ? 'bfloat16' : 'binary16';
    case 4:
      return 'binary32';
    case 8:
      return 'binary64';
    // 80 bits, padded to 4 bytes on i386 and to 16 on x86-64.
    case 10:
    case 12:
      return 'x87';
    case 16:
      // Of the names for 16 bytes, these are IEEE 754's; `long double` and D's `real` are the x87's.
      return /float128|^f128$|_Float128|float_128|kind=16|quad|ieee128/i.test(name) ? 'binary128' : 'x87';
    default:
      return undefined;
  }
}

/** gcc writes `complex double`, clang `complex`, `_Complex float`; Go complex128, Fortran complex(kind=8). */
function complexType(name: string, size: number, encoding: number, language: Language): ComplexType | undefined {
  const half = size / 2;
  const stated = name.replace(/\b_?complex\b\s*/i, '').trim();
  if (encoding === T.DW_ATE_GNU_complex_integer) {
    const isUnsigned = /unsigned/.test(stated);
    const part = integerType(stated || 'int', half, isUnsigned ? 0 : T.DW_ATE_signed, language);
    return Number.isInteger(half) ? { kind: 'complex', name, size, part } : undefined;
  }
  const spelled = /^[a-z_]/i.test(stated) && !/complex/i.test(stated) ? stated : C_NAMES[half];
  const part = floatType(spelled ?? name, half, T.DW_ATE_float);
  return part && { kind: 'complex', name, size, part };
}

const C_NAMES: Readonly<Record<number, string>> = { 2: '_Float16', 4: 'float', 8: 'double', 16: 'long double' };
