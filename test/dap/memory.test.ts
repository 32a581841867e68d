/** Memory, registers, disassembly and evaluate of a stopped program. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile, runTool } from '../support/debuggees';
import type { DapClient } from '../support/dapclient';
import { eventually } from '../support/processes';
import { breakAt, frames, launchUntilStopped, runToEnd, startAdapter, topFrame } from '../support/session';

const fixed = { flags: ['-g', '-O0', '-no-pie'] };

function addressOf(binary: string, symbol: string): number {
  const found = new RegExp(`^([0-9a-f]+) \\w ${symbol}$`, 'm').exec(runTool('nm', [binary]));
  if (!found) throw new Error(`no symbol ${symbol}`);
  return parseInt(found[1]!, 16);
}

const hex = (address: number | bigint) => `0x${address.toString(16)}`;

async function read(client: DapClient, memoryReference: string, count: number, offset?: number) {
  const body = await client.request('readMemory', { memoryReference, count, offset });
  return { ...body, bytes: Buffer.from(body?.data ?? '', 'base64') };
}

describe('readMemory and writeMemory', () => {
  test('reads a mebibyte exactly', async () => {
    const client = startAdapter();
    const program = compile('memory.c', fixed);
    await launchUntilStopped(client, { program }, { breakpoints: { 'memory.c': ['ready'] } });
    const { bytes } = await read(client, hex(addressOf(program, 'block')), 1 << 20);
    expect(bytes.equals(Buffer.from(Uint8Array.from({ length: 1 << 20 }, (_, i) => i * 7 + (i >> 8))))).toBe(true);
  });

  test('stops at the edge of what is mapped and tells how much is missing', async () => {
    const client = startAdapter();
    const program = compile('memory.c', fixed);
    await launchUntilStopped(client, { program }, { breakpoints: { 'memory.c': ['ready'] } });
    const edge = (await read(client, hex(addressOf(program, 'edge')), 8)).bytes.readBigUInt64LE();
    const { bytes, unreadableBytes } = await read(client, hex(edge), 64);
    expect([...bytes]).toEqual(Array.from({ length: 16 }, (_, i) => 0xe0 + i));
    expect(unreadableBytes).toBe(48);
    const nothing = await read(client, hex(edge + 16n), 8);
    expect(nothing).toMatchObject({ unreadableBytes: 8 });
    expect((await read(client, hex(edge), 4, 4)).bytes[0]).toBe(0xe4);
    expect((await read(client, hex(edge), 0)).bytes).toHaveLength(0);
  });

  test('never shows a breakpoint, and writing over one keeps both', async () => {
    const client = startAdapter();
    const program = compile('hello.c', fixed);
    const { threadId } = await launchUntilStopped(client, { program }, { functions: ['main'] });
    const [site] = (await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'add' }] })).breakpoints;
    const reference = site!.instructionReference!;
    const file = runTool('objdump', ['-d', '--no-show-raw-insn', program]);
    const before = (await read(client, reference, 16)).bytes;
    expect(before[0], file.slice(0, 0)).not.toBe(0xcc);
    await client.request('setFunctionBreakpoints', { breakpoints: [] });
    expect((await read(client, reference, 16)).bytes).toEqual(before);
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'add' }] });
    // The same bytes again, through the site: the program must run as before, and still stop there.
    const data = before.toString('base64');
    expect(await client.request('writeMemory', { memoryReference: reference, data })).toMatchObject({
      bytesWritten: 16,
    });
    expect((await read(client, reference, 16)).bytes).toEqual(before);
    await client.request('continue', { threadId });
    expect((await client.waitFor('stopped')).body).toMatchObject({ reason: 'function breakpoint' });
    await client.request('setFunctionBreakpoints', { breakpoints: [] });
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0, output: { stdout: 'hello 11\n' } });
  });

  test('what is written is what the program sees', async () => {
    const client = startAdapter();
    const program = compile('spin.c', fixed);
    const args = { program, args: ['0'] };
    const { threadId } = await launchUntilStopped(client, args, { breakpoints: { 'spin.c': ['count'] } });
    const memoryReference = hex(addressOf(program, 'finish'));
    await client.request('writeMemory', { memoryReference, data: Buffer.of(1, 0, 0, 0).toString('base64') });
    await breakAt(client, 'spin.c', []);
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 0 });
  });

  test('nonsense is named', async () => {
    const client = startAdapter();
    await launchUntilStopped(client, { program: compile('hello.c') }, { functions: ['main'] });
    const write = { memoryReference: '0x10', data: 'AAAA' };
    await expect(client.request('writeMemory', write)).rejects.toThrow(/0x10/);
    await expect(client.request('writeMemory', { memoryReference: '0x10', data: '!!' })).rejects.toThrow(/base64/i);
    await expect(client.request('readMemory', { memoryReference: '0x10', count: -1 })).rejects.toThrow(/count/);
  });
});

describe('disassemble', () => {
  test('returns exactly as many instructions as asked, the first at the reference', async () => {
    const client = startAdapter();
    const { threadId } = await launchUntilStopped(client, { program: compile('hello.c') }, { functions: ['main'] });
    const memoryReference = (await topFrame(client, threadId)).instructionPointerReference!;
    for (const instructionCount of [1, 50, 200]) {
      const { instructions } = (await client.request('disassemble', { memoryReference, instructionCount }))!;
      expect(instructions).toHaveLength(instructionCount);
      expect(BigInt(instructions[0]!.address)).toBe(BigInt(memoryReference));
    }
  });

  test('backwards agrees with forwards', async () => {
    const client = startAdapter();
    const { threadId } = await launchUntilStopped(
      client,
      { program: compile('stepping.c') },
      { breakpoints: { 'stepping.c': ['print'] } },
    );
    const memoryReference = (await topFrame(client, threadId)).instructionPointerReference!;
    const around = { memoryReference, instructionOffset: -40, instructionCount: 80 };
    const { instructions } = (await client.request('disassemble', around))!;
    expect(instructions).toHaveLength(80);
    expect(BigInt(instructions[40]!.address)).toBe(BigInt(memoryReference));
    const forwards = { memoryReference: instructions[0]!.address, instructionCount: 80 };
    const again = (await client.request('disassemble', forwards))!.instructions;
    expect(again.map(({ address }) => address)).toEqual(instructions.map(({ address }) => address));
    expect(again.map(({ instruction }) => instruction)).toEqual(instructions.map(({ instruction }) => instruction));
  });

  test('unreadable memory is there, marked invalid', async () => {
    const client = startAdapter();
    await launchUntilStopped(client, { program: compile('hello.c') }, { functions: ['main'] });
    const { instructions } = (await client.request('disassemble', { memoryReference: '0x10', instructionCount: 20 }))!;
    expect(instructions).toHaveLength(20);
    expect(instructions.every(({ presentationHint }) => presentationHint === 'invalid')).toBe(true);
  });

  test('shows no breakpoints, and names calls', async () => {
    const client = startAdapter();
    const program = compile('hello.c');
    const { threadId } = await launchUntilStopped(client, { program }, { functions: ['main', 'work', 'add'] });
    const memoryReference = (await topFrame(client, threadId)).instructionPointerReference!;
    const { instructions } = (await client.request('disassemble', { memoryReference, instructionCount: 12 }))!;
    const text = instructions.map(({ instruction }) => instruction).join('\n');
    expect(text).not.toContain('int3');
    expect(text).toMatch(/call.*work/);
  });

  test('a page that is asked for again shows what was written meanwhile, and no breakpoints', async () => {
    const client = startAdapter();
    const program = compile('hello.c');
    const { threadId } = await launchUntilStopped(client, { program }, { functions: ['main'] });
    const memoryReference = (await topFrame(client, threadId)).instructionPointerReference!;
    const page = async () =>
      (await client.request('disassemble', { memoryReference, instructionOffset: -20, instructionCount: 50 }))!
        .instructions;
    const before = await page();
    await client.request('setInstructionBreakpoints', {
      breakpoints: [{ instructionReference: before[22]!.address }, { instructionReference: before[25]!.address }],
    });
    expect(await page()).toEqual(before);
    const { address: next, instructionBytes } = before[21]!;
    const nops = Buffer.alloc(instructionBytes!.split(' ').length, 0x90).toString('base64');
    await client.request('writeMemory', { memoryReference: next, data: nops });
    const after = await page();
    expect(after[21]).toMatchObject({ address: next, instruction: 'nop' });
    expect(after.slice(0, 21)).toEqual(before.slice(0, 21));
  });

  test('the disassembler is loaded after the first stop, while nobody asks for anything', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ptrace-idle-'));
    try {
      const trace = join(folder, 'log');
      await launchUntilStopped(startAdapter(), { program: compile('hello.c', fixed), trace }, { functions: ['main'] });
      const pieces = () => readFileSync(trace, 'utf8').split('[idle] disassembler: ').length - 1;
      await eventually(() => pieces() >= 3, 'the disassembler has been prepared');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('AT&T on request', async () => {
    const client = startAdapter();
    const args = { program: compile('hello.c'), disassemblyFlavor: 'att' as const };
    const { threadId } = await launchUntilStopped(client, args, { functions: ['main'] });
    const memoryReference = (await topFrame(client, threadId)).instructionPointerReference!;
    const { instructions } = (await client.request('disassemble', { memoryReference, instructionCount: 4 }))!;
    expect(instructions.map(({ instruction }) => instruction).join('\n')).toMatch(/%e|\$/);
  });
});

describe('registers', () => {
  async function group(client: DapClient, frameId: number, name: RegExp) {
    const { scopes } = await client.request('scopes', { frameId });
    const registers = scopes.find((scope) => scope.presentationHint === 'registers' || scope.name === 'Registers')!;
    const groups = (await client.request('variables', { variablesReference: registers.variablesReference })).variables;
    const found = groups.find((variable) => name.test(variable.name));
    if (!found) throw new Error(`no group ${String(name)} in ${groups.map((variable) => variable.name).join(', ')}`);
    return found.variablesReference;
  }

  test('are there in groups, and rip is where the frame is', async () => {
    const client = startAdapter();
    const { threadId } = await launchUntilStopped(client, { program: compile('hello.c') }, { functions: ['add'] });
    const top = await topFrame(client, threadId);
    const variablesReference = await group(client, top.id, /general/i);
    const { variables } = await client.request('variables', { variablesReference });
    const rip = variables.find(({ name }) => name === 'rip')!;
    expect(rip.value).toContain(top.instructionPointerReference!);
    expect(rip.memoryReference).toBeDefined();
    expect(variables.map(({ name }) => name)).toEqual(expect.arrayContaining(['rax', 'rbx', 'rsp', 'rbp', 'r15']));
  });

  test('setVariable changes what the program computes', async () => {
    const client = startAdapter();
    const program = compile('hello.c');
    const { threadId } = await launchUntilStopped(client, { program }, { breakpoints: { 'hello.c': ['main_return'] } });
    const [main] = await frames(client, threadId);
    // `return 0` is about to put 0 into eax: jump over it by hand, with our own value there.
    const memoryReference = main!.instructionPointerReference!;
    const { instructions } = (await client.request('disassemble', { memoryReference, instructionCount: 2 }))!;
    const variablesReference = await group(client, main!.id, /general/i);
    await client.request('setVariable', { variablesReference, name: 'rip', value: instructions[1]!.address });
    const set = await client.request('setVariable', { variablesReference, name: 'rax', value: '42' });
    expect(BigInt(set.value.split(' ')[0]!)).toBe(42n);
    expect(await runToEnd(client, threadId)).toMatchObject({ exitCode: 42 });
  });

  test('evaluate knows registers, symbols, addresses and arithmetic', async () => {
    const client = startAdapter();
    const program = compile('hello.c', fixed);
    const { threadId } = await launchUntilStopped(client, { program }, { breakpoints: { 'hello.c': ['print'] } });
    const frameId = (await topFrame(client, threadId)).id;
    const evaluate = async (expression: string) =>
      (await client.request('evaluate', { expression, frameId, context: 'watch' })).result;
    expect(Number(await evaluate('counter'))).toBe(5);
    expect(Number(await evaluate('*(int*)&counter + 2 * 3'))).toBe(11);
    expect(Number(await evaluate('(1 << 4) | 3'))).toBe(19);
    expect(Number(await evaluate('-7 / 2'))).toBe(-3);
    expect(await evaluate('&counter')).toContain(hex(addressOf(program, 'counter')));
    expect(BigInt((await evaluate('$rip')).split(' ')[0]!)).toBe(
      BigInt((await topFrame(client, threadId)).instructionPointerReference!),
    );
    await expect(evaluate('1 / 0')).rejects.toThrow(/zero/);
    await expect(evaluate('*(int*)16')).rejects.toThrow(/0x10/);
  });
});
