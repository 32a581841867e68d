/** The names of `si_code` and what they mean (<asm-generic/siginfo.h>); pure. */

type Codes = Readonly<Record<number, readonly [name: string, text: string]>>;

/** Codes that any signal may carry. */
export const SI_USER = 0;
export const SI_KERNEL = 0x80;
export const SI_QUEUE = -1;
export const SI_TIMER = -2;
export const SI_MESGQ = -3;
export const SI_TKILL = -6;

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
  [SI_TIMER]: ['SI_TIMER', 'a POSIX timer expired'],
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

/** The name of a code and its words; undefined where it has none for that signal. */
export function codeNameOf(signal: number, code: number): readonly [name: string, text: string] | undefined {
  return BY_SIGNAL[signal]?.[code] ?? COMMON[code];
}

/** The number of `SEGV_MAPERR`, `SI_USER`…; undefined when there is no such code. */
export function codeNumber(name: string): number | undefined {
  return NUMBERS.get(name);
}

/** Every name of a code. */
export function codeNames(): readonly string[] {
  return [...NUMBERS.keys()];
}

const NUMBERS: ReadonlyMap<string, number> = new Map(
  [COMMON, ...Object.values(BY_SIGNAL)].flatMap((codes) =>
    Object.entries(codes).map(([code, [name]]): [string, number] => [name, Number(code)]),
  ),
);
