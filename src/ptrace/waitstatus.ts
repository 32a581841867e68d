/** Decoding of the status word that wait4(2) returns for a seized tracee; pure. */
import {
  PTRACE_EVENT_CLONE,
  PTRACE_EVENT_EXEC,
  PTRACE_EVENT_EXIT,
  PTRACE_EVENT_FORK,
  PTRACE_EVENT_SECCOMP,
  PTRACE_EVENT_STOP,
  PTRACE_EVENT_VFORK,
  PTRACE_EVENT_VFORK_DONE,
} from './constants';

export type PtraceEvent = 'fork' | 'vfork' | 'clone' | 'exec' | 'vfork-done' | 'exit' | 'seccomp';

export type WaitStatus =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: number; readonly coreDumped: boolean }
  /** A signal-delivery-stop: the signal has not been delivered yet. */
  | { readonly kind: 'signal'; readonly signal: number }
  /** A stopping signal has taken effect: SIGSTOP, SIGTSTP, SIGTTIN or SIGTTOU. */
  | { readonly kind: 'group-stop'; readonly signal: number }
  /** Entry into or exit from a system call (PTRACE_O_TRACESYSGOOD). */
  | { readonly kind: 'syscall' }
  | { readonly kind: 'event'; readonly event: PtraceEvent }
  /** After PTRACE_INTERRUPT, the first stop of a new thread, or a group-stop that SIGCONT ended under PTRACE_LISTEN. */
  | { readonly kind: 'interrupted' };

const SIGTRAP = 5;
const SYSCALL_MARK = 0x80;
const CORE_DUMPED = 0x80;
const STOPPED = 0x7f;

const EVENTS: Readonly<Record<number, PtraceEvent>> = {
  [PTRACE_EVENT_FORK]: 'fork',
  [PTRACE_EVENT_VFORK]: 'vfork',
  [PTRACE_EVENT_CLONE]: 'clone',
  [PTRACE_EVENT_EXEC]: 'exec',
  [PTRACE_EVENT_VFORK_DONE]: 'vfork-done',
  [PTRACE_EVENT_EXIT]: 'exit',
  [PTRACE_EVENT_SECCOMP]: 'seccomp',
};

/**
 * Decodes a raw wait status of a tracee that was SEIZEd with PTRACE_O_TRACESYSGOOD. ptrace(2) describes the layout:
 * bits 0–7 say exited, killed or stopped, 8–15 hold the code or signal, 16 and up the PTRACE_EVENT number.
 */
export function decodeWaitStatus(raw: number): WaitStatus {
  const low = raw & 0x7f;
  if (low === 0) return { kind: 'exited', code: (raw >> 8) & 0xff };
  if (low !== STOPPED) return { kind: 'killed', signal: low, coreDumped: (raw & CORE_DUMPED) !== 0 };
  const signal = (raw >> 8) & 0xff;
  const eventNumber = raw >> 16;
  if (eventNumber === PTRACE_EVENT_STOP)
    return signal === SIGTRAP ? { kind: 'interrupted' } : { kind: 'group-stop', signal };
  const event = EVENTS[eventNumber];
  if (event !== undefined) return { kind: 'event', event };
  if (signal === (SIGTRAP | SYSCALL_MARK)) return { kind: 'syscall' };
  return { kind: 'signal', signal };
}
