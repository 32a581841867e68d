/** Decoding of siginfo_t: who or what sent a signal, and about which address; pure (sigaction(2)). */
import { virtAddr, type VirtAddr } from '../common/addresses';

export interface SiginfoDescription {
  readonly number: number;
  /** `si_code`. */
  readonly code: number;
  /** `SEGV_MAPERR`; undefined for a code that has no name. */
  readonly codeName?: string;
  /** The code in words: `address not mapped`. */
  readonly codeText?: string;
  /** `si_addr`, where the CPU reported one. */
  readonly address?: VirtAddr;
  /** `si_pid`, where a process sent it; of SIGCHLD, the child. */
  readonly sender?: number;
  /** `si_uid`. */
  readonly senderUid?: number;
  /** `si_status` of SIGCHLD: an exit code or a signal. */
  readonly childStatus?: number;
  /** `si_syscall` of SIGSYS. */
  readonly syscall?: number;
}

type Codes = Readonly<Record<number, readonly [name: string, text: string]>>;

const SI_USER = 0;
const SI_KERNEL = 0x80;
const SI_QUEUE = -1;
const SI_MESGQ = -3;
const SI_TKILL = -6;

const SIGILL = 4;
const SIGTRAP = 5;
const SIGBUS = 7;
const SIGFPE = 8;
const SIGSEGV = 11;
const SIGCHLD = 17;
const SIGIO = 29;
const SIGSYS = 31;

/** Codes that any signal may carry. */
const COMMON: Codes = {
  [SI_USER]: ['SI_USER', 'sent by kill'],
  [SI_KERNEL]: ['SI_KERNEL', 'sent by the kernel'],
  [SI_QUEUE]: ['SI_QUEUE', 'sent by sigqueue'],
  [-2]: ['SI_TIMER', 'a POSIX timer expired'],
  [SI_MESGQ]: ['SI_MESGQ', 'a POSIX message queue changed'],
  [-4]: ['SI_ASYNCIO', 'asynchronous I/O completed'],
  [-5]: ['SI_SIGIO', 'queued SIGIO'],
  [SI_TKILL]: ['SI_TKILL', 'sent by tkill or raise'],
  [-7]: ['SI_DETHREAD', 'sent by execve to the other threads'],
  [-60]: ['SI_ASYNCNL', 'an asynchronous name lookup completed'],
};

