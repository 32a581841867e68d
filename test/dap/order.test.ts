/** Requests in the wrong order, unknown, with wrong arguments, or too late: each is answered, with a sentence. */
import { describe, expect, test } from 'vitest';
import { compile } from '../support/debuggees';
import type { DapClient } from '../support/dapclient';
import { frames, initialize, launch, launchUntilStopped, runToEnd, startAdapter } from '../support/session';

/** Every request that works on a process, with the arguments of an ordinary client. */
const requests: readonly [command: string, args: object | undefined][] = [
  ['threads', undefined],
  ['stackTrace', { threadId: 1 }],
  ['scopes', { frameId: 1 }],
  ['variables', { variablesReference: 1 }],
  ['setVariable', { variablesReference: 1, name: 'rax', value: '1' }],
  ['evaluate', { expression: '1 + 1', frameId: 1 }],
  ['continue', { threadId: 1 }],
  ['next', { threadId: 1 }],
  ['stepIn', { threadId: 1 }],
  ['stepOut', { threadId: 1 }],
  ['pause', { threadId: 1 }],
  ['readMemory', { memoryReference: '0x1000', count: 16 }],
  ['writeMemory', { memoryReference: '0x1000', data: 'AAAA' }],
  ['disassemble', { memoryReference: '0x1000', instructionCount: 5 }],
  ['modules', {}],
  ['loadedSources', {}],
  ['source', { sourceReference: 1 }],
  ['exceptionInfo', { threadId: 1 }],
  ['ptrace/stepInstructions', { threadId: 1, count: 3 }],
  ['ptrace/registers', { frameId: 1 }],
  ['terminate', {}],
  ['restart', {}],
];

/** Nobody may be left without an answer, and an answer may not be a bug's. */
async function answered(client: DapClient, command: string, args: unknown): Promise<boolean> {
  const response = await client.requestRaw(command, args as object);
  if (!response.success) {
    const text = JSON.stringify(response);
    expect(text, `${command} ${JSON.stringify(args)}`).not.toMatch(/Internal error|\[object|is not a function/);
    expect((response.message ?? '').length, `${command} failed without a sentence`).toBeGreaterThan(10);
  }
  return response.success;
}

describe('before its time', () => {
  test('every request before initialize is refused', async () => {
    const client = startAdapter();
    for (const [command, args] of requests) {
      await expect(client.request(command, args), command).rejects.toThrow(/initialize/);
    }
  });

  test('every request before launch is answered', async () => {
    const client = startAdapter();
    await initialize(client);
    for (const [command, args] of requests) await answered(client, command, args);
    await expect(client.request('threads', undefined)).rejects.toThrow(/launch or attach/);
  });

  test('breakpoints may be set before launch', async () => {
    const client = startAdapter();
    await initialize(client);
    const set = await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'work' }] });
    expect(set.breakpoints).toHaveLength(1);
    await client.request('launch', { program: compile('hello.c') });
    await client.request('configurationDone', {});
    expect((await client.waitFor('stopped')).body).toMatchObject({ reason: 'function breakpoint' });
  });

  test('configurationDone before launch is no end', async () => {
    const client = startAdapter();
    await initialize(client);
    await answered(client, 'configurationDone', {});
    await client.request('launch', { program: compile('hello.c') });
    await client.requestRaw('configurationDone', {});
    expect(await runToEnd(client)).toMatchObject({ exitCode: 0 });
  });

  test('a second launch is refused and leaves the first alone', async () => {
    const client = startAdapter();
    const { threadId } = await launchUntilStopped(client, { program: compile('hello.c') }, { functions: ['main'] });
    await expect(client.request('launch', { program: compile('hello.c') })).rejects.toThrow();
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0 });
  });
});

describe('initialize', () => {
  test('needs no adapterID and takes unknown fields', async () => {
    const client = startAdapter();
    const capabilities = await client.request('initialize', { futureField: { nested: true } } as never);
    expect(capabilities).toMatchObject({ supportsConfigurationDoneRequest: true });
  });

  test('claims what it answers', async () => {
    const client = startAdapter();
    const capabilities = await initialize(client);
    expect(capabilities).toMatchObject({
      supportsConditionalBreakpoints: true,
      supportsHitConditionalBreakpoints: true,
      supportsLogPoints: true,
      supportsFunctionBreakpoints: true,
      supportsInstructionBreakpoints: true,
      supportsSteppingGranularity: true,
      supportsReadMemoryRequest: true,
      supportsWriteMemoryRequest: true,
      supportsDisassembleRequest: true,
      supportsSetVariable: true,
      supportsModulesRequest: true,
      supportsLoadedSourcesRequest: true,
      supportsBreakpointLocationsRequest: true,
      supportsTerminateRequest: true,
      supportTerminateDebuggee: true,
      supportSuspendDebuggee: true,
      supportsRestartRequest: true,
      supportsCancelRequest: true,
      supportsDelayedStackTraceLoading: true,
    });
  });
});

