/** What steps work with, and what the user asked of one. */
import type { MemoryReader } from '../../common/readers';
import type { CodeMap } from './codemap';
import type { NonlocalExits } from './nonlocal';
import type { SkipRules } from './skiprules';
import type { StepTarget } from '../types';

export interface StepTools {
  readonly code: CodeMap;
  readonly memory: MemoryReader;
  readonly exits: NonlocalExits;
  /** Code that a step into passes through. */
  readonly skip: SkipRules;
  /** Inlined calls that begin at the pc and that the user has not seen the inside of. */
  readonly hidden: number;
  /** The only call that a step into enters; undefined enters the first one. */
  readonly target?: StepTarget;
}
