/** Rows of the log as clients get them. */
import { RowKind } from '../../engine/syscalls/callrecord';
import type { FoundRow } from '../../engine/syscalls/query';
import type { CallStore } from '../../engine/syscalls/callstore';
import { nameOf, unknownName } from '../../syscalls/numbers';
import type { SyscallRow } from '../../protocol/syscalls';
import { classOf } from './callclass';

const KINDS = {
  [RowKind.Call]: 'call',
  [RowKind.Signal]: 'signal',
  [RowKind.Exit]: 'exit',
  [RowKind.Exec]: 'exec',
} as const;

/** How calls came out, by the number that rows keep. */
export const OUTCOMES = ['succeeded', 'failed', 'unfinished'] as const;

export const callName = ({ abi, number }: { readonly abi: number; readonly number: number }): string =>
  nameOf(abi === 1 ? 'i386' : 'x86_64', number) ?? unknownName(number);

/** A row as the protocol has it; `line` is its text. */
export function shownRow({ index, row }: FoundRow, line: string): SyscallRow {
  const isCall = row.kind === RowKind.Call;
  const name = isCall ? callName(row) : KINDS[row.kind];
  return {
    index,
    kind: KINDS[row.kind],
    name,
    pid: row.pid,
    tid: row.tid,
    time: row.time,
    ...(!Number.isNaN(row.duration) && { duration: row.duration }),
    outcome: OUTCOMES[row.outcome],
    tampered: row.tampered,
    class: isCall ? classOf(name) : 'event',
    text: line,
    hasStack: row.stack !== 0,
  };
}

/** The last rows of the log, at most `count`. */
export function lastRows(store: CallStore, count: number): SyscallRow[] {
  const start = Math.max(0, store.length - count);
  const rows = Array.from({ length: store.length - start }, (_each, i) => store.row(start + i));
  const texts = store.textsOf(rows);
  return rows.map((row, i) => shownRow({ index: start + i, row }, texts[i]!));
}
