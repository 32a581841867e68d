/** A function of the program's runtime that tells of exceptions when it is reached, and what judges that. */
import type { VirtAddr } from '../../common/addresses';
import type { Thread } from '../thread';
import type { ExceptionFilterId, ExceptionReport, Finding } from './report';
import type { TypeCondition } from './filters';
import type { TypeSpace } from './typeinfo';

/** What hooks see of the program. */
export interface HookContext extends TypeSpace {
  /** The function around an address as a stack frame shows it. */
  readonly functionName: (address: VirtAddr) => string | undefined;
  /** Every address of a function by its raw name. */
  addressesOf(name: string): readonly VirtAddr[];
  /** The condition of a filter; undefined when it has none. */
  condition(filter: ExceptionFilterId): TypeCondition | undefined;
  isTicked(filter: ExceptionFilterId): boolean;
}

export interface Hook {
  /** It is needed while any of these is ticked. */
  readonly filters: readonly ExceptionFilterId[];
  /** Raw names of the functions. */
  readonly symbols: readonly string[];
  /** Ends of the names of Rust functions, whose beginnings vary: `15panic_with_hook`. */
  readonly rustNames?: readonly string[];
  /** The thread stands at the first instruction of one of them. */
  reached(thread: Thread, context: HookContext): Finding | ExceptionReport | undefined;
}

/** An integer argument of the function that a thread is about to enter (psABI x86-64, 3.2.3). */
export function argument(thread: Thread, index: 0 | 1 | 2 | 3): VirtAddr {
  return (thread.registers.get(['rdi', 'rsi', 'rdx', 'rcx'][index]!) ?? 0n) as VirtAddr;
}
