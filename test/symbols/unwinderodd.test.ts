/** Stacks that are deep, broken, or reached by odd ways. */
import { afterEach, expect, it } from 'vitest';
import { formatAddress, virtAddr, type VirtAddr } from '../../src/common/addresses';
import type { MemoryReader, RegisterReader } from '../../src/common/readers';
import { StackUnwinder, type UnwoundFrame } from '../../src/symbols/unwind/unwinder';
import { compile, runTool } from '../support/debuggees';
import { gdbFrames, pcOf } from './gdbframes';
import { StoppedProcess } from './stoppedprocess';

const SIGILL = 4;
const SIGSEGV = 11;

let process: StoppedProcess | undefined;
afterEach(() => {
  process?.kill();
  process = undefined;
});

/** A process of unwindodd.c, stopped by the signal that its argument leads to. */
function stopped(args: readonly string[], flags: readonly string[], signal: number): StoppedProcess {
  process = StoppedProcess.start(compile('unwindodd.c', { flags }), { args });
  expect(process.runToSignal()).toBe(signal);
  return process;
}

function all(unwinder: StackUnwinder): UnwoundFrame[] {
  const frames: UnwoundFrame[] = [];
  for (let i = 0; ; i++) {
    const frame = unwinder.frame(i);
    if (!frame) return frames;
    frames.push(frame);
  }
}

const names = (frames: readonly UnwoundFrame[], of: StoppedProcess): string[] =>
  frames.map(({ lookupPc }) => of.nameAt(lookupPc) ?? formatAddress(lookupPc));

const EVERY_BUILD = [['-O0', '-g'], ['-O2'], ['-O1', '-fno-omit-frame-pointer'], ['-O2', '-static']];

for (const flags of EVERY_BUILD) {
  const build = flags.join(' ');

  for (const [what, pc] of [
    ['null', 0n],
    ['wild', 0x123456789abcn],
    ['data', undefined],
  ] as const) {
    it(`a call through a pointer: ${what}: ${build}`, () => {
      const at = stopped([what], flags, SIGSEGV);
      const frames = all(at.unwinder());
      if (pc !== undefined) expect(frames[0]!.pc).toBe(pc);
      expect(names(frames, at).slice(1, 3)).toEqual(['indirect', 'main']);
      expect(frames[1]!.how).toBe('return-address');
      expect(frames[2]!.how).toBe('cfi');
      // A call pushes eight bytes and changes nothing else.
      expect(frames[1]!.sp).toBe(frames[0]!.sp + 8n);
      for (const register of [3, 6, 12, 13, 14, 15]) {
        expect(frames[1]!.registers.dwarf(register)).toBe(frames[0]!.registers.dwarf(register));
      }
    });
  }

  it(`a smashed stack shows where it would have gone, and stops: ${build}`, () => {
    const at = stopped(['smash'], [...flags, '-fno-stack-protector'], SIGSEGV);
    const unwinder = at.unwinder();
    const frames = all(unwinder);
    // The return fails while the address is still on the stack, as it is not canonical.
    expect(names(frames, at)).toEqual(['smash', '0x4141414141414140']);
    expect(unwinder.depthKnown).toBe(2);
    expect(unwinder.stoppedBecause).toContain('0x4141414141414141');
  });

  it(`a frame-pointer chain that leads back to itself ends: ${build}`, () => {
    const at = stopped(['circle'], flags, SIGILL);
    const unwinder = new StackUnwinder(at.registers, at.memory, () => undefined);
    expect(all(unwinder).length).toBeLessThan(5);
    expect(unwinder.stoppedBecause).not.toBe('');
  });
}

