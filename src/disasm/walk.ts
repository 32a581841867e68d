/** What the walks of a listing, forwards and backwards, share. */
import type { VirtAddr } from '../common/addresses';
import type { MemoryReader } from '../common/readers';
import { InstructionReader, type ReaderOptions } from './reader';

/** Where a known function lies; `end` equals `start` when its size is not known. */
export interface FunctionBounds {
  readonly start: VirtAddr;
  /** One past the last byte. */
  readonly end: VirtAddr;
}

/** The function that contains an address, or else the nearest that begins before it. */
export type BoundsLookup = (address: VirtAddr) => FunctionBounds | undefined;

/** The same look-up, asked once for each function it finds in turn and once for each address that is in none. */
export function rememberingBounds(lookup: BoundsLookup): BoundsLookup {
  const asked = new Map<VirtAddr, FunctionBounds | undefined>();
  let last: FunctionBounds | undefined;
  return (address) => {
    if (last && address >= last.start && address < last.end) return last;
    let found = asked.get(address);
    if (found === undefined && !asked.has(address)) {
      found = lookup(address);
      asked.set(address, found);
    }
    if (found) last = found;
    return found;
  };
}

/** What walking needs to know. */
export interface Walk extends ReaderOptions {
  readonly memory: MemoryReader;
  readonly bounds: BoundsLookup;
}

/** Pages are what memory is readable by, bytes. */
export const PAGE = 4096;

/** Bytes to read for one instruction: the mean is below five, so that eight rarely need a second read. */
export const BYTES_AN_INSTRUCTION = 8;

/** Runs `action` with a reader over `bytes`, which lie at `delta`, and frees it. */
export function withReader<T>(
  walk: Walk,
  bytes: Uint8Array,
  delta: number,
  action: (reader: InstructionReader) => T,
): T {
  const reader = new InstructionReader(walk, bytes, delta);
  try {
    return action(reader);
  } finally {
    reader.free();
  }
}
