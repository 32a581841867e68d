/**
 * `asRoot`: the debug adapter, and nothing else, is raised by sudo or pkexec. It is started in a terminal, where a
 * password can be typed, and speaks through a Unix socket of mode 0600 in a folder of mode 0700.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';

/** How often the socket is looked for, ms. */
const POLL = 100;

const folders = new Map<string, string>();

/** Starts it; resolves once it listens. Rejects when its terminal has been closed, or the password was refused. */
export async function startAsRoot(
  session: vscode.DebugSession,
  adapter: string,
  raise: 'sudo' | 'pkexec',
): Promise<vscode.DebugAdapterDescriptor> {
  const folder = mkdtempSync(join(tmpdir(), 'ptrace-root-'));
  folders.set(session.id, folder);
  const socket = join(folder, 'adapter.sock');
  // Neither passes the environment on.
  const runtime = process.versions['electron'] ? ['ELECTRON_RUN_AS_NODE=1', process.execPath] : [process.execPath];
  const terminal = vscode.window.createTerminal({
    name: `Debug adapter as root: ${session.name}`,
    shellPath: raise,
    shellArgs: ['/usr/bin/env', ...runtime, adapter, '--server', socket, '--once'],
    message: `The debug adapter of “${session.name}” is started as root. The editor stays what it is.`,
    isTransient: true,
  });
  terminal.show();
  while (!isReady(socket)) {
    if (terminal.exitStatus !== undefined) {
      forgetRootAdapter(session);
      throw new Error(
        `The debug adapter was not started as root: ${raise} ended (${terminal.exitStatus.code ?? 'closed'}).`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
  return new vscode.DebugAdapterNamedPipeServer(socket);
}

/** The session is over: its adapter ends by itself, its folder is removed. */
export function forgetRootAdapter(session: vscode.DebugSession): void {
  const folder = folders.get(session.id);
  folders.delete(session.id);
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}

/** Whether it listens: only then it gives the socket to us. To connect would be to be the client that it waits for. */
function isReady(socket: string): boolean {
  const stat = statSync(socket, { throwIfNoEntry: false });
  return stat?.isSocket() === true && stat.uid === process.getuid?.();
}
