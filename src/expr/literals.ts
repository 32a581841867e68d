/** Character and string literals of C, C++ and Rust. */
import { ExpressionError, type Span } from './errors';
import type { Token } from './lexer';
import { toBytes } from './storage';
import { CHAR, CHAR16, CHAR32, CHAR8, UNSIGNED_CHAR, WCHAR, type IntegerType } from './types';

const SIMPLE_ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  e: 27,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  "'": 39,
  '"': 34,
  '?': 63,
};

/** What a prefix makes of a literal (C17 6.4.4.4, C++20 [lex.ccon]; `b` is Rust's). */
const PREFIXES: Readonly<Record<string, IntegerType>> = {
  '': CHAR,
  L: WCHAR,
  u8: CHAR8,
  u: CHAR16,
  U: CHAR32,
  b: UNSIGNED_CHAR,
};

const UNIT =
  '\\\\x[0-9a-fA-F]+|\\\\u\\{[0-9a-fA-F]{1,6}\\}|\\\\u[0-9a-fA-F]{4}|\\\\U[0-9a-fA-F]{8}|\\\\[0-7]{1,3}|\\\\[^\\n]';
const CHARACTER = new RegExp(`(L|u8|u|U|b)?'(${UNIT}|[^\\\\'\\n])'`, 'uy');
const STRING = new RegExp(`(L|u8|u|U|b)?"((?:${UNIT}|[^\\\\"\\n])*)"`, 'uy');
const OPEN_STRING = /(?:L|u8|u|U|b)?"/y;
const UNITS = new RegExp(`${UNIT}|[^\\\\]`, 'gu');

/** One character of a literal: a code point, or with `isUnit` the bits of one code unit. */
interface Unit {
  readonly code: number;
  readonly isUnit: boolean;
}

function unitOf(source: string, span: Span): Unit {
  if (!source.startsWith('\\')) return { code: source.codePointAt(0)!, isUnit: false };
  const kind = source[1]!;
  if (kind === 'x' && source.length > 2) return { code: parseInt(source.slice(2), 16), isUnit: true };
  if (/[0-7]/.test(kind)) return { code: parseInt(source.slice(1), 8), isUnit: true };
  if ((kind === 'u' || kind === 'U') && source.length > 2) {
    const code = parseInt(source.slice(2).replace(/[{}]/g, ''), 16);
    if (code <= 0x10ffff) return { code, isUnit: false };
    throw new ExpressionError(`'${source}' is no character`, span);
  }
  const code = SIMPLE_ESCAPES[kind];
  if (code === undefined) throw new ExpressionError(`'${source}' is no escape sequence`, span);
  return { code, isUnit: false };
}

/**
 * The character constant at `start`, which has the type that C++ and gdb give it: char without a prefix.
 * @param isName whether a name can be read there, which a prefix then is
 */
export function characterToken(text: string, start: number, isName: boolean): Token | undefined {
  CHARACTER.lastIndex = start;
  const match = CHARACTER.exec(text);
  if (!match) {
    if (text[start] !== "'" || isName) return undefined;
    throw new ExpressionError("expected one character and a closing ' after '", { start, end: start + 1 });
  }
  const span = { start, end: CHARACTER.lastIndex };
  // gdb's 'file.c'::name, of a file with a name of one character.
  if (isName && match[1] === undefined) return undefined;
  const type = PREFIXES[match[1] ?? '']!;
  const { code, isUnit } = unitOf(match[2]!, span);
  const limit = type.size > 1 ? 2 ** (8 * type.size) - 1 : isUnit || match[1] === 'b' ? 0xff : 0x7f;
  if (code > limit) {
    throw new ExpressionError(`${match[0]} is not a single ${type.size === 1 ? 'byte' : 'code unit'}`, span);
  }
  const value = type.isSigned ? BigInt.asIntN(type.size * 8, BigInt(code)) : BigInt(code);
  return { kind: 'number', value, type, ...span };
}

/** The string literal at `start`; undefined when none begins there. */
export function stringToken(text: string, start: number): Token | undefined {
  OPEN_STRING.lastIndex = start;
  if (!OPEN_STRING.test(text)) return undefined;
  STRING.lastIndex = start;
  const match = STRING.exec(text);
  if (!match) throw new ExpressionError('expected a closing " after "', { start, end: OPEN_STRING.lastIndex });
  const span = { start, end: STRING.lastIndex };
  const element = PREFIXES[match[1] ?? '']!;
  const units = (match[2]!.match(UNITS) ?? []).map((source) => unitOf(source, span));
  const bytes = Buffer.concat(units.map((unit) => encode(unit, element, span)));
  return { kind: 'string', bytes, text: decode(bytes, element.size), element, ...span };
}

function encode({ code, isUnit }: Unit, { size }: IntegerType, span: Span): Uint8Array {
  if (isUnit) {
    if (code >= 2 ** (8 * size)) throw new ExpressionError(`\\x${code.toString(16)} does not fit a character`, span);
    return toBytes(BigInt(code), size);
  }
  if (size === 4) return toBytes(BigInt(code), 4);
  return Buffer.from(String.fromCodePoint(code), size === 1 ? 'utf8' : 'utf16le');
}

/** Text of code units of that size: UTF-8, UTF-16 or UTF-32, as far as it is valid. */
export function decode(bytes: Uint8Array, size: number): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (size === 1) return buffer.toString('utf8');
  if (size === 2) return buffer.toString('utf16le');
  let text = '';
  for (let at = 0; at + 4 <= buffer.length; at += 4) {
    const code = buffer.readUInt32LE(at);
    text += code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  }
  return text;
}
