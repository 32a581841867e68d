/** The engine's vocabulary, as its callers see it. */
import type { VirtAddr } from '../common/addresses';
import type { RegisterReader } from '../common/readers';
import type { DecodedCall } from '../syscalls/model';
import type { FunctionInfo } from '../symbols/data/variables';
import type { Finding } from './exceptions/report';

/** A kernel thread id, as `gettid(2)` returns it. */
export type Tid = number;

/** Why the process stopped, from the user's point of view. */
export type StopReason =
  | { readonly kind: 'entry' }
  | { readonly kind: 'breakpoint'; readonly hit: readonly Breakpoint[] }
  | DataStop
  | { readonly kind: 'step' }
  | { readonly kind: 'pause' }
  | { readonly kind: 'signal'; readonly signal: SignalInfo }
  | { readonly kind: 'trap'; readonly text: string }
  /** An exception of the program's language, or an error that its runtime library has found. */
  | ({ readonly kind: 'exception' } & Finding)
  /** A thread is about to make a system call, or has just returned from it. */
  | { readonly kind: 'syscall'; readonly where: 'entry' | 'exit'; readonly call: DecodedCall }
  /** A process or thread is made, a program executed, the process about to end: what the user asked to be told. */
  | { readonly kind: 'event'; readonly event: StopEventKind; readonly text: string }
  /** The instruction pointer was moved: to another line, or back to where a frame began. */
  | { readonly kind: 'moved'; readonly by: 'goto' | 'restart' };

/** What the kernel tells of a process that a user may want to stop at; `clone` is the start of a thread. */
export type StopEventKind = 'fork' | 'vfork' | 'clone' | 'exec' | 'exit';

/** Data breakpoints have something to say; breakpoints of code at the same place are named along with them. */
export interface DataStop {
  readonly kind: 'data';
  readonly accesses: readonly DataAccess[];
  /** Data breakpoints whose scope has just ended; they are gone. */
  readonly ended: readonly Breakpoint[];
  readonly breakpoints: readonly Breakpoint[];
}

/** What the program did to watched bytes; it stands after the instruction that did it. */
export interface DataAccess {
  readonly breakpoint: Breakpoint;
  /** `counter changed from 41 to 42`, `counter was accessed and is 42`. */
  readonly text: string;
  /** The bytes as they were at the last access, or when the breakpoint was set; short where unreadable. */
  readonly before: Uint8Array;
  readonly now: Uint8Array;
  /** The instruction that did it, where it is known. */
  readonly instruction: VirtAddr | undefined;
  /** Where the thread stands: after it. */
  readonly pc: VirtAddr;
}

/** A signal about to be delivered to a thread. */
export interface SignalInfo {
  readonly number: number;
  /** `SIGSEGV` */
  readonly name: string;
  /** `Segmentation fault` */
  readonly description: string;
  /** `si_code` of `siginfo_t`. */
  readonly code: number;
  /** `SEGV_MAPERR`; undefined for a code that has no name. */
  readonly codeName?: string;
  /** The code in words: `address not mapped`. */
  readonly codeText?: string;
  /** `si_addr` where the signal has one (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP). */
  readonly address?: VirtAddr;
  /** `si_pid`, where a process sent it. */
  readonly sender?: number;
  /** The siginfo_t, where there is one. */
  readonly siginfo?: Uint8Array;
}

export interface StopEvent {
  readonly tid: Tid;
  readonly reason: StopReason;
  /** Other threads that had something of their own to tell at this stop (their events are kept, one per resume). */
  readonly others: readonly Tid[];
  /** Set when a step of this thread has brought it back from a function. */
  readonly returned?: Returned;
}

