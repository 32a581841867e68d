/**
 * Where a breakpoint on a source line goes. The rules are gdb's, as users know them: the line itself or the next one
 * with code, one address for every copy of it, past the prologue.
 */
import { type FileAddr, fileAddr } from '../common/addresses';
import { callOf, type CodeScope, functionOf } from './dwarf/scopes';
import type { LineIndex, StatementRows } from './lines';
import { prologueEnd } from './lines-prologue';
import type { BreakpointLocation } from './types';

/** Which files of the debug information are meant: paths as `LineIndex.sourceFiles` has them, or a test of them. */
export type FileMatch = readonly string[] | ((path: string) => boolean);

export interface LineRequest {
  /** 1-based. */
  readonly line: number;
  /** 1-based; without it, every place of the line counts. */
  readonly column?: number;
  /**
   * Start of the function symbol that contains an address, to tell copies of a line apart where the debug information
   * describes no functions.
   */
  readonly functionStartOf?: (address: FileAddr) => FileAddr | undefined;
}

/** One statement row that could take the breakpoint. */
interface Candidate {
  readonly file: string;
  readonly address: number;
  readonly line: number;
  readonly column: number;
  readonly unit: number;
  readonly runStart: number;
}

interface ScopedCandidate extends Candidate {
  readonly scope: CodeScope | undefined;
  /** The scope at `runStart`. */
  readonly runScope: CodeScope | undefined;
}

/**
 * Finds the addresses for a breakpoint. A line without code stands for the next line of the file that has some, even if
 * that is in another function.
 * @returns undefined when the file is not known or has no code at or after the line
 */
export function resolveSourceLine(
  lines: LineIndex,
  match: FileMatch,
  request: LineRequest,
): BreakpointLocation | undefined {
  const candidates = bestLine(lines, matchingFiles(lines, match), request.line);
  const first = candidates[0];
  if (!first) return undefined;
  const chosen = first.line === request.line ? atColumn(candidates, request.column) : candidates;
  const addresses = new Set<number>();
  for (const candidate of onePerScope(lines, chosen, request.functionStartOf)) {
    addresses.add(pastPrologue(lines, candidate));
  }
  const sorted = [...addresses].sort((a, b) => a - b).map((address) => fileAddr(address));
  return { ...reportedPlace(lines, chosen, sorted[0]!), addresses: sorted };
}

/** The positions between two lines, inclusive, where a breakpoint would sit exactly, by line and column. */
export function breakpointLines(
  lines: LineIndex,
  match: FileMatch,
  fromLine: number,
  toLine: number,
): { line: number; column?: number }[] {
  const positions = new Map<number, { line: number; column?: number }>();
  for (const file of matchingFiles(lines, match)) {
    const rows = lines.rowsFor(file);
    for (let i = 0; i < rows.count; i++) {
      const line = rows.lines[i]!;
      if (line < fromLine || line > toLine) continue;
      const column = rows.columns[i]!;
      positions.set(line * 0x10000 + column, column > 0 ? { line, column } : { line });
    }
  }
  return [...positions].sort(([a], [b]) => a - b).map(([, position]) => position);
}

function matchingFiles(lines: LineIndex, match: FileMatch): readonly string[] {
  return typeof match === 'function' ? lines.sourceFiles().filter(match) : match;
}

/** The rows of the lowest line at or after `line` that has any, by ascending address. */
function bestLine(lines: LineIndex, files: readonly string[], line: number): Candidate[] {
  let best = Infinity;
  const tables: { file: string; rows: StatementRows }[] = [];
  for (const file of files) {
    const rows = lines.rowsFor(file);
    tables.push({ file, rows });
    for (let i = 0; i < rows.count; i++) {
      const candidate = rows.lines[i]!;
      if (candidate >= line && candidate < best) best = candidate;
    }
  }
  const candidates: Candidate[] = [];
  for (const { file, rows } of tables) {
    for (let i = 0; i < rows.count; i++) {
      if (rows.lines[i] !== best) continue;
      candidates.push({
        file,
        address: rows.addresses[i]!,
        line: best,
        column: rows.columns[i]!,
        unit: rows.units[i]!,
        runStart: rows.runStarts[i]!,
      });
    }
  }
  return candidates.sort((a, b) => a.address - b.address);
}

