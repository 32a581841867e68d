/** Headers and notes of core files: what is written is read again, and damage ends in a sentence or in less. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { virtAddr } from '../../src/common/addresses';
import { BufferSource } from '../../src/common/bytes';
import { UserError } from '../../src/common/errors';
import { readCoreFile, segmentAt } from '../../src/symbols/core/corefile';
import { layOutCore, type WrittenCore, type WrittenLoad } from '../../src/symbols/core/writer';

const signalMask = 0n;
const registers = new Uint8Array(216).map((_, i) => i);
const xsave = new Uint8Array(832).fill(7);

function core(more: Partial<WrittenCore> = {}): WrittenCore {
  return {
    process: {
      pid: 100,
      ppid: 1,
      pgrp: 100,
      sid: 100,
      uid: 1000,
      gid: 1000,
      state: 'T',
      name: 'sixteen bytes or more',
      commandLine: '/bin/program --with arguments',
      auxv: new Uint8Array(new BigUint64Array([9n, 0x401000n, 0n, 0n]).buffer),
    },
    threads: [
      { tid: 101, signal: 11, siginfo: new Uint8Array(128).fill(1), signalMask, registers, xsave },
      { tid: 100, signal: 0, siginfo: undefined, signalMask, registers, xsave: xsave.subarray(0, 512) },
      { tid: 102, signal: 0, siginfo: undefined, signalMask, registers, xsave: undefined },
    ],
    threadNames: new Map([
      [101, 'worker'],
      [102, 'ä long name of a thread'],
    ]),
    xsaveLayout: [{ index: 2, offset: 576, size: 256 }],
    mappings: [
      { start: virtAddr(0x40_0000), end: virtAddr(0x40_1000), offset: 0, path: '/bin/program', deleted: false },
      {
        start: virtAddr(0x7f00_0000_0000n),
        end: virtAddr(0x7f00_0000_2000n),
        offset: 0x3000,
        path: '/x y',
        deleted: true,
      },
    ],
    loads: [
      { address: 0x40_0000n, memorySize: 0x1000, fileSize: 0x1000, flags: 5 },
      { address: 0x7fff_ffff_f000n, memorySize: 0x1000, fileSize: 0, flags: 6 },
    ],
    ...more,
  };
}

/** A file that goes on with holes. */
function sparse(head: Uint8Array, size: number) {
  return {
    size,
    read(offset: number, length: number): Uint8Array {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      if (offset < head.length) bytes.set(head.subarray(offset, Math.min(head.length, offset + bytes.length)));
      return bytes;
    },
  };
}

const written = (what: WrittenCore) => {
  const { head, size } = layOutCore(what);
  return readCoreFile(sparse(head, size), 'core');
};

describe('a core file that was written', () => {
  it('has everything when it is read', () => {
    const { threads, process, auxv, mappings, threadNames, xsaveLayout, loads, source, announcedSize } =
      written(core());
    expect(threads.map(({ tid, signal }) => [tid, signal])).toEqual([
      [101, 11],
      [100, 0],
      [102, 0],
    ]);
    expect([...threads[0]!.registers]).toEqual([...registers]);
    expect(threads[0]!.xstate).toHaveLength(832);
    expect(threads[0]!.siginfo).toHaveLength(128);
    expect(threads[1]!.xstate).toBeUndefined();
    expect(threads[1]!.fpregset).toHaveLength(512);
    expect(threads[2]!.fpregset).toBeUndefined();
    expect(process).toEqual({ pid: 100, name: 'sixteen bytes o', commandLine: '/bin/program --with arguments' });
    expect(auxv).toEqual(new Map([[9, 0x401000n]]));
    expect(mappings).toEqual(core().mappings);
    expect(threadNames.get(101)).toBe('worker');
    expect(xsaveLayout).toEqual([{ index: 2, offset: 576, size: 256 }]);
    expect(loads.map(({ address, fileSize }) => [address, fileSize])).toEqual([
      [0x40_0000n, 0x1000],
      [0x7fff_ffff_f000n, 0],
    ]);
    expect(announcedSize).toBe(source.size);
    expect(segmentAt(loads, virtAddr(0x40_0fff))?.address).toBe(0x40_0000n);
    expect(segmentAt(loads, virtAddr(0x40_1000))).toBeUndefined();
    expect(segmentAt(loads, virtAddr(0))).toBeUndefined();
  });

  it('may have more segments than the ELF header can count', () => {
    const loads = Array.from({ length: 70_000 }, (_, i): WrittenLoad => {
      return { address: BigInt(i + 1) * 0x2000n, memorySize: 0x1000, fileSize: 0, flags: 4 };
    });
    const read = written(core({ loads }));
    expect(read.loads).toHaveLength(70_000);
    expect(read.threads).toHaveLength(3);
    expect(segmentAt(read.loads, virtAddr(0x2000n * 69_999n + 5n))?.address).toBe(0x2000n * 69_999n);
  });

  it('is of any size', () => {
    const loads = [{ address: 0x10_0000_0000n, memorySize: 2 ** 46, fileSize: 2 ** 46, flags: 6 }];
    expect(written(core({ loads })).announcedSize).toBeGreaterThan(2 ** 46);
  });
});

describe('what is no core file', () => {
  const elf = (more: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(layOutCore(core()).head);
    more(bytes);
    return bytes;
  };

  it.each<[string, Uint8Array, string | RegExp]>([
    ['nothing', Buffer.alloc(0), 'core is empty: no core was written to it.'],
    ['a text', Buffer.from('hello'), 'core is no core file: it does not begin with the ELF magic bytes.'],
    ['zstd', Buffer.from('28b52ffd00', 'hex'), 'core is compressed (zstd): unpack it first, with: unzstd core'],
    ['gzip', Buffer.from('1f8b08', 'hex'), 'with: gunzip core'],
    ['lz4', Buffer.from('04224d18', 'hex'), 'with: unlz4 core'],
    ['half a header', elf(() => undefined).subarray(0, 40), 'core is cut short: it ends after 40 bytes'],
    ['a program', elf((bytes) => bytes.writeUInt16LE(3, 16)), 'core is a program or library, not a core file.'],
    ['i386', elf((bytes) => (bytes.writeUInt16LE(3, 18), (bytes[4] = 1))), /32-bit machine \(Intel 80386\)/],
    ['AArch64', elf((bytes) => bytes.writeUInt16LE(183, 18)), /64-bit machine \(AArch64\)/],
    ['no segments', elf((bytes) => bytes.writeUInt16LE(0, 56)), 'it has no usable program headers'],
    ['only headers', elf(() => undefined).subarray(0, 400), /cut short: it ends after 400 bytes, before the registers/],
  ])('is refused: %s', (_what, bytes, message) => {
    expect(() => readCoreFile(new BufferSource(bytes), 'core')).toThrow(message);
  });

  it('never brings the reader down', () => {
    const whole = layOutCore(core()).head;
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 12 });
    fc.assert(
      fc.property(damage, fc.nat(whole.length), (changes, length) => {
        const bytes = Uint8Array.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          const read = readCoreFile(new BufferSource(bytes.subarray(0, length)), 'core');
          for (const { address } of read.loads) segmentAt(read.loads, address);
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});
