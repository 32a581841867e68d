/** `readelf --debug-dump=frames-interp` as data: every row of every FDE, to compare our own rows with. */
import { runTool } from '../support/debuggees';
import type { CfaRule, RegisterRule, UnwindRow } from '../../src/symbols/unwind/unwindrow';

export interface OracleRow {
  readonly at: number;
  /** `rsp+8` or `exp` */
  readonly cfa: string;
  /** Register name → rule as readelf writes it: `c-16`, `u`, `s`, `v+0`, `exp`, `vexp`, `rbx`. */
  readonly registers: ReadonlyMap<string, string>;
}

export interface OracleFde {
  readonly start: number;
  readonly end: number;
  /** Empty when the FDE adds nothing to its CIE's row. */
  readonly rows: readonly OracleRow[];
}

const NAMES = 'rax rdx rcx rbx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 ra'.split(' ');

function nameOf(register: number): string {
  return NAMES[register] ?? `r${register}`;
}

/** All FDEs of .eh_frame and .debug_frame of a file. */
export function readelfFrames(file: string): OracleFde[] {
  const fdes: OracleFde[] = [];
  let rows: OracleRow[] | undefined;
  let columns: string[] = [];
  for (const line of runTool('readelf', [
    '--wide',
    '--debug-dump=frames-interp',
    '--debug-dump=no-follow-links',
    file,
  ]).split('\n')) {
    const fde = / FDE .*pc=([0-9a-f]+)\.\.([0-9a-f]+)/.exec(line);
    if (fde) {
      rows = [];
      fdes.push({ start: parseInt(fde[1]!, 16), end: parseInt(fde[2]!, 16), rows });
    } else if (/ CIE /.test(line)) {
      rows = undefined;
    } else if (/^\s+LOC\s+CFA/.test(line)) {
      columns = line.trim().split(/\s+/).slice(2);
    } else if (rows && /^[0-9a-f]{16} /.test(line)) {
      // A rule that names a register is written `r9 (r9)`.
      const [at, cfa, ...cells] = line
        .trim()
        .replace(/r\d+ \((\w+)\)/g, '$1')
        .split(/\s+/);
      const row = { at: parseInt(at!, 16), cfa: cfa!, registers: new Map(columns.map((name, i) => [name, cells[i]!])) };
      // Several rows for one place: the last is the one that holds.
      if (rows[rows.length - 1]?.at === row.at) rows.pop();
      rows.push(row);
    }
  }
  return fdes;
}

const signed = (offset: bigint): string => (offset < 0n ? `${offset}` : `+${offset}`);

function cfaText(rule: CfaRule): string {
  return rule.kind === 'register' ? nameOf(rule.register) + signed(rule.offset) : 'exp';
}

function ruleText(rule: RegisterRule | undefined): string {
  switch (rule?.kind) {
    case undefined:
    case 'undefined':
      return 'u';
    case 'same-value':
      return 's';
    case 'offset':
      return `c${signed(rule.offset)}`;
    case 'val-offset':
      return `v${signed(rule.offset)}`;
    case 'register':
      return nameOf(rule.register);
    case 'expression':
      return 'exp';
    case 'val-expression':
      return 'vexp';
  }
}

/** Our row in readelf's words, with the columns that readelf has. */
export function rowText(row: UnwindRow | undefined, oracle: OracleRow): string {
  if (!row) return 'no row';
  const known = [...row.registers].filter(([, rule]) => ruleText(rule) !== 'u').map(([register]) => nameOf(register));
  const columns = new Set([...oracle.registers.keys(), ...known]);
  const cells = [...columns].map((name) => `${name}=${ruleText(row.registers.get(NAMES.indexOf(name)))}`);
  return [row.start.toString(16), cfaText(row.cfa), ...cells].join(' ');
}

export function oracleText(row: OracleRow): string {
  return [row.at.toString(16), row.cfa, ...[...row.registers].map(([name, rule]) => `${name}=${rule}`)].join(' ');
}
