/**
 * Which entries of a large symbol table decide what is at an address, without sorting it: entries are put into buckets of
 * addresses, by one walk over the table, and a question looks at a bucket or two. (Half a million symbols: 50 ms of CPU
 * time, where decoding and sorting them takes 200.)
 */
import { SHN_UNDEF, STT_FILE } from './constants';
import {
  blocks,
  type Entries,
  entriesAt,
  entryCount,
  HIGH,
  isPlace,
  type RawSymbols,
  SYM_WORDS,
} from './symbolrecords';

/** Symbols in a bucket when they are spread evenly. */
const PER_BUCKET = 16;
/** The bucket of what is at no place. */
const NONE = 0xffff_ffff;

export class SymbolBuckets {
  /** Entries of bucket b: indexes[first[b] … first[b + 1]], in the table's order. */
  private readonly first: Uint32Array;
  private readonly indexes: Uint32Array;
  /** The largest end of any symbol of a bucket and those below it. */
  private readonly reach: Float64Array;
  private readonly low: number;
  private readonly width: number;
  private readonly count: number;

  /**
   * @param low  where the file's addresses begin
   * @param high where they end; symbols outside are found all the same
   */
  constructor(
    private readonly raw: RawSymbols,
    low: number,
    high: number,
  ) {
    this.low = low;
    this.count = Math.max(1, Math.floor(entryCount(raw) / PER_BUCKET));
    this.width = Math.max(1, (high - low) / this.count);
    const { count } = this;
    const first = new Uint32Array(count + 1);
    const reach = new Float64Array(count).fill(-1);
    const buckets = this.bucketsOf(first, reach);
    for (let b = 0; b < count; b++) first[b + 1]! += first[b]!;
    for (let b = 1; b < count; b++) reach[b] = Math.max(reach[b]!, reach[b - 1]!);
    const next = first.slice();
    const indexes = new Uint32Array(first[count]!);
    for (let i = 0; i < buckets.length; i++) {
      const bucket = buckets[i]!;
      if (bucket !== NONE) indexes[next[bucket]!++] = i;
    }
    this.first = first;
    this.indexes = indexes;
    this.reach = reach;
  }

  /**
   * All entries that cover an address, all that begin where the last one before it does, and all that reach beyond that
   * place; and some others.
   */
  around(address: number): Entries {
    const found: number[] = [];
    let last = -1;
    for (let bucket = this.bucketOf(address); bucket >= 0; bucket--) {
      if (last >= 0 && this.reach[bucket]! <= last) break;
      const { words, indexes } = entriesAt(this.raw, this.indexes.subarray(this.first[bucket], this.first[bucket + 1]));
      for (let i = 0; i < indexes.length; i++) {
        const at = i * SYM_WORDS;
        const value = words[at + 2]! + words[at + 3]! * HIGH;
        if (value > address || !isPlace(words[at]!, words[at + 1]!)) continue;
        found.push(indexes[i]!);
        if (value > last) last = value;
      }
    }
    return entriesAt(
      this.raw,
      found.sort((a, b) => a - b),
    );
  }

  private bucketOf(address: number): number {
    const bucket = Math.floor((address - this.low) / this.width);
    return Math.min(Math.max(bucket, 0), this.count - 1);
  }

  /** The bucket of each entry; counts those of bucket b in `counts[b + 1]` and notes how far they reach. */
  private bucketsOf(counts: Uint32Array, reach: Float64Array): Uint32Array {
    const buckets = new Uint32Array(entryCount(this.raw)).fill(NONE);
    const { low, width } = this;
    const highest = this.count - 1;
    for (const { words, first } of blocks(this.raw)) {
      const { length } = words;
      // The first program that is debugged comes here before any code has been optimised: no calls, few branches.
      for (let at = 0, i = first; at < length; at += SYM_WORDS, i++) {
        const second = words[at + 1]!;
        // What is undefined, or a section or a file, has no place; the rare rest is left out when it is decoded.
        if (second >>> 16 === SHN_UNDEF || (second & 15) === STT_FILE) continue;
        const value = words[at + 2]! + words[at + 3]! * HIGH;
        const end = value + words[at + 4]! + words[at + 5]! * HIGH;
        let bucket = ((value - low) / width) | 0;
        if (bucket > highest) bucket = highest;
        else if (bucket < 0) bucket = 0;
        buckets[i] = bucket;
        counts[bucket + 1]!++;
        if (end > reach[bucket]!) reach[bucket] = end;
      }
    }
    return buckets;
  }
}
