/** Moving the instruction pointer by hand: to another line, or back to where a function began. */
import type { VirtAddr } from '../common/addresses';
import type { Inspection } from './inspection';
import type { RunControl } from './runcontrol';
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
    private readonly control: () => RunControl,
  ) {}

  /** Lets a stopped thread go on from elsewhere when it next runs, and reports a stop there. */
  goto(thread: Thread, address: VirtAddr, line: SourceLine): void {
    this.place(thread, address);
    thread.hiddenCalls = this.inspection.presentation.atLine(thread, line.path, line.line) ?? 0;
    this.control().stopAll(thread, { kind: 'moved', by: 'goto' });
  }

  private place(thread: Thread, address: VirtAddr): void {
    thread.registers.pc = address;
    thread.registers.origRax = NO_SYSCALL;
    thread.returned = undefined;
    this.inspection.forgetStack(thread);
  }
}
