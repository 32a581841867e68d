/** Memory of a process that stands still, read a page at a time: what is shown together lies close together. */
import { virtAddr, type VirtAddr } from './addresses';
import type { MemoryReader } from './readers';

const PAGE = 4096;
const MASK = BigInt(PAGE - 1);
/** Pages that are kept. */
const MAX_PAGES = 1024;
/** Longer reads are not worth keeping. */
const MAX_CACHED = 8 * PAGE;

/** Remembers what it has read: it must be given up when the process has run or its memory was written. */
export class CachedMemory implements MemoryReader {
  private readonly pages = new Map<bigint, Uint8Array>();

  constructor(private readonly memory: MemoryReader) {}

  read(address: VirtAddr, length: number): Uint8Array {
    if (length > MAX_CACHED) return this.memory.read(address, length);
    const offset = Number(address & MASK);
    const page = this.page(address - BigInt(offset));
    if (offset + length <= page.length) return page.subarray(offset, offset + length);
    if (page.length < PAGE || offset + length <= PAGE) return page.subarray(Math.min(offset, page.length));
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const at = BigInt.asUintN(64, address + BigInt(filled));
      const from = Number(at & MASK);
      const part = this.page(at - BigInt(from)).subarray(from, from + length - filled);
      bytes.set(part, filled);
      filled += part.length;
      if (from + part.length < PAGE) break;
    }
    return bytes.subarray(0, filled);
  }

  private page(start: bigint): Uint8Array {
    let page = this.pages.get(start);
    if (!page) {
      page = this.memory.read(virtAddr(start), PAGE);
      if (this.pages.size >= MAX_PAGES) this.pages.clear();
      this.pages.set(start, page);
    }
    return page;
  }
}