/** <asm-generic/siginfo.h> */
const BY_SIGNAL: Readonly<Record<number, Codes>> = {
  [SIGILL]: {
    1: ['ILL_ILLOPC', 'illegal opcode'],
    2: ['ILL_ILLOPN', 'illegal operand'],
    3: ['ILL_ILLADR', 'illegal addressing mode'],
    4: ['ILL_ILLTRP', 'illegal trap'],
    5: ['ILL_PRVOPC', 'privileged opcode'],
    6: ['ILL_PRVREG', 'privileged register'],
    7: ['ILL_COPROC', 'coprocessor error'],
    8: ['ILL_BADSTK', 'internal stack error'],
  },
  [SIGFPE]: {
    1: ['FPE_INTDIV', 'integer divide by zero'],
    2: ['FPE_INTOVF', 'integer overflow'],
    3: ['FPE_FLTDIV', 'floating-point divide by zero'],
    4: ['FPE_FLTOVF', 'floating-point overflow'],
    5: ['FPE_FLTUND', 'floating-point underflow'],
    6: ['FPE_FLTRES', 'floating-point inexact result'],
    7: ['FPE_FLTINV', 'invalid floating-point operation'],
    8: ['FPE_FLTSUB', 'subscript out of range'],
    14: ['FPE_FLTUNK', 'undiagnosed floating-point exception'],
  },
  [SIGSEGV]: {
    1: ['SEGV_MAPERR', 'address not mapped'],
    2: ['SEGV_ACCERR', 'access not permitted'],
    3: ['SEGV_BNDERR', 'address bounds violated'],
    4: ['SEGV_PKUERR', 'access refused by a memory protection key'],
    10: ['SEGV_CPERR', 'control-flow protection fault (shadow stack)'],
  },
  [SIGBUS]: {
    1: ['BUS_ADRALN', 'address not aligned'],
    2: ['BUS_ADRERR', 'nonexistent physical address (a file shorter than its mapping?)'],
    3: ['BUS_OBJERR', 'object-specific hardware error'],
    4: ['BUS_MCEERR_AR', 'hardware memory error consumed by the program'],
    5: ['BUS_MCEERR_AO', 'hardware memory error found, not consumed'],
  },
  [SIGTRAP]: {
    1: ['TRAP_BRKPT', 'breakpoint'],
    2: ['TRAP_TRACE', 'single step'],
    3: ['TRAP_BRANCH', 'taken branch'],
    4: ['TRAP_HWBKPT', 'hardware breakpoint or watchpoint'],
    5: ['TRAP_UNK', 'undiagnosed trap'],
    6: ['TRAP_PERF', 'perf event'],
  },
  [SIGCHLD]: {
    1: ['CLD_EXITED', 'child exited'],
    2: ['CLD_KILLED', 'child killed by a signal'],
    3: ['CLD_DUMPED', 'child killed by a signal, core dumped'],
    4: ['CLD_TRAPPED', 'traced child trapped'],
    5: ['CLD_STOPPED', 'child stopped'],
    6: ['CLD_CONTINUED', 'child continued'],
  },
  [SIGIO]: {
    1: ['POLL_IN', 'input available'],
    2: ['POLL_OUT', 'output possible'],
    3: ['POLL_MSG', 'input message available'],
    4: ['POLL_ERR', 'I/O error'],
    5: ['POLL_PRI', 'urgent input available'],
    6: ['POLL_HUP', 'device disconnected'],
  },
  [SIGSYS]: {
    1: ['SYS_SECCOMP', 'system call refused by a seccomp filter'],
    2: ['SYS_USER_DISPATCH', 'system call dispatched to the program'],
  },
};

/** Signals whose positive codes mean that the CPU found a fault at `si_addr`. */
const FAULTS = new Set([SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV]);
const SENT_BY_PROCESS = new Set([SI_USER, SI_QUEUE, SI_MESGQ, SI_TKILL]);

/** Offset of the union in siginfo_t: three ints and, on 64-bit machines, four bytes of padding. */
const UNION = 16;

/** Decodes the 128 bytes of `native.getSiginfo`; shorter input reads as if it went on with zeros. */
export function describeSiginfo(bytes: Uint8Array): SiginfoDescription {
  const padded = new Uint8Array(UNION + 16);
  padded.set(bytes.subarray(0, padded.length));
  const view = new DataView(padded.buffer);
  const number = view.getInt32(0, true);
  const code = view.getInt32(8, true);
  const [codeName, codeText] = BY_SIGNAL[number]?.[code] ?? COMMON[code] ?? [];
  const description = { number, code, codeName, codeText };
  const sender = { sender: view.getInt32(UNION, true), senderUid: view.getUint32(UNION + 4, true) };
  if (SENT_BY_PROCESS.has(code)) return { ...description, ...sender };
  // SI_KERNEL says that there is no address: a general protection fault (a non-canonical address) comes like this.
  if (code <= 0 || code === SI_KERNEL) return description;
  if (FAULTS.has(number)) return { ...description, address: virtAddr(view.getBigUint64(UNION, true)) };
  if (number === SIGCHLD) return { ...description, ...sender, childStatus: view.getInt32(UNION + 8, true) };
  if (number === SIGSYS)
    return {
      ...description,
      address: virtAddr(view.getBigUint64(UNION, true)),
      syscall: view.getInt32(UNION + 8, true),
    };
  return description;
}
