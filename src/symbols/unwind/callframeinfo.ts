/**
 * The call frame information of one module: .eh_frame through the sorted table of .eh_frame_hdr, or scanned where
 * there is none, then .debug_frame. Works on files and on images taken from memory without section headers (the vdso).
 */
import type { FileAddr } from '../../common/addresses';
import type { ByteSource } from '../../common/bytes';
import { log } from '../../common/log';
import { DwarfError } from '../dwarf/cursor';
import { Section } from '../dwarf/section';
import { PF_X, PT_GNU_EH_FRAME, PT_LOAD } from '../elf/constants';
import type { ElfFile } from '../elf/elffile';
import { rowFor } from './cfaprogram';
import { EhFrameHeader } from './ehframeheader';
import { FdeReader, type Fde } from './fde';
import { FdeIndex } from './fdeindex';
import type { FrameSection } from './framesection';
import type { UnwindRow } from './unwindrow';

/** Rows kept for places that are asked about again and again: return addresses and what is stepped through. */
const ROW_CACHE = 4096;

/** One way to find FDEs: a section and its order. */
interface FdeTable {
  readonly reader: FdeReader;
  /** Section offset of the FDE that begins last at or before a pc. */
  find(pc: number): number | undefined;
}

export class CallFrameInfo {
  private readonly tables: readonly (() => FdeTable | undefined)[];
  private readonly rows = new Map<FileAddr, UnwindRow | undefined>();

  /**
   * Reads nothing yet.
   * @param elf      the module as it is loaded
   * @param debugElf finds its separate debug file, which may have a .debug_frame; asked only when the module itself
   *                 does not tell
   */
  constructor(elf: ElfFile, debugElf?: () => ElfFile | undefined) {
    this.tables = [
      once(() => openEhFrame(elf)),
      once(() => openDebugFrame(elf, elf)),
      once(() => openSeparateDebugFrame(elf, debugElf?.())),
    ];
  }

  /**
   * The unwind row for the instruction at `pc`; undefined where the module says nothing (or nothing sound) about it.
   * Callers of a frame that is in the middle of a call pass the return address minus one.
   */
  rowAt(pc: FileAddr): UnwindRow | undefined {
    if (this.rows.has(pc)) return this.rows.get(pc);
    let row: UnwindRow | undefined;
    const found = this.find(pc);
    if (found) {
      try {
        row = rowFor(found.fde, pc, found.reader.section.bases);
      } catch (error) {
        ignoreDamage(error, `no unwind row for 0x${pc.toString(16)}`);
      }
    }
    if (this.rows.size >= ROW_CACHE) this.rows.clear();
    this.rows.set(pc, row);
    return row;
  }

  /** The range of the FDE that covers `pc`: a function, or the hot or cold part of one. */
  functionRange(pc: FileAddr): { readonly start: FileAddr; readonly end: FileAddr } | undefined {
    const fde = this.find(pc)?.fde;
    return fde && { start: fde.start, end: fde.end };
  }

  /** Whether `pc` lies in a signal trampoline: the kernel pushed the frame, and its caller was interrupted. */
  isSignalFrame(pc: FileAddr): boolean {
    return this.find(pc)?.fde.cie.signalFrame ?? false;
  }

  private find(pc: FileAddr): { fde: Fde; reader: FdeReader } | undefined {
    for (const open of this.tables) {
      const table = open();
      if (!table) continue;
      try {
        const offset = table.find(pc);
        if (offset === undefined) continue;
        const fde = table.reader.readAt(offset);
        if (pc >= fde.start && pc < fde.end) return { fde, reader: table.reader };
      } catch (error) {
        ignoreDamage(error, `no unwind entry for 0x${pc.toString(16)}`);
      }
    }
    return undefined;
  }
}

/** A .debug_frame may be large and compressed: tables are opened when the ones before them do not know a pc. */
function once<T>(open: () => T): () => T {
  let opened: { readonly value: T } | undefined;
  return () => (opened ??= { value: open() }).value;
}

