/** A stripped program gets its lines from a server while it is being debugged. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compile, line, runTool, sourcePath } from '../support/debuggees';
import { frames, initialize, runToEnd, startAdapter, stopped } from '../support/session';

let folder: string;
let server: Server;
let requests: string[];
let program: string;
let id: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ptrace-debuginfod-'));
  const full = join(folder, 'hello.full');
  program = join(folder, 'hello');
  copyFileSync(compile('hello.c', { flags: ['-g', '-O0', '-Wl,--build-id'] }), full);
  runTool('objcopy', ['--strip-debug', full, program]);
  id = /Build ID: ([0-9a-f]+)/.exec(runTool('readelf', ['-n', program]))![1]!;
  requests = [];
  server = createServer((request, response) => {
    requests.push(request.url ?? '');
    if (request.url === `/buildid/${id}/debuginfo`) response.end(readFileSync(full));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

/** Launches with a breakpoint in `add`; at the first stop, in `main`, nothing may have been asked of the server. */
async function launch(debuginfod: object | boolean) {
  const env = { DEBUGINFOD_CACHE_PATH: join(folder, 'cache'), DEBUGINFOD_URLS: '' };
  const client = startAdapter({ env });
  await initialize(client);
  await client.request('launch', { program, stopOnEntry: true, debuginfod });
  await client.waitFor('initialized');
  const { breakpoints } = await client.request('setBreakpoints', {
    source: { path: sourcePath('hello.c') },
    breakpoints: [{ line: line('hello.c', 'add_body') }],
  });
  return { client, breakpoint: breakpoints[0]! };
}

const urls = (): string[] => [`http://127.0.0.1:${(server.address() as AddressInfo).port}`];

test('nobody is asked unless the configuration says so', async () => {
  const { client } = await launch(false);
  await client.request('configurationDone', {});
  const { threadId } = await stopped(client);
  expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0 });
  expect(requests).toEqual([]);
});

test('a breakpoint is bound when the debug file arrives, and hit', async () => {
  const { client, breakpoint } = await launch({ urls: urls() });
  expect(breakpoint.verified).toBe(false);
  expect(requests).toEqual([]);
  await client.request('configurationDone', {});
  const { threadId } = await stopped(client);
  await client.waitFor<DebugProtocol.ModuleEvent>('module', ({ body }) => body.reason === 'changed');
  await client.waitFor<DebugProtocol.BreakpointEvent>('breakpoint', ({ body }) => body.breakpoint.verified);
  expect(existsSync(join(folder, 'cache', id, 'debuginfo'))).toBe(true);
  await client.request('continue', { threadId });
  const stop = await stopped(client);
  expect(stop.reason).toBe('breakpoint');
  const [top] = await frames(client, stop.threadId);
  expect(top).toMatchObject({ name: 'add', line: line('hello.c', 'add_body') });
  await client.request('setBreakpoints', { source: { path: sourcePath('hello.c') }, breakpoints: [] });
  expect(await runToEnd(client, stop.threadId)).toMatchObject({ exitCode: 0 });
});

test('it is bound at once when the file is in the cache', async () => {
  const asked = requests.length;
  const { client, breakpoint } = await launch({ urls: urls() });
  expect(breakpoint.verified).toBe(true);
  await client.request('configurationDone', {});
  const { threadId } = await stopped(client);
  await client.request('setBreakpoints', { source: { path: sourcePath('hello.c') }, breakpoints: [] });
  expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0 });
  expect(requests.slice(asked)).not.toContain(`/buildid/${id}/debuginfo`);
});

test('without any server it says so', async () => {
  const { client } = await launch(true);
  await client.waitFor<DebugProtocol.OutputEvent>('output', ({ body }) => body.output.includes('no server'));
  await client.request('configurationDone', {});
  const { threadId } = await stopped(client);
  await client.request('setBreakpoints', { source: { path: sourcePath('hello.c') }, breakpoints: [] });
  expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0 });
});

test('a wrong value is refused with a sentence', async () => {
  const client = startAdapter();
  await initialize(client);
  await expect(client.request('launch', { program, debuginfod: { urls: ['ftp://x'] } })).rejects.toThrow(
    /"debuginfod" of the launch configuration must be true, false or/,
  );
});
