/** A sorted index of the FDEs of a section that has no search table: one pass, kept as typed arrays. */
import { log } from '../../common/log';
import { DwarfError } from '../dwarf/cursor';
import type { FdeReader } from './fde';
import { readEntryHeader } from './framesection';

export class FdeIndex {
  private constructor(
    private readonly starts: Float64Array,
    private readonly offsets: Float64Array,
  ) {}

  /**
   * Scans a section from its beginning. Damaged FDEs are left out; an entry that leaves the section ends the scan.
   * @param isCode tells addresses that can hold code from those that a linker gave to functions it discarded
   */
  static scan(reader: FdeReader, isCode: (address: number) => boolean): FdeIndex {
    const { section } = reader;
    const starts: number[] = [];
    const offsets: number[] = [];
    let damaged = 0;
    let offset = 0;
    try {
      while (offset + 4 <= section.data.size) {
        const header = readEntryHeader(section, offset);
        if (!header) {
          // crtend.o ends .eh_frame with a zero word, but files may be linked after it.
          if (!section.sizeKnown) break;
          offset += 4;
          continue;
        }
        if (header.cieOffset !== undefined) {
          try {
            const { start, end } = reader.read(header);
            if (start < end && isCode(start)) {
              starts.push(start);
              offsets.push(offset);
            }
          } catch (error) {
            if (!(error instanceof DwarfError)) throw error;
            damaged++;
          }
        }
        offset = header.end;
      }
    } catch (error) {
      if (!(error instanceof DwarfError)) throw error;
      log('symbols', () => `${section.data.name}: ignoring what follows 0x${offset.toString(16)}: ${error.message}`);
    }
    if (damaged > 0) log('symbols', () => `${section.data.name}: ignoring ${damaged} damaged entries`);
    const order = Uint32Array.from(starts.keys()).sort((a, b) => starts[a]! - starts[b]!);
    return new FdeIndex(
      Float64Array.from(order, (i) => starts[i]!),
      Float64Array.from(order, (i) => offsets[i]!),
    );
  }

  /** Section offset of the FDE that begins last at or before `pc`. */
  find(pc: number): number | undefined {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.starts[middle]! <= pc) low = middle + 1;
      else high = middle;
    }
    return this.offsets[low - 1];
  }
}
