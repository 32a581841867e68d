/**
 * The debugging information of one file as its readers share it: sections, units by offset, and abbreviations.
 * Nothing is read until it is asked for.
 */
import { log } from '../../common/log';
import type { ElfFile } from '../elf/elffile';
import { type AbbreviationTable, AbbreviationTables } from './abbreviations';
import { CompileUnit } from './compileunit';
import { DwarfError } from './cursor';
import type { Die } from './die';
import { type Contribution, PackageIndex } from './packageindex';
import type { Section } from './section';
import { DwarfSections } from './sections';
import { type SplitFiles, SplitUnits } from './splitunits';
import { TypeUnits } from './typeunits';
import { UnitBytes } from './unitbytes';
import { isTypeUnit, parseUnitHeader, type UnitHeader, type UnitSection, visitUnitHeaders } from './units';

/** Units kept with their root entries, by section and offset. */
const CACHED_UNITS = 256;
let nextKey = 1;

/** What belongs to a file's debugging information besides the file. */
export interface DebugInfoOptions {
  /** The file that its .gnu_debugaltlink or .debug_sup names (dwz -m), when it was found. */
  readonly alternate?: ElfFile;
  /** Finds the .dwp and .dwo files of the file's skeletons (-gsplit-dwarf). */
  readonly splitFiles?: SplitFiles;
}

export class DebugInfo {
  /** The same for the same file only, in this adapter. */
  readonly key: string;
  readonly sections: DwarfSections;
  /** The debugging information of the file that dwz moved what several files share to. */
  readonly alternate: DebugInfo | undefined;
  /** The split units of this file's skeletons. */
  readonly split: SplitUnits | undefined;
  /** In a .dwo or .dwp: the skeleton of the split unit at an offset. */
  readonly skeletons = new Map<number, { readonly debug: DebugInfo; readonly offset: number }>();
  private headers: readonly UnitHeader[] | undefined;
  private readonly units = new Map<string, CompileUnit>();
  private readonly bytes: UnitBytes;
  private tables: AbbreviationTables | undefined;
  private types: TypeUnits | undefined;
  private readonly packageIndices: { cu?: PackageIndex | null; tu?: PackageIndex | null } = {};

  constructor(
    elf: ElfFile,
    { alternate, splitFiles }: DebugInfoOptions = {},
    splitOf?: { readonly main: DebugInfo; readonly ordinal: number },
  ) {
    this.key = splitOf ? `${splitOf.main.key}-${splitOf.ordinal.toString(36)}` : (nextKey++).toString(36);
    this.bytes = splitOf?.main.bytes ?? new UnitBytes();
    this.sections = new DwarfSections(elf, alternate, splitOf ? '.dwo' : '');
    this.alternate = alternate && new DebugInfo(alternate);
    this.split = splitFiles && new SplitUnits(this, splitFiles);
  }

  /**
   * A .dwo or .dwp file.
   * @param main    the file with the skeletons
   * @param ordinal which of its files it is
   */
  static ofSplitFile(main: DebugInfo, elf: ElfFile, ordinal: number): DebugInfo {
    return new DebugInfo(elf, {}, { main, ordinal });
  }

  /** The index of a package's compilation units; undefined when the file is no package. */
  get packagedUnits(): PackageIndex | undefined {
    return this.packageIndex('cu');
  }

  /** Of one unit of a package. */
  contribution(header: UnitHeader): Contribution | undefined {
    if (!this.packagedUnits) return undefined;
    const { section, offset } = header;
    return this.packagedUnits.around(section, offset) ?? this.packageIndex('tu')?.around(section, offset);
  }

  /** @throws DwarfError when the file has none */
  get info(): Section {
    return this.section('info');
  }

  /** @throws DwarfError when the file has none */
  section(kind: UnitSection): Section {
    const section = kind === 'info' ? this.sections.info : this.sections.types;
    if (!section) throw new DwarfError(`there is no .debug_${kind} section`);
    return section;
  }

