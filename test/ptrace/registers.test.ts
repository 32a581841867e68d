import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { virtAddr } from '../../src/common/addresses';
import { UserError } from '../../src/common/errors';
import { laneViews } from '../../src/ptrace/lanes';
import { ProcessMemory } from '../../src/ptrace/memory';
import { ThreadRegisters, registerGroups } from '../../src/ptrace/registers';
import { compile } from '../support/debuggees';
import { resumeAndWait, start } from '../native/tracee';

const program = compile(join(import.meta.dirname, 'registers.s'), { flags: ['-nostdlib', '-static', '-no-pie'] });

let pid: number;
let registers: ThreadRegisters;

beforeEach(() => {
  pid = start(program).pid;
  expect(resumeAndWait(pid)).toEqual({ kind: 'signal', signal: 5 });
  registers = new ThreadRegisters(pid);
  registers.fetch();
});

/** Stores the registers, lets the program write them down and returns its notes. */
function notes(): DataView {
  registers.store();
  expect(resumeAndWait(pid)).toEqual({ kind: 'signal', signal: 5 });
  const after = new ThreadRegisters(pid);
  after.fetch();
  const memory = new ProcessMemory(pid);
  const bytes = memory.read(virtAddr(after.get('rdi')!), 256);
  memory.close();
  expect(bytes.length).toBe(256);
  return new DataView(bytes.buffer, bytes.byteOffset);
}

const lanes = (bits: number, name: string) => laneViews(bits).find((view) => view.name === name)!;

describe('reading', () => {
  it('general registers and their parts', () => {
    const expected: Record<string, bigint> = {
      rax: 0x1122334455667788n,
      eax: 0x55667788n,
      ax: 0x7788n,
      al: 0x88n,
      ah: 0x77n,
      rbx: 0x0807060504030201n,
      bh: 2n,
      bl: 1n,
      r15: 0xffff_ffff_ffff_ffffn,
      r15d: 0xffff_ffffn,
      r15w: 0xffffn,
      r15b: 0xffn,
      cf: 1n,
      df: 0n,
      if: 1n,
      cs: 0x33n,
      ss: 0x2bn,
      orig_rax: 0xffff_ffff_ffff_ffffn,
    };
    for (const [name, value] of Object.entries(expected)) expect([name, registers.get(name)]).toEqual([name, value]);
    expect(registers.named('rip')).toBe(registers.pc);
    expect(registers.dwarf(16)).toBe(registers.pc);
    expect(registers.dwarf(7)).toBe(registers.sp);
    expect(registers.dwarf(0)).toBe(0x1122334455667788n);
    expect(registers.dwarf(3)).toBe(0x0807060504030201n);
    expect(registers.flags & 1n).toBe(1n);
    expect(registers.get('eflags')).toBe(registers.flags);
  });

  it('vectors, whole and by lanes', () => {
    const xmm0 = registers.bytesOf('xmm0')!;
    expect(new Float32Array(xmm0.buffer, xmm0.byteOffset, 4)).toEqual(new Float32Array([1.5, -2.5, 3.5, -4.5]));
    for (const name of ['ymm1', 'ymm15']) expect([...registers.bytesOf(name)!]).toEqual([...Array(32).keys()]);
    expect(registers.get('xmm1')).toBe(0x0f0e0d0c0b0a09080706050403020100n);
    expect(registers.dwarf(18)).toBe(0x0f0e0d0c0b0a09080706050403020100n);
    expect(registers.get('mxcsr')).toBe(0x1f80n);
    // Never touched by the program, so in its initial state.
    expect(registers.get('ymm9')).toBe(0n);
  });

  it('the x87 stack', () => {
    expect([0, 1, 2].map((index) => registers.float80(index))).toEqual([1, Math.PI, -5]);
    expect(registers.get('st2')).toBe(0xc001a000000000000000n);
    expect(registers.get('fctrl')).toBe(0x37fn);
    // Three values pushed: the top is 5, and registers 5, 6 and 7 are in use and hold ordinary numbers.
    expect((registers.get('fstat')! >> 11n) & 7n).toBe(5n);
    expect(registers.get('ftag')).toBe(0x03ffn);
    // mm7 is the significand of the register pushed first.
    expect(registers.get('mm7')).toBe(0xa000000000000000n);
  });

  it('nothing of a name that is no register', () => {
    for (const name of ['', 'RAX', 'xmm32', 'ymm99', 'st8', 'k8', 'mm', 'constructor', '__proto__'])
      expect(registers.get(name)).toBeUndefined();
    for (const number of [-1, 57, 1000]) expect(registers.dwarf(number)).toBeUndefined();
  });
});

