/** Common information entries (DWARF 5, section 6.4.1; LSB Core 5, "CIE" for the augmentations). */
import { Cursor, DwarfError } from '../dwarf/cursor';
import { bodyCursor, type EntryHeader, type FrameSection } from './framesection';
import { DW_EH_PE, skipPointer } from './pointerencoding';

/** Instructions of a CFA program. */
export interface CfaProgram {
  readonly bytes: Uint8Array;
  /** Section offset of the first byte, for pc-relative operands. */
  readonly offset: number;
}

/** What the FDEs of one kind share. */
export interface Cie {
  readonly codeAlignment: number;
  readonly dataAlignment: number;
  readonly returnAddressRegister: number;
  /** DW_EH_PE encoding of the addresses in the FDEs; absolute in .debug_frame. */
  readonly pointerEncoding: number;
  /** Augmentation `z`: the FDEs carry a counted augmentation. */
  readonly hasAugmentationData: boolean;
  /** Augmentation `S`. */
  readonly signalFrame: boolean;
  /** Bytes of an address: 8, or 4 where a version 4 header says so. */
  readonly addressSize: number;
  /** Bytes of the segment selector before an FDE's address. */
  readonly segmentSelectorSize: number;
  readonly initialInstructions: CfaProgram;
}

interface Augmentation {
  readonly pointerEncoding: number;
  readonly signalFrame: boolean;
}

/**
 * Reads the augmentation data of a `z` augmentation: a byte of encoding for R (addresses), L (language data) and
 * P (personality, which follows), nothing for S (signal frame) and B (AArch64 pointer authentication).
 * An unknown letter ends what can be understood, and the count lets everything else be skipped.
 */
function readAugmentation(letters: string, cursor: Cursor, section: FrameSection, addressSize: number): Augmentation {
  let pointerEncoding: number = DW_EH_PE.absptr;
  let signalFrame = false;
  for (const letter of letters) {
    if (letter === 'R') pointerEncoding = cursor.u8();
    else if (letter === 'L') cursor.u8();
    else if (letter === 'S') signalFrame = true;
    else if (letter === 'P') {
      const encoding = cursor.u8();
      // Only stepped over: a debugger does not run the personality routine.
      if (encoding !== DW_EH_PE.omit) skipPointer(cursor, encoding, section.bases.section, addressSize);
    } else if (letter !== 'B') break;
  }
  return { pointerEncoding, signalFrame };
}

/**
 * Reads a CIE of version 1, 3 or 4.
 * @throws DwarfError when it is damaged or of an augmentation that cannot be skipped
 */
export function readCie(section: FrameSection, header: EntryHeader): Cie {
  if (header.cieOffset !== undefined) throw new DwarfError(`no CIE at 0x${header.offset.toString(16)}`);
  const cursor = bodyCursor(section, header);
  const version = cursor.u8();
  if (version !== 1 && version !== 3 && version !== 4) throw new DwarfError(`CIE version ${version}`);
  let augmentation = cursor.cstring();
  let addressSize = 8;
  let segmentSelectorSize = 0;
  if (augmentation.startsWith('eh')) {
    // GCC 2: a pointer to exception data precedes the rest.
    cursor.skip(8);
    augmentation = augmentation.slice(2);
  }
  if (version === 4) {
    addressSize = cursor.u8();
    segmentSelectorSize = cursor.u8();
    if (addressSize !== 8 && addressSize !== 4) throw new DwarfError(`addresses of ${addressSize} bytes`);
  }
  const codeAlignment = cursor.uleb();
  const dataAlignment = cursor.sleb();
  const returnAddressRegister = version === 1 ? cursor.u8() : cursor.uleb();

  const hasAugmentationData = augmentation.startsWith('z');
  if (augmentation !== '' && !hasAugmentationData) throw new DwarfError(`CIE augmentation "${augmentation}"`);
  let understood: Augmentation = { pointerEncoding: DW_EH_PE.absptr, signalFrame: false };
  if (hasAugmentationData) {
    const length = cursor.uleb();
    const data = sliced(cursor, length);
    understood = readAugmentation(augmentation.slice(1), data, section, addressSize);
  }
  return {
    codeAlignment,
    dataAlignment,
    returnAddressRegister,
    hasAugmentationData,
    addressSize,
    segmentSelectorSize,
    ...understood,
    initialInstructions: restOf(cursor),
  };
}

/** A reader confined to the next `length` bytes, which `cursor` steps over. */
function sliced(cursor: Cursor, length: number): Cursor {
  const start = cursor.skip(length);
  return new Cursor(cursor.bytes, start, start + length, cursor.base);
}

/** The instructions that fill an entry to its end. */
export function restOf(cursor: Cursor): CfaProgram {
  const { offset } = cursor;
  return { bytes: cursor.block(cursor.remaining), offset };
}
