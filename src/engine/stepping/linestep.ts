/**
 * Stepping by source line, into or over calls. The plan single-steps inside the statement it began in and
 * runs through the functions that are not of interest; it ends where another statement of the same frame begins, in a
 * function it was asked to step into, or in the caller when the frame has returned.
 *
 * A call that the compiler inlined is a frame like any other: over does not stop inside of it, into does, and both stop
 * in front of one on another line. The rules are gdb's (infrun.c, "step into inline function"), as its tests show them.
 */
import { offsetBy, virtAddr, type VirtAddr } from '../../common/addresses';
import { readUint } from '../../common/readers';
import { endOf } from '../../disasm/decoder';
import type { FunctionBounds } from '../../disasm/listing';
import { isSameFrame, isWithin, type CodePlace, type InlinedCall } from '../inlineframes';
import type { Thread } from '../thread';
import { CallRun } from './callrun';
import type { StatementRange } from './codemap';
import type { Move, RunStop, StepPlan } from './plan';
import { takeReturned } from './returned';
import { SkipThrough } from './skipthrough';
import type { StepTools } from './tools';

const INSTRUCTION: Move = { kind: 'instruction' };
const DONE: Move = { kind: 'done' };

/** A source line, as far as a step tells lines apart. */
interface Line {
  readonly file: string | undefined;
  readonly line: number;
}

/** Differs from every line. */
const NO_LINE: Line = { file: undefined, line: 0 };

export class LineStep implements StepPlan {
  /** The line that the step is to leave; undefined where there is no line information. */
  private origin: Line | undefined;
  /** An address of the function that the step is in. */
  private within: VirtAddr = virtAddr(0n);
  /** The inlined calls that the step's frame is inside of. */
  private calls: readonly InlinedCall[] = [];
  /** The stretch of code that is being stepped through. */
  private range: { start: VirtAddr; end: VirtAddr } = { start: virtAddr(0n), end: virtAddr(0n) };
  private frameCfa: VirtAddr = virtAddr(0n);
  private functionBounds: FunctionBounds | undefined;
  private run: CallRun | undefined;
  private through: SkipThrough | undefined;
  /** A call instruction is being executed: the next stop is the callee's first instruction. */
  private entering: { readonly returnAddress: VirtAddr; readonly sp: VirtAddr } | undefined;
  /** Set while the callee's prologue runs. */
  private prologueEnd: VirtAddr | undefined;
  private begun = false;

  constructor(
    private readonly kind: 'into' | 'over',
    private readonly tools: StepTools,
  ) {}

  advance(thread: Thread, arrived: RunStop | undefined): Move {
    if (!this.begun) return this.begin(thread);
    if (this.through) return this.passThrough(thread, arrived);
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
    const { code, hidden } = this.tools;
    const place = code.inlines.at(thread.pc);
    if (this.kind === 'into' && hidden > 0) {
      const entered = this.enteredCall(place, hidden, thread);
      if (entered !== undefined) return this.doneIn(thread, entered);
    }
    this.settleIn(thread, code.row(thread.pc), hidden);
    return this.inside(thread);
  }

  /** Takes the thread's frame and the statement it is in for those of the step. */
  private settleIn(thread: Thread, row: StatementRange | undefined, hidden: number): void {
    const { code } = this.tools;
    const pc = thread.pc;
    const { calls } = code.inlines.at(pc);
    this.calls = calls.slice(0, calls.length - hidden);
    this.origin = hidden > 0 ? calls[calls.length - hidden]!.site : row;
    this.within = pc;
    this.frameCfa = code.stack(thread).frame(0)?.cfa ?? thread.sp;
    this.functionBounds = code.functionBounds(pc);
    // No line information: one instruction, over calls, as the disassembly on the screen suggests.
    const instruction = row ? undefined : code.instruction(pc);
    this.range = row ?? { start: pc, end: instruction ? endOf(instruction) : offsetBy(pc, 1) };
  }

