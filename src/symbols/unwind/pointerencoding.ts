/** Encoded pointers of .eh_frame and .eh_frame_hdr (LSB Core 5, "DWARF Exception Header Encoding"). */
import { DwarfError, type Cursor } from '../dwarf/cursor';

export const DW_EH_PE = {
  absptr: 0x00,
  uleb128: 0x01,
  udata2: 0x02,
  udata4: 0x03,
  udata8: 0x04,
  signed: 0x08,
  sleb128: 0x09,
  sdata2: 0x0a,
  sdata4: 0x0b,
  sdata8: 0x0c,
  pcrel: 0x10,
  textrel: 0x20,
  datarel: 0x30,
  funcrel: 0x40,
  aligned: 0x50,
  indirect: 0x80,
  omit: 0xff,
} as const;

/** What relative pointers are relative to. File addresses. */
export interface PointerBases {
  /** Address of the section's first byte, which `Cursor.offset` counts from: for pcrel and aligned. */
  readonly section: number;
  /** .text */
  readonly text?: number;
  /** The GOT in .eh_frame, the header itself in .eh_frame_hdr. */
  readonly data?: number;
  /** The function whose FDE this is. */
  readonly function?: number;
  /** Follows an indirect pointer: the 8-byte word stored at a file address. */
  readonly word: (address: number) => number | undefined;
}

/** Bytes that a pointer of this encoding takes, or undefined when that varies (LEB128, aligned) or is unknown. */
export function pointerSize(encoding: number): number | undefined {
  if (encoding === DW_EH_PE.omit || encoding === DW_EH_PE.aligned) return undefined;
  switch (encoding & 0x0f) {
    case DW_EH_PE.udata2:
    case DW_EH_PE.sdata2:
      return 2;
    case DW_EH_PE.udata4:
    case DW_EH_PE.sdata4:
      return 4;
    case DW_EH_PE.absptr:
    case DW_EH_PE.signed:
    case DW_EH_PE.udata8:
    case DW_EH_PE.sdata8:
      return 8;
    default:
      return undefined;
  }
}

/** The number as stored. Eight-byte forms are read as signed, so that a relative one may point backwards. */
function readStored(cursor: Cursor, format: number, addressSize: number): number {
  switch (format) {
    case DW_EH_PE.absptr:
      return addressSize === 8 ? Number(cursor.bigI64()) : cursor.uint(addressSize);
    case DW_EH_PE.signed:
      return addressSize === 8 ? Number(cursor.bigI64()) : cursor.u32() | 0;
    case DW_EH_PE.uleb128:
      return cursor.uleb();
    case DW_EH_PE.sleb128:
      return cursor.sleb();
    case DW_EH_PE.udata2:
      return cursor.u16();
    case DW_EH_PE.sdata2:
      return (cursor.u16() << 16) >> 16;
    case DW_EH_PE.udata4:
      return cursor.u32();
    case DW_EH_PE.sdata4:
      return cursor.u32() | 0;
    case DW_EH_PE.udata8:
    case DW_EH_PE.sdata8:
      return Number(cursor.bigI64());
    default:
      throw new DwarfError(`unknown pointer format 0x${format.toString(16)}`);
  }
}

function baseOf(encoding: number, position: number, bases: PointerBases): number {
  const application = encoding & 0x70;
  let base: number | undefined;
  if (application === DW_EH_PE.absptr) base = 0;
  else if (application === DW_EH_PE.pcrel) base = position;
  else if (application === DW_EH_PE.textrel) base = bases.text;
  else if (application === DW_EH_PE.datarel) base = bases.data;
  else if (application === DW_EH_PE.funcrel) base = bases.function;
  if (base === undefined) throw new DwarfError(`pointer encoding 0x${encoding.toString(16)} has no base here`);
  return base;
}

/**
 * Reads one pointer and returns the file address it stands for.
 * @throws DwarfError when it is omitted, unknown, has no base, or gives no address below 2^53
 */
export function readPointer(cursor: Cursor, encoding: number, bases: PointerBases, addressSize = 8): number {
  if (encoding === DW_EH_PE.omit) throw new DwarfError('an omitted pointer is needed');
  if (encoding === DW_EH_PE.aligned) {
    const misaligned = (bases.section + cursor.offset) % addressSize;
    if (misaligned !== 0) cursor.skip(addressSize - misaligned);
    return checked(readStored(cursor, DW_EH_PE.absptr, addressSize));
  }
  const position = bases.section + cursor.offset;
  const stored = readStored(cursor, encoding & 0x0f, addressSize);
  const address = checked(stored + baseOf(encoding, position, bases));
  if (!(encoding & DW_EH_PE.indirect)) return address;
  const target = bases.word(address);
  if (target === undefined) throw new DwarfError(`no word at 0x${address.toString(16)} for an indirect pointer`);
  return checked(target);
}

/** Steps over a pointer without needing its bases. */
export function skipPointer(cursor: Cursor, encoding: number, sectionAddress: number, addressSize: number): void {
  if (encoding === DW_EH_PE.aligned) {
    const misaligned = (sectionAddress + cursor.offset) % addressSize;
    cursor.skip((misaligned === 0 ? 0 : addressSize - misaligned) + addressSize);
  } else readStored(cursor, encoding & 0x0f, addressSize);
}

/** Reads a length: the same format as the pointer it belongs to, relative to nothing. */
export function readLength(cursor: Cursor, encoding: number, addressSize = 8): number {
  return checked(readStored(cursor, encoding === DW_EH_PE.aligned ? 0 : encoding & 0x07, addressSize));
}

function checked(address: number): number {
  if (!(address >= 0 && address <= Number.MAX_SAFE_INTEGER)) throw new DwarfError(`${address} is no address`);
  return address;
}
