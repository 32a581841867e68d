import * as fc from 'fast-check';
import * as iced from 'iced-x86';
import { describe, expect, it } from 'vitest';
import { offsetBy, virtAddr, type VirtAddr } from '../../src/common/addresses';
import { UserError } from '../../src/common/errors';
import type { MemoryReader } from '../../src/common/readers';
import { disassemble, type DisassembleRequest, type ListedInstruction } from '../../src/disasm/listing';
import { runTool } from '../support/debuggees';
import { boundsIn, dynamicFunctions, hex, libcPath, memoryOf, textSection } from './support';

const BASE = virtAddr(0x401000);
const PAGE = 4096;

/** Bytes at BASE; everything else is unreadable. */
const code = (text: string): MemoryReader => memoryOf({ bytes: hex(text), address: Number(BASE) });

const texts = (listing: readonly ListedInstruction[]): string[] => listing.map((line) => line.text);

/** Each line ends where the next begins. */
function expectContiguous(listing: readonly ListedInstruction[]): void {
  for (let i = 1; i < listing.length; i++) {
    const previous = listing[i - 1]!;
    expect(listing[i]!.address).toBe(offsetBy(previous.address, previous.length));
  }
}

describe('disassemble forwards', () => {
  it('lists a function', async () => {
    const memory = code('55 4889e5 4883ec10 c745fc05000000 c9 c3');
    const listing = await disassemble({ memory, address: BASE, instructionCount: 6 });
    expect(listing.map((line) => [Number(line.address - BASE), line.text])).toEqual([
      [0, 'push   rbp'],
      [1, 'mov    rbp, rsp'],
      [4, 'sub    rsp, 0x10'],
      [8, 'mov    dword ptr [rbp-0x4], 0x5'],
      [15, 'leave'],
      [16, 'ret'],
    ]);
    expect(listing[3]!.hex).toBe('c7 45 fc 05 00 00 00');
  });

  it('skips as many instructions as the offset says', async () => {
    const memory = code('55 4889e5 4883ec10 90 c3');
    const listing = await disassemble({ memory, address: BASE, instructionOffset: 2, instructionCount: 2 });
    expect(texts(listing)).toEqual(['sub    rsp, 0x10', 'nop']);
  });

  it('shows bytes that are no instruction one by one', async () => {
    const listing = await disassemble({ memory: code('06 90 0fff'), address: BASE, instructionCount: 4 });
    expect(listing.map((line) => [line.text, line.kind, line.hex])).toEqual([
      ['(bad)', 'bad', '06'],
      ['nop', 'instruction', '90'],
      ['(bad)', 'bad', '0f'],
      ['(bad)', 'bad', 'ff'],
    ]);
  });

  it('marks what cannot be read, and goes on behind it', async () => {
    const low = hex('90 c3');
    const memory: MemoryReader = {
      read(address, length) {
        const offset = Number(address - BASE);
        if (offset >= 0 && offset < 2) return low.slice(offset, offset + length);
        return offset >= PAGE ? new Uint8Array(length).fill(0xcc) : new Uint8Array(0);
      },
    };
    const listing = await disassemble({ memory, address: BASE, instructionCount: PAGE + 1 });
    expect(listing).toHaveLength(PAGE + 1);
    expect(listing[1]!.text).toBe('ret');
    expect(listing[2]).toMatchObject({ text: '(unreadable)', kind: 'unreadable', address: BASE + 2n });
    expect(listing[PAGE - 1]!.kind).toBe('unreadable');
    expect(listing[PAGE]).toMatchObject({ text: 'int3', address: BASE + BigInt(PAGE) });
    expectContiguous(listing);
  });

  it('falls into step with a function that begins inside what would be an instruction', async () => {
    // Three zero bytes of padding: `add [rax], al` twice would swallow the push.
    const memory = code('c3 000000 55 c3');
    const functions = [
      { start: BASE, end: offsetBy(BASE, 1) },
      { start: offsetBy(BASE, 4), end: offsetBy(BASE, 6) },
    ];
    const request = { memory, address: BASE, bounds: boundsIn(functions) };
    const listing = await disassemble({ ...request, instructionCount: 5 });
    expect(texts(listing)).toEqual(['ret', 'add    byte ptr [rax], al', '(bad)', 'push   rbp', 'ret']);
    const back = await disassemble({
      ...request,
      address: offsetBy(BASE, 5),
      instructionOffset: -4,
      instructionCount: 5,
    });
    expect(back).toEqual(listing);
  });

  it('names functions where they begin', async () => {
    const functions = [
      { start: BASE, end: offsetBy(BASE, 2) },
      { start: offsetBy(BASE, 2), end: offsetBy(BASE, 4) },
    ];
    const names = new Map<bigint, string>([
      [BASE, 'first'],
      [BASE + 2n, 'second'],
    ]);
    const listing = await disassemble({
      memory: code('90c390c3'),
      address: BASE,
      instructionCount: 4,
      bounds: boundsIn(functions),
      resolve: (address) => ({ name: names.get(address) ?? 'other', offset: 0 }),
    });
    expect(listing.map((line) => line.symbol)).toEqual(['first', undefined, 'second', undefined]);
  });

  it('refuses counts and offsets that no view can mean', async () => {
    const memory = code('90');
    for (const wrong of [{ instructionCount: -1 }, { instructionCount: 1.5 }, { instructionCount: 1e9 }]) {
      await expect(disassemble({ memory, address: BASE, ...wrong })).rejects.toBeInstanceOf(UserError);
    }
    const far = { memory, address: BASE, instructionCount: 1, instructionOffset: -1e9 };
    await expect(disassemble(far)).rejects.toThrow(/instructionOffset must be a whole number/);
  });

  it('answers a count of nothing with nothing', async () => {
    expect(await disassemble({ memory: code('90'), address: BASE, instructionCount: 0 })).toEqual([]);
  });

  it('wraps at the ends of the address space', async () => {
    const memory: MemoryReader = { read: () => new Uint8Array(0) };
    const listing = await disassemble({ memory, address: virtAddr(1), instructionOffset: -2, instructionCount: 3 });
    expect(listing.map((line) => line.address)).toEqual([0xffffffffffffffffn, 0n, 1n]);
  });
});

