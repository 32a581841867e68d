import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { virtAddr, type VirtAddr } from '../../src/common/addresses';
import { PtraceError } from '../../src/common/errors';
import { readMaps } from '../../src/common/procfs';
import { ResumeKind } from '../../src/ptrace/constants';
import { ProcessMemory } from '../../src/ptrace/memory';
import { native } from '../../src/ptrace/native';
import { ThreadRegisters } from '../../src/ptrace/registers';
import { compile, runTool } from '../support/debuggees';
import { outputOf, readAll, resumeAndWait, start, waitFor } from '../native/tracee';

const MIB = 1 << 20;
const program = compile('memory.c', { flags: ['-g', '-O0', '-static', '-no-pie'] });

let memory: ProcessMemory | undefined;

afterEach(() => {
  memory?.close();
  memory = undefined;
});

function symbol(name: string): VirtAddr {
  const line = runTool('nm', [program])
    .split('\n')
    .find((text) => text.endsWith(` ${name}`));
  return virtAddr(BigInt(`0x${line!.split(' ')[0]}`));
}

/** Starts the program and runs it to the function it calls when its memory is ready, by a trap written there. */
function ready(): { pid: number; memory: ProcessMemory } {
  const { pid } = start(program);
  memory = new ProcessMemory(pid);
  memory.write(symbol('filled'), Uint8Array.of(0xcc));
  expect(resumeAndWait(pid)).toEqual({ kind: 'signal', signal: 5 });
  return { pid, memory };
}

function word(source: ProcessMemory, address: VirtAddr): VirtAddr {
  return virtAddr(Buffer.from(source.read(address, 8)).readBigUInt64LE());
}

describe('reading', () => {
  it('a mebibyte at once, right to the last byte', () => {
    const { memory } = ready();
    const bytes = memory.read(symbol('block'), MIB);
    expect(bytes.length).toBe(MIB);
    const expected = new Uint8Array(MIB).map((_, index) => index * 7 + Math.floor(index / 256));
    expect(Buffer.compare(bytes, expected)).toBe(0);
    const part = new Uint8Array(10);
    expect(memory.readInto(virtAddr(symbol('block') + 4090n), part)).toBe(10);
    expect(part).toEqual(expected.slice(4090, 4100));
  });

  it('goes on across pages that the program itself may not read', () => {
    const { pid } = start(compile(join(import.meta.dirname, 'protected.c')));
    expect(resumeAndWait(pid)).toEqual({ kind: 'signal', signal: 5 });
    const registers = new ThreadRegisters(pid);
    registers.fetch();
    const pages = virtAddr(registers.get('rdi')!);
    memory = new ProcessMemory(pid);
    const bytes = memory.read(pages, 16 * 4096);
    // Up to the page that is not there, whether the pages come in one piece or many.
    const expected = Uint8Array.from({ length: 13 * 4096 }, (_, index) => index >> 12);
    expect(bytes.length).toBe(expected.length);
    expect(Buffer.compare(bytes, expected)).toBe(0);
    expect(memory.read(virtAddr(pages + 100n), 13 * 4096 - 101).length).toBe(13 * 4096 - 101);
    expect(memory.read(virtAddr(pages + 7n * 4096n), 64 * 1024)).toEqual(expected.slice(7 * 4096));
  });

  it('ends exactly where memory does', () => {
    const { memory } = ready();
    const edge = word(memory, symbol('edge'));
    const known = Array.from({ length: 16 }, (_, index) => 0xe0 + index);
    expect([...memory.read(edge, 4096)]).toEqual(known);
    expect([...memory.read(virtAddr(edge + 15n), 2)]).toEqual([0xef]);
    expect(memory.read(virtAddr(edge + 16n), 1).length).toBe(0);
  });

  it('gives nothing where nothing can be', () => {
    const { memory } = ready();
    for (const address of [0n, 0x8000_0000_0000n, 0xffff_8000_0000_0000n, 0xffff_ffff_ffff_ffffn])
      expect(memory.read(virtAddr(address), 64).length).toBe(0);
    expect(memory.read(symbol('block'), 0).length).toBe(0);
    expect(memory.read(symbol('block'), -1).length).toBe(0);
  });

  it('works while the process runs', () => {
    const { pid, memory } = ready();
    const { pid: running } = start('/bin/sleep', { argv: ['sleep', '100'] });
    native.resume(ResumeKind.Continue, running, 0);
    const other = new ProcessMemory(running);
    const [region] = readMaps(running);
    expect([...other.read(region!.start, 4)]).toEqual([0x7f, 0x45, 0x4c, 0x46]);
    other.close();
    expect(memory.read(symbol('block'), 1).length).toBe(1);
    expect(native.poll(pid)).toBe(-1);
  });

  it('gives nothing once the process is gone, or the reader closed', () => {
    const { pid, memory } = ready();
    process.kill(pid, 'SIGKILL');
    expect(waitFor(pid).kind).toBe('killed');
    expect(memory.read(symbol('block'), 16).length).toBe(0);
    expect(memory.read(symbol('block'), MIB).length).toBe(0);
    memory.close();
    memory.close();
    expect(memory.read(symbol('block'), 16).length).toBe(0);
  });

  it('shows the new address space after reopening', () => {
    const { pid } = start('/bin/sh', { argv: ['sh', '-c', `exec ${program}`] });
    memory = new ProcessMemory(pid);
    expect(resumeAndWait(pid)).toEqual({ kind: 'event', event: 'exec' });
    // The old one is gone, whatever the size of the read.
    for (const size of [4, MIB]) expect(memory.read(symbol('block'), size).length).toBe(0);
    memory.reopen();
    for (const size of [4, MIB]) expect(memory.read(symbol('block'), size).length).toBe(size);
  });
});

