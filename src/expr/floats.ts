/**
 * Encodings of floating-point numbers and what they are worth as doubles: IEEE 754's binary formats, the x87's 80 bits,
 * bfloat16, and IEEE 754's decimal formats in their binary-integer encoding (BID), which is the System V ABI's.
 */
import type { FloatFormat } from '../symbols/data/types';

interface BinaryShape {
  readonly exponentBits: number;
  /** Without the sign; with the integer bit where it is stored. */
  readonly significandBits: number;
  readonly storesIntegerBit: boolean;
}

const BINARY: Readonly<Partial<Record<FloatFormat, BinaryShape>>> = {
  binary16: { exponentBits: 5, significandBits: 10, storesIntegerBit: false },
  bfloat16: { exponentBits: 8, significandBits: 7, storesIntegerBit: false },
  binary32: { exponentBits: 8, significandBits: 23, storesIntegerBit: false },
  binary64: { exponentBits: 11, significandBits: 52, storesIntegerBit: false },
  x87: { exponentBits: 15, significandBits: 64, storesIntegerBit: true },
  binary128: { exponentBits: 15, significandBits: 112, storesIntegerBit: false },
};

const view = new DataView(new ArrayBuffer(8));

/** Bits that count: 80 of the 128 of a long double. */
export function floatBits(format: FloatFormat): number {
  switch (format) {
    case 'binary16':
    case 'bfloat16':
      return 16;
    case 'binary32':
    case 'decimal32':
      return 32;
    case 'binary64':
    case 'decimal64':
      return 64;
    case 'x87':
      return 80;
    case 'binary128':
    case 'decimal128':
      return 128;
  }
}

/** The nearest double. */
export function decodeFloat(raw: bigint, format: FloatFormat): number {
  switch (format) {
    case 'binary32':
      view.setUint32(0, Number(BigInt.asUintN(32, raw)), true);
      return view.getFloat32(0, true);
    case 'binary64':
      view.setBigUint64(0, BigInt.asUintN(64, raw), true);
      return view.getFloat64(0, true);
    case 'decimal32':
    case 'decimal64':
    case 'decimal128':
      return Number(decimalText(raw, format));
    default:
      return decodeBinary(raw, BINARY[format]!);
  }
}

function decodeBinary(raw: bigint, { exponentBits, significandBits, storesIntegerBit }: BinaryShape): number {
  const stored = raw & ((1n << BigInt(significandBits)) - 1n);
  const maximum = (1 << exponentBits) - 1;
  const exponent = Number((raw >> BigInt(significandBits)) & BigInt(maximum));
  const sign = (raw >> BigInt(significandBits + exponentBits)) & 1n ? -1 : 1;
  const fractionBits = significandBits - (storesIntegerBit ? 1 : 0);
  if (exponent === maximum) {
    const fraction = stored & ((1n << BigInt(fractionBits)) - 1n);
    return fraction === 0n ? sign * Infinity : NaN;
  }
  const significand = storesIntegerBit || exponent === 0 ? stored : stored | (1n << BigInt(significandBits));
  const bias = (maximum - 1) / 2;
  return sign * scaled(significand, (exponent === 0 ? 1 : exponent) - bias - fractionBits);
}

/** significand × 2^scale, rounded once, to nearest even. */
function scaled(significand: bigint, scale: number): number {
  if (significand === 0n) return 0;
  const length = significand.toString(2).length;
  // The lowest bit a double can hold here: 52 below the highest, and never below 2^-1074.
  const lowest = Math.max(length + scale - 53, -1074);
  const drop = lowest - scale;
  const kept = drop <= 0 ? significand : roundedShift(significand, drop);
  const power = Math.max(lowest, scale);
  // Two factors, since 2^power alone may overflow or vanish where the product does not.
  const first = Math.trunc(power / 2);
  return Number(kept) * 2 ** first * 2 ** (power - first);
}

/** value / 2^count, to nearest even. */
function roundedShift(value: bigint, count: number): bigint {
  if (count > value.toString(2).length + 1) return 0n;
  const cut = BigInt(count);
  const half = 1n << (cut - 1n);
  const rest = value & ((1n << cut) - 1n);
  const kept = value >> cut;
  return rest > half || (rest === half && kept & 1n) ? kept + 1n : kept;
}

