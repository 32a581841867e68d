/**
 * Custom DAP requests and events. All carry the prefix `ptrace/`; docs/ describes them for other clients. Types only.
 *
 * Addresses and register values travel as strings (`0x…`): JSON numbers lose bits above 2^53.
 */

import type { ProcRequests } from './procrequests';
import type { SendSignalArguments, SetSignalArguments, SetSignalResponse, SignalsResponse } from './signals';
import type { SyscallRequests } from './syscalls';

/** `ptrace/stepInstructions`: a burst of single steps of one thread, the others staying stopped. */
export interface StepInstructionsArguments {
  readonly threadId: number;
  /** How many instructions, 1 … 2^31 - 1. */
  readonly count: number;
}

/** Why a burst ended. `steps`: all were made. The others end it early; `text` of the response says more. */
export type StepInstructionsReason =
  'steps' | 'breakpoint' | 'signal' | 'exception' | 'exited' | 'pause' | 'cancelled' | 'trap';

/**
 * The thread is stopped again when the response arrives. A `stopped` event follows it, unless the process exited, so
 * that views refresh as after any step.
 */
export interface StepInstructionsResponse {
  /** Instructions really executed, ≤ count. */
  readonly instructionsExecuted: number;
  /** The thread that ended the burst: the asked one unless another reported a breakpoint, a signal or its exit. */
  readonly threadId: number;
  /** Its program counter, `0x…`; missing when the process exited. */
  readonly address?: string;
  readonly reason: StepInstructionsReason;
  /** One sentence for people, e.g. `SIGSEGV (Segmentation fault) at 0x0`. */
  readonly text?: string;
}

/** `ptrace/registers`: every register of a frame, in the groups and the order in which the views show them. */
export interface RegistersArguments {
  /** A frame id of `stackTrace`. Caller frames have the registers the unwinder could recover. */
  readonly frameId: number;
  /**
   * Names of the groups whose registers are wanted; all of them when it is missing. A view asks only for what it
   * shows: the vector groups are long.
   */
  readonly groups?: readonly string[];
}

export interface RegistersResponse {
  /** Every group there is in this frame, asked for or not. */
  readonly groups: readonly RegisterGroup[];
}

/** Names are stable and meant for people, e.g. `General`, `Flags`, `Segment`, `x87`, `SSE`, `AVX`, `AVX-512`. */
export interface RegisterGroup {
  readonly name: string;
  /** The views open it at first sight. */
  readonly expanded: boolean;
  /** For `setVariable`: the reference of the Registers scope's group of this frame, 0 when nothing here can be set. */
  readonly variablesReference: number;
  /** Missing when `groups` did not ask for this one. */
  readonly registers?: readonly Register[];
}

export interface Register {
  /** Assembler name in lower case: `rax`, `eflags`, `st0`, `xmm0`. Unique in its group. */
  readonly name: string;
  /** As it is shown and as `setVariable` takes it back: `0x…` without padding, or a list of lanes for vectors. */
  readonly value: string;
  /** A remark shown behind the value, e.g. `main+4`, `[ZF PF IF]`, `"text"`, a decimal reading. */
  readonly description?: string;
  /** `int64`, `code_ptr`, `data_ptr`, `flags`, `float80`, `vec128`, `vec256`, `vec512`, `bits`. */
  readonly type: string;
  /** Width in bits. */
  readonly bits: number;
  /** Where it points, when it points to readable memory: for the memory viewer and the disassembly view. */
  readonly memoryReference?: string;
  /** Parts in the order of their display: flag bits of `eflags`, lanes of a vector, sub-registers. */
  readonly children?: readonly Register[];
  /** For `setVariable` of `children`; 0 or missing when they cannot be set one by one. */
  readonly variablesReference?: number;
  /** It cannot be changed (a caller's frame that only unwinding knows, `orig_rax`…). */
  readonly readOnly?: boolean;
}

/** `ptrace/saveCore`: writes a core file of the process as it stands. It must be stopped, and goes on living. */
export interface SaveCoreArguments {
  /** Where the file goes, relative to `cwd`; one that is there already is replaced, and only by a complete one. */
  readonly path: string;
}

export interface SaveCoreResponse {
  /** Absolute. */
  readonly path: string;
  /** Bytes of the file; pages of zeros take no room on the disk. */
  readonly size: number;
  /** How many threads are in it. */
  readonly threads: number;
}

/** Request names, so that nobody spells them twice. The values are part of the protocol. */
export interface CustomRequests extends ProcRequests, SyscallRequests {
  'ptrace/stepInstructions': { readonly arguments: StepInstructionsArguments; readonly body: StepInstructionsResponse };
  'ptrace/registers': { readonly arguments: RegistersArguments; readonly body: RegistersResponse };
  'ptrace/setSignal': { readonly arguments: SetSignalArguments; readonly body: SetSignalResponse };
  'ptrace/sendSignal': { readonly arguments: SendSignalArguments; readonly body: undefined };
  'ptrace/signals': { readonly arguments: undefined; readonly body: SignalsResponse };
  'ptrace/saveCore': { readonly arguments: SaveCoreArguments; readonly body: SaveCoreResponse };
}

export type CustomRequestName = keyof CustomRequests;