describe('disassemble backwards', () => {
  const text = textSection(libcPath);
  const memory = memoryOf(text);
  const functions = dynamicFunctions(libcPath).filter(
    (f) => f.start >= BigInt(text.address) && f.end <= BigInt(text.address + text.bytes.length),
  );
  const bounds = boundsIn(functions);

  const before = (address: VirtAddr, count: number, more: Partial<DisassembleRequest> = {}) =>
    disassemble({ memory, address, instructionOffset: -count, instructionCount: count, bounds, ...more });

  it('agrees with forwards decoding from the start of a function, at each of its instructions', async () => {
    const sample = functions.filter((f) => f.end - f.start > 200n && f.end - f.start < 2000n).slice(0, 60);
    expect(sample.length).toBe(60);
    for (const { start, end } of sample) {
      const whole = await disassemble({ memory, address: start, instructionCount: 40, bounds });
      for (let i = 1; i < whole.length && whole[i]!.address < end; i += 7) {
        expect(await before(whole[i]!.address, i)).toEqual(whole.slice(0, i));
      }
    }
  });

  it('crosses functions so that going back and forth leads through the same lines', async () => {
    for (const { start } of functions.slice(10, 400).filter((_, i) => i % 13 === 0)) {
      const back = await before(start, 100);
      expect(back).toHaveLength(100);
      expectContiguous(back);
      const again = await disassemble({ memory, address: back[0]!.address, instructionCount: 101, bounds });
      expect(again.slice(0, 100)).toEqual(back);
      expect(again[100]!.address).toBe(start);
    }
  });

  it('finds the right instructions without any symbol', async () => {
    let agreeing = 0;
    let total = 0;
    for (const { start } of functions.filter((f) => f.end - f.start > 400n).slice(0, 300)) {
      const whole = await disassemble({ memory, address: start, instructionCount: 60 });
      const guess = await before(whole[59]!.address, 50, { bounds: undefined });
      total += 50;
      agreeing += guess.filter((line, i) => line.address === whole[9 + i]!.address).length;
      expectContiguous([...guess, whole[59]!]);
    }
    expect(total).toBeGreaterThan(10_000);
    // A guess may fail where data lies between functions; on this text it does not.
    expect(agreeing / total).toBeGreaterThan(0.999);
  });

  it('agrees with objdump on a whole function', async () => {
    const { start, end } = functions.find((f) => f.end - f.start > 1000n)!;
    const range = [`--start-address=${start}`, `--stop-address=${end}`];
    const output = runTool('objdump', ['-d', '--no-show-raw-insn', ...range, libcPath]);
    const addresses = [...output.matchAll(/^\s*([0-9a-f]+):\t/gm)].map((match) => BigInt('0x' + match[1]!));
    expect(addresses.length).toBeGreaterThan(100);
    const last = addresses[addresses.length - 1]! as VirtAddr;
    const listing = await before(last, addresses.length - 1);
    expect(listing.map((line) => line.address)).toEqual(addresses.slice(0, -1));
  });

  it('shows unreadable memory before the first readable byte', async () => {
    const listing = await disassemble({
      memory: code('55 c3'),
      address: offsetBy(BASE, 1),
      instructionOffset: -4,
      instructionCount: 6,
    });
    expect(texts(listing)).toEqual([
      '(unreadable)',
      '(unreadable)',
      '(unreadable)',
      'push   rbp',
      'ret',
      '(unreadable)',
    ]);
    expectContiguous(listing);
  });

  it('lists an address inside an instruction, with the bytes before it', async () => {
    const inner = { memory: code('c745fc05000000 c3'), address: offsetBy(BASE, 3) };
    const known = boundsIn([{ start: BASE, end: offsetBy(BASE, 8) }]);
    const listing = await disassemble({ ...inner, instructionOffset: -3, instructionCount: 5, bounds: known });
    expect(listing).toHaveLength(5);
    expectContiguous(listing);
    expect(listing[3]!.address).toBe(inner.address);
  });

  it('returns exactly what was asked for, whatever the memory holds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 600 }),
        fc.integer({ min: -50, max: 650 }),
        fc.integer({ min: -300, max: 300 }),
        fc.integer({ min: 0, max: 120 }),
        fc.option(fc.tuple(fc.nat(600), fc.nat(600)), { nil: undefined }),
        async (bytes, at, instructionOffset, instructionCount, range) => {
          const address = offsetBy(BASE, at);
          const known = range && { start: offsetBy(BASE, range[0]), end: offsetBy(BASE, range[0] + range[1]) };
          const listing = await disassemble({
            memory: memoryOf({ bytes, address: Number(BASE) }),
            address,
            instructionOffset,
            instructionCount,
            bounds: known && boundsIn([known]),
          });
          expect(listing).toHaveLength(instructionCount);
          expectContiguous(listing);
          const zero = listing[-instructionOffset];
          if (instructionOffset <= 0 && zero) expect(zero.address).toBe(address);
        },
      ),
      { numRuns: 1500 },
    );
  });
});

