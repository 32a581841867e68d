/**
 * What is left running. A process is ours when its environment carries our mark (it survives fork, exec and being
 * reparented to init), so a leak is found wherever it went.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** The environment variable that marks everything an adapter under test starts. */
export const markVariable = 'PTRACE_TEST_MARK';

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  /** comm, at most 15 bytes. */
  readonly name: string;
  /** R, S, D, T, t, Z… as proc(5) has it. */
  readonly state: string;
}

/** One process from /proc/pid/stat, or undefined when it is gone. */
export function processInfo(pid: number): ProcessInfo | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // comm may itself contain spaces and parentheses: it ends at the last one.
  const open = stat.indexOf('(');
  const close = stat.lastIndexOf(')');
  const rest = stat.slice(close + 2).split(' ');
  return { pid, parent: Number(rest[1]), name: stat.slice(open + 1, close), state: rest[0] ?? '?' };
}

/** Every process there is, zombies included. */
export function allProcesses(): ProcessInfo[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => processInfo(Number(name)))
    .filter((info) => info !== undefined);
}

/** True while the process exists and has not become a zombie. */
export function isAlive(pid: number): boolean {
  const info = processInfo(pid);
  return info !== undefined && info.state !== 'Z' && info.state !== 'X';
}

/** The living processes whose environment carries the mark. */
export function marked(mark: string): ProcessInfo[] {
  const needle = `${markVariable}=${mark}`;
  return allProcesses().filter(({ pid, state }) => {
    if (state === 'Z' || state === 'X') return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(needle);
    } catch {
      return false; // gone meanwhile, or another user's
    }
  });
}

/** The process and its descendants, parents first. */
export function processTree(pid: number): number[] {
  const all = allProcesses();
  const found = [pid];
  for (let i = 0; i < found.length; i++) {
    for (const process of all) if (process.parent === found[i]) found.push(process.pid);
  }
  return found;
}

/** Waits until `done()` holds, looking every few milliseconds; throws with `what` after `timeout` ms. */
export async function eventually(done: () => boolean, what: string, timeout = 10_000): Promise<void> {
  const deadline = Date.now() + timeout;
  while (!done()) {
    if (Date.now() > deadline) throw new Error(`still not after ${timeout} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A process that is not a child of this one. */
export interface Stranger {
  readonly pid: number;
  /** Its exit code, or 128 and the signal that killed it, as a shell counts. */
  readonly ended: Promise<number>;
}

/**
 * Starts a program whose parent is a shell, without input and output. Whatever a test seizes must be started so: libuv
 * waits for its own children, and would take the ptrace stops of a tracee among them for its own.
 */
export async function startStranger(program: string, ...args: string[]): Promise<Stranger> {
  const script = '"$0" "$@" </dev/null >/dev/null 2>&1 & echo $!; wait $!';
  const shell = spawn('/bin/sh', ['-c', script, program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(shell, 'exit').then(([code]) => code as number);
  const [line] = (await once(createInterface(shell.stdout), 'line')) as [string];
  return { pid: Number(line), ended };
}

/** SIGKILL, for what may be gone already. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
