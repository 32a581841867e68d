import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { virtAddr, type VirtAddr } from '../../src/common/addresses';
import { setLogSink } from '../../src/common/log';
import { readAuxv, readExe, readMaps, type MappedRegion } from '../../src/common/procfs';
import type { MemoryReader } from '../../src/common/readers';
import { PF_X, PT_LOAD } from '../../src/symbols/elf/constants';
import { ModuleList, type ModuleChanges } from '../../src/symbols/modulelist';
import {
  AT_BASE,
  AT_SYSINFO_EHDR,
  linkMaps,
  loaderBreakpointAddress,
  readRendezvous,
} from '../../src/symbols/rendezvous';
import { compile } from '../support/debuggees';
import { samples, source, stripped } from './elfsamples';
import { StoppedProcess } from './stoppedprocess';

let directory: string;
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'modules-'))));
afterAll(() => rmSync(directory, { recursive: true }));

let running: StoppedProcess[] = [];
afterEach(() => {
  setLogSink(undefined);
  for (const process of running) process.kill();
  running = [];
});

function start(file: string, ...args: string[]): StoppedProcess {
  const process = StoppedProcess.start(file, { args });
  running.push(process);
  return process;
}

function address(process: StoppedProcess, type: number): VirtAddr | undefined {
  const value = readAuxv(process.pid).get(type);
  return value === undefined || value === 0n ? undefined : virtAddr(value);
}

function update(list: ModuleList, process: StoppedProcess, memory: MemoryReader = process.memory): ModuleChanges {
  return list.update(readMaps(process.pid), memory, {
    executablePath: readExe(process.pid)!,
    vdso: address(process, AT_SYSINFO_EHDR),
    loaderBase: address(process, AT_BASE),
  });
}

function runToMain(process: StoppedProcess, list: ModuleList): void {
  update(list, process);
  const executable = list.modules[0]!;
  process.runTo(executable.findMain() ?? executable.toVirt(executable.symbols.named('main')[0]!.address));
  update(list, process);
}

const kinds = (list: ModuleList): string[] => list.modules.map((m) => `${m.kind} ${m.name}`);

/** Every executable mapping of a file lies in the module of that file, whose code is where the bias says. */
function expectAgreement(list: ModuleList, process: StoppedProcess): void {
  for (const region of readMaps(process.pid).filter((r) => r.permissions.includes('x') && r.inode !== 0)) {
    const module = list.at(region.start)!;
    expect(module.path).toBe(region.path);
    expect(list.at(virtAddr(region.end - 1n))).toBe(module);
    const code = module.elf.segments.filter((s) => s.type === PT_LOAD && s.flags & PF_X);
    expect(code.length).toBeGreaterThan(0);
    for (const { address, offset, fileSize } of code) {
      const length = Math.min(fileSize, 4096);
      const there = process.memory.read(module.toVirt(address), length);
      expect(Buffer.compare(there, module.elf.source.read(offset, length))).toBe(0);
    }
  }
}

