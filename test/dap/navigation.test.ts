/** Inlined frames, step-in targets, goto, restarting a frame and skipped code, as a client sees them. */
import { expect, test } from 'vitest';
import { compile, line, markerAt, sourcePath, type CompileOptions } from '../support/debuggees';
import { frames, initialize, launchUntilStopped, outputs, startAdapter, stopped } from '../support/session';

async function at(source: string, marker: string, options: CompileOptions, more: object = {}) {
  const client = startAdapter();
  const program = compile(source, options);
  const { threadId } = await launchUntilStopped(client, { program, ...more }, { breakpoints: { [source]: [marker] } });
  await client.request('setBreakpoints', { source: { path: sourcePath(source) }, breakpoints: [] });
  const names = async () =>
    (await frames(client, threadId))
      .slice(0, 4)
      .map((frame) => `${frame.name} #${markerAt(source, frame.line) ?? '?'}`);
  return { client, threadId, names };
}

const OPTIMISED: CompileOptions = { compiler: 'gcc', flags: ['-g', '-O2'] };
const PLAIN: CompileOptions = { compiler: 'g++', flags: ['-g', '-O0'] };

test('the capabilities say what can be asked', async () => {
  expect(await initialize(startAdapter())).toMatchObject({
    supportsStepInTargetsRequest: true,
    supportsGotoTargetsRequest: true,
    supportsRestartFrame: true,
  });
});

test('inlined calls are frames with ids and lines of their own', async () => {
  const { client, threadId, names } = await at('inline.c', 'innermost_first', OPTIMISED);
  expect(await names()).toEqual([
    'innermost #innermost_first',
    'middle #middle_call',
    'outer #outer_call',
    'work #loop_call',
  ]);
  const stack = await frames(client, threadId);
  expect(new Set(stack.map(({ id }) => id)).size).toBe(stack.length);
  const references = stack.slice(0, 4).map((frame) => frame.instructionPointerReference);
  expect(new Set(references).size).toBe(1);
  expect(stack.slice(0, 5).map(({ canRestart }) => canRestart)).toEqual([false, false, false, undefined, undefined]);
  // A page in the middle of one activation is the same as in the whole.
  const page = await client.request('stackTrace', { threadId, startFrame: 2, levels: 2 });
  expect(page.stackFrames).toEqual(stack.slice(2, 4));
});

test('a call on the line is chosen by its target', async () => {
  const { client, threadId, names } = await at('wrappers.cpp', 'several', PLAIN);
  const [top, caller] = await frames(client, threadId);
  const { targets } = await client.request('stepInTargets', { frameId: top!.id });
  const labels = targets.map(({ label }) => label);
  expect(labels[0]).toMatch(/^\*/);
  expect(labels.slice(2)).toEqual(['twice', 'sum']);
  expect((await client.request('stepInTargets', { frameId: caller!.id })).targets).toEqual([]);
  await client.request('stepIn', { threadId, targetId: targets[3]!.id });
  await stopped(client);
  expect((await names())[0]).toBe('sum #sum');
  await expect(client.request('stepIn', { threadId, targetId: targets[0]!.id })).rejects.toThrow(
    /There is no call to step into \d+ at this stop/,
  );
});

test('goto moves to a line, and says when it is in another function', async () => {
  const { client, threadId, names } = await at('wrappers.cpp', 'invoke', PLAIN);
  const source = { path: sourcePath('wrappers.cpp') };
  const there = async (marker: string) =>
    (await client.request('gotoTargets', { source, line: line('wrappers.cpp', marker) })).targets;
  const [own] = await there('total');
  expect(own!.label).toBe(`main, line ${line('wrappers.cpp', 'total')}`);
  expect((await there('after_sort'))[0]!.label).toMatch(/^plain, line \d+ \(another function\)$/);
  await client.request('goto', { threadId, targetId: own!.id });
  expect(await stopped(client)).toMatchObject({ reason: 'goto', threadId });
  expect((await names())[0]).toBe('main #total');
});

test('a frame begins again with a remark, or is refused with the reason', async () => {
  const { client, threadId, names } = await at('wrappers.cpp', 'sum', PLAIN);
  const [top] = await frames(client, threadId);
  await client.request('restartFrame', { frameId: top!.id });
  expect(await stopped(client)).toMatchObject({ reason: 'restart', threadId });
  expect((await names())[0]).toBe('sum #sum');
  expect(outputs(client)['console']).toMatch(/sum begins again: its arguments have the values they have now/);
  const stack = await frames(client, threadId);
  await expect(client.request('restartFrame', { frameId: stack.at(-1)!.id })).rejects.toThrow(/cannot be begun again/);
});

test('skipped code is greyed and passed through', async () => {
  const skip = { skipFiles: ['/usr/include/**'] };
  const { client, threadId } = await at('wrappers.cpp', 'call_function', PLAIN, skip);
  await client.request('stepIn', { threadId });
  await stopped(client);
  const stack = await frames(client, threadId);
  expect(stack[0]!.name).toBe('twice');
  expect(stack[0]!.presentationHint).toBeUndefined();
  expect(stack[1]).toMatchObject({ presentationHint: 'subtle', source: { presentationHint: 'deemphasize' } });
});

test('a pattern that is none is refused before anything is started', async () => {
  const client = startAdapter();
  await initialize(client);
  await expect(
    client.request('launch', { program: compile('wrappers.cpp', PLAIN), skipFunctions: ['/(/'] }),
  ).rejects.toThrow(/“skipFunctions” has \/\(\/, which is no regular expression/);
});