/** The encoding of the nearest number of that format; undefined for decimal formats, which are only read. */
export function encodeFloat(value: number, format: FloatFormat): bigint | undefined {
  switch (format) {
    case 'binary32':
      view.setFloat32(0, value, true);
      return BigInt(view.getUint32(0, true));
    case 'binary64':
      view.setFloat64(0, value, true);
      return view.getBigUint64(0, true);
    default: {
      const shape = BINARY[format];
      return shape && encodeBinary(value, shape);
    }
  }
}

function encodeBinary(value: number, { exponentBits, significandBits, storesIntegerBit }: BinaryShape): bigint {
  const fractionBits = significandBits - (storesIntegerBit ? 1 : 0);
  const maximum = (1 << exponentBits) - 1;
  const bias = (maximum - 1) / 2;
  const negative = value < 0 || Object.is(value, -0);
  const pack = (exponent: number, significand: bigint): bigint =>
    (BigInt(negative ? 1 : 0) << BigInt(exponentBits + significandBits)) |
    (BigInt(exponent) << BigInt(significandBits)) |
    significand;
  const integerBit = 1n << BigInt(fractionBits);
  const infinity = pack(maximum, storesIntegerBit ? integerBit : 0n);
  if (Number.isNaN(value)) return infinity | (integerBit >> 1n);
  if (!Number.isFinite(value)) return infinity;
  if (value === 0) return pack(0, 0n);
  view.setFloat64(0, Math.abs(value), true);
  const raw = view.getBigUint64(0, true);
  const stored = Number(raw >> 52n);
  // |value| = significand × 2^scale
  const significand = (raw & 0xf_ffff_ffff_ffffn) | (stored === 0 ? 0n : 1n << 52n);
  const scale = (stored === 0 ? 1 : stored) - 1075;
  const lowest = Math.max(significand.toString(2).length + scale - 1 - fractionBits, 1 - bias - fractionBits);
  const drop = lowest - scale;
  const kept = drop > 0 ? roundedShift(significand, drop) : significand << BigInt(-drop);
  // A carry out of the fraction moves up into the exponent by itself once the integer bit is subtracted.
  const exponent = kept < integerBit ? 0 : lowest + fractionBits + bias;
  if (kept >> BigInt(fractionBits + 1))
    return exponent + 1 >= maximum ? infinity : pack(exponent + 1, storesIntegerBit ? integerBit : 0n);
  if (exponent >= maximum) return infinity;
  return pack(exponent, storesIntegerBit || exponent === 0 ? kept : kept - integerBit);
}

/** A decimal number as text that Number and people read: `1.25`, `-Infinity`, `12E+90` (IEEE 754-2019 3.5.2, BID). */
export function decimalText(raw: bigint, format: 'decimal32' | 'decimal64' | 'decimal128'): string {
  const bits = floatBits(format);
  const [exponentBits, bias] = format === 'decimal32' ? [8, 101] : format === 'decimal64' ? [10, 398] : [14, 6176];
  const sign = (raw >> BigInt(bits - 1)) & 1n ? '-' : '';
  const top = Number((raw >> BigInt(bits - 6)) & 0x1fn);
  if (top === 0x1f) return 'NaN';
  if (top === 0x1e) return `${sign}Infinity`;
  const isLarge = top >> 3 === 3;
  const significandBits = bits - 1 - exponentBits - (isLarge ? 2 : 0);
  const exponent = Number((raw >> BigInt(significandBits)) & ((1n << BigInt(exponentBits)) - 1n)) - bias;
  const low = raw & ((1n << BigInt(significandBits)) - 1n);
  const significand = isLarge ? low | (1n << BigInt(significandBits + 2)) : low;
  // Significands beyond the format's digits are zero by definition (non-canonical).
  const digits = format === 'decimal32' ? 7 : format === 'decimal64' ? 16 : 34;
  const text = significand.toString().length > digits ? '0' : significand.toString();
  if (exponent === 0) return sign + text;
  if (exponent < 0 && -exponent < text.length + 6) {
    const padded = text.padStart(1 - exponent, '0');
    return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
  }
  return `${sign}${text}E${exponent > 0 ? '+' : ''}${exponent}`;
}
