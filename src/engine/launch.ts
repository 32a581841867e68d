/** Bringing a program to life, seized before its first instruction: here, or in a terminal through the launcher. */
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { messageOf, PtraceError, UserError } from '../common/errors';
import {
  PTRACE_O_EXITKILL,
  PTRACE_O_TRACECLONE,
  PTRACE_O_TRACEEXEC,
  PTRACE_O_TRACEFORK,
  PTRACE_O_TRACESYSGOOD,
  PTRACE_O_TRACEVFORK,
  PTRACE_O_TRACEVFORKDONE,
} from '../ptrace/constants';
import { launcherPath, native } from '../ptrace/native';
import { explainRefusal } from '../ptrace/refusal';
import { closeAll } from './output';

/** What every tracee is seized with. */
export const TRACE_OPTIONS =
  PTRACE_O_TRACESYSGOOD |
  PTRACE_O_TRACEFORK |
  PTRACE_O_TRACEVFORK |
  PTRACE_O_TRACECLONE |
  PTRACE_O_TRACEEXEC |
  PTRACE_O_TRACEVFORKDONE;

export interface ProgramStart {
  /** Absolute path. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Redirections of stdin, stdout, stderr; null leaves the default. */
  readonly stdio: readonly [string | null, string | null, string | null];
  readonly disableAslr: boolean;
}

export interface Started {
  readonly pid: number;
  /** Pty masters of stdout and stderr, where they were not redirected. */
  readonly output: { readonly stdout?: number; readonly stderr?: number };
  /** Remarks for the user. */
  readonly notes: readonly string[];
}

/** Starts a program with its output in the debug console; it is in its exec stop. Throws UserError. */
export function startHere(start: ProgramStart): Started {
  const opened: number[] = [];
  try {
    const files = start.stdio.map((path, index) => openRedirection(path, index, opened));
    const stdout = files[1] === undefined ? native.openPty() : undefined;
    const stderr = files[2] === undefined ? native.openPty() : undefined;
    if (stdout) opened.push(stdout.slave);
    if (stderr) opened.push(stderr.slave);
    try {
      const result = native.spawn({
        file: start.program,
        argv: [start.program, ...start.args],
        env: Object.entries(start.env).map(([name, value]) => `${name}=${value}`),
        cwd: start.cwd,
        stdio: [files[0] ?? -1, files[1] ?? stdout!.slave, files[2] ?? stderr!.slave],
        disableAslr: start.disableAslr,
        options: TRACE_OPTIONS | PTRACE_O_EXITKILL,
        newSession: true,
      });
      const notes = start.disableAslr && !result.aslrDisabled ? [ASLR_STAYS] : [];
      return { pid: result.pid, output: { stdout: stdout?.master, stderr: stderr?.master }, notes };
    } catch (error) {
      closeAll([stdout?.master ?? -1, stderr?.master ?? -1]);
      throw explainSpawn(error, start);
    }
  } finally {
    closeAll(opened);
  }
}

function openRedirection(path: string | null, index: number, opened: number[]): number | undefined {
  if (path === null) return undefined;
  try {
    const descriptor = openSync(path, index === 0 ? 'r' : 'a');
    opened.push(descriptor);
    return descriptor;
  } catch (error) {
    const name = ['stdin', 'stdout', 'stderr'][index]!;
    throw new UserError(`The file for ${name}, ${path}, cannot be opened: ${messageOf(error)}.`, { code: 'stdio' });
  }
}

/** Words for what failed between fork and the first instruction. */
export function explainSpawn(error: unknown, start: { program: string; cwd: string }): Error {
  if (!(error instanceof PtraceError)) return error instanceof Error ? error : new Error(String(error));
  if (error.request === 'PTRACE_SEIZE') return explainRefusal(error, error.tid);
  const stage = error.request.replace(/^spawn:/, '');
  if (stage === 'chdir') {
    return new UserError(`The working directory ${start.cwd} cannot be entered: ${errnoWords(error.errno)}.`, {
      code: 'cwd',
    });
  }
  if (stage === 'exec' || stage === 'load') {
    return new UserError(`${start.program} cannot be executed: ${errnoWords(error.errno)}.`, { code: 'exec' });
  }
  return new UserError(`${start.program} cannot be started (${stage}): ${errnoWords(error.errno)}.`, { code: 'spawn' });
}

