import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PTRACE_O_EXITKILL, PTRACE_O_TRACEEXEC, ResumeKind } from '../../src/ptrace/constants';
import { readStatus } from '../../src/common/procfs';
import { launcherPath, native } from '../../src/ptrace/native';
import { decodeWaitStatus, type WaitStatus } from '../../src/ptrace/waitstatus';
import { compile } from '../support/debuggees';
import { eventually, kill } from '../support/processes';

let directory: string;
let server: Server;
let launcher: ChildProcess | undefined;
let launcherPid: number | undefined;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'launcher-'));
  server = createServer();
  server.listen(join(directory, 'socket'));
  await once(server, 'listening');
});

afterEach(() => {
  if (launcher?.exitCode === null && launcherPid !== undefined) kill(launcherPid);
  launcher = undefined;
  launcherPid = undefined;
  server.close();
  rmSync(directory, { recursive: true });
});

/**
 * Starts the launcher as a terminal would, and waits for what it says first. A shell is its parent: libuv waits for its
 * own children and would take the stops of a tracee among them. The shell passes on how the launcher ended.
 */
async function handshake(
  args: readonly string[],
): Promise<{ pid: number; socket: Socket; lines: AsyncIterator<string> }> {
  const connection = once(server, 'connection') as Promise<[Socket]>;
  launcher = spawn(
    '/bin/sh',
    ['-c', 'unset PWD; "$@" & wait $!', 'sh', launcherPath(), join(directory, 'socket'), ...args],
    {
      cwd: directory,
      env: { COLOUR: 'blue' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const [socket] = await connection;
  const lines = createInterface(socket)[Symbol.asyncIterator]();
  const first = await lines.next();
  const { pid } = JSON.parse(first.value as string) as { pid: number };
  launcherPid = pid;
  expect(readStatus(pid)?.ppid).toBe(launcher.pid);
  return { pid, socket, lines };
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

async function nextEvent(pid: number): Promise<WaitStatus> {
  let raw = -1;
  await eventually(() => (raw = native.poll(pid)) !== -1, `an event of ${pid}`);
  return decodeWaitStatus(raw);
}

describe('ptrace-launcher', () => {
  it('becomes the program, seized before its first instruction', async () => {
    const program = compile('args.c');
    const { pid, socket, lines } = await handshake(['--', program, 'one', '', 'two words']);
    const output = textOf(launcher!.stdout!);
    native.seize(pid, PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL);
    expect(native.poll(pid)).toBe(-1);
    socket.write('go\n');
    expect(await nextEvent(pid)).toEqual({ kind: 'event', event: 'exec' });
    expect(readFileSync(`/proc/${pid}/comm`, 'utf8')).toBe('args\n');
    expect(await lines.next()).toEqual({ done: true, value: undefined });
    native.resume(ResumeKind.Continue, pid, 0);
    expect(await nextEvent(pid)).toEqual({ kind: 'exited', code: 0 });
    expect(JSON.parse(await output)).toEqual({
      argc: 4,
      argv: [program, 'one', '', 'two words'],
      env: ['COLOUR=blue'],
      cwd: directory,
      aslr: true,
    });
  });

  it('switches address space randomization off when asked', async () => {
    const { socket } = await handshake(['--no-aslr', '--', compile('args.c')]);
    const output = textOf(launcher!.stdout!);
    socket.write('go\n');
    expect(JSON.parse(await output)).toMatchObject({ aslr: false });
  });

  it.each([
    ['a missing program', () => '/no/such/program', 'ENOENT'],
    ['a directory', () => directory, 'EACCES'],
    [
      'a file of no known format',
      () => {
        writeFileSync(join(directory, 'text'), 'echo not run by a shell\n', { mode: 0o755 });
        return join(directory, 'text');
      },
      'ENOEXEC',
    ],
  ])('reports %s, in the terminal as well', async (_name, program, errno) => {
    const path = program();
    const { socket, lines } = await handshake(['--', path]);
    const exit = once(launcher!, 'exit');
    const complaint = textOf(launcher!.stderr!);
    socket.write('go\n');
    expect(JSON.parse((await lines.next()).value as string)).toEqual({ error: errno, stage: 'exec' });
    expect(await exit).toEqual([127, null]);
    expect(await complaint).toContain(path);
  });

  it('ends quietly when the adapter goes away', async () => {
    const { socket } = await handshake(['--', '/bin/echo', 'must not run']);
    const exit = once(launcher!, 'exit');
    const said = Promise.all([textOf(launcher!.stdout!), textOf(launcher!.stderr!)]);
    socket.destroy();
    expect(await exit).toEqual([0, null]);
    expect(await said).toEqual(['', '']);
  });

  it('does not run the program on any other word', async () => {
    const { socket } = await handshake(['--', '/bin/echo', 'must not run']);
    const output = textOf(launcher!.stdout!);
    socket.write('gone\n');
    expect(await output).toBe('');
  });

  it('says that nobody listens at the socket', () => {
    const { status, stderr } = spawnSync(launcherPath(), [join(directory, 'nobody'), '--', '/bin/true'], {
      encoding: 'utf8',
    });
    expect(status).toBe(127);
    expect(stderr).toContain(join(directory, 'nobody'));
  });

  it.each([[[]], [['socket']], [['socket', '--']], [['socket', '/bin/true']], [['socket', '--no-aslr', '/bin/true']]])(
    'shows its usage for %j',
    (args) => {
      const { status, stderr } = spawnSync(launcherPath(), args, { encoding: 'utf8' });
      expect(status).toBe(2);
      expect(stderr).toContain('usage: ptrace-launcher');
    },
  );
});
