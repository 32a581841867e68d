/**
 * The names of one module: what is defined, where, and in which scope. Parallel arrays, sorted by hash, that can be
 * handed between threads and kept in a file. Names themselves are not kept: a match is verified at its entry.
 */

/** What an entry is. The numbers are part of the file format. */
export const EntryKind = { namespace: 1, type: 2, function: 3, variable: 4, enumerator: 5 } as const;
export type EntryKind = (typeof EntryKind)[keyof typeof EntryKind];

export const KIND_MASK = 7;
/** The scope need not be written: an inline or anonymous namespace. */
export const TRANSPARENT = 8;

/** Where a unit is. The numbers are part of the file format. */
export const UnitPlace = {
  /** .debug_info of the module's debug file. */
  info: 0,
  /** .debug_types of it. */
  types: 1,
  /** .debug_info of the file it shares with others (dwz). */
  alternate: 2,
  /** The split unit of the skeleton at that offset of .debug_info. */
  split: 3,
} as const;
export type UnitPlace = (typeof UnitPlace)[keyof typeof UnitPlace];

/** Plain data: what the worker sends and the cache file holds. */
export interface IndexTables {
  /** `offset * 4 + place` of each unit that has an entry. */
  readonly units: Float64Array;
  /** By entry, ascending: hash of the name without template arguments. */
  readonly base: Uint32Array;
  /** By entry: hash of the whole name. */
  readonly full: Uint32Array;
  /** By entry: index in `units`. */
  readonly unit: Uint32Array;
  /** By entry: bytes from the unit's header to the entry. */
  readonly die: Uint32Array;
  /** By entry: index of the entry of the scope around it, or -1. */
  readonly parent: Int32Array;
  /** By entry: EntryKind and flags. */
  readonly kind: Uint8Array;
}

/** Index range [start, end) of the entries with a hash. */
export function entriesOf(tables: IndexTables, base: number): { start: number; end: number } {
  return { start: lowerBound(tables.base, base), end: lowerBound(tables.base, base + 1) };
}

function lowerBound(sorted: Uint32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
