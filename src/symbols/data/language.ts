/** `DW_LANG_*` (DWARF 5 §7.12, and dwarfstd.org's additions) as the languages that this debugger tells apart. */
import type { Language } from './types';

const LANGUAGES: ReadonlyMap<number, Language> = new Map<number, Language>([
  // C89, C, C99, C11, C17, C23; UPC, OpenCL
  ...[0x01, 0x02, 0x0c, 0x1d, 0x2c, 0x3e, 0x12, 0x15].map((code) => [code, 'c'] as const),
  // C++ of 1998, 2003, 2011, 2014, 2017, 2020, 2023; Objective-C and C++, HIP
  ...[0x04, 0x19, 0x1a, 0x21, 0x2a, 0x2b, 0x3a, 0x11, 0x30].map((code) => [code, 'c++'] as const),
  [0x10, 'c'],
  // Fortran 77, 90, 95, 2003, 2008, 2018, 2023
  ...[0x07, 0x08, 0x0e, 0x22, 0x23, 0x2d, 0x45].map((code) => [code, 'fortran'] as const),
  [0x13, 'd'],
  [0x16, 'go'],
  // 0x9000 is what rustc used before it had a number.
  [0x1c, 'rust'],
  [0x9000, 'rust'],
  [0x27, 'zig'],
  [0x31, 'assembly'],
  [0x8001, 'assembly'],
]);

/** Arrays begin at 1: COBOL, Pascal, PL/I, Ada, Modula-2 and -3, Julia and Fortran (DWARF 5 table 7.17). */
const FROM_ONE: ReadonlySet<number> = new Set([
  0x03, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0d, 0x0e, 0x0f, 0x17, 0x1f, 0x22, 0x23, 0x2d, 0x2e, 0x2f, 0x45,
]);

/** Of a unit's DW_AT_language; `other` for one that is not told apart, undefined for a unit that does not say. */
export function languageOf(code: number | undefined): Language | undefined {
  return code === undefined ? undefined : (LANGUAGES.get(code) ?? 'other');
}

/** Index of an array's first element where its entry does not say. */
export function defaultLowerBound(code: number | undefined): number {
  return code !== undefined && FROM_ONE.has(code) ? 1 : 0;
}
