/** Figures, ratios and verdicts as a table, and as JSON. */
import type { Case, Figure } from './case';
import { median, type Measured } from './measure';

export interface Row {
  readonly case: string;
  readonly figure: string;
  readonly unit: Figure['unit'];
  /** Medians by peer; null where it could not. */
  readonly medians: Readonly<Record<string, number | null>>;
  /** The peer that ours is compared with. */
  readonly comparedWith: string | null;
  readonly ratio: number | null;
  readonly target: string | null;
  readonly met: boolean | null;
}

const lessIsBetter = (unit: Figure['unit']) => unit === 'ms' || unit === 'MiB';

export function rowsOf(benchCase: Case, measured: readonly Measured[], ours: string): Row[] {
  return benchCase.figures.map((figure, index) => {
    const medians = Object.fromEntries(measured.map(({ peer, samples }) => [peer, median(samples[index]!) ?? null]));
    const rivals = Object.entries(medians).filter(
      ([peer, value]) => value !== null && peer !== ours && (figure.against === undefined || peer === figure.against),
    ) as [string, number][];
    rivals.sort(([, a], [, b]) => (lessIsBetter(figure.unit) ? a - b : b - a));
    const best = rivals[0];
    const mine = medians[ours];
    const ratio = best && typeof mine === 'number' ? mine / best[1] : null;
    return {
      case: benchCase.name,
      figure: figure.name,
      unit: figure.unit,
      medians,
      comparedWith: best?.[0] ?? null,
      ratio,
      target: describe(figure.target),
      met: verdict(figure.target, ratio),
    };
  });
}

function describe(target: Figure['target']): string | null {
  if (!target) return null;
  return 'atMost' in target ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`;
}

function verdict(target: Figure['target'], ratio: number | null): boolean | null {
  if (!target || ratio === null) return null;
  return 'atMost' in target ? ratio <= target.atMost : ratio >= target.atLeast;
}

function number(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (value >= 1000) return Math.round(value).toLocaleString('en-US');
  return value.toPrecision(3);
}

/** The table, one row a figure. A row with a target that could not be judged says so: it is not passed over. */
export function table(rows: readonly Row[], peers: readonly string[]): string {
  const head = ['', 'unit', ...peers, 'ratio', 'to', 'target', ''];
  const body = rows.map((row) => [
    row.figure,
    row.unit,
    ...peers.map((peer) => number(row.medians[peer])),
    row.ratio === null ? '–' : `${row.ratio.toFixed(2)}×`,
    row.ratio === null ? '' : (row.comparedWith ?? ''),
    row.target ?? '',
    row.target === null ? '' : row.met === null ? 'not judged' : row.met ? 'ok' : 'MISS',
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...body].map((line) => [...line[column]!].length)));
  const isNumber = (column: number) => column >= 2 && column < 3 + peers.length;
  const format = (line: readonly string[]) =>
    line
      .map((cell, column) => {
        const padding = ' '.repeat(widths[column]! - [...cell].length);
        return isNumber(column) ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd();
  return [head, widths.map((width) => '─'.repeat(width)), ...body].map(format).join('\n');
}
