/**
 * Source lines of one ELF file: from addresses to lines and from files to the places where their lines have code.
 *
 * Lazy by design, as a debug file can be hundreds of megabytes: an address decodes the line program of its unit only, a
 * breakpoint reads the headers of all line tables once and decodes the units that name its file. Damaged debug
 * information costs the unit it is in.
 */
import { type FileAddr, fileAddr } from '../common/addresses';
import { messageOf } from '../common/errors';
import { log } from '../common/log';
import type { AddressRange, CompileUnit } from './dwarf/compileunit';
import { DwarfError } from './dwarf/cursor';
import { DebugInfo } from './dwarf/debuginfo';
import type { CodeLimits, LineRows } from './dwarf/lineprogram';
import { type CodeScope, innermostScopes } from './dwarf/scopes';
import { PF_X, PT_LOAD, SHF_ALLOC, SHF_EXECINSTR, SHT_NOBITS } from './elf/constants';
import type { ElfFile } from './elf/elffile';
import { FileIndex, hasOwnLines } from './lines-files';
import { StatementCollector, type StatementRows } from './lines-statements';
import { UnitLines } from './lines-unit';
import { UnitLocator } from './lines-units';
import { AnswerCache, LruCache } from './lines-cache';
import type { LineEntry } from './types';

export type { CompileUnit } from './dwarf/compileunit';
export type { StatementRows } from './lines-statements';

export interface LineIndexOptions {
  /** The file with the code, when the debug information is in a file of its own. */
  readonly code?: ElfFile;
  /** The file that .gnu_debugaltlink names (dwz -m), when it was found. */
  readonly alternate?: ElfFile;
  /** The debugging information of the file when somebody reads it already; made from it and `alternate` otherwise. */
  readonly debug?: DebugInfo;
}

/** Rows of decoded units kept, at 19 bytes each. */
const CACHED_ROWS = 1_000_000;
/** Rows kept of files that breakpoints were asked for, at 22 bytes each. */
const CACHED_STATEMENTS = 500_000;
/** A file that more units name than this is read without keeping their rows. */
const KEPT_UNITS = 8;
const RECENT_UNITS = 4;

export class LineIndex {
  private readonly debug: DebugInfo;
  private readonly code: ElfFile;
  private readonly limits: CodeLimits;
  private readonly locator: UnitLocator;
  private fileIndex: FileIndex | undefined;
  private readonly units = new LruCache<number, UnitLines>(CACHED_ROWS, (unit) => unit.table.rowCount);
  private readonly statements = new LruCache<string, StatementRows>(CACHED_STATEMENTS, (rows) => rows.count);
  private readonly entries = new AnswerCache<LineEntry>();
  private recent: readonly UnitLines[] = [];
  /** Units whose line program cannot be used, so that it is said once. */
  private readonly failed = new Set<number>();

  /**
   * @param elf the file with the .debug_* sections; nothing of them is read until asked for
   */
  constructor(
    private readonly elf: ElfFile,
    options: LineIndexOptions = {},
  ) {
    this.debug = options.debug ?? new DebugInfo(elf, { alternate: options.alternate });
    this.code = options.code ?? elf;
    this.limits = codeLimits(elf);
    this.locator = new UnitLocator(this.debug, this.limits, (unit) => this.lineRanges(unit));
  }

  /** Whether the file has line tables at all. Costs nothing. */
  get hasLines(): boolean {
    return this.debug.sections.has('.debug_line') && this.debug.sections.has('.debug_info');
  }

  /** The row in force at an address, which may be one of line 0; undefined when no line table covers it. */
  lineAt(address: FileAddr): LineEntry | undefined {
    return this.entries.get(address, () => {
      const place = this.rowAt(address);
      return place && place.lines.entry(place.row);
    });
  }

