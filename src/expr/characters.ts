/** Characters in memory that end with a zero. */
import { virtAddr } from '../common/addresses';
import type { MemoryReader } from '../common/readers';

const CHUNK = 256;

/**
 * The code units at `address` up to a zero, or `limit` of them, as bytes; undefined when the first cannot be read. What
 * ends where memory does ends there.
 */
export function readCharacters(
  memory: MemoryReader,
  address: bigint,
  limit: number,
  unitSize: number,
): Uint8Array | undefined {
  const chunks: Uint8Array[] = [];
  for (let units = 0; units < limit; units += CHUNK) {
    const count = Math.min(CHUNK, limit - units);
    const bytes = memory.read(virtAddr(address + BigInt(units * unitSize)), count * unitSize);
    if (units === 0 && bytes.length < unitSize) return undefined;
    const end = zeroIn(bytes, unitSize);
    chunks.push(bytes.subarray(0, end ?? bytes.length - (bytes.length % unitSize)));
    if (end !== undefined || bytes.length < count * unitSize) break;
  }
  return Buffer.concat(chunks);
}

function zeroIn(bytes: Uint8Array, unitSize: number): number | undefined {
  if (unitSize === 1) {
    const at = bytes.indexOf(0);
    return at < 0 ? undefined : at;
  }
  for (let at = 0; at + unitSize <= bytes.length; at += unitSize) {
    let isZero = true;
    for (let i = 0; i < unitSize; i++) isZero &&= bytes[at + i] === 0;
    if (isZero) return at;
  }
  return undefined;
}
