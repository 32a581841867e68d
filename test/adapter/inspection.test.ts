/** Looking at a stopped process: frames, registers, memory, disassembly, sources, modules, expressions. */
import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { RegistersResponse } from '../../src/protocol/requests';
import { DapClient, FailedResponse } from '../support/dapclient';
import { adapterCommand } from '../support/adapter';
import { compile, line, markers, runTool, sourcePath } from '../support/debuggees';
import { frames, launch, launchUntilStopped, resume, startAdapter, stopped, topFrame } from '../support/session';

const hello = compile('hello.c');

async function atAdd(): Promise<{ client: DapClient; threadId: number; top: DebugProtocol.StackFrame }> {
  const client = startAdapter();
  const { threadId } = await launchUntilStopped(
    client,
    { program: hello },
    { breakpoints: { 'hello.c': ['add_body'] } },
  );
  return { client, threadId, top: await topFrame(client, threadId) };
}

async function evaluate(client: DapClient, expression: string, frameId: number, context = 'watch'): Promise<string> {
  return (await client.request('evaluate', { expression, frameId, context })).result;
}

async function disassemble(client: DapClient, args: DebugProtocol.DisassembleArguments) {
  return (await client.request('disassemble', args))!.instructions;
}

async function readMemory(client: DapClient, args: DebugProtocol.ReadMemoryArguments) {
  return (await client.request('readMemory', args))!;
}

const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => 'it succeeded',
    (error: unknown) => (error instanceof FailedResponse ? error.message : Promise.reject(error as Error)),
  );

/** The value of a symbol, from nm. */
function addressOf(program: string, symbol: string): bigint {
  const row = runTool('nm', [program])
    .split('\n')
    .find((text) => text.endsWith(` ${symbol}`));
  return BigInt(`0x${row!.split(' ')[0]!}`);
}

describe('stackTrace', () => {
  it('shows frames with places, modules and addresses, by pages', async () => {
    const { client, threadId } = await atAdd();
    const all = await client.request('stackTrace', { threadId });
    expect(all.stackFrames.slice(0, 3).map(({ name, line: at }) => [name, at])).toEqual([
      ['add', line('hello.c', 'add_body')],
      ['work', line('hello.c', 'call')],
      ['main', line('hello.c', 'main_body')],
    ]);
    expect(all.totalFrames).toBe(all.stackFrames.length);
    const { modules } = await client.request('modules', {});
    expect(modules.find(({ id }) => id === all.stackFrames[0]!.moduleId)).toMatchObject({
      path: hello,
      isUserCode: true,
    });
    const page = await client.request('stackTrace', { threadId, startFrame: 1, levels: 2 });
    expect(page.stackFrames).toEqual(all.stackFrames.slice(1, 3));
    const beyond = await client.request('stackTrace', { threadId, startFrame: 1000, levels: 10 });
    expect(beyond).toMatchObject({ stackFrames: [], totalFrames: all.stackFrames.length });
  });

  it('unwinds no more of a deep stack than is looked at, and all of it when asked', async () => {
    const client = startAdapter();
    const depth = 20_000;
    const { threadId } = await launchUntilStopped(
      client,
      { program: compile('recursion.c'), args: [String(depth)] },
      { breakpoints: { 'recursion.c': ['bottom'] } },
    );
    const first = await client.request('stackTrace', { threadId, startFrame: 0, levels: 20 });
    expect(first.stackFrames).toHaveLength(20);
    expect(first.totalFrames).toBeGreaterThan(20);
    expect(first.totalFrames).toBeLessThan(depth);
    const all = await client.request('stackTrace', { threadId });
    expect(all.stackFrames.filter(({ name }) => name === 'descend')).toHaveLength(depth + 1);
    expect(all.totalFrames).toBe(all.stackFrames.length);
    expect(new Set(all.stackFrames.map(({ id }) => id)).size).toBe(all.stackFrames.length);
  });

  it('can be cancelled while it unwinds', async () => {
    const client = startAdapter();
    const { threadId } = await launchUntilStopped(
      client,
      { program: compile('recursion.c'), args: ['50000'] },
      { breakpoints: { 'recursion.c': ['bottom'] } },
    );
    const trace = client.requestRaw('stackTrace', { threadId });
    const { seq } = client.transcript.at(-1)!.message;
    await client.request('cancel', { requestId: seq });
    expect(await trace).toMatchObject({ success: false, message: 'cancelled' });
  });

  it('names frames as the format asks', async () => {
    const { client, threadId } = await atAdd();
    const { stackFrames } = await client.request('stackTrace', {
      threadId,
      levels: 1,
      format: { module: true, line: true },
    });
    expect(stackFrames[0]!.name).toBe(`hello!add:${line('hello.c', 'add_body')}`);
  });

  it('counts from 0 and writes URIs for clients that do', async () => {
    const client = startAdapter();
    await client.request('initialize', {
      adapterID: 'x',
      linesStartAt1: false,
      columnsStartAt1: false,
      pathFormat: 'uri',
    });
    await client.request('launch', { program: hello });
    const uri = `file://${sourcePath('hello.c')}`;
    const at = line('hello.c', 'add_body') - 1;
    const set = await client.request('setBreakpoints', { source: { path: uri }, breakpoints: [{ line: at }] });
    expect(set.breakpoints).toMatchObject([{ verified: true, line: at, source: { path: uri } }]);
    await client.request('configurationDone', {});
    const { threadId } = await stopped(client);
    expect(await topFrame(client, threadId)).toMatchObject({ line: at, source: { path: uri } });
  });
});

