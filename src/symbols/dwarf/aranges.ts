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
  for (const { unit, view, start, end } of sets(section)) {
    for (let at = start; at + TUPLE <= end; at += TUPLE) {
      const address = wordAt(view, at);
      const length = wordAt(view, at + ADDRESS_SIZE);
      if (address === 0 && length === 0) break;
      if (length === 0) continue;
      ranges.add(address, address + length, unit);
      covered.add(unit);
    }
  }
  return { ranges, covered };
}

/** The units with a range around an address, in the order of their sets: no more is read than the caller takes. */
export function* unitsCovering(section: Section, address: number): Generator<number, void, undefined> {
  for (const { unit, view, start, end } of sets(section)) {
    for (let at = start; at + TUPLE <= end; at += TUPLE) {
      const from = wordAt(view, at);
      // Most ranges end below or begin above: their length need not be read.
      if (from > address) continue;
      const length = wordAt(view, at + ADDRESS_SIZE);
      if (address < from + length) {
        yield unit;
        break;
      }
      if (from === 0 && length === 0) break;
    }
  }
}

function wordAt(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
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

/** The tuples of one unit: [start, end) of `view`, valid until the next set. */
interface RangeSet {
  readonly unit: number;
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
}

function* sets(section: Section): Generator<RangeSet, void, undefined> {
  for (let offset = 0; offset < section.size;) {
    const extent = guarded(section, () => {
      const cursor = section.cursor(offset, offset + 12);
      const { length, offsetSize } = cursor.initialLength();
      const end = cursor.offset + length;
      if (end > section.size) throw new DwarfError(`the set at 0x${offset.toString(16)} ends outside the section`);
      return { body: cursor.offset, end, offsetSize };
    });
    if (!extent) return;
    const set = guarded(section, () => openSet(section.cursor(extent.body, extent.end), offset, extent.offsetSize));
    if (set) yield set;
    offset = extent.end;
  }
}

/** @param setOffset section offset of the set's header, from which its tuples are aligned */
function openSet(cursor: Cursor, setOffset: number, offsetSize: 4 | 8): RangeSet {
  const version = cursor.u16();
  if (version !== 2) throw new DwarfError(`set version ${version} is unknown`);
  const unit = cursor.sectionOffset(offsetSize);
  const addressSize = cursor.u8();
  const segmentSize = cursor.u8();
  if (addressSize !== ADDRESS_SIZE || segmentSize !== 0) {
    throw new DwarfError(`a set has addresses of ${addressSize} and segments of ${segmentSize} bytes`);
  }
  cursor.skip((TUPLE - ((cursor.offset - setOffset) % TUPLE)) % TUPLE);
  const { bytes } = cursor;
  return { unit, view: new DataView(bytes.buffer, bytes.byteOffset), start: cursor.position, end: cursor.end };
}
