/** Threads, deep stacks, pause and attach. */
import { spawn, type ChildProcess } from 'node:child_process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { compile, line } from '../support/debuggees';
import type { DapClient } from '../support/dapclient';
import { eventually, isAlive, processInfo } from '../support/processes';
import {
  breakAt,
  frames,
  initialize,
  launch,
  launchUntilStopped,
  runToEnd,
  startAdapter,
  stopped,
  topFrame,
} from '../support/session';

describe('threads', () => {
  test('each is listed by its name, and each stops at its breakpoint', async () => {
    const client = startAdapter();
    const program = compile('threads.c');
    await launch(client, { program, args: ['6'] }, { breakpoints: { 'threads.c': ['between'] } });
    const hit = new Set<number>();
    while (hit.size < 6) {
      const { threadId, allThreadsStopped } = await stopped(client);
      expect(allThreadsStopped).toBe(true);
      hit.add(threadId);
      const { threads } = await client.request('threads', undefined);
      expect(threads).toHaveLength(7);
      expect(threads.find(({ id }) => id === threadId)?.name).toMatch(/worker-\d/);
      expect((await topFrame(client, threadId)).line).toBe(line('threads.c', 'between'));
      await client.request('continue', { threadId });
    }
    expect(await runToEnd(client)).toMatchObject({ exitCode: 0, output: { stdout: '21\n' } });
  });

  test('stepping one thread through a barrier that needs the others', async () => {
    const client = startAdapter();
    const program = compile('threads.c');
    const setup = { breakpoints: { 'threads.c': ['main_first'] } };
    const { threadId } = await launchUntilStopped(client, { program, args: ['8'] }, setup);
    await client.request('next', { threadId });
    expect(await stopped(client)).toMatchObject({ reason: 'step', threadId });
    expect((await topFrame(client, threadId)).line).toBe(line('threads.c', 'main_second'));
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0, output: { stdout: '36\n' } });
  });

  test('two hundred pause and go on', async () => {
    const client = startAdapter();
    const args = { program: compile('many_threads.c'), args: ['200', '600'] };
    const { threadId } = await launchUntilStopped(client, args, { functions: ['all_ready'] });
    for (let round = 0; round < 5; round++) {
      await client.request('continue', { threadId });
      await client.request('pause', { threadId });
      expect(await stopped(client)).toMatchObject({ reason: 'pause', allThreadsStopped: true });
      const { threads } = await client.request('threads', undefined);
      expect(threads).toHaveLength(201);
    }
    const { threads } = await client.request('threads', undefined);
    for (const { id } of threads.slice(0, 20)) expect((await frames(client, id)).length).toBeGreaterThan(1);
  });
});

describe('deep stacks', () => {
  test('50,000 frames, paged', async () => {
    const client = startAdapter();
    const args = { program: compile('recursion.c'), args: ['50000'] };
    const { threadId } = await launchUntilStopped(client, args, { breakpoints: { 'recursion.c': ['bottom'] } });
    const first = await client.request('stackTrace', { threadId, startFrame: 0, levels: 20 });
    expect(first.stackFrames).toHaveLength(20);
    expect(first.totalFrames).toBeGreaterThan(20);
    const deep = await client.request('stackTrace', { threadId, startFrame: 49_990, levels: 20 });
    const names = deep.stackFrames.map(({ name }) => name.replace(/\(.*/, ''));
    expect(names.slice(0, 12)).toEqual([...Array.from({ length: 11 }, () => 'descend'), 'main']);
    const beyond = await client.request('stackTrace', { threadId, startFrame: 60_000, levels: 20 });
    expect(beyond.stackFrames).toEqual([]);
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0 });
  });

  test('a frame pages the same alone and in its page', async () => {
    const client = startAdapter();
    const args = { program: compile('recursion.c'), args: ['100'] };
    const { threadId } = await launchUntilStopped(client, args, { breakpoints: { 'recursion.c': ['bottom'] } });
    const all = (await client.request('stackTrace', { threadId, startFrame: 0, levels: 0 })).stackFrames;
    expect(all.length).toBeGreaterThan(101);
    for (const startFrame of [0, 1, 50, 100, all.length - 1]) {
      const one = (await client.request('stackTrace', { threadId, startFrame, levels: 1 })).stackFrames;
      expect(one.map(({ name, line: at, instructionPointerReference: pc }) => [name, at, pc])).toEqual(
        [all[startFrame]!].map(({ name, line: at, instructionPointerReference: pc }) => [name, at, pc]),
      );
    }
  });

  test('through a signal handler to what it interrupted', async () => {
    const client = startAdapter();
    const setup = { breakpoints: { 'signals.c': ['handler_body'] } };
    const { threadId } = await launchUntilStopped(client, { program: compile('signals.c') }, setup);
    const names = (await frames(client, threadId)).map(({ name }) => name.replace(/\(.*/, ''));
    expect(names[0]).toBe('handler');
    expect(names).toContain('main');
  });
});

