/** System calls over the protocol: the log and its pages, stops as exception filters, rules, and mistakes in all of them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type {
  SyscallPageResponse,
  SyscallSettings,
  SyscallStackResponse,
  SyscallSummaryResponse,
} from '../../src/protocol/syscalls';
import type { DapClient } from '../support/dapclient';
import { compile, line } from '../support/debuggees';
import { initialize, launchUntilStopped, startAdapter, stopped } from '../support/session';

const folder = mkdtempSync(join(tmpdir(), 'ptrace-syscalls-'));
afterAll(() => rmSync(folder, { recursive: true }));

const program = (): string => compile('calls.c', { flags: ['-g', '-pthread'] });

async function ask<T>(client: DapClient, command: string, args: object): Promise<T> {
  return (await client.requestRaw(`ptrace/syscalls/${command}`, args)).body as T;
}

/** A part of calls.c, stopped in main. */
async function launched(args: string[], syscalls: boolean | string | SyscallSettings): Promise<DapClient> {
  const client = startAdapter();
  await launchUntilStopped(client, { program: program(), args, stopOnEntry: 'main', syscalls });
  return client;
}

async function goOn(client: DapClient): Promise<void> {
  const { threads } = await client.request('threads', undefined);
  await client.request('continue', { threadId: threads[0]!.id });
}

describe('the log', () => {
  it('is paged, searched and summed up while the program is stopped', async () => {
    const client = await launched(['inner'], { trace: true, stacks: 8 });
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'inner' }] });
    await goOn(client);
    await stopped(client);
    const all = await ask<SyscallPageResponse>(client, 'page', { start: 0, count: 10_000 });
    expect(all.rows[0]).toMatchObject({ index: 0, kind: 'call', name: 'execve', outcome: 'succeeded', class: 'file' });
    expect(all.rows).toHaveLength(all.total);
    expect(all.rows.at(-1)).toMatchObject({ name: 'getuid', hasStack: true });
    const last = await ask<SyscallPageResponse>(client, 'page', { start: -1, count: 1 });
    expect(last.rows).toEqual(all.rows.slice(-1));
    const failed = await ask<SyscallPageResponse>(client, 'page', {
      start: 0,
      count: 100,
      query: { outcome: 'failed', calls: '%file', text: 'ld.so' },
    });
    expect(failed.rows.map(({ name }) => name)).toEqual(['access']);
    const stack = await ask<SyscallStackResponse>(client, 'stack', { index: all.total - 1 });
    expect(stack.frames.map(({ name, line: at }) => [name, at])).toContainEqual([
      'main',
      line('calls.c', 'call_inner') - 1,
    ]);
    const { lines } = await ask<SyscallSummaryResponse>(client, 'summary', { query: { calls: 'mmap' } });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      name: 'mmap',
      errors: 0,
      calls: all.rows.filter(({ name }) => name === 'mmap').length,
    });
    expect(lines[0]!.histogram.reduce((a, b) => a + b)).toBe(lines[0]!.calls);
    const path = join(folder, 'export');
    await ask(client, 'export', { path, format: 'strace', query: { calls: 'getuid' } });
    expect(readFileSync(path, 'utf8')).toMatch(/^\d+ +getuid\(\)\s+= \d+\n$/);
  });

  it('from main on has what the program itself does, and is written to a file as well', async () => {
    const log = join(folder, 'calls.strace');
    const client = startAdapter();
    await initialize(client);
    await client.request('launch', {
      program: program(),
      args: ['open'],
      syscalls: { trace: true, scope: 'main', log },
    });
    await client.request('configurationDone', undefined);
    await client.waitFor('terminated');
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
    expect(lines.map((text) => text.replace(/^\d+ +/, ''))).toEqual([
      expect.stringMatching(/^openat\(AT_FDCWD, "\/etc\/hostname", O_RDONLY\) = 3$/),
      '+++ exited with 0 +++',
    ]);
    const events = client.untaken('ptrace/syscalls').map(({ body }) => (body as { total: number }).total);
    expect(events.at(-1)).toBe(2);
  });
});

describe('a stop at a call', () => {
  it('is an exception filter with a condition, and says what is about to happen', async () => {
    const client = await launched(['open'], false);
    const answer = await client.requestRaw('setExceptionBreakpoints', {
      filters: [],
      filterOptions: [{ filterId: 'syscall_entry', condition: 'openat if filename ~ "*hostname"' }],
    });
    expect(answer.body).toEqual({ breakpoints: [{ verified: true }] });
    await goOn(client);
    const stop = await stopped(client);
    expect(stop).toMatchObject({ reason: 'exception', description: 'Paused before openat' });
    const info = await client.request('exceptionInfo', { threadId: stop.threadId });
    expect(info).toMatchObject({
      exceptionId: 'openat',
      description: 'The thread is about to make the system call openat(AT_FDCWD, "/etc/hostname", O_RDONLY)',
    });
  });

  it.each([
    ['opnat', "There is no system call 'opnat'. Did you mean 'openat'"],
    ['openat if filname ~ "x"', 'filname'],
    ['openat if ret < 0', 'cannot look at the result'],
  ])('with the mistake %s says what is wrong', async (condition, message) => {
    const client = startAdapter();
    await initialize(client);
    const answer = await client.requestRaw('setExceptionBreakpoints', {
      filters: [],
      filterOptions: [{ filterId: 'syscall_entry', condition }],
    });
    const text = expect.stringContaining(message) as string;
    expect(answer.body).toMatchObject({ breakpoints: [{ verified: false, message: text }] });
  });
});

describe('what can be changed while the program stands', () => {
  it('is the filter, and the rules', async () => {
    const client = await launched(['pid'], false);
    const { notes } = await ask<{ notes: string[] }>(client, 'configure', {
      trace: 'getpid',
      inject: 'getpid:retval=7',
    });
    expect(notes).toEqual([]);
    await goOn(client);
    expect((await client.waitFor('exited')).body).toEqual({ exitCode: 7 });
  });

  it.each([
    [{ trace: '%fil' }, "There is no class of system calls '%fil'. Did you mean '%file'"],
    [{ inject: 'getpid:eror=EIO' }, "A rule knows no 'eror'"],
    [{ inject: { preset: 'no-netwrok' } }, "There is no ready-made rule 'no-netwrok'. Did you mean 'no-network'"],
    [{ scope: 'function:' }, '"scope" of'],
  ])('refuses %j with a sentence', async (settings, message) => {
    const client = await launched(['pid'], false);
    const answer = await client.requestRaw('ptrace/syscalls/configure', settings);
    expect(answer.success).toBe(false);
    expect(answer.message).toContain(message);
  });
});
