/**
 * Random access to a section that may be hundreds of megabytes long: small reads through one window, so that hopping
 * over unit headers costs a few bytes each and reading neighbours costs no system call.
 */
import type { ByteSource } from '../../common/bytes';
import { Cursor, decodeUtf8, DwarfError } from './cursor';

/** How many decoded strings a section keeps: compilation directories and producers repeat in every unit. */
const STRING_CACHE = 4096;

export class Section {
  private window: Uint8Array = new Uint8Array(0);
  private windowStart = 0;
  private readonly strings = new Map<number, string>();

  /**
   * @param name       as in the section header, for messages
   * @param windowSize bytes read at a time when less is asked for
   */
  constructor(
    readonly name: string,
    private readonly source: ByteSource,
    private readonly windowSize = 4096,
  ) {}

  /** Bytes. */
  get size(): number {
    return this.source.size;
  }

  /** Bytes [offset, offset + length), short at the section's end. The result is valid until the next call. */
  bytes(offset: number, length: number): Uint8Array {
    const at = offset - this.windowStart;
    if (!(at >= 0 && at + length <= this.window.length)) {
      if (!(offset >= 0 && offset <= this.size)) {
        throw new DwarfError(`offset 0x${offset.toString(16)} is outside ${this.name}`);
      }
      const wanted = Math.min(Math.max(length, this.windowSize), this.size - offset);
      const window = this.source.read(offset, wanted);
      // A large read is the caller's; keeping it would pin that memory.
      if (wanted > 16 * this.windowSize) return window;
      this.window = window;
      this.windowStart = offset;
      return window.subarray(0, length);
    }
    return this.window.subarray(at, at + length);
  }

  /** A reader of bytes [offset, end). */
  cursor(offset: number, end: number): Cursor {
    const bytes = this.bytes(offset, Math.max(end - offset, 0));
    return new Cursor(bytes, 0, bytes.length, offset);
  }

  /** The NUL-terminated string at `offset`. */
  string(offset: number): string {
    const known = this.strings.get(offset);
    if (known !== undefined) return known;
    for (let length = 256; ; length *= 4) {
      const bytes = this.bytes(offset, length);
      const nul = bytes.indexOf(0);
      if (nul >= 0) {
        const text = decodeUtf8(bytes, 0, nul);
        if (this.strings.size >= STRING_CACHE) this.strings.clear();
        this.strings.set(offset, text);
        return text;
      }
      if (bytes.length < length)
        throw new DwarfError(`the string at 0x${offset.toString(16)} of ${this.name} has no end`);
    }
  }
}
