/**
 * Variables references. They name a place (a thread, a frame depth, a path inside it), not a value, and are never given
 * to another: after a step the same register group has the same number, so that a client keeps its tree open.
 */
import { UserError } from '../common/errors';
import type { FramePlace } from './frames';

export interface ReferencedPlace extends FramePlace {
  /** What is shown there, outermost first, e.g. `['registers', 'sse', 'xmm0', 'v4_float']`. */
  readonly path: readonly string[];
}

export class References {
  private readonly places: ReferencedPlace[] = [];
  private readonly numbers = new Map<string, number>();

  /** The number of a place, above 0. */
  numberOf(frame: FramePlace, path: readonly string[]): number {
    const key = `${frame.tid}/${frame.depth}/${path.join('/')}`;
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.places.push({ tid: frame.tid, depth: frame.depth, path });
      this.numbers.set(key, number);
    }
    return number;
  }

  /** Throws UserError for a number that was never given. */
  place(number: number): ReferencedPlace {
    const place = this.places[number - 1];
    if (!place) throw new UserError(`There is no variables reference ${number}.`, { code: 'no-such-reference' });
    return place;
  }
}
