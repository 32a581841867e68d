/** Walks forwards from an address, falling into step with every function start that is passed. */
import { offsetBy, type VirtAddr } from '../common/addresses';
import { MAX_INSTRUCTION_LENGTH } from './decoder';
import { badByte, unreadableByte, type Line } from './line';
import { BYTES_AN_INSTRUCTION, PAGE, withReader, type Walk } from './walk';

const MAX_WINDOW = 1 << 16;

/** `count` lines, after skipping `skip`. */
export function collectForwards(walk: Walk, skip: number, count: number): Line[] {
  const lines: Line[] = [];
  const crosses = functionStartWithin(walk);
  let toSkip = skip;
  const add = (line: Line): boolean => {
    if (toSkip > 0) toSkip--;
    else lines.push(line);
    return lines.length < count;
  };
  if (count === 0) return lines;
  for (let delta = 0; ;) {
    const missing = toSkip + count - lines.length;
    const size = Math.min(MAX_WINDOW, missing * BYTES_AN_INSTRUCTION + MAX_INSTRUCTION_LENGTH);
    const bytes = walk.memory.read(offsetBy(walk.address, delta), size);
    if (bytes.length === 0) {
      const end = delta + toPageEnd(offsetBy(walk.address, delta));
      for (; delta < end; delta++) if (!add(unreadableByte(delta))) return lines;
      continue;
    }
    // The last instruction of a full window may be cut off: leave it to the next one.
    const usable = bytes.length === size ? size - MAX_INSTRUCTION_LENGTH : bytes.length;
    const base = delta;
    const isDone = withReader(walk, bytes, base, (reader) => {
      for (let offset = 0; offset < usable || offset === 0;) {
        if (toSkip > 0) {
          // Only where the next one begins is wanted: nothing is put into words.
          const length = reader.lengthAt(offset) || 1;
          offset += crosses(delta, length) ? 1 : length;
          delta = base + offset;
          toSkip--;
          continue;
        }
        const found = reader.lineAt(offset);
        const line = crosses(delta, found.length) ? badByte(delta, bytes, offset) : found;
        if (!add(line)) return true;
        offset += line.length;
        delta = base + offset;
      }
      return false;
    });
    if (isDone) return lines;
  }
}

function toPageEnd(address: VirtAddr): number {
  return PAGE - Number(address & BigInt(PAGE - 1));
}

/** Tells whether a known function begins inside an instruction. Within a known function it costs a comparison. */
function functionStartWithin(walk: Walk): (delta: number, length: number) => boolean {
  let safeStart = 0;
  let safeEnd = 0;
  return (delta, length) => {
    if (length === 1 || (delta >= safeStart && delta + length <= safeEnd)) return false;
    const address = offsetBy(walk.address, delta);
    const own = walk.bounds(address);
    if (own && address >= own.start && address + BigInt(length) <= own.end) {
      safeStart = delta - Number(address - own.start);
      safeEnd = delta + Number(own.end - address);
      return false;
    }
    const last = walk.bounds(offsetBy(address, length - 1));
    return last !== undefined && last.start > address;
  };
}