  /**
   * The row that says where an address is in the sources: for code of line 0, which is of no place of its own, the one
   * before it that has a line, not before `first`.
   */
  placeAt(address: FileAddr, first: FileAddr): LineEntry | undefined {
    const place = this.rowAt(address);
    if (!place) return undefined;
    const { lines } = place;
    const { table } = lines;
    let { row } = place;
    while (row >= 0 && table.lines[row] === 0) row = lines.previousRow(row);
    if (row === place.row || row < 0 || table.addresses[row]! < first) return this.lineAt(address);
    return lines.entry(row);
  }

  /** The unit whose line table covers an address, else one that claims it. */
  unitAt(address: FileAddr): CompileUnit | undefined {
    const place = this.rowAt(address);
    if (place) return place.lines.unit;
    for (const offset of this.locatedUnits(address)) {
      const unit = this.attempt(offset, () => this.debug.unitAt(offset));
      if (unit) return unit;
    }
    return undefined;
  }

  /** Absolute paths of all files that some unit's line table names. Reads headers only. */
  sourceFiles(): readonly string[] {
    return this.files.paths;
  }

  /** Those whose last path component is `basename`. */
  filesMatching(basename: string): readonly string[] {
    return this.files.withBasename(basename);
  }

  /** .debug_info offsets of the units whose line tables name a file (a path as `sourceFiles` has it). */
  unitsNaming(file: string): readonly number[] {
    return this.files.unitsNaming(file).map(({ unit }) => unit);
  }

  /**
   * The statement rows of a file (a path as `sourceFiles` has it) by ascending address, from all units that name it.
   */
  rowsFor(file: string): StatementRows {
    const known = this.statements.get(file);
    if (known) return known;
    const collector = new StatementCollector();
    const uses = this.files.unitsNaming(file);
    for (const { unit, numbers } of uses) {
      // A header in thousands of units is scanned; the one unit of a source file is about to be needed again.
      const lines = uses.length <= KEPT_UNITS ? this.linesOf(unit) : this.units.get(unit);
      if (lines) collector.add(unit, lines.table, numbers);
      else if (uses.length > KEPT_UNITS) this.scan(unit, (rows) => collector.add(unit, rows, numbers));
    }
    const rows = collector.finish();
    this.statements.set(file, rows);
    return rows;
  }

  /**
   * What covers [start, end), by ascending address and without overlaps. Neighbouring rows of one position are one
   * entry; the first may begin before `start` and the last end behind `end`.
   */
  *entriesIn(start: FileAddr, end: FileAddr): Iterable<LineEntry> {
    for (let address: number | undefined = start; address !== undefined && address < end;) {
      const entry = this.lineAt(fileAddr(address));
      if (entry) yield entry;
      address = entry ? entry.end : this.nextCovered(address);
    }
  }

  /**
   * The contiguous range around an address that `next` has to leave: the rows of its statement's line, together with
   * the rows among them that are no statements of their own or have line 0.
   */
  statementRange(address: FileAddr): { readonly start: FileAddr; readonly end: FileAddr } | undefined {
    const place = this.rowAt(address);
    if (!place) return undefined;
    const { lines } = place;
    const continues = (row: number, anchor: number): boolean =>
      !lines.isStmt(row) || lines.table.lines[row] === 0 || lines.sameLine(row, anchor);
    let anchor = place.row;
    while (!lines.isStmt(anchor) || lines.table.lines[anchor] === 0) {
      const previous = lines.previousRow(anchor);
      if (previous < 0) break;
      anchor = previous;
    }
    let first = anchor;
    for (let row = anchor; row >= 0 && continues(row, anchor); row = lines.previousRow(row)) {
      if (lines.sameLine(row, anchor)) first = row;
    }
    let end = lines.nextRow(place.row);
    while (!lines.isEnd(end) && continues(end, anchor)) end = lines.nextRow(end);
    const { addresses } = lines.table;
    return { start: fileAddr(addresses[first]!), end: fileAddr(addresses[end]!) };
  }

  /**
   * The innermost function, inlined call or block at each of some addresses of a unit; undefined where there is none or
   * it cannot be read.
   */
  scopesAt(unit: number, addresses: readonly number[]): (CodeScope | undefined)[] {
    const scopes = this.attempt(unit, () => {
      const { full } = this.debug.unitAt(unit);
      return innermostScopes(full.debug, full, addresses);
    });
    return scopes ?? addresses.map(() => undefined);
  }

