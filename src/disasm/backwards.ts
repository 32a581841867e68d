/**
 * Walks backwards from an address so that decoding forwards from any line found leads through the same lines: from the
 * start of the function before it where that is known, by vote where it is not (see `boundaries.ts`).
 */
import { offsetBy, type VirtAddr } from '../common/addresses';
import type { InstructionReader } from './reader';
import { splitByVote, splitForwards, WARM_UP, type Stretch } from './boundaries';
import { badByte, unreadableByte, type Line } from './line';
import { BYTES_AN_INSTRUCTION, PAGE, withReader, type Walk } from './walk';

/** A function is decoded from its start up to this distance, bytes; beyond, streams are in step anyway. */
const MAX_FROM_START = 1 << 16;
/** After a function's end, padding of this size is decoded from that end, bytes. */
const MAX_GAP = 1 << 12;
const MAX_VOTE_WINDOW = 1 << 12;

/** The `count` lines before the walk's address, in ascending order. */
export function collectBackwards(walk: Walk, count: number): Line[] {
  const chunks: Line[][] = [];
  let missing = count;
  for (let delta = 0; missing > 0;) {
    const chunk = chunkBefore(walk, delta, missing);
    chunks.push(chunk);
    missing -= chunk.length;
    delta = chunk[0]!.delta;
  }
  return chunks.reverse().flat();
}

/** Some lines that end at `delta`, at least one and at most `count`. */
function chunkBefore(walk: Walk, delta: number, count: number): Line[] {
  const end = offsetBy(walk.address, delta);
  const start = knownStartBefore(walk, end);
  if (start !== undefined) {
    const size = Number(end - start.address);
    const bytes = walk.memory.read(start.address, size);
    if (bytes.length === size) {
      const lines = withReader(walk, bytes, delta - size, (reader) => {
        const stretches = splitForwards(reader, 0, size);
        const lands = stretches[stretches.length - 1]!.kind === 'instruction';
        return lands || start.isCertain ? toLines(stretches.slice(-count), reader, delta - size) : undefined;
      });
      if (lines) return lines;
    }
  }
  // Where the start leads nowhere (data between functions, a hole in memory), the bytes nearest to the end decide.
  const wanted = Math.min(MAX_VOTE_WINDOW, count * BYTES_AN_INSTRUCTION + 2 * WARM_UP);
  const size = start ? Math.min(wanted, Number(end - start.address)) : wanted;
  const bytes = readBefore(walk, end, size);
  if (bytes.length === 0) return unreadableBefore(end, delta, count);
  const isKnown = start !== undefined && bytes.length === Number(end - start.address);
  const edge = isKnown ? 'instruction' : bytes.length < size ? 'memory' : 'none';
  const base = delta - bytes.length;
  return withReader(walk, bytes, base, (reader) =>
    toLines(splitByVote(reader, bytes.length, count, edge), reader, base),
  );
}

/**
 * Where an instruction is known to begin before `end`. It is certain to lead there when a function contains all between,
 * or when `end` itself begins a function, with which decoding forwards falls into step.
 */
function knownStartBefore(walk: Walk, end: VirtAddr): { address: VirtAddr; isCertain: boolean } | undefined {
  const before = offsetBy(end, -1);
  const bounds = walk.bounds(before);
  if (!bounds || bounds.start > before) return undefined;
  const isInside = before < bounds.end;
  if (isInside || bounds.end <= bounds.start) {
    return end - bounds.start <= MAX_FROM_START ? { address: bounds.start, isCertain: isInside } : undefined;
  }
  const isCertain = walk.bounds(end)?.start === end;
  return end - bounds.end <= MAX_GAP ? { address: bounds.end, isCertain } : undefined;
}

function toLines(stretches: readonly Stretch[], reader: InstructionReader, base: number): Line[] {
  return stretches.map(({ offset, kind }) =>
    kind === 'bad' ? badByte(base + offset, reader.bytes, offset) : reader.lineAt(offset),
  );
}

/** Up to `size` readable bytes that end at `end`: everything behind the last hole. */
function readBefore(walk: Walk, end: VirtAddr, size: number): Uint8Array {
  const whole = walk.memory.read(offsetBy(end, -size), size);
  if (whole.length === size) return whole;
  const pieces: Uint8Array[] = [];
  let total = 0;
  while (total < size) {
    const pieceEnd = offsetBy(end, -total);
    const length = Math.min(bytesInPageBefore(pieceEnd), size - total);
    const piece = readableTail(walk, pieceEnd, length);
    pieces.push(piece);
    total += piece.length;
    if (piece.length < length) break;
  }
  return Uint8Array.from(Buffer.concat(pieces.reverse()));
}

/**
 * As many of the `length` bytes before `end` as are readable up to there. Files and segments need not begin on a page,
 * so the first readable byte is sought by halving.
 */
function readableTail(walk: Walk, end: VirtAddr, length: number): Uint8Array {
  const whole = walk.memory.read(offsetBy(end, -length), length);
  if (whole.length === length) return whole;
  let readable = new Uint8Array(0);
  let unreadable = length;
  while (unreadable - readable.length > 1) {
    const middle = (readable.length + unreadable) >> 1;
    const bytes = walk.memory.read(offsetBy(end, -middle), middle);
    if (bytes.length === middle) readable = Uint8Array.from(bytes);
    else unreadable = middle;
  }
  return readable;
}

/** One line a byte, back to the start of the page. */
function unreadableBefore(end: VirtAddr, delta: number, count: number): Line[] {
  const length = Math.min(bytesInPageBefore(end), count);
  return Array.from({ length }, (_, i) => unreadableByte(delta - length + i));
}

/** How far `end` is from the start of the page that its last byte lies in. */
function bytesInPageBefore(end: VirtAddr): number {
  return Number((end - 1n) & BigInt(PAGE - 1)) + 1;
}
