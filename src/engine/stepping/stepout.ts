/** Step out: run until the innermost frame has returned to its caller, or until its inlined code is left. */
import type { VirtAddr } from '../../common/addresses';
import { endOf } from '../../disasm/decoder';
import type { UnwoundFrame } from '../../symbols/unwind/unwinder';
import { isWithin, type InlinedCall } from '../inlineframes';
import type { Thread } from '../thread';
import { CallRun } from './callrun';
import type { Move, RunStop, StepPlan } from './plan';
import { takeReturned } from './returned';
import type { StepTools } from './tools';

export class StepOut implements StepPlan {
  private readonly run: CallRun;

  /** `frame` is the physical frame to leave and `caller` the one it returns to. */
  constructor(
    private readonly tools: StepTools,
    private readonly frame: UnwoundFrame,
    private readonly caller: UnwoundFrame,
  ) {
    this.run = new CallRun(tools.exits, caller.pc, frame.cfa);
  }

  advance(thread: Thread, arrived: RunStop | undefined): Move {
    if (!arrived) return this.run.begin();
    const next = this.run.arrived(thread, arrived);
    if (next) return next;
    if (arrived.address === this.caller.pc) {
      thread.returned = takeReturned(this.tools.code, thread, this.frame.lookupPc);
    }
    return { kind: 'done' };
  }
}

/**
 * Out of a call that was inlined: on to the first instruction that does not belong to it. There is no return address to
 * run to, so it is stepped through, calls at full speed.
 */
export class InlineStepOut implements StepPlan {
  private readonly cfa: VirtAddr;
  private run: CallRun | undefined;
  private begun = false;

  /**
   * @param frame the physical frame
   * @param calls around the pc, outermost first; the last one is left
   */
  constructor(
    private readonly tools: StepTools,
    frame: UnwoundFrame,
    private readonly calls: readonly InlinedCall[],
  ) {
    this.cfa = frame.cfa;
  }

  advance(thread: Thread, arrived: RunStop | undefined): Move {
    if (this.run && arrived) {
      const next = this.run.arrived(thread, arrived);
      if (next) return next;
    }
    this.run = undefined;
    if (this.begun && this.hasLeft(thread)) return { kind: 'done' };
    this.begun = true;
    const instruction = this.tools.code.instruction(thread.pc);
    if (instruction?.flow !== 'call') return { kind: 'instruction' };
    this.run = new CallRun(this.tools.exits, endOf(instruction), thread.sp);
    return this.run.begin();
  }

  private hasLeft(thread: Thread): boolean {
    if (thread.sp >= this.cfa) return true;
    const { calls, entered } = this.tools.code.inlines.at(thread.pc);
    return !isWithin(this.calls, calls.slice(0, calls.length - entered));
  }
}
