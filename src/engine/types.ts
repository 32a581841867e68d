/** The engine's vocabulary, as its callers see it. */
import type { VirtAddr } from '../common/addresses';
import type { RegisterReader } from '../common/readers';
import type { FunctionInfo } from '../symbols/data/variables';

/** A kernel thread id, as `gettid(2)` returns it. */
export type Tid = number;

/** Why the process stopped, from the user's point of view. */
export type StopReason =
  | { readonly kind: 'entry' }
  | { readonly kind: 'breakpoint'; readonly hit: readonly Breakpoint[] }
  | { readonly kind: 'step' }
  | { readonly kind: 'pause' }
  | { readonly kind: 'signal'; readonly signal: SignalInfo }
  | { readonly kind: 'trap'; readonly text: string }
  /** The instruction pointer was moved: to another line, or back to where a frame began. */
  | { readonly kind: 'moved'; readonly by: 'goto' | 'restart' };

/** A signal about to be delivered to a thread. */
export interface SignalInfo {
  readonly number: number;
  /** `SIGSEGV` */
  readonly name: string;
  /** `Segmentation fault` */
  readonly description: string;
  /** `si_code` of `siginfo_t`. */
  readonly code: number;
  /** The code in words: `address not mapped`. */
  readonly codeText?: string;
  /** `si_addr` where the signal has one (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP). */
  readonly address?: VirtAddr;
  /** `si_pid`, where a process sent it. */
  readonly sender?: number;
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
}

export type StepKind = 'into' | 'over' | 'out';
export type StepGranularity = 'line' | 'instruction';

/** A call on the current line that a step into is to enter: by its instruction, or an inlined one by its key. */
export type StepTarget =
  { readonly kind: 'call'; readonly address: VirtAddr } | { readonly kind: 'inlined'; readonly key: string };

/** What a client asked for, common to every kind of breakpoint. */
export interface BreakpointOptions {
  /** C-like expression; the breakpoint stops only when it is not zero. */
  readonly condition?: string;
  /** `N`, `== N`, `> N`, `>= N`, `< N`, `<= N` or `% N`. */
  readonly hitCondition?: string;
  /** Text with `{expression}` holes; the breakpoint logs and does not stop. */
  readonly logMessage?: string;
}

export interface SourceBreakpointSpec extends BreakpointOptions {
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column?: number;
}

export interface FunctionBreakpointSpec extends BreakpointOptions {
  /** A symbol (`main`, `ns::Class::method`), `module!symbol`, or an address (`0x401136`, `*0x401136`). */
  readonly name: string;
}

export interface InstructionBreakpointSpec extends BreakpointOptions {
  readonly address: VirtAddr;
}

/** A breakpoint as the user asked for it, with what became of it. */
export interface Breakpoint {
  /** Kept for the life of the breakpoint; the DAP id. */
  readonly id: number;
  readonly kind: 'source' | 'function' | 'instruction';
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
}
