/** Threads one by one over the protocol: numbers, states, freezing, running alone. */
import { expect, test } from 'vitest';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { ThreadsResponse } from '../../src/protocol/processes';
import { compile } from '../support/debuggees';
import type { DapClient } from '../support/dapclient';
import { initialize, launchUntilStopped, resume, startAdapter, stopped, topFrame } from '../support/session';

const program = () => compile('waits.c', { flags: ['-g', '-O0', '-pthread'] });

async function states(client: DapClient): Promise<ThreadsResponse['threads']> {
  const response = await client.requestRaw('ptrace/threads');
  return (response.body as ThreadsResponse).threads;
}

test('ids are numbers from 1 with threadNumbers, wherever they occur', async () => {
  const client = startAdapter();
  const { threadId } = await launchUntilStopped(
    client,
    { program: program(), threadNumbers: true },
    { functions: ['ready'] },
  );
  expect(threadId).toBe(1);
  const { threads } = await client.request('threads', undefined);
  expect(threads.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
  expect((await topFrame(client, 1)).name).toContain('ready');
  expect(await resume(client, 'stepOut', { threadId })).toMatchObject({ reason: 'step', threadId: 1 });
  const started = client.untaken('thread').map(({ body }) => (body as DebugProtocol.ThreadEvent['body']).threadId);
  expect(started).toEqual([1, 2, 3, 4, 5]);
  await expect(client.request('stackTrace', { threadId: 77 })).rejects.toThrow('There is no thread 77.');
  const waiter = (await states(client)).find(({ name }) => name === 'waiter')!;
  const holder = (await states(client)).find(({ name }) => name === 'holder')!;
  expect(waiter).toMatchObject({
    state: 'stopped',
    syscall: { name: 'futex' },
    waitsFor: { kind: 'mutex', owner: holder.id, ownerName: 'holder' },
  });
  expect(holder.tid).toBeGreaterThan(holder.id);
});

test('a frozen thread shows it, and one thread runs alone', async () => {
  const client = startAdapter();
  const { supportsSingleThreadExecutionRequests } = await initialize(client);
  expect(supportsSingleThreadExecutionRequests).toBe(true);
  await client.request('launch', { program: program() });
  await client.waitFor('initialized');
  await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'ready' }] });
  await client.request('configurationDone', {});
  const { threadId } = await stopped(client);
  const counter = (await states(client)).find(({ name }) => name === 'counter')!;
  await client.requestRaw('ptrace/freezeThread', { threadId: counter.id });
  expect((await states(client)).find(({ id }) => id === counter.id)!.state).toBe('frozen');
  expect((await client.waitFor('invalidated')).body).toEqual({ areas: ['threads'] });
  const { threads } = await client.request('threads', undefined);
  expect(threads.find(({ id }) => id === counter.id)!.name).toBe('counter (frozen)');
  const refused = await client.requestRaw('next', { threadId: counter.id });
  expect(refused.message).toMatch(/is frozen: thaw it first/);
  expect(await client.request('continue', { threadId })).toEqual({ allThreadsContinued: false });
  expect((await topFrame(client, counter.id)).name).toBeTruthy();
  await client.requestRaw('ptrace/thawThread', { threadId: counter.id });
  await client.request('pause', { threadId });
  await stopped(client);
  expect(await client.request('continue', { threadId, singleThread: true })).toEqual({ allThreadsContinued: false });
  expect((await states(client)).find(({ id }) => id === counter.id)!.state).toBe('stopped');
  await client.request('pause', { threadId });
  expect(await stopped(client)).toMatchObject({ reason: 'pause', allThreadsStopped: true });
});
