/** Followed children as sessions of their own: what the client is asked, what it gets, and who outlives whom. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { LaunchArguments } from '../../src/protocol/arguments';
import type { ProcessTreeResponse } from '../../src/protocol/processes';
import { compile } from '../support/debuggees';
import { DapClient } from '../support/dapclient';
import { eventually, isAlive } from '../support/processes';
import {
  breakAt,
  initializeArguments,
  outputs,
  runToEnd,
  startAdapter,
  stopped,
  topFrame,
  initialize,
} from '../support/session';

const program = () => compile('family.c', { flags: ['-g', '-O0', '-pthread'] });

interface Wanted {
  readonly request: string;
  readonly configuration: { readonly name: string; readonly __child: string; readonly __adapter: string };
}

/** A client that is told of children and has not started a session for them yet. */
function withChildren(client: DapClient): Wanted[] {
  const wanted: Wanted[] = [];
  client.reverse.set('startDebugging', (args) => {
    wanted.push(args as Wanted);
    return {};
  });
  return wanted;
}

async function begin(client: DapClient, args: LaunchArguments): Promise<void> {
  await client.request('initialize', { ...initializeArguments, supportsStartDebuggingRequest: true });
  await client.request('launch', args);
  await client.waitFor('initialized');
}

/** Starts the session that the adapter asked for: by its socket, or in an adapter of its own as some clients do. */
async function startChild(wanted: Wanted, how: 'socket' | 'adapter' = 'socket'): Promise<DapClient> {
  const client = how === 'socket' ? await DapClient.connect({ path: wanted.configuration.__adapter }) : startAdapter();
  onTestFinished(() => client.dispose());
  await initialize(client);
  await client.request('attach', wanted.configuration);
  await client.waitFor('initialized');
  return client;
}

async function tree(client: DapClient): Promise<ProcessTreeResponse> {
  const response = await client.requestRaw('ptrace/processTree');
  return response.body as ProcessTreeResponse;
}

async function child(list: Wanted[]): Promise<Wanted> {
  await eventually(() => list.length > 0, 'a session for a child is asked for');
  return list.shift()!;
}

