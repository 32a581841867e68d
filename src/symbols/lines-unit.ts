/** The line table of one unit with its file names, and the row that governs an address. */
import { fileAddr } from '../common/addresses';
import type { CompileUnit } from './dwarf/compileunit';
import { DwarfError } from './dwarf/cursor';
import type { DebugInfo } from './dwarf/debuginfo';
import { type LineHeader, type LineNames, readLineHeader, readLineNames } from './dwarf/lineheader';
import {
  type CodeLimits,
  type LineRows,
  type LineTable,
  ROW_END_SEQUENCE,
  ROW_IS_STMT,
  ROW_PROLOGUE_END,
  runLineProgram,
  scanLineProgram,
} from './dwarf/lineprogram';
import type { Section } from './dwarf/section';
import { directoryPath, headerFilePath, joinPath } from './lines-files';
import type { LineEntry } from './types';

export class UnitLines {
  private names: LineNames | undefined;
  private readonly paths = new Map<number, string>();
  /** The highest end address among the sequences up to each, as sequences may overlap. */
  private readonly highestEnd: Float64Array;

  private constructor(
    private readonly debug: DebugInfo,
    readonly unit: CompileUnit,
    private readonly section: Section,
    private readonly header: LineHeader,
    readonly table: LineTable,
  ) {
    this.highestEnd = new Float64Array(table.ends.length);
    let highest = -1;
    for (let i = 0; i < table.ends.length; i++) {
      this.highestEnd[i] = highest = Math.max(highest, table.addresses[table.ends[i]!]!);
    }
  }

  /** Decodes the line program of a unit; undefined when it has none. @throws DwarfError */
  static read(debug: DebugInfo, unit: CompileUnit, limits: CodeLimits): UnitLines | undefined {
    const found = findProgram(debug, unit);
    if (!found) return undefined;
    const { section, header, program } = found;
    return new UnitLines(debug, unit, section, header, runLineProgram(header, program, limits));
  }

  /** Decodes the line program of a unit for `visit` alone. @throws DwarfError */
  static scan(debug: DebugInfo, unit: CompileUnit, limits: CodeLimits, visit: (rows: LineRows) => void): void {
    const found = findProgram(debug, unit);
    if (found) scanLineProgram(found.header, found.program, limits, visit);
  }

  /** Absolute path of a row's file; an empty string when the table has no such file. */
  path(file: number): string {
    let path = this.paths.get(file);
    if (path === undefined) this.paths.set(file, (path = this.findPath(file)));
    return path;
  }

  /**
   * The row in force at an address, -1 when no sequence contains it. Of several rows at one address it is the last,
   * which the code belongs to, unless that one is no statement, or line 0, and an earlier one is.
   */
  rowAt(address: number): number {
    const { sequences, ends, addresses } = this.table;
    let low = 0;
    let high = sequences.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (addresses[sequences[middle]!]! <= address) low = middle + 1;
      else high = middle;
    }
    for (let i = low - 1; i >= 0 && this.highestEnd[i]! > address; i--) {
      const end = ends[i]!;
      if (addresses[end]! > address) return this.preferred(this.lastRowUpTo(sequences[i]!, end, address));
    }
    return -1;
  }

  /** The first address above `address` at which a sequence starts. */
  nextSequenceStart(address: number): number | undefined {
    const { sequences, addresses } = this.table;
    const next = sequences.find((row) => addresses[row]! > address);
    return next === undefined ? undefined : addresses[next];
  }

  /** The row in force at the next address after a row's, or the sequence's end row. */
  nextRow(row: number): number {
    const { addresses, flags } = this.table;
    let next = row + 1;
    while (addresses[next] === addresses[row] && !this.isEnd(next)) next++;
    if (this.isEnd(next)) return next;
    const address = addresses[next]!;
    while (addresses[next + 1] === address && !(flags[next + 1]! & ROW_END_SEQUENCE)) next++;
    return this.preferred(next);
  }

  /** The row in force just before a row's address, -1 at the start of the sequence. */
  previousRow(row: number): number {
    const { addresses } = this.table;
    let previous = row - 1;
    while (previous >= 0 && addresses[previous] === addresses[row] && !this.isEnd(previous)) previous--;
    return previous < 0 || this.isEnd(previous) ? -1 : this.preferred(previous);
  }

  isEnd(row: number): boolean {
    return (this.table.flags[row]! & ROW_END_SEQUENCE) !== 0;
  }

  isStmt(row: number): boolean {
    return (this.table.flags[row]! & ROW_IS_STMT) !== 0;
  }

  isPrologueEnd(row: number): boolean {
    return (this.table.flags[row]! & ROW_PROLOGUE_END) !== 0;
  }

  sameLine(a: number, b: number): boolean {
    const { lines, files } = this.table;
    return lines[a] === lines[b] && (files[a] === files[b] || this.path(files[a]!) === this.path(files[b]!));
  }

  entry(row: number): LineEntry {
    const { addresses, lines, columns, files } = this.table;
    let next = this.nextRow(row);
    while (!this.isEnd(next) && columns[next] === columns[row] && this.sameLine(next, row)) next = this.nextRow(next);
    return {
      file: this.path(files[row]!),
      line: lines[row]!,
      column: columns[row]!,
      address: fileAddr(addresses[row]!),
      end: fileAddr(addresses[next]!),
      isStmt: this.isStmt(row),
    };
  }

  /** The last row at or below an address among rows [start, end) of one sequence. */
  private lastRowUpTo(start: number, end: number, address: number): number {
    const { addresses } = this.table;
    let low = start;
    let high = end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (addresses[middle]! <= address) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Of the rows at one address, given the last: the last statement with a line, else the last with a line. */
  private preferred(last: number): number {
    const { addresses, lines } = this.table;
    let withLine = -1;
    for (let row = last; row >= 0 && addresses[row] === addresses[last] && !this.isEnd(row); row--) {
      if (lines[row] === 0) continue;
      if (this.isStmt(row)) return row;
      if (withLine < 0) withLine = row;
    }
    return withLine < 0 ? last : withLine;
  }

  private findPath(file: number): string {
    try {
      const names = (this.names ??= readLineNames(this.section, this.header));
      const path = headerFilePath(this.debug, this.unit, this.header, names, file);
      if (path !== undefined) return path;
      const { definedFiles } = this.table;
      const defined = file - names.files.kinds.length;
      const offset = definedFiles.offsets[defined];
      if (offset === undefined) return '';
      const directory = directoryPath(this.debug, this.unit, this.header, names, definedFiles.directories[defined]!);
      return joinPath(directory, this.section.string(offset));
    } catch (error) {
      if (error instanceof DwarfError) return '';
      throw error;
    }
  }
}

function findProgram(
  debug: DebugInfo,
  unit: CompileUnit,
): { section: Section; header: LineHeader; program: Uint8Array } | undefined {
  const section = debug.sections.line;
  const offset = unit.lineOffset;
  if (!section || offset === undefined) return undefined;
  const header = readLineHeader(section, offset, unit.header.addressSize);
  return { section, header, program: section.bytes(header.programOffset, header.end - header.programOffset) };
}
