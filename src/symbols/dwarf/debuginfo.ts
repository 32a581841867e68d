/**
 * The debugging information of one file as its readers share it: sections, units by offset, and abbreviations.
 * Nothing is read until it is asked for.
 */
import type { ElfFile } from '../elf/elffile';
import { type AbbreviationTable, AbbreviationTables } from './abbreviations';
import { CompileUnit } from './compileunit';
import { DwarfError } from './cursor';
import type { Section } from './section';
import { DwarfSections } from './sections';
import { isTypeUnit, parseUnitHeader, type UnitHeader, visitUnitHeaders } from './units';

/** Root entries kept, by unit offset. */
const CACHED_UNITS = 64;

export class DebugInfo {
  readonly sections: DwarfSections;
  private headers: readonly UnitHeader[] | undefined;
  private readonly units = new Map<number, CompileUnit>();
  private tables: AbbreviationTables | undefined;

  constructor(elf: ElfFile, alternate?: ElfFile) {
    this.sections = new DwarfSections(elf, alternate);
  }

  /** @throws DwarfError when the file has none */
  get info(): Section {
    const section = this.sections.info;
    if (!section) throw new DwarfError('there is no .debug_info section');
    return section;
  }

  /**
   * Shows every unit with code or data (no type units) in file order. `read` reads its root entry, and throws
   * DwarfError when it cannot; roots read in passing are not kept.
   */
  eachUnit(visit: (header: UnitHeader, read: () => CompileUnit) => void): void {
    const show = (header: UnitHeader): void => visit(header, () => new CompileUnit(this, header));
    if (this.headers) {
      this.headers.forEach(show);
      return;
    }
    const headers: UnitHeader[] = [];
    if (this.sections.info) {
      visitUnitHeaders(this.sections.info, (header) => {
        if (isTypeUnit(header)) return;
        headers.push(header);
        show(header);
      });
    }
    this.headers = headers;
  }

  /** The unit whose header is at `offset`, read by itself. @throws DwarfError */
  unitAt(offset: number): CompileUnit {
    let unit = this.units.get(offset);
    if (!unit) {
      unit = new CompileUnit(this, parseUnitHeader(this.info, offset));
      this.units.set(offset, unit);
      if (this.units.size > CACHED_UNITS) this.units.delete(this.units.keys().next().value!);
    }
    return unit;
  }

  abbreviations(header: UnitHeader): AbbreviationTable {
    if (!this.tables) {
      const section = this.sections.abbrev;
      if (!section) throw new DwarfError('there is no .debug_abbrev section');
      this.tables = new AbbreviationTables(section);
    }
    return this.tables.at(header.abbrevOffset);
  }
}