  /** Goes on from the middle of a line in a frame around the one that the step was in. */
  private settleOutside(thread: Thread, row: StatementRange, hidden: number): void {
    this.settleIn(thread, row, hidden);
    // On code of a line that is no statement of it, the line's next statement is a place to stop.
    if (thread.pc === row.start && !row.isStmt) this.origin = NO_LINE;
  }

  /** The pc is in the stretch being stepped through. */
  private inside(thread: Thread): Move {
    const { code, exits, target } = this.tools;
    const instruction = code.instruction(thread.pc);
    if (instruction?.flow !== 'call') return INSTRUCTION;
    const returnAddress = endOf(instruction);
    const enters = this.kind === 'into' && this.origin !== undefined;
    if (!enters || (target && !(target.kind === 'call' && target.address === thread.pc))) {
      return this.runTo(new CallRun(exits, returnAddress, thread.sp));
    }
    this.entering = { returnAddress, sp: thread.sp };
    return INSTRUCTION;
  }

  /** Somewhere after a move of the step: inside the stretch, elsewhere in the function, back in the caller, or away. */
  private decide(thread: Thread): Move {
    const { code } = this.tools;
    const pc = thread.pc;
    if (thread.sp >= this.frameCfa) return this.returned(thread);
    if (pc >= this.range.start && pc < this.range.end) return this.inside(thread);
    if (!this.origin) return DONE;
    const row = code.row(pc);
    const here = this.functionBounds;
    const outside = here !== undefined && (pc < here.start || pc >= here.end);
    // With the frame torn down to the return address, a jump out of the function is a tail call; with the frame still
    // up it went to the function's own cold part.
    if (outside && (!row || thread.sp === offsetBy(this.frameCfa, -8))) return this.leaveByJump(thread);
    if (!row) {
      // Code of line 0: instruction by instruction, but for what it calls.
      this.range = { start: pc, end: offsetBy(pc, 1) };
      return this.inside(thread);
    }
    const place = code.inlines.at(pc);
    const visible = place.calls.slice(0, place.calls.length - place.entered);
    const isSame = isSameFrame(this.calls, visible);
    if (isSame && place.entered > 0) {
      if (this.isElsewhere(place.calls[visible.length]!.site)) return this.doneIn(thread, place.entered);
      return this.inInlined(thread, row, place);
    }
    if (!isSame && isWithin(this.calls, visible)) return this.inInlined(thread, row, place);
    if (pc === row.start && row.isStmt && this.isElsewhere(row)) return this.doneIn(thread, place.entered);
    // The middle of a line, or the same line again: step to its end.
    if (isSame) {
      this.range = row;
    } else {
      this.settleOutside(thread, row, place.entered);
    }
    return this.inside(thread);
  }

  /** At or in a call that was inlined into the step's frame. */
  private inInlined(thread: Thread, row: StatementRange, place: CodePlace): Move {
    const hidden =
      this.kind === 'into' ? this.enteredCall(place, place.calls.length - this.calls.length, thread) : undefined;
    if (hidden !== undefined) return this.doneIn(thread, hidden);
    this.range = row;
    return this.inside(thread);
  }

  /**
   * How many calls stay hidden when the innermost `candidates` calls around the pc may be stepped into: the outermost
   * one that is not skipped is entered. Undefined when all of them are.
   */
  private enteredCall(place: CodePlace, candidates: number, thread: Thread): number | undefined {
    const { calls, entered } = place;
    const { skip, target, code } = this.tools;
    // A call that does not begin here has been entered by a jump into its middle, and all calls around it too.
    for (let hidden = Math.min(candidates - 1, entered); hidden >= 0; hidden--) {
      const call = calls[calls.length - hidden - 1];
      if (!call) break;
      if (target) {
        if (target.kind === 'inlined' && target.key === call.key) return hidden;
        continue;
      }
      const file = hidden > 0 ? calls[calls.length - hidden]!.site.file : code.row(thread.pc)?.file;
      if (!skip.skips(call.name, file)) return hidden;
    }
    return undefined;
  }

  private doneIn(thread: Thread, hidden: number): Move {
    thread.hiddenCalls = hidden;
    return DONE;
  }