const ERRNO_WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'the file, or the interpreter or loader that it names, does not exist (ENOENT)',
  EACCES: 'permission denied (EACCES): it is not executable, or its file system is mounted noexec',
  ENOEXEC: 'the kernel does not know its format (ENOEXEC)',
  ELIBBAD: 'the loader that it names is no ELF file (ELIBBAD)',
  ENOTDIR: 'a part of the path is not a directory (ENOTDIR)',
  ELOOP: 'too many symbolic links (ELOOP)',
  E2BIG: 'its arguments and environment are too long (E2BIG)',
  ENOMEM: 'out of memory (ENOMEM)',
  ETXTBSY: 'it is being written to by another process (ETXTBSY)',
};

function errnoWords(errno: string): string {
  return ERRNO_WORDS[errno] ?? errno;
}

const ASLR_STAYS = 'Address space randomisation stays on: this system refuses personality(ADDR_NO_RANDOMIZE).';

/** How long a terminal may take to start the launcher, milliseconds. */
const TERMINAL_LIMIT = 30_000;

/**
 * Starts a program in a terminal. The launcher in the terminal reports its pid over a private socket, is seized, and
 * only then executes the program; on return the exec is still to come. Throws UserError.
 */
export async function startInTerminal(
  start: ProgramStart,
  runInTerminal: (argv: string[]) => Promise<void>,
  onSeized: (pid: number) => void,
): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), 'ptrace-debug-'));
  const path = join(folder, 'launch.sock');
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
    const connected = new Promise<Socket>((resolve, reject) => {
      server.once('connection', resolve);
      setTimeout(
        () => reject(new UserError(`The terminal did not start ${basename(start.program)} within 30 seconds.`)),
        TERMINAL_LIMIT,
      ).unref();
    });
    connected.catch(() => undefined);
    const aslr = start.disableAslr ? ['--no-aslr'] : [];
    await runInTerminal([launcherPath(), path, ...aslr, '--', start.program, ...start.args]);
    const socket = await connected;
    const lines = new SocketLines(socket);
    const first = await lines.next();
    if (first === '') {
      throw new UserError(`The terminal ended before ${basename(start.program)} was started.`, { code: 'no-terminal' });
    }
    const hello = JSON.parse(first) as { pid: number };
    try {
      native.seize(hello.pid, TRACE_OPTIONS | PTRACE_O_EXITKILL);
    } catch (error) {
      throw error instanceof PtraceError ? explainRefusal(error, hello.pid) : error;
    }
    onSeized(hello.pid);
    socket.write('go\n');
    const notes: string[] = [];
    // The socket is close-on-exec: it ends silently when the exec has worked.
    for (let line = await lines.next(); line !== ''; line = await lines.next()) {
      const told = JSON.parse(line) as { note?: string; error?: string; stage?: string };
      if (told.error !== undefined) {
        throw explainSpawn(new PtraceError(`spawn:${told.stage ?? 'exec'}`, hello.pid, told.error), start);
      }
      if (told.note === 'aslr') notes.push(ASLR_STAYS);
    }
    return { pid: hello.pid, output: {}, notes };
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Lines from a socket; an empty one at its end. */
class SocketLines {
  private text = '';
  private ended = false;
  private wake: (() => void) | undefined;

  constructor(socket: Socket) {
    const end = () => {
      this.ended = true;
      this.wake?.();
    };
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      this.text += chunk;
      this.wake?.();
    });
    socket.on('end', end).on('error', end).on('close', end);
  }

  async next(): Promise<string> {
    for (;;) {
      const newline = this.text.indexOf('\n');
      if (newline >= 0) {
        const line = this.text.slice(0, newline);
        this.text = this.text.slice(newline + 1);
        return line;
      }
      if (this.ended) return this.text;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
