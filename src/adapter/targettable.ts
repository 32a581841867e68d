/** Ids of what a client may choose from at a stop (places to go to, calls to enter), gone when the process runs. */
import { UserError } from '../common/errors';

export class TargetTable<T> {
  private first = 1;
  private entries: T[] = [];

  /** @param what a word for one of them, for complaints */
  constructor(private readonly what: string) {}

  /** The process has run: every id given so far is stale. */
  reset(): void {
    this.first += this.entries.length;
    this.entries = [];
  }

  add(entry: T): number {
    this.entries.push(entry);
    return this.first + this.entries.length - 1;
  }

  /** Throws UserError for an id of an earlier stop and for one that never was. */
  at(id: number): T {
    const entry = this.entries[id - this.first];
    if (entry !== undefined) return entry;
    throw new UserError(`There is no ${this.what} ${id} at this stop: ask for them again.`, { code: 'no-such-target' });
  }
}