  private isElsewhere(place: Line): boolean {
    const origin = this.origin!;
    const isOtherFile = place.file !== undefined && origin.file !== undefined && place.file !== origin.file;
    return place.line !== origin.line || isOtherFile;
  }

  /** The thread stands at the first instruction of a function that the step may end in. */
  private enter(thread: Thread): Move {
    const { code, exits, target, skip } = this.tools;
    const { returnAddress, sp } = this.entering!;
    const pc = thread.pc;
    if (code.isPlt(pc)) {
      const destination = code.pltTarget(pc);
      const isTarget = destination !== undefined && (target !== undefined || code.hasLines(destination));
      if (isTarget) return this.runTo(new CallRun(exits, returnAddress, sp, [{ address: destination }]));
    } else if (target || code.hasLines(pc)) {
      this.entering = undefined;
      if (!target && code.isSkippedFunction(pc, skip)) {
        this.through = new SkipThrough(this.tools, returnAddress, sp);
        return this.passThrough(thread, undefined);
      }
      return this.land(pc, returnAddress, sp);
    } else {
      // A thunk jumps on to the function that was meant.
      const instruction = code.instruction(pc);
      if (instruction?.flow === 'jump' && instruction.target !== undefined) return INSTRUCTION;
    }
    this.entering = undefined;
    return this.runTo(new CallRun(exits, returnAddress, sp));
  }

  /** Ends the step past the prologue of the function at `pc`. */
  private land(pc: VirtAddr, returnAddress: VirtAddr, sp: VirtAddr): Move {
    const end = this.tools.code.pastPrologue(pc);
    if (end === pc) return DONE;
    this.prologueEnd = end;
    return this.runTo(new CallRun(this.tools.exits, returnAddress, sp, [{ address: end }]));
  }

  /** Through functions that are skipped, until one is reached that is not, or the call is over. */
  private passThrough(thread: Thread, arrived: RunStop | undefined): Move {
    const { through } = this;
    const next = through!.advance(thread, arrived);
    if (next !== 'landed' && next !== 'returned' && next !== 'inlined') return next;
    this.through = undefined;
    if (next === 'inlined') return DONE;
    if (next === 'returned') return this.decide(thread);
    return this.land(thread.pc, through!.returnAddress, through!.sp);
  }

  private isStepTarget(arrived: RunStop): boolean {
    return this.entering !== undefined && arrived.address !== this.entering.returnAddress;
  }

  /** A jump out of the function: a tail call, which returns to our caller in our place. */
  private leaveByJump(thread: Thread): Move {
    const { memory, exits } = this.tools;
    const returnSlot = offsetBy(this.frameCfa, -8);
    const returnAddress = readUint(memory, returnSlot, 8);
    if (returnAddress === undefined) return DONE;
    if (this.kind === 'into') {
      this.entering = { returnAddress: virtAddr(returnAddress), sp: this.frameCfa };
      return this.enter(thread);
    }
    return this.runTo(new CallRun(exits, virtAddr(returnAddress), this.frameCfa));
  }

  /**
   * The frame is gone. In the middle of the caller's statement the step goes on to the end of that statement, as gdb's
   * does; a caller without source is left for the nearest one that has some.
   */
  private returned(thread: Thread): Move {
    const { code, exits } = this.tools;
    this.entering = undefined;
    if (thread.sp === this.frameCfa) thread.returned = takeReturned(code, thread, this.within);
    if (!this.origin) return DONE;
    const row = code.row(thread.pc);
    if (row) {
      if (thread.pc === row.start && row.isStmt) return DONE;
      this.settleOutside(thread, row, code.inlines.at(thread.pc).entered);
      return this.inside(thread);
    }
    const outer = code.callerWithLines(thread, 1);
    if (!outer) return { kind: 'release' };
    return this.runTo(new CallRun(exits, outer.frame.pc, outer.callee.cfa));
  }

  private runTo(run: CallRun): Move {
    this.run = run;
    return run.begin();
  }
}
