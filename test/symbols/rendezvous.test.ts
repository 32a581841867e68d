import { afterEach, describe, expect, test } from 'vitest';
import { virtAddr, type VirtAddr } from '../../src/common/addresses';
import { readAuxv, readExe, readMaps } from '../../src/common/procfs';
import type { MemoryReader } from '../../src/common/readers';
import { ModuleList } from '../../src/symbols/modulelist';
import {
  AT_BASE,
  AT_PHDR,
  AT_PHNUM,
  linkMaps,
  loaderBreakpointAddress,
  readRendezvous,
  readRendezvousAt,
  rendezvousAddress,
  type Rendezvous,
} from '../../src/symbols/rendezvous';
import { samples } from './elfsamples';
import { StoppedProcess } from './stoppedprocess';

let stopped: StoppedProcess | undefined;
afterEach(() => {
  stopped?.kill();
  stopped = undefined;
});

function modulesOf(process: StoppedProcess): ModuleList {
  const list = new ModuleList({ pid: process.pid });
  const loaderBase = readAuxv(process.pid).get(AT_BASE);
  list.update(readMaps(process.pid), process.memory, {
    executablePath: readExe(process.pid)!,
    loaderBase: loaderBase === undefined ? undefined : virtAddr(loaderBase),
  });
  return list;
}

