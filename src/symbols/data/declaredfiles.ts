/** The paths that DW_AT_decl_file and DW_AT_call_file mean: numbers in the file table of the unit's line program. */
import { DwarfError } from '../dwarf/cursor';
import type { CompileUnit } from '../dwarf/compileunit';
import type { Die } from '../dwarf/die';
import { type LineHeader, type LineNames, readLineHeader, readLineNames } from '../dwarf/lineheader';
import { headerFilePath } from '../lines-files';

/** Units whose tables are kept. */
const MAX_TABLES = 64;

interface Table {
  readonly header: LineHeader;
  readonly names: LineNames;
  readonly paths: Map<number, string | undefined>;
}

export class DeclaredFiles {
  private readonly tables = new Map<string, Table | undefined>();

  /**
   * Absolute path by an attribute of an entry, or of the one it is an instance of or completes; undefined when it states
   * none. @throws DwarfError
   */
  path(die: Die, attribute: number): string | undefined {
    const stated = die.inherited(attribute);
    const number = stated?.die.number(attribute);
    if (stated === undefined || number === undefined) return undefined;
    const unit = stated.die.unit.lineUnit;
    const table = this.table(unit);
    if (!table) return undefined;
    if (!table.paths.has(number)) {
      table.paths.set(number, headerFilePath(unit.debug, unit, table.header, table.names, number));
    }
    return table.paths.get(number);
  }

  private table(unit: CompileUnit): Table | undefined {
    const { key } = unit;
    if (!this.tables.has(key)) {
      if (this.tables.size >= MAX_TABLES) this.tables.clear();
      this.tables.set(key, readTable(unit));
    }
    return this.tables.get(key);
  }
}

function readTable(unit: CompileUnit): Table | undefined {
  const section = unit.debug.sections.line;
  const offset = unit.lineOffset;
  if (!section || offset === undefined) return undefined;
  try {
    const header = readLineHeader(section, offset, unit.header.addressSize);
    return { header, names: readLineNames(section, header), paths: new Map() };
  } catch (error) {
    if (error instanceof DwarfError) return undefined;
    throw error;
  }
}
