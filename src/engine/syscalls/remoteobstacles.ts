/** Why a thread cannot be made to execute a system call, as sentences. */
import { readFileSync } from 'node:fs';
import { UserError } from '../../common/errors';
import { native } from '../../ptrace/native';
import { readSyscallStop } from '../../ptrace/syscallinfo';
import { isRestart } from '../../syscalls/errno';
import { nameOf, unknownName } from '../../syscalls/numbers';
import {
  PTRACE_EVENT_CLONE,
  PTRACE_EVENT_EXEC,
  PTRACE_EVENT_FORK,
  PTRACE_EVENT_VFORK_DONE,
} from '../../ptrace/constants';
import type { Thread } from '../thread';

/** The code segment of 64-bit user code (asm/segment.h, __USER_CS). */
const USER_CS = 0x33n;
const SIGTRAP = 5;

export function refusal(message: string, code = 'call-refused'): UserError {
  return new UserError(message, { code });
}

/** Calls that nothing can undo, or that make no sense when a debugger makes them. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ...['fork', 'vfork', 'clone', 'clone3'].map(
    (name) => [name, 'what it made would begin in the middle of nowhere'] as const,
  ),
  ...['execve', 'execveat'].map((name) => [name, 'it would replace the program'] as const),
  ...['exit', 'exit_group'].map((name) => [name, 'it does not return; end the program with terminate'] as const),
  ['rt_sigreturn', 'it takes its registers from a signal frame, which is not there'],
  ['restart_syscall', 'it goes on with a call of the program'],
]);

/** Calls that overwrite what the kernel keeps of an interrupted one to restart it (restart_block, kernel/time, fs/select.c). */
const USES_RESTART_BLOCK = new Set(['nanosleep', 'clock_nanosleep', 'poll', 'futex']);
const ERESTART_RESTARTBLOCK = -516n;

/** What the event stop is that the thread stands in, as the number of PTRACE_EVENT_*; 0 for none. */
function eventOf({ tid }: Thread): number {
  const code = native.getSignalCode(tid);
  return code > 0 && (code & 0x7f) === SIGTRAP ? code >> 8 : 0;
}

/** Event stops from which one step leads to the end of the call that they are in. */
const LEAVABLE = new Set([PTRACE_EVENT_FORK, PTRACE_EVENT_CLONE, PTRACE_EVENT_EXEC, PTRACE_EVENT_VFORK_DONE]);
/** PTRACE_EVENT_STOP: an interrupt. */
const EVENT_STOP = 128;

/** Whether the thread has to leave an event stop first. */
export function isAtEvent(thread: Thread): boolean {
  return LEAVABLE.has(eventOf(thread));
}

/** Why no call can be made in a thread as it stands; undefined when one can. `isInCall`: its call is being traced. */
export function obstacle(thread: Thread, isInCall: boolean): string | undefined {
  const { tid } = thread;
  if (thread.hasEnded) return `Thread ${tid} has ended.`;
  if (thread.state !== 'stopped') return `Thread ${tid} sleeps in the kernel and has not stopped yet.`;
  if (thread.borrower) return `Thread ${tid} belongs to a child that runs in the memory of its parent (vfork).`;
  if (thread.awaitsChild) return `Thread ${tid} waits in vfork until its child executes a program or ends.`;
  if (thread.groupStopped) return `Thread ${tid} is in a job-control stop: continue it (SIGCONT) before making calls.`;
  if (thread.registers.get('cs') !== USER_CS) {
    return `Thread ${tid} runs 32-bit code: calls are made in 64-bit programs only.`;
  }
  const event = eventOf(thread);
  if (event !== 0 && event !== EVENT_STOP && (isInCall || !LEAVABLE.has(event))) {
    return `Thread ${tid} stands in the middle of a system call of its own: let it return first.`;
  }
  const stop = readSyscallStop(tid);
  if (stop.where === 'entry') {
    const name = nameOf(stop.abi, stop.number) ?? unknownName(stop.number);
    return (
      `Thread ${tid} stands at the entry of ${name}, whose arguments are in its registers: let that call return first ` +
      `(step, or stop at its exit), or choose another thread.`
    );
  }
  return undefined;
}

/** Why a call is not made anywhere, or not in this thread. Throws UserError. */
export function checkCall(thread: Thread, name: string): void {
  const why = REFUSED.get(name);
  if (why !== undefined) throw refusal(`${name} cannot be made from outside: ${why}.`);
  const { registers } = thread;
  const rax = BigInt.asIntN(64, registers.get('rax') ?? 0n);
  if (rax === ERESTART_RESTARTBLOCK && USES_RESTART_BLOCK.has(name)) {
    const own = interruptedCall(thread) ?? 'a call';
    throw refusal(
      `Thread ${thread.tid} was interrupted in ${own}, which the kernel could not restart after ${name}: choose another ` +
        `thread, or let ${own} return first.`,
    );
  }
}

/** The name of the call that the kernel will restart when the thread goes on; undefined when there is none. */
function interruptedCall({ registers }: Thread): string | undefined {
  const rax = Number(BigInt.asIntN(64, registers.get('rax') ?? 0n));
  const number = Number(BigInt.asIntN(64, registers.origRax));
  return number >= 0 && isRestart(-rax) ? nameOf('x86_64', number) : undefined;
}

interface SeccompState {
  readonly mode: number;
  /** Filters, where the kernel counts them (Linux 5.9). */
  readonly filters: number | undefined;
}

function seccompOf(status: string): SeccompState {
  let text = '';
  try {
    text = readFileSync(status, 'utf8');
  } catch {
    // Gone: the call will tell.
  }
  const field = (name: string): number | undefined => {
    const value = new RegExp(`^${name}:\\s*(\\d+)$`, 'm').exec(text)?.[1];
    return value === undefined ? undefined : Number(value);
  };
  return { mode: field('Seccomp') ?? 0, filters: field('Seccomp_filters') };
}

/** What the strict mode leaves (seccomp(2)), besides exit and sigreturn. */
const STRICT = new Set(['read', 'write']);

/**
 * What a seccomp filter of the program's own may do to a call, as far as proc(5) tells: a filter that the debugger is
 * under as well, as in a container, lets a call through or fails it. Undefined when there is none.
 */
export function seccompWarning({ tid }: Thread, name: string): string | undefined {
  const { mode, filters } = seccompOf(`/proc/${tid}/status`);
  if (mode === 1) {
    return STRICT.has(name) ? undefined : `Thread ${tid} is under seccomp's strict mode: ${name} would kill it.`;
  }
  if (mode === 0) return undefined;
  const ours = seccompOf('/proc/self/status');
  if (filters !== undefined && ours.filters !== undefined && filters <= ours.filters) return undefined;
  return `Thread ${tid} has a seccomp filter of its own, which may deny ${name}, or kill the program for it.`;
}
