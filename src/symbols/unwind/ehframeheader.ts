/** .eh_frame_hdr: a table of functions sorted by address (LSB Core 5, "The .eh_frame_hdr section"). */
import { Cursor, DwarfError } from '../dwarf/cursor';
import { DW_EH_PE, pointerSize, readPointer, type PointerBases } from './pointerencoding';

export class EhFrameHeader {
  private constructor(
    private readonly bytes: Uint8Array,
    private readonly bases: PointerBases,
    /** File address of .eh_frame. */
    readonly ehFrameAddress: number,
    private readonly table: SearchTable | undefined,
  ) {}

  /**
   * @param bytes the whole section
   * @param bases `section` and `data` are the section's own file address
   * @throws DwarfError when the header is damaged
   */
  static parse(bytes: Uint8Array, bases: PointerBases): EhFrameHeader {
    const cursor = new Cursor(bytes);
    const version = cursor.u8();
    if (version !== 1) throw new DwarfError(`.eh_frame_hdr version ${version}`);
    const pointerEncoding = cursor.u8();
    const countEncoding = cursor.u8();
    const tableEncoding = cursor.u8();
    const ehFrameAddress = readPointer(cursor, pointerEncoding, bases);
    // Linkers that could not sort the FDEs leave the table out.
    const fieldSize = pointerSize(tableEncoding);
    if (countEncoding === DW_EH_PE.omit || fieldSize === undefined) {
      return new EhFrameHeader(bytes, bases, ehFrameAddress, undefined);
    }
    const stated = readPointer(cursor, countEncoding, bases);
    const count = Math.min(stated, Math.floor(cursor.remaining / (2 * fieldSize)));
    const table = { encoding: tableEncoding, start: cursor.position, count, fieldSize };
    return new EhFrameHeader(bytes, bases, ehFrameAddress, count > 0 ? table : undefined);
  }

  /** Whether there is a table to search. */
  get hasTable(): boolean {
    return this.table !== undefined;
  }

  /**
   * File address of the FDE that begins last at or before `pc`: the only one that can contain it. Undefined when every
   * function begins after it. Searches the table in place.
   */
  find(pc: number): number | undefined {
    if (!this.table) return undefined;
    const { count, start, fieldSize, encoding } = this.table;
    const cursor = new Cursor(this.bytes);
    const field = (index: number): number => {
      cursor.position = start + index * fieldSize;
      return readPointer(cursor, encoding, this.bases);
    };
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (field(2 * middle) <= pc) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? undefined : field(2 * low - 1);
  }
}

interface SearchTable {
  readonly encoding: number;
  /** Index of the first entry in the section; each is two fields, the function's address and its FDE's. */
  readonly start: number;
  readonly count: number;
  /** Bytes. */
  readonly fieldSize: number;
}
