/** Attach: by every spelling of a pid, what it leaves behind, whom it may not have, and what ends with it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { DapClient } from '../support/dapclient';
import { compile, line, runTool } from '../support/debuggees';
import { allProcesses, eventually, isAlive, type ProcessInfo } from '../support/processes';
import { breakAt, initialize, resume, runToEnd, startAdapter, stopped, topFrame } from '../support/session';

const program = compile('groupstop.c', { flags: ['-g', '-O0', '-pthread'] });

interface Running extends ChildProcess {
  readonly pid: number;
}

/** A program with two threads that count, both of them there already. */
async function running(user?: number): Promise<Running> {
  const as = user === undefined ? {} : { uid: user, gid: user };
  const child = spawn(program, [], { stdio: ['ignore', 'pipe', 'ignore'], cwd: '/', ...as });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child as unknown as Running;
}

/** attach, breakpoints, configurationDone. */
async function attach(args: object, markers: readonly string[] = []): Promise<DapClient> {
  const client = startAdapter();
  await initialize(client);
  await client.request('attach', args);
  await client.waitFor('initialized');
  await breakAt(client, 'groupstop.c', markers);
  await client.request('configurationDone', {});
  return client;
}

async function refusal(args: object): Promise<string> {
  const client = startAdapter();
  await initialize(client);
  const { success, message } = await client.requestRaw('attach', args);
  expect(success).toBe(false);
  return message ?? '';
}

function tracer(pid: number): number {
  return Number(/^TracerPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** Compares every executable page of the program and its libraries with the files they come from. */
function expectCodeAsInFiles(pid: number): void {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  let compared = 0;
  try {
    for (const entry of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const match = /^(\w+)-(\w+) r-xp (\w+) \S+ \d+ +(\/.*)$/.exec(entry);
      if (!match) continue;
      const [from, to, offset] = match.slice(1, 4).map((text) => parseInt(text, 16)) as [number, number, number];
      const size = Math.min(to - from, readFileSync(match[4]!).length - offset);
      const inMemory = Buffer.alloc(size);
      expect(readSync(memory, inMemory, 0, size, from)).toBe(size);
      const inFile = readFileSync(match[4]!).subarray(offset, offset + size);
      expect(inMemory.equals(inFile), `the code of ${match[4]}`).toBe(true);
      compared++;
    }
  } finally {
    closeSync(memory);
  }
  // The program, libc and the loader.
  expect(compared).toBeGreaterThanOrEqual(3);
}

async function expectFree(child: Running): Promise<void> {
  expect(isAlive(child.pid)).toBe(true);
  expect(tracer(child.pid)).toBe(0);
  expectCodeAsInFiles(child.pid);
  // It runs, and runs over where breakpoints were.
  const ticks = () =>
    Number(readFileSync(`/proc/${child.pid}/status`, 'utf8').match(/^voluntary_ctxt_switches:\t(\d+)/m)?.[1]);
  const before = ticks();
  await eventually(() => ticks() > before + 20, 'it goes on');
  expect(child.exitCode ?? child.signalCode).toBeNull();
}

describe('a running process', () => {
  test.each([
    ['a number', (pid: number) => ({ pid })],
    ['a string', (pid: number) => ({ pid: String(pid) })],
    ['cppdbg’s processId', (pid: number) => ({ processId: String(pid) })],
  ])('named by %s runs into breakpoints that came before configurationDone', async (_how, args) => {
    const child = await running();
    const client = await attach(args(child.pid), ['count', 'other']);
    const seen = new Set<number>();
    while (seen.size < 2) {
      const { reason, threadId } = await stopped(client);
      expect(reason).toBe('breakpoint');
      seen.add(threadId);
      await client.request('continue', { threadId });
    }
    expect(tracer(child.pid)).toBe(client.pid);
    await client.request('disconnect', {});
    expect(await client.exited()).toBe(0);
    await expectFree(child);
  });

  test.each([
    ['stopped at a breakpoint', ['count', 'other']],
    ['stopped at another thread’s breakpoint', ['other']],
  ])('%s is let go with every byte back', async (_how, markers) => {
    const child = await running();
    const client = await attach({ pid: child.pid }, markers);
    const { threadId } = await stopped(client);
    await resume(client, 'next', { threadId });
    await client.request('disconnect', { terminateDebuggee: false });
    expect(await client.exited()).toBe(0);
    await expectFree(child);
  });

  test('that runs through false conditions is let go with every byte back', async () => {
    const child = await running();
    const client = await attach({ pid: child.pid });
    const breakpoints = ['count', 'other'].map((at) => ({ at, condition: 'turns < 0' }));
    await breakAt(client, 'groupstop.c', breakpoints);
    const turns = async () => Number((await client.request('evaluate', { expression: 'turns' })).result);
    const before = await turns();
    while ((await turns()) < before + 20);
    await client.request('disconnect', {});
    expect(await client.exited()).toBe(0);
    await expectFree(child);
  });

  test('in the middle of a step is let go', async () => {
    const child = spawn(compile('stdin.c'), [], { stdio: 'pipe' });
    onTestFinished(() => void child.kill('SIGKILL'));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const client = await attach({ pid: child.pid, stopOnEntry: true });
    const { threadId } = await stopped(client);
    // Out of read(2), which does not return.
    await client.request('stepOut', { threadId });
    await client.request('disconnect', {});
    expect(await client.exited()).toBe(0);
    expect(tracer(child.pid!)).toBe(0);
    expectCodeAsInFiles(child.pid!);
    const ended = new Promise((resolve) => child.once('exit', (...how) => resolve(how)));
    child.stdin.end('one\n');
    expect(await ended).toEqual([0, null]);
  });

  test.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])('terminateDebuggee %s, stopped %s', async (terminateDebuggee, stopOnEntry) => {
    const child = await running();
    const client = await attach({ pid: child.pid, stopOnEntry });
    if (stopOnEntry) expect(await stopped(client)).toMatchObject({ reason: 'entry', allThreadsStopped: true });
    await client.request('disconnect', { terminateDebuggee });
    expect(await client.exited()).toBe(0);
    if (terminateDebuggee) await eventually(() => child.signalCode === 'SIGKILL', 'it has been killed');
    else await expectFree(child);
  });

  test('that ends by itself ends the session, with its exit code', async () => {
    const child = spawn(compile('stdin.c'), [], { stdio: 'pipe' });
    onTestFinished(() => void child.kill('SIGKILL'));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const client = await attach({ pid: child.pid });
    child.stdin.end();
    expect(await runToEnd(client)).toMatchObject({ exitCode: 0 });
  });

  test('terminate ends it', async () => {
    const child = await running();
    const client = await attach({ pid: child.pid });
    await client.request('terminate', {});
    expect(await runToEnd(client)).toMatchObject({ exitCode: 143 });
  });

  test('may be attached to again, by the next session', async () => {
    const child = await running();
    for (let round = 0; round < 3; round++) {
      const client = await attach({ pid: child.pid }, ['count']);
      const { threadId } = await stopped(client);
      expect(await topFrame(client, threadId)).toMatchObject({ line: line('groupstop.c', 'count') });
      await client.request('disconnect', {});
      await client.exited();
    }
    await expectFree(child);
  });
});

