/** Finding the process to attach to by the program that it runs, now or as soon as there is one. */
import { readFileSync, readdirSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { UserError } from '../common/errors';
import {
  listProcesses,
  readCmdline,
  readComm,
  readExe,
  readStatus,
  startTimeOf,
  type ProcessEntry,
} from '../common/procfs';

/** comm holds that many bytes of a name (TASK_COMM_LEN less the NUL). */
const COMM_LENGTH = 15;
const DELETED = / \(deleted\)$/;
/** How often the newest pid is looked at, milliseconds. */
const POLL = 2;
/** How long a new process is looked at again: fork comes before the exec that makes it what it is, milliseconds. */
const YOUNG = 2000;
/** Matches named in a message. */
const NAMED = 10;

/** Which one is meant of several that run the same program. */
export type Choice = 'only' | 'newest';

/**
 * Processes that run a program, the latest started first: `program` is a path, or a name as `comm`, the executable's file
 * or the first argument has it. This process and those it descends from are left out.
 */
export function processesRunning(program: string): ProcessEntry[] {
  const own = ancestors();
  const found = listProcesses().filter(({ pid, state }) => state !== 'Z' && !own.has(pid) && runs(pid, program));
  return found.sort((a, b) => Number(startTimeOf(b.pid) - startTimeOf(a.pid)) || b.pid - a.pid);
}

/** The process that runs a program. Throws a UserError that names what there is when there is none, or more than one. */
export function processRunning(program: string, choice: Choice): number {
  const found = processesRunning(program);
  const [newest] = found;
  if (!newest) {
    throw new UserError(
      `No process runs ${program}. Start it first, or attach with "waitFor": true, which waits until it is started.`,
      { code: 'no-such-process' },
    );
  }
  if (found.length > 1 && choice === 'only') {
    const lines = found.slice(0, NAMED).map(({ pid, user, commandLine }) => `  ${pid}  ${user}  ${commandLine}`);
    const more = found.length > NAMED ? [`  and ${found.length - NAMED} more`] : [];
    throw new UserError(
      [`${found.length} processes run ${program}; give the "pid" of one, or "newest": true:`, ...lines, ...more].join(
        '\n',
      ),
      { code: 'several-processes' },
    );
  }
  return newest.pid;
}

/**
 * Waits for a process that runs a program and did not when this was called. Undefined when `isOver` says that nobody
 * waits any more. It is looked for where the kernel's newest pid is another one than before (`/proc/loadavg`), which
 * costs one small file every two milliseconds and finds a process about as soon.
 */
export async function awaitProcess(program: string, isOver: () => boolean): Promise<number | undefined> {
  const known = new Map(processesRunning(program).map(({ pid }) => [pid, startTimeOf(pid)]));
  const before = new Set(pids());
  const own = ancestors();
  let young = new Map<number, number>();
  let newest = '';
  while (!isOver()) {
    const now = newestPid();
    if (now !== newest || young.size > 0) {
      newest = now;
      const time = Date.now();
      const present = pids();
      const next = new Map<number, number>();
      for (const pid of present) {
        const isNew = !before.has(pid) || (known.has(pid) && known.get(pid) !== startTimeOf(pid));
        if (!isNew || own.has(pid)) continue;
        if (runs(pid, program)) return pid;
        const since = young.get(pid) ?? time;
        if (time - since < YOUNG) next.set(pid, since);
        else before.add(pid);
      }
      young = next;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
  return undefined;
}

function runs(pid: number, program: string): boolean {
  const executable = readExe(pid)?.replace(DELETED, '');
  if (program.includes('/')) return executable !== undefined && executable === realPath(program);
  if (executable !== undefined && basename(executable) === program) return true;
  if (readComm(pid, pid) === Buffer.from(program).subarray(0, COMM_LENGTH).toString()) return true;
  const [first] = readCmdline(pid);
  return first !== undefined && basename(first) === program;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // It may have been removed or replaced since the process was started.
    return path;
  }
}

/** This process and those it descends from: to stop one of them would stop this one, or who waits for it. */
function ancestors(): Set<number> {
  const own = new Set<number>();
  for (let pid = process.pid; pid > 0 && !own.has(pid); pid = readStatus(pid)?.ppid ?? 0) own.add(pid);
  return own;
}

function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The last field of `/proc/loadavg`: the pid that was given out last. */
function newestPid(): string {
  return readFileSync('/proc/loadavg', 'latin1').trim().split(' ').pop() ?? '';
}
