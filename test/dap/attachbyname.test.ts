/** attach without a pid: by the path or the name of a program, now or once it is started. */
import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { compile } from '../support/debuggees';
import type { DapClient } from '../support/dapclient';
import { eventually, isAlive } from '../support/processes';
import { processesRunning } from '../../src/engine/processsearch';
import { debuggeePid, initialize, outputs, startAdapter, stopped } from '../support/session';

/** A copy of a program under a name that nothing else has. */
function unique(): string {
  const folder = mkdtempSync(join(tmpdir(), 'byname-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, `prg${process.pid}-${Math.random().toString(36).slice(2, 8)}-and-more`);
  copyFileSync(compile('groupstop.c', { flags: ['-g', '-O0', '-pthread'] }), path);
  return path;
}

async function start(program: string): Promise<ChildProcess & { readonly pid: number }> {
  const child = spawn(program, ['count'], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child as ChildProcess & { readonly pid: number };
}

async function ready(): Promise<DapClient> {
  const client = startAdapter();
  await initialize(client);
  return client;
}

async function attachTo(args: object): Promise<number> {
  const client = await ready();
  await client.request('attach', args);
  const pid = await debuggeePid(client);
  await client.request('disconnect', {});
  await client.exited();
  return pid;
}

async function refusal(args: object): Promise<string> {
  const { success, message } = await (await ready()).requestRaw('attach', args);
  expect(success).toBe(false);
  return message ?? '';
}

describe('by program', () => {
  test('a path, its name, and the alias of lldb’s users', async () => {
    const program = unique();
    const child = await start(program);
    expect(await attachTo({ program })).toBe(child.pid);
    expect(await attachTo({ program: basename(program) })).toBe(child.pid);
    expect(await attachTo({ processName: basename(program) })).toBe(child.pid);
    expect(isAlive(child.pid)).toBe(true);
  });

  test('none: it says what to do', async () => {
    const program = unique();
    expect(await refusal({ program })).toMatch(`No process runs ${program}. Start it first, or attach with "waitFor"`);
  });

  test('several: all are named, and the newest can be asked for', async () => {
    const program = unique();
    const first = await start(program);
    const second = await start(program);
    const message = await refusal({ program });
    expect(message).toContain(`2 processes run ${program}`);
    expect(message).toMatch(new RegExp(`^ {2}${second.pid} .*${basename(program)} count\n {2}${first.pid} `, 'm'));
    expect(await attachTo({ program, newest: true })).toBe(second.pid);
  });

  // Looked at without attaching: whichever program of this name is the newest belongs to somebody else.
  test('the debugger and who started it are never meant', () => {
    const found = processesRunning(basename(process.execPath)).map(({ pid }) => pid);
    expect(found).not.toContain(process.pid);
    expect(found).not.toContain(process.ppid);
  });
});

describe('waitFor', () => {
  test('takes the next one, early, and says that it waits', async () => {
    const program = unique();
    const before = await start(program);
    const client = await ready();
    const attached = client.requestRaw('attach', { program, waitFor: true, stopOnEntry: true });
    await eventually(
      () => (outputs(client)['console'] ?? '').includes('Waiting for a process that runs'),
      'it says so',
    );
    const child = spawn(program, ['count'], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    expect((await attached).success).toBe(true);
    expect(await debuggeePid(client)).toBe(child.pid);
    await client.request('configurationDone', {});
    await stopped(client);
    await client.request('disconnect', {});
    await client.exited();
    expect(isAlive(child.pid!)).toBe(true);
    expect(isAlive(before.pid)).toBe(true);
  });

  test.each(['cancel', 'disconnect', 'hang up'])('ends with %s', async (how) => {
    const client = await ready();
    const attached = client.requestRaw('attach', { program: unique(), waitFor: true });
    await eventually(() => (outputs(client)['console'] ?? '').includes('Waiting'), 'it waits');
    if (how === 'hang up') {
      attached.catch(() => undefined);
      client.hangUp();
    } else if (how === 'disconnect') {
      attached.catch(() => undefined);
      await client.request('disconnect', {});
    } else {
      await client.request('cancel', { requestId: 2 });
      expect(await attached).toMatchObject({ success: false, message: 'cancelled' });
      await client.request('disconnect', {});
    }
    await client.exited();
  });

  test('does not go with a pid', async () => {
    expect(await refusal({ pid: 1, waitFor: true })).toMatch('"waitFor" waits for a process that is not there yet');
  });
});
