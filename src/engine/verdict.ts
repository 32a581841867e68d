/** What becomes of a thread after one of its events, and whom run control asks about that and tells. */
import type { PtraceEvent } from '../ptrace/waitstatus';
import type { Thread } from './thread';
import type { TrapFlagLeak } from './trapflag';
import type { ExitEvent, StopReason, Tid } from './types';

/** Said of a thread after each of its events. */
export type Verdict =
  | { readonly kind: 'resume' }
  /** Leave it stopped; whoever said so resumes it. */
  | { readonly kind: 'hold' }
  | { readonly kind: 'stop'; readonly reason: StopReason }
  /** There is no such thread any more. */
  | { readonly kind: 'gone' };

export const RESUME: Verdict = { kind: 'resume' };
export const HOLD: Verdict = { kind: 'hold' };

/** What run control asks of and tells to the target. */
export interface RunDelegate {
  /** A signal is about to be delivered to the thread. */
  signal(thread: Thread, signal: number): Verdict;
  /** The program executed an int3 that is its own; the pc is after it. */
  programTrap(thread: Thread): Verdict;
  /** A ptrace event other than a new thread: exec, fork, vfork, vfork-done. */
  event(thread: Thread, event: PtraceEvent): Verdict;
  /** A thread is at the entry or the exit of a system call. Its registers may not have been fetched. */
  systemCall(thread: Thread): Verdict;
  /** Whether a thread that is about to run has to stop at its system calls. */
  wantsCalls(thread: Thread): boolean;
  /** Whether it is in a call that somebody wants to see return. */
  isInCall(thread: Thread): boolean;
  /** Whether the next step of a stopped thread goes through a call that somebody wants to see. */
  stepsThroughCall(thread: Thread): boolean;
  /** What a single step of the thread's next instruction would show the program of the stepping. */
  trapFlagLeak(thread: Thread): TrapFlagLeak | undefined;
  mendTrapFlag(thread: Thread, leak: TrapFlagLeak): void;
  stopped(thread: Thread, reason: StopReason, others: readonly Tid[]): void;
  threadStarted(tid: Tid): void;
  threadExited(thread: Thread, how: ExitEvent): void;
  ended(event: ExitEvent): void;
}