for (const flags of [['-O0'], ['-O2', '-fomit-frame-pointer', '-fno-optimize-sibling-calls']]) {
  it(`50,000 frames deep: gcc ${flags.join(' ')}`, () => {
    const depth = 50_000;
    const at = stopped(['deep', String(depth)], flags, SIGILL);
    const unwinder = at.unwinder();
    expect(unwinder.frame(0)).toBeDefined();
    expect(unwinder.depthKnown).toBeUndefined();
    expect(unwinder.stoppedBecause).toBe('');
    const frames = all(unwinder);
    const recursive = frames.filter(({ lookupPc }) => at.nameAt(lookupPc) === 'deep');
    expect(recursive.length).toBeGreaterThan(depth / 20);
    expect(names(frames, at).at(-1)).toBe('_start');
    expect(names(frames, at)).toContain('main');
    expect(unwinder.depthKnown).toBe(frames.length);
    expect(unwinder.stoppedBecause).toContain('outermost');
    for (let i = 1; i < frames.length; i++) {
      expect(frames[i]!.index).toBe(i);
      expect(frames[i]!.sp).toBe(frames[i - 1]!.cfa);
      if (frames[i]!.sp <= frames[i - 1]!.sp) throw new Error(`frame ${i} is not above its callee`);
    }
    // Registers of the outermost frames are found through all the others.
    expect(frames.at(-1)!.registers.dwarf(6)).toBe(0n);
    expect(frames.at(-1)!.registers.dwarf(3)).toBe(0n);
  });
}

it('caller-saved registers are unknown in outer frames, and sub-registers follow their register', () => {
  const at = stopped(['deep', '3'], ['-O0'], SIGILL);
  const registers = at.unwinder().frame(2)!.registers;
  for (const lost of ['rax', 'eax', 'rcx', 'rdx', 'rsi', 'rdi', 'r8', 'r9', 'r10', 'r11', 'eflags', 'xmm0']) {
    expect(registers.named(lost), lost).toBeUndefined();
  }
  const rbx = registers.named('rbx')!;
  expect(registers.named('ebx')).toBe(rbx & 0xffffffffn);
  expect(registers.named('bh')).toBe((rbx >> 8n) & 0xffn);
  expect(registers.named('rip')).toBe(at.unwinder().frame(2)!.pc);
  expect(registers.named('rsp')).toBe(at.unwinder().frame(2)!.sp);
  expect(registers.named('cs')).toBe(at.registers.named('cs'));
  expect(registers.named('fs_base')).toBe(at.registers.named('fs_base'));
  expect(registers.named('nonsense')).toBeUndefined();
});

it('a frame that a signal interrupted has all its registers and flags', () => {
  process = StoppedProcess.start(compile('unwindsignals.c', { flags: ['-O0', '-g'] }));
  const at = process;
  expect(at.runToSignal()).toBe(SIGILL);
  const names = ['rax', 'rcx', 'rdx', 'rbx', 'rsi', 'rdi', 'rbp', 'rsp', 'rip', 'r8', 'r9', 'r10', 'r11', 'r12', 'r15'];
  const before = names.map((name) => [name, at.registers.named(name)]);
  const flags = at.registers.named('eflags');
  at.deliver(SIGILL);
  at.runTo(at.address('inside'));
  const unwinder = at.unwinder();
  const trampoline = all(unwinder).find(({ isSignalFrame }) => isSignalFrame)!;
  expect(trampoline.lookupPc).toBe(trampoline.pc);
  const interrupted = unwinder.frame(trampoline.index + 1)!;
  expect(at.nameAt(interrupted.lookupPc)).toBe('walk');
  expect(interrupted.lookupPc).toBe(interrupted.pc);
  // The handler has changed rip already, to skip the instruction.
  const now = names.map((name) => [name, interrupted.registers.named(name)! - (name === 'rip' ? 2n : 0n)]);
  expect(now).toEqual(before);
  expect(interrupted.registers.named('eflags')! | 0x10000n).toBe(flags! | 0x10000n);
});

