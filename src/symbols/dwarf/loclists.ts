/**
 * Location lists: where a variable is depends on the address that executes. .debug_loclists (DWARF 5 §7.29),
 * .debug_loc before it (DWARF 4 §2.6.2), and the form of .debug_loc.dwo that GNU gave split units of DWARF 4.
 */
import type { CompileUnit } from './compileunit';
import * as C from './constants';
import { type Cursor, DwarfError } from './cursor';
import type { FormValue } from './forms';
import { listOffset, readWhole } from './ranges';

/** An expression that holds for file addresses [start, end). */
export interface LocationEntry {
  readonly start: number;
  readonly end: number;
  readonly expression: Uint8Array;
}

/** More entries than this are taken for damage. */
const MAX_ENTRIES = 1 << 18;

export class LocationList {
  /**
   * @param list            bounded entries, in the order of the list
   * @param defaultLocation what holds where no bounded entry does (DW_LLE_default_location)
   */
  constructor(
    private readonly list: readonly LocationEntry[],
    readonly defaultLocation?: Uint8Array,
  ) {}

  /** The expression in force at a file address; undefined where the object has no location ("optimized out"). */
  at(address: number): Uint8Array | undefined {
    const entry = this.list.find(({ start, end }) => address >= start && address < end);
    return entry ? entry.expression : this.defaultLocation;
  }

  /** The bounded entries that are not empty, in the order of the list. */
  entries(): readonly LocationEntry[] {
    return this.list;
  }
}

/**
 * The list that an attribute of class loclist or loclistptr refers to; undefined when the value is of another class.
 * @throws DwarfError
 */
export function readLocationList(unit: CompileUnit, value: FormValue): LocationList | undefined {
  const { sections } = unit.debug;
  const { version } = unit.header;
  if (version >= 5) {
    if (value.kind === 'constant') return undefined;
    const place = { ...unit.header, base: unit.loclistsBase, start: unit.contribution?.loclists };
    const offset = listOffset(sections.loclists, place, value);
    if (offset === undefined) return undefined;
    return readWhole(sections.loclists, '.debug_loclists', offset, (cursor) => parseLoclist(cursor, unit));
  }
  // Before DW_FORM_sec_offset an offset was data of its size.
  const isOffset = value.kind === 'sectionOffset' || (version < 4 && value.kind === 'constant' && value.size! >= 4);
  if (!isOffset) return undefined;
  const parse = sections.isSplit ? parseGnuSplit : parseLoc;
  const offset = value.value + (unit.contribution?.loc ?? 0);
  return readWhole(sections.loc, '.debug_loc', offset, (cursor) => parse(cursor, unit));
}

/** Collects entries and keeps them to a number that some program may have. */
class ListBuilder {
  readonly entries: LocationEntry[] = [];
  defaultLocation: Uint8Array | undefined;

  /** Takes an entry with the expression that follows; bounds that could not be found out leave it out. */
  add(start: number | undefined, end: number | undefined, expression: Uint8Array): void {
    if (start === undefined || end === undefined || !(start < end)) return;
    if (this.entries.length >= MAX_ENTRIES)
      throw new DwarfError('a location list has an implausible number of entries');
    // A copy: what was read for it is larger than the expressions, which are kept.
    this.entries.push({ start, end, expression: expression.slice() });
  }

  finish(): LocationList {
    return new LocationList(this.entries, this.defaultLocation);
  }
}

function sum(start: number | undefined, length: number): number | undefined {
  return start === undefined ? undefined : start + length;
}

/** .debug_loclists, DWARF 5 §7.7.3. */
function parseLoclist(cursor: Cursor, unit: CompileUnit): LocationList {
  const size = unit.header.addressSize;
  const list = new ListBuilder();
  const expression = (): Uint8Array => cursor.block(cursor.uleb());
  let base = unit.lowPc;
  for (;;) {
    const kind = cursor.u8();
    switch (kind) {
      case C.DW_LLE_end_of_list:
        return list.finish();
      case C.DW_LLE_base_addressx:
        base = unit.addressAt(cursor.uleb());
        break;
      case C.DW_LLE_startx_endx: {
        const start = unit.addressAt(cursor.uleb());
        list.add(start, unit.addressAt(cursor.uleb()), expression());
        break;
      }
      case C.DW_LLE_startx_length: {
        const start = unit.addressAt(cursor.uleb());
        list.add(start, sum(start, cursor.uleb()), expression());
        break;
      }
      case C.DW_LLE_offset_pair: {
        const start = sum(base, cursor.uleb());
        list.add(start, sum(base, cursor.uleb()), expression());
        break;
      }
      case C.DW_LLE_default_location:
        list.defaultLocation = expression().slice();
        break;
      case C.DW_LLE_base_address:
        base = cursor.uint(size);
        break;
      case C.DW_LLE_start_end: {
        const start = cursor.uint(size);
        list.add(start, cursor.uint(size), expression());
        break;
      }
      case C.DW_LLE_start_length: {
        const start = cursor.uint(size);
        list.add(start, start + cursor.uleb(), expression());
        break;
      }
      case C.DW_LLE_GNU_view_pair:
        // Which of several statements at one address the next entry begins and ends at; addresses are all we have.
        cursor.skipLeb();
        cursor.skipLeb();
        break;
      default:
        throw new DwarfError(`location list entry ${kind} at 0x${(cursor.offset - 1).toString(16)} is unknown`);
    }
  }
}

/** .debug_loc, DWARF 4 §7.7.3. */
function parseLoc(cursor: Cursor, unit: CompileUnit): LocationList {
  const size = unit.header.addressSize;
  // All ones; 8 bytes of them are 2^64 as a double.
  const selectBase = size === 4 ? 0xffffffff : 2 ** 64;
  const list = new ListBuilder();
  let base = unit.lowPc ?? 0;
  for (;;) {
    const start = cursor.uint(size);
    const end = cursor.uint(size);
    if (start === 0 && end === 0) return list.finish();
    if (start === selectBase) base = end;
    else list.add(base + start, base + end, cursor.block(cursor.u16()));
  }
}

/** .debug_loc.dwo as gcc and clang write it with -gdwarf-4 -gsplit-dwarf (gcc.gnu.org/wiki/DebugFission). */
function parseGnuSplit(cursor: Cursor, unit: CompileUnit): LocationList {
  const list = new ListBuilder();
  const expression = (): Uint8Array => cursor.block(cursor.u16());
  let base = unit.lowPc;
  for (;;) {
    const kind = cursor.u8();
    switch (kind) {
      case C.DW_LLE_GNU_end_of_list_entry:
        return list.finish();
      case C.DW_LLE_GNU_base_address_selection_entry:
        base = unit.addressAt(cursor.uleb());
        break;
      case C.DW_LLE_GNU_start_end_entry: {
        const start = unit.addressAt(cursor.uleb());
        list.add(start, unit.addressAt(cursor.uleb()), expression());
        break;
      }
      case C.DW_LLE_GNU_start_length_entry: {
        const start = unit.addressAt(cursor.uleb());
        // For what begins one byte before a return address gcc 12 writes 2 less than it means: -1 stands for 1, and what
        // is negative else for nothing.
        const length = cursor.u32() | 0;
        list.add(start, sum(start, length === -1 ? 1 : length), expression());
        break;
      }
      case C.DW_LLE_GNU_offset_pair_entry: {
        const start = sum(base, cursor.u32());
        list.add(start, sum(base, cursor.u32()), expression());
        break;
      }
      default:
        throw new DwarfError(`location list entry ${kind} at 0x${(cursor.offset - 1).toString(16)} is unknown`);
    }
  }
}
