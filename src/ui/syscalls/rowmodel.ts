/** What a row of the System Calls view shows: texts, classes for colours, and what a screen reader says. Free of the DOM. */
import type { SyscallRow } from '../../protocol/syscalls';

export interface RowCells {
  /** Seconds since the first row of the log. */
  readonly time: string;
  readonly thread: string;
  /** The call: its name apart, for its colour, and what follows. Other rows are all `rest`. */
  readonly name: string;
  readonly rest: string;
  readonly duration: string;
  /** Style classes: the row's kind, the call's class, how it came out. */
  readonly classes: readonly string[];
  readonly label: string;
}

/** Classes of calls that have a colour; others are `other`. */
const COLOURED = new Set(['file', 'network', 'desc', 'process', 'memory', 'signal', 'ipc', 'creds', 'clock', 'event']);

/** `base`: microseconds, the time of the log's first row. */
export function cellsOf(row: SyscallRow, base: number): RowCells {
  const text = printable(row.text);
  const named = row.kind === 'call' && text.startsWith(row.name);
  const duration = row.duration === undefined ? '' : formatDuration(row.duration);
  const time = formatTime(row.time - base);
  const remarks = [
    row.outcome === 'failed' ? 'failed' : row.outcome === 'unfinished' ? 'did not return' : '',
    row.tampered ? 'changed by a rule' : '',
  ].filter(Boolean);
  return {
    time,
    thread: String(row.tid),
    name: named ? row.name : '',
    rest: named ? text.slice(row.name.length) : text,
    duration,
    classes: [
      row.kind,
      `class-${COLOURED.has(row.class) ? row.class : 'other'}`,
      row.outcome,
      ...(row.tampered ? ['tampered'] : []),
      ...(row.hasStack ? ['has-stack'] : []),
    ],
    label: [text, ...remarks, duration && `took ${duration}`, `at ${time} s`, `thread ${row.tid}`]
      .filter(Boolean)
      .join(', '),
  };
}

/** Microseconds as seconds with six digits: `0.001234`. */
export function formatTime(microseconds: number): string {
  return (microseconds / 1e6).toFixed(6);
}

/** Three digits and a unit: `0.8 µs`, `35 µs`, `1.20 ms`, `12.0 s`. */
export function formatDuration(microseconds: number): string {
  const [value, unit] =
    microseconds < 999.5
      ? [microseconds, 'µs']
      : microseconds < 999_500
        ? [microseconds / 1e3, 'ms']
        : [microseconds / 1e6, 's'];
  if (unit === 'µs') return `${value < 9.95 ? Number(value.toFixed(1)) : Math.round(value)} ${unit}`;
  return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${unit}`;
}

/** Characters that would turn the direction of text, hide, or break the line are shown by their number. */
function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
