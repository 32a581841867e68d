/**
 * Whole conversations, word for word. What is sent waits for what was answered, so that the order of the lines is the
 * adapter's and not the scheduler's.
 */
import { expect, test } from 'vitest';
import type { LaunchArguments } from '../../src/protocol/arguments';
import { compile, line, sourcePath } from '../support/debuggees';
import type { DapClient } from '../support/dapclient';
import { goldenConversation } from '../support/golden';
import { initialize, resume, startAdapter, stopped, topFrame, type Stop } from '../support/session';

/** initialize → launch → initialized → breakpoints at markers → configurationDone → stopped, one after the other. */
async function begin(
  client: DapClient,
  args: LaunchArguments,
  source: string,
  markers: readonly string[],
): Promise<Stop> {
  await initialize(client);
  await client.request('launch', args);
  await client.waitFor('initialized');
  const breakpoints = markers.map((marker) => ({ line: line(source, marker) }));
  await client.request('setBreakpoints', { source: { path: sourcePath(source) }, breakpoints });
  await client.request('configurationDone', {});
  return stopped(client);
}

async function ended(client: DapClient): Promise<void> {
  await client.waitFor('exited');
  await client.waitFor('terminated');
  await client.request('disconnect', {});
  await client.exited();
}

test('hello: a breakpoint, steps, the views, the end', async () => {
  const client = startAdapter();
  const golden = goldenConversation(client, 'hello');
  const { threadId } = await begin(client, { program: compile('hello.c') }, 'hello.c', ['main_body']);
  await client.request('threads', undefined);
  const frameId = (await topFrame(client, threadId)).id;
  const { scopes } = await client.request('scopes', { frameId });
  for (const { variablesReference } of scopes) await client.request('variables', { variablesReference });
  await resume(client, 'stepIn', { threadId });
  await client.request('stackTrace', { threadId, startFrame: 0, levels: 2 });
  await resume(client, 'next', { threadId });
  await resume(client, 'next', { threadId });
  await resume(client, 'stepOut', { threadId });
  await client.request('stackTrace', { threadId, startFrame: 0, levels: 1 });
  await client.request('evaluate', { expression: 'counter', frameId, context: 'watch' }).catch(() => undefined);
  await client.request('continue', { threadId });
  await ended(client);
  golden.expect();
});

test('crash: a signal, its explanation, and the death', async () => {
  const client = startAdapter();
  const golden = goldenConversation(client, 'crash');
  const { threadId } = await begin(client, { program: compile('crash.c') }, 'crash.c', []);
  await client.request('exceptionInfo', { threadId });
  await client.request('stackTrace', { threadId, startFrame: 0, levels: 3 });
  await client.request('continue', { threadId });
  await ended(client);
  golden.expect();
});

test('dlopen: a breakpoint that waits for its library', async () => {
  const client = startAdapter();
  const golden = goldenConversation(client, 'dlopen');
  const plugin = compile('plugin.c', { flags: ['-g', '-shared', '-fPIC'], name: 'plugin.so' });
  const args = { program: compile('dlopen.c'), args: [plugin] };
  const { threadId } = await begin(client, args, 'dlopen.c', ['dlopen']);
  const breakpoints = [{ line: line('plugin.c', 'plugin_body') }];
  await client.request('setBreakpoints', { source: { path: sourcePath('plugin.c') }, breakpoints });
  await client.request('setBreakpoints', { source: { path: sourcePath('dlopen.c') }, breakpoints: [] });
  await resume(client, 'continue', { threadId });
  await client.request('stackTrace', { threadId, startFrame: 0, levels: 2 });
  await resume(client, 'continue', { threadId });
  await client.request('continue', { threadId });
  await ended(client);
  golden.expect();
});

test('breakpoints: verified, moved, unverified and bad ones', async () => {
  const client = startAdapter();
  const golden = goldenConversation(client, 'breakpoints');
  const { threadId } = await begin(client, { program: compile('hello.c') }, 'hello.c', ['main_body']);
  const at = (marker: string) => line('hello.c', marker);
  await client.request('setBreakpoints', {
    source: { path: sourcePath('hello.c') },
    breakpoints: [
      { line: at('bump'), condition: 'counter == 2' },
      { line: at('work') - 1 },
      { line: at('print'), condition: 'counter ==' },
      { line: at('add_body'), hitCondition: 'often' },
      { line: 4000 },
    ],
  });
  await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'add' }, { name: 'nothing' }] });
  await resume(client, 'continue', { threadId });
  await client.request('setFunctionBreakpoints', { breakpoints: [] });
  await resume(client, 'continue', { threadId });
  await client.request('continue', { threadId });
  await ended(client);
  golden.expect();
});

test('refused: what cannot be launched, and what comes at the wrong time', async () => {
  const client = startAdapter();
  const golden = goldenConversation(client, 'refused');
  await client.requestRaw('threads');
  await initialize(client);
  await client.requestRaw('launch', { program: `${sourcePath('hello.c')}.missing` });
  await client.requestRaw('launch', { program: sourcePath('hello.c') });
  await client.requestRaw('stackTrace', { threadId: 1 });
  await client.requestRaw('inventedRequest', { anything: true });
  await client.request('disconnect', {});
  await client.exited();
  golden.expect();
});

test('a conversation reads the same in a second run', async () => {
  const client = startAdapter();
  const golden = goldenConversation(client, 'crash');
  const { threadId } = await begin(client, { program: compile('crash.c') }, 'crash.c', []);
  await client.request('exceptionInfo', { threadId });
  await client.request('stackTrace', { threadId, startFrame: 0, levels: 3 });
  await client.request('continue', { threadId });
  await ended(client);
  golden.expect();
  expect(client.untaken('stopped')).toEqual([]);
});
