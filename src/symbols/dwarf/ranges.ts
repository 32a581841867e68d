/** Range lists: .debug_rnglists (DWARF 5 §7.25) and .debug_ranges before it (DWARF 4 §2.17.3). */
import type { AddressRange, CompileUnit } from './compileunit';
import * as C from './constants';
import { type Cursor, DwarfError } from './cursor';
import type { FormValue } from './forms';
import type { Section } from './section';

/** Bytes read at first; a list that does not fit is read again with more. */
const FIRST_READ = 1024;

/**
 * The ranges of a DW_AT_ranges value, without empty ones. Ranges of discarded code are not told apart here: they
 * begin at 0, 1, -1 or -2, where no program has code.
 * @throws DwarfError
 */
export function readRangeList(unit: CompileUnit, value: FormValue): AddressRange[] {
  const { sections } = unit.debug;
  if (unit.header.version < 5) {
    if (value.kind !== 'sectionOffset' && value.kind !== 'constant') return [];
    // A split unit's lists are in the program; the skeleton's own offsets do not count from its base.
    const { skeleton } = unit;
    const section = skeleton ? skeleton.debug.sections.ranges : sections.ranges;
    const offset = value.value + (skeleton?.gnuRangesBase ?? 0);
    return readWhole(section, '.debug_ranges', offset, (cursor) => parseRanges(cursor, unit));
  }
  const section = sections.rnglists;
  const offset = listOffset(
    section,
    { ...unit.header, base: unit.rnglistsBase, start: unit.contribution?.rnglists },
    value,
  );
  if (offset === undefined) return [];
  return readWhole(section, '.debug_rnglists', offset, (cursor) => parseRnglist(cursor, unit));
}

/**
 * Where a list begins in .debug_rnglists or .debug_loclists. DW_FORM_rnglistx and loclistx count in the offset table at
 * the unit's base, from which its offsets are relative (DWARF 5 §7.28, §7.29).
 * @param place.base  of the offset table
 * @param place.start of the unit's part in a package, from which DW_FORM_sec_offset counts
 */
export function listOffset(
  section: Section | undefined,
  place: { readonly offsetSize: 4 | 8; readonly base: number; readonly start?: number },
  value: FormValue,
): number | undefined {
  const { offsetSize, base, start = 0 } = place;
  if (value.kind === 'sectionOffset' || value.kind === 'constant') return start + value.value;
  if (value.kind !== 'listIndex') return undefined;
  const at = base + value.value * offsetSize;
  const offset = section?.cursor(at, at + offsetSize).sectionOffset(offsetSize);
  return offset === undefined ? undefined : base + offset;
}

/**
 * Parses a list whose length shows only in the reading, with more and more of the section at hand. @throws DwarfError
 */
export function readWhole<T>(
  section: Section | undefined,
  name: string,
  offset: number,
  parse: (cursor: Cursor) => T,
): T {
  if (!section) throw new DwarfError(`there is no ${name} section`);
  for (let length = FIRST_READ; ; length *= 4) {
    try {
      return parse(section.cursor(offset, offset + length));
    } catch (error) {
      if (!(error instanceof DwarfError) || offset + length >= section.size) throw error;
    }
  }
}

function add(ranges: AddressRange[], start: number | undefined, end: number | undefined): void {
  if (start !== undefined && end !== undefined && start < end) ranges.push({ start, end });
}

function parseRanges(cursor: Cursor, unit: CompileUnit): AddressRange[] {
  const size = unit.header.addressSize;
  const selectBase = size === 4 ? 0xffffffff : 2 ** 64;
  const ranges: AddressRange[] = [];
  let base = unit.lowPc ?? 0;
  for (;;) {
    const start = cursor.uint(size);
    const end = cursor.uint(size);
    if (start === 0 && end === 0) return ranges;
    // All ones, which as a double is 2^64.
    if (start === selectBase) base = end;
    else if (start < end) add(ranges, base + start, base + end);
  }
}

function parseRnglist(cursor: Cursor, unit: CompileUnit): AddressRange[] {
  const size = unit.header.addressSize;
  const ranges: AddressRange[] = [];
  let base = unit.lowPc;
  for (;;) {
    const kind = cursor.u8();
    switch (kind) {
      case C.DW_RLE_end_of_list:
        return ranges;
      case C.DW_RLE_base_addressx:
        base = unit.addressAt(cursor.uleb());
        break;
      case C.DW_RLE_startx_endx: {
        const start = unit.addressAt(cursor.uleb());
        add(ranges, start, unit.addressAt(cursor.uleb()));
        break;
      }
      case C.DW_RLE_startx_length: {
        const start = unit.addressAt(cursor.uleb());
        const length = cursor.uleb();
        if (start !== undefined) add(ranges, start, start + length);
        break;
      }
      case C.DW_RLE_offset_pair: {
        const start = cursor.uleb();
        const end = cursor.uleb();
        if (base !== undefined) add(ranges, base + start, base + end);
        break;
      }
      case C.DW_RLE_base_address:
        base = cursor.uint(size);
        break;
      case C.DW_RLE_start_end: {
        const start = cursor.uint(size);
        add(ranges, start, cursor.uint(size));
        break;
      }
      case C.DW_RLE_start_length: {
        const start = cursor.uint(size);
        add(ranges, start, start + cursor.uleb());
        break;
      }
      default:
        throw new DwarfError(`range list entry ${kind} at 0x${(cursor.offset - 1).toString(16)} is unknown`);
    }
  }
}
