/**
 * Memory as one stopped thread's unwinder sees it: read in pages and kept, because a deep stack is read in tiny
 * neighbouring pieces and each piece would otherwise be a system call. Valid only as long as nothing runs or writes.
 */
import type { VirtAddr } from '../../common/addresses';
import type { MemoryReader } from '../../common/readers';

const PAGE = 4096;

interface Page {
  /** Address of the first byte. */
  readonly base: number;
  readonly view: DataView;
}

export class StackMemory implements MemoryReader {
  private readonly pages = new Map<number, Page>();
  private last: Page = { base: -1, view: new DataView(new ArrayBuffer(0)) };

  constructor(private readonly memory: MemoryReader) {}

  read(address: VirtAddr, length: number): Uint8Array {
    const start = Number(address);
    if (!Number.isSafeInteger(start + length)) return this.memory.read(address, length);
    const offset = start % PAGE;
    if (offset + length > PAGE) return this.memory.read(address, length);
    const { view } = this.page(start - offset);
    const end = Math.min(offset + length, view.byteLength);
    return new Uint8Array(view.buffer, view.byteOffset + Math.min(offset, end), Math.max(end - offset, 0));
  }

  /** Reads a little-endian 64-bit word; undefined when any byte of it is unreadable. */
  word(address: bigint): bigint | undefined {
    const start = Number(address);
    const offset = start % PAGE;
    if (start > Number.MAX_SAFE_INTEGER || offset > PAGE - 8) {
      const bytes = this.memory.read(address as VirtAddr, 8);
      return bytes.length === 8 ? new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true) : undefined;
    }
    const { view } = this.page(start - offset);
    return offset + 8 <= view.byteLength ? view.getBigUint64(offset, true) : undefined;
  }

  /** The page at a page-aligned address, short where it becomes unreadable. */
  private page(base: number): Page {
    if (this.last.base === base) return this.last;
    let page = this.pages.get(base);
    if (!page) {
      const bytes = this.memory.read(BigInt(base) as VirtAddr, PAGE);
      page = { base, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
      this.pages.set(base, page);
    }
    this.last = page;
    return page;
  }
}