describe('programs with a loader', () => {
  for (const name of ['gcc, PIE', 'gcc, not PIE', 'clang, lld', 'musl-gcc', 'rustc']) {
    test(name, () => {
      stopped = StoppedProcess.start(samples[name]!());
      const auxv = readAuxv(stopped.pid);
      const list = modulesOf(stopped);
      const loader = list.modules.find((m) => m.kind === 'loader')!;

      // At the first instruction nothing has been filled in; the loader's symbols tell where to wait.
      expect(readRendezvous(stopped.memory, auxv)).toBeUndefined();
      const breakpoint = loaderBreakpointAddress(loader)!;
      expect(loader.symbolAt(breakpoint)?.displayName).toMatch(/dl_debug_state$/);

      stopped.runTo(breakpoint);
      const early = readRendezvous(stopped.memory, auxv)!;
      expect(early.breakpoint).toBe(breakpoint);
      expect(early.loaderBase).toBe(auxv.get(AT_BASE));
      expect([1, 2]).toContain(early.version);

      stopped.runTo(list.modules[0]!.findMain()!);
      const late = readRendezvous(stopped.memory, auxv)!;
      expect(late.state).toBe('consistent');
      expect(late.address).toBe(rendezvousAddress(stopped.memory, auxv));
      const maps = linkMaps(stopped.memory, late);
      const modules = modulesOf(stopped).modules;
      expect(maps.length).toBe(modules.length);
      expect(maps[0]!.base).toBe(modules[0]!.bias);
      for (const map of maps) {
        const module = modules.find((m) => m.bias === map.base && m.contains(map.dynamic))!;
        expect(module).toBeDefined();
        if (map.name.startsWith('/'))
          expect(module.path.endsWith(map.name.replace(/^.*\//, '')) || module.kind === 'loader').toBe(true);
      }
    });
  }
});

describe('programs without', () => {
  test('static: no dynamic section, no rendezvous', () => {
    stopped = StoppedProcess.start(samples['gcc, static']!());
    const auxv = readAuxv(stopped.pid);
    expect(readRendezvous(stopped.memory, auxv)).toBeUndefined();
    stopped.runTo(modulesOf(stopped).modules[0]!.findMain()!);
    expect(readRendezvous(stopped.memory, auxv)).toBeUndefined();
  });

  test('static PIE: none at first; libc may set one up for itself', () => {
    stopped = StoppedProcess.start(samples['gcc, static PIE']!());
    const auxv = readAuxv(stopped.pid);
    expect(readRendezvous(stopped.memory, auxv)).toBeUndefined();
    const executable = modulesOf(stopped).modules[0]!;
    stopped.runTo(executable.findMain()!);
    const rendezvous = readRendezvous(stopped.memory, auxv);
    if (rendezvous) expect(linkMaps(stopped.memory, rendezvous)[0]!.base).toBe(executable.bias);
  });

  test('a program without libc has no rendezvous function', () => {
    stopped = StoppedProcess.start(samples['assembler']!());
    expect(loaderBreakpointAddress(modulesOf(stopped).modules[0]!)).toBeUndefined();
  });
});

/** Memory made of a few written ranges, for lists that no loader would leave. */
class WrittenMemory implements MemoryReader {
  private readonly bytes = new Map<bigint, number>();

  write(address: bigint, ...words: bigint[]): void {
    words.forEach((word, i) => {
      for (let b = 0; b < 8; b++) this.bytes.set(address + BigInt(i * 8 + b), Number((word >> BigInt(8 * b)) & 255n));
    });
  }

  read(address: VirtAddr, length: number): Uint8Array {
    const found: number[] = [];
    for (let i = 0n; i < BigInt(length); i++) {
      const byte = this.bytes.get(address + i);
      if (byte === undefined) break;
      found.push(byte);
    }
    return Uint8Array.from(found);
  }
}

describe('damaged structures end the walk', () => {
  const rendezvous = (map: bigint, version = 1): Rendezvous => ({
    address: virtAddr(0x100n),
    version,
    map: virtAddr(map),
    breakpoint: virtAddr(0n),
    state: 'consistent',
    loaderBase: virtAddr(0n),
  });

  test('a list that bites its tail', () => {
    const memory = new WrittenMemory();
    memory.write(0x1000n, 1n, 0x9000n, 3n, 0x2000n, 0n);
    memory.write(0x2000n, 2n, 0x9000n, 3n, 0x1000n, 0n);
    memory.write(0x9000n, 0x62612fn);
    expect(linkMaps(memory, rendezvous(0x1000n))).toEqual([
      { address: 0x1000n, base: 1n, name: '/ab', dynamic: 3n },
      { address: 0x2000n, base: 2n, name: '/ab', dynamic: 3n },
    ]);
  });

  test('a link into nowhere, an unreadable name', () => {
    const memory = new WrittenMemory();
    memory.write(0x1000n, 1n, 0x9000n, 3n, 0xdead_0000n, 0n);
    expect(linkMaps(memory, rendezvous(0x1000n))).toEqual([{ address: 0x1000n, base: 1n, name: '', dynamic: 3n }]);
    expect(linkMaps(memory, rendezvous(0n))).toEqual([]);
  });

  test('namespaces that chain in a circle', () => {
    const memory = new WrittenMemory();
    memory.write(0x1000n, 1n, 0n, 3n, 0n, 0n);
    memory.write(0x100n, 2n, 0x1000n, 0n, 0n, 0n, 0x100n);
    expect(linkMaps(memory, rendezvous(0x1000n, 2)).length).toBe(1);
  });

  test('an endless list', () => {
    const endless: MemoryReader = {
      read: (address, length) => {
        const bytes = Buffer.alloc(Math.min(length, 32));
        if (bytes.length === 32) bytes.writeBigUInt64LE(address + 64n, 24);
        return bytes;
      },
    };
    expect(linkMaps(endless, rendezvous(0x1000n)).length).toBe(10_000);
  });

  test('auxiliary vectors that lead nowhere', () => {
    const memory = new WrittenMemory();
    expect(rendezvousAddress(memory, new Map())).toBeUndefined();
    expect(
      rendezvousAddress(
        memory,
        new Map([
          [AT_PHDR, 0x40n],
          [AT_PHNUM, 9n],
        ]),
      ),
    ).toBeUndefined();
    expect(
      rendezvousAddress(
        memory,
        new Map([
          [AT_PHDR, 0x40n],
          [AT_PHNUM, 0xffff_ffff_ffffn],
        ]),
      ),
    ).toBeUndefined();
    expect(readRendezvousAt(memory, virtAddr(0n))).toBeUndefined();
  });
});
