/**
 * The processes that came out of one debuggee, as far as the debugger has seen them: who made whom, what each runs, how
 * it ended. Ends of processes that were let go are learnt from the SIGCHLD that their parent gets.
 */
import { readFileSync } from 'node:fs';
import { readCmdline, readExe } from '../common/procfs';
import type { ExitEvent } from './types';

/** `session`: it has a target of its own. `watched`: traced, and nobody is bothered. `detached`: it runs on untraced. */
export type Handling = 'session' | 'watched' | 'detached';

export interface ProcessRecord {
  readonly pid: number;
  /** The process that made it. */
  readonly ppid: number;
  readonly argv: readonly string[];
  readonly executable: string | undefined;
  /** Milliseconds since 1970. */
  readonly startTime: number;
  readonly handling: Handling;
  /** Undefined while it lives. For a process that was let go it is not always known: then it is empty. */
  readonly exit: ExitEvent | undefined;
}

type Mutable = { -readonly [Key in keyof ProcessRecord]: ProcessRecord[Key] };

/** How many processes that have ended are remembered. */
const REMEMBERED = 4096;

/** `si_code` of SIGCHLD (asm-generic/siginfo.h). */
const CLD_EXITED = 1;
const CLD_KILLED = 2;
const CLD_DUMPED = 3;

/** CLK_TCK as /proc shows times, whatever CONFIG_HZ is (proc(5)). */
const TICKS_PER_SECOND = 100;
const START_TIME_FIELD = 22;

export class ProcessTree {
  private readonly records = new Map<number, Mutable>();
  private ended = 0;

  /** Notes a process; a record of an earlier one with its pid is replaced. */
  add(pid: number, ppid: number, handling: Handling, startTime = Date.now()): void {
    if (this.records.get(pid)?.exit) this.ended--;
    this.records.delete(pid);
    this.records.set(pid, { pid, ppid, argv: [], executable: undefined, startTime, handling, exit: undefined });
    this.executed(pid);
  }

  /** Notes the process that all others come from. */
  addRoot(pid: number): void {
    const ppid = Number(statFields(pid)[1] ?? 0);
    this.add(pid, ppid, 'session', startTimeOf(pid));
  }

  /** What it runs has changed, or may have. */
  executed(pid: number): void {
    const record = this.records.get(pid);
    if (!record) return;
    const argv = readCmdline(pid);
    if (argv.length > 0) record.argv = argv;
    record.executable = readExe(pid) ?? record.executable;
  }

  handled(pid: number, handling: Handling): void {
    const record = this.records.get(pid);
    if (record) record.handling = handling;
  }

  exited(pid: number, exit: ExitEvent): void {
    const record = this.records.get(pid);
    if (!record || record.exit) return;
    record.exit = exit;
    if (++this.ended <= REMEMBERED) return;
    for (const [old, each] of this.records) {
      if (!each.exit) continue;
      this.records.delete(old);
      this.ended--;
      return;
    }
  }

  /** A process of the tree is told that a child of its has ended (the 128 bytes of siginfo_t of a SIGCHLD). */
  childSignal(siginfo: Buffer): void {
    const code = siginfo.readInt32LE(8);
    const pid = siginfo.readInt32LE(16);
    const status = siginfo.readInt32LE(24);
    if (this.records.get(pid)?.handling !== 'detached') return;
    if (code === CLD_EXITED) this.exited(pid, { code: status });
    else if (code === CLD_KILLED || code === CLD_DUMPED) this.exited(pid, { signal: status & 0x7f });
  }

  /** Everything that is known now, in the order in which it began. */
  list(): ProcessRecord[] {
    for (const record of [...this.records.values()]) {
      if (record.exit || record.handling !== 'detached') continue;
      // SIGCHLDs merge: one that nobody heard of is seen to be gone here, without a word on how.
      if (isThere(record.pid)) this.executed(record.pid);
      else this.exited(record.pid, {});
    }
    return [...this.records.values()];
  }
}

function isThere(pid: number): boolean {
  const [state] = statFields(pid);
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** The fields of /proc/pid/stat from the third, `state`; empty when there is no such process. */
function statFields(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name may itself contain spaces and parentheses: it ends at the last one.
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/** Milliseconds since 1970; now, when it cannot be told. */
function startTimeOf(pid: number): number {
  const ticks = Number(statFields(pid)[START_TIME_FIELD - 3]);
  let uptime: number;
  try {
    uptime = Number.parseFloat(readFileSync('/proc/uptime', 'latin1'));
  } catch {
    return Date.now();
  }
  if (!Number.isFinite(ticks)) return Date.now();
  return Math.round(Date.now() - (uptime - ticks / TICKS_PER_SECOND) * 1000);
}
