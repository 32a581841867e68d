/**
 * The root entry of a unit (DWARF 5 §3.1.1): what the unit is called, where its code is, and the bases that its indexed
 * forms count from. Strings and ranges are followed when asked for: a debugger hops over thousands of units.
 */
import * as C from './constants';
import { DwarfError } from './cursor';
import type { DebugInfo } from './debuginfo';
import type { Die } from './die';
import { UnitEntries } from './entries';
import { type FormValue, readForm } from './forms';
import type { Contribution } from './packageindex';
import { readRangeList } from './ranges';
import type { Section } from './section';
import { isTypeUnit, type UnitHeader } from './units';

/** An address range [start, end) in file addresses. */
export interface AddressRange {
  readonly start: number;
  readonly end: number;
}

/** Root entries are small; one with long inline strings is read again with more. */
const ROOT_READ = 256;
const MAX_ROOT = 1 << 20;

export class CompileUnit {
  /** `DW_TAG_compile_unit`, `_partial_unit`, `_skeleton_unit` or `_type_unit`. */
  readonly tag: number;
  private readonly attributes: ReadonlyMap<number, FormValue>;

  private contributionValue: Contribution | null | undefined;
  private fullValue: CompileUnit | undefined;
  private entriesValue: UnitEntries | undefined;

  /** @throws DwarfError when the root entry cannot be read */
  constructor(
    readonly debug: DebugInfo,
    readonly header: UnitHeader,
  ) {
    const root = readRoot(debug, header);
    this.tag = root.tag;
    this.attributes = root.attributes;
  }

  /** The same for the same unit, and no other's, among all files of all modules. */
  get key(): string {
    const { section, offset } = this.header;
    return `${this.debug.key}${section === 'info' ? '.' : ':'}${offset.toString(36)}`;
  }

  /** How the unit's entries are read. */
  get entries(): UnitEntries {
    return (this.entriesValue ??= new UnitEntries(this));
  }

  /** The root entry as an entry like any other. @throws DwarfError */
  get root(): Die {
    return this.dieAt(this.header.rootOffset);
  }

  /** The entry at a section offset. @throws DwarfError when there is none in this unit */
  dieAt(offset: number): Die {
    return this.entries.at(offset);
  }

  /** The unit that has the entries: of a skeleton (-gsplit-dwarf) its split unit when it was found, else the unit. */
  get full(): CompileUnit {
    return (this.fullValue ??= this.debug.split?.fullOf(this) ?? this);
  }

  /** Of a split unit, and of a type unit in a .dwo with only one: the unit in the program that stands for it. */
  get skeleton(): CompileUnit | undefined {
    const { skeletons } = this.debug;
    const isAlone = isTypeUnit(this.header) && skeletons.size === 1 && !this.debug.packagedUnits;
    const place = isAlone ? skeletons.values().next().value : skeletons.get(this.header.offset);
    return place?.debug.unitAt(place.offset);
  }

  /** The id that a skeleton and its split unit share; undefined for other units. */
  get dwoId(): bigint | undefined {
    const { dwoId } = this.header;
    const value = this.attributes.get(C.DW_AT_GNU_dwo_id);
    if (dwoId !== undefined || value?.kind !== 'constant') return dwoId;
    return value.exact ?? BigInt(value.value);
  }

  /** The unit whose line table numbers the files that entries are declared in (DW_AT_decl_file). */
  get lineUnit(): CompileUnit {
    return isTypeUnit(this.header) ? this : (this.skeleton ?? this);
  }

  /** `DW_AT_name`, as the compiler was called with. */
  get name(): string | undefined {
    return this.stringAttribute(C.DW_AT_name);
  }

  get compDir(): string | undefined {
    return this.stringAttribute(C.DW_AT_comp_dir) ?? this.skeleton?.compDir;
  }

  get producer(): string | undefined {
    return this.stringAttribute(C.DW_AT_producer);
  }

  /** `DW_LANG_*` */
  get language(): number | undefined {
    const value = this.attributes.get(C.DW_AT_language);
    return value?.kind === 'constant' ? value.value : undefined;
  }

  /** The file that holds the rest of this unit (-gsplit-dwarf). */
  get dwoName(): string | undefined {
    return this.stringAttribute(C.DW_AT_dwo_name) ?? this.stringAttribute(C.DW_AT_GNU_dwo_name);
  }

  /** Offset of the unit's line program in .debug_line. */
  get lineOffset(): number | undefined {
    const offset = this.offsetAttribute(C.DW_AT_stmt_list);
    return offset === undefined ? undefined : offset + (this.contribution?.line ?? 0);
  }

  /** The address that range and location lists of this unit start from. @throws DwarfError */
  get lowPc(): number | undefined {
    const value = this.attributes.get(C.DW_AT_low_pc);
    return value ? this.address(value) : this.skeleton?.lowPc;
  }

  get strOffsetsBase(): number {
    const base = this.offsetAttribute(C.DW_AT_str_offsets_base) ?? this.tableHeaderSize(8);
    return base + (this.contribution?.strOffsets ?? 0);
  }

  get addrBase(): number {
    return this.offsetAttribute(C.DW_AT_addr_base) ?? this.offsetAttribute(C.DW_AT_GNU_addr_base) ?? 0;
  }

  /** Where the offset table of the unit's range lists begins (DWARF 5). */
  get rnglistsBase(): number {
    return this.offsetAttribute(C.DW_AT_rnglists_base) ?? this.splitListsBase(this.contribution?.rnglists);
  }

