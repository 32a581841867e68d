/** The summary of system calls as a text: the columns of `strace -c`, and more. */
import type { SyscallSummaryLine, SyscallSummaryResponse } from '../../protocol/syscalls';
import { formatDuration } from './rowmodel';

const HEAD = ['% time', 'total', 'average', 'minimum', 'maximum', 'calls', 'errors', 'duration 1 µs … 1 s', 'syscall'];

/** Columns that are aligned to the left: the picture and the name. */
const LEFT = new Set([7, 8]);

/** `title` is the first line. */
export function summaryTable({ lines, threads }: SyscallSummaryResponse, title: string): string {
  const sum = (part: (line: SyscallSummaryLine) => number): number =>
    lines.reduce((before, line) => before + part(line), 0);
  const total = sum((line) => line.total);
  const calls = sum((line) => line.calls);
  const rows = lines.map((line) => [
    percent(line.total, total),
    formatDuration(line.total),
    formatDuration(line.calls === 0 ? 0 : line.total / line.calls),
    formatDuration(line.minimum),
    formatDuration(line.maximum),
    String(line.calls),
    line.errors === 0 ? '' : String(line.errors),
    picture(line.histogram),
    line.name,
  ]);
  const errors = sum((line) => line.errors);
  const last = ['100.00', formatDuration(total), '', '', '', String(calls), errors === 0 ? '' : String(errors)];
  const perThread = threads.map(({ tid, ...rest }) => [String(tid), String(rest.calls), formatDuration(rest.total)]);
  return [
    title,
    '',
    ...(lines.length === 0 ? ['No system calls.'] : table([HEAD, ...rows, [...last, '', 'total']], LEFT)),
    ...(threads.length < 2 ? [] : ['', ...table([['thread', 'calls', 'total'], ...perThread], new Set())]),
    '',
  ].join('\n');
}

function percent(part: number, total: number): string {
  return (total === 0 ? 0 : (part / total) * 100).toFixed(2);
}

/** Aligned columns, with a line under the head and, where there are totals, above the last row. */
function table(rows: readonly (readonly string[])[], left: ReadonlySet<number>): string[] {
  const widths = rows[0]!.map((_head, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const texts = rows.map((row) =>
    widths
      .map((width, column) =>
        left.has(column) ? (row[column] ?? '').padEnd(width) : (row[column] ?? '').padStart(width),
      )
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  texts.splice(1, 0, rule);
  if (rows.at(-1)!.at(-1) === 'total') texts.splice(-1, 0, rule);
  return texts;
}

const BARS = '▁▂▃▄▅▆▇█';

/** Powers of two up to a second; what took longer counts into the last. */
const BUCKETS = 21;

/** Calls by duration, a character for each power of two of microseconds; its height is a share of the fullest. */
function picture(histogram: readonly number[]): string {
  const counts = new Array<number>(BUCKETS).fill(0);
  histogram.forEach((count, power) => (counts[Math.min(power, BUCKETS - 1)]! += count));
  const most = Math.max(...counts);
  return counts
    .map((count) => (count === 0 ? ' ' : BARS[Math.min(BARS.length - 1, Math.floor((count / most) * BARS.length))]!))
    .join('');
}
