/**
 * A little-endian reader over bytes that may say anything. Every DWARF section but the line program's inner loop is
 * read through it, so bounds are checked here once and a bad offset becomes a `DwarfError`, which costs its unit its
 * lines and nothing else.
 */

/** Debug information that contradicts itself or ends too early. Caught per unit, logged, never fatal. */
export class DwarfError extends Error {
  override readonly name = 'DwarfError';
}

/** The escape that announces the 64-bit DWARF format (DWARF 5 §7.4). */
const DWARF64_ESCAPE = 0xffffffff;
/** Initial lengths from here to the escape are reserved (DWARF 5 §7.2.2). */
const RESERVED_LENGTHS = 0xfffffff0;

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Decodes bytes [start, end) as UTF-8; short ASCII, the usual case, without a call into the runtime. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > 48) return utf8.decode(bytes.subarray(start, end));
  let text = '';
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte >= 0x80) return utf8.decode(bytes.subarray(start, end));
    text += String.fromCharCode(byte);
  }
  return text;
}

/** A little-endian 32-bit number; by hand, as a DataView for every cursor costs more than all of its reads. */
function uint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** A position in bytes, which moves forward with every read. */
export class Cursor {
  /** Index into `bytes` of the next byte. */
  position: number;

  /**
   * @param bytes    part of a section
   * @param position index of the first byte to read
   * @param end      index one past the last byte that may be read
   * @param base     section offset of `bytes[0]`, for `offset` and error messages
   */
  constructor(
    readonly bytes: Uint8Array,
    position = 0,
    readonly end = bytes.length,
    readonly base = 0,
  ) {
    this.position = position;
    if (end > bytes.length || position < 0 || position > end) throw new DwarfError(this.describe('starts', 0));
  }

  /** Section offset of the next byte. */
  get offset(): number {
    return this.base + this.position;
  }

  get remaining(): number {
    return this.end - this.position;
  }

  /** Steps over `count` bytes and returns where they began. */
  skip(count: number): number {
    const at = this.position;
    // Written so that NaN and negative counts fail too.
    if (!(count >= 0 && count <= this.end - at)) throw new DwarfError(this.describe('reads', count));
    this.position = at + count;
    return at;
  }

  u8(): number {
    const at = this.position;
    if (at >= this.end) throw new DwarfError(this.describe('reads', 1));
    this.position = at + 1;
    return this.bytes[at]!;
  }

  i8(): number {
    return (this.u8() << 24) >> 24;
  }

  u16(): number {
    const at = this.skip(2);
    return this.bytes[at]! | (this.bytes[at + 1]! << 8);
  }

  u24(): number {
    const at = this.skip(3);
    return this.bytes[at]! | (this.bytes[at + 1]! << 8) | (this.bytes[at + 2]! << 16);
  }

  u32(): number {
    return uint32(this.bytes, this.skip(4));
  }

  /** Exact up to 2^53, and past 2^53 - 1 for anything larger, which is all that callers test for. */
  u64(): number {
    const at = this.skip(8);
    return uint32(this.bytes, at) + uint32(this.bytes, at + 4) * 0x100000000;
  }

  bigU64(): bigint {
    const low = this.u32();
    return (BigInt(this.u32()) << 32n) | BigInt(low);
  }

  bigI64(): bigint {
    return BigInt.asIntN(64, this.bigU64());
  }

  /** An unsigned integer of 1 to 8 bytes, rounded above 2^53. */
  uint(size: number): number {
    switch (size) {
      case 1:
        return this.u8();
      case 2:
        return this.u16();
      case 3:
        return this.u24();
      case 4:
        return this.u32();
      case 8:
        return this.u64();
      default:
        throw new DwarfError(`an integer of ${size} bytes at ${this.where()}`);
    }
  }

  /** A 4-byte offset in the 32-bit DWARF format, an 8-byte one in the 64-bit format. */
  sectionOffset(offsetSize: 4 | 8): number {
    return offsetSize === 4 ? this.u32() : this.u64();
  }

  /** Unsigned LEB128 (DWARF 5 §7.6), rounded above 2^53. */
  uleb(): number {
    let byte = this.u8();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let scale = 0x80;
    do {
      byte = this.u8();
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    } while (byte >= 0x80);
    return value;
  }

  /** Signed LEB128, rounded outside ±2^53. */
  sleb(): number {
    let value = 0;
    let scale = 1;
    let byte: number;
    do {
      byte = this.u8();
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    } while (byte >= 0x80);
    return byte & 0x40 ? value - scale : value;
  }

  /** Unsigned LEB128 with every bit, truncated to 64. */
  bigUleb(): bigint {
    let value = 0n;
    let shift = 0n;
    let byte: number;
    do {
      byte = this.u8();
      if (shift < 64n) value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
    } while (byte >= 0x80);
    return BigInt.asUintN(64, value);
  }

  /** Signed LEB128 with every bit, truncated to 64. */
  bigSleb(): bigint {
    let value = 0n;
    let shift = 0n;
    let byte: number;
    do {
      byte = this.u8();
      if (shift < 64n) value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
    } while (byte >= 0x80);
    return BigInt.asIntN(64, byte & 0x40 && shift < 64n ? value - (1n << shift) : value);
  }

  skipLeb(): void {
    while (this.u8() >= 0x80);
  }

  block(length: number): Uint8Array {
    const at = this.skip(length);
    return this.bytes.subarray(at, at + length);
  }

  /** A NUL-terminated string, UTF-8. */
  cstring(): string {
    const at = this.position;
    this.skipCstring();
    return decodeUtf8(this.bytes, at, this.position - 1);
  }

  skipCstring(): void {
    const nul = this.bytes.indexOf(0, this.position);
    if (nul < 0 || nul >= this.end) {
      throw new DwarfError(`the string at ${this.where()} has no end`);
    }
    this.position = nul + 1;
  }

  /** The length that begins a unit, and the format it selects (DWARF 5 §7.2.2). */
  initialLength(): { length: number; offsetSize: 4 | 8 } {
    const length = this.u32();
    if (length === DWARF64_ESCAPE) return { length: this.u64(), offsetSize: 8 };
    if (length >= RESERVED_LENGTHS) throw new DwarfError(`reserved unit length 0x${length.toString(16)}`);
    return { length, offsetSize: 4 };
  }

  private where(): string {
    return `offset 0x${this.offset.toString(16)}`;
  }

  private describe(verb: string, count: number): string {
    return `${verb} ${count} bytes at ${this.where()}, past the end at 0x${(this.base + this.end).toString(16)}`;
  }
}