/** The rows of the column asked for; when there are none, of the next one on the line, else of the last. */
function atColumn(candidates: readonly Candidate[], column: number | undefined): readonly Candidate[] {
  if (column === undefined) return candidates;
  const columns = candidates.map((candidate) => candidate.column);
  const later = columns.filter((c) => c >= column);
  const best = later.length > 0 ? Math.min(...later) : Math.max(...columns);
  return candidates.filter((candidate) => candidate.column === best);
}

/**
 * The first row in each scope. The rest of them are the same copy of the line, which the compiler split: the three
 * parts of a `for`, a condition that was moved to the loop's end. So are blocks that begin within the line's contiguous
 * code (`catch (int e)`), and parts moved away as unlikely (`main.cold`), even to a lower address.
 */
function onePerScope(
  lines: LineIndex,
  candidates: readonly Candidate[],
  functionStartOf: LineRequest['functionStartOf'],
): ScopedCandidate[] {
  const starts = new Set(candidates.map((candidate) => candidate.address));
  const chosen = new Map<unknown, ScopedCandidate>();
  for (const { scope, runScope, ...candidate } of withScopes(lines, candidates)) {
    const { address, unit, runStart } = candidate;
    const isInRun = runStart < address && starts.has(runStart);
    if (isInRun && callOf(scope) === callOf(runScope)) continue;
    const key = scope ?? functionStartOf?.(fileAddr(address)) ?? `unit ${unit}`;
    const other = chosen.get(key);
    if (!other || (isMovedAway(scope, other.address) && !isMovedAway(scope, address))) {
      chosen.set(key, { ...candidate, scope, runScope });
    }
  }
  return [...chosen.values()];
}

/** Looks the scopes of all candidates of a unit up at once. */
function withScopes(lines: LineIndex, candidates: readonly Candidate[]): ScopedCandidate[] {
  const byUnit = new Map<number, Candidate[]>();
  for (const candidate of candidates) {
    const same = byUnit.get(candidate.unit);
    if (same) same.push(candidate);
    else byUnit.set(candidate.unit, [candidate]);
  }
  const scoped: ScopedCandidate[] = [];
  for (const [unit, group] of byUnit) {
    const scopes = lines.scopesAt(
      unit,
      group.flatMap(({ address, runStart }) => [address, runStart]),
    );
    group.forEach((candidate, i) => {
      scoped.push({ ...candidate, scope: scopes[2 * i], runScope: scopes[2 * i + 1] });
    });
  }
  return scoped.sort((a, b) => a.address - b.address);
}

/** Whether an address lies outside the range of its function that holds the entry. */
function isMovedAway(scope: CodeScope | undefined, address: number): boolean {
  const main = functionOf(scope)?.ranges[0];
  return main !== undefined && (address < main.start || address >= main.end);
}

/** Moves an address in the prologue of its function to the end of it. */
function pastPrologue(lines: LineIndex, { address, scope }: ScopedCandidate): number {
  const entry = functionOf(scope)?.ranges[0];
  if (!entry || address < entry.start || address >= entry.end) return address;
  return Math.max(address, prologueEnd(lines, fileAddr(entry.start), fileAddr(entry.end)));
}

/** What to show: the line that was found, or the one the prologue's end is on. */
function reportedPlace(
  lines: LineIndex,
  chosen: readonly Candidate[],
  address: FileAddr,
): Pick<BreakpointLocation, 'file' | 'line' | 'column'> {
  const found = chosen.find((candidate) => candidate.address === address);
  if (found) return { file: found.file, line: found.line, column: found.column };
  const first = chosen[0]!;
  const entry = lines.lineAt(address);
  // Behind the prologue there may be code inlined from another file.
  if (!entry || entry.line === 0 || entry.file !== first.file) {
    return { file: first.file, line: first.line, column: first.column };
  }
  return { file: entry.file, line: entry.line, column: entry.column };
}
