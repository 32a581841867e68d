/** Values in injection rules: durations, occurrences, numbers, bytes to poke. */
import { SyscallTextError } from '../errors';
import type { Occurrence, Poke } from './rule';

const fail = (sentence: string, text: string, start: number, length: number): SyscallTextError =>
  new SyscallTextError(sentence, text, start, start + Math.max(1, length));

/** A decimal, hexadecimal or octal number of 64 bits, signed or not. */
export function parseInteger(value: string, text: string, start: number): bigint {
  const [, sign, digits] = /^([-+]?)(0[xX][0-9a-fA-F]+|\d+)$/.exec(value) ?? [];
  if (digits === undefined) throw fail(`'${value}' is not a number`, text, start, value.length);
  const size = /^0[0-7]+$/.test(digits)
    ? BigInt(`0o${digits.slice(1)}`)
    : /^0\d/.test(digits)
      ? undefined
      : BigInt(digits);
  if (size === undefined) throw fail(`'${value}' is not an octal number`, text, start, value.length);
  const number = sign === '-' ? -size : size;
  if (number >= 1n << 64n || number < -(1n << 63n))
    throw fail(`'${value}' does not fit into 64 bits`, text, start, value.length);
  return BigInt.asIntN(64, number);
}

const units: Readonly<Record<string, number>> = { '': 1, ns: 0.001, us: 1, µs: 1, ms: 1000, s: 1_000_000 };

/** Longer delays are mistakes: a day. */
const MAX_DELAY = 86_400_000_000;

/** Microseconds of `100`, `10ms`, `1.5s`. */
export function parseDuration(value: string, text: string, start: number): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([a-zµ]*)$/.exec(value) ?? [];
  const factor = unit === undefined || !Object.hasOwn(units, unit) ? undefined : units[unit];
  if (digits === undefined || factor === undefined) {
    throw fail(
      `'${value}' is not a duration; write microseconds, or a unit as in '10ms' or '1s'`,
      text,
      start,
      value.length,
    );
  }
  const duration = Number(digits) * factor;
  if (duration > MAX_DELAY) throw fail(`'${value}' is longer than a day`, text, start, value.length);
  return duration;
}

/** `3`, `3..`, `3..7`, `3+`, `3+2`, `3..9+2`: strace's `first[..last][+[step]]`. */
export function parseOccurrence(value: string, text: string, start: number): Occurrence {
  const match = /^(\d{1,9})(?:(\.\.)(\d{1,9})?)?(?:(\+)(\d{1,9})?)?$/.exec(value);
  if (!match) {
    throw fail(`'${value}' is not an occurrence; write '3', '3..', '3..7' or '1+2'`, text, start, value.length);
  }
  const [, firstText, range, lastText, plus, stepText] = match;
  const first = Number(firstText);
  if (first < 1) throw fail('Occurrences are counted from 1', text, start, value.length);
  const step = Number(stepText ?? 1);
  if (step < 1) throw fail('The step is at least 1', text, start + value.indexOf('+') + 1, 1);
  if (lastText !== undefined && Number(lastText) < first) {
    throw fail(`The last occurrence, ${lastText}, comes before the first, ${first}`, text, start, value.length);
  }
  // A number alone is that one call; `3..` and `3+` go on for ever.
  const last = lastText !== undefined ? Number(lastText) : range || plus ? undefined : first;
  return last === undefined ? { first, step } : { first, last, step };
}

/** More than any structure a program passes. */
const MAX_POKE = 65536;

/** `@arg2=0011,@arg3=ff`: bytes in hexadecimal; `*` in front of them fills what the call returned. */
export function parsePokes(value: string, text: string, start: number): Poke[] {
  const pokes: Poke[] = [];
  let at = start;
  for (const part of value.split(',')) {
    const [, digit, fill, hex] = /^@arg([1-6])=(\*?)([0-9a-fA-F]*)$/.exec(part) ?? [];
    if (digit === undefined || hex === undefined) {
      throw fail(`'${part}' does not poke anything; write '@arg2=0011', bytes in hexadecimal`, text, at, part.length);
    }
    if (hex.length === 0 || hex.length % 2 !== 0) {
      throw fail(`The bytes in '${part}' need two hexadecimal digits each`, text, at, part.length);
    }
    if (hex.length / 2 > MAX_POKE) throw fail(`More than ${MAX_POKE} bytes cannot be poked`, text, at, part.length);
    if (pokes.some(({ argument }) => argument === Number(digit) - 1)) {
      throw fail(`'@arg${digit}' is there twice`, text, at, part.length);
    }
    pokes.push({ argument: Number(digit) - 1, bytes: Uint8Array.from(Buffer.from(hex, 'hex')), fill: fill === '*' });
    at += part.length + 1;
  }
  return pokes;
}
