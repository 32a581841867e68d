/** Where the calls go that were asked for: into the store that clients page through, and into a file. */
import { filePrefix, formatCall, formatExit, formatKilled, type TextStyle } from '../../syscalls/format';
import type { DecodedCall } from '../../syscalls/model';
import { signalOf } from '../../ptrace/signals';
import type { ExitEvent, Tid } from '../types';
import { Outcome, RowKind } from './callrecord';
import { CallStore } from './callstore';
import { nowMicroseconds, type OpenCall } from './opencall';
import type { TraceFile } from './tracefile';

const MICROSECONDS = 1e6;

/** Where strace puts the results of calls. */
const RESULT_COLUMN = 40;

export class CallLog {
  readonly store = new CallStore();
  file: TraceFile | undefined;
  /** Prints the time each call took, as `strace -T`. */
  showDurations = false;

  /** Targets that write to it: a process and the children that are followed. */
  private users = 1;

  /** One more process writes to it. */
  share(): this {
    this.users++;
    return this;
  }

  entered(tid: Tid, { call }: OpenCall): void {
    this.file?.entered(tid, call);
  }

  /** A program was launched by this call, which nobody saw going in. */
  launched(pid: number, call: DecodedCall): void {
    const entry = { where: 'entry', abi: call.abi, number: call.number, args: [], result: 0n, isError: false } as const;
    const now = nowMicroseconds();
    const stop = { ...entry, instructionPointer: 0n, stackPointer: 0n };
    const open: OpenCall = { entry: stop, call, enteredAt: now, stack: 0, tampered: false, atExit: [] };
    this.entered(pid, open);
    this.finished(pid, pid, open, call, now);
  }

  /** `leftAt` is when it returned, microseconds since 1970; NaN when it did not. */
  finished(pid: number, tid: Tid, open: OpenCall, call: DecodedCall, leftAt: number): void {
    const duration = leftAt - open.enteredAt;
    const style: TextStyle = {
      // Files have the thread in front of the line, and what strace aligns is the line with it.
      column: RESULT_COLUMN - filePrefix(tid).length,
      ...(this.showDurations && !Number.isNaN(duration) && { seconds: duration / MICROSECONDS }),
    };
    const text = formatCall(call, style);
    const { result } = call;
    this.store.append(
      {
        kind: RowKind.Call,
        outcome: call.state !== 'returned' ? Outcome.Unfinished : result?.errno ? Outcome.Failed : Outcome.Succeeded,
        tampered: open.tampered,
        pid,
        tid,
        abi: call.abi === 'i386' ? 1 : 0,
        number: call.number,
        time: open.enteredAt,
        duration,
        result: result?.value ?? 0n,
        stack: open.stack,
      },
      text,
    );
    this.file?.finished(tid, open.call, call, text, style);
  }

  /** A signal is delivered to a thread; `text` is its line. */
  signal(pid: number, tid: Tid, number: number, text: string): void {
    this.other(pid, tid, RowKind.Signal, number, text);
  }

  /** A thread has ended. */
  exited(pid: number, tid: Tid, { code, signal, coreDumped }: ExitEvent): void {
    const text =
      signal === undefined ? formatExit(code ?? 0) : formatKilled(signalOf(signal).name, coreDumped === true);
    this.other(pid, tid, RowKind.Exit, signal === undefined ? (code ?? 0) : -signal, text);
  }

  private other(pid: number, tid: Tid, kind: RowKind, number: number, text: string): void {
    this.store.append(
      {
        kind,
        outcome: Outcome.Succeeded,
        tampered: false,
        pid,
        tid,
        abi: 0,
        number,
        time: nowMicroseconds(),
        duration: 0,
        result: 0n,
        stack: 0,
      },
      text,
    );
    this.file?.line(tid, text);
  }

  /** One of its processes is gone; with the last one the file is complete. */
  leave(): void {
    if (--this.users > 0) return;
    this.file?.close();
    this.file = undefined;
  }

  close(): void {
    if (this.users <= 0) this.store.close();
  }
}
