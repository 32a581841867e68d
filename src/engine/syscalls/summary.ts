/** Counts and times of the calls in a log, as `strace -c` has them, by call and by thread. */
import { Outcome, RowKind, type CallRow } from './callrecord';

export interface CallStatistics {
  calls: number;
  errors: number;
  /** Microseconds, of the calls that returned. */
  total: number;
  minimum: number;
  maximum: number;
  /** Calls by duration: [i] took from 2^i to 2^(i+1) microseconds, [0] less than 2. */
  readonly histogram: number[];
}

export class CallSummary {
  /** By ABI and number, as `key` makes it. */
  readonly byCall = new Map<string, CallStatistics & { readonly abi: number; readonly number: number }>();
  readonly byThread = new Map<number, { calls: number; total: number }>();

  add(row: CallRow): void {
    if (row.kind !== RowKind.Call) return;
    const key = `${row.abi}:${row.number}`;
    let entry = this.byCall.get(key);
    if (!entry) {
      const { abi, number } = row;
      entry = { abi, number, calls: 0, errors: 0, total: 0, minimum: Infinity, maximum: 0, histogram: [] };
      this.byCall.set(key, entry);
    }
    let thread = this.byThread.get(row.tid);
    if (!thread) this.byThread.set(row.tid, (thread = { calls: 0, total: 0 }));
    entry.calls++;
    thread.calls++;
    if (row.outcome === Outcome.Failed) entry.errors++;
    if (row.outcome === Outcome.Unfinished) return;
    const { duration } = row;
    entry.total += duration;
    thread.total += duration;
    entry.minimum = Math.min(entry.minimum, duration);
    entry.maximum = Math.max(entry.maximum, duration);
    const slot = Math.max(0, Math.floor(Math.log2(Math.max(1, duration))));
    while (entry.histogram.length <= slot) entry.histogram.push(0);
    entry.histogram[slot]!++;
  }
}
