/** Vector registers of cores from other CPUs: where the XSAVE area has them is told by the core, or by its size. */
import { describe, expect, it } from 'vitest';
import { coreRegisters } from '../../src/engine/core/coreregisters';

const AVX512 = 0xe7n;
const MPX = 0x18n;

/** An area whose zmm0 is 64 bytes of 1, 2, 3… at these offsets, and whose k1 is 0x55. */
function area(size: number, features: bigint, offsets: { avx: number; k: number; hi256: number; hi16: number }) {
  const bytes = Buffer.alloc(size);
  bytes.writeBigUInt64LE(features, 464);
  bytes.writeBigUInt64LE(features, 512);
  for (let i = 0; i < 16; i++) bytes[160 + i] = i + 1;
  for (let i = 0; i < 16; i++) bytes[offsets.avx + i] = i + 17;
  for (let i = 0; i < 32; i++) bytes[offsets.hi256 + i] = i + 33;
  bytes.writeBigUInt64LE(0x55n, offsets.k + 8);
  bytes[offsets.hi16] = 0x77;
  return bytes;
}

const registersOf = (xstate: Uint8Array, components?: Parameters<typeof coreRegisters>[1]) =>
  coreRegisters({ tid: 1, signal: 0, registers: new Uint8Array(216), xstate }, components);

const all = Uint8Array.from({ length: 64 }, (_, i) => i + 1);

describe('the XSAVE area of a core', () => {
  it.each([
    ['of Intel with MPX', area(2696, AVX512 | MPX, { avx: 576, k: 1088, hi256: 1152, hi16: 1664 })],
    ['of Intel without', area(2688, AVX512, { avx: 576, k: 1088, hi256: 1152, hi16: 1664 })],
    ['of AMD', area(2440, AVX512 | 0x200n, { avx: 576, k: 832, hi256: 896, hi16: 1408 })],
  ])('is told by its size: %s', (_what, bytes) => {
    const registers = registersOf(bytes);
    expect(registers.bytesOf('zmm0')).toEqual(all);
    expect(registers.bytesOf('ymm0')).toEqual(all.slice(0, 32));
    expect(registers.get('k1')).toBe(0x55n);
    expect(registers.get('zmm16')).toBe(0x77n);
    expect(registers.groups.map(({ name }) => name)).toContain('avx512');
  });

  it('is read as the core says', () => {
    const bytes = area(4096, AVX512, { avx: 600, k: 900, hi256: 1000, hi16: 2000 });
    const registers = registersOf(bytes, [
      { index: 2, offset: 600, size: 256 },
      { index: 5, offset: 900, size: 64 },
      { index: 6, offset: 1000, size: 512 },
      { index: 7, offset: 2000, size: 1024 },
      { index: 9, offset: 3100, size: 8 },
    ]);
    expect(registers.bytesOf('zmm0')).toEqual(all);
    expect(registers.get('zmm16')).toBe(0x77n);
  });

  it('has nothing that the CPU did not have', () => {
    const bytes = area(2688, 7n, { avx: 576, k: 1088, hi256: 1152, hi16: 1664 });
    const registers = registersOf(bytes);
    expect(registers.bytesOf('ymm0')).toEqual(all.slice(0, 32));
    expect(registers.get('zmm0')).toBeUndefined();
    expect(registers.get('k1')).toBeUndefined();
    expect(registersOf(Buffer.alloc(2688)).get('ymm0')).toBeUndefined();
  });

  it('may be cut', () => {
    const bytes = area(2688, AVX512, { avx: 576, k: 1088, hi256: 1152, hi16: 1664 });
    expect(registersOf(bytes.subarray(0, 700)).get('ymm0')).toBeUndefined();
    expect(registersOf(bytes.subarray(0, 512)).bytesOf('xmm0')).toEqual(all.slice(0, 16));
  });
});