describe('the modules of real programs', () => {
  const loader = 'loader ld-linux-x86-64.so.2';
  test.each<[string, string[], string[]]>([
    ['gcc, PIE', ['executable hello', loader, 'vdso [vdso]'], ['library libc.so.6']],
    ['gcc, not PIE', ['executable hello', loader, 'vdso [vdso]'], ['library libc.so.6']],
    ['gcc, static', ['executable static', 'vdso [vdso]'], []],
    ['gcc, static PIE', ['executable static', 'vdso [vdso]'], []],
    ['clang, lld', ['executable hello', loader, 'vdso [vdso]'], ['library libc.so.6']],
    ['musl-gcc', ['executable hello', 'loader libc.so', 'vdso [vdso]'], []],
    ['rustc', ['executable names', loader, 'vdso [vdso]'], ['library libgcc_s.so.1', 'library libc.so.6']],
    ['g++', ['executable names', loader, 'vdso [vdso]'], ['library libstdc++.so.6', 'library libc.so.6']],
  ])('%s', (name, atStart, byMain) => {
    const process = start(samples[name]!());
    const list = new ModuleList({ pid: process.pid });
    const first = update(list, process);
    expect(normalised(kinds(list)).sort()).toEqual([...atStart].sort());
    expect(first.added.length).toBe(atStart.length);
    expect(first.removed).toEqual([]);
    expect(list.modules[0]!.kind).toBe('executable');
    expectAgreement(list, process);
    // The process stands at the first instruction of its loader, or of itself.
    expect(list.at(process.pc)).toBe(list.modules.find((m) => m.kind === 'loader') ?? list.modules[0]);
    expect(process.pc).toBe(list.at(process.pc)!.entry);

    const before = [...list.modules];
    runToMain(process, list);
    expect(normalised(kinds(list))).toEqual(expect.arrayContaining([...atStart, ...byMain]));
    for (const module of before) expect(list.modules).toContain(module);
    expect(list.at(process.pc)?.symbolAt(process.pc)).toMatchObject({ displayName: 'main', offset: 0n });
    expectAgreement(list, process);
    list.close();
  });

  /** musl's loader goes by several names, and libraries have longer versions in their file names. */
  function normalised(names: string[]): string[] {
    return names.map((n) =>
      n.replace('loader ld-musl-x86_64.so.1', 'loader libc.so').replace(/(\.so\.\d+)[.\d]+$/, '$1'),
    );
  }

  test('a stripped program and a very large one', () => {
    for (const file of [stripped, process.execPath]) {
      const stopped = start(file);
      const list = new ModuleList({ pid: stopped.pid });
      runToMain(stopped, list);
      expectAgreement(list, stopped);
      expect(list.modules[0]!.path).toBe(readExe(stopped.pid));
      list.close();
    }
  });

  test('an update without changes changes nothing', () => {
    const stopped = start(samples['gcc, PIE']!());
    const list = new ModuleList({ pid: stopped.pid });
    update(list, stopped);
    const before = list.modules;
    expect(update(list, stopped)).toEqual({ added: [], removed: [] });
    expect(list.modules).toBe(before);
  });

  test('addresses of no module', () => {
    const stopped = start(samples['gcc, PIE']!());
    const list = new ModuleList({ pid: stopped.pid });
    expect(list.at(stopped.pc)).toBeUndefined();
    update(list, stopped);
    const stack = readMaps(stopped.pid).find((r) => r.path === '[stack]')!;
    expect(list.at(stack.start)).toBeUndefined();
    expect(list.at(virtAddr(0n))).toBeUndefined();
    expect(list.at(virtAddr(-1n))).toBeUndefined();
  });
});

test('dlopen and dlclose, heard at the rendezvous', () => {
  const plugin = compile('plugin.c', { flags: ['-g', '-shared', '-fPIC'] });
  const stopped = start(compile('dlopen.c'), plugin);
  const list = new ModuleList({ pid: stopped.pid });
  runToMain(stopped, list);
  const loader = list.modules.find((m) => m.kind === 'loader')!;
  const rendezvous = loaderBreakpointAddress(loader)!;
  const history: string[] = [];
  for (let stops = 0; stops < 8; stops++) {
    stopped.runTo(rendezvous);
    const { state } = readRendezvous(stopped.memory, readAuxv(stopped.pid))!;
    if (state === 'consistent') {
      const { added, removed } = update(list, stopped);
      history.push([...added.map((m) => `+${m.name}`), ...removed.map((m) => `-${m.name}`)].join(' '));
      // The loader's list and ours agree on what is loaded where.
      const theirs = linkMaps(stopped.memory, readRendezvous(stopped.memory, readAuxv(stopped.pid))!);
      expect(theirs.map((m) => m.base).sort()).toEqual(list.modules.map((m) => m.bias).sort());
    }
    stopped.step();
  }
  expect(history).toEqual(['+plugin', '-plugin', '+plugin', '-plugin']);
});

