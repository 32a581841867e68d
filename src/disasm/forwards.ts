/** Walks forwards from an address, falling into step with every function start that is passed. */
import { offsetBy, type VirtAddr } from '../common/addresses';
import { MAX_INSTRUCTION_LENGTH } from './decoder';
import { BYTES_AN_INSTRUCTION, PAGE, unreadableByte, withReader, type Line, type Walk } from './walk';

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
    const isDone = withReader(walk, bytes, (reader) => {
      for (let offset = 0; offset < usable || offset === 0;) {
        let length = reader.lengthAt(offset);
        const at = base + offset;
        if (length > 1 && crosses(offsetBy(walk.address, at), length)) length = 0;
        const kind = length === 0 ? 'bad' : 'instruction';
        length ||= 1;
        if (!add({ delta: at, length, kind, bytes: bytes.subarray(offset, offset + length) })) return true;
        offset += length;
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
function functionStartWithin(walk: Walk): (address: VirtAddr, length: number) => boolean {
  let safeStart = 0n;
  let safeEnd = 0n;
  return (address, length) => {
    const end = address + BigInt(length);
    if (address >= safeStart && end <= safeEnd) return false;
    const own = walk.bounds(address);
    if (own && address >= own.start && end <= own.end) {
      safeStart = own.start;
      safeEnd = own.end;
      return false;
    }
    const last = walk.bounds((end - 1n) as VirtAddr);
    return last !== undefined && last.start > address;
  };
}
