import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ResumeKind } from '../../src/ptrace/constants';
import { native } from '../../src/ptrace/native';
import { decodeWaitStatus } from '../../src/ptrace/waitstatus';
import { start } from './tracee';

function sleeper(): number {
  const { pid } = start('/bin/sleep', { argv: ['sleep', '100'] });
  native.resume(ResumeKind.Continue, pid, 0);
  return pid;
}

/** How long `work` took, in milliseconds. */
function duration(work: () => void): number {
  const begin = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - begin) / 1e6;
}

describe('poll', () => {
  it('tells nothing from exit code 0', () => {
    const { pid } = start('/bin/true');
    native.resume(ResumeKind.Continue, pid, 0);
    let raw = -1;
    while (raw === -1) raw = native.poll(pid);
    expect(raw).toBe(0);
  });

  it('does not block while the tracee runs', () => {
    expect(native.poll(sleeper())).toBe(-1);
  });

  it('throws ECHILD for a process that is not ours', () => {
    expect(() => native.poll(1)).toThrow(expect.objectContaining({ request: 'waitpid', tid: 1, errno: 'ECHILD' }));
  });
});

describe('waitSlice', () => {
  it('ends when the slice is over, again and again', () => {
    const pid = sleeper();
    for (const milliseconds of [20, 1, 5, 20]) {
      const taken = duration(() => expect(native.waitSlice(pid, milliseconds)).toBe(-1));
      expect(taken).toBeGreaterThanOrEqual(milliseconds);
    }
  });

  it('lasts its slice when other children end meanwhile', async () => {
    const pid = sleeper();
    const child = spawn('/bin/sleep', ['0.01']);
    const exit = once(child, 'exit');
    expect(duration(() => expect(native.waitSlice(pid, 60)).toBe(-1))).toBeGreaterThanOrEqual(60);
    expect(await exit).toEqual([0, null]);
  });

  it('returns an event as soon as there is one', () => {
    const { pid } = start('/bin/true');
    native.resume(ResumeKind.Continue, pid, 0);
    expect(native.waitSlice(pid, 60_000)).toBe(0);
  });

  it('leaves no timer behind that would disturb the rest of the thread', () => {
    const pid = sleeper();
    native.waitSlice(pid, 1);
    const wakeUps = (): number =>
      Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
    const before = wakeUps();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    // A timer that still ran would wake this thread once a millisecond.
    expect(wakeUps() - before).toBeLessThan(30);
  });

  it('throws ECHILD for a process that is not ours', () => {
    expect(() => native.waitSlice(1, 5)).toThrow(expect.objectContaining({ errno: 'ECHILD' }));
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a slice of %d ms', (milliseconds) => {
    expect(() => native.waitSlice(process.pid, milliseconds)).toThrow(RangeError);
  });
});

describe('peekSlice', () => {
  it('is over after its slice when nobody has an event', () => {
    sleeper();
    expect(duration(() => expect(native.peekSlice(20)).toBe(0))).toBeGreaterThanOrEqual(20);
  });

  it('names a tracee with an event and leaves the event there', () => {
    sleeper();
    const pid = sleeper();
    native.interrupt(pid);
    expect(native.peekSlice(10_000)).toBe(pid);
    expect(native.peekSlice(10_000)).toBe(pid);
    expect(decodeWaitStatus(native.poll(pid))).toEqual({ kind: 'interrupted' });
    expect(native.peekSlice(5)).toBe(0);
  });

  it('sees an exit', () => {
    const { pid } = start('/bin/true');
    native.resume(ResumeKind.Continue, pid, 0);
    expect(native.peekSlice(10_000)).toBe(pid);
    expect(native.poll(pid)).toBe(0);
  });
});