describe('what the disassembler remembers', () => {
  const line = async (text: string, address: number, flavor: 'intel' | 'att' = 'intel') => {
    const memory = memoryOf({ bytes: hex(text), address });
    return (await disassemble({ memory, address: virtAddr(address), instructionCount: 1, flavor }))[0]!;
  };

  it.each([
    ['e8 0b000000', 'call   0x401010', 'call   0x7ffff7fc0010'],
    ['e8 fbffffff', 'call   0x401000', 'call   0x7ffff7fc0000'],
    ['75 f0', 'jne    0x400ff2', 'jne    0x7ffff7fbfff2'],
    ['0f84 00000100', 'je     0x411006', 'je     0x7ffff7fd0006'],
    ['e3 10', 'jrcxz  0x401012', 'jrcxz  0x7ffff7fc0012'],
    ['c7f8 10000000', 'xbegin 0x401016', 'xbegin 0x7ffff7fc0016'],
    ['488b05 e32e0000', 'mov    rax, qword ptr [rip+0x2ee3]  # 0x403eea', undefined],
    ['67488b05 e32e0000', 'mov    rax, qword ptr [eip+0x2ee3]  # 0x403eeb', undefined],
    ['8b0425 14404000', 'mov    eax, dword ptr [0x404014]', 'mov    eax, dword ptr [0x404014]'],
  ])('is right wherever %s lies', async (bytes, low, high) => {
    for (let round = 0; round < 2; round++) {
      expect(await line(bytes, 0x401000)).toMatchObject({ text: low, kind: 'instruction' });
      const elsewhere = await line(bytes, 0x7ffff7fc0000);
      if (high !== undefined) expect(elsewhere.text).toBe(high);
      else expect(elsewhere.text).not.toBe(low);
      expect(elsewhere.hex.replaceAll(' ', '')).toBe(bytes.replace(' ', ''));
    }
  });

  it('wraps eip-relative operands at 32 bits wherever they lie', async () => {
    expect((await line('67488b05 e32e0000', 0x7ffff7fc0000)).text).toContain('# 0xf7fc2eeb');
    expect((await line('67488b05 e32e0000', 0x401000)).text).toContain('# 0x403eeb');
  });

  it('is each flavour by itself', async () => {
    expect((await line('4889e5', 0x401000)).text).toBe('mov    rbp, rsp');
    expect((await line('4889e5', 0x401000, 'att')).text).toBe('mov    %rsp,%rbp');
    expect((await line('4889e5', 0x401000)).text).toBe('mov    rbp, rsp');
  });

  it('never stands for other bytes at the same address', async () => {
    const first = await line('b801000000', 0x401000);
    const second = await line('b802000000', 0x401000);
    expect([first.text, second.text]).toEqual(['mov    eax, 0x1', 'mov    eax, 0x2']);
  });

  it('tells the same of all of libc as when it saw each instruction for the first time', async () => {
    const image = textSection(libcPath);
    const request = { memory: memoryOf(image), address: virtAddr(image.address), instructionCount: 100_000 };
    // Twice through more distinct instructions than are kept: what is found and what is made anew must be alike.
    expect(await disassemble(request)).toEqual(await disassemble(request));
  });
});

describe('memory of the disassembler', () => {
  it('is given back after each listing', async () => {
    const wasm = (iced as unknown as { __wasm: { memory: { buffer: ArrayBuffer } } }).__wasm;
    const request = { memory: code('90'.repeat(2000)), address: BASE, instructionCount: 1000 };
    for (let i = 0; i < 50; i++) await disassemble(request);
    const settled = wasm.memory.buffer.byteLength;
    for (let i = 0; i < 500; i++) await disassemble({ ...request, instructionOffset: -3 });
    expect(wasm.memory.buffer.byteLength).toBe(settled);
  });
});
