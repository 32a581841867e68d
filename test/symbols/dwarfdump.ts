/** Line tables as llvm-dwarfdump and llvm-symbolizer read them. */
import { spawnSync } from 'node:child_process';
import { posix } from 'node:path';
import { runTool } from '../support/debuggees';

export interface DumpedRow {
  readonly address: number;
  readonly line: number;
  readonly column: number;
  readonly file: number;
  readonly discriminator: number;
  /** `is_stmt`, `prologue_end`, `end_sequence`… */
  readonly flags: ReadonlySet<string>;
}

/** Rows by the offset of their line program in .debug_line. */
export function dumpedRows(file: string): Map<number, DumpedRow[]> {
  const tables = new Map<number, DumpedRow[]>();
  let rows: DumpedRow[] = [];
  for (const text of runTool('llvm-dwarfdump', ['--debug-line', file]).split('\n')) {
    const table = /^debug_line\[0x([0-9a-f]+)\]/.exec(text);
    if (table) tables.set(parseInt(table[1]!, 16), (rows = []));
    const row = /^0x([0-9a-f]{16})\s+(\d+)\s+(\d+)\s+(\d+)\s+\d+\s+(\d+)\s*(.*)$/.exec(text);
    if (!row) continue;
    const [, address, line, column, number, discriminator, flags] = row;
    rows.push({
      address: parseInt(address!, 16),
      line: Number(line),
      column: Number(column),
      file: Number(number),
      discriminator: Number(discriminator),
      flags: new Set(flags!.trim().split(/\s+/)),
    });
  }
  return tables;
}

/** `file:line:column` of each address, as llvm-symbolizer says without inlined calls; `.` and `..` resolved. */
export function symbolized(file: string, addresses: readonly number[]): string[] {
  const input = addresses.map((address) => `0x${address.toString(16)}`).join('\n') + '\n';
  const args = ['--no-inlines', '--functions=none', '--output-style=LLVM', `--obj=${file}`];
  const result = spawnSync('llvm-symbolizer', args, { input, encoding: 'utf8', maxBuffer: 1 << 30 });
  if (result.error || result.status !== 0) {
    throw new Error(
      `llvm-symbolizer failed. Run: sudo apt-get install -y llvm (${result.error?.message ?? result.stderr})`,
    );
  }
  return result.stdout
    .split('\n\n')
    .slice(0, addresses.length)
    .map((text) => posix.normalize(text.trim()));
}
