/**
 * Characters and texts as C writes them. What comes out holds no control characters and nothing that turns or hides the
 * text around it (bidirectional controls, zero-width and unassigned characters), whatever the program's memory held.
 */

/** C's simple escapes, and GNU's `\e`. */
const SIMPLE_ESCAPES: Readonly<Record<number, string>> = {
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  27: '\\e',
  92: '\\\\',
};

/** Controls, formats, surrogates, private use, unassigned, and separators other than the space. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;
/** A run that needs no look at its single characters. */
const PLAIN_ASCII = /^[ !#-&(-[\]-~]*$/;

export type Quote = '"' | "'";

/** `\x07`, `\u200e`, `\U000e0001`: a code point by its number. */
function numberedEscape(code: number): string {
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code < 0x1_0000) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}

/** A byte that is no part of a character. */
export function escapeByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

/** The expression is asked only where it must be: making it takes longer than showing a page of variables. */
function isInvisible(character: string, code: number): boolean {
  return code < 0x7f ? code < 0x20 : INVISIBLE.test(character);
}

/** One code point as it stands between quotes; lone surrogates and numbers beyond Unicode as escapes. */
export function escapeCodePoint(code: number, quote: Quote): string {
  if (code === 0) return '\\0';
  const simple = SIMPLE_ESCAPES[code];
  if (simple !== undefined) return simple;
  if (code > 0x10_ffff || (code >= 0xd800 && code <= 0xdfff)) return numberedEscape(code >>> 0);
  const character = String.fromCodePoint(code);
  if (character === quote) return `\\${character}`;
  return isInvisible(character, code) ? numberedEscape(code) : character;
}

/** A text with everything escaped that would not be seen, or would end the quotes. */
export function escapeText(text: string, quote: Quote = '"'): string {
  if (PLAIN_ASCII.test(text)) return text;
  let result = '';
  for (const character of text) result += escapeCodePoint(character.codePointAt(0)!, quote);
  return result;
}

/** `"text"`, with `...` behind what was cut. */
export function quoteText(text: string, isCut = false): string {
  return `"${escapeText(text)}"${isCut ? '...' : ''}`;
}

/** Text for outside of quotes: names, clauses, what a formatter wrote. Line ends and tabs become spaces. */
export function singleLine(text: string): string {
  if (PLAIN_ASCII.test(text)) return text;
  let result = '';
  for (const character of text.replace(/[\t\r\n]+/g, ' ')) {
    const code = character.codePointAt(0)!;
    result += isInvisible(character, code) ? numberedEscape(code) : character;
  }
  return result;
}

/** Text as decoded from memory: escapes are made already. */
export interface DecodedText {
  /** Escaped, for between double quotes. */
  readonly escaped: string;
  /** As the program has it; what is no character is U+FFFD. */
  readonly value: string;
  /** Characters, or bytes that are none. */
  readonly length: number;
}

/** Decodes the code units of a text: UTF-8, UTF-16 or UTF-32, by their size. What is malformed is escaped by its number. */
export function decodeText(bytes: Uint8Array, unitSize: number, limit: number): DecodedText {
  if (unitSize === 1) return decodeUtf8(bytes, limit);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let escaped = '';
  let value = '';
  let length = 0;
  for (let at = 0; at + unitSize <= bytes.length && length < limit; length++) {
    let code = unitSize === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
    at += unitSize;
    if (unitSize === 2 && code >= 0xd800 && code < 0xdc00 && at + 2 <= bytes.length) {
      const low = view.getUint16(at, true);
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        at += 2;
      }
    }
    const isCharacter = code <= 0x10_ffff && (code < 0xd800 || code > 0xdfff);
    escaped += escapeCodePoint(code, '"');
    value += isCharacter ? String.fromCodePoint(code) : '\ufffd';
  }
  return { escaped, value, length };
}

/** Bytes in the sequence that `lead` begins; 0 for what begins none (Unicode 3.9, table 3-7). */
function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

function decodeUtf8(bytes: Uint8Array, limit: number): DecodedText {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, limit));
  // Most texts are plain ASCII, and none of it needs an escape.
  const latin = whole.toString('latin1');
  if (PLAIN_ASCII.test(latin)) return { escaped: latin, value: latin, length: latin.length };
  let escaped = '';
  let value = '';
  let length = 0;
  for (let at = 0; at < bytes.length && length < limit; length++) {
    const size = sequenceLength(bytes[at]!);
    const code = size > 0 && at + size <= bytes.length ? codePointAt(bytes, at, size) : -1;
    if (code < 0) {
      escaped += escapeByte(bytes[at]!);
      value += '\ufffd';
      at++;
    } else {
      escaped += escapeCodePoint(code, '"');
      value += String.fromCodePoint(code);
      at += size;
    }
  }
  return { escaped, value, length };
}

/** The code point of a sequence of `size` bytes; -1 when it is malformed. */
function codePointAt(bytes: Uint8Array, at: number, size: number): number {
  const lead = bytes[at]!;
  if (size === 1) return lead;
  let code = lead & (0x7f >> size);
  for (let i = 1; i < size; i++) {
    const next = bytes[at + i]!;
    if ((next & 0xc0) !== 0x80) return -1;
    code = (code << 6) | (next & 0x3f);
  }
  const lowest = size === 2 ? 0x80 : size === 3 ? 0x800 : 0x1_0000;
  return code < lowest || code > 0x10_ffff || (code >= 0xd800 && code <= 0xdfff) ? -1 : code;
}