  /** The decoded rows that cover an address, for whoever walks them. */
  rowAt(address: FileAddr): { readonly lines: UnitLines; readonly row: number } | undefined {
    // Where the last ones were found: a stop, its steps and its breakpoints need no table of all units' ranges.
    for (const lines of this.recent) {
      const row = lines.rowAt(address);
      if (row >= 0) return { lines, row };
    }
    for (const offset of this.locatedUnits(address)) {
      const lines = this.linesOf(offset);
      const row = lines ? lines.rowAt(address) : -1;
      if (lines && row >= 0) return { lines, row };
    }
    return undefined;
  }

  /** Instruction bytes as the file has them; empty where it has none. */
  codeAt(address: FileAddr, length: number): Uint8Array {
    const section = this.code.sectionAt(address);
    if (!section || section.type === SHT_NOBITS) return new Uint8Array(0);
    return section.data.read(address - section.address, length);
  }

  private get files(): FileIndex {
    return (this.fileIndex ??= new FileIndex(this.debug));
  }

  private locatedUnits(address: number): Iterable<number> {
    return this.hasLines ? this.locator.unitsAt(address) : [];
  }

  private nextCovered(address: number): number | undefined {
    let next = this.locator.nextStart(address) ?? Infinity;
    for (const offset of this.locatedUnits(address)) {
      next = Math.min(next, this.linesOf(offset)?.nextSequenceStart(address) ?? Infinity);
    }
    return next === Infinity ? undefined : next;
  }

  /** Decodes a unit's lines in passing. */
  private scan(offset: number, visit: (rows: LineRows) => void): void {
    if (this.failed.has(offset)) return;
    this.attempt(offset, () => UnitLines.scan(this.debug, this.debug.unitAt(offset), this.limits, visit));
  }

  /** The decoded lines of the unit at a .debug_info offset; undefined when it has none that can be used. */
  private linesOf(offset: number): UnitLines | undefined {
    const known = this.units.get(offset);
    if (known || this.failed.has(offset)) return known;
    const lines = this.attempt(offset, () => {
      const unit = this.debug.unitAt(offset);
      return hasOwnLines(unit) ? UnitLines.read(this.debug, unit, this.limits) : undefined;
    });
    if (lines) {
      this.units.set(offset, lines);
      this.recent = [lines, ...this.recent.slice(0, RECENT_UNITS - 1)];
    } else {
      this.failed.add(offset);
    }
    return lines;
  }

  private lineRanges(unit: CompileUnit): AddressRange[] {
    const lines = this.linesOf(unit.header.offset);
    if (!lines) return [];
    const { sequences, ends, addresses } = lines.table;
    return Array.from(sequences, (first, i) => ({ start: addresses[first]!, end: addresses[ends[i]!]! }));
  }

  private attempt<T>(unit: number, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof DwarfError)) throw error;
      log('dwarf', () => `${this.elf.name}: the unit at 0x${unit.toString(16)}: ${messageOf(error)}`);
      return undefined;
    }
  }
}

/** Where the file's executable sections are, or its executable segments when it has no sections. */
function codeLimits(elf: ElfFile): CodeLimits {
  const wanted = SHF_ALLOC | SHF_EXECINSTR;
  const sections = elf.sections.filter((s) => (s.flags & wanted) === wanted && s.size > 0);
  const ranges: AddressRange[] =
    sections.length > 0
      ? sections.map((s) => ({ start: s.address, end: s.address + s.size }))
      : elf.segments
          .filter((s) => s.type === PT_LOAD && s.flags & PF_X)
          .map((s) => ({ start: s.address, end: s.address + s.memorySize }));
  let low = Number.MAX_SAFE_INTEGER;
  let high = 0;
  for (const range of ranges) {
    low = Math.min(low, range.start);
    high = Math.max(high, range.end);
  }
  return { low, high };
}
