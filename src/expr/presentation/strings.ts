/** C's strings, in memory and in arrays, for characters of one, two and four bytes. */
import { bareType, type IntegerType, type Type } from '../../symbols/data/types';
import { formatAddress } from '../../common/addresses';
import type { DataValue } from '../data';
import { decodeText } from './characters';
import { characterPrefix } from './numbers';
import type { NumberFormat } from './valueformat';

/** Bytes read at first: most strings are shorter, and memory may end soon after. */
const FIRST_READ = 256;

/** The code units of a text. */
export interface TextUnit {
  readonly type: IntegerType;
  /** The program calls them bytes: they may be anything, and are text only where they look like it. */
  readonly isDoubtful: boolean;
}

/**
 * The code units that an array or a pointer of this element type is shown as text with; undefined for numbers. With `,s`
 * integers of those sizes count as characters too.
 */
export function textUnit(element: Type, format: NumberFormat | undefined): TextUnit | undefined {
  const bare = bareType(element);
  if (bare.kind !== 'integer' || ![1, 2, 4].includes(bare.size)) return undefined;
  if (format === 's') return { type: bare, isDoubtful: false };
  // Numbers in hexadecimal are no wish to see texts as numbers.
  if (format !== undefined && format !== 'h') return undefined;
  // Rust's `char` is a number of its own, not a unit of a text: Rust's texts are UTF-8.
  if (bare.name === 'char' && bare.size === 4) return undefined;
  if (bare.display !== 'character' && bare.display !== 'unicode') return undefined;
  return { type: bare, isDoubtful: bare.size === 1 && bare.name === 'unsigned char' };
}

/** Index of the first NUL unit, or -1. */
function findNul(bytes: Uint8Array, unit: number): number {
  if (unit === 1) return bytes.indexOf(0);
  for (let at = 0; at + unit <= bytes.length; at += unit) {
    let isNul = true;
    for (let i = 0; i < unit; i++) isNul &&= bytes[at + i] === 0;
    if (isNul) return at;
  }
  return -1;
}

/** The bytes of the text before its NUL. */
interface TextBytes {
  readonly bytes: Uint8Array;
  /** `nul`: it ended; `cut`: there is more; `unreadable`: memory ended first. */
  readonly end: 'nul' | 'cut' | 'unreadable';
}

/** A NUL-terminated text of at most `limit` units at an address. */
function readText(value: DataValue, address: bigint, unit: number, limit: number): TextBytes {
  // A unit more than is shown tells whether it was cut; a UTF-8 character may take four.
  const most = (limit + 1) * (unit === 1 ? 4 : unit);
  for (let size = Math.min(FIRST_READ, most); ; size = Math.min(size * 8, most)) {
    const bytes = value.read(address, size);
    const nul = findNul(bytes, unit);
    if (nul >= 0) return { bytes: bytes.subarray(0, nul), end: 'nul' };
    if (bytes.length < size) return { bytes, end: 'unreadable' };
    if (size === most) return { bytes, end: 'cut' };
  }
}

function quoted(text: TextBytes, unit: TextUnit, limit: number): string {
  const decoded = decodeText(text.bytes, unit.type.size, limit);
  // How many units were decoded is not known of UTF-8; decoding one more character tells whether there was one.
  const isCut = decoded.length === limit && decodeText(text.bytes, unit.type.size, limit + 1).length > limit;
  return `${characterPrefix(unit.type)}"${decoded.escaped}"${isCut ? '...' : ''}`;
}

/** `"text"` for what a pointer to characters points to; a clause where it cannot be read. */
export function pointedText(value: DataValue, address: bigint, unit: TextUnit, limit: number): string | undefined {
  const text = readText(value, address, unit.type.size, limit);
  if (text.end === 'unreadable' && text.bytes.length < unit.type.size)
    return `<cannot read memory at ${formatAddress(address)}>`;
  if (unit.isDoubtful && !looksLikeText(text)) return undefined;
  const shown = quoted(text, unit, limit);
  if (text.end !== 'unreadable' || shown.endsWith('...')) return shown;
  return `${shown} <cannot read memory at ${formatAddress(address + BigInt(text.bytes.length))}>`;
}

/** The text that a pointer to characters or an array of them holds, without quotes. */
export function textOf(
  value: DataValue,
  limit: number,
): { readonly value: string; readonly isCut: boolean } | undefined {
  const { bare } = value;
  const element = bare.kind === 'pointer' ? bare.target : bare.kind === 'array' ? bare.element : undefined;
  const unit = element && textUnit(element, undefined);
  if (!unit) return undefined;
  const text =
    bare.kind === 'pointer' ? readText(value, value.bits(), unit.type.size, limit) : arrayBytes(value, unit, limit);
  if (text.bytes.length === 0 && text.end === 'unreadable') return undefined;
  const decoded = decodeText(text.bytes, unit.type.size, limit);
  return {
    value: decoded.value,
    isCut: text.end === 'cut' || decodeText(text.bytes, unit.type.size, limit + 1).length > limit,
  };
}

function arrayBytes(value: DataValue, unit: TextUnit, limit: number): TextBytes {
  const { address, count } = value;
  if (count === undefined) {
    return address === undefined
      ? { bytes: new Uint8Array(0), end: 'unreadable' }
      : readText(value, address, unit.type.size, limit);
  }
  const most = Math.min(count, (limit + 1) * 4) * unit.type.size;
  const bytes = address === undefined ? value.bytes().subarray(0, most) : value.read(address, most);
  const nul = findNul(bytes, unit.type.size);
  if (nul >= 0) return { bytes: bytes.subarray(0, nul), end: 'nul' };
  if (bytes.length < most) return { bytes, end: 'unreadable' };
  return { bytes, end: count * unit.type.size > most ? 'cut' : 'nul' };
}

/** An array of characters as the string it holds, up to its NUL; undefined when it is not to be shown as text. */
export function arrayText(value: DataValue, unit: TextUnit, limit: number): string | undefined {
  const text = arrayBytes(value, unit, limit);
  if (text.end === 'unreadable' && text.bytes.length < unit.type.size) {
    return `<cannot read memory at ${formatAddress(value.address ?? 0n)}>`;
  }
  if (unit.isDoubtful && !looksLikeText(text)) return undefined;
  return quoted(text, unit, limit);
}

/** At least one character, and only printable ones and white space. */
function looksLikeText({ bytes, end }: TextBytes): boolean {
  return (
    end !== 'unreadable' &&
    bytes.length > 0 &&
    bytes.every((byte) => (byte >= 0x20 && byte !== 0x7f) || (byte >= 9 && byte <= 13))
  );
}
