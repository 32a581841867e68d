/** Launches that cannot work: a sentence in the failed response, nothing left running, and no `initialized`. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compile } from '../support/debuggees';
import { initialize, startAdapter } from '../support/session';

const dir = mkdtempSync(join(tmpdir(), 'ptrace-failures-'));
afterAll(() => rmSync(dir, { recursive: true }));

const hello = compile('hello.c');

function file(name: string, content: string | Buffer, mode = 0o755): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

async function refused(command: 'launch' | 'attach', args: object): Promise<string> {
  const client = startAdapter();
  await initialize(client);
  const response = await client.requestRaw(command, args);
  expect(response.success).toBe(false);
  expect((response.body as { error: { format: string } }).error.format).toBe(response.message);
  expect(client.untaken('initialized')).toEqual([]);
  return response.message!;
}

describe('launch', () => {
  it.each<[string, () => object, string]>([
    ['without a program', () => ({}), 'needs "program"'],
    ['of a missing program', () => ({ program: join(dir, 'none') }), 'There is no program'],
    ['of a directory', () => ({ program: dir }), 'is a directory'],
    ['of a file without the x bit', () => ({ program: file('plain', readFileSync(hello), 0o644) }), 'chmod +x'],
    ['of a truncated ELF', () => ({ program: file('cut', readFileSync(hello).subarray(0, 5000)) }), 'is damaged'],
    ['of a script without an interpreter', () => ({ program: file('s', '#!/no/such\n') }), 'does not exist'],
    ['in a missing directory', () => ({ program: hello, cwd: join(dir, 'none') }), '("cwd") does not exist'],
    ['with a missing envFile', () => ({ program: hello, envFile: join(dir, 'none') }), 'cannot be read'],
    ['with a wrong envFile', () => ({ program: hello, envFile: file('env', 'A=1\n?') }), 'line 2'],
    ['with an unreadable stdin', () => ({ program: hello, stdio: [join(dir, 'none')] }), 'stdin'],
    ['with an unclosed quote', () => ({ program: hello, args: '"' }), 'never closed'],
    [
      'in a terminal the client has not',
      () => ({ program: hello, console: 'integratedTerminal' }),
      'cannot run programs in a terminal',
    ],
    [
      'with a log that cannot be written',
      () => ({ program: hello, trace: '/no/such/log' }),
      '("trace") cannot be written',
    ],
  ])('%s', async (_name, args, message) => {
    expect(await refused('launch', args())).toContain(message);
  });
});

describe('attach', () => {
  it('to nothing', async () => {
    expect(await refused('attach', { pid: 0x7fff_fff0 })).toContain('There is no process 2147483632');
  });

  it('without a pid', async () => {
    expect(await refused('attach', {})).toContain('needs "pid"');
  });

  it('to a process that is traced already', async () => {
    const tracer = startAdapter();
    await initialize(tracer);
    const child = spawn(compile('spin.c'));
    try {
      await tracer.request('attach', { pid: child.pid });
      expect(await refused('attach', { pid: child.pid })).toMatch(/is (already )?(being )?(traced|debugged)/);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('to itself', async () => {
    const client = startAdapter();
    await initialize(client);
    const response = await client.requestRaw('attach', { pid: client.pid });
    expect(response.message).toContain('is the debugger itself');
  });
});
