/** Sessions on core files, and saving one: as an editor drives them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SaveCoreResponse } from '../../src/protocol/requests';
import { crash, scratch } from '../engine/corefiles';
import type { DapClient } from '../support/dapclient';
import { compile, line, sourcePath } from '../support/debuggees';
import { breakAt, frames, initialize, launchUntilStopped, startAdapter, stopped, type Stop } from '../support/session';

const SOURCE = 'corecrash.cpp';
const FLAGS = ['-g', '-O0', '-pthread'];
const REFUSAL = 'This is a core file: the process is gone, so nothing in it can run or be changed.';

let program: string;
let core: string;

beforeAll(() => {
  program = compile(SOURCE, { flags: FLAGS });
  core = crash(program, 'segv');
});

async function open(client: DapClient, request: 'launch' | 'attach', args: object): Promise<Stop> {
  await initialize(client);
  const opened = client.request(request, args);
  await client.waitFor('initialized');
  await opened;
  await client.request('configurationDone', {});
  return stopped(client);
}

/** Names and values of a scope of a frame. */
async function valuesIn(client: DapClient, frameId: number, name: string): Promise<Record<string, string>> {
  const { scopes } = await client.request('scopes', { frameId });
  const scope = scopes.find((each) => each.name === name)!;
  const { variables } = await client.request('variables', { variablesReference: scope.variablesReference });
  return Object.fromEntries(variables.map((each) => [each.name, each.value]));
}

describe('a session on a core file', () => {
  it.each([
    ['launch with coreFile', 'launch', () => ({ program, coreFile: core })],
    ['launch with coreDumpPath alone', 'launch', () => ({ coreDumpPath: core })],
    ['attach, as cppdbg writes it', 'attach', () => ({ program, coreDumpPath: core })],
  ] as const)('begins with the signal: %s', async (_what, request, args) => {
    const client = startAdapter();
    const stop = await open(client, request, args());
    expect(stop).toMatchObject({ reason: 'exception', description: 'Paused on SIGSEGV', allThreadsStopped: true });
    const info = (await client.request('exceptionInfo' as never, { threadId: stop.threadId } as never)) as {
      exceptionId: string;
      description?: string;
    };
    expect(info.exceptionId).toBe('SIGSEGV');
    expect(info.description).toMatch(
      /^SIGSEGV \(Segmentation fault\): write to unmapped address 0x10, 16 bytes past null/,
    );
    const { threads } = await client.request('threads', undefined);
    expect(threads).toHaveLength(4);
    expect(threads.map(({ name }) => name)).toContain('corecrash');
    await client.request('disconnect', {});
  });

  it('takes the exception filters that editors always send', async () => {
    const client = startAdapter();
    const { exceptionBreakpointFilters = [] } = await initialize(client);
    const filters = exceptionBreakpointFilters.map(({ filter }) => filter);
    expect(filters.length).toBeGreaterThan(0);
    await client.request('launch', { program, coreFile: core });
    const answered = await client.requestRaw('setExceptionBreakpoints', { filters });
    expect(answered.success).toBe(true);
    await client.request('configurationDone', {});
    expect((await stopped(client)).reason).toBe('exception');
    expect((await client.requestRaw('setExceptionBreakpoints', { filters: [] })).success).toBe(true);
  });

  it('shows stacks, variables, memory, code and registers', async () => {
    const client = startAdapter();
    const { threadId } = await open(client, 'launch', { program, coreFile: core });
    const [top, caller] = await frames(client, threadId);
    expect(top).toMatchObject({ name: expect.stringContaining('bring_down') as string, line: line(SOURCE, 'fault') });
    expect(await valuesIn(client, top!.id, 'Locals')).toMatchObject({
      half: '0.5',
      nowhere: expect.stringContaining('0x10') as string,
    });
    const locals = await valuesIn(client, caller!.id, 'Locals');
    expect(locals['numbers']).toContain('{10, 20, 30}');
    expect(locals['ages']).toContain('["ada"] = 36');
    expect(Object.keys(await valuesIn(client, top!.id, 'Statics'))).toContain('nodes');

    const evaluate = (expression: string, context = 'watch') =>
      client.request('evaluate', { expression, frameId: caller!.id, context });
    expect((await evaluate('numbers[0] + ages["alan"]')).result).toBe('51');
    expect((await evaluate('own')).result).toBe('42');
    expect((await evaluate('written', 'repl')).result).toContain('8');
    const text = await evaluate('constant_text');
    const memory = await client.request('readMemory', { memoryReference: text.memoryReference!, count: 13 });
    expect(Buffer.from(memory!.data!, 'base64').toString()).toBe('constant text');
    const nothing = await client.request('readMemory', { memoryReference: '0x10', count: 8 });
    expect(nothing).toMatchObject({ unreadableBytes: 8 });

    const code = await client.request('disassemble', {
      memoryReference: top!.instructionPointerReference!,
      instructionCount: 4,
      instructionOffset: -1,
    });
    expect(code!.instructions[1]).toMatchObject({
      address: top!.instructionPointerReference,
      instruction: expect.stringContaining('mov') as string,
    });
    const { groups } = (await client.request('ptrace/registers' as never, { frameId: top!.id } as never)) as {
      groups: { name: string; registers: { name: string; value: string }[] }[];
    };
    const rip = groups[0]!.registers.find(({ name }) => name === 'rip');
    expect(rip?.value).toBe(top!.instructionPointerReference);
    const { modules } = await client.request('modules', {});
    expect(modules.map(({ name }) => name)).toEqual(expect.arrayContaining(['corecrash', 'libc.so.6', '[vdso]']));
    expect(modules[0]).toMatchObject({ symbolStatus: 'Debug information loaded' });
  });

  it('refuses whatever would run or change the process, in a sentence', async () => {
    const client = startAdapter();
    const { threadId } = await open(client, 'launch', { program, coreFile: core });
    const [top] = await frames(client, threadId, 1);
    const { scopes } = await client.request('scopes', { frameId: top!.id });
    const variablesReference = scopes[0]!.variablesReference;
    const refused: [string, object][] = [
      ['continue', { threadId }],
      ['next', { threadId }],
      ['stepIn', { threadId }],
      ['stepOut', { threadId }],
      ['pause', { threadId }],
      ['goto', { threadId, targetId: 1 }],
      ['restartFrame', { frameId: top!.id }],
      ['setVariable', { variablesReference, name: 'half', value: '1' }],
      ['setExpression', { expression: 'written', value: '1', frameId: top!.id }],
      ['writeMemory', { memoryReference: '0x1000', data: 'AAAA' }],
      ['ptrace/stepInstructions', { threadId, count: 1 }],
      ['ptrace/saveCore', { path: 'x' }],
      ['evaluate', { expression: 'written = 9', frameId: top!.id, context: 'repl' }],
      ['evaluate', { expression: '$rax = 9', frameId: top!.id, context: 'repl' }],
      ['evaluate', { expression: 'list->doubled()', frameId: top!.id, context: 'repl' }],
    ];
    for (const [command, args] of refused) {
      const response = await client.requestRaw(command, args);
      expect([command, response.success], JSON.stringify(args)).toEqual([command, false]);
      expect(response.message, command).toContain(REFUSAL);
    }
    expect(
      (await client.request('evaluate', { expression: 'written', frameId: top!.id, context: 'watch' })).result,
    ).toBe('8');
    const [breakpoint] = await breakAt(client, SOURCE, ['fault']);
    expect(breakpoint).toMatchObject({ verified: false, message: REFUSAL });
    const functions = await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'main' }] });
    expect(functions.breakpoints).toMatchObject([{ verified: false, message: REFUSAL }]);
    const data = (await client.request('dataBreakpointInfo' as never, { name: 'written' } as never)) as {
      dataId: null;
    };
    expect(data).toEqual({ dataId: null, description: REFUSAL });
  });

  it('takes breakpoints that were there before, and ends when it is told to', async () => {
    const client = startAdapter();
    await initialize(client);
    await client.request('setBreakpoints', { source: { path: sourcePath(SOURCE) }, breakpoints: [{ line: 1 }] });
    await client.request('launch', { program, coreFile: core });
    const changed = await client.waitFor<DebugProtocol.BreakpointEvent>('breakpoint');
    expect(changed.body.breakpoint).toMatchObject({ verified: false, message: REFUSAL });
    await client.request('configurationDone', {});
    await stopped(client);
    await client.request('restart', {});
    expect((await stopped(client)).reason).toBe('exception');
    await client.request('terminate', {});
    await client.waitFor('terminated');
    const late = await client.requestRaw('threads', undefined);
    expect(late.message).toBe('The core file has been closed.');
    await client.request('disconnect', {});
  });

  it.each([
    [
      'a core that is not there',
      () => ({ coreFile: '/no/such/core' }),
      'Cannot open /no/such/core: there is no such file.',
    ],
    ['a program', () => ({ coreFile: program }), /corecrash is a program or library, not a core file\.$/],
    [
      'a program that is not there',
      () => ({ program: '/no/such', coreFile: core }),
      'Cannot open /no/such: there is no such file.',
    ],
    ['a number', () => ({ coreFile: 5 }), '"coreFile" of the launch configuration must be a string, not 5.'],
  ])('does not begin with %s', async (_what, args, message) => {
    const client = startAdapter();
    await initialize(client);
    await expect(client.request('launch', args())).rejects.toThrow(message);
  });
});

