/**
 * In which of the frames that share a pc a stop is shown. Where inlined calls begin, gdb shows the code in front of
 * them after a step, and so do we; a breakpoint is shown in the frame whose line the user clicked on.
 */
import { basename } from 'node:path';
import { namePattern } from '../symbols/symbolsearch';
import type { InlineFrames } from './inlineframes';
import type { CodeMap } from './stepping/codemap';
import type { Thread } from './thread';
import type { Breakpoint, StopReason } from './types';

export class Presentation {
  private readonly inlines: InlineFrames;

  constructor(private readonly code: CodeMap) {
    this.inlines = code.inlines;
  }

  /** How many of the inlined calls around the pc of a stopped thread have not been entered, as the stop is shown. */
  hidden(thread: Thread): number {
    if (thread.hiddenCalls !== undefined) return thread.hiddenCalls;
    if (!thread.stoppedFor) return 0;
    return (thread.hiddenCalls = this.choose(thread, thread.stoppedFor));
  }

  private choose(thread: Thread, reason: StopReason): number {
    switch (reason.kind) {
      // What faulted is the inlined code.
      case 'signal':
      case 'trap':
      case 'syscall':
        return 0;
      case 'breakpoint':
        return Math.min(...reason.hit.map((breakpoint) => this.forBreakpoint(thread, breakpoint)));
      default:
        return this.inlines.at(thread.pc).entered;
    }
  }

  /** The same at a breakpoint, for what is evaluated before it is known whether it stops. */
  forBreakpoint(
    thread: Thread,
    { kind, source, functionName }: Partial<Pick<Breakpoint, 'kind' | 'source' | 'functionName'>>,
  ): number {
    if (kind === 'function') return this.atFunction(thread, functionName ?? '');
    if (kind === 'instruction' || !source) return 0;
    return this.atLine(thread, source.path, source.line) ?? 0;
  }

  /** The number of calls to hide so that the innermost frame is the function's own, or its inlined copy that begins here. */
  private atFunction(thread: Thread, name: string): number {
    const { calls, entered } = this.inlines.at(thread.pc);
    if (entered === 0) return 0;
    const pattern = namePattern(name.slice(name.indexOf('!') + 1));
    for (let hidden = entered - 1; hidden >= 0; hidden--) {
      const called = calls[calls.length - 1 - hidden]!.scope.function;
      if (called && pattern?.matches(called.linkageName, called.qualifiedName)) return hidden;
    }
    return entered;
  }

  /** The number of calls to hide so that the innermost frame is at a line; undefined when none of them is. */
  atLine(thread: Thread, path: string, line: number): number | undefined {
    const { calls, entered } = this.inlines.at(thread.pc);
    const name = basename(path);
    for (let hidden = 0; hidden <= entered; hidden++) {
      const place = hidden === 0 ? this.code.row(thread.pc) : calls[calls.length - hidden]!.site;
      if (place?.line === line && (place.file === undefined || basename(place.file) === name)) return hidden;
    }
    return undefined;
  }
}
