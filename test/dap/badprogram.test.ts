/** Programs that cannot be launched: a sentence that names the thing, nothing left running, and an adapter that lives. */
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LaunchArguments } from '../../src/protocol/arguments';
import { compile } from '../support/debuggees';
import { FailedResponse } from '../support/dapclient';
import { processTree } from '../support/processes';
import { initialize, launch, runToEnd, startAdapter } from '../support/session';

let folder: string;
let hello: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ptrace-bad-'));
  hello = compile('hello.c');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Buffer, mode = 0o755): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

function patched(name: string, patch: (bytes: Buffer) => Buffer | undefined): string {
  const bytes = readFileSync(hello);
  return file(name, patch(bytes) ?? bytes);
}

const cases: readonly [what: string, args: () => LaunchArguments, sentence: RegExp][] = [
  ['no program at all', () => ({}), /program/],
  ['a program that is no string', () => ({ program: 7 as unknown as string }), /program/],
  ['a path where nothing is', () => ({ program: join(folder, 'helo') }), /no program .*helo/],
  [
    'a path through a missing folder',
    () => ({ program: join(folder, 'build/x/app') }),
    /folder .*build does not exist/,
  ],
  ['a directory', () => ({ program: folder }), /is a directory/],
  ['an empty file', () => ({ program: file('empty', '') }), /empty is empty/],
  ['a device', () => ({ program: '/dev/null' }), /\/dev\/null is not a regular file/],
  [
    'a file that is not executable',
    () => ({ program: file('plain', 'x', 0o644) }),
    /plain is not executable.*chmod \+x/,
  ],
  ['a text file', () => ({ program: file('text', 'hello\n') }), /text is neither an ELF file nor a script/],
  ['a script without an interpreter', () => ({ program: file('noshebang', '#!\n') }), /names no interpreter/],
  [
    'a script for nobody',
    () => ({ program: file('script', '#!/no/such/sh\n') }),
    /\/no\/such\/sh, which does not exist/,
  ],
  [
    'a 32-bit ELF',
    () => ({
      program: patched('elf32', (bytes) => {
        bytes[4] = 1;
        return undefined;
      }),
    }),
    /elf32 .*32-bit/,
  ],
  [
    'an ELF for another machine',
    () => ({
      program: patched('arm', (bytes) => {
        bytes.writeUInt16LE(183, 18);
        return undefined;
      }),
    }),
    /arm .*(AArch64|ARM)/i,
  ],
  ['an ELF cut in its header', () => ({ program: patched('cut', (bytes) => bytes.subarray(0, 40)) }), /cut /],
  ['an ELF cut in its segments', () => ({ program: patched('half', (bytes) => bytes.subarray(0, 4200)) }), /half /],
  ['a cwd that is not there', () => ({ program: hello, cwd: join(folder, 'gone') }), /gone \("cwd"\) does not exist/],
  ['a cwd that is a file', () => ({ program: hello, cwd: hello }), /\("cwd"\) is not a directory/],
  ['an envFile that is not there', () => ({ program: hello, envFile: join(folder, 'no.env') }), /no\.env/],
  ['an argument string with an open quote', () => ({ program: hello, args: 'a "b' }), /args|quote/],
  ['an unknown console', () => ({ program: hello, console: 'teletype' as never }), /console/],
  ['an input that is not there', () => ({ program: hello, stdio: [join(folder, 'no.in')] }), /no\.in/],
];

describe('launch is refused with a sentence', () => {
  test.each(cases)('%s', async (_what, args, sentence) => {
    const client = startAdapter();
    const given = args();
    const failure: unknown = await launch(client, given).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(FailedResponse);
    const { message } = failure as FailedResponse;
    expect(message).toMatch(sentence);
    expect(message, 'a bug, not a sentence').not.toMatch(/Internal error|undefined|\[object/);
    expect(processTree(client.pid), 'nothing may be left running').toEqual([client.pid]);
    // The adapter lives, and the next launch in the same session works.
    await expect(client.request('threads', undefined)).rejects.toThrow(/launch or attach/);
  });

  test('and a good launch may follow in the same session', async () => {
    const client = startAdapter();
    await initialize(client);
    await expect(client.request('launch', { program: join(folder, 'nothing') })).rejects.toThrow(/no program/);
    await client.request('launch', { program: hello });
    await client.waitFor('initialized');
    await client.request('configurationDone', {});
    expect(await runToEnd(client)).toMatchObject({ exitCode: 0, output: { stdout: 'hello 11\n' } });
  });
});

test('a path with every awkward character works', async () => {
  const client = startAdapter();
  const awkward = join(folder, `a b'c"d$e\\fä%20`);
  mkdirSync(awkward);
  const program = join(awkward, 'pro gram');
  copyFileSync(hello, program);
  await launch(client, { program });
  expect(await runToEnd(client)).toMatchObject({ exitCode: 0, output: { stdout: 'hello 11\n' } });
});