test('one file loaded three times is three modules', () => {
  const plugin = compile('plugin.c', { flags: ['-g', '-shared', '-fPIC'] });
  const stopped = start(compile(source('namespaces.c')), plugin);
  const list = new ModuleList({ pid: stopped.pid });
  runToMain(stopped, list);
  stopped.runTo(list.modules[0]!.toVirt(list.modules[0]!.symbols.named('done')[0]!.address));
  update(list, stopped);
  const copies = list.modules.filter((m) => m.name === 'plugin');
  expect(copies.length).toBe(3);
  expect(new Set(copies.map((m) => m.bias)).size).toBe(3);
  expect(new Set(copies.map((m) => m.id)).size).toBe(3);
  const theirs = linkMaps(stopped.memory, readRendezvous(stopped.memory, readAuxv(stopped.pid))!);
  const bases = theirs.filter((m) => m.name === plugin).map((m) => m.base);
  expect(bases.sort()).toEqual(copies.map((m) => m.bias).sort());
  for (const copy of copies) {
    const run = copy.toVirt(copy.symbolsNamed('plugin_run')[0]!.address);
    expect(list.at(run)).toBe(copy);
  }
  expectAgreement(list, stopped);
  list.close();
  expect(list.modules).toEqual([]);
});

describe('files that are not what their path names', () => {
  function copied(name: string, of: string): string {
    const path = join(directory, name);
    copyFileSync(of, path);
    return path;
  }

  test('a deleted program', () => {
    const path = copied('deleted', samples['gcc, PIE']!());
    const stopped = start(path);
    unlinkSync(path);
    const list = new ModuleList({ pid: stopped.pid });
    update(list, stopped);
    expect(list.modules[0]).toMatchObject({ kind: 'executable', path, name: 'deleted' });
    expect(list.modules[0]!.symbolsNamed('work').length).toBe(1);
  });

  test('a program replaced by another build', () => {
    const path = copied('replaced', samples['gcc, PIE']!());
    const stopped = start(path);
    const other = copied('other', samples['g++']!());
    renameSync(other, path);
    const list = new ModuleList({ pid: stopped.pid });
    update(list, stopped);
    expect(list.modules[0]!.kind).toBe('executable');
    expect(list.modules[0]!.symbolsNamed('work').length).toBe(1);
    expect(list.modules[0]!.symbolsNamed('overloaded')).toEqual([]);
  });

  test('a library that can only be read from memory', () => {
    const plugin = copied('only-in-memory.so', compile('plugin.c', { flags: ['-g3', '-shared', '-fPIC'] }));
    const stopped = start(compile(source('namespaces.c')), plugin);
    const known = new ModuleList({ pid: stopped.pid });
    runToMain(stopped, known);
    stopped.runTo(known.modules[0]!.toVirt(known.modules[0]!.symbols.named('done')[0]!.address));
    update(known, stopped);
    unlinkSync(plugin);
    const lines: string[] = [];
    setLogSink((line) => lines.push(line));
    // Without a pid nothing but the memory is left.
    const list = new ModuleList();
    update(list, stopped);
    expect(lines.join('\n')).toContain('reading it from memory');
    const copies = list.modules.filter((m) => m.name === 'only-in-memory.so');
    expect(copies.length).toBe(3);
    for (const copy of copies) {
      const twin = known.modules.find((m) => m.bias === copy.bias)!;
      expect(copy.symbolStatus).toBe('exports');
      expect(copy.buildId).toBe(twin.buildId);
      const run = copy.symbolsNamed('plugin_run')[0]!;
      expect(run.address).toBe(twin.symbolsNamed('plugin_run')[0]!.address);
      expect(copy.symbolAt(copy.toVirt(run.address))?.displayName).toBe('plugin_run');
      expect(copy.cfi.rowAt(run.address)).toBeDefined();
    }
  });

  test('another inode by stat than in the map (overlayfs): the contents decide', () => {
    const stopped = start(samples['gcc, PIE']!());
    const list = new ModuleList();
    const regions = readMaps(stopped.pid).map((r): MappedRegion => (r.inode === 0 ? r : { ...r, inode: r.inode + 1 }));
    list.update(regions, stopped.memory, { executablePath: readExe(stopped.pid)! });
    expect(list.modules[0]!.symbolsNamed('work').length).toBe(1);
    expect(list.modules[0]!.symbolStatus).toBe('debug-info');
  });
});

