/** The engine's vocabulary, as its callers see it. */
import type { VirtAddr } from '../common/addresses';

/** A kernel thread id, as `gettid(2)` returns it. */
export type Tid = number;

/** Why the process stopped, from the user's point of view. */
export type StopReason =
  | { readonly kind: 'entry' }
  | { readonly kind: 'breakpoint'; readonly hit: readonly Breakpoint[] }
  | { readonly kind: 'step' }
  | { readonly kind: 'pause' }
  | { readonly kind: 'signal'; readonly signal: SignalInfo }
  | { readonly kind: 'trap'; readonly text: string };

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
}

export interface ExitEvent {
  /** Set when the process called exit. */
  readonly code?: number;
  /** Set when a signal ended it. */
  readonly signal?: number;
}

export type StepKind = 'into' | 'over' | 'out';
export type StepGranularity = 'line' | 'instruction';

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
