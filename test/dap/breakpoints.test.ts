/** Breakpoints as the user asks for them: conditions, counts, logs, many places, pending ones, changes while it runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { describe, expect, test } from 'vitest';
import { compile, line, sourcePath } from '../support/debuggees';
import type { DapClient } from '../support/dapclient';
import {
  breakAt,
  launch,
  launchUntilStopped,
  outputs,
  resume,
  runToEnd,
  startAdapter,
  stopped,
  topFrame,
} from '../support/session';
import { placeOf } from '../support/walk';

/** An integer expression's value. */
async function value(client: DapClient, expression: string): Promise<number> {
  return Number((await client.request('evaluate', { expression, context: 'watch' })).result);
}

/** Where it stops until it ends, as the value of `expression` at each stop. */
async function stops(client: DapClient, expression: string): Promise<number[]> {
  const seen: number[] = [];
  for (;;) {
    const { event, body } = (await client.waitForAny(['stopped', 'terminated'])) as DebugProtocol.StoppedEvent;
    if (event !== 'stopped') return seen;
    seen.push(await value(client, expression));
    await client.request('continue', { threadId: body.threadId! });
  }
}

describe('conditions', () => {
  test.each([
    ['counter == 3', [3]],
    ['counter % 2 == 0', [0, 2, 4]],
    ['counter > 1 && counter != 3', [2, 4]],
    ['*(int*)&counter >= 4', [4]],
    ['(long)$rip != 0 && counter == 1', [1]],
    ['$edi == 0x7fffffff', []],
    ['0', []],
    ['1', [0, 1, 2, 3, 4]],
  ])('%s', async (condition, expected) => {
    const client = startAdapter();
    await launch(client, { program: compile('hello.c') }, { breakpoints: { 'hello.c': [{ at: 'bump', condition }] } });
    expect(await stops(client, 'counter')).toEqual(expected);
  });

  test('a bad one makes that breakpoint unverified, with the reason, and only that one', async () => {
    const client = startAdapter();
    const { threadId } = await launchUntilStopped(client, { program: compile('hello.c') }, { functions: ['main'] });
    const set = await breakAt(client, 'hello.c', [{ at: 'bump', condition: 'counter ==' }, 'print']);
    expect(set.map(({ verified }) => verified)).toEqual([false, true]);
    expect(set[0]!.message).toMatch(/counter ==|expected|condition/);
    await resume(client, 'continue', { threadId });
    expect(placeOf(await topFrame(client, threadId), 'hello.c')).toBe('print');
  });

  test('work on function and instruction breakpoints too', async () => {
    const client = startAdapter();
    const program = compile('hello.c');
    const { threadId } = await launchUntilStopped(client, { program }, { functions: ['main'] });
    const functions = [{ name: 'add', condition: 'counter == 2' }];
    const [place] = (await client.request('setFunctionBreakpoints', { breakpoints: functions })).breakpoints;
    await resume(client, 'continue', { threadId });
    expect(await value(client, 'counter')).toBe(2);
    await client.request('setFunctionBreakpoints', { breakpoints: [] });
    const instructionReference = place!.instructionReference!;
    const breakpoints = [{ instructionReference, condition: 'counter == 4' }];
    await client.request('setInstructionBreakpoints', { breakpoints });
    await resume(client, 'continue', { threadId });
    expect(await value(client, 'counter')).toBe(4);
  });
});

describe('hit conditions', () => {
  test.each([
    ['3', [2, 3, 4]],
    ['== 2', [1]],
    ['> 3', [3, 4]],
    ['>= 4', [3, 4]],
    ['< 3', [0, 1]],
    ['<= 1', [0]],
    ['% 2', [1, 3]],
  ])('%s', async (hitCondition, expected) => {
    const client = startAdapter();
    const breakpoints = { 'hello.c': [{ at: 'bump', hitCondition }] };
    await launch(client, { program: compile('hello.c') }, { breakpoints });
    expect(await stops(client, 'counter')).toEqual(expected);
  });

  test('count only the hits whose condition holds', async () => {
    const client = startAdapter();
    const breakpoints = { 'hello.c': [{ at: 'bump', condition: 'counter >= 2', hitCondition: '== 2' }] };
    await launch(client, { program: compile('hello.c') }, { breakpoints });
    expect(await stops(client, 'counter')).toEqual([3]);
  });

  test('nonsense is refused', async () => {
    const client = startAdapter();
    await launchUntilStopped(client, { program: compile('hello.c') }, { functions: ['main'] });
    const [set] = await breakAt(client, 'hello.c', [{ at: 'bump', hitCondition: 'often' }]);
    expect(set).toMatchObject({ verified: false, message: expect.stringMatching(/often/) as string });
  });
});

