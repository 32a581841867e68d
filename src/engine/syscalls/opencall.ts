/** A system call that a thread has entered and not left yet. */
import type { SyscallStop } from '../../ptrace/syscallinfo';
import type { DecodedCall } from '../../syscalls/model';

export interface OpenCall {
  /** What the kernel said at entry. */
  readonly entry: SyscallStop;
  /** As decoded at entry; decoded again when its arguments were changed there. */
  call: DecodedCall;
  /** Microseconds since 1970. */
  readonly enteredAt: number;
  /** The number of the stack it was made from, in the log's table; 0 where none was taken. */
  readonly stack: number;
  /** A rule has changed what happens. */
  tampered: boolean;
  /** What rules do at the exit of this call, in their order. */
  readonly atExit: ((exit: ExitChange) => void)[];
}

/** What rules may change where a call returns. */
export interface ExitChange {
  /** As the kernel puts it into rax, signed. */
  result: bigint;
  /** How long the thread waits there, microseconds. */
  delay: number;
}

/** Microseconds since 1970, with the resolution of the monotonic clock. */
export function nowMicroseconds(): number {
  return (performance.timeOrigin + performance.now()) * 1000;
}
