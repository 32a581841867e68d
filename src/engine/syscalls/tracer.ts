/**
 * System calls of one process: every syscall-stop comes here, is paired with the stop before it, decoded if anybody
 * asked for the call, and told to whom it concerns: the log, the breakpoints on calls, the rules that change calls.
 */
import { PtraceError } from '../../common/errors';
import type { MemoryReader } from '../../common/readers';
import { readSyscallStop, type SyscallStop } from '../../ptrace/syscallinfo';
import { decodeEntry, decodeExit, decodeUnreturned } from '../../syscalls/decode';
import type { SyscallFilter } from '../../syscalls/filter';
import type { Abi, DecodeOptions, DecodedCall } from '../../syscalls/model';
import { numberOf } from '../../syscalls/numbers';
import type { Thread } from '../thread';
import type { Tid } from '../types';
import { HOLD, RESUME, type Verdict } from '../verdict';
import type { CallBreakpoints } from './callbreakpoints';
import { nowMicroseconds, type ExitChange, type OpenCall } from './opencall';
import type { Tampering } from './tampering';
import type { TraceScope } from './tracescope';

/** Who hears of the calls that the filter lets through. */
export interface CallListener {
  /** A call that is wanted was entered. */
  entered(tid: Tid, open: OpenCall): void;
  /** It has returned, or (`call.state` is `ended`) will not. */
  finished(tid: Tid, open: OpenCall, call: DecodedCall, leftAt: number): void;
}

export interface TracerHost {
  readonly memory: MemoryReader;
  readonly scope: TraceScope;
  readonly breakpoints: CallBreakpoints;
  readonly tampering: Tampering;
  readonly listener: CallListener;
  options(thread: Thread): DecodeOptions;
  /** The number of the stack that the stopped thread makes a call from; 0 when none is to be taken. */
  takeStack(thread: Thread): number;
  /** A thread is about to ask for its CPUs, or to choose them. */
  beforeAffinityCall(): void;
}

const AFFINITY_CALLS = {
  x86_64: [numberOf('x86_64', 'sched_getaffinity'), numberOf('x86_64', 'sched_setaffinity')],
  i386: [numberOf('i386', 'sched_getaffinity'), numberOf('i386', 'sched_setaffinity')],
} as const;

const isAffinityCall = (abi: Abi, number: number): boolean => AFFINITY_CALLS[abi].includes(number);

export class SyscallTracer {
  /** What is logged; undefined when nothing is. */
  filter: SyscallFilter | undefined;

  private readonly open = new Map<Tid, OpenCall>();

  constructor(private readonly host: TracerHost) {}

  /** Whether a thread that is about to run has to stop at its system calls. */
  wantsStops(thread: Thread): boolean {
    if (this.open.has(thread.tid)) return true;
    const { breakpoints, tampering, scope } = this.host;
    if (!this.filter && breakpoints.isEmpty && tampering.isEmpty) return false;
    return scope.includes(thread);
  }

  /** The call a thread is in, from its entry stop to its exit. */
  openCall(tid: Tid): OpenCall | undefined {
    return this.open.get(tid);
  }

  /** The calls that threads are in now, of those that somebody asked for. */
  get openCalls(): ReadonlyMap<Tid, OpenCall> {
    return this.open;
  }

  /** A thread is in a syscall-stop or at a seccomp event; its registers need not be fetched. */
  stopped(thread: Thread): Verdict {
    let stop: SyscallStop;
    try {
      stop = readSyscallStop(thread.tid);
    } catch (error) {
      // Killed between its stop and now: the exit status is on its way.
      if (error instanceof PtraceError && error.errno === 'ESRCH') return HOLD;
      throw error;
    }
    if (stop.where === 'entry') return this.entered(thread, stop);
    if (stop.where === 'exit') return this.left(thread, stop);
    return RESUME;
  }

  private entered(thread: Thread, entry: SyscallStop): Verdict {
    const { host } = this;
    // The exit of the call before was not seen: a rule, or tracing that began within it.
    this.abandon(thread.tid);
    const { abi, number } = entry;
    if (isAffinityCall(abi, number)) host.beforeAffinityCall();
    const isLogged = this.filter?.calls.has(abi, number) === true;
    const isWanted = isLogged || host.breakpoints.wants(abi, number) || host.tampering.wants(abi, number);
    // Told to stop before its scope ended.
    if (!isWanted || !host.scope.includes(thread)) return RESUME;
    const enteredAt = nowMicroseconds();
    const call = decodeEntry(abi, number, entry.args, host.memory, host.options(thread));
    const stack = isLogged ? host.takeStack(thread) : 0;
    const open: OpenCall = { entry, call, enteredAt, stack, tampered: false, atExit: [] };
    this.open.set(thread.tid, open);
    if (isLogged && this.filter?.match(call)) host.listener.entered(thread.tid, open);
    const held = host.tampering.entered(thread, open);
    const reason = host.breakpoints.entered(thread, call);
    if (reason) return { kind: 'stop', reason };
    return held ? HOLD : RESUME;
  }

  private left(thread: Thread, exit: SyscallStop): Verdict {
    const { host } = this;
    const open = this.open.get(thread.tid);
    this.open.delete(thread.tid);
    if (!open) return RESUME;
    const leftAt = nowMicroseconds();
    const change: ExitChange = { result: exit.result, delay: 0 };
    const held = open.tampered && host.tampering.left(thread, open, change);
    const result = { value: change.result, isError: change.result < 0n && change.result >= -4095n };
    const call = decodeExit(open.call, result, host.memory, host.options(thread));
    this.finish(thread.tid, open, call, leftAt);
    const reason = host.breakpoints.left(thread, call);
    if (reason) return { kind: 'stop', reason };
    return held ? HOLD : RESUME;
  }

  private finish(tid: Tid, open: OpenCall, call: DecodedCall, leftAt: number): void {
    if (this.filter?.calls.has(call.abi, call.number) && this.filter.match(call))
      this.host.listener.finished(tid, open, call, leftAt);
  }

  /** A thread has ended, or another one's exec took it away: the call that it was in will not return. */
  threadEnded(tid: Tid): void {
    this.abandon(tid);
  }

  /** A thread has executed another program; as `former` it entered the call, and it has the leader's tid now. */
  executed(thread: Thread, former: Tid): void {
    const open = this.open.get(former);
    this.open.clear();
    if (open) this.open.set(thread.tid, open);
  }

  private abandon(tid: Tid): void {
    const open = this.open.get(tid);
    if (!open) return;
    this.open.delete(tid);
    this.finish(tid, open, decodeUnreturned(open.call), NaN);
  }
}
