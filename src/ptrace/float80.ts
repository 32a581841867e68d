/**
 * The x87 double-extended format: 1 sign bit, 15 bits of exponent with bias 16383, and 64 bits of significand whose
 * integer bit is explicit (Intel SDM volume 1, 4.2.2). Ten bytes, little-endian; pure.
 */

const BIAS = 16383;
const SIGNIFICAND_BITS = 64;
const MAX_EXPONENT = 0x7fff;
const INTEGER_BIT = 1n << 63n;

/** The nearest double: what C's `(double)` of the long double gives; overflow is an infinity. */
export function float80ToNumber(raw: bigint): number {
  const significand = raw & 0xffff_ffff_ffff_ffffn;
  const exponent = Number((raw >> 64n) & 0x7fffn);
  const sign = (raw >> 79n) & 1n ? -1 : 1;
  if (exponent === MAX_EXPONENT) return significand << 1n === INTEGER_BIT << 1n ? sign * Infinity : NaN;
  if (significand === 0n) return sign * 0;
  // Denormals use the exponent of the smallest normal number.
  const scale = (exponent === 0 ? 1 : exponent) - BIAS - (SIGNIFICAND_BITS - 1);
  return sign * scaled(significand, scale);
}

/** significand × 2^scale rounded once, to nearest even. */
function scaled(significand: bigint, scale: number): number {
  const length = significand.toString(2).length;
  // The lowest bit a double can hold here: 52 below the highest, and never below 2^-1074.
  const lowest = Math.max(length + scale - 53, -1074);
  const drop = lowest - scale;
  if (drop > length + 1) return 0;
  if (drop <= 0) return Number(significand) * 2 ** scale;
  const cut = BigInt(drop);
  const half = 1n << (cut - 1n);
  const rest = significand & ((1n << cut) - 1n);
  let kept = significand >> cut;
  if (rest > half || (rest === half && kept & 1n)) kept += 1n;
  // Two factors, since 2^lowest alone may overflow or vanish where the product does not.
  const first = Math.trunc(lowest / 2);
  return Number(kept) * 2 ** first * 2 ** (lowest - first);
}

/** Exact: every double fits. NaN becomes the quiet NaN. */
export function numberToFloat80(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const sign = (bits >> 63n) << 79n;
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  if (exponent === 0x7ff)
    return sign | (BigInt(MAX_EXPONENT) << 64n) | INTEGER_BIT | (fraction === 0n ? 0n : 3n << 62n);
  if (exponent === 0 && fraction === 0n) return sign;
  let significand = exponent === 0 ? fraction << 11n : INTEGER_BIT | (fraction << 11n);
  let unbiased = exponent === 0 ? -1022 : exponent - 1023;
  while (!(significand & INTEGER_BIT)) {
    significand <<= 1n;
    unbiased--;
  }
  return sign | (BigInt(unbiased + BIAS) << 64n) | significand;
}
