/**
 * A client that does whatever comes to its mind to a process with hundreds of threads, breakpoints, signals and children.
 * Whatever that is: every request is answered, no thread and no process gets lost, and once the client has gone nothing
 * of ours is left behind. STRESS_SECONDS makes it longer (`npm run stress`), STRESS_SEED repeats what it did.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compile, line, sourcePath } from '../support/debuggees';
import type { DapClient } from '../support/dapclient';
import { allProcesses, eventually, isAlive, kill } from '../support/processes';
import { debuggeePid, launch, startAdapter } from '../support/session';
import { expectAsInFile } from '../support/patched';

const SECONDS = Number(process.env['STRESS_SECONDS'] ?? 12);
const SEED = Number(process.env['STRESS_SEED'] ?? Date.now() % 1_000_000);
const THREADS = 500;
const MARKS = ['work', 'counted', 'result', 'handler', 'locked', 'nap'];

/** Mulberry32: the same numbers for the same seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

class RandomClient {
  readonly done = new Map<string, number>();
  private tid = 0;

  constructor(
    private readonly client: DapClient,
    private readonly pid: number,
    private readonly random: (below: number) => number,
  ) {
    this.tid = pid;
  }

  /** One request, or a few at once; each is answered, be it with a complaint. */
  async act(): Promise<void> {
    const requests = Array.from({ length: this.random(4) === 0 ? 3 : 1 }, () => this.choose());
    await Promise.all(
      requests.map(async ([command, args]) => {
        const response = await this.client.requestRaw(command, args);
        if (!response.success) expect(response.message, command).not.toMatch(/internal error|undefined/i);
        this.done.set(command, (this.done.get(command) ?? 0) + 1);
      }),
    );
    if (this.random(3) === 0) await new Promise((resolve) => setTimeout(resolve, this.random(30)));
  }

  private choose(): [command: string, args: object] {
    const threadId = this.thread();
    switch (this.random(14)) {
      case 0:
      case 1:
        return ['pause', { threadId }];
      case 2:
      case 3:
      case 4:
        return ['continue', { threadId }];
      case 5:
        return ['continue', { threadId, singleThread: true }];
      case 6:
        return [['next', 'stepIn', 'stepOut'][this.random(3)]!, { threadId, singleThread: this.random(2) === 0 }];
      case 7:
        return ['next', { threadId, granularity: 'instruction' }];
      case 8:
      case 9:
        return ['setBreakpoints', { source: { path: sourcePath('stress.c') }, breakpoints: this.breakpoints() }];
      case 10:
        return ['stackTrace', { threadId, startFrame: 0, levels: 5 }];
      case 11:
        return [this.random(2) === 0 ? 'ptrace/freezeThread' : 'ptrace/thawThread', { threadId }];
      case 12:
        return ['setExceptionBreakpoints', { filters: this.random(4) === 0 ? ['vfork'] : [] }];
      default:
        return [this.random(5) === 0 ? 'ptrace/threads' : 'threads', {}];
    }
  }

  private breakpoints(): object[] {
    return MARKS.filter(() => this.random(3) === 0).map((mark) => ({
      line: line('stress.c', mark),
      ...(this.random(4) > 0 && { condition: `calls % ${1 + this.random(5000)} == 0` }),
    }));
  }

  /** Mostly the one that stopped last. */
  private thread(): number {
    const stops = this.client.untaken('stopped');
    const last = (stops.at(-1)?.body as { threadId?: number } | undefined)?.threadId;
    if (last !== undefined) this.tid = last;
    if (this.random(4) > 0) return this.tid;
    const tids = tidsOf(this.pid);
    return tids[this.random(tids.length)] ?? this.tid;
  }
}

function tidsOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).map(Number);
}

function statusOf(pid: number, tid: number): string {
  try {
    return readFileSync(`/proc/${pid}/task/${tid}/status`, 'utf8');
  } catch {
    return '';
  }
}

test(
  `${THREADS} threads and a random client for ${SECONDS} s, seed ${SEED}`,
  { timeout: (SECONDS + 90) * 1000 },
  async () => {
    const program = compile('stress.c', { flags: ['-g', '-O0', '-pthread'] });
    const client = startAdapter({ keep: 400, timeout: 60_000 });
    await launch(client, { program, args: [String(THREADS), '3600'] });
    const pid = await debuggeePid(client);
    await eventually(() => tidsOf(pid).length === THREADS + 1, 'every thread has started', 30_000);
    const random = new RandomClient(client, pid, randomFrom(SEED));
    const end = Date.now() + SECONDS * 1000;
    while (Date.now() < end) await random.act();
    expect([...random.done.keys()].length).toBeGreaterThan(8);
    expect(client.untaken('stopped').length).toBeGreaterThan(5);
    expect(client.untaken('terminated')).toEqual([]);
    expect(isAlive(pid)).toBe(true);
    expect(tidsOf(pid)).toHaveLength(THREADS + 1);

    await client.request('disconnect', { terminateDebuggee: false });
    await client.exited();
    try {
      // Nobody traces it, nobody is left standing, its code is as in the file.
      const states = () => tidsOf(pid).map((tid) => statusOf(pid, tid));
      await eventually(() => states().every((text) => !/State:\s+[tT]/.test(text)), 'every thread runs');
      expect(states().filter((text) => text !== '' && !/TracerPid:\s+0\n/.test(text))).toEqual([]);
      expectAsInFile(pid, program);
      expect(tidsOf(pid)).toHaveLength(THREADS + 1);
      const zombies = () => allProcesses().filter(({ parent, state }) => parent === pid && state === 'Z');
      await eventually(() => zombies().length === 0, 'its children are waited for');
    } finally {
      kill(pid);
    }
  },
);