describe('files that are no modules', () => {
  test.each([
    ['text', () => Buffer.from('just some text\n'.repeat(400))],
    ['a truncated ELF file', () => readFileSync(stripped).subarray(0, 100)],
    [
      'a library for another machine',
      () => {
        const bytes = readFileSync(stripped);
        bytes.writeUInt16LE(183, 18);
        return bytes;
      },
    ],
    [
      'an ELF file of noise',
      () => {
        const bytes = Buffer.alloc(8192, 0xa5);
        readFileSync(stripped).copy(bytes, 0, 0, 20);
        return bytes;
      },
    ],
  ])('%s, mapped as code: left out, said once', (name, bytes) => {
    const file = join(directory, name.replaceAll(' ', '-'));
    writeFileSync(file, bytes());
    const stopped = start(compile(source('mapsfile.c')), file);
    const list = new ModuleList({ pid: stopped.pid });
    runToMain(stopped, list);
    const before = list.modules.length;
    const lines: string[] = [];
    setLogSink((line) => lines.push(line));
    stopped.runTo(list.modules[0]!.toVirt(list.modules[0]!.symbols.named('done')[0]!.address));
    expect(readMaps(stopped.pid).some((r) => r.path === file && r.permissions.includes('x'))).toBe(true);
    expect(update(list, stopped)).toEqual({ added: [], removed: [] });
    expect(list.modules.length).toBe(before);
    expect(lines.filter((l) => l.includes(`${basename(file)} is left out of the modules`)).length).toBe(1);
    list.update([...readMaps(stopped.pid), extraRegion()], stopped.memory, { executablePath: readExe(stopped.pid)! });
    expect(lines.filter((l) => l.includes(`${basename(file)} is left out of the modules`)).length).toBe(1);
  });

  function extraRegion(): MappedRegion {
    return {
      start: virtAddr(0x1000n),
      end: virtAddr(0x2000n),
      permissions: 'r--p',
      offset: 0,
      device: '00:00',
      inode: 4711,
      path: '/data',
      deleted: false,
    };
  }

  test('a file mapped only as data is none', () => {
    const stopped = start(samples['gcc, static']!());
    const list = new ModuleList({ pid: stopped.pid });
    const data = { ...extraRegion(), path: stripped };
    list.update([...readMaps(stopped.pid), data], stopped.memory, { executablePath: readExe(stopped.pid)! });
    expect(list.modules.map((m) => m.kind)).toEqual(['executable', 'vdso']);
  });

  test('nothing at all', () => {
    const list = new ModuleList();
    const nobody: MemoryReader = { read: () => new Uint8Array(0) };
    expect(list.update([], nobody, { executablePath: '' })).toEqual({ added: [], removed: [] });
    const vdso = { ...extraRegion(), inode: 0, path: '[vdso]', permissions: 'r-xp' };
    expect(list.update([vdso], nobody, { executablePath: '' })).toEqual({ added: [], removed: [] });
  });
});

test('a program that ends takes its modules with it', () => {
  const stopped = start(samples['gcc, PIE']!());
  const list = new ModuleList({ pid: stopped.pid });
  const { added } = update(list, stopped);
  const { removed } = list.update([], stopped.memory, { executablePath: '' });
  expect(new Set(removed)).toEqual(new Set(added));
  expect(list.modules).toEqual([]);
  expect(list.at(stopped.pc)).toBeUndefined();
});
