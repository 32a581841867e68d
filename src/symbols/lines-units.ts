/**
 * Which units may have code at an address: .debug_aranges for the units it covers; for the others their root entry's
 * ranges; and for those without any, their line programs. Each step is taken only when the one before found nothing.
 */
import { messageOf } from '../common/errors';
import { log } from '../common/log';
import { readAranges, unitsCovering, UnitRanges } from './dwarf/aranges';
import type { AddressRange, CompileUnit } from './dwarf/compileunit';
import { DwarfError } from './dwarf/cursor';
import type { DebugInfo } from './dwarf/debuginfo';
import type { CodeLimits } from './dwarf/lineprogram';
import type { UnitHeader } from './dwarf/units';
import { hasOwnLines } from './lines-files';
import { permuted, sortedOrder } from './dwarf/sorting';

/** Reading and sorting the ranges of a large program takes longer than this many walks over their sections. */
const WALKS = 16;

/** Ranges of units, which may overlap. */
class RangeTable {
  private starts: Float64Array;
  private ends: Float64Array;
  /** .debug_info offsets. */
  private units: Float64Array;
  /** The highest end among the ranges up to each, once they are sorted: how far back an overlapping one can be. */
  private highestEnd: Float64Array | undefined;
  private lookups = 0;

  constructor(ranges: UnitRanges) {
    this.starts = ranges.starts.values;
    this.ends = ranges.ends.values;
    this.units = ranges.units.values;
  }

  /** Units with a range that contains the address, the one that starts last first once the table is sorted. */
  at(address: number): number[] {
    const found: number[] = [];
    if (!this.highestEnd && this.lookups++ < WALKS) {
      const { starts, ends } = this;
      for (let i = 0; i < starts.length; i++) {
        if (starts[i]! <= address && ends[i]! > address) found.push(this.units[i]!);
      }
      return found;
    }
    const highestEnd = this.sort();
    for (let i = this.firstAfter(address) - 1; i >= 0 && highestEnd[i]! > address; i--) {
      if (this.ends[i]! > address) found.push(this.units[i]!);
    }
    return found;
  }

  /** The lowest start above the address. */
  nextStart(address: number): number | undefined {
    this.sort();
    return this.starts[this.firstAfter(address)];
  }

  private sort(): Float64Array {
    if (!this.highestEnd) {
      const order = sortedOrder(this.starts);
      this.starts = permuted(this.starts, order);
      this.ends = permuted(this.ends, order);
      this.units = permuted(this.units, order);
      this.highestEnd = new Float64Array(order.length);
      let highest = -1;
      for (let i = 0; i < order.length; i++) this.highestEnd[i] = highest = Math.max(highest, this.ends[i]!);
    }
    return this.highestEnd;
  }

  private firstAfter(address: number): number {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.starts[middle]! <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export class UnitLocator {
  private aranges: RangeTable | undefined;
  private walks = 0;
  private covered: ReadonlySet<number> = new Set();
  private others: RangeTable | undefined;

  /**
   * @param lineRanges where the unit's line program has rows, for units that do not state their ranges
   */
  constructor(
    private readonly debug: DebugInfo,
    private readonly limits: CodeLimits,
    private readonly lineRanges: (unit: CompileUnit) => AddressRange[],
  ) {}

  /** .debug_info offsets of the units that may have code at a file address, the most likely first. */
  *unitsAt(address: number): Iterable<number> {
    const { aranges } = this.debug.sections;
    if (aranges && !this.aranges && this.walks++ < WALKS)
      yield* this.inLimits(address, unitsCovering(aranges, address));
    else yield* this.stated.at(address);
    yield* this.unstated.at(address);
  }

  private inLimits(address: number, units: Iterable<number>): Iterable<number> {
    return address >= this.limits.low && address < this.limits.high ? units : [];
  }

  /** The lowest address above `address` where a unit's range starts. */
  nextStart(address: number): number | undefined {
    const next = Math.min(this.stated.nextStart(address) ?? Infinity, this.unstated.nextStart(address) ?? Infinity);
    return next === Infinity ? undefined : next;
  }

  private get stated(): RangeTable {
    if (!this.aranges) {
      const section = this.debug.sections.aranges;
      const { ranges, covered } = section
        ? readAranges(section, this.limits)
        : { ranges: new UnitRanges(this.limits), covered: this.covered };
      this.covered = covered;
      this.aranges = new RangeTable(ranges);
    }
    return this.aranges;
  }

  /** The ranges of the units that .debug_aranges does not cover. */
  private get unstated(): RangeTable {
    if (!this.others) {
      // Which units are covered is known when all sets have been read.
      void this.stated;
      const ranges = new UnitRanges(this.limits);
      this.debug.eachUnit((header, read) => {
        if (this.covered.has(header.offset)) return;
        for (const { start, end } of this.rangesOfUnit(header, read)) ranges.add(start, end, header.offset);
      });
      this.others = new RangeTable(ranges);
    }
    return this.others;
  }

  private rangesOfUnit(header: UnitHeader, read: () => CompileUnit): AddressRange[] {
    const unit = attempt(header, read);
    if (!unit || !hasOwnLines(unit)) return [];
    const ranges = attempt(header, () => unit.ranges());
    return ranges && ranges.length > 0 ? ranges : this.lineRanges(unit);
  }
}

function attempt<T>(header: UnitHeader, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DwarfError)) throw error;
    log('dwarf', () => `the unit at 0x${header.offset.toString(16)} does not state its ranges: ${messageOf(error)}`);
    return undefined;
  }
}
