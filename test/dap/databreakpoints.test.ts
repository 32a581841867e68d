/** Data breakpoints and breakpoint modes as a client sees them: what can be watched, how a stop is told, what restart keeps. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { describe, expect, test } from 'vitest';
import { compile, line, sourcePath } from '../support/debuggees';
import type { DapClient } from '../support/dapclient';
import {
  breakAt,
  initialize,
  launchUntilStopped,
  resume,
  runToEnd,
  startAdapter,
  stopped,
  topFrame,
} from '../support/session';
import { placeOf } from '../support/walk';

type Info = DebugProtocol.DataBreakpointInfoResponse['body'];

const program = () => compile('watch.c');

const info = (client: DapClient, args: DebugProtocol.DataBreakpointInfoArguments): Promise<Info> =>
  client.request('dataBreakpointInfo', args);

async function set(
  client: DapClient,
  ...breakpoints: DebugProtocol.DataBreakpoint[]
): Promise<DebugProtocol.Breakpoint[]> {
  return (await client.request('setDataBreakpoints', { breakpoints })).breakpoints;
}

async function stoppedIn(
  client: DapClient,
  at: string,
  ...args: string[]
): Promise<{ threadId: number; frameId: number }> {
  const { threadId } = await launchUntilStopped(
    client,
    { program: program(), args },
    { breakpoints: { 'watch.c': [at] } },
  );
  return { threadId, frameId: (await topFrame(client, threadId)).id };
}

test('the capabilities say so', async () => {
  const capabilities = await initialize(startAdapter());
  expect(capabilities).toMatchObject({ supportsDataBreakpoints: true, supportsDataBreakpointBytes: true });
  expect(capabilities.breakpointModes?.map(({ mode, appliesTo }) => [mode, appliesTo])).toEqual([
    ['software', ['source', 'function', 'instruction']],
    ['hardware', ['source', 'function', 'instruction']],
  ]);
});

describe('a global variable', () => {
  test('by its name: the stop says what has changed and names the breakpoint', async () => {
    const client = startAdapter();
    const { threadId, frameId } = await stoppedIn(client, 'first', 'values');
    const found = await info(client, { name: 'four', frameId });
    expect(found).toEqual({
      dataId: expect.any(String) as string,
      description: 'four',
      accessTypes: ['read', 'write', 'readWrite'],
      canPersist: true,
    });
    const [breakpoint] = await set(client, { dataId: found.dataId!, accessType: 'write' });
    expect(breakpoint).toMatchObject({ verified: true });
    const stop = await resume(client, 'continue', { threadId });
    expect(stop).toMatchObject({
      reason: 'data breakpoint',
      description: 'Paused: four changed from 0 to 5',
      text: `four changed from 0 to 5 at watch.c:${line('watch.c', 'first')}`,
      hitBreakpointIds: [breakpoint!.id],
      allThreadsStopped: true,
    });
    expect(placeOf(await topFrame(client, threadId), 'watch.c')).toBe('same');
    await set(client);
    expect((await runToEnd(client, threadId)).exitCode).toBe(0);
  });

  test('as a line of the Variables view, read or written', async () => {
    const client = startAdapter();
    const { threadId, frameId } = await stoppedIn(client, 'first', 'values');
    const { scopes } = await client.request('scopes', { frameId });
    const statics = scopes.find(({ name }) => /^globals/i.test(name))!;
    const { dataId } = await info(client, { variablesReference: statics.variablesReference, name: 'four' });
    await set(client, { dataId: dataId!, accessType: 'read' });
    const stop = await resume(client, 'continue', { threadId });
    expect(stop.text).toBe(`four was accessed and is 5 at watch.c:${line('watch.c', 'same')}`);
  });

  test('is watched before the program runs, and after a restart under the same id', async () => {
    const client = startAdapter();
    const { frameId } = await stoppedIn(client, 'first', 'values');
    const { dataId } = await info(client, { name: 'four', frameId });
    const [breakpoint] = await set(client, { dataId: dataId!, condition: 'four == 6', hitCondition: '1' });
    await breakAt(client, 'watch.c', []);
    await client.request('restart', {});
    const stop = await stopped(client);
    expect(stop).toMatchObject({ reason: 'data breakpoint', hitBreakpointIds: [breakpoint!.id] });
    expect(stop.text).toMatch(/^four changed from 5 to 6/);
    expect((await runToEnd(client, stop.threadId)).exitCode).toBe(0);
  });
});

describe('a local variable', () => {
  test('ends with its frame: a stop that says so, and the breakpoint is removed', async () => {
    const client = startAdapter();
    const { threadId, frameId } = await stoppedIn(client, 'local_written', 'scope', '1');
    const { scopes } = await client.request('scopes', { frameId });
    const locals = scopes.find(({ name }) => /local/i.test(name))!;
    const found = await info(client, { variablesReference: locals.variablesReference, name: 'local' });
    expect(found).toMatchObject({ description: 'local', canPersist: false });
    const [breakpoint] = await set(client, { dataId: found.dataId!, accessType: 'write', condition: 'local == 11' });
    expect(breakpoint).toMatchObject({ verified: true });
    const stop = await resume(client, 'continue', { threadId });
    expect(stop.text).toMatch(/^local changed from 10 to 11/);
    const end = await resume(client, 'continue', { threadId });
    expect(end).toMatchObject({
      reason: 'data breakpoint',
      description: 'Paused at the end of a scope',
      text: 'local went out of scope: the function that it belonged to has ended.',
    });
    const event = await client.waitFor<DebugProtocol.BreakpointEvent>(
      'breakpoint',
      ({ body }) => body.reason === 'removed',
    );
    expect(event.body.breakpoint).toMatchObject({ id: breakpoint!.id, verified: false });
    const [again] = await set(client, { dataId: found.dataId!, accessType: 'write' });
    expect(again).toMatchObject({ verified: false, message: expect.stringMatching(/out of scope/) as string });
    expect((await runToEnd(client, threadId)).exitCode).toBe(0);
  });

  test('of a process that is gone is refused', async () => {
    const client = startAdapter();
    const { frameId } = await stoppedIn(client, 'local_written', 'scope', '1');
    const { dataId } = await info(client, { name: 'local', frameId });
    await client.request('restart', {});
    await stopped(client);
    const [breakpoint] = await set(client, { dataId: dataId! });
    expect(breakpoint).toMatchObject({
      verified: false,
      message: 'local was in a process that is gone: set it again.',
    });
  });
});

describe('an address', () => {
  test('with a size, in hexadecimal', async () => {
    const client = startAdapter();
    const { threadId, frameId } = await stoppedIn(client, 'one', 'sizes');
    const { memoryReference } = await client.request('evaluate', { expression: '&wide', frameId, context: 'watch' });
    const name = `0x${(BigInt(memoryReference!) + 31n).toString(16)}`;
    const found = await info(client, { name, asAddress: true, bytes: 1 });
    expect(found).toMatchObject({ description: `the byte at ${name}`, canPersist: false });
    await set(client, { dataId: found.dataId! });
    expect((await resume(client, 'continue', { threadId })).text).toMatch(/changed from 0x0 to 0x1f/);
  });
});

describe('what cannot be watched', () => {
  test.each([
    [{ name: 'four + 1' }, /no place in memory/],
    [{ name: '$rax' }, /register/],
    [{ name: 'main' }, /is code/],
    [{ name: 'four +' }, /./],
    [{ name: 'nothing_of_that_name' }, /nothing_of_that_name/],
    [{ name: '' }, /nothing to watch/],
    [{ name: 'wide' }, /64 bytes at 0x[0-9a-f]+ are too many: the four debug registers watch 32 bytes at most/],
    [{ name: 'elsewhere', asAddress: true }, /is no address/],
    [{ name: '0x10', asAddress: true }, /no memory at 0x10/],
    [{ name: 'four', mode: 'software' }, /no mode/],
  ])('%j has no data id, and the description says why', async (args, why) => {
    const client = startAdapter();
    const { frameId } = await stoppedIn(client, 'first', 'values');
    const found = await info(client, { frameId, ...args });
    expect(found.dataId).toBeNull();
    expect(found.description).toMatch(why);
  });

  test.each([
    '',
    'junk',
    '{}',
    '{"name":7}',
    '{"at":"0x10","bytes":-1}',
    '{"address":"0x1","bytes":4,"label":"x","image":0}',
  ])('the data id %j is answered by an unverified breakpoint', async (dataId) => {
    const client = startAdapter();
    await stoppedIn(client, 'first', 'values');
    const [breakpoint] = await set(client, { dataId });
    expect(breakpoint).toMatchObject({ verified: false, message: expect.stringMatching(/data id|is gone/) as string });
  });

  test('a fifth breakpoint says who has the registers', async () => {
    const client = startAdapter();
    const { frameId } = await stoppedIn(client, 'one', 'sizes');
    const names = ['one', 'two', 'four', 'eight', 'sink'];
    const ids = await Promise.all(names.map(async (name) => (await info(client, { name, frameId })).dataId!));
    const all = await set(client, ...ids.map((dataId) => ({ dataId })));
    expect(all.map(({ verified }) => verified)).toEqual([true, true, true, true, false]);
    expect(all[4]!.message).toMatch(/^All four debug registers are taken; taken by one, two, four, eight\./);
  });
});

describe('breakpoints of mode hardware', () => {
  test('on a line stop there; an unknown mode is refused', async () => {
    const client = startAdapter();
    const { threadId } = await stoppedIn(client, 'first', 'values');
    const [hardware, unknown] = (
      await client.request('setBreakpoints', {
        source: { path: sourcePath('watch.c') },
        breakpoints: [
          { line: line('watch.c', 'second'), mode: 'hardware' },
          { line: line('watch.c', 'read'), mode: 'magic' },
        ],
      })
    ).breakpoints;
    expect(hardware).toMatchObject({ verified: true });
    expect(unknown).toMatchObject({
      verified: false,
      message: expect.stringMatching(/no breakpoint mode “magic”/) as string,
    });
    const stop = await resume(client, 'continue', { threadId });
    expect(stop).toMatchObject({ reason: 'breakpoint', hitBreakpointIds: [hardware!.id] });
    expect(placeOf(await topFrame(client, threadId), 'watch.c')).toBe('second');
    expect((await runToEnd(client, threadId)).exitCode).toBe(0);
  });
});
