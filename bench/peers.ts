/**
 * The debuggers that are compared, and what differs between them: how they are started, what their `launch` wants, and
 * how each is told to step many instructions in one request. Everything else is the same requests for all.
 */
import { spawnSync } from 'node:child_process';
import type { DapClient } from '../test/support/dapclient';
import { encode } from '../test/support/framing';

export interface Peer {
  readonly name: string;
  /** The words that start the adapter on its stdio. */
  readonly command: readonly string[];
  /** Version line for the report. */
  readonly version: string;
  /** Arguments of `launch`. The program's environment and ASLR are left as each does it by default. */
  launchArguments(program: string, args: readonly string[]): object;
  /** Steps one thread by `count` instructions in one request; resolves when the thread has stopped again. */
  stepInstructions(client: DapClient, threadId: number, frameId: number, count: number): Promise<void>;
}

/** Installs both peers on Debian and Ubuntu; the version of lldb that carries lldb-dap differs between releases. */
export const installLine = 'sudo apt-get install -y gdb lldb';

/** The first gdb whose DAP can be compared. */
const oldestGdb = 14;

export class MissingPeer extends Error {}

/** A debugger's REPL command that makes the thread run: the response, and the stop it causes. */
async function replStep(client: DapClient, command: string, frameId: number): Promise<void> {
  const stop = client.waitFor('stopped', undefined, { timeout: 120_000 });
  const [response] = await Promise.all([
    client.requestRaw('evaluate', { expression: command, context: 'repl', frameId }, { timeout: 120_000 }),
    stop,
  ]);
  if (!response.success) throw new Error(`${command}: ${response.message}`);
}

export function ours(adapter: string): Peer {
  return {
    name: 'ptrace',
    command: [process.execPath, adapter],
    version: 'this tree',
    launchArguments: (program, args) => ({ program, args }),
    async stepInstructions(client, threadId, _frameId, count) {
      const stop = client.waitFor('stopped', undefined, { timeout: 120_000 });
      await Promise.all([client.request('ptrace/stepInstructions', { threadId, count }), stop]);
    },
  };
}

function versionOf(program: string): string | undefined {
  const result = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return result.status === 0 ? result.stdout : undefined;
}

/** gdb's own DAP. Throws MissingPeer when there is none, or one too old to have it. */
export function gdb(): Peer {
  const program = process.env['GDB'] ?? 'gdb';
  const version = versionOf(program);
  if (version === undefined) throw new MissingPeer(`gdb is not here (GDB or PATH). Run: ${installLine}`);
  const line = version.split('\n')[0] ?? '';
  const major = Number(/ (\d+)\.\d+/.exec(line)?.[1]);
  if (!(major >= oldestGdb)) {
    throw new MissingPeer(`${line} is too old: DAP needs gdb ${oldestGdb} or later; name one by GDB=/path/to/gdb`);
  }
  return {
    name: 'gdb',
    command: [program, '-i=dap', '-q'],
    version: line,
    launchArguments: (target, args) => ({ program: target, args }),
    stepInstructions: (client, _threadId, frameId, count) => replStep(client, `stepi ${count}`, frameId),
  };
}

/** What lldb-dap says of itself in its answer to `initialize`; not every version knows --version. */
function lldbVersion(program: string): string | undefined {
  const initialize = { seq: 1, type: 'request', command: 'initialize', arguments: { adapterID: 'lldb-dap' } };
  const result = spawnSync(program, [], { input: encode(initialize), encoding: 'utf8', timeout: 20_000 });
  if (result.error) return undefined;
  return /lldb version [\w.-]+/.exec(result.stdout)?.[0] ?? 'lldb-dap of an unknown version';
}

/** lldb-dap, under its plain or a versioned name. Throws MissingPeer when there is none. */
export function lldb(): Peer {
  const versioned = Array.from({ length: 12 }, (_, i) => `lldb-dap-${25 - i}`);
  const candidates = process.env['LLDB_DAP'] !== undefined ? [process.env['LLDB_DAP']] : ['lldb-dap', ...versioned];
  for (const program of candidates) {
    const version = lldbVersion(program);
    if (version === undefined) continue;
    return {
      name: 'lldb-dap',
      command: [program],
      version,
      launchArguments: (target, args) => ({ program: target, args }),
      stepInstructions: (client, _threadId, frameId, count) =>
        replStep(client, `thread step-inst -c ${count}`, frameId),
    };
  }
  throw new MissingPeer(`lldb-dap is not here (LLDB_DAP or PATH). Run: ${installLine}`);
}
