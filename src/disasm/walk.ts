/** What the walks of a listing, forwards and backwards, share. */
import { offsetBy, type VirtAddr } from '../common/addresses';
import type { MemoryReader } from '../common/readers';
import { InstructionReader, type ReadInstruction, type ReaderOptions } from './reader';

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

/** A line before its text is complete; `delta` is its distance from the request's address in bytes. */
export type Line = InstructionLine | BadLine | UnreadableLine;

interface Place {
  readonly delta: number;
  readonly length: number;
}

interface InstructionLine extends Place {
  readonly kind: 'instruction';
  readonly instruction: ReadInstruction;
}

/** A byte that begins no instruction. */
interface BadLine extends Place {
  readonly kind: 'bad';
  readonly byte: number;
}

interface UnreadableLine extends Place {
  readonly kind: 'unreadable';
}

/** What walking needs to know. */
export interface Walk extends ReaderOptions {
  readonly memory: MemoryReader;
  readonly address: VirtAddr;
  readonly bounds: BoundsLookup;
}

/** Pages are what memory is readable by, bytes. */
export const PAGE = 4096;

/** Bytes to read for one instruction: the mean is below five, so that eight rarely need a second read. */
export const BYTES_AN_INSTRUCTION = 8;

/** A line for a byte that cannot be read. */
export function unreadableByte(delta: number): Line {
  return { delta, length: 1, kind: 'unreadable' };
}

/** A line for a byte that begins no instruction. */
export function badByte(delta: number, byte: number): Line {
  return { delta, length: 1, kind: 'bad', byte };
}

/** The line at `offset` of a reader's window: the instruction there, or a bad byte where there is none. */
export function lineAt(reader: InstructionReader, offset: number, delta: number): Line {
  const instruction = reader.at(offset);
  if (!instruction) return badByte(delta, reader.bytes[offset]!);
  return { delta, length: instruction.length, kind: 'instruction', instruction };
}

/** Runs `action` with a reader over `bytes`, which lie at `delta`, and frees it. */
export function withReader<T>(
  walk: Walk,
  bytes: Uint8Array,
  delta: number,
  action: (reader: InstructionReader) => T,
): T {
  const reader = new InstructionReader(walk, bytes, offsetBy(walk.address, delta));
  try {
    return action(reader);
  } finally {
    reader.free();
  }
}
