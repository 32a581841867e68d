/** Where the bytes of an ELF image come from: a file, a slice of process memory (the vdso) or a test. */
export interface ByteSource {
  /** Total size in bytes. */
  readonly size: number;
  /** Reads up to `length` bytes at `offset`; short at the end of the source, never throws on a range out of it. */
  read(offset: number, length: number): Uint8Array;
  /**
   * Reads as many bytes as `target` has room for, into it, and returns how many there were. For whoever walks megabytes:
   * memory that is new for every block costs several times the reading. Absent where `read` copies nothing.
   */
  readInto?(offset: number, target: Uint8Array): number;
}

/** A ByteSource over bytes that are already in memory. */
export class BufferSource implements ByteSource {
  constructor(private readonly bytes: Uint8Array) {}

  get size(): number {
    return this.bytes.length;
  }

  read(offset: number, length: number): Uint8Array {
    const start = Math.min(Math.max(offset, 0), this.bytes.length);
    return this.bytes.subarray(start, Math.min(start + Math.max(length, 0), this.bytes.length));
  }
}
