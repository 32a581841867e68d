/**
 * Finds where instructions begin in a stretch of bytes, also before a given place, where x86 cannot be read backwards:
 * either from a known start, or by letting the streams from every byte vote.
 */
import { MAX_INSTRUCTION_LENGTH } from './decoder';
import type { InstructionReader } from './reader';

/** A stretch of bytes that one line of disassembly shows; offsets are relative to a window. */
export interface Stretch {
  readonly offset: number;
  /** Bytes: the instruction's length, or 1. */
  readonly length: number;
  readonly kind: 'instruction' | 'bad';
}

/**
 * Splits `from`…`to` of the window into stretches. What cannot be decoded, or would reach across `to`, becomes single
 * bad bytes.
 */
export function splitForwards(reader: InstructionReader, from: number, to: number): Stretch[] {
  const stretches: Stretch[] = [];
  for (let offset = from; offset < to;) {
    const length = reader.lengthAt(offset);
    if (length === 0 || offset + length > to) stretches.push({ offset: offset++, length: 1, kind: 'bad' });
    else {
      stretches.push({ offset, length, kind: 'instruction' });
      offset += length;
    }
  }
  return stretches;
}

/** Offsets at the start of a window that a vote cannot be trusted for: streams need some bytes to fall into step. */
export const WARM_UP = 4 * MAX_INSTRUCTION_LENGTH;

/**
 * The stretches before `end`, the last byte of the window, when no start is known: decodes from every offset, lets each
 * stream vote for the places it passes, and walks back from `end` along the most voted. x86 streams fall into step
 * within a few instructions, so nearly all agree. Stops at `limit` stretches, and short of the warm-up unless the window
 * begins at an edge: a known instruction, or the first readable byte.
 */
export function splitByVote(
  reader: InstructionReader,
  end: number,
  limit: number,
  edge: 'instruction' | 'memory' | 'none',
): Stretch[] {
  const lengths = new Uint8Array(end);
  const votes = new Float64Array(end + 1);
  for (let offset = 0; offset < end; offset++) {
    const length = reader.lengthAt(offset);
    // A known start counts for more than all the bytes that merely happen to decode.
    votes[offset]! += edge === 'instruction' && offset === 0 ? end : 1;
    if (length === 0 || offset + length > end) continue;
    lengths[offset] = length;
    votes[offset + length]! += votes[offset]!;
  }
  const stop = edge === 'none' ? Math.min(WARM_UP, end - 1) : 0;
  const backwards: Stretch[] = [];
  for (let at = end; at > stop && backwards.length < limit;) {
    const previous = bestPredecessor(at, lengths, votes);
    const offset = previous ?? at - 1;
    backwards.push({ offset, length: at - offset, kind: previous === undefined ? 'bad' : 'instruction' });
    at = offset;
  }
  return backwards.reverse();
}

function bestPredecessor(at: number, lengths: Uint8Array, votes: Float64Array): number | undefined {
  let best: number | undefined;
  for (let length = 1; length <= MAX_INSTRUCTION_LENGTH && length <= at; length++) {
    const offset = at - length;
    if (lengths[offset] === length && (best === undefined || votes[offset]! > votes[best]!)) best = offset;
  }
  return best;
}
