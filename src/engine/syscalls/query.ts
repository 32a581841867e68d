/** Looking for rows in the log of system calls without keeping what was found: blocks are counted once and read again. */
import { messageOf, UserError } from '../../common/errors';
import type { CallSet } from '../../syscalls/callset';
import type { Tid } from '../types';
import { RowKind, type CallRow, type Outcome } from './callrecord';
import type { CallStore } from './callstore';

/** What is looked for; everything that is given must hold. */
export interface RowQuery {
  readonly calls?: CallSet;
  readonly tid?: Tid;
  readonly outcome?: Outcome;
  /** Microseconds. */
  readonly minimumDuration?: number;
  readonly text?: (line: string) => boolean;
}

/** A text that lines contain, or `/a regular expression/`; case does not matter. Throws UserError. */
export function textMatcher(wanted: string): (line: string) => boolean {
  const pattern = /^\/(.+)\/$/s.exec(wanted);
  if (!pattern) {
    const lower = wanted.toLowerCase();
    return (line) => line.toLowerCase().includes(lower);
  }
  let compiled: RegExp;
  try {
    compiled = new RegExp(pattern[1]!, 'i');
  } catch (error) {
    throw new UserError(`What is looked for is no regular expression: ${messageOf(error)}.`, { code: 'bad-argument' });
  }
  return (line) => compiled.test(line);
}

export interface FoundRow {
  readonly index: number;
  readonly row: CallRow;
}

/** The rows of a store that a query finds, by their position among them. The store may go on growing. */
export class RowView {
  /** Rows found in each block that was full when it was counted. */
  private readonly counts: number[] = [];

  constructor(
    readonly store: CallStore,
    readonly query: RowQuery,
  ) {}

  /** Counts what is new; `pause` is awaited between blocks, so that ten million rows do not hold up anything else. */
  async refresh(pause: () => Promise<void>): Promise<number> {
    const { store } = this;
    if (this.findsAll) return store.length;
    for (;;) {
      // The last block may still grow: it is counted each time.
      const full = Math.max(0, store.blocks - 1);
      if (this.counts.length >= full) break;
      this.counts.push(this.search(this.counts.length).length);
      await pause();
    }
    return this.total();
  }

  /** Up to `count` of the rows that are found, from position `start`; call `refresh` before. */
  page(start: number, count: number): FoundRow[] {
    if (this.findsAll) return this.store.slice(start, count).map((row, i) => ({ index: start + i, row }));
    const found: FoundRow[] = [];
    let position = start;
    for (let block = 0; block < this.store.blocks && found.length < count; block++) {
      const here = this.counts[block];
      if (here !== undefined && position >= here) {
        position -= here;
        continue;
      }
      const rows = this.search(block);
      found.push(...rows.slice(position, position + count - found.length));
      position = Math.max(0, position - rows.length);
    }
    return found;
  }

  /** Every row that is found, block by block. */
  *blocks(): Generator<FoundRow[]> {
    for (let block = 0; block < this.store.blocks; block++) yield this.search(block);
  }

  private get findsAll(): boolean {
    return Object.keys(this.query).length === 0;
  }

  private total(): number {
    let total = 0;
    for (let block = 0; block < this.store.blocks; block++) total += this.counts[block] ?? this.search(block).length;
    return total;
  }

  private search(block: number): FoundRow[] {
    const { first, rows } = this.store.block(block);
    const found: FoundRow[] = [];
    for (const [i, row] of rows.entries()) if (this.matchesRow(row)) found.push({ index: first + i, row });
    const { text } = this.query;
    if (!text) return found;
    const texts = this.store.textsOf(found.map(({ row }) => row));
    return found.filter((_, i) => text(texts[i]!));
  }

  private matchesRow(row: CallRow): boolean {
    const { calls, tid, outcome, minimumDuration } = this.query;
    if (tid !== undefined && row.tid !== tid) return false;
    if (calls && (row.kind !== RowKind.Call || !calls.has(row.abi === 1 ? 'i386' : 'x86_64', row.number))) return false;
    if (outcome !== undefined && (row.kind !== RowKind.Call || row.outcome !== outcome)) return false;
    return minimumDuration === undefined || row.duration >= minimumDuration;
  }
}