describe('followFork both', () => {
  test.each(['socket', 'adapter'] as const)('a session of its own, reached by %s', async (how) => {
    const client = startAdapter();
    const wanted = withChildren(client);
    await begin(client, { program: program(), args: ['fork'], followFork: 'both' });
    await breakAt(client, 'family.c', ['in_parent', 'shared_body']);
    await client.request('configurationDone', {});
    const asked = await child(wanted);
    expect(asked.request).toBe('attach');
    expect(asked.configuration.name).toMatch(/^family \(\d+\)$/);
    const second = await startChild(asked, how);
    const process = await second.waitFor<DebugProtocol.ProcessEvent>('process');
    const [set] = await breakAt(second, 'family.c', ['shared_body']);
    expect(set!.verified).toBe(true);
    await second.request('configurationDone', {});
    const stop = await stopped(second);
    expect(stop.threadId).toBe(process.body.systemProcessId);
    expect((await topFrame(second, stop.threadId)).name).toContain('shared_code');
    // The parent runs meanwhile, waiting for its child.
    expect(client.untaken('stopped')).toEqual([]);
    const { processes } = await tree(client);
    expect(processes).toMatchObject([{ followed: 'session', ended: false, children: [{ followed: 'session' }] }]);
    expect(await runToEnd(second, stop.threadId)).toMatchObject({ exitCode: 5 });
    await second.request('disconnect', {});
    const { threadId } = await stopped(client);
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0 });
    const ended = await tree(client);
    expect(ended.processes[0]).toMatchObject({ ended: true, exitCode: 0, children: [{ exitCode: 5 }] });
  });

  test('a child outlives its parent and its parent’s session', async () => {
    const client = startAdapter();
    const wanted = withChildren(client);
    await begin(client, { program: program(), args: ['orphan'], followFork: 'both' });
    await client.request('configurationDone', {});
    const second = await startChild(await child(wanted));
    await breakAt(second, 'family.c', ['orphan']);
    await second.request('configurationDone', {});
    await client.waitFor('terminated');
    await client.request('disconnect', {});
    // As VS Code does with the process that it started for the session.
    client.adapter!.kill('SIGTERM');
    const { threadId } = await stopped(second);
    expect(await runToEnd(second, threadId)).toMatchObject({ exitCode: 4, output: { stdout: 'orphan\n' } });
    await second.request('disconnect', {});
    expect(await client.exited()).toBe(0);
  });

  test('ending the first session ends what came out of it', async () => {
    const client = startAdapter();
    const wanted = withChildren(client);
    await begin(client, { program: program(), args: ['fork'], followFork: 'both' });
    await client.request('configurationDone', {});
    const second = await startChild(await child(wanted));
    await breakAt(second, 'family.c', ['shared_body']);
    await second.request('configurationDone', {});
    const { threadId } = await stopped(second);
    await client.request('disconnect', { terminateDebuggee: true });
    const exited = await second.waitFor<DebugProtocol.ExitedEvent>('exited');
    expect(exited.body.exitCode).toBe(128 + 9);
    expect(isAlive(threadId)).toBe(false);
    await second.request('disconnect', {});
    await client.exited();
  });

  test('a child’s session disconnects and leaves it running', async () => {
    const client = startAdapter();
    const wanted = withChildren(client);
    await begin(client, { program: program(), args: ['fork'], followFork: 'both' });
    await client.request('configurationDone', {});
    const second = await startChild(await child(wanted));
    await breakAt(second, 'family.c', ['shared_body']);
    await second.request('configurationDone', {});
    await stopped(second);
    await expect(second.request('restart', {})).rejects.toThrow(/child cannot be started again/);
    await second.request('disconnect', {});
    expect(await runToEnd(client)).toMatchObject({ exitCode: 0 });
    expect(outputs(client)['stdout']).toBe('child\nchild exited with 5\n');
  });

  test('a client that refuses gets the child let go, in words', async () => {
    const client = startAdapter();
    client.reverse.set('startDebugging', () => Promise.reject(new Error('not today')));
    await begin(client, { program: program(), args: ['fork'], followFork: 'both' });
    await client.request('configurationDone', {});
    expect(await runToEnd(client)).toMatchObject({ exitCode: 0 });
    expect(outputs(client)['important']).toMatch(/family \(\d+\) runs on without the debugger: .*not today/);
  });

  test('a client that cannot start sessions is told once', async () => {
    const client = startAdapter();
    await initialize(client);
    await client.request('launch', { program: program(), args: ['twice'], followFork: 'both' });
    await client.waitFor('initialized');
    await client.request('configurationDone', {});
    expect(await runToEnd(client)).toMatchObject({ exitCode: 0 });
    expect(outputs(client)['important']?.match(/not followed/g)).toHaveLength(1);
  });
});

describe('followFork child', () => {
  test('the session goes on with the child', async () => {
    const client = startAdapter();
    await initialize(client);
    await client.request('launch', { program: program(), args: ['fork'], followFork: 'child' });
    await client.waitFor('initialized');
    const first = await client.waitFor<DebugProtocol.ProcessEvent>('process');
    await breakAt(client, 'family.c', ['shared_body']);
    await client.request('configurationDone', {});
    const { threadId } = await stopped(client);
    const second = await client.waitFor<DebugProtocol.ProcessEvent>('process');
    expect(second.body.systemProcessId).toBe(threadId);
    expect(threadId).not.toBe(first.body.systemProcessId);
    const { threads } = await client.request('threads', undefined);
    expect(threads.map(({ id }) => id)).toEqual([threadId]);
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 5 });
    expect(outputs(client)['stdout']).toContain('child\n');
  });
});

test('followExecRegex that is no regular expression', async () => {
  const client = startAdapter();
  await initialize(client);
  await expect(client.request('launch', { program: program(), followExecRegex: '(' })).rejects.toThrow(
    /"followExecRegex" is no regular expression/,
  );
});

test('a token that no child waits under', async () => {
  const client = startAdapter();
  await initialize(client);
  await expect(client.request('attach', { pid: 1, __child: 'nobody' })).rejects.toThrow(
    /has ended, or another session/,
  );
});
