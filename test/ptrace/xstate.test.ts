import { describe, expect, it } from 'vitest';
import type { XstateLayout } from '../../src/ptrace/native';
import { describeRegisterGroups } from '../../src/ptrace/register-groups';
import { Xstate, type X87ControlName } from '../../src/ptrace/xstate';

/** As CPUID reports it on a Skylake-X: MPX lies between AVX and AVX-512. */
const INTEL: XstateLayout = {
  size: 2696,
  features: 0x2e7n,
  components: [
    { index: 2, offset: 576, size: 256 },
    { index: 5, offset: 1088, size: 64 },
    { index: 6, offset: 1152, size: 512 },
    { index: 7, offset: 1664, size: 1024 },
    { index: 9, offset: 2688, size: 8 },
  ],
};

/** As on a Zen 4, which has no MPX. */
const AMD: XstateLayout = {
  size: 2440,
  features: 0x2e7n,
  components: [
    { index: 2, offset: 576, size: 256 },
    { index: 5, offset: 832, size: 64 },
    { index: 6, offset: 896, size: 512 },
    { index: 7, offset: 1408, size: 1024 },
    { index: 9, offset: 2432, size: 8 },
  ],
};

const SSE_ONLY: XstateLayout = { size: 512, features: 3n, components: [] };

/** An area in which nothing is in use, and whose bytes are all wrong because of that. */
function untouched(layout: XstateLayout): Xstate {
  const bytes = new Uint8Array(layout.size).fill(0xaa);
  bytes.fill(0, 512, 576);
  return new Xstate(bytes, layout);
}

const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index + 1);

function used(state: Xstate): number {
  return state.bytes[512]!;
}

describe.each([
  ['Intel', INTEL],
  ['AMD', AMD],
])('an XSAVE area with the offsets of %s', (_maker, layout) => {
  it('shows the initial state of components that are not in use', () => {
    const state = untouched(layout);
    expect(state.vector(0, 512)).toEqual(new Uint8Array(64));
    expect(state.vector(31, 512)).toEqual(new Uint8Array(64));
    expect(state.opmask(7)).toBe(0n);
    expect(state.mxcsr).toBe(0x1f80);
    expect(state.st(0)).toEqual(new Uint8Array(10));
    expect(state.mm(0)).toEqual(new Uint8Array(8));
    const words: [X87ControlName, bigint][] = [
      ['fctrl', 0x37fn],
      ['fstat', 0n],
      ['ftag', 0xffffn],
      ['fop', 0n],
      ['fip', 0n],
    ];
    for (const [name, value] of words) expect([name, state.control(name)]).toEqual([name, value]);
  });

  it('puts the pieces of the low registers together', () => {
    const state = untouched(layout);
    const zmm3 = counting(64);
    state.setVector(3, zmm3);
    expect(used(state)).toBe(0b0100_0110);
    expect(state.vector(3, 512)).toEqual(zmm3);
    expect(state.vector(3, 256)).toEqual(zmm3.slice(0, 32));
    expect(state.vector(3, 128)).toEqual(zmm3.slice(0, 16));
    // Where the SDM puts them.
    expect(state.bytes[160 + 3 * 16]).toBe(1);
    expect(state.bytes[576 + 3 * 16]).toBe(17);
    expect(state.bytes[layout.components[2]!.offset + 3 * 32]).toBe(33);
    // The neighbours, which were initial and whose bytes were garbage.
    for (const index of [2, 4]) expect(state.vector(index, 512)).toEqual(new Uint8Array(64));
    expect(state.mxcsr).toBe(0x1f80);
  });

  it('has the high registers in one piece', () => {
    const state = untouched(layout);
    state.setVector(17, counting(32));
    expect(used(state)).toBe(0b1000_0000);
    expect(state.vector(17, 256)).toEqual(counting(32));
    expect(state.vector(17, 512)!.slice(32)).toEqual(new Uint8Array(32));
    expect(state.bytes[layout.components[3]!.offset + 64]).toBe(1);
    expect(state.vector(16, 512)).toEqual(new Uint8Array(64));
  });

  it('has mask registers', () => {
    const state = untouched(layout);
    state.setOpmask(7, 0xffff_ffff_ffff_fffen);
    expect(state.opmask(7)).toBe(0xffff_ffff_ffff_fffen);
    expect(state.opmask(6)).toBe(0n);
    expect(state.opmask(8)).toBeUndefined();
  });

  it('keeps the rest of a register when a narrow form is set', () => {
    const state = untouched(layout);
    state.setVector(0, counting(64));
    state.setVector(0, new Uint8Array(16));
    expect(state.vector(0, 512)).toEqual(Uint8Array.from([...new Uint8Array(16), ...counting(64).slice(16)]));
  });

  it('is described with all its groups', () => {
    const groups = describeRegisterGroups(layout);
    expect(groups.map(({ name }) => name)).toEqual(['general', 'flags', 'segment', 'x87', 'sse', 'avx', 'avx512']);
    expect(groups.at(-1)!.registers.length).toBe(40);
  });
});

