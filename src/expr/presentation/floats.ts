/**
 * Floating-point numbers as text: for every format the shortest decimal that reads back as the same number, written as
 * C's `%g` writes it. Decoding follows IEEE 754-2019, section 3.4, and the Intel SDM volume 1, 4.2.2, for the x87.
 */
import type { FloatFormat } from '../../symbols/data/types';
import { decimalText } from '../floats';

/** Where the fields of a binary format are. */
interface Layout {
  /** Bits of the significand in memory. */
  readonly fraction: number;
  readonly exponent: number;
  /** The leading bit of the significand is stored. */
  readonly explicit?: boolean;
  /** Significant digits up to which whole numbers are written out, as `%.*g` does with the digits of the format. */
  readonly digits: number;
}

type BinaryFormat = Exclude<FloatFormat, 'decimal32' | 'decimal64' | 'decimal128'>;

const LAYOUTS: Readonly<Record<BinaryFormat, Layout>> = {
  binary16: { fraction: 10, exponent: 5, digits: 5 },
  bfloat16: { fraction: 7, exponent: 8, digits: 4 },
  binary32: { fraction: 23, exponent: 8, digits: 9 },
  binary64: { fraction: 52, exponent: 11, digits: 17 },
  x87: { fraction: 64, exponent: 15, explicit: true, digits: 21 },
  binary128: { fraction: 112, exponent: 15, digits: 36 },
};

/** significand × 2^exponent. */
interface Finite {
  readonly kind: 'finite';
  readonly isNegative: boolean;
  readonly significand: bigint;
  readonly exponent: number;
  /** The next number below is half as far away as the next one above. */
  readonly isEdge: boolean;
}

type Decoded = Finite | { readonly kind: 'nan' | 'infinity'; readonly isNegative: boolean; readonly payload: bigint };

function decode(bits: bigint, layout: Layout): Decoded {
  const { fraction, exponent: width, explicit = false } = layout;
  const stored = bits & ((1n << BigInt(fraction)) - 1n);
  const biased = Number((bits >> BigInt(fraction)) & ((1n << BigInt(width)) - 1n));
  const isNegative = ((bits >> BigInt(fraction + width)) & 1n) === 1n;
  const precision = explicit ? fraction - 1 : fraction;
  const leading = 1n << BigInt(precision);
  if (biased === 2 ** width - 1) {
    const payload = explicit ? stored & (leading - 1n) : stored;
    return { kind: payload === 0n ? 'infinity' : 'nan', isNegative, payload };
  }
  const isNormal = biased !== 0;
  const significand = explicit || !isNormal ? stored : stored | leading;
  return {
    kind: 'finite',
    isNegative,
    significand,
    exponent: (isNormal ? biased : 1) - (2 ** (width - 1) - 1) - precision,
    isEdge: significand === leading && biased > 1,
  };
}

/** How a number is to be written: as short as possible, always with a point, or always with an exponent. */
export type FloatNotation = 'shortest' | 'fixed' | 'scientific';

/** A number from its encoding, `bits` as an unsigned integer: `3.14`, `1e+20`, `-0`, `inf`, `nan(0x8000000000000)`. */
export function floatText(bits: bigint, format: FloatFormat, notation: FloatNotation = 'shortest'): string {
  if (format === 'decimal32' || format === 'decimal64' || format === 'decimal128') {
    return decimalText(bits, format).replace('NaN', 'nan').replace('Infinity', 'inf');
  }
  const layout = LAYOUTS[format];
  const decoded = decode(bits, layout);
  const sign = decoded.isNegative ? '-' : '';
  switch (decoded.kind) {
    case 'infinity':
      return `${sign}inf`;
    case 'nan':
      return `${sign}nan(0x${decoded.payload.toString(16)})`;
    case 'finite':
      if (decoded.significand === 0n) return `${sign}0`;
      return sign + arrange(format === 'binary64' ? doubleDigits(bits) : shortestDigits(decoded), layout, notation);
  }
}

/** Decimal digits d1d2d3… that mean 0.d1d2d3… × 10^point. */
interface Digits {
  readonly digits: string;
  readonly point: number;
}

function arrange({ digits, point }: Digits, layout: Layout, notation: FloatNotation): string {
  const exponent = point - 1;
  const isFixed = notation === 'fixed' || (notation === 'shortest' && exponent >= -5 && exponent < layout.digits);
  if (!isFixed) {
    const tail = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const size = String(Math.abs(exponent)).padStart(2, '0');
    return `${digits[0]!}${tail}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  if (digits.length <= point) return digits + '0'.repeat(point - digits.length);
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The same from the runtime, which knows doubles (ECMA-262, Number.prototype.toExponential). */
function doubleDigits(bits: bigint): Digits {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  const [mantissa, exponent] = Math.abs(view.getFloat64(0)).toExponential().split('e');
  return { digits: mantissa!.replace('.', ''), point: Number(exponent) + 1 };
}

/**
 * The shortest digits within half a unit of the last place around significand × 2^exponent, the nearest of those (Steele
 * and White; Burger and Dybvig, "Printing Floating-Point Numbers Quickly and Accurately", 1996). In whole numbers
 * throughout, so that one routine serves every format.
 */
function shortestDigits({ significand, exponent, isEdge }: Finite): Digits {
  // value = r / s; the interval around it reaches from value - below / s to value + above / s.
  const edge = isEdge ? 1n : 0n;
  const up = BigInt(Math.max(exponent, 0));
  const down = BigInt(Math.max(-exponent, 0));
  let r = (significand << up) << (1n + edge);
  let s = (1n << down) << (1n + edge);
  let above = (1n << up) << edge;
  let below = 1n << up;
  const isClosed = significand % 2n === 0n;

  const magnitude = (significand.toString(2).length - 1 + exponent) * Math.LOG10E * Math.LN2;
  let point = Math.ceil(magnitude - 1e-10);
  if (point >= 0) s *= 10n ** BigInt(point);
  else {
    const factor = 10n ** BigInt(-point);
    r *= factor;
    above *= factor;
    below *= factor;
  }
  if (isClosed ? r + above >= s : r + above > s) point++;
  else {
    r *= 10n;
    above *= 10n;
    below *= 10n;
  }
  let digits = '';
  for (;;) {
    const digit = r / s;
    r %= s;
    const low = isClosed ? r <= below : r < below;
    const high = isClosed ? r + above >= s : r + above > s;
    if (!low && !high) {
      digits += digit.toString();
      r *= 10n;
      above *= 10n;
      below *= 10n;
      continue;
    }
    const roundsUp = low && high ? 2n * r >= s : high;
    digits += (roundsUp ? digit + 1n : digit).toString();
    return { digits, point };
  }
}
