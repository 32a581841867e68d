/** Frame ids: valid for one stop, then never again, so that a late request cannot look into the wrong frame. */
import { UserError } from '../common/errors';
import type { Tid } from '../engine/types';

export interface FramePlace {
  readonly tid: Tid;
  /** 0 is the innermost frame. */
  readonly depth: number;
}

export class FrameTable {
  private first = 1;
  private places: FramePlace[] = [];
  /** By depth, for each thread. */
  private readonly ids = new Map<Tid, (number | undefined)[]>();

  /** The process has run: every id given so far is stale. */
  reset(): void {
    this.first += this.places.length;
    this.places = [];
    this.ids.clear();
  }

  /** The id of a frame at this stop; the same frame keeps it. */
  idOf(tid: Tid, depth: number): number {
    let ids = this.ids.get(tid);
    if (!ids) this.ids.set(tid, (ids = []));
    let id = ids[depth];
    if (id === undefined) {
      id = this.first + this.places.length;
      this.places.push({ tid, depth });
      ids[depth] = id;
    }
    return id;
  }

  /** Throws UserError for an id of an earlier stop and for one that never was. */
  place(id: number): FramePlace {
    const place = this.places[id - this.first];
    if (place) return place;
    throw id > 0 && id < this.first
      ? new UserError(`Frame ${id} is of an earlier stop: ask for the stack trace again.`, { code: 'stale-frame' })
      : new UserError(`There is no frame ${id}.`, { code: 'no-such-frame' });
  }
}