describe('a frame without source', () => {
  it('has its disassembly as source, whose line is the frame’s instruction', async () => {
    const client = startAdapter();
    const { threadId } = await launchUntilStopped(client, {
      program: compile('hello.c', { flags: [] }),
      stopOnEntry: 'main',
    });
    for (let i = 0; i < 3; i++) {
      const top = await topFrame(client, threadId);
      expect(top.source?.path).toBeUndefined();
      const { content, mimeType } = await client.request('source', {
        source: top.source,
        sourceReference: top.source!.sourceReference!,
      });
      expect(mimeType).toBe('text/x-ptrace-disassembly');
      const shown = content.split('\n')[top.line - 1]!;
      expect(shown).toContain(`${top.instructionPointerReference!} <+`);
      const instructions = await disassemble(client, {
        memoryReference: top.instructionPointerReference!,
        instructionCount: 1,
      });
      expect(shown.endsWith(instructions[0]!.instruction)).toBe(true);
      await resume(client, 'stepIn', { threadId, granularity: 'instruction' });
    }
  });

  it('takes breakpoints on its lines', async () => {
    const client = startAdapter();
    const { threadId } = await launchUntilStopped(client, {
      program: compile('hello.c', { flags: [] }),
      stopOnEntry: 'main',
    });
    const top = await topFrame(client, threadId);
    const source: DebugProtocol.Source = { sourceReference: top.source!.sourceReference! };
    const set = await client.request('setBreakpoints', {
      source,
      breakpoints: [{ line: top.line + 2 }, { line: 100_000 }],
    });
    expect(set.breakpoints).toMatchObject([
      { verified: true, line: top.line + 2, source },
      { verified: false, message: 'There is no instruction on this line.' },
    ]);
    const stop = await resume(client, 'continue', { threadId });
    expect(stop).toMatchObject({ reason: 'instruction breakpoint', hitBreakpointIds: [set.breakpoints[0]!.id] });
    expect((await topFrame(client, threadId)).line).toBe(top.line + 2);
    // Two lists of instruction breakpoints, one process: neither replaces the other.
    await client.request('setInstructionBreakpoints', { breakpoints: [] });
    const { breakpoints } = await client.request('breakpointLocations', { source, line: 1, endLine: 3 });
    expect(breakpoints).toEqual([]);
  });
});