describe('an area without AVX', () => {
  it('is always in use when it has no header', () => {
    const state = new Xstate(counting(512), SSE_ONLY);
    expect(state.vector(0, 128)?.[0]).toBe(161);
    expect(state.vector(0, 256)).toBeUndefined();
    expect(state.vector(16, 128)).toBeUndefined();
    expect(state.opmask(0)).toBeUndefined();
    state.mxcsr = 0x1fa0;
    expect(state.mxcsr).toBe(0x1fa0);
    expect(() => state.setVector(0, new Uint8Array(32))).toThrow(RangeError);
    expect(() => state.setOpmask(0, 1n)).toThrow(RangeError);
  });

  it('is not read beyond its end when the layout promises more', () => {
    const state = new Xstate(new Uint8Array(600), INTEL);
    expect(state.vector(0, 128)).toEqual(new Uint8Array(16));
    expect(state.vector(0, 256)).toBeUndefined();
    expect(state.opmask(0)).toBeUndefined();
  });

  it('is refused when it is too short for anything', () => {
    expect(() => new Xstate(new Uint8Array(511), SSE_ONLY)).toThrow(RangeError);
  });

  it('is described without the wide groups', () => {
    expect(describeRegisterGroups(SSE_ONLY).map(({ name }) => name)).toEqual([
      'general',
      'flags',
      'segment',
      'x87',
      'sse',
    ]);
  });
});

describe('the x87 environment', () => {
  it('keeps the tag word abridged and shows it in full', () => {
    const state = new Xstate(new Uint8Array(512), SSE_ONLY);
    state.setControl('fstat', 6n << 11n); // the top is physical register 6
    state.setControl('ftag', 0xfffn & ~(0x3n << 8n)); // 4, 6 and 7 in use
    expect(state.bytes[4]).toBe(0b1101_0000);
    state.setSt(0, Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x3f])); // 1.0 in register 6
    state.setSt(6, Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x7f])); // infinity in register 4
    // 7: zero (1), 6: valid (0), 5: empty (3), 4: special (2), 3–0: empty.
    expect(state.control('ftag')).toBe(0b01_00_11_10_11111111n);
    expect(state.mm(6)).toEqual(Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0x80]));
    state.setMm(6, counting(8));
    expect(state.st(0)).toEqual(Uint8Array.from([...counting(8), 0xff, 0x3f]));
  });

  it('has pointers of 64 bits', () => {
    const state = new Xstate(new Uint8Array(512), SSE_ONLY);
    state.setControl('fip', 0x7fff_1234_5678n);
    state.setControl('fdp', 0xffff_ffff_ffff_ffffn);
    expect(state.control('fip')).toBe(0x7fff_1234_5678n);
    expect(state.control('fdp')).toBe(0xffff_ffff_ffff_ffffn);
  });
});
