import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float80ToNumber, numberToFloat80 } from '../../src/ptrace/float80';
import { bigintToBytes, bytesToBigint } from '../../src/ptrace/lanes';
import { compile } from '../support/debuggees';

const INTEGER_BIT = 1n << 63n;

function encode(sign: bigint, exponent: bigint, significand: bigint): bigint {
  return (sign << 79n) | (exponent << 64n) | significand;
}

/** Values of every magnitude a double knows and beyond, with few and with many bits; only encodings the CPU accepts. */
const samples: bigint[] = fc.sample(
  fc
    .tuple(
      fc.bigInt(0n, 1n),
      fc.oneof(
        fc.bigInt(0n, 0x7fffn),
        fc.bigInt(0x3fffn - 1100n, 0x3fffn + 1100n),
        fc.bigInt(0x3fffn - 1080n, 0x3fffn - 1020n),
        fc.constantFrom(0n, 1n, 0x7fffn),
      ),
      fc.oneof(
        fc.bigInt(0n, INTEGER_BIT - 1n),
        // Around the rounding boundary of 53 bits: the low 11 bits are what is dropped.
        fc.tuple(fc.bigInt(0n, (1n << 52n) - 1n), fc.bigInt(0x3fen, 0x402n)).map(([high, low]) => (high << 11n) | low),
        fc.constantFrom(0n, 1n, INTEGER_BIT - 1n),
      ),
    )
    .map(([sign, exponent, fraction]) => encode(sign, exponent, exponent === 0n ? fraction : INTEGER_BIT | fraction)),
  { numRuns: 20_000, seed: 1 },
);

describe('float80', () => {
  it('converts as the CPU does', () => {
    const input = Buffer.concat(samples.map((raw) => bigintToBytes(raw, 10)));
    const oracle = compile(join(import.meta.dirname, 'float80.c'));
    const result = spawnSync(oracle, { input, maxBuffer: 1 << 26 });
    expect(result.status).toBe(0);
    expect(result.stdout.length).toBe(samples.length * 18);
    for (const [index, raw] of samples.entries()) {
      const expected = result.stdout.readDoubleLE(index * 18);
      expect([raw.toString(16), float80ToNumber(raw)]).toEqual([raw.toString(16), expected]);
      if (Number.isNaN(expected)) continue;
      const back = bytesToBigint(result.stdout.subarray(index * 18 + 8, index * 18 + 18));
      expect([expected, numberToFloat80(expected).toString(16)]).toEqual([expected, back.toString(16)]);
    }
  });

  it('takes every double there and back', () => {
    fc.assert(fc.property(fc.double(), (value) => Object.is(float80ToNumber(numberToFloat80(value)), value)));
  });
});
