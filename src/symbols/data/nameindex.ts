/**
 * What a module's data asks of an index of its names: where something of a simple name is defined. The index answers
 * with candidates; names and scopes are verified at the entries themselves, so hashing is good enough.
 */
import type { Die } from '../dwarf/die';

export type NameKind = 'variable' | 'type' | 'function' | 'enumerator';

export interface NameIndex {
  /**
   * Entries that may define something of a kind: those whose simple name, with or without template arguments, is
   * `simpleName`, wherever they are. Declarations need not be among them. Never throws; at most `limit` entries.
   */
  find(simpleName: string, kind: NameKind, limit: number): Iterable<Die>;
}

/** How a module comes by its index. */
export interface NameIndexSource {
  /** Undefined until it is built or loaded. */
  readonly ready: NameIndex | undefined;
  /** It is being built and will be there, or not, when `build` resolves. */
  readonly isPending: boolean;
  /** Builds or loads it off the main thread; resolves when `ready` is there, or cannot be. Never rejects. */
  build(): Promise<void>;
}
