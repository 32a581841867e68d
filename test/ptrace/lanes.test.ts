import { describe, expect, it } from 'vitest';
import {
  bigintToBytes,
  bytesToBigint,
  laneViews,
  replaceLane,
  splitLanes,
  type LaneView,
} from '../../src/ptrace/lanes';

function view(bits: number, name: string): LaneView {
  return laneViews(bits).find((candidate) => candidate.name === name)!;
}

describe('lanes', () => {
  it('have the names gdb gives them', () => {
    const names = (bits: number): string[] => laneViews(bits).map(({ name }) => name);
    expect(names(64)).toEqual(['v8_int8', 'v4_int16', 'v2_int32', 'v1_int64']);
    expect(names(128)).toEqual(['v16_int8', 'v8_int16', 'v4_int32', 'v2_int64', 'v4_float', 'v2_double']);
    expect(names(256)).toEqual(['v32_int8', 'v16_int16', 'v8_int32', 'v4_int64', 'v8_float', 'v4_double']);
    expect(names(512)).toEqual(['v64_int8', 'v32_int16', 'v16_int32', 'v8_int64', 'v16_float', 'v8_double']);
  });

  it('are the parts of the bytes from the lowest up', () => {
    // An offset into a larger buffer, as a view of an XSAVE area would have.
    const bytes = new Uint8Array(19).subarray(3);
    bytes.set([0xff, 0, 0x80, 0x7f, 0, 0, 0x80, 0x3f]);
    expect(splitLanes(bytes, view(128, 'v16_int8')).slice(0, 4)).toEqual([-1n, 0n, -128n, 127n]);
    expect(splitLanes(bytes, view(128, 'v8_int16')).slice(0, 2)).toEqual([255n, 0x7f80n]);
    expect(splitLanes(bytes, view(128, 'v4_int32'))[0]).toBe(0x7f8000ffn);
    expect(splitLanes(bytes, view(128, 'v2_int64'))).toEqual([0x3f8000007f8000ffn, 0n]);
    expect(splitLanes(bytes, view(128, 'v4_float'))[1]).toBe(1);
    expect(splitLanes(bytes, view(128, 'v2_double'))[1]).toBe(0);
  });

  it('can be replaced one at a time', () => {
    for (const lanes of laneViews(128)) {
      const bytes = Uint8Array.from({ length: 16 }, (_, index) => index + 1);
      const before = splitLanes(bytes, lanes);
      const last = lanes.count - 1;
      const value = lanes.element === 'float' || lanes.element === 'double' ? -0.25 : -2n;
      const after = splitLanes(replaceLane(bytes, lanes, last, value), lanes);
      expect(after).toEqual([...before.slice(0, last), value]);
      expect(splitLanes(bytes, lanes)).toEqual(before);
    }
  });

  it('refuse an index that is not theirs', () => {
    const bytes = new Uint8Array(16);
    for (const lane of [-1, 4, 0.5])
      expect(() => replaceLane(bytes, view(128, 'v4_int32'), lane, 0n)).toThrow(RangeError);
  });
});

describe('bytes as integers', () => {
  it('go there and back, cut to their size', () => {
    expect(bytesToBigint(bigintToBytes(0x0102030405060708090an, 10))).toBe(0x0102030405060708090an);
    expect([...bigintToBytes(-2n, 3)]).toEqual([0xfe, 0xff, 0xff]);
    expect([...bigintToBytes(0x1ffn, 1)]).toEqual([0xff]);
    expect(bytesToBigint(new Uint8Array(0))).toBe(0n);
  });
});
