/** The plain server: `ptrace-dap --server`, for clients that connect rather than start. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { adapterCommand } from '../support/adapter';
import { compile } from '../support/debuggees';
import { DapClient } from '../support/dapclient';
import { eventually, isAlive } from '../support/processes';
import { debuggeePid, launch, launchUntilStopped, resume, runToEnd } from '../support/session';

interface Server {
  readonly pid: number;
  /** What it has printed so far, on either stream. */
  text: string;
  /** Settles once it has ended and everything it printed has been read. */
  readonly closed: Promise<unknown>;
}

function start(where: string): Server {
  const [program, ...args] = adapterCommand('--server', where);
  const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGTERM'));
  const server: Server = { pid: child.pid!, text: '', closed: once(child, 'close') };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (server.text += chunk.toString()));
  }
  return server;
}

/** Starts a server and waits until it says that it listens. */
async function listening(where: string, ready: RegExp): Promise<Server> {
  const server = start(where);
  await eventually(() => ready.test(server.text), 'the server says that it listens');
  return server;
}

async function plays(client: DapClient): Promise<void> {
  onTestFinished(() => client.dispose());
  await launch(client, { program: compile('hello.c') });
  expect(await runToEnd(client)).toMatchObject({ exitCode: 0, output: { stdout: 'hello 11\n' } });
}

describe('--server', () => {
  test('on a port: one client after another, and two at once', async () => {
    const { text } = await listening('127.0.0.1:0', /:(\d+)/);
    const port = Number(/:(\d+)/.exec(text)![1]);
    await plays(await DapClient.connect({ host: '127.0.0.1', port }));
    await Promise.all([
      plays(await DapClient.connect({ host: '127.0.0.1', port })),
      plays(await DapClient.connect({ host: '127.0.0.1', port })),
    ]);
  });

  test('two sessions stopped at once, stepped in turns, each with its own process and output', async () => {
    const { text } = await listening('127.0.0.1:0', /:(\d+)/);
    const port = Number(/:(\d+)/.exec(text)![1]);
    const sessions = [];
    for (const word of ['first', 'second']) {
      const client = await DapClient.connect({ host: '127.0.0.1', port });
      onTestFinished(() => client.dispose());
      const args = { program: compile('args.c'), args: [word] };
      const { threadId } = await launchUntilStopped(client, args, { functions: ['main'] });
      sessions.push({ client, threadId, word });
    }
    expect(sessions[0]!.threadId).not.toBe(sessions[1]!.threadId);
    for (let i = 0; i < 3; i++) {
      for (const { client, threadId } of sessions) {
        expect(await resume(client, 'next', { threadId })).toMatchObject({ reason: 'step', threadId });
      }
    }
    // Both running at the same time.
    const ends = await Promise.all(sessions.map(({ client, threadId }) => runToEnd(client, threadId)));
    for (const [i, { word }] of sessions.entries()) {
      expect(ends[i]!.exitCode).toBe(0);
      expect((JSON.parse(ends[i]!.output['stdout']!) as { argv: string[] }).argv[1]).toBe(word);
    }
  });

  test('on a Unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ptrace-server-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'dap.sock');
    await listening(path, /dap\.sock/);
    await plays(await DapClient.connect({ path }));
  });

  test('a client that goes away takes its debuggee along, and the server stays', async () => {
    const { text, pid } = await listening('127.0.0.1:0', /:(\d+)/);
    const port = Number(/:(\d+)/.exec(text)![1]);
    const client = await DapClient.connect({ host: '127.0.0.1', port });
    await launch(client, { program: compile('spin.c') });
    const debuggee = await debuggeePid(client);
    await client.dispose();
    await eventually(() => !isAlive(debuggee), 'the debuggee has ended');
    expect(isAlive(pid)).toBe(true);
    await plays(await DapClient.connect({ host: '127.0.0.1', port }));
  });

  test.each([
    ['nonsense:port', /port/],
    ['127.0.0.1:99999', /99999|port/],
    ['', /--server/],
    ['0.0.0.0:0', /0\.0\.0\.0 can be reached from other machines/],
  ])('%s is refused with a sentence', async (where, sentence) => {
    const server = start(where);
    await server.closed;
    expect(server.text).toMatch(sentence);
    expect(server.text).not.toMatch(/\n\s+at /);
  });
});
