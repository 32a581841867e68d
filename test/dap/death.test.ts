/** Ends that nobody planned: the debuggee killed at any moment, the client gone at any moment, the adapter killed. */
import { describe, expect, test } from 'vitest';
import { compile } from '../support/debuggees';
import { eventually, isAlive } from '../support/processes';
import { debuggeePid, frames, initialize, launch, launchUntilStopped, startAdapter } from '../support/session';

const inSpin = { functions: ['turn'] };

describe('SIGKILL from outside', () => {
  test('while it runs: exited and terminated follow', async () => {
    const client = startAdapter();
    await launch(client, { program: compile('spin.c') });
    process.kill(await debuggeePid(client), 'SIGKILL');
    expect((await client.waitFor('exited')).body).toMatchObject({ exitCode: 137 });
    await client.waitFor('terminated');
  });

  test('while it is stopped: the next request is answered, and the end is told', async () => {
    const client = startAdapter();
    const { threadId } = await launchUntilStopped(client, { program: compile('spin.c') }, inSpin);
    process.kill(await debuggeePid(client), 'SIGKILL');
    await client.requestRaw('stackTrace', { threadId, levels: 20 });
    await client.requestRaw('readMemory', { memoryReference: '0x400000', count: 64 });
    await client.requestRaw('continue', { threadId });
    await client.waitFor('terminated');
  });

  test.each(['next', 'stepIn', 'stepOut', 'continue', 'ptrace/stepInstructions'])(
    'in the middle of %s',
    async (command) => {
      const client = startAdapter();
      const { threadId } = await launchUntilStopped(client, { program: compile('spin.c') }, inSpin);
      const pid = await debuggeePid(client);
      const answer = client.requestRaw(command, { threadId, count: 1_000_000 });
      process.kill(pid, 'SIGKILL');
      await answer;
      await client.requestRaw('threads');
      await client.requestRaw('stackTrace', { threadId });
      await client.waitFor('terminated');
    },
  );

  test('at fifteen moments of a storm of steps', async () => {
    for (let delay = 0; delay < 15; delay++) {
      const client = startAdapter();
      const { threadId } = await launchUntilStopped(client, { program: compile('spin.c') }, inSpin);
      const pid = await debuggeePid(client);
      const killed = new Promise<void>((resolve) => {
        setTimeout(() => {
          process.kill(pid, 'SIGKILL');
          resolve();
        }, delay * 2);
      });
      for (;;) {
        await client.requestRaw('next', { threadId });
        if ((await client.waitForAny(['stopped', 'terminated'])).event === 'terminated') break;
        await client.requestRaw('stackTrace', { threadId, levels: 5 });
      }
      await killed;
      await client.dispose();
    }
  });

  test('with many threads', async () => {
    const client = startAdapter();
    await launch(client, { program: compile('many_threads.c'), args: ['40', '60'] }, { functions: ['all_ready'] });
    await client.waitFor('stopped');
    const { threads } = await client.request('threads', undefined);
    expect(threads).toHaveLength(41);
    await client.request('continue', { threadId: threads[0]!.id });
    process.kill(await debuggeePid(client), 'SIGKILL');
    await client.waitFor('terminated');
  });
});

describe('the client’s pipe closes, and nothing is orphaned', () => {
  test('before initialize', async () => {
    const client = startAdapter();
    client.hangUp();
    await client.exited();
  });

  test('right after launch is sent', async () => {
    const client = startAdapter();
    await initialize(client);
    void client.requestRaw('launch', { program: compile('spin.c') }).catch(() => undefined);
    client.hangUp();
    await client.exited();
  });

  test('while the debuggee runs', async () => {
    const client = startAdapter();
    await launch(client, { program: compile('spin.c') });
    const pid = await debuggeePid(client);
    client.hangUp();
    await client.exited();
    await eventually(() => !isAlive(pid), 'the debuggee has died with the session');
  });

  test('while it is stopped', async () => {
    const client = startAdapter();
    await launchUntilStopped(client, { program: compile('spin.c') }, inSpin);
    const pid = await debuggeePid(client);
    client.hangUp();
    await client.exited();
    await eventually(() => !isAlive(pid), 'the debuggee has died with the session');
  });

  test('while false conditions keep it busy', async () => {
    const client = startAdapter();
    const functions = [{ name: 'turn', condition: 'counter == -1' }];
    await launch(client, { program: compile('spin.c') }, { functions });
    const pid = await debuggeePid(client);
    client.hangUp();
    await client.exited();
    await eventually(() => !isAlive(pid), 'the debuggee has died with the session');
  });
});

describe('the adapter is killed', () => {
  test.each(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s takes the debuggee along', async (signal) => {
    const client = startAdapter();
    await launch(client, { program: compile('spin.c') });
    const pid = await debuggeePid(client);
    process.kill(client.pid, signal);
    await client.exited();
    await eventually(() => !isAlive(pid), 'the debuggee has died with the adapter');
  });
});

describe('the program ends by itself', () => {
  test.each([
    ['0', 0],
    ['3', 3],
    ['255', 255],
    ['thread', 5],
  ])('exit %s', async (how, code) => {
    const client = startAdapter();
    await launch(client, { program: compile('exits.c'), args: [how] });
    expect((await client.waitFor('exited')).body).toMatchObject({ exitCode: code });
    await client.waitFor('terminated');
    expect(client.untaken('exited')).toHaveLength(0);
  });

  test('a signal that kills it stops first, where it happened', async () => {
    const client = startAdapter();
    await launch(client, { program: compile('crash.c') });
    const stop = (await client.waitFor('stopped')).body as { reason: string; threadId: number; text?: string };
    expect(stop.reason).toBe('exception');
    expect(JSON.stringify(stop)).toContain('SIGSEGV');
    const names = (await frames(client, stop.threadId)).map(({ name }) => name);
    expect(names.slice(0, 3).map((name) => name.replace(/\(.*/, ''))).toEqual(['read_it', 'through', 'main']);
    await client.request('continue', { threadId: stop.threadId });
    expect((await client.waitFor('exited')).body).toMatchObject({ exitCode: 139 });
    await client.waitFor('terminated');
  });
});
