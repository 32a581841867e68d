/** How a program is started: arguments, environment, directory, streams, where it stops first, and how it ends. */
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LaunchArguments } from '../../src/protocol/arguments';
import { compile } from '../support/debuggees';
import { eventually, isAlive } from '../support/processes';
import {
  debuggeePid,
  launch,
  launchUntilStopped,
  outputs,
  runToEnd,
  startAdapter,
  stopped,
  topFrame,
} from '../support/session';

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'ptrace-launch-')));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Seen {
  readonly argv: string[];
  readonly env: string[];
  readonly cwd: string;
  readonly aslr: boolean;
}

async function seen(args: LaunchArguments): Promise<Seen> {
  const client = startAdapter();
  await launch(client, { program: compile('args.c'), ...args });
  const { exitCode, output } = await runToEnd(client);
  expect(exitCode).toBe(0);
  return JSON.parse(output['stdout']!) as Seen;
}

describe('arguments, environment and directory', () => {
  test('an array is passed as it is', async () => {
    const args = ['', 'a b', '"', "'", '$HOME', '*', 'ä\n', '\\'];
    expect((await seen({ args })).argv.slice(1)).toEqual(args);
  });

  test('a string is split as a shell splits words', async () => {
    const { argv } = await seen({ args: `one "two three" 'fo"ur' five\\ six ""` });
    expect(argv.slice(1)).toEqual(['one', 'two three', 'fo"ur', 'five six', '']);
  });

  test('env is merged over envFile, and null unsets', async () => {
    const envFile = join(folder, 'vars.env');
    writeFileSync(envFile, '# comment\nFROM_FILE="file"\nBOTH=file\n');
    const { env } = await seen({ envFile, env: { BOTH: 'env', HOME: null, EMPTY: '' } });
    expect(env).toEqual(expect.arrayContaining(['FROM_FILE=file', 'BOTH=env', 'EMPTY=']));
    expect(env.filter((entry) => entry.startsWith('HOME='))).toEqual([]);
    expect(env.some((entry) => entry.startsWith('PATH='))).toBe(true);
  });

  test('cppdbg’s spellings', async () => {
    const { env, cwd } = await seen({ environment: [{ name: 'FROM', value: 'cppdbg' }], cwd: folder });
    expect(env).toContain('FROM=cppdbg');
    expect(cwd).toBe(folder);
  });

  test('ASLR is off unless asked for', async () => {
    expect((await seen({})).aslr).toBe(false);
    expect((await seen({ disableASLR: false })).aslr).toBe(true);
  });
});

describe('stopOnEntry', () => {
  test.each([
    [true, 'main'],
    ['main', 'main'],
    ['entry', '_start'],
  ] as const)('%s', async (stopOnEntry, name) => {
    const client = startAdapter();
    const { reason, threadId } = await launchUntilStopped(client, { program: compile('hello.c'), stopOnEntry });
    expect(reason).toBe('entry');
    expect((await topFrame(client, threadId)).name).toContain(name);
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0 });
  });

  test('loader: at the first instruction of all', async () => {
    const client = startAdapter();
    const args = { program: compile('hello.c'), stopOnEntry: 'loader' as const };
    const { threadId } = await launchUntilStopped(client, args);
    const { modules } = await client.request('modules', {});
    const { moduleId } = await topFrame(client, threadId);
    expect(modules.find(({ id }) => id === moduleId)?.name).toMatch(/^ld-/);
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0 });
  });
});

describe('streams', () => {
  test('stdout and stderr arrive whole, each in order, before terminated', async () => {
    const client = startAdapter();
    await launch(client, { program: compile('stdio.c') });
    const { output } = await runToEnd(client);
    const lines = (word: string) => [0, 1, 2, 3, 4].map((i) => `${word} ${i}\n`).join('');
    expect(output).toMatchObject({ stdout: lines('out'), stderr: lines('err') });
  });

  test('a flood arrives to its last line', async () => {
    const client = startAdapter();
    await launch(client, { program: compile('stdio.c'), args: ['flood', '200000'] });
    const { output } = await runToEnd(client);
    const lines = output['stdout']!.trimEnd().split('\n');
    expect(lines).toHaveLength(200_000);
    expect(lines.at(-1)).toBe('line 199999');
  });

  test('a last line without newline, and characters cut in two', async () => {
    for (const [how, expected] of [
      ['tail', 'no newline at the end'],
      ['utf8', 'grüß\n'],
    ] as const) {
      const client = startAdapter();
      await launch(client, { program: compile('stdio.c'), args: [how] });
      expect((await runToEnd(client)).output['stdout']).toBe(expected);
    }
  });

  test('all 256 bytes come through, those that are no UTF-8 replaced', async () => {
    const client = startAdapter();
    await launch(client, { program: compile('stdio.c'), args: ['bytes'] });
    const text = (await runToEnd(client)).output['stdout']!;
    expect(text.slice(0, 128)).toBe(String.fromCharCode(...Array.from({ length: 128 }, (_, i) => i)));
  });

  test('files take the place of streams', async () => {
    const [input, output] = [join(folder, 'in.txt'), join(folder, 'out.txt')];
    writeFileSync(input, 'one\ntwo\n');
    const client = startAdapter();
    await launch(client, { program: compile('stdin.c'), stdio: [input, output, null] });
    await runToEnd(client);
    expect(readFileSync(output, 'utf8')).toBe('no tty\ngot one\ngot two\n8 bytes\n');
  });
});

describe('the end', () => {
  test('terminate is graceful where the program handles it, and kills where it does not', async () => {
    const client = startAdapter();
    await launch(client, { program: compile('spin.c') });
    const pid = await debuggeePid(client);
    await client.request('terminate', {});
    await client.waitFor('terminated');
    await eventually(() => !isAlive(pid), 'the debuggee has ended');
  });

  test('restart runs the program again, with its breakpoints', async () => {
    const client = startAdapter();
    const program = compile('hello.c');
    const breakpoints = { 'hello.c': ['print'] };
    await launchUntilStopped(client, { program }, { breakpoints });
    const before = await debuggeePid(client);
    await client.request('restart', {});
    const { threadId } = await stopped(client);
    expect(await debuggeePid(client)).not.toBe(before);
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0 });
    expect(isAlive(before)).toBe(false);
  });

  test('noDebug runs it to its end without a stop', async () => {
    const client = startAdapter();
    const args = { program: compile('hello.c'), noDebug: true };
    await launch(client, args, { breakpoints: { 'hello.c': ['main_body'] } });
    expect(await runToEnd(client)).toMatchObject({ exitCode: 0, output: { stdout: 'hello 11\n' } });
    expect(client.untaken('stopped')).toEqual([]);
  });

  test('disconnect kills what was launched', async () => {
    const client = startAdapter();
    await launch(client, { program: compile('spin.c') });
    const pid = await debuggeePid(client);
    await client.request('disconnect', {});
    expect(await client.exited()).toBe(0);
    expect(isAlive(pid)).toBe(false);
    expect(outputs(client)['important'] ?? '').toBe('');
  });
});
