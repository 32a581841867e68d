import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { IdleQueue } from '../../src/common/idle';
import { setLogSink } from '../../src/common/log';

const QUIET = 50;

/** A task of `turns` calls that notes each. */
function counting(name: string, turns: number, calls: string[]) {
  let left = turns;
  return () => {
    calls.push(name);
    return --left > 0;
  };
}

describe('preparation in idle time', () => {
  let queue: IdleQueue;
  let calls: string[];

  beforeEach(() => {
    vi.useFakeTimers();
    queue = new IdleQueue(QUIET);
    calls = [];
  });
  afterEach(() => {
    setLogSink(undefined);
    vi.useRealTimers();
  });

  test('waits for quiet, then does one task after the other', () => {
    queue.add('a', counting('a', 2, calls));
    queue.add('b', counting('b', 1, calls));
    vi.advanceTimersByTime(QUIET - 1);
    expect(calls).toEqual([]);
    vi.advanceTimersByTime(10);
    expect(calls).toEqual(['a', 'a', 'b']);
    vi.advanceTimersByTime(10 * QUIET);
    expect(calls).toEqual(['a', 'a', 'b']);
  });

  test('lets the event loop turn between two pieces', () => {
    queue.add('a', counting('a', 3, calls));
    vi.advanceTimersToNextTimer();
    expect(calls).toEqual(['a']);
    vi.advanceTimersToNextTimer();
    expect(calls).toEqual(['a', 'a']);
  });

  test('a disturbance puts it off, also between two pieces', () => {
    queue.add('a', counting('a', 2, calls));
    vi.advanceTimersByTime(QUIET - 1);
    queue.disturbed();
    vi.advanceTimersByTime(QUIET - 1);
    expect(calls).toEqual([]);
    vi.advanceTimersToNextTimer();
    expect(calls).toEqual(['a']);
    queue.disturbed();
    vi.advanceTimersByTime(QUIET - 1);
    expect(calls).toEqual(['a']);
    vi.advanceTimersByTime(10);
    expect(calls).toEqual(['a', 'a']);
  });

  test('does nothing while somebody waits for an answer, and a while after', () => {
    const release = queue.hold();
    const other = queue.hold();
    queue.add('a', counting('a', 1, calls));
    vi.advanceTimersByTime(10 * QUIET);
    release();
    vi.advanceTimersByTime(10 * QUIET);
    expect(calls).toEqual([]);
    other();
    vi.advanceTimersByTime(QUIET - 1);
    expect(calls).toEqual([]);
    vi.advanceTimersByTime(10);
    expect(calls).toEqual(['a']);
  });

  test('a hold between two pieces stops the work until it ends', () => {
    queue.add('a', counting('a', 2, calls));
    vi.advanceTimersToNextTimer();
    const release = queue.hold();
    vi.advanceTimersByTime(10 * QUIET);
    expect(calls).toEqual(['a']);
    release();
    vi.advanceTimersByTime(2 * QUIET);
    expect(calls).toEqual(['a', 'a']);
  });

  test('a task that is taken out is not called again', () => {
    const remove = queue.add('a', counting('a', 100, calls));
    queue.add('b', counting('b', 1, calls));
    vi.advanceTimersToNextTimer();
    remove();
    remove();
    vi.advanceTimersByTime(10 * QUIET);
    expect(calls).toEqual(['a', 'b']);
  });

  test('a task may add another, and a task that fails ends without harm to the rest', () => {
    const lines: string[] = [];
    setLogSink((line) => lines.push(line));
    queue.add('bad', () => {
      queue.add('later', counting('later', 1, calls));
      throw new Error('no such table');
    });
    queue.add('b', counting('b', 1, calls));
    vi.advanceTimersByTime(10 * QUIET);
    expect(calls).toEqual(['b', 'later']);
    expect(lines).toContain('[idle] bad: no such table');
  });
});