  get loclistsBase(): number {
    return this.offsetAttribute(C.DW_AT_loclists_base) ?? this.splitListsBase(this.contribution?.loclists);
  }

  /** What offsets in the .debug_ranges of the program count from in a split unit before DWARF 5. */
  get gnuRangesBase(): number {
    return this.offsetAttribute(C.DW_AT_GNU_ranges_base) ?? 0;
  }

  /** Which parts of a package's sections are the unit's. */
  get contribution(): Contribution | undefined {
    if (this.contributionValue === undefined) this.contributionValue = this.debug.contribution(this.header) ?? null;
    return this.contributionValue ?? undefined;
  }

  /** Where the unit's code is, as the root entry states it; empty when it does not. @throws DwarfError */
  ranges(): AddressRange[] {
    const { skeleton } = this;
    if (skeleton) return skeleton.ranges();
    return this.rangesOf(
      this.attributes.get(C.DW_AT_low_pc),
      this.attributes.get(C.DW_AT_high_pc),
      this.attributes.get(C.DW_AT_ranges),
    );
  }

  /**
   * The ranges that an entry's DW_AT_low_pc, DW_AT_high_pc and DW_AT_ranges describe together (DWARF 5 §2.17).
   * Empty ranges are left out. @throws DwarfError
   */
  rangesOf(low: FormValue | undefined, high: FormValue | undefined, list: FormValue | undefined): AddressRange[] {
    if (list) return readRangeList(this, list);
    const start = low && this.address(low);
    if (start === undefined || !high) return [];
    // An address in DWARF 2 and 3; an offset from low_pc when it is a constant, since 4.
    const end = high.kind === 'constant' ? start + high.value : this.address(high);
    return end !== undefined && end > start ? [{ start, end }] : [];
  }

  /** The text of a string in any form; undefined when it lies in a file that is not at hand. @throws DwarfError */
  string(value: FormValue): string | undefined {
    switch (value.kind) {
      case 'string':
        return value.value;
      case 'stringOffset':
        return this.debug.sections.strings(value.section)?.string(value.value);
      case 'stringIndex': {
        const { offsetSize } = this.header;
        const at = this.strOffsetsBase + value.value * offsetSize;
        const offset = readOffset(this.debug.sections.strOffsets, at, offsetSize);
        return offset === undefined ? undefined : this.debug.sections.strings('str')?.string(offset);
      }
      default:
        return undefined;
    }
  }

  /** A file address in any form; undefined when the value is no address. @throws DwarfError */
  address(value: FormValue): number | undefined {
    if (value.kind === 'address') return value.value;
    if (value.kind !== 'addressIndex') return undefined;
    return this.addressAt(value.value);
  }

  /** Entry `index` of the unit's part of .debug_addr. @throws DwarfError */
  addressAt(index: number): number | undefined {
    const size = this.header.addressSize === 4 ? 4 : 8;
    const owner = this.skeleton ?? this;
    return readOffset(owner.debug.sections.addr, owner.addrBase + index * size, size);
  }

  /** A name that cannot be read is one the unit does not have: nothing depends on it but what is shown. */
  private stringAttribute(name: number): string | undefined {
    const value = this.attributes.get(name);
    try {
      return value && this.string(value);
    } catch (error) {
      if (error instanceof DwarfError) return undefined;
      throw error;
    }
  }

  /** Section offsets were data4 or data8 before DWARF 4. */
  private offsetAttribute(name: number): number | undefined {
    const value = this.attributes.get(name);
    return value?.kind === 'sectionOffset' || value?.kind === 'constant' ? value.value : undefined;
  }

  /** A split unit states no bases; its tables begin behind their header (DWARF 5 §7.26, §7.28, §7.29). */
  private splitListsBase(contribution = 0): number {
    return this.debug.sections.isSplit ? contribution + this.tableHeaderSize(12) : 0;
  }

  /** @param size of the table's header in the 32-bit format; the length is 8 bytes more in the 64-bit format */
  private tableHeaderSize(size: number): number {
    if (this.header.version < 5) return 0;
    return this.header.offsetSize === 8 ? size + 8 : size;
  }
}

function readOffset(section: Section | undefined, at: number, size: 4 | 8): number | undefined {
  return section?.cursor(at, at + size).sectionOffset(size);
}

function readRoot(debug: DebugInfo, header: UnitHeader): { tag: number; attributes: Map<number, FormValue> } {
  const section = debug.section(header.section);
  for (let length = ROOT_READ; ; length *= 8) {
    const end = Math.min(header.rootOffset + length, header.end);
    try {
      const cursor = section.cursor(header.rootOffset, end);
      const attributes = new Map<number, FormValue>();
      const code = cursor.uleb();
      if (code === 0) throw new DwarfError(`the unit at 0x${header.offset.toString(16)} has no root entry`);
      const declaration = debug.abbreviations(header).find(code);
      const specs = declaration.attributes;
      for (let i = 0; i < specs.length; i += 3) {
        attributes.set(specs[i]!, readForm(cursor, specs[i + 1]!, header, specs[i + 2]));
      }
      return { tag: declaration.tag, attributes };
    } catch (error) {
      if (!(error instanceof DwarfError) || end === header.end || length >= MAX_ROOT) throw error;
    }
  }
}