  /**
   * Shows every unit with code or data (no type units) in file order. `read` reads its root entry, and throws
   * DwarfError when it cannot; roots read in passing are not kept.
   */
  eachUnit(visit: (header: UnitHeader, read: () => CompileUnit) => void): void {
    this.visitHeaders((header) => {
      if (!isTypeUnit(header)) visit(header, () => new CompileUnit(this, header));
    });
  }

  /** Shows the header of every unit, those of .debug_types last. */
  eachHeader(visit: (header: UnitHeader) => void): void {
    this.visitHeaders(visit);
    const { types } = this.sections;
    if (types) visitUnitHeaders(types, 'types', visit);
  }

  /** Shows the header of every unit of .debug_info in file order. */
  private visitHeaders(visit: (header: UnitHeader) => void): void {
    if (this.headers) {
      this.headers.forEach(visit);
      return;
    }
    const headers: UnitHeader[] = [];
    if (this.sections.info) {
      visitUnitHeaders(this.sections.info, 'info', (header) => {
        headers.push(header);
        visit(header);
      });
    }
    this.headers = headers;
  }

  /** The unit whose header is at `offset`, read by itself. @throws DwarfError */
  unitAt(offset: number, section: UnitSection = 'info'): CompileUnit {
    const key = `${section}${offset}`;
    let unit = this.units.get(key);
    if (unit) {
      this.units.delete(key);
    } else {
      unit = new CompileUnit(this, parseUnitHeader(this.section(section), offset, section));
      if (this.units.size >= CACHED_UNITS) this.units.delete(this.units.keys().next().value!);
    }
    this.units.set(key, unit);
    return unit;
  }

  /** The unit of .debug_info that an offset lies in. @throws DwarfError when there is none */
  unitContaining(offset: number): CompileUnit {
    if (!this.headers) this.visitHeaders(() => undefined);
    const headers = this.headers!;
    let low = 0;
    let high = headers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (headers[middle]!.offset <= offset) low = middle + 1;
      else high = middle;
    }
    const header = headers[low - 1];
    if (!header || offset >= header.end) throw new DwarfError(`no unit contains the entry at 0x${offset.toString(16)}`);
    return this.unitAt(header.offset);
  }

  /** The entry at an offset of its unit's section. @throws DwarfError when there is none */
  dieAt(unit: CompileUnit, offset: number): Die {
    return unit.dieAt(offset);
  }

  /** The unit that defines the type with a signature (DWARF 5 §3.1.4); undefined when the file has none. */
  typeUnit(signature: bigint): CompileUnit | undefined {
    const packaged = this.packageIndex('tu')?.find(signature);
    if (packaged?.types !== undefined) return this.unitAt(packaged.types, 'types');
    if (packaged?.info !== undefined) return this.unitAt(packaged.info);
    this.types ??= new TypeUnits(this);
    const place = this.types.find(signature);
    return place && this.unitAt(place.offset, place.section);
  }

  /** The bytes of a unit from its header to its end, valid until the next call of anything here. */
  unitBytes(header: UnitHeader): Uint8Array {
    return this.bytes.of(this.key, this.section(header.section), header);
  }

  abbreviations(header: UnitHeader): AbbreviationTable {
    if (!this.tables) {
      const section = this.sections.abbrev;
      if (!section) throw new DwarfError('there is no .debug_abbrev section');
      this.tables = new AbbreviationTables(section);
    }
    return this.tables.at(header.abbrevOffset + (this.contribution(header)?.abbrev ?? 0));
  }

  private packageIndex(kind: 'cu' | 'tu'): PackageIndex | undefined {
    let index = this.packageIndices[kind];
    if (index === undefined) {
      const section = this.sections.packageIndex(kind);
      this.packageIndices[kind] = index = section ? (readPackageIndex(section) ?? null) : null;
    }
    return index ?? undefined;
  }
}

/** A damaged index is as good as none: the units may still be in .dwo files. */
function readPackageIndex(section: Section): PackageIndex | undefined {
  try {
    return new PackageIndex(section);
  } catch (error) {
    if (!(error instanceof DwarfError)) throw error;
    log('dwarf', () => error.message);
    return undefined;
  }
}