describe('writing', () => {
  it('merges the parts of a register as the CPU does', () => {
    registers.set('al', 0x99n);
    registers.set('ah', -1n);
    registers.set('ebx', 0xffff_ffffn);
    registers.set('r15w', 0n);
    registers.set('cf', 0n);
    registers.set('zf', 1n);
    expect(registers.dirty).toBe(true);
    const view = notes();
    expect(view.getBigUint64(0, true)).toBe(0x112233445566ff99n);
    expect(view.getBigUint64(8, true)).toBe(0xffff_ffffn);
    expect(view.getBigUint64(16, true)).toBe(0xffff_ffff_ffff_0000n);
    expect(view.getBigUint64(24, true) & 0x41n).toBe(0x40n);
    expect(registers.dirty).toBe(false);
  });

  it('reaches vectors, also those in their initial state', () => {
    registers.setLane('ymm1', lanes(256, 'v8_int32'), 7, -2n);
    registers.setLane('ymm1', lanes(256, 'v4_double'), 0, 0.5);
    registers.set('xmm15', 5n);
    registers.set('xmm7', 0x77n << 120n);
    registers.set('mxcsr', 0x9f80n);
    const view = notes();
    expect(view.getFloat64(32, true)).toBe(0.5);
    expect(view.getUint8(32 + 8)).toBe(8);
    expect(view.getInt32(32 + 28, true)).toBe(-2);
    expect(view.getBigUint64(64, true)).toBe(5n);
    expect(view.getUint8(64 + 16)).toBe(16); // the upper half of ymm15 stays
    expect(view.getUint8(96 + 15)).toBe(0x77);
    expect(view.getUint32(112, true)).toBe(0x9f80);
  });

  it('reaches the x87 stack and its control word', () => {
    registers.setFloat80(0, -0.1);
    registers.set('st1', 0x4000c000000000000000n); // 3.0
    registers.set('fctrl', 0x27fn);
    const view = notes();
    expect(view.getUint16(116, true)).toBe(0x27f);
    expect(view.getUint16(128 + 8, true)).toBe(0xbffb);
    expect(view.getBigUint64(128, true)).toBe(0xccccccccccccd000n); // the double nearest to -0.1, exactly
    expect(view.getBigUint64(144, true)).toBe(0xc000000000000000n);
  });

  it('moves the program counter', () => {
    // The int3 has been executed; one byte back it is executed again.
    registers.pc = virtAddr(registers.pc - 1n);
    const before = registers.pc;
    registers.store();
    expect(resumeAndWait(pid)).toEqual({ kind: 'signal', signal: 5 });
    registers.fetch();
    expect(registers.pc).toBe(before + 1n);
  });

  it('is undone by fetch, and by restoring a snapshot', () => {
    const saved = registers.snapshot();
    registers.set('rax', 1n);
    registers.set('xmm0', 1n);
    registers.fetch();
    expect(registers.get('rax')).toBe(0x1122334455667788n);
    expect(registers.get('xmm0')).not.toBe(1n);
    registers.set('rax', 1n);
    registers.store();
    registers.restore(saved);
    expect(notes().getBigUint64(0, true)).toBe(0x1122334455667788n);
  });

  it('refuses what does not fit and what is no register', () => {
    expect(() => registers.set('al', 256n)).toThrow(UserError);
    expect(() => registers.set('al', -129n)).toThrow(/8 bits of al/);
    expect(() => registers.set('rax', 1n << 64n)).toThrow(UserError);
    expect(() => registers.set('xmm0', 1n << 128n)).toThrow(UserError);
    expect(() => registers.set('nothing', 1n)).toThrow(/no register 'nothing'/);
    expect(() => registers.setBytes('xmm0', new Uint8Array(15))).toThrow(/16 bytes/);
    expect(() => registers.setLane('xmm0', lanes(128, 'v4_float'), 4, 1)).toThrow(RangeError);
    expect(registers.dirty).toBe(false);
  });

  it('reports what the kernel refuses', () => {
    registers.set('cs', 0n);
    expect(() => registers.store()).toThrow(expect.objectContaining({ request: 'PTRACE_SETREGS', errno: 'EIO' }));
  });
});

describe('registerGroups', () => {
  it('names only registers that can be read, with their widths', () => {
    const groups = registerGroups();
    expect(groups.map(({ name }) => name).slice(0, 5)).toEqual(['general', 'flags', 'segment', 'x87', 'sse']);
    for (const { name, bits, kind, lanes: views, fields } of groups.flatMap((group) => group.registers)) {
      expect([name, registers.bytesOf(name)?.length]).toEqual([name, Math.ceil(bits / 8)]);
      expect(registers.get(name)! >> BigInt(bits)).toBe(0n);
      expect([name, views !== undefined]).toEqual([name, kind === 'vector']);
      expect([name, fields !== undefined]).toEqual([name, kind === 'flags']);
    }
  });
});
