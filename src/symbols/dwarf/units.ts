/**
 * Unit headers of .debug_info (DWARF 5 §7.5.1, DWARF 2 to 4 §7.5.1) and .debug_types (DWARF 4). They are found by hopping from length to length
 * with small reads; what is between them is not touched.
 */
import { log } from '../../common/log';
import { messageOf } from '../../common/errors';
import * as C from './constants';
import { type Cursor, DwarfError } from './cursor';
import type { Encoding } from './forms';
import type { Section } from './section';

/** Where units lie: type units of DWARF 4 have a section of their own. */
export type UnitSection = 'info' | 'types';

export interface UnitHeader extends Encoding {
  readonly section: UnitSection;
  /** Section offset of the header. */
  readonly offset: number;
  /** Section offset of the root entry. */
  readonly rootOffset: number;
  /** Section offset one past the unit. */
  readonly end: number;
  /** `DW_UT_*`; units before DWARF 5 do not state it and count as DW_UT_compile until their root's tag is read. */
  readonly unitType: number;
  /** Offset of the unit's table in .debug_abbrev. */
  readonly abbrevOffset: number;
  /** The id that pairs a skeleton with its split unit, DWARF 5. */
  readonly dwoId?: bigint;
  /** What DW_FORM_ref_sig8 calls the type of a type unit, and where its entry is, relative to the header. */
  readonly type?: { readonly signature: bigint; readonly offset: number };
}

/** The longest header: 12 bytes of length, version, type, address size, abbreviations, signature and type offset. */
const MAX_HEADER = 40;

/**
 * Parses one unit header.
 * @param kind which section `section` is
 * @throws DwarfError
 */
export function parseUnitHeader(section: Section, offset: number, kind: UnitSection = 'info'): UnitHeader {
  const cursor = section.cursor(offset, offset + MAX_HEADER);
  const { length, offsetSize } = cursor.initialLength();
  const end = cursor.offset + length;
  if (end > section.size) {
    throw new DwarfError(`the unit at 0x${offset.toString(16)} ends at 0x${end.toString(16)}, outside ${section.name}`);
  }
  try {
    return parseVersioned(cursor, kind, { offset, end, offsetSize });
  } catch (error) {
    throw new UnitError(messageOf(error), end);
  }
}

/** A unit that cannot be used but whose length is known, so that the next one can be. */
class UnitError extends DwarfError {
  constructor(
    message: string,
    readonly end: number,
  ) {
    super(message);
  }
}

function parseVersioned(
  cursor: Cursor,
  section: UnitSection,
  extent: Pick<UnitHeader, 'offset' | 'end' | 'offsetSize'>,
): UnitHeader {
  const { offset, end, offsetSize } = extent;
  const version = cursor.u16();
  if (version < 2 || version > 5) {
    throw new DwarfError(`the unit at 0x${offset.toString(16)} has DWARF version ${version}; 2 to 5 are known`);
  }
  let unitType = C.DW_UT_compile;
  let addressSize: number;
  let abbrevOffset: number;
  let dwoId: bigint | undefined;
  let type: UnitHeader['type'];
  const readType = (): UnitHeader['type'] => ({
    signature: cursor.bigU64(),
    offset: cursor.sectionOffset(offsetSize),
  });
  if (version >= 5) {
    unitType = cursor.u8();
    addressSize = cursor.u8();
    abbrevOffset = cursor.sectionOffset(offsetSize);
    if (unitType === C.DW_UT_skeleton || unitType === C.DW_UT_split_compile) dwoId = cursor.bigU64();
    else if (unitType === C.DW_UT_type || unitType === C.DW_UT_split_type) type = readType();
  } else {
    abbrevOffset = cursor.sectionOffset(offsetSize);
    addressSize = cursor.u8();
    if (section === 'types') {
      unitType = C.DW_UT_type;
      type = readType();
    }
  }
  if (addressSize !== 8 && addressSize !== 4) {
    throw new DwarfError(`the unit at 0x${offset.toString(16)} has addresses of ${addressSize} bytes`);
  }
  if (cursor.offset > end) throw new DwarfError(`the unit at 0x${offset.toString(16)} is shorter than its header`);
  const rootOffset = cursor.offset;
  return { ...extent, section, rootOffset, version, unitType, addressSize, abbrevOffset, dwoId, type };
}

/**
 * Shows every unit of a section to `visit`, in file order; reading the unit's beginning there costs no further read.
 * A damaged length ends the list; a bad header only skips its unit.
 */
export function visitUnitHeaders(section: Section, kind: UnitSection, visit: (unit: UnitHeader) => void): void {
  let offset = 0;
  while (offset < section.size) {
    let unit: UnitHeader;
    try {
      unit = parseUnitHeader(section, offset, kind);
    } catch (error) {
      if (!(error instanceof DwarfError)) throw error;
      log('dwarf', () => `${section.name}: ${error.message}`);
      if (!(error instanceof UnitError)) return;
      offset = error.end;
      continue;
    }
    visit(unit);
    offset = unit.end;
  }
}

/** Whether a unit holds types only and therefore no code. */
export function isTypeUnit(unit: UnitHeader): boolean {
  return unit.unitType === C.DW_UT_type || unit.unitType === C.DW_UT_split_type;
}
