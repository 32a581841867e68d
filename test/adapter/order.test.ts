/** Requests that come too early, too late, twice, malformed or not at all meant: each is answered once, with a sentence. */
import { describe, expect, it } from 'vitest';
import type { DapClient } from '../support/dapclient';
import { compile } from '../support/debuggees';
import { encode } from '../support/framing';
import { eventually } from '../support/processes';
import {
  initialize,
  initializeArguments,
  launch,
  launchUntilStopped,
  runToEnd,
  startAdapter,
  stopped,
} from '../support/session';

const hello = compile('hello.c');

async function failure(client: DapClient, command: string, args?: object): Promise<string> {
  const response = await client.requestRaw(command, args);
  expect(response.success, `${command} should have failed`).toBe(false);
  return response.message!;
}

const processRequests: [string, object][] = [
  ['threads', {}],
  ['continue', { threadId: 1 }],
  ['next', { threadId: 1 }],
  ['pause', { threadId: 1 }],
  ['stackTrace', { threadId: 1 }],
  ['scopes', { frameId: 1 }],
  ['variables', { variablesReference: 1 }],
  ['setVariable', { variablesReference: 1, name: 'rax', value: '1' }],
  ['evaluate', { expression: '1' }],
  ['readMemory', { memoryReference: '0x0', count: 1 }],
  ['writeMemory', { memoryReference: '0x0', data: '' }],
  ['disassemble', { memoryReference: '0x0', instructionCount: 1 }],
  ['modules', {}],
  ['loadedSources', {}],
  ['source', { sourceReference: 1 }],
  ['exceptionInfo', { threadId: 1 }],
  ['breakpointLocations', { source: { path: '/x.c' }, line: 1 }],
  ['restart', {}],
  ['terminate', {}],
  ['ptrace/stepInstructions', { threadId: 1, count: 1 }],
  ['ptrace/registers', { frameId: 1 }],
];

describe('before anything', () => {
  it('refuses everything ahead of initialize', async () => {
    const client = startAdapter();
    for (const [command, args] of [...processRequests, ['launch', { program: hello }] as const]) {
      expect(await failure(client, command, args)).toContain('before initialize');
    }
  });

  it('accepts initialize without an adapterID, once', async () => {
    const client = startAdapter();
    expect(await client.request('initialize', { nonsense: true } as never)).toMatchObject({
      supportsDisassembleRequest: true,
    });
    expect(await failure(client, 'initialize', initializeArguments)).toBe('initialize has been sent already.');
  });

  it('can be left at once', async () => {
    const client = startAdapter();
    await client.request('disconnect', {});
    expect(await client.exited()).toBe(0);
  });
});

describe('without a process', () => {
  it('refuses what needs one', async () => {
    const client = startAdapter();
    await initialize(client);
    for (const [command, args] of processRequests) {
      expect(await failure(client, command, args)).toBe('Nothing is being debugged: send launch or attach first.');
    }
  });

  it('refuses unknown requests and goes on', async () => {
    const client = startAdapter();
    await initialize(client);
    for (const command of ['terminateThreads', 'reverseContinue', 'toString', '__proto__', 'constructor', '']) {
      expect(await failure(client, command, {})).toBe(`The request ${command} is not supported.`);
    }
    expect(await client.request('cancel', { requestId: 3 })).toBeUndefined();
  });

  it('keeps breakpoints that come before launch, and tells when they are set', async () => {
    const client = startAdapter();
    await initialize(client);
    const { breakpoints } = await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'add' }] });
    expect(breakpoints).toEqual([
      { id: expect.any(Number) as number, verified: false, reason: 'pending', message: expect.any(String) as string },
    ]);
    await client.request('configurationDone', {});
    await client.request('launch', { program: hello });
    const changed = await client.waitFor('breakpoint');
    expect(changed.body).toMatchObject({ reason: 'changed', breakpoint: { id: breakpoints[0]!.id, verified: true } });
    expect(await stopped(client)).toMatchObject({
      reason: 'function breakpoint',
      hitBreakpointIds: [breakpoints[0]!.id],
    });
  });

  it('may try another launch after one that failed', async () => {
    const client = startAdapter();
    await initialize(client);
    expect(await failure(client, 'launch', { program: '/no/such' })).toContain('There is no program /no/such');
    await client.request('configurationDone', {});
    await client.request('launch', { program: hello, stopOnEntry: true });
    expect(await stopped(client)).toMatchObject({ reason: 'entry' });
  });
});

describe('with requests in one packet', () => {
  it('answers a whole conversation sent without waiting', async () => {
    const client = startAdapter();
    const requests = [
      { command: 'initialize', arguments: initializeArguments },
      { command: 'launch', arguments: { program: hello, stopOnEntry: 'main' } },
      { command: 'setFunctionBreakpoints', arguments: { breakpoints: [{ name: 'add' }] } },
      { command: 'configurationDone' },
      { command: 'threads' },
    ];
    client.sendBytes(Buffer.concat(requests.map((r, i) => encode({ seq: 1001 + i, type: 'request', ...r }))));
    await stopped(client);
    const responses = client.transcript
      .map(({ message }) => message as { type: string; success?: boolean; request_seq?: number })
      .filter(({ type }) => type === 'response');
    const answers = responses.map(({ request_seq, success }) => [request_seq, success]);
    // Breakpoints may wait for names to be known; what needs none is answered meanwhile.
    expect(answers).toContainEqual([1005, true]);
    expect(answers.filter(([seq]) => seq !== 1005)).toEqual([
      [1001, true],
      [1002, true],
      [1003, true],
      [1004, true],
    ]);
  });
});

