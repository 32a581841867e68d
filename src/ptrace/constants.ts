/** Numbers of ptrace(2) on Linux x86-64, from <linux/ptrace.h>. */

/** Options of PTRACE_SEIZE and PTRACE_SETOPTIONS, to be combined with `|`. */
export const PTRACE_O_TRACESYSGOOD = 0x1;
export const PTRACE_O_TRACEFORK = 0x2;
export const PTRACE_O_TRACEVFORK = 0x4;
export const PTRACE_O_TRACECLONE = 0x8;
export const PTRACE_O_TRACEEXEC = 0x10;
export const PTRACE_O_TRACEVFORKDONE = 0x20;
export const PTRACE_O_TRACEEXIT = 0x40;
export const PTRACE_O_TRACESECCOMP = 0x80;
/** Since Linux 3.8: the tracee is killed when the tracer goes away. */
export const PTRACE_O_EXITKILL = 0x100000;

/** Events, in bits 16 and up of a wait status. */
export const PTRACE_EVENT_FORK = 1;
export const PTRACE_EVENT_VFORK = 2;
export const PTRACE_EVENT_CLONE = 3;
export const PTRACE_EVENT_EXEC = 4;
export const PTRACE_EVENT_VFORK_DONE = 5;
export const PTRACE_EVENT_EXIT = 6;
export const PTRACE_EVENT_SECCOMP = 7;
/** Only of seized tracees: a group-stop, PTRACE_INTERRUPT, or the first stop of a new thread. */
export const PTRACE_EVENT_STOP = 128;

/** How `native.resume` lets a stopped tracee go on. */
export const ResumeKind = {
  Continue: 0,
  SingleStep: 1,
  /** To the next entry into or exit from a system call. */
  Syscall: 2,
  /** Like Syscall, and the system call is not executed. */
  Sysemu: 3,
} as const;
export type ResumeKind = (typeof ResumeKind)[keyof typeof ResumeKind];

/** What PTRACE_GET_SYSCALL_INFO found, the first byte of its buffer (Linux 5.3). */
export const PTRACE_SYSCALL_INFO_NONE = 0;
export const PTRACE_SYSCALL_INFO_ENTRY = 1;
export const PTRACE_SYSCALL_INFO_EXIT = 2;
export const PTRACE_SYSCALL_INFO_SECCOMP = 3;