describe('attach', () => {
  function running(source: string, ...args: string[]): ChildProcess & { readonly pid: number } {
    const child = spawn(compile(source), args, { stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child as ChildProcess & { readonly pid: number };
  }

  async function attach(client: DapClient, args: object): Promise<void> {
    await initialize(client);
    await client.request('attach', args);
    await client.waitFor('initialized');
    await client.request('configurationDone', {});
  }

  test('does not stop, finds its breakpoints, and detaches leaving nothing behind', async () => {
    const child = running('spin.c');
    const client = startAdapter();
    await attach(client, { pid: child.pid });
    expect(client.untaken('stopped')).toEqual([]);
    await breakAt(client, 'spin.c', ['count']);
    const { threadId } = await stopped(client);
    expect((await topFrame(client, threadId)).name).toContain('turn');
    await client.request('disconnect', {});
    await client.exited();
    // It goes on running: no byte of ours is left in its way, and nobody traces it.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(processInfo(child.pid)?.state).toBe('R');
    expect(child.exitCode ?? child.signalCode).toBeNull();
  });

  test('stops all threads when asked to', async () => {
    const child = running('many_threads.c', '20', '600');
    await eventually(() => processInfo(child.pid)?.name === 'many_threads', 'it has started');
    const client = startAdapter();
    await attach(client, { pid: String(child.pid), stopOnEntry: true });
    await stopped(client);
    const { threads } = await client.request('threads', undefined);
    expect(threads.length).toBeGreaterThan(1);
    await client.request('disconnect', { terminateDebuggee: false });
    await client.exited();
    expect(isAlive(child.pid)).toBe(true);
  });

  test('the client’s death detaches and does not kill', async () => {
    const child = running('spin.c');
    const client = startAdapter();
    await attach(client, { pid: child.pid });
    await breakAt(client, 'spin.c', ['count']);
    await stopped(client);
    client.hangUp();
    await client.exited();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(processInfo(child.pid)?.state).toBe('R');
  });

  test.each([
    ['a pid that is not there', { pid: 4_194_303 }, /4194303/],
    ['no pid', {}, /pid/],
    ['a pid that is no number', { pid: 'abc' }, /abc/],
    ['a negative pid', { pid: -5 }, /-5/],
  ])('%s is refused with a sentence', async (_what, args, sentence) => {
    const client = startAdapter();
    await initialize(client);
    await expect(client.request('attach', args)).rejects.toThrow(sentence);
  });

  test('a process that somebody traces already names its tracer', async () => {
    const child = running('spin.c');
    const first = startAdapter();
    await attach(first, { pid: child.pid });
    const second = startAdapter();
    await initialize(second);
    await expect(second.request('attach', { pid: child.pid })).rejects.toThrow(
      new RegExp(`trac.*${first.pid}|${first.pid}.*trac`),
    );
  });
});
