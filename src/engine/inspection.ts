/** Looking at a stopped process: stacks, names, lines, and what expressions may see. */
import type { VirtAddr } from '../common/addresses';
import type { MemoryAccess } from '../common/readers';
import type { EvaluationContext } from '../expr/expression';
import type { FrameData } from '../symbols/data/variables';
import type { Module } from '../symbols/module';
import type { ModuleList } from '../symbols/modulelist';
import type { SourcePaths } from '../symbols/sourcepaths';
import { InnermostCfa } from '../symbols/unwind/innermostcfa';
import { Evaluation } from './evaluation';
import { frameData, globalData, type FrameProcess } from './framedata';
import { HitFrame } from './hitframe';
import { ThreadStack, type StackFrame } from './stack';
import { Presentation } from './presentation';
import type { CodeMap } from './stepping/codemap';
import type { Thread } from './thread';
import type { CheckedBreakpoint } from './breakpoints';
import type { FrameIdentity } from './types';

export interface SymbolicAddress {
  readonly name: string;
  /** Bytes from the symbol's start. */
  readonly offset: bigint;
  readonly module?: Module;
}

/** Frames looked at to find one. */
const MAX_SEARCHED = 10_000;

export class Inspection {
  private readonly stacks = new Map<Thread, { generation: number; stack: ThreadStack }>();
  readonly presentation: Presentation;
  readonly evaluation: Evaluation;
  private readonly process: FrameProcess;
  private readonly innermostCfa: InnermostCfa;

  constructor(
    private readonly modules: ModuleList,
    private readonly memory: MemoryAccess,
    private readonly code: CodeMap,
    private readonly paths: SourcePaths,
    auxiliary: FrameProcess['auxiliary'],
  ) {
    this.process = { memory, modules, auxiliary };
    this.innermostCfa = new InnermostCfa(memory, (pc) => modules.at(pc));
    this.evaluation = new Evaluation(modules, memory, (address) => this.symbolize(address));
    this.presentation = new Presentation(code);
  }

  /** The stack of a stopped thread; the same object until the thread runs again. */
  stack(thread: Thread): ThreadStack {
    return this.stackShowing(thread, this.presentation.hidden(thread));
  }

  private stackShowing(thread: Thread, hidden: number): ThreadStack {
    const known = this.stacks.get(thread);
    if (known?.generation === thread.generation && known.stack.hidden === hidden) return known.stack;
    const stack = new ThreadStack(thread.registers, this.memory, this.modules, this.paths, this.code.inlines, hidden);
    this.stacks.set(thread, { generation: thread.generation, stack });
    return stack;
  }

  /** The thread's registers were written, or it is gone: its stack is another one. */
  forgetStack(thread: Thread): void {
    this.stacks.delete(thread);
  }

  /** Memory was written: every stack may be another one. */
  forgetStacks(): void {
    this.stacks.clear();
    this.innermostCfa.forget();
  }

  /** Modules have come or gone, or more of their names are known. */
  modulesChanged(): void {
    this.forgetStacks();
    this.evaluation.forget();
  }

  symbolize(address: VirtAddr): SymbolicAddress | undefined {
    const module = this.modules.at(address);
    const found = module?.symbolAt(address);
    return found && { name: found.displayName, offset: found.offset, module };
  }

  lineAt(address: VirtAddr): { path: string; line: number; column: number } | undefined {
    const row = this.code.row(address);
    return row && { path: this.paths.toLocal(row.file), line: row.line, column: row.column };
  }

  /** What an expression sees in a frame; with `write` it may assign, to registers in the innermost frame only. */
  frameContext(frame: StackFrame | undefined, access: 'read' | 'write'): EvaluationContext {
    const thread = frame && this.threadOf(frame);
    if (!frame || !thread) return this.evaluation.context(globalData(this.process), undefined, access);
    const data = frameData(this.process, this.stack(thread), frame);
    return this.evaluation.context(data, frame.physicalIndex === 0 ? thread : undefined, access);
  }

  /** What conditions and log messages see at a hit: the frame whose line the breakpoint is on, or that it belongs to. */
  threadContext(thread: Thread, breakpoint: Omit<CheckedBreakpoint, 'id' | 'hitCount'>): EvaluationContext {
    const own = breakpoint.frame && this.frameOf(thread, breakpoint.frame);
    if (own) return this.evaluation.context(this.frameData(thread, own), undefined, 'read');
    const stack = () => this.stackShowing(thread, this.presentation.forBreakpoint(thread, breakpoint));
    return this.evaluation.context(new HitFrame(this.process, thread, stack, this.innermostCfa), undefined, 'read');
  }

  /** What the names of code at an address are; there is no frame, so that nothing can be read of one. */
  placeContext(address: VirtAddr): EvaluationContext {
    return this.evaluation.context({ ...globalData(this.process), lookupPc: address }, undefined, 'read');
  }

  /** A frame of a thread as the rooms of data see it. */
  frameData(thread: Thread, frame: StackFrame): FrameData {
    return frameData(this.process, this.stack(thread), frame);
  }

  /** The activation that a data breakpoint belongs to, while it is on the thread's stack. */
  private frameOf(thread: Thread, { tid, cfa }: FrameIdentity): StackFrame | undefined {
    if (tid !== thread.tid) return undefined;
    const stack = this.stack(thread);
    for (let index = 0; index < MAX_SEARCHED; index++) {
      const frame = stack.frame(index);
      // Inlined calls share the CFA; the function that contains them comes last.
      if (!frame || (frame.cfa === cfa && stack.frame(index + 1)?.cfa !== cfa)) return frame;
    }
    return undefined;
  }

  private threadOf(frame: StackFrame): Thread | undefined {
    for (const [thread, { stack }] of this.stacks) if (stack.frame(frame.index) === frame) return thread;
    return undefined;
  }
}