/** A function that a step has returned from, and where its value is. Valid until the thread runs on. */
export interface Returned {
  /** An address in the function, for look-ups. */
  readonly address: VirtAddr;
  /** As a stack frame shows it. */
  readonly name: string | undefined;
  /** Undefined without debugging information. */
  readonly function: FunctionInfo | undefined;
  /**
   * The registers that return values (psABI x86-64 §3.2.3: rax, rdx, xmm0, xmm1, st0, st1) as they were right after the
   * return: a step that went on to the end of the caller's line may have changed them since. The others are undefined.
   */
  readonly registers: RegisterReader;
}

export interface ExitEvent {
  /** Set when the process called exit. */
  readonly code?: number;
  /** Set when a signal ended it. */
  readonly signal?: number;
  readonly coreDumped?: boolean;
}

export type StepKind = 'into' | 'over' | 'out';
export type StepGranularity = 'line' | 'instruction';

/** A call on the current line that a step into is to enter: by its instruction, or an inlined one by its key. */
export type StepTarget =
  { readonly kind: 'call'; readonly address: VirtAddr } | { readonly kind: 'inlined'; readonly key: string };

export interface StepOptions {
  /** The only call that a step into enters. */
  readonly target?: StepTarget | undefined;
  /** The other threads stand still meanwhile. */
  readonly isSingle?: boolean;
}

/** What a client asked for, common to every kind of breakpoint. */
export interface BreakpointOptions {
  /** C-like expression; the breakpoint stops only when it is not zero. */
  readonly condition?: string;
  /** `N`, `== N`, `> N`, `>= N`, `< N`, `<= N` or `% N`. */
  readonly hitCondition?: string;
  /** Text with `{expression}` holes; the breakpoint logs and does not stop. */
  readonly logMessage?: string;
}

/** How a breakpoint of code is made: an int3 in memory, or a debug register (`hardware`). */
export interface CodeBreakpointOptions extends BreakpointOptions {
  /** `software` when absent. Any other word is answered by an unverified breakpoint. */
  readonly mode?: string;
}

export interface SourceBreakpointSpec extends CodeBreakpointOptions {
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column?: number;
}

export interface FunctionBreakpointSpec extends CodeBreakpointOptions {
  /** A symbol (`main`, `ns::Class::method`), `module!symbol`, or an address (`0x401136`, `*0x401136`). */
  readonly name: string;
}

export interface InstructionBreakpointSpec extends CodeBreakpointOptions {
  readonly address: VirtAddr;
}

/** A frame, for as long as it lives: its thread, and its canonical frame address. */
export interface FrameIdentity {
  readonly tid: Tid;
  readonly cfa: VirtAddr;
}

export interface DataBreakpointSpec extends Omit<BreakpointOptions, 'logMessage'> {
  readonly address: VirtAddr;
  /** Bytes; what four debug registers cover: 32 when aligned. */
  readonly size: number;
  /** `write`: the value has changed. `read`: it was accessed and has not. `readWrite`: both. */
  readonly access: 'read' | 'write' | 'readWrite';
  /** What people call it: `counter`, `p->next`. */
  readonly label: string;
  /** The breakpoint ends with this frame. */
  readonly frame?: FrameIdentity;
  /** Shows a value; hexadecimal when absent. */
  readonly format?: (bytes: Uint8Array) => string;
}

/** A breakpoint as the user asked for it, with what became of it. */
export interface Breakpoint {
  /** Kept for the life of the breakpoint; the DAP id. */
  readonly id: number;
  readonly kind: 'source' | 'function' | 'instruction' | 'data';
  /** Of a function breakpoint: the name that the user gave. */
  readonly functionName?: string | undefined;
  readonly verified: boolean;
  /** Why it is not verified, or a remark. */
  readonly message?: string;
  /** Unverified because no module knows it yet (rather than because the request is wrong). */
  readonly pending: boolean;
  /** The path as the client spelled it, and the line where it really is. */
  readonly source?: { readonly path: string; readonly line: number; readonly column?: number };
  /** The addresses where it sits. */
  readonly addresses: readonly VirtAddr[];
  readonly hitCount: number;
  /** It will never hit again: what it watched is gone. */
  readonly ended?: boolean;
}