describe('writing', () => {
  it('reaches read-only code', () => {
    const { pid, memory } = ready();
    const code = symbol('main');
    const region = readMaps(pid).find(({ start, end }) => start <= code && code < end);
    expect(region?.permissions).toBe('r-xp');
    const [first, second] = memory.read(code, 2);
    memory.write(code, Uint8Array.of(first! ^ 0xff));
    expect([...memory.read(code, 2)]).toEqual([first! ^ 0xff, second]);
  });

  it('is seen by the program', () => {
    const { text } = outputOf(program, { stdio: [-1, -1, -1] });
    expect(text).toBe('0 239\n');
    const [read, write] = native.pipe();
    const { pid } = start(program, { stdio: [-1, write, -1] });
    closeSync(write);
    memory = new ProcessMemory(pid);
    const trap = symbol('filled');
    const original = memory.read(trap, 1);
    memory.write(trap, Uint8Array.of(0xcc));
    expect(resumeAndWait(pid).kind).toBe('signal');
    memory.write(trap, original);
    memory.write(symbol('block'), Uint8Array.of(42));
    const registers = new ThreadRegisters(pid);
    registers.fetch();
    registers.pc = trap;
    registers.store();
    expect(resumeAndWait(pid)).toEqual({ kind: 'exited', code: 0 });
    expect(readAll(read)).toBe('42 239\n');
    closeSync(read);
  });

  it('fails where nothing is mapped', () => {
    const { memory } = ready();
    expect(() => memory.write(virtAddr(0n), Uint8Array.of(1))).toThrow(
      expect.objectContaining({ request: 'pwrite', errno: 'EIO' }),
    );
    const past = virtAddr(word(memory, symbol('edge')) + 8n);
    expect(() => memory.write(past, new Uint8Array(16))).toThrow(PtraceError);
    memory.close();
    expect(() => memory.write(symbol('block'), Uint8Array.of(1))).toThrow(expect.objectContaining({ errno: 'ESRCH' }));
  });
});

describe('where the kernel refuses to write through /proc/pid/mem', () => {
  /** As after open() found that this kernel opens the file for reading only. */
  function readOnly(pid: number): ProcessMemory {
    const result = new ProcessMemory(pid);
    Object.assign(result, { writable: false });
    return result;
  }

  it('words are poked through a stopped thread, and their other bytes are kept', () => {
    const { pid, memory: oracle } = ready();
    const weak = readOnly(pid);
    const block = symbol('block');
    expect(() => weak.write(block, Uint8Array.of(1))).toThrow(expect.objectContaining({ errno: 'EBUSY' }));
    weak.setPokeTid(() => pid);
    for (const [offset, length] of [
      [0, 1],
      [3, 2],
      [6, 4],
      [8, 8],
      [13, 30],
      [4090, 12],
    ] as const) {
      const before = oracle.read(block, 8192);
      const bytes = Uint8Array.from({ length }, (_, index) => 0xa0 + index);
      weak.write(virtAddr(block + BigInt(offset)), bytes);
      before.set(bytes, offset);
      expect(oracle.read(block, 8192)).toEqual(before);
    }
    weak.write(virtAddr(symbol('filled') + 1n), Uint8Array.of(0x90));
    expect(oracle.read(symbol('filled'), 2)).toEqual(Uint8Array.of(0xcc, 0x90));
    expect(() => weak.write(virtAddr(0n), Uint8Array.of(1))).toThrow(expect.objectContaining({ errno: 'EIO' }));
    weak.close();
  });
});

describe('the addon', () => {
  it('throws for a descriptor that is none', () => {
    expect(() => native.readMemory(9999, 0n, new Uint8Array(1))).toThrow(expect.objectContaining({ errno: 'EBADF' }));
    expect(() => native.writeMemory(9999, 0n, new Uint8Array(1))).toThrow(expect.objectContaining({ errno: 'EBADF' }));
  });
});
