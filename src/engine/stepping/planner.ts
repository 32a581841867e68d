/** From what the user asked to the plan that does it. */
import { UserError } from '../../common/errors';
import type { MemoryReader } from '../../common/readers';
import type { ThreadStack } from '../stack';
import type { Thread } from '../thread';
import type { StepGranularity, StepKind, StepTarget } from '../types';
import type { CodeMap } from './codemap';
import { InstructionStep } from './instructionstep';
import { LineStep } from './linestep';
import type { NonlocalExits } from './nonlocal';
import type { StepPlan } from './plan';
import { SkipRules } from './skiprules';
import { InlineStepOut, StepOut } from './stepout';
import type { StepTools } from './tools';

export class StepPlanner {
  /** Code that a step into passes through. */
  skip = SkipRules.NONE;

  constructor(
    private readonly code: CodeMap,
    private readonly memory: MemoryReader,
    private readonly exits: NonlocalExits,
  ) {}

  /**
   * @param stack of the thread, as it is shown
   * @param target of a step into by lines: the only call to enter
   * Throws UserError when there is nothing to step out to.
   */
  plan(
    thread: Thread,
    stack: ThreadStack,
    kind: StepKind,
    granularity: StepGranularity,
    target: StepTarget | undefined,
  ): StepPlan {
    const { code, memory, exits, skip } = this;
    const tools: StepTools = { code, memory, exits, skip, hidden: stack.hidden, target };
    if (kind === 'out') return this.out(tools, thread, stack);
    return granularity === 'instruction' ? new InstructionStep(kind, code, exits) : new LineStep(kind, tools);
  }

  private out(tools: StepTools, thread: Thread, stack: ThreadStack): StepPlan {
    const [frame, caller] = [stack.unwound(0), stack.unwound(1)];
    const { calls } = this.code.inlines.at(thread.pc);
    const shown = calls.slice(0, calls.length - stack.hidden);
    if (frame && shown.length > 0) return new InlineStepOut(tools, frame, shown);
    if (frame && caller) return new StepOut(tools, frame, caller);
    throw new UserError('There is no caller to step out to: this is the outermost frame.');
  }
}