it('in the vdso, at every instruction of clock_gettime', () => {
  const file = compile('unwindodd.c', { flags: ['-O2', '-Wl,-z,now'] });
  const args = ['clock'];
  const oracle = gdbFrames({ file, args, from: '*walk', until: 'return', steps: 400, depth: 12 });
  // The vdso begins anew whenever the clock ticks meanwhile, so places are compared and not the sequence, and it may
  // never get through.
  const expected = new Map(oracle.map((frames) => [frames[0]!, frames]));
  process = StoppedProcess.start(file, { args });
  process.runTo(process.address('walk'));
  const outer = process.unwinder().frame(0)!.cfa;
  const inVdso = new Set<bigint>();
  let compared = 0;
  for (let step = 0; step < 1000 && process.registers.sp < outer; step++) {
    const frames = all(process.unwinder());
    if (process.fileAt(process.pc) === '[vdso]') inVdso.add(process.pc);
    const chain = expected.get([...expected.keys()].find((frame) => pcOf(frame) === frames[0]!.pc) ?? '');
    if (chain) {
      compared++;
      expect(frames.map(({ pc }) => formatAddress(pc).slice(2))).toEqual(chain.map((frame) => frame.split(' ')[0]));
    }
    process.step();
  }
  expect(inVdso.size).toBeGreaterThan(20);
  expect(compared).toBeGreaterThan(20);
});

it('a Rust program, at its panic', () => {
  const file = compile('rust/main.rs', { compiler: 'rustc', flags: ['-g', '-C', 'opt-level=1'] });
  const symbols = runTool('nm', [file]);
  const main = /^[0-9a-f]+ t (_ZN4main4main17h\w+E|_RNv\w+4main4main\w*)$/m.exec(symbols)?.[1];
  expect(main).toBeDefined();
  process = StoppedProcess.start(file);
  process.runTo(process.address(main!));
  const unwinder = process.unwinder();
  const frames = all(unwinder);
  expect(frames.every(({ how }) => how === 'cfi' || how === 'registers')).toBe(true);
  expect(frames.length).toBeGreaterThan(6);
  expect(process.nameAt(frames.at(-1)!.lookupPc)).toBe('_start');
  expect(unwinder.stoppedBecause).toContain('outermost');
});

it('an unreadable stack, unknown registers and no modules end with a reason', () => {
  const registers = (values: Record<number, bigint>): RegisterReader => ({
    dwarf: (register) => values[register],
    named: () => undefined,
  });
  const nothing: MemoryReader = { read: () => new Uint8Array(0) };
  const noModule = (): undefined => undefined;
  const lost = new StackUnwinder(registers({}), nothing, noModule);
  expect(lost.frame(0)).toBeUndefined();
  expect(lost.depthKnown).toBe(0);
  expect(lost.stoppedBecause).toContain('registers');

  const top = (1n << 64n) - 8n;
  for (const value of [0n, 8n, 0x7fff_ffff_f000n, 1n << 63n, top, (1n << 64n) - 1n]) {
    const unwinder = new StackUnwinder(registers({ 6: value, 7: value, 16: value }), nothing, noModule);
    expect(unwinder.frame(0)).toMatchObject({ pc: value, sp: value, cfa: value, how: 'registers' });
    expect(unwinder.frame(1)).toBeUndefined();
    expect(unwinder.stoppedBecause).not.toBe('');
  }
});

it('never runs for ever on a stack of noise', () => {
  let seed = 1;
  const noise: MemoryReader = {
    read: (address: VirtAddr, length) =>
      Uint8Array.from({ length }, (_, i) => {
        seed = (Math.imul(seed, 1103515245) + 12345 + Number((address + BigInt(i)) & 0xffn)) | 0;
        return seed >>> 16;
      }),
  };
  for (let i = 0; i < 50; i++) {
    const start = virtAddr(BigInt(i) << 40n);
    const reader: RegisterReader = { dwarf: () => start, named: () => undefined };
    const unwinder = new StackUnwinder(reader, noise, () => undefined);
    for (let k = 0; k < 1000 && unwinder.frame(k); k++);
    expect(unwinder.frame(0)).toBeDefined();
  }
});
