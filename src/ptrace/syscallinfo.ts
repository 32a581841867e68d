/** What PTRACE_GET_SYSCALL_INFO tells of a thread in a syscall-stop: struct ptrace_syscall_info of <linux/ptrace.h>, Linux 5.3. */
import { PTRACE_SYSCALL_INFO_ENTRY, PTRACE_SYSCALL_INFO_EXIT, PTRACE_SYSCALL_INFO_SECCOMP } from './constants';
import { native } from './native';

/** AUDIT_ARCH_I386 of <linux/audit.h>: `int 0x80` and 32-bit programs. */
const AUDIT_ARCH_I386 = 0x4000_0003;

export interface SyscallStop {
  /** Where a call is entered, where it returns, or neither: the stop belongs to no call (a new thread's first). */
  readonly where: 'entry' | 'exit' | 'none';
  readonly abi: 'x86_64' | 'i386';
  /** Of the instruction after the one that makes the call. */
  readonly instructionPointer: bigint;
  readonly stackPointer: bigint;
  /** At entry: the number, which may be any 32 bits, and the six arguments. */
  readonly number: number;
  readonly args: readonly bigint[];
  /** At exit. */
  readonly result: bigint;
  readonly isError: boolean;
}

const words = new BigUint64Array(11);
const bytes = new Uint8Array(words.buffer);
const signed = new BigInt64Array(words.buffer);
const halves = new Uint32Array(words.buffer);

const NO_ARGUMENTS: readonly bigint[] = [];

/** Reads what a thread stopped for; it must be in a ptrace-stop. Throws PtraceError: EIO on kernels before 5.3. */
export function readSyscallStop(tid: number): SyscallStop {
  native.readSyscallInfo(tid, bytes);
  const kind = bytes[0];
  const isEntry = kind === PTRACE_SYSCALL_INFO_ENTRY || kind === PTRACE_SYSCALL_INFO_SECCOMP;
  const isExit = kind === PTRACE_SYSCALL_INFO_EXIT;
  return {
    where: isEntry ? 'entry' : isExit ? 'exit' : 'none',
    abi: halves[1] === AUDIT_ARCH_I386 ? 'i386' : 'x86_64',
    instructionPointer: words[1]!,
    stackPointer: words[2]!,
    number: isEntry ? halves[6]! | 0 : -1,
    args: isEntry ? [words[4]!, words[5]!, words[6]!, words[7]!, words[8]!, words[9]!] : NO_ARGUMENTS,
    result: isExit ? signed[3]! : 0n,
    isError: isExit && (bytes[32]! & 1) !== 0,
  };
}
