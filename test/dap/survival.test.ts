/** The adapter killed by SIGKILL: a process that was attached to goes on with its own code, whatever was going on. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DapClient } from '../support/dapclient';
import { compile } from '../support/debuggees';
import { eventually, isAlive } from '../support/processes';
import { breakAt, debuggeePid, initialize, launch, startAdapter, stopped } from '../support/session';

const program = compile('storm.c', { flags: ['-g', '-pthread'] });
const ROUNDS = 3;

let debuggee: ChildProcess;
beforeAll(() => void (debuggee = spawn(program, ['3', '3600'], { stdio: 'ignore' })));
afterAll(() => void debuggee.kill('SIGKILL'));

const field = (name: string): string | undefined =>
  new RegExp(`^${name}:\\t(.*)$`, 'm').exec(readFileSync(`/proc/${debuggee.pid}/status`, 'utf8'))?.[1];

/** The code of the program in memory is that of its file. */
function isUnpatched(): boolean {
  const file = readFileSync(program);
  const memory = openSync(`/proc/${debuggee.pid}/mem`, 'r');
  try {
    const maps = readFileSync(`/proc/${debuggee.pid}/maps`, 'utf8');
    const line = maps.split('\n').find((each) => each.includes(' r-xp ') && each.endsWith(program));
    const [from, to, offset] = /^(\w+)-(\w+) r-xp (\w+)/
      .exec(line!)!
      .slice(1)
      .map((text) => parseInt(text, 16));
    const bytes = Buffer.alloc(Math.min(to! - from!, file.length - offset!));
    readSync(memory, bytes, 0, bytes.length, from!);
    return bytes.equals(file.subarray(offset, offset! + bytes.length));
  } finally {
    closeSync(memory);
  }
}

const never = { at: 'counted', condition: 'turns == 0' };

/** What goes on when it is killed. */
const situations: Readonly<Record<string, (client: DapClient) => Promise<unknown>>> = {
  'a storm of hits': (client) => breakAt(client, 'storm.c', [never]),
  'a stop at a breakpoint': async (client) => {
    await breakAt(client, 'storm.c', ['counted']);
    await stopped(client);
  },
  'a step': async (client) => {
    await breakAt(client, 'storm.c', ['counted']);
    const { threadId } = await stopped(client);
    await client.request('next', { threadId });
  },
  'breakpoints being set': async (client) => {
    // Not waited for: the kill comes in the middle.
    breakAt(client, 'storm.c', [never, { ...never, at: 'pass' }]).catch(() => undefined);
    await Promise.resolve();
  },
};

describe('SIGKILL in', () => {
  test.each(Object.keys(situations))('%s', async (name) => {
    for (let round = 0; round < ROUNDS; round++) {
      const client = startAdapter();
      await initialize(client);
      await client.request('attach', { pid: debuggee.pid });
      await client.request('configurationDone', {});
      await situations[name]!(client);
      await new Promise((resolve) => setTimeout(resolve, 3 * round));
      process.kill(client.pid, 'SIGKILL');
      await client.exited();
      await eventually(
        () =>
          debuggee.signalCode !== null ||
          (field('TracerPid') === '0' && /^[RS]/.test(field('State')!) && isUnpatched()),
        'it is free',
      );
      expect(debuggee.signalCode).toBeNull();
    }
  });

  test('a launched program: it ends', async () => {
    const client = startAdapter();
    await launch(client, { program: compile('spin.c') });
    const pid = await debuggeePid(client);
    process.kill(client.pid, 'SIGKILL');
    await eventually(() => !isAlive(pid), 'it has ended');
  });
});
