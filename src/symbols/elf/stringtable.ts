/**
 * A string table (System V gABI, "String Table"): names by offset, and offsets by searching the bytes.
 *
 * Large programs have fifty megabytes of names. Single ones are read in blocks; a search reads them all, and what it
 * read may be dropped again whenever memory is wanted.
 */
import type { ByteSource } from '../../common/bytes';
import { asBuffer, readText } from './buffers';

/** What ends a name: NUL, or the `@` of its version. */
export const NAME_ENDS: readonly number[] = [0, 0x40];
/** Bytes searched at a time. */
const SEARCHED = 64 * 1024;
/** Names that are asked for together are near each other. */
const BLOCK = 16 * 1024;
/** 2 MiB */
const MAX_BLOCKS = 128;

export class StringTable {
  private whole: WeakRef<Buffer> | undefined;
  private readonly blocks = new Map<number, Buffer>();

  constructor(private readonly source: ByteSource) {}

  /** The name at an offset, without `@VERSION` or `@@VERSION`. */
  at(offset: number): string {
    return withoutVersion(this.text(offset));
  }

  /** A function like `at`, for reading very many names. */
  reader(): (offset: number) => string {
    const whole = this.load();
    return (offset) => withoutVersion(readText(whole, offset));
  }

  /** Whether the name at an offset has a version that is not the default one: `@VERSION` rather than `@@VERSION`. */
  isHidden(offset: number): boolean {
    const text = this.text(offset);
    const version = text.indexOf('@', 1);
    return version > 0 && text[version + 1] !== '@';
  }

  /**
   * Where a symbol of this name may have its name: every place where it is followed by one of the given bytes. The
   * middle of another name counts, as linkers share tails (`f` lives inside `printf`).
   */
  offsetsOf(name: string, ends: readonly number[]): ReadonlySet<number> {
    const offsets = new Set<number>();
    const pattern = Buffer.from(name);
    const whole = this.whole?.deref();
    const size = whole ? whole.length : this.source.size;
    const step = whole ? size : SEARCHED;
    // Consecutive pieces share so many bytes that a name with its end lies in one of them.
    const buffer = whole || !this.source.readInto ? undefined : Buffer.allocUnsafeSlow(step + pattern.length);
    for (let start = 0; start < size; start += step) {
      const piece =
        whole ??
        (buffer
          ? buffer.subarray(0, this.source.readInto!(start, buffer))
          : asBuffer(this.source.read(start, step + pattern.length)));
      for (let at = piece.indexOf(pattern); at >= 0 && at < step; at = piece.indexOf(pattern, at + 1)) {
        const end = piece[at + pattern.length];
        if (end !== undefined && ends.includes(end)) offsets.add(start + at);
      }
    }
    return offsets;
  }

  /** A test for offsets of names that contain one of the texts; undefined when none does. */
  containing(texts: readonly string[]): ((offset: number) => boolean) | undefined {
    const strings = this.load();
    // From the begin of a name to the last begin of a text in it: shared tails that begin between contain it too.
    const spans = new Map<number, number>();
    for (const text of texts) {
      const pattern = Buffer.from(text);
      for (let at = strings.indexOf(pattern); at >= 0; at = strings.indexOf(pattern, at + 1)) {
        const start = at === 0 ? 0 : strings.lastIndexOf(0, at - 1) + 1;
        spans.set(start, Math.max(at, spans.get(start) ?? 0));
      }
    }
    if (spans.size === 0) return undefined;
    const starts = Float64Array.from(spans.keys()).sort();
    return (offset) => {
      let low = 0;
      let high = starts.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (starts[middle]! <= offset) low = middle + 1;
        else high = middle;
      }
      return low > 0 && offset <= spans.get(starts[low - 1]!)!;
    };
  }

  private text(offset: number): string {
    const whole = this.whole?.deref();
    if (whole) return readText(whole, offset);
    const within = offset % BLOCK;
    const block = this.block((offset - within) / BLOCK);
    if (block.includes(0, within)) return readText(block, within);
    // It goes on in the next block.
    for (let length = BLOCK; ; length *= 16) {
      const bytes = asBuffer(this.source.read(offset, length));
      if (bytes.includes(0) || bytes.length < length) return readText(bytes, 0);
    }
  }

  private load(): Buffer {
    let whole = this.whole?.deref();
    if (!whole) {
      whole = asBuffer(this.source.read(0, this.source.size));
      this.whole = new WeakRef(whole);
    }
    return whole;
  }

  private block(index: number): Buffer {
    let block = this.blocks.get(index);
    if (!block) {
      block = asBuffer(this.source.read(index * BLOCK, BLOCK));
      if (this.blocks.size >= MAX_BLOCKS) this.blocks.clear();
      this.blocks.set(index, block);
    }
    return block;
  }
}

function withoutVersion(text: string): string {
  const version = text.indexOf('@', 1);
  return version < 0 ? text : text.slice(0, version);
}