describe('registers', () => {
  async function groups(client: DapClient, frameId: number): Promise<Map<string, number>> {
    const { scopes } = await client.request('scopes', { frameId });
    const scope = scopes.find(({ presentationHint }) => presentationHint === 'registers');
    expect(scope).toMatchObject({ name: 'Registers', expensive: false });
    const { variables } = await client.request('variables', { variablesReference: scope!.variablesReference });
    return new Map(variables.map(({ name, variablesReference }) => [name, variablesReference]));
  }

  async function values(client: DapClient, variablesReference: number): Promise<Map<string, DebugProtocol.Variable>> {
    const { variables } = await client.request('variables', { variablesReference });
    return new Map(variables.map((variable) => [variable.name, variable]));
  }

  it('come in groups whose references stay the same from stop to stop', async () => {
    const { client, threadId, top } = await atAdd();
    const before = await groups(client, top.id);
    expect([...before.keys()].slice(0, 5)).toEqual(['General', 'Flags', 'Segment', 'x87', 'SSE']);
    const general = await values(client, before.get('General')!);
    expect(general.get('rip')).toMatchObject({
      value: expect.stringMatching(/^0x[0-9a-f]+ <add\+\d+>$/) as string,
      type: 'code_ptr',
      memoryReference: top.instructionPointerReference,
      evaluateName: '$rip',
    });
    await resume(client, 'next', { threadId });
    const after = await topFrame(client, threadId);
    expect(after.id).not.toBe(top.id);
    expect(await groups(client, after.id)).toEqual(before);
    expect((await values(client, before.get('General')!)).get('rip')!.value).not.toBe(general.get('rip')!.value);
  });

  it('can be set whole, by flag, by lane and by expression', async () => {
    const { client, top } = await atAdd();
    const all = await groups(client, top.id);
    const set = async (variablesReference: number, name: string, value: string) =>
      (await client.request('setVariable', { variablesReference, name, value })).value;
    const general = all.get('General')!;
    expect(await set(general, 'rbx', '0x1234')).toBe('0x1234 (4660)');
    expect(await set(general, 'rbx', '0x1234 (4660)')).toBe('0x1234 (4660)');
    expect(await set(general, 'rcx', '$rbx * 2 + 1')).toBe('0x2469 (9321)');
    expect(await set(general, 'rbx', '-1')).toBe('0xffffffffffffffff (-1)');
    expect(await evaluate(client, '$rbx', top.id)).toBe('-1');

    const flags = all.get('Flags')!;
    expect(await set(flags, 'cf', '1')).toBe('1');
    const eflags = (await values(client, flags)).get('eflags')!;
    expect(eflags.value).toMatch(/\[CF /);
    expect(await set(eflags.variablesReference, 'CF', '0')).toBe('0 (Carry)');
    expect((await values(client, flags)).get('cf')!.value).toBe('0');

    const sse = all.get('SSE')!;
    expect(await set(sse, 'xmm3', '{1, 2, 3, 4}')).toBe('{0x1, 0x2, 0x3, 0x4}');
    const xmm3 = (await values(client, sse)).get('xmm3')!;
    const views = await values(client, xmm3.variablesReference);
    expect(views.get('v2_int64')!.value).toBe(`{${0x2_0000_0001n}, ${0x4_0000_0003n}}`);
    const floats = views.get('v4_float')!.variablesReference;
    expect(await set(floats, '[2]', '-1.5')).toBe('-1.5');
    expect(await set(xmm3.variablesReference, 'v2_double', '{0.1, inf}')).toBe('{0.1, inf}');
    expect((await values(client, sse)).get('xmm3')!.value).toBe('{0x9999999a, 0x3fb99999, 0x0, 0x7ff00000}');
    expect(await set(all.get('x87')!, 'st0', '3.25')).toMatch(/^3\.25 \(0x4000d000000000000000\)$/);

    const events = client.untaken('invalidated').map(({ body }) => body as object);
    expect(events).toContainEqual({ areas: ['variables', 'stacks'] });
  });

  it('refuse what they cannot hold', async () => {
    const { client, threadId, top } = await atAdd();
    const all = await groups(client, top.id);
    const wrong: [string, string, string, string][] = [
      ['General', 'rax', '0x1ffffffffffffffff', 'too large'],
      ['General', 'rax', 'nonsense', 'nonsense'],
      ['General', 'nosuch', '1', 'There is no register nosuch.'],
      ['SSE', 'xmm0', '{1, 2, 3}', 'values in braces, or one number; not 3'],
      ['Flags', 'cf', '2', 'does not fit'],
    ];
    for (const [group, name, value, message] of wrong) {
      const args = { variablesReference: all.get(group)!, name, value };
      expect(await failed(client.request('setVariable', args))).toContain(message);
    }
    const [, caller] = await frames(client, threadId);
    const outer = await groups(client, caller!.id);
    expect([...outer.keys()]).toEqual(['General']);
    const general = await values(client, outer.get('General')!);
    expect(general.get('rax')!.value).toBe('<not saved>');
    expect(general.get('rip')!.value).toMatch(/<work\+\d+>/);
    const args = { variablesReference: outer.get('General')!, name: 'rbx', value: '1' };
    expect(await failed(client.request('setVariable', args))).toContain('Only the registers of the innermost frame');
  });

  it('come in one answer for the registers view', async () => {
    const { client, threadId, top } = await atAdd();
    const ask = (args: object) => client.request('ptrace/registers', args) as Promise<RegistersResponse>;
    const all = await ask({ frameId: top.id, groups: ['General', 'Flags'] });
    expect(all.groups.map(({ name, registers }) => [name, registers?.length])).toEqual([
      ['General', 17],
      ['Flags', 10],
      ...all.groups.slice(2).map(({ name }) => [name, undefined]),
    ]);
    const eflags = all.groups[1]!.registers!.find(({ name }) => name === 'eflags')!;
    expect(eflags.children!.map(({ name }) => name).slice(0, 4)).toEqual(['CF', 'PF', 'AF', 'ZF']);
    await client.request('setVariable', { variablesReference: eflags.variablesReference!, name: 'ZF', value: '1' });
    const again = await ask({ frameId: top.id });
    expect(again.groups.every(({ registers }) => registers !== undefined)).toBe(true);
    expect(again.groups[1]!.registers!.find(({ name }) => name === 'zf')!.value).toBe('1');
    const [, caller] = await frames(client, threadId);
    const outer = await ask({ frameId: caller!.id });
    expect(outer.groups).toMatchObject([{ name: 'General', variablesReference: 0 }]);
    expect(outer.groups[0]!.registers![0]).toMatchObject({ name: 'rax', value: '<not saved>', readOnly: true });
  });
});

describe('memory', () => {
  it('is read as the file has it, breakpoints notwithstanding', async () => {
    const { client, top } = await atAdd();
    const { data, address } = await readMemory(client, {
      memoryReference: top.instructionPointerReference!,
      offset: -4,
      count: 8,
    });
    expect(BigInt(address)).toBe(BigInt(top.instructionPointerReference!) - 4n);
    expect(Buffer.from(data!, 'base64')).not.toContain(0xcc);
  });

  it('reports where it ends', async () => {
    const { client, top } = await atAdd();
    const stack = BigInt((await client.request('evaluate', { expression: '$rsp', frameId: top.id })).memoryReference!);
    const mapped = 8n * 1024n * 1024n;
    const none = await readMemory(client, { memoryReference: '0x10', count: 100 });
    expect(none).toEqual({ address: '0x10', data: '', unreadableBytes: 100 });
    const far = await readMemory(client, {
      memoryReference: `0x${(stack - mapped).toString(16)}`,
      count: 16,
    });
    expect(far.unreadableBytes).toBe(16);
    const kernel = await readMemory(client, { memoryReference: '0xffffffff80000000', count: 4 });
    expect(kernel.unreadableBytes).toBe(4);
    expect(await readMemory(client, { memoryReference: '0x10', count: 0 })).toMatchObject({ data: '' });
  });

  it('is written, and the client is told', async () => {
    const { client, top } = await atAdd();
    const counter = await client.request('evaluate', { expression: '&counter', frameId: top.id });
    const reference = counter.memoryReference!;
    const data = Buffer.from([7, 0, 0, 0]).toString('base64');
    expect(await client.request('writeMemory', { memoryReference: reference, data })).toEqual({
      offset: 0,
      bytesWritten: 4,
    });
    expect((await client.waitFor('memory')).body).toEqual({ memoryReference: reference, offset: 0, count: 4 });
    expect(await evaluate(client, 'counter', top.id)).toBe('7');
    expect(await failed(client.request('writeMemory', { memoryReference: '0x10', data }))).toContain(
      'nothing is mapped',
    );
    expect(await client.request('writeMemory', { memoryReference: '0x10', data, allowPartial: true })).toEqual({
      offset: 0,
      bytesWritten: 0,
    });
    expect(await failed(client.request('writeMemory', { memoryReference: reference, data: '*' }))).toContain(
      'not base64',
    );
  });
});

describe('disassemble', () => {
  it('gives exactly as many instructions as asked for, sources and symbols among them', async () => {
    const { client, top } = await atAdd();
    const at = top.instructionPointerReference!;
    const instructions = await disassemble(client, {
      memoryReference: at,
      instructionOffset: -20,
      instructionCount: 50,
      resolveSymbols: true,
    });
    expect(instructions).toHaveLength(50);
    expect(instructions[20]).toMatchObject({ address: at, line: line('hello.c', 'add_body') });
    const located = instructions.find(({ location }) => location !== undefined);
    expect(located?.location).toMatchObject({ path: sourcePath('hello.c') });
    expect(instructions.some(({ symbol }) => symbol === 'add')).toBe(true);
    for (const [i, instruction] of instructions.slice(0, -1).entries()) {
      const length = BigInt(instruction.instructionBytes!.split(' ').length);
      expect(BigInt(instruction.address) + length).toBe(BigInt(instructions[i + 1]!.address));
    }
  });

  it('marks what cannot be read', async () => {
    const { client } = await atAdd();
    const instructions = await disassemble(client, { memoryReference: '0x10', instructionCount: 3 });
    expect(instructions).toHaveLength(3);
    for (const { presentationHint } of instructions) expect(presentationHint).toBe('invalid');
  });

  it('follows disassemblyFlavor', async () => {
    const client = startAdapter();
    const { threadId } = await launchUntilStopped(client, {
      program: hello,
      stopOnEntry: 'main',
      disassemblyFlavor: 'att',
    });
    const top = await topFrame(client, threadId);
    const instructions = await disassemble(client, {
      memoryReference: top.instructionPointerReference!,
      instructionCount: 8,
    });
    expect(instructions.map(({ instruction }) => instruction).join('\n')).toMatch(/%r[a-z]+/);
  });
});

describe('evaluate', () => {
  it.each([
    ['1 + 2 * 3', '7'],
    ['rax == $rax', '1'],
    ['0x10,d', '16'],
    ['255,x', '0xff'],
    ['counter', '0'],
    ['*(int*)&counter + 5', '5'],
    ['sizeof(long)', '8'],
  ])('%s is %s', async (expression, result) => {
    const { client, top } = await atAdd();
    expect(await evaluate(client, expression, top.id)).toBe(result);
  });

  it('names addresses, shows structured registers and formats as asked', async () => {
    const { client, top } = await atAdd();
    expect(await evaluate(client, '&main', top.id)).toMatch(/^0x[0-9a-f]+ <main> \(hello\.c:\d+\)$/);
    const main = await client.request('evaluate', { expression: 'main', frameId: top.id });
    expect(BigInt(main.memoryReference!) & 0xfffn).toBe(addressOf(hello, 'main') & 0xfffn);
    const xmm = await client.request('evaluate', { expression: '$xmm0', frameId: top.id });
    expect(xmm).toMatchObject({ type: 'vec128', result: expect.stringMatching(/^\{0x/) as string });
    expect(xmm.variablesReference).toBeGreaterThan(0);
    const hex = await client.request('evaluate', { expression: '255', frameId: top.id, format: { hex: true } });
    expect(hex.result).toBe('0xff');
  });

  it('changes things from the console only', async () => {
    const { client, top } = await atAdd();
    for (const context of ['watch', 'hover', 'clipboard', 'variables', '']) {
      expect(await failed(evaluate(client, 'counter = 3', top.id, context))).not.toBe('it succeeded');
      expect(await failed(evaluate(client, '$rbx = 3', top.id, context))).not.toBe('it succeeded');
    }
    expect(await evaluate(client, 'counter = 3', top.id, 'repl')).toBe('3');
    expect((await client.waitFor('memory')).body).toMatchObject({ offset: 0, count: 4 });
    expect(await evaluate(client, '$rbx = 0x55', top.id, 'repl')).toBe('85');
    expect(await evaluate(client, '$rbx', top.id)).toBe('85');
    expect(await failed(evaluate(client, '1 +', top.id, 'repl'))).toContain('1 +\n');
    expect(await failed(evaluate(client, 'no_such_thing', top.id))).toContain('no_such_thing');
    expect(await failed(evaluate(client, '  ', top.id))).toBe('There is nothing to evaluate.');
  });

  it('reads globals while the program runs', async () => {
    const client = startAdapter();
    await launch(client, { program: compile('spin.c') });
    const value = () => client.request('evaluate', { expression: 'counter' });
    await client.waitFor('process');
    expect(Number((await value()).result)).toBeGreaterThanOrEqual(0);
  });
});

describe('modules and sources', () => {
  let client: DapClient;
  beforeAll(() => {
    client = DapClient.start(adapterCommand());
    return () => client.dispose();
  });

  it('are listed, and their coming is told', async () => {
    const program = compile('dlopen.c', { flags: ['-g', '-ldl'] });
    const plugin = compile('plugin.c', { flags: ['-g', '-shared', '-fPIC'], name: 'plugin.so' });
    const { threadId } = await launchUntilStopped(client, { program, args: [plugin], stopOnEntry: 'main' });
    const { modules, totalModules } = await client.request('modules', {});
    expect(totalModules).toBe(modules.length);
    expect(modules[0]).toMatchObject({ path: program, symbolStatus: 'Debug information loaded' });
    expect(await client.request('modules', { startModule: 1, moduleCount: 1 })).toMatchObject({
      modules: [modules[1]],
      totalModules,
    });
    const { sources } = await client.request('loadedSources', {});
    expect(sources).toContainEqual({ name: 'dlopen.c', path: sourcePath('dlopen.c') });
    for (const { path } of sources) expect(existsSync(path!)).toBe(true);
    await client.request('setBreakpoints', {
      source: { path: sourcePath('plugin.c') },
      breakpoints: [{ line: [...markers('plugin.c').values()][0]! }],
    });
    await resume(client, 'continue', { threadId });
    const added = await client.waitFor(
      'module',
      ({ body }) => (body as { module: { path: string } }).module.path === plugin,
    );
    expect(added.body).toMatchObject({ reason: 'new' });
    const source = await client.waitFor('loadedSource');
    expect(source.body).toEqual({ reason: 'new', source: { name: 'plugin.c', path: sourcePath('plugin.c') } });
  });
});
