/** The reader that every DWARF section goes through. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BufferSource } from '../../src/common/bytes';
import { Cursor, decodeUtf8, DwarfError } from '../../src/symbols/dwarf/cursor';
import { Section } from '../../src/symbols/dwarf/section';
import { sortedOrder } from '../../src/symbols/dwarf/sorting';
import { sleb, uleb } from './linebuilder';

function cursor(...bytes: number[]): Cursor {
  return new Cursor(Uint8Array.from(bytes));
}

describe('Cursor', () => {
  it('reads little-endian integers', () => {
    const bytes = [0x01, 0x02, 0x03, 0x84, 0x05, 0x06, 0x00, 0x00];
    expect(cursor(...bytes).u8()).toBe(1);
    expect(cursor(0xff).i8()).toBe(-1);
    expect(cursor(...bytes).u16()).toBe(0x0201);
    expect(cursor(...bytes).u24()).toBe(0x030201);
    expect(cursor(...bytes).u32()).toBe(0x84030201);
    expect(cursor(...bytes).u64()).toBe(0x060584030201);
    expect(cursor(...Array<number>(8).fill(0xff)).bigU64()).toBe(0xffffffffffffffffn);
    expect(cursor(...Array<number>(8).fill(0xff)).bigI64()).toBe(-1n);
    expect(cursor(...Array<number>(8).fill(0xff)).u64()).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
    for (const size of [1, 2, 3, 4, 8]) expect(cursor(...bytes).uint(size)).toBe(Number(`0x${hex(bytes, size)}`));
    expect(() => cursor(...bytes).uint(5)).toThrow(DwarfError);
  });

  function hex(bytes: number[], size: number): string {
    return bytes
      .slice(0, size)
      .reverse()
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join('');
  }

  it('reads LEB128 numbers of any value and padding', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), fc.nat(3), (value, padding) => {
        const bytes = uleb(value);
        for (let i = 0; i < padding; i++) {
          bytes[bytes.length - 1]! |= 0x80;
          bytes.push(0);
        }
        expect(cursor(...bytes).uleb()).toBe(value);
        expect(cursor(...bytes).bigUleb()).toBe(BigInt(value));
      }),
    );
    fc.assert(
      fc.property(fc.integer(), (value) => {
        expect(cursor(...sleb(value)).sleb()).toBe(value);
        expect(cursor(...sleb(value)).bigSleb()).toBe(BigInt(value));
      }),
    );
    const ones = [...Array<number>(9).fill(0xff), 0x7f];
    expect(cursor(...ones).bigUleb()).toBe(0xffffffffffffffffn);
    expect(cursor(...ones).bigSleb()).toBe(-1n);
  });

  it('reads unit lengths of both formats', () => {
    expect(cursor(5, 0, 0, 0).initialLength()).toEqual({ length: 5, offsetSize: 4 });
    const long = [0xff, 0xff, 0xff, 0xff, 7, 0, 0, 0, 0, 0, 0, 0];
    expect(cursor(...long).initialLength()).toEqual({ length: 7, offsetSize: 8 });
    expect(() => cursor(0xf0, 0xff, 0xff, 0xff).initialLength()).toThrow(DwarfError);
  });

  it('says where it ran out', () => {
    const at = new Cursor(Uint8Array.from([1, 2]), 0, 2, 0x100);
    at.u8();
    expect(() => at.u32()).toThrow('reads 4 bytes at offset 0x101, past the end at 0x102');
    for (const read of ['u8', 'u16', 'u24', 'u32', 'u64', 'bigU64', 'uleb', 'sleb', 'bigUleb', 'cstring'] as const) {
      expect(() => cursor()[read]()).toThrow(DwarfError);
    }
    expect(() => cursor(0x80).uleb()).toThrow(DwarfError);
    expect(() => cursor(65, 66).cstring()).toThrow(DwarfError);
    expect(() => cursor(1).skip(-1)).toThrow(DwarfError);
    expect(() => cursor(1).skip(NaN)).toThrow(DwarfError);
    expect(() => new Cursor(new Uint8Array(4), 0, 5)).toThrow(DwarfError);
  });

  it('reads strings as UTF-8', () => {
    const text = 'größe/ファイル.c';
    const bytes = [...Buffer.from(`${text}\0rest`)];
    expect(cursor(...bytes).cstring()).toBe(text);
    const long = 'a'.repeat(100) + 'ü';
    expect(decodeUtf8(Buffer.from(long), 0, Buffer.byteLength(long))).toBe(long);
  });
});

describe('Section', () => {
  it('reads any range, whatever was read before', () => {
    const bytes = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7) & 0xff);
    const section = new Section('.debug_test', new BufferSource(bytes), 64);
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(3000), (offset, length) => {
        expect([...section.bytes(offset, length)]).toEqual([...bytes.subarray(offset, offset + length)]);
      }),
    );
    expect(() => section.bytes(5001, 1)).toThrow(DwarfError);
    expect(() => section.bytes(-1, 1)).toThrow(DwarfError);
  });

  it('reads strings longer than any window', () => {
    const bytes = Buffer.from(`x\0${'y'.repeat(10_000)}\0open`);
    const section = new Section('.debug_str', new BufferSource(bytes), 16);
    expect(section.string(0)).toBe('x');
    expect(section.string(2)).toBe('y'.repeat(10_000));
    expect(section.string(2)).toBe('y'.repeat(10_000));
    expect(() => section.string(bytes.length - 2)).toThrow(DwarfError);
  });
});

describe('sortedOrder', () => {
  it('orders by key, equal keys by index, for narrow and wide keys', () => {
    for (const max of [100, 2 ** 30, 2 ** 52]) {
      fc.assert(
        fc.property(fc.array(fc.maxSafeNat().map((n) => n % max)), (keys) => {
          const expected = keys.map((_, i) => i).sort((a, b) => keys[a]! - keys[b]! || a - b);
          expect([...sortedOrder(Float64Array.from(keys))]).toEqual(expected);
        }),
      );
    }
  });
});