describe('log messages', () => {
  test('are written, with their holes filled, and do not stop', async () => {
    const client = startAdapter();
    const logMessage = 'counter is {counter}, twice {counter * 2}, braces \\{\\}';
    await launch(client, { program: compile('hello.c') }, { breakpoints: { 'hello.c': [{ at: 'bump', logMessage }] } });
    expect(await stops(client, 'counter')).toEqual([]);
    const logged = outputs(client)
      ['console']!.split('\n')
      .filter((text) => text.startsWith('counter is'));
    expect(logged).toEqual([0, 1, 2, 3, 4].map((n) => `counter is ${n}, twice ${2 * n}, braces {}`));
  });

  test('with a condition, only where it holds', async () => {
    const client = startAdapter();
    const spec = { at: 'bump', logMessage: 'at {counter}', condition: 'counter == 3' };
    await launch(client, { program: compile('hello.c') }, { breakpoints: { 'hello.c': [spec] } });
    await stops(client, 'counter');
    expect(outputs(client)['console']!.match(/^at \d+$/gm)).toEqual(['at 3']);
  });
});

describe('places', () => {
  test('a line of a template is every instantiation', async () => {
    const client = startAdapter();
    const program = compile('templates.cpp');
    await launch(client, { program }, { breakpoints: { 'templates.cpp': ['twice_body'] } });
    const functions: string[] = [];
    for (let i = 0; i < 3; i++) {
      const { threadId } = await stopped(client);
      functions.push((await topFrame(client, threadId)).name.replace(/\(.*/, ''));
      await client.request('continue', { threadId });
    }
    expect(functions).toEqual(
      ['twice<int>', 'twice<double>', 'twice<long>'].map((n) => expect.stringContaining(n) as string),
    );
    await client.waitFor('terminated');
  });

  test('a line that was inlined is every copy', async () => {
    const client = startAdapter();
    const program = compile('templates.cpp', { flags: ['-g', '-O2'] });
    await launch(client, { program }, { breakpoints: { 'templates.cpp': ['bump_body'] } });
    let hits = 0;
    while ((await client.waitForAny(['stopped', 'terminated'])).event === 'stopped') {
      hits++;
      const { threads } = await client.request('threads', undefined);
      await client.request('continue', { threadId: threads[0]!.id });
    }
    expect(hits).toBe(2);
  });

  test('a line without code moves to the next one that has some, and says so', async () => {
    const client = startAdapter();
    await launchUntilStopped(client, { program: compile('hello.c') }, { functions: ['main'] });
    const path = sourcePath('hello.c');
    const blank = line('hello.c', 'work') - 1;
    const { breakpoints } = await client.request('setBreakpoints', {
      source: { path },
      breakpoints: [{ line: blank }],
    });
    expect(breakpoints[0]).toMatchObject({ verified: true, line: line('hello.c', 'work_body') });
  });

  test('a line beyond the end, and a file nobody knows, stay unverified with a reason', async () => {
    const client = startAdapter();
    await launchUntilStopped(client, { program: compile('hello.c') }, { functions: ['main'] });
    for (const source of [{ path: sourcePath('hello.c') }, { path: '/nowhere/else.c' }]) {
      const { breakpoints } = await client.request('setBreakpoints', { source, breakpoints: [{ line: 5000 }] });
      expect(breakpoints[0]!.verified).toBe(false);
      expect(breakpoints[0]!.message?.length).toBeGreaterThan(10);
    }
  });

  test('breakpointLocations lists the lines that have code', async () => {
    const client = startAdapter();
    await launchUntilStopped(client, { program: compile('hello.c') }, { functions: ['main'] });
    const args = {
      source: { path: sourcePath('hello.c') },
      line: line('hello.c', 'add'),
      endLine: line('hello.c', 'loop'),
    };
    const { breakpoints } = await client.request('breakpointLocations', args);
    const lines = new Set(breakpoints.map((place) => place.line));
    for (const marker of ['add_body', 'add_return', 'work_body', 'loop'])
      expect(lines).toContain(line('hello.c', marker));
    expect(lines).not.toContain(line('hello.c', 'work') - 1);
  });

  test('a function, a member of a class, and an address', async () => {
    const client = startAdapter();
    const program = compile('templates.cpp');
    const { threadId } = await launchUntilStopped(client, { program }, { functions: ['main'] });
    const { instructionPointerReference } = await topFrame(client, threadId);
    const names = ['first', 'shapes::Square::area', 'no_such_function', instructionPointerReference!];
    const breakpoints = names.map((name) => ({ name }));
    const set = (await client.request('setFunctionBreakpoints', { breakpoints })).breakpoints;
    expect(set.map(({ verified }) => verified)).toEqual([true, true, false, true]);
    expect(set[2]!.message).toMatch(/no_such_function/);
    await resume(client, 'continue', { threadId });
    expect((await topFrame(client, threadId)).name).toContain('first');
    await resume(client, 'continue', { threadId });
    expect((await topFrame(client, threadId)).name).toContain('area');
  });

  test('an equal breakpoint keeps its id and its hits when the set is sent again', async () => {
    const client = startAdapter();
    const program = compile('hello.c');
    const { threadId } = await launchUntilStopped(client, { program }, { functions: ['main'] });
    const spec = { at: 'bump', hitCondition: '3' };
    const [before] = await breakAt(client, 'hello.c', [spec]);
    const [again] = await breakAt(client, 'hello.c', [spec, 'print']);
    expect(again!.id).toBe(before!.id);
    await resume(client, 'continue', { threadId });
    expect(await value(client, 'counter')).toBe(2);
  });
});

describe('while it runs', () => {
  test('a breakpoint is set, changed and removed without a stop', async () => {
    const client = startAdapter();
    await launch(client, { program: compile('spin.c') });
    await sleep(50);
    const [set] = await breakAt(client, 'spin.c', [{ at: 'count', condition: 'counter < 0' }]);
    expect(set).toMatchObject({ verified: true });
    await sleep(50);
    expect(client.untaken('stopped')).toEqual([]);
    await breakAt(client, 'spin.c', ['count']);
    const { threadId } = await stopped(client);
    await client.request('continue', { threadId });
    await stopped(client);
    await client.request('continue', { threadId });
    await breakAt(client, 'spin.c', []);
    // One hit may have been on its way when the breakpoint went.
    await sleep(100);
    if (client.untaken('stopped').length > 0) await client.request('continue', { threadId });
    const taken = client.untaken('stopped').length;
    await sleep(100);
    expect(client.untaken('stopped').length).toBe(taken);
    await client.request('pause', { threadId });
  });

  test('a condition changes what a running breakpoint does', async () => {
    const client = startAdapter();
    const breakpoints = { 'spin.c': [{ at: 'count', condition: 'counter == -5' }] };
    await launch(client, { program: compile('spin.c') }, { breakpoints });
    await sleep(50);
    await breakAt(client, 'spin.c', [{ at: 'count', condition: 'counter >= 0' }]);
    expect(await stopped(client)).toMatchObject({ reason: 'breakpoint' });
  });
});

describe('libraries that come later', () => {
  const plugin = () => compile('plugin.c', { flags: ['-g', '-shared', '-fPIC'], name: 'plugin.so' });

  test('a pending breakpoint is resolved by dlopen, lost by dlclose, and resolved again', async () => {
    const client = startAdapter();
    const args = { program: compile('dlopen.c'), args: [plugin()] };
    const { threadId } = await launchUntilStopped(client, args, { functions: ['main'] });
    const [pending] = await breakAt(client, 'plugin.c', ['plugin_body']);
    expect(pending!.verified).toBe(false);
    const changed = client.waitFor<DebugProtocol.BreakpointEvent>(
      'breakpoint',
      ({ body }) => body.breakpoint.id === pending!.id && body.breakpoint.verified,
    );
    for (let round = 0; round < 2; round++) {
      await resume(client, 'continue', { threadId });
      expect(placeOf(await topFrame(client, threadId), 'plugin.c')).toBe('plugin_body');
    }
    await changed;
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0, output: { stdout: '205\n' } });
  });

  test('a function breakpoint waits for its library too', async () => {
    const client = startAdapter();
    const args = { program: compile('dlopen.c'), args: [plugin()] };
    const { threadId } = await launchUntilStopped(client, args, { functions: ['plugin_run'] });
    expect((await topFrame(client, threadId)).name).toContain('plugin_run');
  });
});

test('children that fork keep nothing of our breakpoints', async () => {
  for (const how of ['fork', 'vfork']) {
    const client = startAdapter();
    await launch(client, { program: compile('forks.c'), args: [how] }, { breakpoints: { 'forks.c': ['shared_body'] } });
    const { threadId } = await stopped(client);
    expect(await runToEnd(client, threadId), how).toMatchObject({ exitCode: 0, output: { stdout: 'child 5\n' } });
  }
});
