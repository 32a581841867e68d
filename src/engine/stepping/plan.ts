/** What a step is to the run control: a plan that is asked, at each of its arrivals, for its next move. */
import type { VirtAddr } from '../../common/addresses';
import type { Thread } from '../thread';
import type { StopReason } from '../types';

/** A place where a running thread is to be caught, and from which stack depth on it counts. */
export interface RunStop {
  readonly address: VirtAddr;
  /**
   * The stack pointer must be at least this: the same place reached by a deeper activation (recursion) is not an
   * arrival. Undefined accepts any depth.
   */
  readonly minSp?: VirtAddr;
  /** Decides on more than the stack pointer; true means arrived. */
  readonly accept?: (thread: Thread) => boolean;
}

export type Move =
  /** Execute one instruction of this thread, the others stopped. */
  | { readonly kind: 'instruction' }
  /** Let every thread run until this one reaches one of the stops; the others only if they run already, if `isAlone`. */
  | { readonly kind: 'run'; readonly stops: readonly RunStop[]; readonly isAlone?: boolean }
  /** Let every thread run; the step ends without a place to stop at. */
  | { readonly kind: 'release' }
  /** The step has ended here. */
  | { readonly kind: 'done'; readonly reason?: StopReason };

export interface StepPlan {
  /**
   * Called with the thread stopped at an instruction boundary: first to begin, then after every move.
   * `arrived` is the stop that ended a `run` move.
   */
  advance(thread: Thread, arrived: RunStop | undefined): Move;

  /** Called once when the plan ends early: another stop, an exit, a new request. */
  abandoned?(reason: StopReason | undefined): void;
}