describe('wrong', () => {
  test('an unknown request is refused and not fatal', async () => {
    const client = startAdapter();
    await initialize(client);
    await expect(client.request('makeCoffee', { strength: 3 })).rejects.toThrow(/makeCoffee is not supported/);
    await expect(client.request('makeCoffee')).rejects.toThrow(/makeCoffee is not supported/);
    await expect(client.request('constructor')).rejects.toThrow(/constructor is not supported/);
  });

  test('every request answers arguments of every wrong shape', async () => {
    const client = startAdapter();
    const { threadId } = await launchUntilStopped(client, { program: compile('hello.c') }, { functions: ['main'] });
    const moves = new Set(['continue', 'next', 'stepIn', 'stepOut', 'restart', 'terminate', 'ptrace/stepInstructions']);
    const others = ['setBreakpoints', 'setFunctionBreakpoints', 'setInstructionBreakpoints', 'breakpointLocations'];
    const commands = [...requests.map(([command]) => command), ...others, 'cancel', 'setExceptionBreakpoints'];
    const wrong: unknown[] = [undefined, null, {}, [], 'text', 7, true];
    const fields = ['threadId', 'frameId', 'variablesReference', 'memoryReference', 'count', 'data', 'expression'];
    for (const value of [null, -1, 1e300, 0.5, 'x', '', [], {}, true]) {
      wrong.push(Object.fromEntries([...fields, 'source', 'breakpoints', 'instructionCount'].map((f) => [f, value])));
    }
    for (const command of commands.filter((name) => !moves.has(name) && name !== 'pause')) {
      for (const args of wrong) await answered(client, command, args);
    }
    for (const command of [...moves].filter((name) => name !== 'terminate' && name !== 'restart')) {
      expect(await answered(client, command, { threadId: 'x', count: -1 }), command).toBe(false);
      expect(await answered(client, command, undefined), command).toBe(false);
    }
    expect(await frames(client, threadId)).not.toHaveLength(0);
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0 });
  });

  test('a thread, a frame or a reference that is not there is named', async () => {
    const client = startAdapter();
    await launchUntilStopped(client, { program: compile('hello.c') }, { functions: ['main'] });
    await expect(client.request('stackTrace', { threadId: 999_999 })).rejects.toThrow(/999999/);
    await expect(client.request('next', { threadId: 999_999 })).rejects.toThrow(/999999/);
    await expect(client.request('scopes', { frameId: 999_999 })).rejects.toThrow(/999999|frame/);
    await expect(client.request('variables', { variablesReference: 999_999 })).rejects.toThrow(/999999|reference/);
    await expect(client.request('readMemory', { memoryReference: 'nonsense', count: 1 })).rejects.toThrow(/nonsense/);
    await expect(client.request('evaluate', { expression: 'rax +' })).rejects.toThrow();
    await expect(client.request('evaluate', { expression: 'no_such_thing' })).rejects.toThrow(/no_such_thing/);
  });
});

describe('too late', () => {
  test('every request after the exit is answered', async () => {
    const client = startAdapter();
    await launch(client, { program: compile('exits.c'), args: ['3'] });
    expect(await runToEnd(client)).toMatchObject({ exitCode: 3 });
    const allowed = new Set(['restart', 'loadedSources', 'modules', 'source', 'threads', 'terminate']);
    for (const [command, args] of requests.filter(([name]) => name !== 'restart')) {
      const success = await answered(client, command, args);
      if (!allowed.has(command)) expect(success, `${command} after the exit`).toBe(false);
    }
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'main' }] });
  });

  test('moving while it runs is refused or harmless', async () => {
    const client = startAdapter();
    await launch(client, { program: compile('spin.c') });
    const { threads } = await client.request('threads', undefined);
    const threadId = threads[0]!.id;
    for (const command of ['next', 'stepIn', 'stepOut', 'continue', 'stackTrace']) {
      await answered(client, command, { threadId });
    }
    await client.request('pause', { threadId });
    expect((await client.waitFor('stopped')).body).toMatchObject({ reason: 'pause' });
    expect(await frames(client, threadId)).not.toHaveLength(0);
  });
});
