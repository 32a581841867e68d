/**
 * .eh_frame and .debug_frame as bytes with an address, and the lengths and ids that their entries begin with
 * (DWARF 5, section 6.4.1; LSB Core 5, ".eh_frame").
 */
import { DwarfError, type Cursor } from '../dwarf/cursor';
import type { Section } from '../dwarf/section';
import type { PointerBases } from './pointerencoding';

export interface FrameSection {
  readonly format: 'eh_frame' | 'debug_frame';
  readonly data: Section;
  readonly bases: PointerBases;
  /** Without a section header nobody says where .eh_frame ends, except its zero terminator. */
  readonly sizeKnown: boolean;
}

/** The beginning of a CIE or FDE. Offsets are section offsets. */
export interface EntryHeader {
  readonly offset: number;
  /** One past the entry. */
  readonly end: number;
  /** Section offset of the CIE that an FDE belongs to; undefined for a CIE. */
  readonly cieOffset: number | undefined;
  /** Of addresses inside the section: 8 in the 64-bit DWARF format. */
  readonly offsetSize: 4 | 8;
  /** Where the entry's own fields begin. */
  readonly body: number;
}

/** Bytes of the longest header: escape, 8-byte length, 8-byte id. */
const LONGEST_HEADER = 20;

/**
 * Reads the header at `offset`; undefined for a zero terminator.
 * @throws DwarfError when the entry leaves the section
 */
export function readEntryHeader(section: FrameSection, offset: number): EntryHeader | undefined {
  const cursor = section.data.cursor(offset, Math.min(offset + LONGEST_HEADER, section.data.size));
  const { length, offsetSize } = cursor.initialLength();
  if (length === 0) return undefined;
  const idOffset = cursor.offset;
  const end = idOffset + length;
  if (!(end <= section.data.size)) {
    throw new DwarfError(`the frame entry at 0x${offset.toString(16)} ends outside ${section.data.name}`);
  }
  if (section.format === 'eh_frame') {
    // The id stays 4 bytes with an extended length, counts backwards from itself, and is 0 in a CIE.
    const id = cursor.u32();
    const cieOffset = id === 0 ? undefined : idOffset - id;
    return { offset, end, cieOffset, offsetSize: 4, body: cursor.offset };
  }
  const id = cursor.sectionOffset(offsetSize);
  const isCie = offsetSize === 4 ? id === 0xffffffff : id > Number.MAX_SAFE_INTEGER;
  return { offset, end, cieOffset: isCie ? undefined : id, offsetSize, body: cursor.offset };
}

/** A reader of the fields that follow the header. */
export function bodyCursor(section: FrameSection, header: EntryHeader): Cursor {
  const cursor = section.data.cursor(header.body, header.end);
  if (cursor.remaining < header.end - header.body) throw new DwarfError(`${section.data.name} ends early`);
  return cursor;
}
