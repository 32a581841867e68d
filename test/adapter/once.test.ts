/** An adapter that serves one client, as one that sudo or pkexec has raised for an editor does. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { adapterCommand } from '../support/adapter';
import { eventually } from '../support/processes';
import { initialize, startAdapter } from '../support/session';

const user = 65534;
const isRoot = process.getuid!() === 0;

test('ends with its client, and its socket belongs to who raised it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'once-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'adapter.sock');
  const [program, ...args] = adapterCommand('--server', path, '--once');
  const env = { ...process.env, SUDO_UID: String(user), SUDO_GID: String(user) };
  const adapter = spawn(program!, args, { stdio: ['ignore', 'ignore', 'pipe'], env });
  onTestFinished(() => void adapter.kill('SIGKILL'));
  const ended = new Promise((resolve) => adapter.once('exit', (code) => resolve(code)));
  await new Promise((resolve) => adapter.stderr.once('data', resolve));
  const { uid, mode } = statSync(path);
  // Only root can give a file away; whoever is not has raised nothing.
  expect(uid).toBe(isRoot ? user : process.getuid!());
  if (isRoot) expect(mode & 0o777).toBe(0o600);
  const client = connect(path);
  const text = JSON.stringify({ seq: 1, type: 'request', command: 'disconnect', arguments: {} });
  client.write(`Content-Length: ${text.length}\r\n\r\n${text}`);
  await new Promise((resolve) => client.once('data', resolve));
  client.destroy();
  expect(await ended).toBe(0);
});

test('asRoot is refused by an adapter that is not root’s, with what to do', async () => {
  const client = startAdapter();
  await initialize(client);
  const { success, message } = await client.requestRaw('attach', { pid: 0x7fff_fff0, asRoot: true });
  expect(success).toBe(false);
  await eventually(() => message !== undefined, 'it says why');
  expect(message).toMatch(isRoot ? /There is no process/ : /sudo ptrace-dap --server PATH --once/);
});
