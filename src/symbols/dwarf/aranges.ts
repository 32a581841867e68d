/**
 * .debug_aranges (DWARF 5 §6.1.2): which unit an address belongs to. gcc and gas emit it, clang does not, so it is used
 * for what it covers and never believed to be complete.
 */
import { log } from '../../common/log';
import { type Cursor, DwarfError } from './cursor';
import type { Section } from './section';
import type { CodeLimits } from './lineprogram';
import { NumberList } from './sorting';

/** Bytes of an address on x86-64, and of an address with a length. */
const ADDRESS_SIZE = 8;
const TUPLE = 2 * ADDRESS_SIZE;

/** Ranges as parallel lists, unordered: [starts[i], ends[i]) belongs to the unit at .debug_info offset units[i]. */
export class UnitRanges {
  readonly starts = new NumberList();
  readonly ends = new NumberList();
  readonly units = new NumberList();

  /** @param limits ranges that do not lie inside are dropped */
  constructor(private readonly limits: CodeLimits) {}

  add(start: number, end: number, unit: number): void {
    if (start < this.limits.low || end > this.limits.high) return;
    this.starts.push(start);
    this.ends.push(end);
    this.units.push(unit);
  }
}

export interface Aranges {
  readonly ranges: UnitRanges;
  /** Offsets of the units that have ranges here, which then are all of their code. */
  readonly covered: ReadonlySet<number>;
}

/** Reads every set. A set with a damaged length is the last one, another damaged one leaves its unit not covered. */
export function readAranges(section: Section, limits: CodeLimits): Aranges {
  const ranges = new UnitRanges(limits);
  const covered = new Set<number>();
  for (let offset = 0; offset < section.size;) {
    const set = guarded(section, () => {
      const cursor = section.cursor(offset, offset + 12);
      const { length, offsetSize } = cursor.initialLength();
      const end = cursor.offset + length;
      if (end > section.size) throw new DwarfError(`the set at 0x${offset.toString(16)} ends outside the section`);
      return { body: cursor.offset, end, offsetSize };
    });
    if (!set) break;
    const unit = guarded(section, () => readSet(section.cursor(set.body, set.end), offset, set.offsetSize, ranges));
    if (unit !== undefined) covered.add(unit);
    offset = set.end;
  }
  return { ranges, covered };
}

function guarded<T>(section: Section, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DwarfError)) throw error;
    log('dwarf', () => `${section.name}: ${error.message}`);
    return undefined;
  }
}

/**
 * @param setOffset section offset of the set's header, from which its tuples are aligned
 * @returns the set's unit when it has ranges
 */
function readSet(cursor: Cursor, setOffset: number, offsetSize: 4 | 8, ranges: UnitRanges): number | undefined {
  const version = cursor.u16();
  if (version !== 2) throw new DwarfError(`set version ${version} is unknown`);
  const unit = cursor.sectionOffset(offsetSize);
  const addressSize = cursor.u8();
  const segmentSize = cursor.u8();
  if (addressSize !== ADDRESS_SIZE || segmentSize !== 0) {
    throw new DwarfError(`a set has addresses of ${addressSize} and segments of ${segmentSize} bytes`);
  }
  cursor.skip((TUPLE - ((cursor.offset - setOffset) % TUPLE)) % TUPLE);
  const view = new DataView(cursor.bytes.buffer, cursor.bytes.byteOffset);
  let covered: number | undefined;
  for (let at = cursor.position; at + TUPLE <= cursor.end; at += TUPLE) {
    const start = view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
    const length = view.getUint32(at + 8, true) + view.getUint32(at + 12, true) * 2 ** 32;
    if (start === 0 && length === 0) break;
    if (length === 0) continue;
    ranges.add(start, start + length, unit);
    covered = unit;
  }
  return covered;
}
