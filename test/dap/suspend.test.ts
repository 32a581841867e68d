/** disconnect with `suspendDebuggee`: the process is left in a group-stop, whole, and goes on with SIGCONT. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { compile } from '../support/debuggees';
import { eventually, isAlive } from '../support/processes';
import { breakAt, debuggeePid, initialize, launch, startAdapter, stopped } from '../support/session';

const program = compile('groupstop.c', { flags: ['-g', '-O0', '-pthread'] });

const states = (pid: number): string[] =>
  readdirSync(`/proc/${pid}/task`).map(
    (tid) => /^State:\t(\S)/m.exec(readFileSync(`/proc/${pid}/task/${tid}/status`, 'utf8'))![1]!,
  );
const switches = (pid: number): number =>
  Number(/^voluntary_ctxt_switches:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

async function counting(): Promise<ChildProcess & { readonly pid: number }> {
  const child = spawn(program, ['count'], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child as ChildProcess & { readonly pid: number };
}

async function expectStoppedThenGoesOn(pid: number): Promise<void> {
  await eventually(() => states(pid).every((state) => state === 'T'), 'every thread is stopped');
  expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/TracerPid:\t0\n/);
  const before = switches(pid);
  process.kill(pid, 'SIGCONT');
  await eventually(() => switches(pid) > before + 20, 'it goes on');
  expect(isAlive(pid)).toBe(true);
}

describe('suspendDebuggee', () => {
  test.each([
    ['running', {}, []],
    ['paused', { stopOnEntry: true }, []],
    ['at a breakpoint', {}, ['count']],
  ])('an attached process that is %s', async (_how, options, marks) => {
    const { pid } = await counting();
    const client = startAdapter();
    await initialize(client);
    await client.request('attach', { pid, ...options });
    await breakAt(client, 'groupstop.c', marks);
    await client.request('configurationDone', {});
    if (marks.length > 0 || 'stopOnEntry' in options) await stopped(client);
    await client.request('disconnect', { suspendDebuggee: true });
    expect(await client.exited()).toBe(0);
    await expectStoppedThenGoesOn(pid);
  });

  test('one that is stopped already', async () => {
    const { pid } = await counting();
    process.kill(pid, 'SIGSTOP');
    await eventually(() => states(pid).every((state) => state === 'T'), 'it is stopped');
    const client = startAdapter();
    await initialize(client);
    await client.request('attach', { pid });
    await client.request('configurationDone', {});
    await client.request('disconnect', { suspendDebuggee: true });
    expect(await client.exited()).toBe(0);
    await expectStoppedThenGoesOn(pid);
  });

  test('terminateDebuggee wins', async () => {
    const child = await counting();
    const client = startAdapter();
    await initialize(client);
    await client.request('attach', { pid: child.pid });
    await client.request('configurationDone', {});
    await client.request('disconnect', { suspendDebuggee: true, terminateDebuggee: true });
    await client.exited();
    await eventually(() => child.signalCode === 'SIGKILL', 'it has been killed');
  });

  test('a launched one', async () => {
    const client = startAdapter();
    await launch(client, { program });
    const pid = await debuggeePid(client);
    await client.request('disconnect', { suspendDebuggee: true });
    await eventually(() => states(pid).every((state) => state === 'T'), 'it is stopped');
    process.kill(pid, 'SIGKILL');
    await client.exited();
  });
});
