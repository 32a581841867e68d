/** Moving the instruction pointer by hand: to another line, or back to where a function began. */
import type { VirtAddr } from '../common/addresses';
import type { Inspection } from './inspection';
import { restartedFrame } from './restartframe';
import type { RunControl } from './runcontrol';
import type { StackFrame } from './stack';
import type { CodeMap } from './stepping/codemap';
import type { Move, RunStop, StepPlan } from './stepping/plan';
import type { Thread } from './thread';

/** No system call: keeps the kernel from restarting an interrupted one at the new place (arch/x86/kernel/signal.c). */
const NO_SYSCALL = 0xffff_ffff_ffff_ffffn;

/** A place in the source, which says in which of the frames at an address a stop is shown. */
export interface SourceLine {
  readonly path: string;
  /** 1-based. */
  readonly line: number;
}

export class Navigation {
  constructor(
    private readonly inspection: Inspection,
    private readonly code: CodeMap,
    private readonly control: () => RunControl,
  ) {}

  /** Lets a stopped thread go on from elsewhere when it next runs, and reports a stop there. */
  goto(thread: Thread, address: VirtAddr, line: SourceLine): void {
    this.place(thread, address);
    thread.hiddenCalls = this.inspection.presentation.atLine(thread, line.path, line.line) ?? 0;
    this.control().stopAll(thread, { kind: 'moved', by: 'goto' });
  }

  /**
   * Begins the function of a frame again: the frames that it has called are gone, and its parameters keep the values
   * they have. The stop is reported past its prologue. Throws UserError.
   */
  restart(thread: Thread, frame: StackFrame): void {
    const { inspection, code } = this;
    const { pc, sp, registers } = restartedFrame(inspection.stack(thread), frame, inspection.frameData(thread, frame));
    for (const [name, value] of registers) thread.registers.set(name, value);
    thread.registers.sp = sp;
    this.place(thread, pc);
    thread.hiddenCalls = undefined;
    thread.visited = pc;
    this.control().startPlan(thread, new ToBody(code.pastPrologue(pc)));
  }

  private place(thread: Thread, address: VirtAddr): void {
    thread.registers.pc = address;
    thread.registers.origRax = NO_SYSCALL;
    thread.returned = undefined;
    this.inspection.forgetStack(thread);
  }
}

/** Runs the prologue of a function that begins again. */
class ToBody implements StepPlan {
  constructor(private readonly body: VirtAddr) {}

  advance(thread: Thread, arrived: RunStop | undefined): Move {
    if (!arrived && thread.pc !== this.body) return { kind: 'run', stops: [{ address: this.body }] };
    return { kind: 'done', reason: { kind: 'moved', by: 'restart' } };
  }
}
