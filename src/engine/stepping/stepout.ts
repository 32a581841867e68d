/** Step out: run until the selected frame has returned to its caller. */
import type { UnwoundFrame } from '../../symbols/unwind/unwinder';
import type { Thread } from '../thread';
import { CallRun } from './callrun';
import type { NonlocalExits } from './nonlocal';
import type { Move, RunStop, StepPlan } from './plan';

export class StepOut implements StepPlan {
  private readonly run: CallRun;

  /** `frame` is the frame to leave and `caller` the one it returns to. */
  constructor(exits: NonlocalExits, frame: UnwoundFrame, caller: UnwoundFrame) {
    this.run = new CallRun(exits, caller.pc, frame.cfa);
  }

  advance(thread: Thread, arrived: RunStop | undefined): Move {
    if (!arrived) return this.run.begin();
    return this.run.arrived(thread, arrived) ?? { kind: 'done' };
  }
}