describe('with odd messages', () => {
  it('answers two requests of the same number, and complains of what is no request', async () => {
    const client = startAdapter();
    await initialize(client);
    const twice = encode({ seq: 500, type: 'request', command: 'threads' });
    client.sendBytes(Buffer.concat([twice, twice, encode({ seq: 501, type: 'event' }), encode({})]));
    await client.waitFor('output', ({ body }) => (body as { output: string }).output.includes('"type" is nothing'));
    const answers = client.transcript.filter(
      ({ message }) => (message as { request_seq?: number }).request_seq === 500,
    );
    expect(answers).toHaveLength(2);
    // stderr is another pipe: what was written to both arrives in any order.
    await eventually(() => client.stderr.includes('its "type" is "event", neither'), 'the complaint is on stderr');
  });
});

describe('while a process lives', () => {
  it('refuses a second launch, a second configurationDone and arguments of the wrong kind', async () => {
    const client = startAdapter();
    const { threadId } = await launchUntilStopped(client, { program: hello, stopOnEntry: 'main' });
    expect(await failure(client, 'launch', { program: hello })).toContain('is being debugged already');
    expect(await failure(client, 'attach', { pid: 1 })).toContain('is being debugged already');
    expect(await failure(client, 'configurationDone')).toBe('configurationDone has been sent already.');
    const wrong: [string, object | undefined, string][] = [
      ['stackTrace', {}, 'The request stackTrace needs "threadId".'],
      ['stackTrace', undefined, 'The request stackTrace needs "threadId".'],
      ['stackTrace', { threadId: 'x' }, '"threadId" of the request stackTrace must be a whole number, not "x".'],
      ['next', { threadId, granularity: 'word' }, 'must be "statement", "line" or "instruction", not "word".'],
      ['stackTrace', { threadId: 999_999 }, 'There is no thread 999999'],
      ['next', { threadId: 999_999 }, 'There is no thread 999999'],
      ['scopes', { frameId: 77 }, 'There is no frame 77.'],
      ['variables', { variablesReference: 77 }, 'There is no variables reference 77.'],
      ['source', { sourceReference: 77 }, 'There is no source 77.'],
      ['source', {}, 'needs the sourceReference'],
      ['setBreakpoints', { source: {} }, 'needs source.path'],
      ['setBreakpoints', { source: { path: '/x.c' }, breakpoints: [{}] }, 'needs "breakpoints[0].line"'],
      ['setBreakpoints', {}, 'The request setBreakpoints needs "source".'],
      ['setInstructionBreakpoints', { breakpoints: [{ instructionReference: 'x' }] }, '"x" is no address'],
      ['setExceptionBreakpoints', { filters: ['all'] }, 'There is no exception filter all.'],
      ['readMemory', { memoryReference: 'x', count: 1 }, '"x" is no address'],
      ['readMemory', { memoryReference: '0x10', count: -1 }, 'must be a whole number, 0 or more, not -1.'],
      ['readMemory', { memoryReference: '0x10', count: 1e12 }, 'can be read at once'],
      ['disassemble', { memoryReference: '0x10', instructionCount: 1e9 }, 'instructionCount must be'],
      ['ptrace/stepInstructions', { threadId, count: 0 }, 'must be a whole number from 1 to 2147483647, not 0.'],
      ['exceptionInfo', { threadId }, 'has not stopped on a signal'],
    ];
    for (const [command, args, message] of wrong) expect(await failure(client, command, args)).toContain(message);
    expect(await client.request('setExceptionBreakpoints', { filters: [] })).toEqual({ breakpoints: [] });
    expect(await client.request('threads', undefined)).toMatchObject({ threads: [{ id: threadId }] });
  });

  it('refuses to look into what runs, and frames of an earlier stop', async () => {
    const client = startAdapter();
    const { threadId } = await launchUntilStopped(client, { program: compile('spin.c'), stopOnEntry: 'main' });
    const { stackFrames } = await client.request('stackTrace', { threadId });
    const { scopes } = await client.request('scopes', { frameId: stackFrames[0]!.id });
    await client.request('continue', { threadId });
    for (const [command, args] of [
      ['stackTrace', { threadId }],
      ['next', { threadId }],
      ['continue', { threadId }],
      ['variables', { variablesReference: scopes[0]!.variablesReference }],
    ] as const) {
      expect(await failure(client, command, args)).toContain('is running; pause it first');
    }
    await client.request('pause', { threadId });
    expect(await stopped(client)).toMatchObject({ reason: 'pause', threadId });
    expect(await failure(client, 'scopes', { frameId: stackFrames[0]!.id })).toContain('is of an earlier stop');
  });
});

describe('after the end', () => {
  it('refuses what needs the process, and still says goodbye', async () => {
    const client = startAdapter();
    await launch(client, { program: hello });
    await runToEnd(client);
    for (const [command, args] of processRequests) {
      expect(await failure(client, command, args)).toBe('The program has ended (exit code 0).');
    }
    expect(await failure(client, 'launch', { program: hello })).toContain('start another one');
    const { breakpoints } = await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'main' }] });
    expect(breakpoints).toMatchObject([{ verified: false, message: 'Not set: The program has ended (exit code 0).' }]);
    await client.request('disconnect', {});
    expect(await client.exited()).toBe(0);
  });
});
