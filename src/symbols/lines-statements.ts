/**
 * The rows at which a breakpoint in one source file can sit, from all units that have code of that file.
 */
import { type LineRows, ROW_END_SEQUENCE, ROW_IS_STMT } from './dwarf/lineprogram';
import { NumberList, permuted, sortedOrder } from './dwarf/sorting';

/** Parallel arrays, by ascending address. */
export interface StatementRows {
  readonly count: number;
  readonly addresses: Float64Array;
  readonly lines: Uint32Array;
  readonly columns: Uint16Array;
  /** .debug_info offset of the unit each row comes from. */
  readonly units: Float64Array;
  /** Address of the row with which the contiguous code of this row's line began; its own when it begins there. */
  readonly runStarts: Float64Array;
}

/** Gathers the statement rows of one file. */
export class StatementCollector {
  private readonly addresses = new NumberList();
  private readonly lines = new NumberList();
  private readonly columns = new NumberList();
  private readonly units = new NumberList();
  private readonly runStarts = new NumberList();

  /**
   * Adds a unit's rows of the file, without those that cover no code because another file's row follows at once.
   * @param numbers the file's numbers in the unit
   */
  add(unit: number, rows: LineRows, numbers: readonly number[]): void {
    const { addresses, lines, columns, files, flags, rowCount } = rows;
    const number = numbers[0]!;
    const others = numbers.slice(1);
    let runLine = -1;
    let runStart = 0;
    for (let row = 0; row < rowCount; row++) {
      if (files[row] !== number && (others.length === 0 || !others.includes(files[row]!))) {
        runLine = -1;
        continue;
      }
      if (lines[row] !== runLine || flags[row]! & ROW_END_SEQUENCE) runLine = -1;
      if ((flags[row]! & ROW_IS_STMT) === 0 || lines[row] === 0 || isOvertaken(rows, row, numbers)) continue;
      this.addresses.push(addresses[row]!);
      this.lines.push(lines[row]!);
      this.columns.push(columns[row]!);
      this.units.push(unit);
      if (runLine < 0) [runLine, runStart] = [lines[row]!, addresses[row]!];
      this.runStarts.push(runStart);
    }
  }

  finish(): StatementRows {
    const order = sortedOrder(this.addresses.values);
    return {
      count: order.length,
      addresses: permuted(this.addresses.values, order),
      lines: new Uint32Array(permuted(this.lines.values, order)),
      columns: new Uint16Array(permuted(this.columns.values, order)),
      units: permuted(this.units.values, order),
      runStarts: permuted(this.runStarts.values, order),
    };
  }
}

/**
 * Whether a statement of another file, or the end of the sequence, follows at the same address. The code there
 * belongs to that one; gdb forgets such rows as well. A row of the same file does not matter: both lines stop there.
 */
function isOvertaken(rows: LineRows, row: number, numbers: readonly number[]): boolean {
  const { addresses, files, lines, flags, rowCount } = rows;
  for (let next = row + 1; next < rowCount && addresses[next] === addresses[row]; next++) {
    if (flags[next]! & ROW_END_SEQUENCE) return true;
    if (flags[next]! & ROW_IS_STMT && lines[next] !== 0 && !numbers.includes(files[next]!)) return true;
  }
  return false;
}