describe('users', () => {
  const nobody = 65534;

  // Whoever runs the tests without being root is held to the other half of the rule.
  if (process.getuid!() === 0) {
    test('root attaches to another user’s process', async () => {
      const child = await running(nobody);
      const client = await attach({ pid: child.pid }, ['count']);
      const { threadId } = await stopped(client);
      expect(await topFrame(client, threadId)).toMatchObject({ name: 'main' });
      await client.request('disconnect', {});
      await client.exited();
      await expectFree(child);
    });
  } else {
    test('a process of root is refused, and the rule is named', async () => {
      expect(await refusal({ pid: 1 })).toMatch(/process 1 .*(user|namespace|Yama)/i);
    });
  }
});

describe('refused, in words', () => {
  test('a process that gdb traces: gdb is named', async () => {
    const child = await running();
    runTool('gdb', ['--version']);
    const gdb = spawn('gdb', ['-q', '-nx', '-p', String(child.pid)], { stdio: ['pipe', 'ignore', 'ignore'] });
    onTestFinished(() => void gdb.kill('SIGKILL'));
    await eventually(() => tracer(child.pid) !== 0, 'gdb has attached');
    const message = await refusal({ pid: child.pid });
    expect(message).toMatch(
      `Process ${child.pid} «groupstop» is already being traced by process ${tracer(child.pid)} «gdb»`,
    );
  });

  test('a zombie', async () => {
    // The shell's child ends, and what the shell has become never waits for it.
    const parent = spawn('sh', ['-c', '(exit 0) & exec sleep 1000'], { stdio: 'ignore' });
    onTestFinished(() => void parent.kill('SIGKILL'));
    let zombie: ProcessInfo | undefined;
    const look = () => (zombie = allProcesses().find((each) => each.parent === parent.pid && each.state === 'Z'));
    await eventually(() => look() !== undefined, 'there is a zombie');
    expect(await refusal({ pid: zombie?.pid })).toMatch(/has already exited \(it is a zombie/);
  });

  test.each([
    ['', /needs "pid"/],
    ['12x', /"pid" must be the id of a process/],
    ['-1', /"pid" must be the id of a process/],
    [0, /"pid" must be the id of a process/],
    [1.5, /"pid" must be the id of a process/],
    ['99999999999', /"pid" must be the id of a process/],
  ])('pid %j', async (pid, message) => {
    expect(await refusal({ pid })).toMatch(message);
  });

  test('and the session may try another', async () => {
    const child = await running();
    const client = startAdapter();
    await initialize(client);
    expect((await client.requestRaw('attach', { pid: 0x7fff_fff0 })).success).toBe(false);
    await client.request('attach', { pid: child.pid, stopOnEntry: true });
    await client.request('configurationDone', {});
    expect(await stopped(client)).toMatchObject({ reason: 'entry' });
  });
});
