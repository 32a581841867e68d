import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fileAddr, virtAddr } from '../../src/common/addresses';
import { readMaps } from '../../src/common/procfs';
import { setLogSink } from '../../src/common/log';
import { ProcessMemory } from '../../src/ptrace/memory';
import { native } from '../../src/ptrace/native';
import { demangle, setCppDemangler } from '../../src/symbols/demangle';
import { Module } from '../../src/symbols/module';
import { compile, runTool } from '../support/debuggees';
import { libc, samples, source, stripped } from './elfsamples';

let directory: string;
beforeAll(() => {
  setCppDemangler((name) => native.demangle(name));
  directory = mkdtempSync(join(tmpdir(), 'module-'));
});
afterAll(() => rmSync(directory, { recursive: true }));
afterEach(() => setLogSink(undefined));

const BIAS = 0x5555_5555_4000n;

function open(path: string, options: { bias?: bigint; debugFileDirectories?: string[] } = {}): Module {
  return Module.open({ path, bias: options.bias ?? BIAS, kind: 'executable', ...options });
}

describe('where a module is', () => {
  test('addresses are translated by the bias', () => {
    const module = open(samples['gcc, PIE']!());
    const main = module.symbols.named('main')[0]!;
    expect(module.toVirt(main.address)).toBe(BIAS + BigInt(main.address));
    expect(module.toFile(module.toVirt(main.address))).toBe(main.address);
    expect(module.findMain()).toBe(module.toVirt(main.address));
    expect(module.entry).toBe(module.toVirt(module.elf.entry));
    expect(module.start).toBe(BIAS);
    expect(module.contains(module.start)).toBe(true);
    expect(module.contains(virtAddr(module.end - 1n))).toBe(true);
    expect(module.contains(module.end)).toBe(false);
    expect(module.name).toBe('hello');
    expect(open(samples['gcc, PIE']!()).id).not.toBe(module.id);
  });

  test('a program that is not position-independent', () => {
    const module = open(samples['gcc, not PIE']!(), { bias: 0n });
    expect(module.start).toBe(0x400000n);
    expect(module.findMain()).toBe(BigInt(module.symbols.named('main')[0]!.address));
  });

  test('code ranges', () => {
    const module = open(samples['gcc, PIE']!());
    const text = module.elf.section('.text')!;
    expect(module.codeRangeAt(fileAddr(text.address + 5))).toEqual({
      start: text.address,
      end: text.address + text.size,
    });
    expect(module.sectionAt(fileAddr(text.address + 5))?.name).toBe('.text');
    expect(module.codeRangeAt(module.elf.section('.data')!.address)).toBeUndefined();
    expect(module.codeRangeAt(fileAddr(0))).toBeUndefined();
  });
});

