/** Frame description entries: the instructions for one range of code (DWARF 5, section 6.4.1). */
import { fileAddr, type FileAddr } from '../../common/addresses';
import { DwarfError } from '../dwarf/cursor';
import { readCie, restOf, type CfaProgram, type Cie } from './cie';
import { bodyCursor, readEntryHeader, type EntryHeader, type FrameSection } from './framesection';
import { readLength, readPointer } from './pointerencoding';

export interface Fde {
  readonly cie: Cie;
  readonly start: FileAddr;
  /** One past the last byte. */
  readonly end: FileAddr;
  readonly instructions: CfaProgram;
}

/** Reads FDEs of one section and keeps its CIEs, of which there are few. */
export class FdeReader {
  private readonly cies = new Map<number, Cie>();

  constructor(readonly section: FrameSection) {}

  /** @throws DwarfError when there is no sound FDE at that section offset */
  readAt(offset: number): Fde {
    const header = readEntryHeader(this.section, offset);
    if (!header) throw new DwarfError(`no FDE at 0x${offset.toString(16)}`);
    return this.read(header);
  }

  /** @throws DwarfError when the FDE or its CIE is damaged */
  read(header: EntryHeader): Fde {
    if (header.cieOffset === undefined) throw new DwarfError(`a CIE, not an FDE, at 0x${header.offset.toString(16)}`);
    const cie = this.cieAt(header.cieOffset);
    const { bases } = this.section;
    const cursor = bodyCursor(this.section, header);
    cursor.skip(cie.segmentSelectorSize);
    const start = readPointer(cursor, cie.pointerEncoding, bases, cie.addressSize);
    const end = start + readLength(cursor, cie.pointerEncoding, cie.addressSize);
    if (!Number.isSafeInteger(end)) throw new DwarfError(`the range of the FDE at 0x${header.offset.toString(16)}`);
    if (cie.hasAugmentationData) cursor.skip(cursor.uleb());
    return { cie, start: fileAddr(start), end: fileAddr(end), instructions: restOf(cursor) };
  }

  private cieAt(offset: number): Cie {
    let cie = this.cies.get(offset);
    if (!cie) {
      const header = offset >= 0 ? readEntryHeader(this.section, offset) : undefined;
      if (!header) throw new DwarfError(`no CIE at ${offset}`);
      cie = readCie(this.section, header);
      this.cies.set(offset, cie);
    }
    return cie;
  }
}