function ignoreDamage(error: unknown, consequence: string): void {
  if (!(error instanceof DwarfError)) throw error;
  log('symbols', () => `${consequence}: ${error.message}`);
}

function openEhFrame(elf: ElfFile): FdeTable | undefined {
  const header = openHeader(elf);
  const section = ehFrameSection(elf, header?.ehFrameAddress);
  if (!section) return undefined;
  const reader = new FdeReader(section);
  if (!header?.hasTable) return indexed(reader, elf);
  return {
    reader,
    find(pc) {
      const address = header.find(pc);
      return address === undefined ? undefined : address - section.bases.section;
    },
  };
}

function openHeader(elf: ElfFile): EhFrameHeader | undefined {
  const place =
    elf.segments.find((segment) => segment.type === PT_GNU_EH_FRAME && segment.fileSize > 0) ??
    elf.section('.eh_frame_hdr');
  if (!place) return undefined;
  const size = 'fileSize' in place ? place.fileSize : place.size;
  const bases = { section: place.address, data: place.address, word: wordReader(elf) };
  try {
    return EhFrameHeader.parse(elf.readAt(place.address, size), bases);
  } catch (error) {
    ignoreDamage(error, `${elf.name}: .eh_frame_hdr is not used`);
    return undefined;
  }
}

/** .eh_frame by its section header, else from where .eh_frame_hdr points to the end of that segment. */
function ehFrameSection(elf: ElfFile, addressFromHeader: number | undefined): FrameSection | undefined {
  const section = elf.section('.eh_frame');
  if (section && section.data.size > 0 && (addressFromHeader ?? section.address) === section.address) {
    return frameSection(elf, 'eh_frame', section.data, section.address, true);
  }
  if (addressFromHeader === undefined) return undefined;
  const segment = elf.segments.find(
    ({ type, address, fileSize }) =>
      type === PT_LOAD && addressFromHeader >= address && addressFromHeader < address + fileSize,
  );
  if (!segment) return undefined;
  const size = segment.address + segment.fileSize - addressFromHeader;
  const data: ByteSource = {
    size,
    read: (offset, length) => elf.readAt(addressFromHeader + offset, Math.max(Math.min(length, size - offset), 0)),
  };
  return frameSection(elf, 'eh_frame', data, addressFromHeader, false);
}

function openDebugFrame(elf: ElfFile, loaded: ElfFile): FdeTable | undefined {
  const data = elf.section('.debug_frame')?.data;
  if (!data || data.size === 0) return undefined;
  return indexed(new FdeReader(frameSection(loaded, 'debug_frame', data, 0, true)), loaded);
}

function openSeparateDebugFrame(elf: ElfFile, debugElf: ElfFile | undefined): FdeTable | undefined {
  return debugElf && debugElf !== elf ? openDebugFrame(debugElf, elf) : undefined;
}

function frameSection(
  elf: ElfFile,
  format: FrameSection['format'],
  data: ByteSource,
  address: number,
  sizeKnown: boolean,
): FrameSection {
  const text = elf.section('.text')?.address;
  const got = (elf.section('.got') ?? elf.section('.got.plt'))?.address;
  const bases = { section: address, text, data: got, word: wordReader(elf) };
  return { format, data: new Section(`.${format}`, data), bases, sizeKnown };
}

function indexed(reader: FdeReader, elf: ElfFile): FdeTable {
  const code = elf.segments.filter(({ type, flags }) => type === PT_LOAD && flags & PF_X);
  const isCode = (at: number): boolean =>
    code.length === 0 || code.some(({ address, memorySize }) => at >= address && at < address + memorySize);
  let index: FdeIndex | undefined;
  return { reader, find: (pc) => (index ??= FdeIndex.scan(reader, isCode)).find(pc) };
}

/** Follows an indirect pointer through the file, as it is before relocation. */
function wordReader(elf: ElfFile): (address: number) => number | undefined {
  return (address) => {
    const bytes = elf.readAt(address, 8);
    if (bytes.length < 8) return undefined;
    return Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  };
}