describe('symbols', () => {
  test('by address, with offset and display name', () => {
    const module = open(compile(source('names.cpp'), { flags: ['-g', '-O1'] }));
    const get = module.symbols.named('_ZNK5outer5Point3getEv')[0]!;
    const at = module.toVirt(get.address);
    expect(module.symbolAt(at)).toEqual({ symbol: get, address: at, offset: 0n, displayName: 'outer::Point::get' });
    expect(module.symbolAt(virtAddr(at + 2n))?.offset).toBe(2n);
    expect(module.symbolAt(virtAddr(0n))).toBeUndefined();
    expect(module.symbolAt(virtAddr(module.end + 16n))).toBeUndefined();
  });

  test('PLT entries', () => {
    const module = open(samples['gcc, bound lazily']!());
    const printf = module.symbolsNamed('printf@plt');
    expect(printf.length).toBe(1);
    const at = module.toVirt(printf[0]!.address);
    expect(module.symbolAt(virtAddr(at + 6n))).toMatchObject({ displayName: 'printf@plt', offset: 6n, address: at });
    expect(module.symbolsNamed('nothing@plt')).toEqual([]);
  });

  describe('by C++ name', () => {
    let module: Module;
    beforeAll(() => (module = open(compile(source('names.cpp'), { flags: ['-g', '-O1'] }))));
    const found = (name: string): string[] =>
      [...new Set(module.symbolsNamed(name).map((s) => demangle(s.name)))].sort();

    test.each<[string, string[]]>([
      ['main', ['main']],
      ['outer::Point::get', ['outer::Point::get() const']],
      ['Point::get', ['outer::Point::get() const']],
      ['::outer::Point::get', ['outer::Point::get() const']],
      ['::Point::get', []],
      ['oint::get', []],
      ['overloaded', ['overloaded(char const*)', 'overloaded(int)']],
      ['overloaded(int)', ['overloaded(int)']],
      ['overloaded(char const *)', ['overloaded(char const*)']],
      ['overloaded(double)', []],
      ['outer::Point::Point', ['outer::Point::Point(int)']],
      ['outer::Point::~Point', ['outer::Point::~Point()']],
      ['Point::operator<<', ['outer::Point::operator<<(int)']],
      ['Point::operator<', ['outer::Point::operator<(outer::Point const&) const']],
      ['Point::operator()', ['outer::Point::operator()(int, int) const']],
      ['Point::operator()(int, int)', ['outer::Point::operator()(int, int) const']],
      ['Point::operator bool', ['outer::Point::operator bool() const']],
      ['outer::hidden', ['outer::(anonymous namespace)::hidden(int)']],
      ['outer::(anonymous namespace)::hidden', ['outer::(anonymous namespace)::hidden(int)']],
      ['outer::text', ['outer::text[abi:cxx11](int)']],
      [
        'compare',
        ['Compare<((sizeof (double))>(4))> compare<double>(double)', 'Compare<((sizeof (int))>(4))> compare<int>(int)'],
      ],
      ['compare<int>', ['Compare<((sizeof (int))>(4))> compare<int>(int)']],
      ['Both::come', ['Both::come()', 'non-virtual thunk to Both::come()']],
      ['Local::run', ['around(int)::Local::run(int) const']],
      ['_Z10overloadedi', ['overloaded(int)']],
      ['nothing::here', []],
      ['operator', []],
      ['', []],
      ['::', []],
      ['(', []],
    ])('%s', (name, expected) => {
      const names = found(name);
      if (name === 'Both::come') expect(names).toEqual([expected[0]]);
      else expect(names).toEqual(expected);
    });

    test('clones that the optimiser made of a C function are found by its name', () => {
      const path = join(directory, 'clones.c');
      writeFileSync(
        path,
        `__attribute__((noinline)) static int scaled(int a, int b) { __asm__(""); return a * b + a / b; }
         __attribute__((noinline)) int twice(int a) { return scaled(a, 7); }
         int main(int c, char **v) { (void)v; return twice(c) + scaled(c + 1, 7); }`,
      );
      const clone = open(compile(path, { flags: ['-O2', '-fipa-cp', '-fipa-cp-clone'] }));
      const names = clone.symbolsNamed('scaled').map((s) => s.name);
      expect(names.length).toBe(1);
      expect(names[0]).toMatch(/^scaled\.(constprop|isra)/);
    });
  });

  test('by Rust name, in either mangling', () => {
    for (const flags of [['-g'], ['-g', '-C', 'symbol-mangling-version=v0']]) {
      const module = open(compile(source('names.rs'), { flags }));
      const found = (name: string): string[] => module.symbolsNamed(name).map((s) => demangle(s.name));
      expect(found('names::größe')).toEqual(['names::größe']);
      expect(found('größe')).toEqual(['names::größe']);
      expect(found('names::main')).toEqual(['names::main']);
      expect(found('main').length).toBe(1);
      expect(found('constants').length).toBe(2);
      expect(found('Go::go').length).toBe(1);
    }
  });

  test('the same name in a big stripped or symbol-rich file', () => {
    expect(open(stripped).symbolsNamed('main')).toEqual([]);
    const node = open(process.execPath, { bias: 0n });
    expect(node.symbolsNamed('main').map((s) => s.name)).toEqual(['main']);
    const start = node.symbolsNamed('node::Start');
    expect(start.length).toBeGreaterThan(0);
    for (const s of start) expect(demangle(s.name)).toMatch(/(^|::)node::Start\(/);
  });
});

describe('separate debug files', () => {
  let whole: string;
  let folder: string;
  let program: string;
  let debug: string;

  /** A stripped program and its debug file, in a directory of their own. */
  function split(name: string, flags: string[] = []): void {
    folder = join(directory, name);
    mkdirSync(folder);
    whole = compile('hello.c', { flags: ['-g', '-O0', ...flags] });
    program = join(folder, 'hello');
    debug = join(folder, 'hello.debug');
    runTool('objcopy', ['--only-keep-debug', whole, debug]);
    runTool('strip', ['-o', program, whole]);
  }

  function link(): void {
    runTool('objcopy', [`--add-gnu-debuglink=${basename(debug)}`, program], { cwd: folder });
  }

  function expectFound(module: Module, where: string): void {
    expect(module.debugElf.name).toBe(where);
    expect(module.symbolStatus).toBe('debug-info');
    const main = module.symbols.named('main')[0]!;
    expect(module.symbolAt(module.toVirt(main.address))?.displayName).toBe('main');
    expect(main).toEqual(open(whole).symbols.named('main')[0]);
  }

  test('by build id', () => {
    split('by-id');
    const id = open(program).buildId!;
    const tree = join(folder, 'tree');
    const place = join(tree, '.build-id', id.slice(0, 2), `${id.slice(2)}.debug`);
    mkdirSync(dirname(place), { recursive: true });
    copyFileSync(debug, place);
    expectFound(open(program, { debugFileDirectories: [tree] }), place);
  });

  test('by build id, but the file there is of another build', () => {
    split('wrong-id');
    const id = open(program).buildId!;
    const place = join(folder, '.build-id', id.slice(0, 2), `${id.slice(2)}.debug`);
    mkdirSync(dirname(place), { recursive: true });
    copyFileSync(compile('static.c', { flags: ['-g', '-static'] }), place);
    rmSync(debug);
    const lines: string[] = [];
    setLogSink((line) => lines.push(line));
    const module = open(program, { debugFileDirectories: [folder] });
    expect(module.debugElf).toBe(module.elf);
    expect(lines.join()).toContain('does not belong');
  });

  test('by debug link beside the program', () => {
    split('link-beside');
    link();
    expectFound(open(program), debug);
  });

  test('by debug link in .debug', () => {
    split('link-hidden');
    link();
    const place = join(folder, '.debug', 'hello.debug');
    mkdirSync(dirname(place));
    copyFileSync(debug, place);
    rmSync(debug);
    expectFound(open(program), place);
  });

  test("by debug link in a debug directory's copy of the tree", () => {
    split('link-tree');
    link();
    const tree = join(directory, 'tree');
    const place = join(tree, folder, 'hello.debug');
    mkdirSync(dirname(place), { recursive: true });
    copyFileSync(debug, place);
    rmSync(debug);
    expectFound(open(program, { debugFileDirectories: [tree] }), place);
  });

  test('without build ids the checksum decides', () => {
    split('checksum', ['-Wl,--build-id=none']);
    link();
    expectFound(open(program), debug);
    const bytes = readFileSync(debug);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(debug, bytes);
    const module = open(program);
    expect(module.debugElf).toBe(module.elf);
    expect(module.symbolStatus).toBe('none');
  });

  test('a damaged debug file is passed over', () => {
    split('damaged');
    link();
    writeFileSync(debug, 'not an ELF file');
    const lines: string[] = [];
    setLogSink((line) => lines.push(line));
    const module = open(program);
    expect(module.debugElf).toBe(module.elf);
    expect(lines.join()).toContain('hello.debug is not an ELF file');
  });

  test("dwz's shared file", () => {
    split('dwz');
    const second = join(folder, 'second.debug');
    copyFileSync(whole, join(folder, 'one'));
    copyFileSync(compile('hello.c', { flags: ['-g', '-O1'] }), second);
    const shared = join(folder, 'shared.debug');
    runTool('dwz', ['-m', shared, '-M', shared, join(folder, 'one'), second]);
    const module = open(join(folder, 'one'));
    expect(module.alternateElf?.name).toBe(shared);
    expect(open(program).alternateElf).toBeUndefined();
  });

  test('the system libc, whose debug file apt installs as libc6-dbg', () => {
    const module = Module.open({ path: libc, bias: 0n, kind: 'library' });
    if (module.debugElf === module.elf) {
      throw new Error('libc6-dbg is not installed. Run: sudo apt-get install -y libc6-dbg');
    }
    expect(module.symbolStatus).toBe('debug-info');
    expect(module.debugElf.name).toMatch(/^\/usr\/lib\/debug\//);
    expect(module.symbolsNamed('_IO_new_file_write').length).toBe(1);
    expect(module.symbolAt(module.toVirt(module.symbols.named('malloc')[0]!.address))?.displayName).toBe('malloc');
  });
});

describe('how much a module knows', () => {
  test.each([
    ['debug-info', () => compile('hello.c')],
    ['symbols', () => compile('hello.c', { flags: [] })],
    ['exports', () => compile('plugin.c', { flags: ['-shared', '-fPIC'], then: [['strip']] })],
    ['none', () => compile('static.c', { flags: ['-static'], then: [['strip']] })],
  ])('%s', (status, path) => {
    const module = open(path());
    expect(module.symbolStatus).toBe(status);
    expect(module.lines).toBe(module.lines);
    expect(module.cfi).toBe(module.cfi);
  });

  test('damaged symbols leave a module without them', () => {
    const bytes = readFileSync(compile('hello.c'));
    for (const at of [40, 41, 42]) bytes[at] = 0xff;
    const path = join(directory, 'damaged-symbols');
    writeFileSync(path, bytes);
    const module = open(path);
    expect(module.symbolStatus).toBe('none');
    expect(module.symbolAt(module.entry)).toBeUndefined();
    expect(module.symbolsNamed('main')).toEqual([]);
    expect(module.findMain()).toBe(open(compile('hello.c')).findMain());
  });

  test('no ELF file: the reason names it', () => {
    expect(() => open(join(directory, 'nope'))).toThrow(/nope: there is no such file/);
    const text = join(directory, 'text');
    writeFileSync(text, '#!/bin/sh\n');
    expect(() => open(text)).toThrow(/text is not an ELF file: it is a script/);
  });

  test('after close() what was read stays, the rest is absent', () => {
    const module = open(compile('hello.c'));
    const main = module.symbols.named('main')[0]!;
    module.close();
    module.close();
    expect(module.symbolAt(module.toVirt(main.address))?.displayName).toBe('main');
    expect(module.elf.sectionData('.debug_str')?.length).toBe(0);
  });
});

test('the vdso, from memory', () => {
  const region = readMaps(process.pid).find((r) => r.path === '[vdso]')!;
  const memory = new ProcessMemory(process.pid);
  const image = memory.read(region.start, Number(region.end - region.start));
  memory.close();
  for (const bytes of [image, withoutSections(image)]) {
    const vdso = Module.fromImage(bytes, '[vdso]', region.start);
    expect(vdso.kind).toBe('vdso');
    expect(vdso.start).toBe(region.start);
    expect(vdso.buildId).toMatch(/^[0-9a-f]{8,}$/);
    const symbol = vdso.symbolsNamed('__vdso_clock_gettime')[0]!;
    const address = vdso.toVirt(symbol.address);
    expect(vdso.contains(address)).toBe(true);
    expect(vdso.symbolAt(virtAddr(address + 1n))?.displayName).toMatch(/clock_gettime$/);
    expect(vdso.codeRangeAt(symbol.address)).toBeDefined();
    expect(vdso.symbolStatus).toBe('exports');
  }
});

function withoutSections(image: Uint8Array): Uint8Array {
  const bytes = Buffer.from(image);
  bytes.fill(0, 40, 48);
  bytes.fill(0, 60, 64);
  return bytes;
}
