/** launch.json as other debuggers spell it, end to end, and the ways to name streams. */
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LaunchArguments } from '../../src/protocol/arguments';
import { compile } from '../support/debuggees';
import { eventually, isAlive } from '../support/processes';
import { debuggeePid, launch, launchUntilStopped, outputs, runToEnd, startAdapter, topFrame } from '../support/session';

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'ptrace-aliases-')));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function output(args: LaunchArguments): Promise<Record<string, string>> {
  const client = startAdapter();
  await launch(client, args);
  return (await runToEnd(client)).output;
}

async function environment(args: LaunchArguments): Promise<string[]> {
  return (JSON.parse((await output({ program: compile('args.c'), ...args }))['stdout']!) as { env: string[] }).env;
}

test('stopAtEntry is stopOnEntry, which wins over it', async () => {
  const client = startAdapter();
  const { reason, threadId } = await launchUntilStopped(client, { program: compile('hello.c'), stopAtEntry: true });
  expect(reason).toBe('entry');
  expect(await topFrame(client, threadId)).toMatchObject({ name: 'main' });
  expect(await output({ program: compile('hello.c'), stopAtEntry: true, stopOnEntry: false })).toEqual({
    stdout: 'hello 11\n',
  });
});

test('environment, env and envFile together: env wins over both, null unsets what any of them or the shell set', async () => {
  const envFile = join(folder, 'all.env');
  writeFileSync(envFile, 'A=file\nB=file\nC=file\nGONE=file\n');
  const env = await environment({
    envFile,
    environment: [
      { name: 'B', value: 'environment' },
      { name: 'C', value: 'environment' },
    ],
    env: { C: 'env', GONE: null, PATH: null },
  });
  expect(env).toEqual(expect.arrayContaining(['A=file', 'B=environment', 'C=env']));
  expect(env.filter((entry) => /^(GONE|PATH)=/.test(entry))).toEqual([]);
});

describe('streams', () => {
  const said = (word: string) => [0, 1, 2, 3, 4].map((i) => `${word} ${i}\n`).join('');

  test('one path for all three', async () => {
    const path = join(folder, 'all.txt');
    writeFileSync(path, 'before\n');
    expect(await output({ program: compile('stdio.c'), stdio: path })).toEqual({});
    const turns = [0, 1, 2, 3, 4].map((i) => `out ${i}\nerr ${i}\n`).join('');
    expect(readFileSync(path, 'utf8')).toBe(`before\n${turns}`);
  });

  test('stdout and stderr apart, by the list and by their own names', async () => {
    for (const [i, args] of [
      { stdio: [null, 'out0.txt', 'err0.txt'] },
      { stdout: 'out1.txt', stderr: 'err1.txt' },
      { stdio: [null, 'out2.txt'], stdout: 'never.txt', stderr: 'err2.txt' },
    ].entries()) {
      expect(await output({ program: compile('stdio.c'), cwd: folder, ...args })).toEqual({});
      expect(readFileSync(join(folder, `out${i}.txt`), 'utf8')).toBe(said('out'));
      expect(readFileSync(join(folder, `err${i}.txt`), 'utf8')).toBe(said('err'));
    }
  });

  test('one of them; the other stays in the console', async () => {
    const path = join(folder, 'only.txt');
    expect(await output({ program: compile('stdio.c'), stderr: path })).toEqual({ stdout: said('out') });
    expect(readFileSync(path, 'utf8')).toBe(said('err'));
  });

  test('stdin from a file that is not there is refused by its path', async () => {
    const client = startAdapter();
    const args = { program: compile('stdin.c'), stdin: join(folder, 'missing.txt') };
    await expect(launch(client, args)).rejects.toThrow(/The file for stdin, .*missing\.txt, cannot be opened/);
  });
});

describe('terminate', () => {
  test('lets a program that handles SIGTERM end in its own way', async () => {
    const program = join(folder, 'graceful');
    const text = '#!/bin/sh\ntrap "echo tidied; exit 3" TERM\necho ready\nwhile :; do sleep 0.01; done\n';
    writeFileSync(program, text, { mode: 0o755 });
    const client = startAdapter();
    await launch(client, { program });
    const pid = await debuggeePid(client);
    await eventually(() => outputs(client)['stdout'] === 'ready\n', 'it is ready');
    await client.request('terminate', {});
    expect(await runToEnd(client)).toMatchObject({ exitCode: 3, output: { stdout: 'ready\ntidied\n' } });
    expect(isAlive(pid)).toBe(false);
  });

  test('kills by itself what ignores SIGTERM, and says so', async () => {
    const program = join(folder, 'stubborn');
    const text = '#!/bin/sh\ntrap "" TERM\necho ready\nwhile :; do sleep 0.05; done\n';
    writeFileSync(program, text, { mode: 0o755 });
    const client = startAdapter();
    await launch(client, { program });
    await eventually(() => outputs(client)['stdout'] === 'ready\n', 'it is ready');
    await client.request('terminate', {});
    const { exitCode, output: told } = await runToEnd(client);
    expect(exitCode).toBe(137);
    expect(told['console']).toMatch(/has not ended .* after SIGTERM: it is killed/);
  });
});
