/** The call stack, a page at a time: no more frames are unwound than the client looks at. */
import * as v from 'valibot';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { formatAddress, type VirtAddr } from '../common/addresses';
import { UserError } from '../common/errors';
import type { StackFrame, ThreadStack } from '../engine/stack';
import { request, type RequestContext } from './request';
import type { Session } from './session';
import { isSkipped } from './skip';
import { fileSource } from './sources';
import { flag, integer, natural } from './validation';

/** Frames unwound between two looks at the other requests, which may cancel this one. */
const BATCH = 2000;

type Format = v.InferOutput<typeof formatSchema>;

const formatSchema = v.object({
  module: v.optional(flag),
  line: v.optional(flag),
  includeAll: v.optional(flag),
});

/** `memcpy+12`, `libc.so.6!memcpy`, `main:12` or, without a name, the address. */
function frameName(frame: StackFrame, hasSource: boolean, format: Format): string {
  if (frame.isSignalFrame) return '<signal handler called>';
  let name = frame.functionName ?? formatAddress(frame.pc);
  if (frame.functionName !== undefined && !hasSource && frame.functionOffset) name += `+${frame.functionOffset}`;
  if (format.module && frame.module) name = `${frame.module.name}!${name}`;
  if (format.line && frame.source) name += `:${frame.source.line}`;
  return name;
}

/** What a response says of a frame, but for its id. */
type Description = Omit<DebugProtocol.StackFrame, 'id'>;

/** Describes frames; those of a recursion look alike, so each place in the code is described once. */
class FrameDescriber {
  private readonly known = new Map<VirtAddr, { readonly frame: StackFrame; readonly description: Description }[]>();

  constructor(
    private readonly session: Session,
    private readonly tid: number,
    private readonly format: Format,
  ) {}

  describe(frame: StackFrame): DebugProtocol.StackFrame {
    const id = this.session.frames.idOf(this.tid, frame.index);
    let place = this.known.get(frame.pc);
    if (!place) this.known.set(frame.pc, (place = []));
    const known = place[frame.inlineDepth];
    if (known && looksLike(frame, known.frame)) return withId(id, known.description);
    const description = describeFrame(this.session, frame, this.format);
    place[frame.inlineDepth] = { frame, description };
    return withId(id, description);
  }
}

/** Whether two frames of one pc are described alike: the innermost and interrupted ones are looked up otherwise. */
function looksLike(a: StackFrame, b: StackFrame): boolean {
  return (
    a.lookupPc === b.lookupPc &&
    a.isSignalFrame === b.isSignalFrame &&
    a.physicalIndex > 0 === b.physicalIndex > 0 &&
    a.index > 0 === b.index > 0
  );
}

/** Written out because a spread of this many frames would take longer than finding them. */
function withId(id: number, description: Description): DebugProtocol.StackFrame {
  const { name, source, line, column, instructionPointerReference, moduleId, presentationHint, canRestart } =
    description;
  return { id, name, source, line, column, instructionPointerReference, moduleId, presentationHint, canRestart };
}

function describeFrame(session: Session, frame: StackFrame, format: Format): Description {
  const { client } = session;
  const known = frame.source && session.sourceFiles.exists(frame.source.path) ? frame.source : undefined;
  const system = frame.module === undefined || frame.module.isSystem || isSkipped(session.target.skip, frame);
  const described = {
    name: frameName(frame, known !== undefined, format),
    instructionPointerReference: formatAddress(frame.pc),
    ...(frame.module && { moduleId: frame.module.id }),
    ...((frame.isInlined || frame.isSignalFrame) && { canRestart: false }),
    ...((system || !known) && { presentationHint: 'subtle' as const }),
  };
  if (known) {
    return {
      ...described,
      source: { ...fileSource(session, known.path), ...(system && { presentationHint: 'deemphasize' as const }) },
      line: client.line(known.line),
      column: client.column(known.column),
    };
  }
  const listing = session.disassemblySources.forFrame(frame);
  if (!listing) return { ...described, line: 0, column: 0 };
  return {
    ...described,
    // The client goes to the first frame that is not de-emphasised: the user's own program, even without sources.
    source: { ...listing.source, ...(system && frame.index > 0 && { presentationHint: 'deemphasize' as const }) },
    line: client.line(listing.line),
    column: client.column(1),
  };
}

async function collect(
  stack: ThreadStack,
  start: number,
  count: number,
  session: Session,
  context: RequestContext,
): Promise<StackFrame[]> {
  const stop = session.alive.lastStop;
  const frames: StackFrame[] = [];
  for (;;) {
    const wanted = Math.min(BATCH, count - frames.length);
    const batch = stack.frames(start + frames.length, wanted);
    for (const frame of batch) frames.push(frame);
    if (batch.length < wanted || frames.length >= count) return frames;
    await new Promise((resolve) => setImmediate(resolve));
    context.throwIfCancelled();
    if (session.alive.lastStop !== stop || session.target.running) {
      throw new UserError('The program ran on before the stack was complete.', { code: 'running' });
    }
  }
}

export const stackTrace = request(
  'process',
  v.object({
    threadId: integer,
    startFrame: v.optional(natural),
    levels: v.optional(natural),
    format: v.optional(formatSchema),
  }),
  async (session, { threadId, startFrame = 0, levels = 0, format = {} }, context) => {
    const stack = session.target.stack(threadId);
    const frames = await collect(stack, startFrame, levels === 0 ? Infinity : levels, session, context);
    const describer = new FrameDescriber(session, threadId, format);
    const stackFrames = frames.map((frame) => describer.describe(frame));
    const seen = startFrame + frames.length;
    // Too large a total makes a client ask on; only the last page knows the true one.
    const more = frames.length === levels && levels > 0 && stack.knownDepth === undefined ? levels : 0;
    return { stackFrames, totalFrames: Math.max(stack.knownDepth ?? 0, frames.length > 0 ? seen + more : 0) };
  },
);
