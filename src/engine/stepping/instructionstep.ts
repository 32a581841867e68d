/** Instruction granularity: into is one instruction, over runs a called function to its return. */
import { endOf } from '../../disasm/decoder';
import type { Thread } from '../thread';
import type { CodeMap } from './codemap';
import type { NonlocalExits } from './nonlocal';
import type { Move, RunStop, StepPlan } from './plan';
import { CallRun } from './callrun';

export class InstructionStep implements StepPlan {
  private started = false;
  private call: CallRun | undefined;

  constructor(
    private readonly over: 'over' | 'into',
    private readonly code: CodeMap,
    private readonly exits: NonlocalExits,
  ) {}

  advance(thread: Thread, arrived: RunStop | undefined): Move {
    if (this.call && arrived) return this.call.arrived(thread, arrived) ?? this.done(thread);
    if (this.started) return this.done(thread);
    this.started = true;
    const instruction = this.over === 'over' ? this.code.instruction(thread.pc) : undefined;
    if (instruction?.flow === 'call') {
      this.call = new CallRun(this.exits, endOf(instruction), thread.sp);
      return this.call.begin();
    }
    return { kind: 'instruction' };
  }

  /** Who steps by instructions sees the code that each belongs to: what is inlined is not kept hidden. */
  private done(thread: Thread): Move {
    thread.hiddenCalls = 0;
    return { kind: 'done' };
  }
}
