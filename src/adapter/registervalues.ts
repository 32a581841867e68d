/** How the value of a register is written, and how what a person writes becomes one again. Pure. */
import { UserError } from '../common/errors';
import { float80ToNumber, type LaneView } from '../engine/registers';

/** The shortest decimal that reads back as the same single-precision value. */
function formatFloat(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

/** `nan` and `inf` as C prints them. */
function formatReal(value: number, single: boolean): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (Object.is(value, -0)) return '-0';
  return single ? formatFloat(value) : String(value);
}

/** One lane as people read it: integers in signed decimal. */
export function formatLane(value: bigint | number, view: LaneView): string {
  return typeof value === 'bigint' ? value.toString() : formatReal(value, view.element === 'float');
}

/** A whole vector: its 32-bit lanes in hexadecimal, the lowest first. */
export function formatVector(bytes: Uint8Array): string {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lanes = Array.from({ length: bytes.length / 4 }, (_, i) => '0x' + data.getUint32(i * 4, true).toString(16));
  return `{${lanes.join(', ')}}`;
}

export function formatFloat80(raw: bigint): string {
  return formatReal(float80ToNumber(raw), false);
}

/** Undoes the remark that follows a value where it is shown: `0x401136 <main+4>`, `0x2a (42)`. */
export function withoutRemark(text: string): string {
  return text.trim().replace(/^(\S+|\{[^}]*\})\s+[<"[(].*$/s, '$1');
}

/** A real number as C or this file writes it; undefined for anything else. */
export function parseReal(text: string): number | undefined {
  const word = text.trim().toLowerCase();
  const special = /^([+-]?)(nan|inf|infinity)$/.exec(word);
  if (special) return special[2] === 'nan' ? NaN : special[1] === '-' ? -Infinity : Infinity;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?f?$/.test(word)) return undefined;
  return Number(word.replace(/f$/, ''));
}

/** The items of `{a, b, …}`; undefined when the text is no such list. */
export function parseList(text: string): string[] | undefined {
  const match = /^\s*\{(.*)\}\s*$/s.exec(text);
  return match?.[1]!.split(',').map((item) => item.trim());
}

/** One lane from text: a real for floating-point lanes; integers (through `integer`) must fit, signed or unsigned. */
export function parseLane(text: string, view: LaneView, integer: (text: string) => bigint): bigint | number {
  if (view.element === 'float' || view.element === 'double') return parseReal(text) ?? Number(integer(text));
  const value = integer(text);
  if (value >= 1n << BigInt(view.bits) || value < -(1n << BigInt(view.bits - 1))) {
    throw new UserError(`${text} does not fit in a lane of ${view.bits} bits.`, { code: 'bad-value' });
  }
  return value;
}
