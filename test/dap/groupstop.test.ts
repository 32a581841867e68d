/** SIGSTOP and SIGCONT under the debugger do what they do without one (ptrace(2), "Group-stop"). */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { DapClient } from '../support/dapclient';
import { compile } from '../support/debuggees';
import { eventually, isAlive, processInfo } from '../support/processes';
import {
  breakAt,
  debuggeePid,
  initialize,
  launch,
  launchUntilStopped,
  outputs,
  resume,
  runToEnd,
  startAdapter,
  stopped,
  topFrame,
} from '../support/session';

const program = compile('groupstop.c', { flags: ['-g', '-O0', '-pthread'] });

/** Every thread is T (stopped) or t (tracing stop). */
function standsStill(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).every((tid) => /\) [Tt] /.test(readFileSync(`/proc/${tid}/stat`, 'utf8')));
}

async function read(client: DapClient, expression: string): Promise<number> {
  return Number((await client.request('evaluate', { expression, context: 'repl' })).result);
}

async function counting(): Promise<{ readonly client: DapClient; readonly pid: number }> {
  const client = startAdapter();
  await launch(client, { program });
  const pid = await debuggeePid(client);
  await eventually(() => outputs(client)['stdout'] === 'counting\n', 'it counts');
  return { client, pid };
}

/** SIGSTOP from outside; resolves when the process stands still. */
async function stop(client: DapClient, pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await eventually(() => standsStill(pid), 'it is stopped');
  const turns = await read(client, 'turns');
  expect(await read(client, 'turns')).toBe(turns);
}

async function goesOn(client: DapClient): Promise<void> {
  const [turns, others] = [await read(client, 'turns'), await read(client, 'other_turns')];
  let now = [turns, others];
  while (now[0] === turns || now[1] === others) now = [await read(client, 'turns'), await read(client, 'other_turns')];
}

describe('SIGSTOP', () => {
  test('that the program sends itself: it waits for SIGCONT, whose handler runs', async () => {
    const client = startAdapter();
    await launch(client, { program, args: ['raise'] });
    const pid = await debuggeePid(client);
    await eventually(() => outputs(client)['stdout'] === 'stopping\n' && standsStill(pid), 'it has stopped itself');
    expect(client.untaken('stopped')).toEqual([]);
    expect((await client.request('threads', undefined)).threads).toHaveLength(1);
    process.kill(pid, 'SIGCONT');
    expect(await runToEnd(client)).toMatchObject({ exitCode: 0, output: { stdout: 'stopping\ngoing on\n' } });
  });

  test('from outside: every thread stops, the session answers, SIGCONT lets them all go on', async () => {
    const { client, pid } = await counting();
    for (let round = 1; round <= 3; round++) {
      await stop(client, pid);
      expect(client.untaken('stopped')).toEqual([]);
      expect((await client.request('threads', undefined)).threads).toHaveLength(2);
      process.kill(pid, 'SIGCONT');
      await goesOn(client);
      while ((await read(client, 'continued')) < round);
    }
  });

  test('pause shows where it stands; continue leaves it to SIGCONT', async () => {
    const { client, pid } = await counting();
    await stop(client, pid);
    await client.request('pause', { threadId: pid });
    const { reason, threadId } = await stopped(client);
    expect(reason).toBe('pause');
    expect((await topFrame(client, threadId)).name).not.toBe('');
    await client.request('continue', { threadId });
    expect(standsStill(pid)).toBe(true);
    process.kill(pid, 'SIGCONT');
    await goesOn(client);
    expect(client.untaken('stopped')).toEqual([]);
  });

  test('SIGCONT while the debugger has it stopped counts when it goes on', async () => {
    const { client, pid } = await counting();
    await stop(client, pid);
    await client.request('pause', { threadId: pid });
    const { threadId } = await stopped(client);
    process.kill(pid, 'SIGCONT');
    await client.request('continue', { threadId });
    await goesOn(client);
    expect(await read(client, 'continued')).toBe(1);
  });

  test('a breakpoint set meanwhile is hit after SIGCONT', async () => {
    const { client, pid } = await counting();
    await stop(client, pid);
    await breakAt(client, 'groupstop.c', ['count']);
    process.kill(pid, 'SIGCONT');
    const { reason, threadId } = await stopped(client);
    expect(reason).toBe('breakpoint');
    // SIGSTOP at a breakpoint: the step or the continue after it ends in the group-stop.
    process.kill(pid, 'SIGSTOP');
    await breakAt(client, 'groupstop.c', []);
    await client.request('continue', { threadId });
    await eventually(() => standsStill(pid), 'it is stopped');
    process.kill(pid, 'SIGCONT');
    await goesOn(client);
  });

  test('in the middle of a step: the step waits for SIGCONT and then finishes', async () => {
    const client = startAdapter();
    const setup = { breakpoints: { 'groupstop.c': ['raise'] } };
    const { threadId } = await launchUntilStopped(client, { program, args: ['raise'] }, setup);
    await client.request('next', { threadId });
    await eventually(() => standsStill(threadId), 'it has stopped itself');
    await client.request('threads', undefined);
    expect(client.untaken('stopped')).toEqual([]);
    process.kill(threadId, 'SIGCONT');
    expect(await stopped(client)).toMatchObject({ reason: 'step', threadId });
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0 });
  });

  test.each(['terminate', 'disconnect', 'restart'])('%s works on a stopped program', async (how) => {
    const { client, pid } = await counting();
    await stop(client, pid);
    if (how === 'restart') {
      await client.request('restart', {});
      expect(await debuggeePid(client)).not.toBe(pid);
    } else {
      await client.request(how, {});
      // By SIGTERM, not by the SIGKILL that comes when that was of no use.
      if (how === 'terminate') expect(await runToEnd(client)).toMatchObject({ exitCode: 143 });
    }
    await eventually(() => !isAlive(pid), 'it has ended');
  });
});

describe('attach', () => {
  async function stoppedProcess(): Promise<number> {
    const child = spawn(program, ['count'], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGSTOP');
    await eventually(() => standsStill(child.pid!), 'it is stopped');
    return child.pid!;
  }

  test('to a stopped process looks into it and leaves it stopped', async () => {
    const pid = await stoppedProcess();
    const client = startAdapter();
    await initialize(client);
    await client.request('attach', { pid, stopOnEntry: true });
    await client.request('configurationDone', {});
    const { threadId } = await stopped(client);
    expect((await client.request('threads', undefined)).threads).toHaveLength(2);
    expect((await topFrame(client, threadId)).instructionPointerReference).toBeDefined();
    await client.request('disconnect', {});
    expect(await client.exited()).toBe(0);
    expect(processInfo(pid)?.state).toBe('T');
    process.kill(pid, 'SIGCONT');
    await eventually(() => processInfo(pid)?.state !== 'T', 'it goes on');
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/TracerPid:\t0\n/);
  });

  test('to a stopped process, and SIGCONT lets it run into a breakpoint', async () => {
    const pid = await stoppedProcess();
    const client = startAdapter();
    await initialize(client);
    await client.request('attach', { pid });
    await breakAt(client, 'groupstop.c', ['count']);
    await client.request('configurationDone', {});
    expect(standsStill(pid)).toBe(true);
    process.kill(pid, 'SIGCONT');
    const { threadId } = await stopped(client);
    expect(await resume(client, 'next', { threadId })).toMatchObject({ reason: 'step' });
    await client.request('disconnect', {});
    await client.exited();
    expect(isAlive(pid)).toBe(true);
  });
});
