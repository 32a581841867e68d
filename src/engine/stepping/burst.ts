/** A burst of single steps: n instructions of one thread in one request. */
import type { VirtAddr } from '../../common/addresses';
import type { Thread } from '../thread';
import type { StopReason } from '../types';
import type { Move, StepPlan } from './plan';

export interface BurstResult {
  /** Instructions that were executed. */
  readonly executed: number;
  readonly address: VirtAddr;
  readonly reason: StopReason;
}

export class BurstStep implements StepPlan {
  private left: number;
  private begun = false;
  /** Where the instruction under way began. */
  private from: VirtAddr | undefined;

  constructor(
    private readonly count: number,
    private readonly thread: Thread,
    private readonly finished: (result: BurstResult) => void,
  ) {
    this.left = count;
  }

  advance(): Move {
    if (this.begun) this.left--;
    this.begun = true;
    this.from = this.thread.pc;
    if (this.left > 0) return { kind: 'instruction' };
    this.thread.hiddenCalls = 0;
    this.report({ kind: 'step' });
    return { kind: 'done' };
  }

  abandoned(reason: StopReason | undefined): void {
    // The last instruction was executed when it led here: to a breakpoint, not to a signal of its own.
    const isExecuted = reason?.kind === 'breakpoint' || reason?.kind === 'data';
    if (this.left > 0 && isExecuted && this.thread.pc !== this.from) this.left--;
    this.report(reason ?? { kind: 'pause' });
  }

  private report(reason: StopReason): void {
    this.finished({ executed: this.count - this.left, address: this.thread.pc, reason });
  }
}
