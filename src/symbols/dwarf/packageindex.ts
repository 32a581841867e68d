/**
 * The index of a DWARF package (.dwp): which parts of its sections came from which .dwo (DWARF 5 §7.3.5; version 2 is
 * GNU's before it, gcc.gnu.org/wiki/DebugFissionDWP).
 */
import { DwarfError } from './cursor';
import type { Section } from './section';

/** Where the part of each section begins that came from one .dwo. Absent: it has none. */
export interface Contribution {
  readonly info?: number;
  readonly types?: number;
  readonly abbrev?: number;
  readonly line?: number;
  readonly loc?: number;
  readonly strOffsets?: number;
  readonly loclists?: number;
  readonly rnglists?: number;
}

type Kind = keyof Contribution;

/** `DW_SECT_*` by version; the sections of macros are not read. */
const KINDS: Readonly<Record<2 | 5, readonly (Kind | undefined)[]>> = {
  2: [undefined, 'info', 'types', 'abbrev', 'line', 'loc', 'strOffsets'],
  5: [undefined, 'info', undefined, 'abbrev', 'line', 'loclists', 'strOffsets', undefined, 'rnglists'],
};

const HEADER = 16;

/** .debug_cu_index or .debug_tu_index. */
export class PackageIndex {
  private readonly view: DataView;
  private readonly sectionCount: number;
  private readonly rowCount: number;
  private readonly slotCount: number;
  private readonly kinds: readonly (Kind | undefined)[];
  private rowsByOffset: Map<number, number> | undefined;

  /** @throws DwarfError when the index is damaged or of another version */
  constructor(section: Section) {
    const bytes = section.bytes(0, section.size);
    if (bytes.length < HEADER) throw new DwarfError(`${section.name} is shorter than its header`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    // A 4-byte version in 2, a 2-byte version and padding in 5.
    const version = view.getUint32(0, true) === 2 ? 2 : view.getUint16(0, true);
    if (version !== 2 && version !== 5) {
      throw new DwarfError(`${section.name} has version ${version}; 2 and 5 are known`);
    }
    this.view = view;
    this.sectionCount = view.getUint32(4, true);
    this.rowCount = view.getUint32(8, true);
    this.slotCount = view.getUint32(12, true);
    if (this.sizesOffset + 4 * this.sectionCount * this.rowCount > bytes.length) {
      throw new DwarfError(`${section.name} ends before its tables do`);
    }
    this.kinds = Array.from(
      { length: this.sectionCount },
      (_, i) => KINDS[version][view.getUint32(this.cell(0, i), true)],
    );
  }

  /** The parts of the unit with a `dwo_id`, or type signature in .debug_tu_index; undefined when there is none. */
  find(signature: bigint): Contribution | undefined {
    const mask = BigInt(this.slotCount - 1);
    let slot = signature & mask;
    const step = ((signature >> 32n) & mask) | 1n;
    for (let probes = 0; probes < this.slotCount; probes++) {
      const row = this.view.getUint32(HEADER + 8 * this.slotCount + 4 * Number(slot), true);
      // The signature of an unused slot is 0, and so may be that of a used one.
      if (row === 0) return undefined;
      if (this.view.getBigUint64(HEADER + 8 * Number(slot), true) === signature) return this.contribution(row);
      slot = (slot + step) & mask;
      if (slot >= BigInt(this.slotCount)) return undefined;
    }
    return undefined;
  }

  /** The parts that belong to the unit whose header is at an offset of .debug_info.dwo or .debug_types.dwo. */
  around(kind: 'info' | 'types', offset: number): Contribution | undefined {
    if (!this.kinds.includes(kind)) return undefined;
    if (!this.rowsByOffset) {
      this.rowsByOffset = new Map();
      const column = this.kinds.indexOf(kind);
      for (let row = 1; row <= this.rowCount; row++) {
        this.rowsByOffset.set(this.view.getUint32(this.cell(row, column), true), row);
      }
    }
    const row = this.rowsByOffset.get(offset);
    return row === undefined ? undefined : this.contribution(row);
  }

  private contribution(row: number): Contribution | undefined {
    if (row > this.rowCount) return undefined;
    const contribution: Partial<Record<Kind, number>> = {};
    this.kinds.forEach((kind, column) => {
      if (kind) contribution[kind] = this.view.getUint32(this.cell(row, column), true);
    });
    return contribution;
  }

  /** Where a number of the table of offsets is; row 0 has the section ids. */
  private cell(row: number, column: number): number {
    return HEADER + 12 * this.slotCount + 4 * (row * this.sectionCount + column);
  }

  private get sizesOffset(): number {
    return this.cell(this.rowCount + 1, 0);
  }
}
