/**
 * Stepping by source line, into or over calls. The plan single-steps inside the statement it began in and
 * runs through the functions that are not of interest; it ends where another statement of the same frame begins, in a
 * function it was asked to step into, or in the caller when the frame has returned.
 */
import { offsetBy, virtAddr, type VirtAddr } from '../../common/addresses';
import { readUint, type MemoryReader } from '../../common/readers';
import { endOf } from '../../disasm/decoder';
import type { FunctionBounds } from '../../disasm/listing';
import type { Thread } from '../thread';
import { CallRun } from './callrun';
import type { CodeMap, StatementRange } from './codemap';
import type { NonlocalExits } from './nonlocal';
import type { Move, RunStop, StepPlan } from './plan';

const INSTRUCTION: Move = { kind: 'instruction' };
const DONE: Move = { kind: 'done' };

export class LineStep implements StepPlan {
  /** Where the step began: it ends on another line than this. */
  private origin: StatementRange | undefined;
  /** The stretch of code that is being stepped through. */
  private range: { start: VirtAddr; end: VirtAddr } = { start: virtAddr(0n), end: virtAddr(0n) };
  private frameCfa: VirtAddr = virtAddr(0n);
  private functionBounds: FunctionBounds | undefined;
  private run: CallRun | undefined;
  /** A call instruction is being executed: the next stop is the callee's first instruction. */
  private entering: { readonly returnAddress: VirtAddr; readonly sp: VirtAddr } | undefined;
  /** Set while the callee's prologue runs. */
  private prologueEnd: VirtAddr | undefined;
  private begun = false;

  constructor(
    private readonly kind: 'into' | 'over',
    private readonly code: CodeMap,
    private readonly memory: MemoryReader,
    private readonly exits: NonlocalExits,
  ) {}

  advance(thread: Thread, arrived: RunStop | undefined): Move {
    if (!this.begun) return this.begin(thread);
    if (arrived && this.prologueEnd === arrived.address) return DONE;
    if (arrived && this.run) {
      const next = this.run.arrived(thread, arrived);
      if (next) return next;
      this.run = undefined;
      this.prologueEnd = undefined;
      if (this.isStepTarget(arrived)) return this.enter(thread);
    }
    if (this.entering && !arrived) return this.enter(thread);
    return this.decide(thread);
  }

  private begin(thread: Thread): Move {
    this.begun = true;
    this.settleIn(thread, this.code.row(thread.pc));
    return this.inside(thread);
  }

  /** Takes the thread's frame and the statement it is in for those of the step. */
  private settleIn(thread: Thread, row: StatementRange | undefined): void {
    const pc = thread.pc;
    this.origin = row;
    this.frameCfa = this.code.stack(thread).frame(0)?.cfa ?? thread.sp;
    this.functionBounds = this.code.functionBounds(pc);
    // No line information: one instruction, over calls, as the disassembly on the screen suggests.
    const instruction = row ? undefined : this.code.instruction(pc);
    this.range = row ?? { start: pc, end: instruction ? endOf(instruction) : offsetBy(pc, 1) };
  }

  /** The pc is in the stretch being stepped through. */
  private inside(thread: Thread): Move {
    const instruction = this.code.instruction(thread.pc);
    if (instruction?.flow !== 'call') return INSTRUCTION;
    const returnAddress = endOf(instruction);
    if (this.kind === 'over' || !this.origin) return this.runTo(new CallRun(this.exits, returnAddress, thread.sp));
    this.entering = { returnAddress, sp: thread.sp };
    return INSTRUCTION;
  }

  /** Somewhere after a move of the step: inside the stretch, elsewhere in the function, back in the caller, or away. */
  private decide(thread: Thread): Move {
    const pc = thread.pc;
    if (thread.sp >= this.frameCfa) return this.returned(thread);
    if (pc >= this.range.start && pc < this.range.end) return this.inside(thread);
    if (!this.origin) return DONE;
    const row = this.code.row(pc);
    const here = this.functionBounds;
    const outside = here !== undefined && (pc < here.start || pc >= here.end);
    // With the frame torn down to the return address, a jump out of the function is a tail call; with the frame still
    // up it went to the function's own cold part.
    if (outside && (!row || thread.sp === offsetBy(this.frameCfa, -8))) return this.leaveByJump(thread);
    if (!row) return INSTRUCTION;
    if (pc === row.start && row.isStmt && this.isElsewhere(row)) return DONE;
    // The middle of a line, or the same line again: step to its end.
    this.range = row;
    return this.inside(thread);
  }

  private isElsewhere(row: StatementRange): boolean {
    const origin = this.origin!;
    return row.line !== origin.line || row.file !== origin.file;
  }

  /** The thread stands at the first instruction of a function that the step may end in. */
  private enter(thread: Thread): Move {
    const { returnAddress, sp } = this.entering!;
    const pc = thread.pc;
    if (this.code.isPlt(pc)) {
      const target = this.code.pltTarget(pc);
      const stops = target !== undefined && this.code.hasLines(target) ? [{ address: target }] : [];
      if (stops.length > 0) return this.runTo(new CallRun(this.exits, returnAddress, sp, stops));
    } else if (this.code.hasLines(pc)) {
      this.entering = undefined;
      const end = this.code.pastPrologue(pc);
      if (end === pc) return DONE;
      this.prologueEnd = end;
      return this.runTo(new CallRun(this.exits, returnAddress, sp, [{ address: end }]));
    } else {
      // A thunk jumps on to the function that was meant.
      const instruction = this.code.instruction(pc);
      if (instruction?.flow === 'jump' && instruction.target !== undefined) return INSTRUCTION;
    }
    this.entering = undefined;
    return this.runTo(new CallRun(this.exits, returnAddress, sp));
  }

  private isStepTarget(arrived: RunStop): boolean {
    return this.entering !== undefined && arrived.address !== this.entering.returnAddress;
  }

  /** A jump out of the function: a tail call, which returns to our caller in our place. */
  private leaveByJump(thread: Thread): Move {
    const returnSlot = offsetBy(this.frameCfa, -8);
    const returnAddress = readUint(this.memory, returnSlot, 8);
    if (returnAddress === undefined) return DONE;
    if (this.kind === 'into') {
      this.entering = { returnAddress: virtAddr(returnAddress), sp: this.frameCfa };
      return this.enter(thread);
    }
    return this.runTo(new CallRun(this.exits, virtAddr(returnAddress), this.frameCfa));
  }

  /**
   * The frame is gone. In the middle of the caller's statement the step goes on to the end of that statement, as gdb's
   * does; a caller without source is left for the nearest one that has some.
   */
  private returned(thread: Thread): Move {
    this.entering = undefined;
    if (!this.origin) return DONE;
    const row = this.code.row(thread.pc);
    if (row) {
      if (thread.pc === row.start && row.isStmt) return DONE;
      this.settleIn(thread, row);
      return this.inside(thread);
    }
    const outer = this.code.callerWithLines(thread, 1);
    if (!outer) return { kind: 'release' };
    return this.runTo(new CallRun(this.exits, outer.frame.pc, outer.callee.cfa));
  }

  private runTo(run: CallRun): Move {
    this.run = run;
    return run.begin();
  }
}
