/**
 * The fixed part of one row of the log of system calls: what filters, summaries and diffs look at without reading the
 * text. Rows have one size, so that any of ten million is found by its index.
 */

/** What a row tells of. */
export const RowKind = {
  Call: 0,
  /** A signal that was delivered. */
  Signal: 1,
  /** A thread's end. */
  Exit: 2,
  /** The process executed another program. */
  Exec: 3,
} as const;
export type RowKind = (typeof RowKind)[keyof typeof RowKind];

/** How a call ended. */
export const Outcome = {
  Succeeded: 0,
  Failed: 1,
  /** It did not return: the thread ended in it, or another thread's exec took it away. */
  Unfinished: 2,
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

export interface CallRow {
  readonly kind: RowKind;
  readonly outcome: Outcome;
  /** True when a rule has changed the call. */
  readonly tampered: boolean;
  readonly pid: number;
  readonly tid: number;
  /** 0 for x86_64, 1 for i386. */
  readonly abi: number;
  /** The system call's number; a signal's number in a row of that kind, the exit code in one of an exit. */
  readonly number: number;
  /** Microseconds since 1970. */
  readonly time: number;
  /** Microseconds in the call, from entry to exit; NaN when it did not return. */
  readonly duration: number;
  /** As the kernel put it into rax, signed. */
  readonly result: bigint;
  /** Which stack of the log's table the call was made from; 0 where none was taken. */
  readonly stack: number;
  /** Where the row's text is in the file of texts. */
  readonly textOffset: number;
  readonly textLength: number;
}

/** Bytes of a row. */
export const ROW_SIZE = 56;

const OUTCOME_MASK = 0x0f;
const TAMPERED = 0x10;

/** Writes a row at `at`, little-endian. */
export function encodeRow(row: CallRow, view: DataView, at: number): void {
  view.setFloat64(at, row.time, true);
  view.setFloat64(at + 8, row.duration, true);
  view.setFloat64(at + 16, row.textOffset, true);
  view.setBigInt64(at + 24, row.result, true);
  view.setUint32(at + 32, row.textLength, true);
  view.setInt32(at + 36, row.pid, true);
  view.setInt32(at + 40, row.tid, true);
  view.setUint32(at + 44, row.stack, true);
  view.setInt32(at + 48, row.number, true);
  view.setUint8(at + 52, row.abi);
  view.setUint8(at + 53, row.kind);
  view.setUint8(at + 54, row.outcome | (row.tampered ? TAMPERED : 0));
  view.setUint8(at + 55, 0);
}

/** The row at `at`. */
export function decodeRow(view: DataView, at: number): CallRow {
  const flags = view.getUint8(at + 54);
  return {
    time: view.getFloat64(at, true),
    duration: view.getFloat64(at + 8, true),
    textOffset: view.getFloat64(at + 16, true),
    result: view.getBigInt64(at + 24, true),
    textLength: view.getUint32(at + 32, true),
    pid: view.getInt32(at + 36, true),
    tid: view.getInt32(at + 40, true),
    stack: view.getUint32(at + 44, true),
    number: view.getInt32(at + 48, true),
    abi: view.getUint8(at + 52),
    kind: view.getUint8(at + 53) as RowKind,
    outcome: (flags & OUTCOME_MASK) as Outcome,
    tampered: (flags & TAMPERED) !== 0,
  };
}
