/**
 * Variables references. They name a place (a thread, a frame, a path inside it), not a value, and are never given to
 * another: after a step the same variable has the same number, so that a client keeps its tree open. A frame is known by
 * its function and its CFA rather than by its depth, so that a tree outlives calls that are stepped into.
 */
import { UserError } from '../common/errors';
import type { FramePlace } from './frames';

/** A frame, whatever is called from it meanwhile. */
export interface FrameKey extends FramePlace {
  /** Tells the frame from others of the thread; '' where there is no frame. */
  readonly identity: string;
}

export interface ReferencedPlace {
  readonly frame: FrameKey;
  /** What is shown there, outermost first, e.g. `['registers', 'sse', 'xmm0', 'v4_float']`. */
  readonly path: readonly string[];
}

interface Entry {
  readonly key: string;
  readonly parent: number;
  readonly segment: string;
  /** Of those without a parent; its depth is where the frame was last seen. */
  frame: FrameKey | undefined;
}

/** References that are kept at least, of those used last. A client that has paged through more asks again. */
const KEPT = 100_000;

export class References {
  private next = 1;
  private readonly numbers = new Map<string, number>();
  /** What has been used since the last clearing, and before it. */
  private young = new Map<number, Entry>();
  private old = new Map<number, Entry>();

  /** The number of a place, above 0. */
  numberOf(frame: FrameKey, path: readonly string[]): number {
    const root = this.number(`${frame.tid}/${frame.identity}`, 0, '', frame);
    this.entry(root)!.frame = frame;
    return path.reduce((parent, segment) => this.child(parent, segment), root);
  }

  /** The number of what is called `segment` inside of a place. */
  child(parent: number, segment: string): number {
    return this.number(`${parent}/${segment}`, parent, segment, undefined);
  }

  /** Throws UserError for a number that was never given, or so long ago that it has been forgotten. */
  place(number: number): ReferencedPlace {
    const path: string[] = [];
    for (let at = number; ;) {
      const entry = this.entry(at);
      if (!entry) throw new UserError(`There is no variables reference ${number}.`, { code: 'no-such-reference' });
      if (entry.frame) return { frame: entry.frame, path: path.reverse() };
      path.push(entry.segment);
      at = entry.parent;
    }
  }

  private number(key: string, parent: number, segment: string, frame: FrameKey | undefined): number {
    // Used again, or about to have something in it: it is to stay.
    if (parent > 0) this.entry(parent);
    const known = this.numbers.get(key);
    if (known !== undefined) {
      this.entry(known);
      return known;
    }
    const number = this.next++;
    this.numbers.set(key, number);
    this.keep(number, { key, parent, segment, frame });
    return number;
  }

  private entry(number: number): Entry | undefined {
    const young = this.young.get(number);
    if (young) return young;
    const old = this.old.get(number);
    if (old) {
      this.old.delete(number);
      this.keep(number, old);
    }
    return old;
  }

  private keep(number: number, entry: Entry): void {
    this.young.set(number, entry);
    if (this.young.size < KEPT) return;
    for (const { key } of this.old.values()) this.numbers.delete(key);
    this.old = this.young;
    this.young = new Map();
  }
}
