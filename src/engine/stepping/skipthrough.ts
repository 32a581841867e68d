/**
 * Stepping into a function that the user skips: on through it and what it calls, until a function is reached that the
 * user does not skip (the callback of std::sort, the constructor behind make_unique), or until it has returned.
 */
import { virtAddr, type VirtAddr } from '../../common/addresses';
import { readUint } from '../../common/readers';
import type { Thread } from '../thread';
import { CallGraph } from './callgraph';
import { CallRun } from './callrun';
import type { StatementRange } from './codemap';
import type { Move, RunStop } from './plan';
import type { StepTools } from './tools';

const INSTRUCTION: Move = { kind: 'instruction' };

/** Single steps after which it is not worth waiting: a fraction of a second. */
const MAX_STEPS = 40_000;

/**
 * `landed`: at the first instruction of a function that is not skipped; `inlined`: inside of one that was inlined;
 * `returned`: the skipped call is over.
 */
type Outcome = 'landed' | 'inlined' | 'returned';

export class SkipThrough {
  private readonly graph: CallGraph;
  private steps = 0;
  private run: CallRun | undefined;
  /** The row of skipped code that was looked at last. */
  private row: StatementRange | undefined;
  /** The function that a PLT entry leads to. */
  private expected: VirtAddr | undefined;
  /** The pc has just been reached by a call or by a jump that may be one. */
  private arriving = true;

  /**
   * @param returnAddress of the skipped call
   * @param sp the stack pointer right after its return
   */
  constructor(
    private readonly tools: StepTools,
    readonly returnAddress: VirtAddr,
    readonly sp: VirtAddr,
  ) {
    this.graph = new CallGraph(tools.code, tools.skip);
  }

  /** With the thread at the first instruction of the skipped function, and then after every move. */
  advance(thread: Thread, arrived: RunStop | undefined): Move | Outcome {
    if (this.run && arrived) {
      const next = this.run.arrived(thread, arrived);
      if (next) return next;
      this.arriving = arrived.address === this.expected;
    }
    this.run = undefined;
    if (thread.sp >= this.sp) return 'returned';
    const { code, exits, skip } = this.tools;
    const pc = thread.pc;
    if (this.arriving) {
      this.arriving = false;
      const outcome = this.examine(thread);
      if (outcome) return outcome;
    } else if (!this.row || pc < this.row.start || pc >= this.row.end) {
      this.row = code.row(pc);
      if (this.row && !code.isPassed(pc, skip)) return 'inlined';
    }
    if (++this.steps > MAX_STEPS) return this.runTo(new CallRun(exits, this.returnAddress, this.sp));
    const instruction = code.instruction(pc);
    this.arriving =
      instruction?.flow === 'call' || (instruction?.flow === 'jump' && this.leaves(pc, instruction.target));
    return INSTRUCTION;
  }

  /** At what may be the first instruction of a function; undefined to go on through it. */
  private examine(thread: Thread): Move | Outcome | undefined {
    const { code, exits, skip, memory } = this.tools;
    const pc = thread.pc;
    // The callee's frame is not made yet.
    const returnAddress = readUint(memory, thread.sp, 8);
    let extra: readonly RunStop[] = [];
    if (code.hasLines(pc)) {
      if (!code.isPassedFunction(pc, skip)) return 'landed';
      if (this.graph.mayReach(pc)) return undefined;
    } else if (code.isPlt(pc)) {
      const target = code.pltTarget(pc);
      this.expected = target !== undefined && code.hasLines(target) ? target : undefined;
      if (this.expected !== undefined) extra = [{ address: this.expected }];
    }
    if (returnAddress === undefined) return undefined;
    return this.runTo(new CallRun(exits, virtAddr(returnAddress), virtAddr(thread.sp + 8n), extra));
  }

  /** Whether a jump leaves its function: a tail call or a thunk. */
  private leaves(pc: VirtAddr, target: VirtAddr | undefined): boolean {
    const bounds = this.tools.code.functionBounds(pc);
    return target !== undefined && bounds !== undefined && (target < bounds.start || target >= bounds.end);
  }

  private runTo(run: CallRun): Move {
    this.run = run;
    return run.begin();
  }
}
