/** `ptrace-dap` as a program: its options, and the server. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { isLoopback, parseServerAddress } from '../../src/adapter/server';
import { adapterCommand } from '../support/adapter';
import { DapClient } from '../support/dapclient';
import { compile } from '../support/debuggees';
import { eventually, isAlive } from '../support/processes';
import { launchUntilStopped, runToEnd } from '../support/session';
import packageJson from '../../package.json';

const dir = mkdtempSync(join(tmpdir(), 'ptrace-server-'));
afterAll(() => rmSync(dir, { recursive: true }));

const hello = compile('hello.c');
const spin = compile('spin.c');

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const [program, ...rest] = adapterCommand(...args);
  return spawnSync(program!, rest, { encoding: 'utf8', input: '', timeout: 20_000 });
}

describe('options', () => {
  it('--version and --help', () => {
    expect(run('--version')).toMatchObject({ status: 0, stdout: `${packageJson.version}\n` });
    const help = run('--help');
    expect(help).toMatchObject({ status: 0, stderr: '' });
    for (const option of ['--server', '--allow-remote', '--version', '--help']) expect(help.stdout).toContain(option);
  });

  it.each([
    [['--nonsense'], 'Unknown option --nonsense'],
    [['file'], 'Unknown option file'],
    [['--server'], '--server needs an address'],
    [['--allow-remote'], '--allow-remote is for --server only'],
    [['--server', 'nowhere'], '--server takes a port'],
    [['--server', '99999'], '--server takes a port'],
    [['--server', '0.0.0.0:0'], 'Add --allow-remote'],
    [['--server', `${dir}/none/socket`], 'Cannot listen on'],
  ])('%j ends with a sentence and 2', (args, message) => {
    const result = run(...args);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toContain(message);
  });

  it('ends quietly when nobody speaks', () => {
    expect(run()).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });
});

describe('parseServerAddress', () => {
  it.each([
    ['4711', { kind: 'tcp', host: '127.0.0.1', port: 4711 }],
    [':4711', { kind: 'tcp', host: '127.0.0.1', port: 4711 }],
    ['localhost:0', { kind: 'tcp', host: 'localhost', port: 0 }],
    ['10.0.0.1:80', { kind: 'tcp', host: '10.0.0.1', port: 80 }],
    ['[::1]:80', { kind: 'tcp', host: '::1', port: 80 }],
    ['/run/x.sock', { kind: 'socket', path: '/run/x.sock' }],
    ['./x', { kind: 'socket', path: './x' }],
  ])('%s', (text, address) => {
    expect(parseServerAddress(text)).toEqual(address);
  });

  it.each(['', 'x', '70000', '::1:80', 'host:', '1.2.3.4:x'])('refuses %j', (text) => {
    expect(() => parseServerAddress(text)).toThrow('--server takes');
  });

  it('knows what other machines cannot reach', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost']) expect(isLoopback(host)).toBe(true);
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.org', '127.evil.org'])
      expect(isLoopback(host)).toBe(false);
  });
});

interface Listening {
  readonly child: ChildProcess;
  readonly address: string;
}

async function serve(...args: string[]): Promise<Listening> {
  const [program, ...rest] = adapterCommand('--server', ...args);
  const child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await eventually(() => child.exitCode !== null || child.signalCode !== null, 'the server ends');
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await eventually(() => /^Listening on \S+\n/m.test(stderr), `the server listens: ${stderr}`);
  return { child, address: /^Listening on (\S+)$/m.exec(stderr)![1]! };
}

async function client(address: string): Promise<DapClient> {
  const [, host, port] = /^(.*):(\d+)$/.exec(address) ?? [];
  const connected = await DapClient.connect(port ? { host: host!, port: Number(port) } : { path: address });
  onTestFinished(() => connected.dispose());
  return connected;
}

describe('--server', () => {
  it('serves sessions at once and one after another', async () => {
    const { address } = await serve('0');
    expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
    const first = await client(address);
    const second = await client(address);
    const [one, two] = await Promise.all([
      launchUntilStopped(first, { program: hello, stopOnEntry: 'main' }),
      launchUntilStopped(second, { program: hello }, { functions: ['add'] }),
    ]);
    expect(one.threadId).not.toBe(two.threadId);
    expect(await runToEnd(first, one.threadId)).toMatchObject({ exitCode: 0, output: { stdout: 'hello 11\n' } });
    await first.request('disconnect', {});
    await second.request('setFunctionBreakpoints', { breakpoints: [] });
    expect(await runToEnd(second, two.threadId)).toMatchObject({ exitCode: 0 });
    const third = await client(address);
    const { threadId } = await launchUntilStopped(third, { program: hello, stopOnEntry: 'main' });
    expect(await runToEnd(third, threadId)).toMatchObject({ exitCode: 0 });
  });

  it('listens on a Unix socket, also where a dead server left one', async () => {
    const path = join(dir, 'socket');
    const dead = await serve(path);
    dead.child.kill('SIGKILL');
    await eventually(() => dead.child.signalCode !== null, 'the first server is dead');
    expect(existsSync(path)).toBe(true);
    const { address } = await serve(path);
    expect(address).toBe(path);
    const session = await client(path);
    const { threadId } = await launchUntilStopped(session, { program: hello, stopOnEntry: 'main' });
    expect(await runToEnd(session, threadId)).toMatchObject({ exitCode: 0 });
    expect(run('--server', path).stderr).toContain('Another server listens');
  });

  it('takes no file for a socket', () => {
    const path = join(dir, 'file');
    writeFileSync(path, 'precious');
    expect(run('--server', path).stderr).toContain('exists and is no socket');
    expect(existsSync(path)).toBe(true);
  });

  it('ends the debuggee of a client that goes away, or speaks nonsense, and serves the others', async () => {
    const { address, child } = await serve('0');
    const good = await client(address);
    const stop = await launchUntilStopped(good, { program: hello, stopOnEntry: 'main' });
    for (const nonsense of [undefined, 'GET / HTTP/1.1\r\n\r\n']) {
      const bad = await client(address);
      await launchUntilStopped(bad, { program: spin, stopOnEntry: 'main' });
      const { systemProcessId } = (await bad.waitFor('process')).body as { systemProcessId: number };
      if (nonsense === undefined) bad.hangUp();
      else bad.sendBytes(nonsense);
      await eventually(() => !isAlive(systemProcessId), 'the debuggee has gone');
    }
    expect(child.exitCode).toBeNull();
    expect(await runToEnd(good, stop.threadId)).toMatchObject({ exitCode: 0 });
  });

  it('ends every debuggee when it is asked to end', async () => {
    const { address, child } = await serve('0');
    const session = await client(address);
    await launchUntilStopped(session, { program: spin, stopOnEntry: 'main' });
    const { systemProcessId } = (await session.waitFor('process')).body as { systemProcessId: number };
    child.kill('SIGTERM');
    await eventually(() => child.exitCode !== null, 'the server has ended');
    expect(isAlive(systemProcessId)).toBe(false);
    const port = Number(address.split(':')[1]);
    await expect(
      new Promise((resolve, reject) => connect(port).on('connect', resolve).on('error', reject)),
    ).rejects.toThrow();
  });
});
