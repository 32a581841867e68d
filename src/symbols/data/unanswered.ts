/** Who had to do without an index that is still being built, and has to ask again when it is there. */
import type { DataModule } from './variables';

/** What came of something that looks names up. */
export interface Asked<T> {
  readonly result: T;
  /** Modules whose index it lacked; empty when the result is final. */
  readonly lacking: readonly DataModule[];
}

/** Does something that looks names up, and tells which of the modules could not answer yet. Throws what it throws. */
export function asking<T>(modules: Iterable<DataModule>, action: () => T): Asked<T> {
  const before = [...modules].map((module) => ({ module, count: module.data.unanswered }));
  const result = action();
  const lacking = before.filter(({ module, count }) => module.data.unanswered > count).map(({ module }) => module);
  return { result, lacking };
}
