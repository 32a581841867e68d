/**
 * The rows that a view has fetched, page by page, and which pages it lacks. Rows of a log are only ever added, so a full
 * page stays as it is; the last one is fetched anew while the log grows.
 */
import type { SyscallRow } from '../../protocol/syscalls';

/** Rows of a page. */
export const PAGE_SIZE = 200;

/** Pages that are kept: those that were looked at last. */
const MAX_PAGES = 100;

export class PageCache {
  /** By page number, the one looked at last at the end. */
  private readonly pages = new Map<number, readonly SyscallRow[]>();
  /** Numbers of the pages that are on their way. */
  private readonly asked = new Set<number>();

  constructor(private readonly maxPages = MAX_PAGES) {}

  clear(): void {
    this.pages.clear();
    this.asked.clear();
  }

  /** The row at an index; undefined while it is not here. */
  row(index: number): SyscallRow | undefined {
    return this.pages.get(Math.floor(index / PAGE_SIZE))?.[index % PAGE_SIZE];
  }

  /** The pages to fetch so that the rows from `first` can be shown, of `total`; they count as asked for from here on. */
  missing(first: number, count: number, total: number): number[] {
    const end = Math.min(total, first + count);
    const numbers: number[] = [];
    for (let page = Math.floor(first / PAGE_SIZE); page * PAGE_SIZE < end; page++) {
      const rows = this.pages.get(page);
      if (rows) {
        this.pages.delete(page);
        this.pages.set(page, rows);
      }
      const wanted = Math.min(PAGE_SIZE, total - page * PAGE_SIZE);
      if ((rows?.length ?? 0) >= wanted || this.asked.has(page)) continue;
      this.asked.add(page);
      numbers.push(page);
    }
    return numbers;
  }

  /** A page has arrived. */
  put(page: number, rows: readonly SyscallRow[]): void {
    this.asked.delete(page);
    this.pages.delete(page);
    this.pages.set(page, rows);
    const [oldest] = this.pages.keys();
    if (this.pages.size > this.maxPages && oldest !== undefined) this.pages.delete(oldest);
  }

  /** A page could not be fetched: it may be asked for again. */
  lost(page: number): void {
    this.asked.delete(page);
  }
}
