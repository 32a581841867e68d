/** What the System Calls view computes: which rows are seen, which are fetched, what they show, what rules there are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SyscallRow } from '../../src/protocol/syscalls';
import { viewHtml } from '../../src/ui/syscalls/html';
import { PAGE_SIZE, PageCache } from '../../src/ui/syscalls/pages';
import { cellsOf, formatDuration } from '../../src/ui/syscalls/rowmodel';
import { CallRules, delayRule, describeRule, describeStop, failRule, OCCURRENCES } from '../../src/ui/syscalls/rules';
import { MAX_HEIGHT, ScaledScroll } from '../../src/ui/syscalls/scroll';
import { summaryTable } from '../../src/ui/syscalls/summarytable';
import { parseRule } from '../../src/syscalls/inject/parse';

const ROW = 22;

function row(index: number, more: Partial<SyscallRow> = {}): SyscallRow {
  return {
    index,
    kind: 'call',
    name: 'openat',
    pid: 10,
    tid: 11,
    time: 5_000_000 + index,
    duration: 12,
    outcome: 'succeeded',
    tampered: false,
    class: 'file',
    text: 'openat(AT_FDCWD, "/etc/hosts", O_RDONLY) = 3',
    hasStack: false,
    ...more,
  };
}

describe('scrolling', () => {
  it('shows every row of a short log, and none of an empty one', () => {
    const scroll = new ScaledScroll(ROW);
    scroll.resize(3, 200);
    expect(scroll.window).toEqual({ first: 0, count: 3, offset: 0 });
    expect(scroll.atEnd).toBe(true);
    scroll.resize(0, 200);
    expect(scroll.window.count).toBe(0);
  });

  it('is no higher than what browsers lay out, and reaches both ends of ten million rows', () => {
    const scroll = new ScaledScroll(ROW);
    scroll.resize(10_000_000, 500);
    expect(scroll.height).toBe(MAX_HEIGHT);
    scroll.toEnd();
    const { first, count } = scroll.window;
    expect(first + count).toBe(10_000_000);
    expect(scroll.scrollTop).toBeCloseTo(MAX_HEIGHT - 500, 6);
    scroll.dragTo(0);
    expect(scroll.window.first).toBe(0);
    scroll.dragTo((MAX_HEIGHT - 500) / 2);
    expect(Math.abs(scroll.window.first - 5_000_000)).toBeLessThan(50);
  });

  it('moves by single rows among ten million', () => {
    const scroll = new ScaledScroll(ROW);
    scroll.resize(10_000_000, 500);
    scroll.reveal(7_654_321);
    const { first } = scroll.window;
    scroll.moveBy(ROW);
    expect(scroll.window.first).toBe(first + 1);
    scroll.moveBy(-2 * ROW);
    expect(scroll.window.first).toBe(first - 1);
  });

  it('stays where it is while the log grows', () => {
    const scroll = new ScaledScroll(ROW);
    scroll.resize(1_000_000, 500);
    scroll.reveal(500_000);
    const before = scroll.window;
    scroll.resize(2_000_000, 500);
    expect(scroll.window).toEqual(before);
  });

  it('reveals any row as a whole and never shows what is not there', () => {
    const args = [
      fc.integer({ min: 1, max: 10_000_000 }),
      fc.integer({ min: 30, max: 3000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    ] as const;
    fc.assert(
      fc.property(...args, (total, viewport, share) => {
        const scroll = new ScaledScroll(ROW);
        scroll.resize(total, viewport);
        const index = Math.min(total - 1, Math.floor(share * total));
        scroll.reveal(index);
        const { first, count, offset } = scroll.window;
        expect(first).toBeGreaterThanOrEqual(0);
        expect(first + count).toBeLessThanOrEqual(total);
        const upper = (index - first) * ROW - offset;
        expect(upper).toBeGreaterThanOrEqual(-0.001);
        expect(upper + ROW).toBeLessThanOrEqual(viewport + 0.001);
        expect(scroll.scrollTop).toBeLessThanOrEqual(Math.max(0, scroll.height - viewport) + 0.001);
      }),
    );
  });
});

describe('the pages of a log', () => {
  const rows = (from: number, count: number) => Array.from({ length: count }, (_each, i) => row(from + i));

  it('are asked for once, when a row of theirs is seen', () => {
    const cache = new PageCache();
    expect(cache.missing(PAGE_SIZE - 1, 2, 1000)).toEqual([0, 1]);
    expect(cache.missing(PAGE_SIZE - 1, 2, 1000)).toEqual([]);
    cache.put(1, rows(PAGE_SIZE, PAGE_SIZE));
    expect(cache.row(PAGE_SIZE + 5)?.index).toBe(PAGE_SIZE + 5);
    expect(cache.row(5)).toBeUndefined();
    cache.lost(0);
    expect(cache.missing(PAGE_SIZE - 1, 2, 1000)).toEqual([0]);
  });

  it('are asked for again while they are not full and the log has more', () => {
    const cache = new PageCache();
    expect(cache.missing(0, 10, 50)).toEqual([0]);
    cache.put(0, rows(0, 50));
    expect(cache.missing(0, 10, 50)).toEqual([]);
    expect(cache.missing(0, 10, 60)).toEqual([0]);
    expect(cache.row(49)?.index).toBe(49);
  });

  it('are forgotten when many others have been looked at', () => {
    const cache = new PageCache(2);
    for (const page of [0, 1]) cache.put(page, rows(page * PAGE_SIZE, PAGE_SIZE));
    cache.missing(0, 1, 1000);
    cache.put(2, rows(2 * PAGE_SIZE, PAGE_SIZE));
    expect(cache.row(0)).toBeDefined();
    expect(cache.row(PAGE_SIZE)).toBeUndefined();
  });
});

describe('a row', () => {
  it('has the name of its call apart, its time since the first row, and a label', () => {
    const cells = cellsOf(row(7, { outcome: 'failed', tampered: true, text: 'openat(…) = -1 ENOENT' }), 5_000_000);
    expect(cells).toMatchObject({ time: '0.000007', thread: '11', name: 'openat', duration: '12 µs' });
    expect(cells.rest).toBe('(…) = -1 ENOENT');
    expect(cells.classes).toEqual(['call', 'class-file', 'failed', 'tampered']);
    expect(cells.label).toBe('openat(…) = -1 ENOENT, failed, changed by a rule, took 12 µs, at 0.000007 s, thread 11');
  });

  it('is a whole line when it is no call', () => {
    const cells = cellsOf(row(0, { kind: 'exit', name: 'exit', class: 'event', text: '+++ exited with 0 +++' }), 0);
    expect(cells).toMatchObject({ name: '', rest: '+++ exited with 0 +++' });
  });

  it('cannot hide or turn text around, or name a style of its own', () => {
    const cells = cellsOf(row(0, { text: 'write(1, "a\u202eb\u200b\n")', class: 'x y' }), 0);
    expect(cells.rest + cells.name).toContain('a\\u202eb\\u200b\\u000a');
    expect(cells.classes).toContain('class-other');
  });

  it('has durations of three digits', () => {
    const shown = [0.26, 3, 35.4, 999, 999.7, 1234, 99_949, 99_960, 999_600, 12_345_678].map(formatDuration);
    expect(shown).toEqual([
      ...['0.3 µs', '3 µs', '35 µs', '999 µs', '1.00 ms', '1.23 ms', '99.9 ms', '100 ms', '1.00 s', '12.3 s'],
    ]);
  });
});

describe('stops and rules', () => {
  it('begin with those of launch.json, whatever their form', () => {
    const rules = new CallRules({ trace: true, stops: ['openat'], inject: 'read:error=EIO' });
    expect(rules.stops).toEqual(['openat']);
    expect(rules.rules).toEqual(['read:error=EIO']);
    for (const other of [undefined, true, 'all', ['all'], null, {}]) expect(new CallRules(other).rules).toEqual([]);
  });

  it('are kept once the adapter has taken them', () => {
    const rules = new CallRules({ stops: ['openat'] });
    const stops = rules.withStop('read at exit');
    expect(rules.stops).toEqual(['openat']);
    rules.accept({ stops });
    expect(rules.withStop('openat')).toEqual(['openat', 'read at exit']);
    rules.accept({ inject: rules.withRule('read:error=EIO') });
    expect(rules.rules).toEqual(['read:error=EIO']);
    expect(rules.withoutStop(0)).toEqual(['read at exit']);
    expect(rules.withoutRule(0)).toEqual([]);
  });

  it('have one line', () => {
    expect(describeStop({ calls: ['open', 'openat'], where: 'exit', condition: 'ret < 0' })).toBe(
      'open,openat at exit if ret < 0',
    );
    expect(describeRule({ preset: 'disk-full' })).toBe('disk-full');
    expect(describeRule({ calls: 'read', error: 'EIO', when: 3 })).toBe('read:error=EIO:when=3');
  });

  it('are what the adapter takes', () => {
    for (const { when } of OCCURRENCES)
      expect(parseRule(failRule('openat', 'ENOENT', when)).error?.name).toBe('ENOENT');
    expect(parseRule(delayRule('read', 'exit', '2ms')).delayExit).toBe(2000);
  });
});

describe('the summary', () => {
  it('has the columns of strace -c with totals, and the threads when there are several', () => {
    const text = summaryTable(
      {
        lines: [
          {
            name: 'read',
            calls: 3,
            errors: 1,
            total: 3000,
            minimum: 10,
            maximum: 2900,
            histogram: [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1],
          },
          {
            name: 'close',
            calls: 1,
            errors: 0,
            total: 1000,
            minimum: 1000,
            maximum: 1000,
            histogram: [0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
          },
        ],
        threads: [
          { tid: 1, calls: 3, total: 3500 },
          { tid: 2, calls: 1, total: 500 },
        ],
      },
      'Calls',
    );
    const lines = text.split('\n');
    expect(lines[0]).toBe('Calls');
    expect(lines.find((line) => line.endsWith('read'))).toMatch(
      /^ *75\.00 +3\.00 ms +1\.00 ms +10 µs +2\.90 ms +3 +1 .*█.*▅.*read$/,
    );
    expect(lines.find((line) => line.endsWith('total'))).toMatch(/^100\.00 +4\.00 ms +4 +1 +total$/);
    expect(lines.filter((line) => / ms$| µs$/.test(line))).toHaveLength(2);
  });

  it('says when there is nothing', () => {
    expect(summaryTable({ lines: [], threads: [] }, 'Calls')).toContain('No system calls.');
  });
});

describe('the page', () => {
  it('runs scripts with its nonce only, and loads nothing from elsewhere', () => {
    const html = viewHtml({ nonce: 'N0nce', source: 'https://own.example', script: 's.js', style: 's.css' });
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'nonce-N0nce'");
    expect(policy).not.toContain('unsafe');
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).not.toMatch(/\son\w+=/);
  });
});