describe('ptrace/saveCore', () => {
  it('saves what a second session then shows', async () => {
    const client = startAdapter();
    const directory = scratch();
    const { threadId } = await launchUntilStopped(
      client,
      { program, args: ['segv'], cwd: directory },
      { breakpoints: { [SOURCE]: ['bring_down'] } },
    );
    const saved = (await client.request(
      'ptrace/saveCore' as never,
      { path: 'saved.core' } as never,
    )) as SaveCoreResponse;
    expect(saved).toMatchObject({ path: join(directory, 'saved.core'), threads: 4 });
    expect(existsSync(saved.path)).toBe(true);
    const live = await frames(client, threadId);
    await client.request('disconnect', { terminateDebuggee: true });

    const second = startAdapter();
    const stop = await open(second, 'launch', { coreFile: saved.path });
    expect(stop).toMatchObject({ reason: 'pause', threadId });
    const shown = await frames(second, threadId);
    const place = ({ name, line: at, instructionPointerReference }: DebugProtocol.StackFrame) => [
      name,
      at,
      instructionPointerReference,
    ];
    expect(shown.map(place)).toEqual(live.map(place));
  });

  it('refuses while the program runs', async () => {
    const client = startAdapter();
    const { threadId } = await launchUntilStopped(client, { program: compile('spin.c'), stopOnEntry: true });
    await client.request('continue', { threadId });
    const response = await client.requestRaw('ptrace/saveCore', { path: '/tmp/never-written.core' });
    expect(response).toMatchObject({ success: false, message: expect.stringContaining('pause it first') as string });
    await client.request('disconnect', { terminateDebuggee: true });
    expect(existsSync('/tmp/never-written.core')).toBe(false);
  });
});
