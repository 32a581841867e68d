/** Calls in the debuggee over the protocol, and what they do to its open files while it goes on. */
import { mkdtempSync, readFileSync, readlinkSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { DapClient } from '../support/dapclient';
import { compile } from '../support/debuggees';
import { eventually } from '../support/processes';
import { debuggeePid, launch, launchUntilStopped, outputs, runToEnd, startAdapter } from '../support/session';

const program = compile('remote.c', { flags: ['-g', '-pthread'] });
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ptrace-files-test-')));
afterAll(() => rmSync(folder, { recursive: true }));

async function ask<T = Record<string, unknown>>(client: DapClient, command: string, args: object): Promise<T> {
  const response = await client.requestRaw(command, args);
  if (!response.success) throw new Error(response.message);
  return response.body as T;
}

/** A program that prints a line every millisecond. */
async function printing(): Promise<{ client: DapClient; pid: number }> {
  const client = startAdapter();
  await launch(client, { program, args: ['print'] });
  const pid = await debuggeePid(client);
  await eventually(() => (outputs(client)['stdout'] ?? '').includes('tick 3\n'), 'it does not print');
  return { client, pid };
}

/** At `ready`. */
async function standing(): Promise<{ client: DapClient; pid: number; threadId: number }> {
  const client = startAdapter();
  const { threadId } = await launchUntilStopped(client, { program }, { functions: ['ready'] });
  return { client, pid: await debuggeePid(client), threadId };
}

/** Ends the printing program, and checks that it ends well. */
async function finish(client: DapClient): Promise<void> {
  await client.request('pause', { threadId: 0 });
  await client.waitFor('stopped');
  await client.request('evaluate', { expression: 'finish = 1', context: 'repl' });
  const { threads } = await client.request('threads', undefined);
  expect((await runToEnd(client, threads[0]!.id)).exitCode).toBe(0);
}

describe('a program that goes on printing', () => {
  test('writes to a file, and then to the Debug Console again', async () => {
    const { client, pid } = await printing();
    const path = join(folder, 'ticks');
    const { before, after } = await ask<{ before: string; after: string }>(client, 'ptrace/files/redirect', {
      fd: 1,
      path,
    });
    expect(before).toMatch(/^\/dev\/pts\//);
    expect(after).toBe(path);
    await eventually(() => statSync(path).size > 100, 'nothing comes to the file');
    const shown = outputs(client)['stdout']!;
    await ask(client, 'ptrace/files/redirect', { fd: 1, console: true });
    const written = readFileSync(path, 'utf8');
    await eventually(() => outputs(client)['stdout']!.length > shown.length + 100, 'nothing comes to the console');
    expect(readFileSync(path, 'utf8')).toBe(written);
    // Nothing is lost and nothing comes twice; a line that is still on its way ends in #.
    const all = `${outputs(client)['stdout']!}#\n${written}`;
    const numbers = [...all.matchAll(/^tick (\d+)$/gm)].map(([, number]) => Number(number)).sort((x, y) => x - y);
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(client.untaken('stopped')).toEqual([]);
    expect(readlinkSync(`/proc/${pid}/fd/1`)).toMatch(/^\/dev\/pts\//);
    await finish(client);
  });

  test('has its directory changed, and relative paths begin there', async () => {
    const { client, pid } = await printing();
    expect(await ask(client, 'ptrace/chdir', { path: folder })).toEqual({ directory: folder });
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe(folder);
    const { after } = await ask(client, 'ptrace/files/redirect', { fd: 1, path: 'relative', append: true });
    expect(after).toBe(join(folder, 'relative'));
    await expect(ask(client, 'ptrace/chdir', { path: '/nonexistent' })).rejects.toThrow(
      'The call failed in the program: chdir("/nonexistent") = -1 ENOENT (No such file or directory).',
    );
    await finish(client);
  });
});

test('descriptors are duplicated and closed', async () => {
  const { client, pid, threadId } = await standing();
  const { fd } = await ask<{ fd: number }>(client, 'ptrace/files/dup', { fd: 1, threadId });
  expect(readlinkSync(`/proc/${pid}/fd/${fd}`)).toBe(readlinkSync(`/proc/${pid}/fd/1`));
  expect(await ask(client, 'ptrace/files/dup', { fd: 1, newFd: 77 })).toEqual({ fd: 77 });
  expect(await ask(client, 'ptrace/files/close', { fd: 77 })).toEqual({ what: readlinkSync(`/proc/${pid}/fd/1`) });
  await expect(ask(client, 'ptrace/files/close', { fd: 77 })).rejects.toThrow(
    `Descriptor 77 is not open in process ${pid}.`,
  );
  const { before } = await ask(client, 'ptrace/files/redirect', { fd: 60, path: join(folder, 'fresh') });
  expect(before).toBeUndefined();
  expect(readlinkSync(`/proc/${pid}/fd/60`)).toBe(join(folder, 'fresh'));
  const { files } = await ask<{ files: { fd: number }[] }>(client, 'ptrace/openFiles', {});
  expect(files.map((file) => file.fd)).toEqual([0, 1, 2, 3, 4, fd, 60]);
  expect((await runToEnd(client, threadId)).exitCode).toBe(0);
});

test('any call is made, by its name or number, and the thread goes on as before', async () => {
  const { client, pid, threadId } = await standing();
  const call = (args: object) => ask(client, 'ptrace/syscalls/call', { threadId, ...args });
  expect(await call({ name: 'getpid' })).toEqual({ result: pid, text: `getpid() = ${pid}` });
  expect(await call({ number: 39 })).toEqual({ result: pid, text: `getpid() = ${pid}` });
  const path = join(folder, 'made');
  const opened = await call({ name: 'open', args: [path, { flags: 'O_WRONLY|O_CREAT' }, '0x1ff'] });
  expect(opened).toMatchObject({
    text: `open("${path}", O_WRONLY|O_CREAT, 0777) = ${opened['result'] as number}<${path}>`,
  });
  const written = await call({ name: 'write', args: [opened['result'] as number, { text: '0x10' }, 4] });
  expect(written).toMatchObject({ result: 4 });
  expect(readFileSync(path, 'utf8')).toBe('0x10');
  expect(await call({ name: 'getcwd', args: [{ buffer: 4096 }, 4096] })).toMatchObject({
    text: expect.stringContaining(readlinkSync(`/proc/${pid}/cwd`)) as string,
  });
  expect(await call({ name: 'close', args: [-1] })).toEqual({
    result: -1,
    errno: { number: 9, name: 'EBADF', text: 'Bad file descriptor' },
    text: 'close(-1) = -1 EBADF (Bad file descriptor)',
  });
  expect((await runToEnd(client, threadId)).exitCode).toBe(0);
});

test('wrong arguments are told in sentences', async () => {
  const { client, threadId } = await standing();
  const told = async (command: string, args: object) => (await client.requestRaw(command, args)).message;
  const call = (args: object) => told('ptrace/syscalls/call', args);
  expect(await call({ name: 'opnat' })).toBe("There is no system call 'opnat'. Did you mean 'openat'?");
  expect(await call({ name: 'socketcall' })).toMatch(/^There is no system call 'socketcall' in 64-bit programs\./);
  expect(await call({})).toMatch(/needs the "name" or the "number"/);
  expect(await call({ name: 'getpid', number: 1 })).toBe(
    '"name" and "number" are two calls: getpid is not 1. Give one of them.',
  );
  expect(await call({ name: 'getpid', args: [1] })).toBe('getpid takes no arguments, not 1.');
  expect(await call({ name: 'write', args: [1, 2, 3, 4] })).toBe('write takes 3 arguments (fd, buf, count), not 4.');
  expect(await call({ name: 'write', args: [1.5] })).toMatch(/"args\[0\]" of the request .* a whole number, not 1.5/);
  expect(await call({ name: 'write', args: [true] })).toMatch(
    /"args\[0\]" of the request .* a number, a text, .* not true/,
  );
  expect(await call({ name: 'open', args: ['/', { flags: 'O_NOPE' }] })).toBe(
    `There is no constant 'O_NOPE' in "flags": "O_NOPE".`,
  );
  expect(await call({ name: 'close', args: ['0x10000000000000000'] })).toMatch(/more than 64 bits/);
  expect(await call({ name: 'getpid', threadId: 1 })).toBe('There is no thread 1 any more.');
  expect(await call({ name: 'fork' })).toMatch(/^fork cannot be made from outside/);
  expect(await told('ptrace/files/redirect', { fd: 1 })).toMatch(/needs either "path", or "console": true/);
  expect(await told('ptrace/files/redirect', { fd: 1, path: '/tmp/', console: true })).toMatch(/needs either/);
  expect(await told('ptrace/files/redirect', { fd: 3, console: true })).toMatch(/Descriptor 3 is read from/);
  expect(await told('ptrace/files/close', { fd: -1 })).toMatch(/must be a whole number/);
  expect(await call({ name: 'pause', timeout: 50 })).toMatch(/^The call pause\(\) did not return: .* 0.05 seconds\./);
  expect((await runToEnd(client, threadId)).exitCode).toBe(0);
});

test('a call that does not return can be cancelled', async () => {
  const { client, threadId } = await standing();
  const response = client.requestRaw('ptrace/syscalls/call', { name: 'pause' });
  const seq = Math.max(
    ...client.transcript.flatMap(({ message }) => (message.type === 'request' ? [message.seq] : [])),
  );
  await client.request('cancel', { requestId: seq });
  expect((await response).message).toBe('cancelled');
  expect((await runToEnd(client, threadId)).exitCode).toBe(0);
});
