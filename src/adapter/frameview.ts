/**
 * What is known of one frame while it stands still: its names, its memory (each page read once), and the lines of the
 * Variables view that have been made of it. As the engine makes frames anew when anything has changed, a view lives
 * exactly as long as what it remembers is true.
 */
import { basename } from 'node:path';
import { virtAddr } from '../common/addresses';
import { UserError } from '../common/errors';
import { CachedMemory } from '../common/cachedmemory';
import type { StackFrame } from '../engine/stack';
import type { EvaluationContext } from '../expr/expression';
import { Presenter } from '../expr/presentation/presenter';
import { PLAIN, type ValueFormat } from '../expr/presentation/valueformat';
import type { FormatLimits } from '../expr/formatter';
import type { Language } from '../symbols/data/types';
import type { DataScope } from '../symbols/data/variables';
import { frameAt } from './expressions';
import type { FramePlace } from './frames';
import type { FrameKey } from './references';
import type { Session } from './session';
import type { ValueNode } from './valuenode';

/** What a frame is known by while calls come and go above it. */
function identityOf(frame: StackFrame): string {
  const start = frame.functionAddress ?? frame.pc;
  return `${start.toString(36)}.${frame.cfa.toString(36)}.${frame.inlineDepth}`;
}

export class FrameView {
  /** Reads only. */
  readonly space: EvaluationContext;
  readonly key: FrameKey;
  /** Lines by their references, for as long as the view lives. */
  readonly nodes = new Map<number, ValueNode>();
  /** The lines of its scopes. */
  readonly scopes = new Map<string, ValueNode[]>();
  private readonly presenters = new Map<string, Presenter>();

  private constructor(
    private readonly session: Session,
    place: FramePlace,
    /** Undefined: what is global is looked at, of a process that may be running. */
    readonly frame: StackFrame | undefined,
  ) {
    const { target } = session;
    this.key = { ...place, identity: frame ? identityOf(frame) : '' };
    this.space = {
      ...target.evaluationContext(frame, 'read'),
      memory: frame ? new CachedMemory(target.memory) : target.memory,
      format: (value) => this.presenter().formatted(value),
    };
  }

  /** The view of a frame; the same one until the thread runs or something is written. Throws UserError. */
  static at(session: Session, place: FramePlace): FrameView {
    const frame = frameAt(session, place);
    let view = views.get(frame);
    if (!view) views.set(frame, (view = new FrameView(session, place, frame)));
    return view;
  }

  /** What can be seen without a frame. */
  static global(session: Session): FrameView {
    return new FrameView(session, { tid: 0, depth: 0 }, undefined);
  }

  /** The view of the frame that a reference was made for, wherever on the stack it is now. Throws UserError. */
  static of(session: Session, key: FrameKey): FrameView {
    if (key.identity === '') return FrameView.global(session);
    return FrameView.at(session, { tid: key.tid, depth: depthOf(session, key) });
  }

  get scope(): DataScope | undefined {
    return this.frame?.scope;
  }

  /** What stands in the place of the frame's variables when the file that would describe them is not to be had. */
  get missing(): string | undefined {
    const { module, lookupPc } = this.frame ?? {};
    const file = module && lookupPc && module.data.missingFileAt(module.toFile(lookupPc));
    if (file === undefined) return undefined;
    const isThere = !module!.problems.some((problem) => problem.startsWith(`${file} is missing`));
    return `<${basename(file)} ${isThere ? 'cannot be used' : 'is missing'}>`;
  }

  get hasDebugInfo(): boolean {
    return this.frame?.module?.data.hasDebugInfo ?? false;
  }

  get language(): Language {
    const { frame } = this;
    return (frame?.module && frame.module.data.languageAt(frame.module.toFile(frame.lookupPc))) ?? 'c';
  }

  /** What values have that nobody has given a format. */
  get defaultFormat(): ValueFormat {
    return this.session.formatting.format;
  }

  /** How values are shown, with the session's settings. */
  presenter(own: ValueFormat = PLAIN, limits?: FormatLimits): Presenter {
    const format = { ...this.defaultFormat, ...own };
    const key = `${format.number ?? ''}/${format.isRaw ?? ''}/${format.count ?? ''}/${limits ? 'own' : ''}`;
    let presenter = this.presenters.get(key);
    if (!presenter || limits) {
      const { target, formatting } = this.session;
      presenter = new Presenter({
        registry: formatting.registry,
        limits: limits ?? formatting.limits,
        format,
        language: this.language,
        placeOf: (code) => {
          const line = target.lineAt(virtAddr(code));
          return line && `${basename(line.path)}:${line.line}`;
        },
      });
      if (!limits) this.presenters.set(key, presenter);
    }
    return presenter;
  }
}

const views = new WeakMap<StackFrame, FrameView>();

/** Frames looked at in search of one: deeper ones are not worth the unwinding. */
const MAX_SEARCH = 2000;

/** Where the frame of a key is now. Throws UserError when it has returned. */
function depthOf(session: Session, key: FrameKey): number {
  const stack = session.target.stack(key.tid);
  const last = stack.frame(key.depth);
  if (last && identityOf(last) === key.identity) return key.depth;
  for (let depth = 0; depth < MAX_SEARCH; depth++) {
    const frame = stack.frame(depth);
    if (!frame) break;
    if (identityOf(frame) === key.identity) return depth;
  }
  throw new UserError('The frame of this variable has returned.', { code: 'no-such-frame' });
}
