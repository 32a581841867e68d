/** The index of names: what it finds, that it keeps nothing twice, and that it survives its file and its worker. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DebugInfo } from '../../src/symbols/dwarf/debuginfo';
import type { NameKind } from '../../src/symbols/data/nameindex';
import { buildIndex } from '../../src/symbols/index/build';
import { decodeIndex, encodeIndex, loadIndex, storeIndex } from '../../src/symbols/index/indexfile';
import { ModuleIndex } from '../../src/symbols/index/moduleindex';
import { baseName, hashName, normalizeName, splitQualifiedName } from '../../src/symbols/index/namehash';
import { NameTable } from '../../src/symbols/index/nametable';
import { SplitDebugFiles } from '../../src/symbols/splitfiles';
import { SymbolTable } from '../../src/symbols/elf/symtab';
import { compile, type CompileOptions } from '../support/debuggees';
import { openElf } from './linesamples';

const sources = ['index_a.cpp', 'index_b.cpp'].map((name) => join(import.meta.dirname, 'sources', name));

function build(flags: readonly string[], options: Partial<CompileOptions> = {}): string {
  return compile(sources, {
    compiler: 'g++',
    flags: [`-I${join(import.meta.dirname, 'sources')}`, ...flags],
    ...options,
  });
}

function debugInfo(path: string): DebugInfo {
  return new DebugInfo(openElf(path), { splitFiles: new SplitDebugFiles({ path }) });
}

function tableOf(path: string): NameTable {
  const debug = debugInfo(path);
  return new NameTable(buildIndex(debug), debug);
}

let cache: string;
const home = process.env['XDG_CACHE_HOME'];

beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), 'index-'));
  process.env['XDG_CACHE_HOME'] = cache;
});

afterAll(() => {
  if (home === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = home;
  rmSync(cache, { recursive: true });
});

describe.each([
  ['gcc, DWARF 5', ['-g', '-O0'], 'g++'],
  ['gcc, DWARF 4 with type units', ['-gdwarf-4', '-fdebug-types-section', '-O0'], 'g++'],
  ['gcc, split', ['-g', '-gsplit-dwarf', '-O0'], 'g++'],
  ['clang, DWARF 5', ['-g', '-O0'], 'clang++'],
  ['clang, optimized', ['-g', '-O2'], 'clang++'],
] as const)('%s', (_name, flags, compiler) => {
  const table = (): NameTable => tableOf(build(flags, { compiler, name: 'index' }));

  const cases: [name: string, kind: NameKind, count: number][] = [
    ['Point', 'type', 1],
    ['geometry::Point', 'type', 1],
    ['::geometry::v2::Point', 'type', 1],
    ['v2::Point', 'type', 1],
    ['other::Point', 'type', 0],
    ['Point::Hash', 'type', 1],
    ['Alias', 'type', 1],
    ['geometry::Corner', 'type', 1],
    ['Local', 'type', 2],
    ['Box<int>', 'type', 1],
    ['geometry::Box< int >', 'type', 1],
    ['geometry::Box<geometry::Box<char>>', 'type', 1],
    ['Box', 'type', 3],
    ['nothing', 'type', 0],
    ['geometry::hidden', 'variable', 2],
    ['geometry::Point::count', 'variable', 1],
    ['anonymousCounter', 'variable', 1],
    ['main', 'function', 1],
    ['plain', 'function', 1],
    ['main', 'variable', 0],
    ['geometry::hiddenInA', 'function', 1],
    ['Corner::TOP_LEFT', 'enumerator', 1],
    ['UNNAMED', 'enumerator', 1],
    ['geometry::VERTICAL', 'enumerator', 0],
    ['Point::VERTICAL', 'enumerator', 1],
    ['', 'type', 0],
    ['::', 'type', 0],
    ['<', 'type', 0],
  ];

  it('finds names by kind, with and without their scopes', () => {
    const names = table();
    const found = cases.map(([name, kind]): [string, NameKind, number] => [
      name,
      kind,
      new Set([...names.find(name, kind, 100)].map((die) => die.key)).size,
    ]);
    // Optimizers drop what nobody uses; what they keep is what is asked for above at -O0.
    if ((flags as readonly string[]).includes('-O2')) {
      for (const [i, [name, , count]] of found.entries()) expect(count, name).toBeLessThanOrEqual(cases[i]![2]);
      expect(found.find(([name]) => name === 'geometry::Point')![2]).toBe(1);
    } else {
      expect(found).toEqual(cases);
    }
  });

  it('stops at the limit', () => {
    expect([...table().find('Box', 'type', 2)].length).toBeLessThanOrEqual(2);
  });
});

it('finds every function that the symbol table has and the program defines', () => {
  const path = build(['-g', '-O0']);
  const table = tableOf(path);
  const wanted = ['main', 'plain', 'useA', 'hiddenInA', 'hiddenInB', 'manhattan', 'doubled', 'get', 'twice'];
  const symbols = SymbolTable.of(openElf(path), 0n);
  expect(symbols.named('main')).toHaveLength(1);
  for (const name of wanted) expect([...table.find(name, 'function', 10)].length, name).toBeGreaterThan(0);
});

describe('the file', () => {
  const tables = (): ReturnType<typeof buildIndex> => buildIndex(debugInfo(build(['-g', '-O0'])));

  it('holds what was put in', () => {
    const original = tables();
    expect(decodeIndex(encodeIndex(original))).toEqual(original);
    storeIndex('key', original);
    expect(loadIndex('key')).toEqual(original);
    expect(loadIndex('other')).toBeUndefined();
  });

  it('is refused when a byte has changed or is missing', () => {
    const bytes = encodeIndex(tables());
    const at = fc.integer({ min: 0, max: bytes.length - 1 });
    fc.assert(
      fc.property(at, fc.integer({ min: 1, max: 255 }), (offset, flip) => {
        const damaged = bytes.slice();
        damaged[offset]! ^= flip;
        // The last two words of the header carry nothing.
        expect(decodeIndex(damaged) === undefined || (offset >= 20 && offset < 24)).toBe(true);
        expect(decodeIndex(bytes.slice(0, offset))).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });
});

describe('the index of a module', () => {
  const files = (path: string) => () => ({
    debug: debugInfo(path),
    path,
    alternatePath: undefined,
    split: { path },
    buildId: undefined,
  });

  it('is built at once when it is small', async () => {
    const index = new ModuleIndex(files(build(['-g', '-O0'])));
    expect(index.ready).toBeUndefined();
    await index.build();
    expect([...index.ready!.find('geometry::Point', 'type', 10)]).toHaveLength(1);
  });

  it('is built by a worker, kept, and loaded the next time', async () => {
    const path = build(['-g', '-gsplit-dwarf', '-O0']);
    const told: string[] = [];
    const observer = {
      begin: () => told.push('begin'),
      progress: () => undefined,
      end: () => told.push('end'),
    };
    const index = new ModuleIndex(files(path), observer);
    await index.build();
    expect([...index.ready!.find('geometry::Point', 'type', 10)]).toHaveLength(1);
    expect(told).toEqual(['begin', 'end']);
    expect(readdirSync(join(cache, 'ptrace-debug/index')).filter((name) => name !== 'key.idx')).toHaveLength(1);
    const again = new ModuleIndex(files(path), observer);
    await again.build();
    expect([...again.ready!.find('main', 'function', 10)]).toHaveLength(1);
    expect(told).toEqual(['begin', 'end']);
  });

  it('is not there for a file that is none, and says nothing of it', async () => {
    const path = join(cache, 'damaged');
    const bytes = readFileSync(build(['-g', '-O0']));
    const section = openElf(build(['-g', '-O0'])).section('.debug_info')!;
    bytes.fill(0xff, section.offset + 0x40, section.offset + 0x400);
    writeFileSync(path, bytes);
    const index = new ModuleIndex(files(path));
    await index.build();
    expect([...(index.ready?.find('geometry::Point', 'type', 10) ?? [])].length).toBeLessThanOrEqual(1);
  });
});

describe('names', () => {
  it.each([
    ['vector<int, std::allocator<int> >', 'vector<int,std::allocator<int>>'],
    ['unsigned int', 'unsigned int'],
    ['operator new', 'operator new'],
    [' a', 'a'],
  ])('%j is %j without spaces that mean nothing', (name, normalized) => {
    expect(normalizeName(name)).toBe(normalized);
    expect(hashName(name)).toEqual(hashName(normalized));
  });

  it.each([
    ['vector<int>', 'vector'],
    ['operator<', 'operator<'],
    ['operator<=>', 'operator<=>'],
    ['operator->', 'operator->'],
    ['<T as U>', '<Tas U>'.replace('Tas', 'T as')],
    ['plain', 'plain'],
  ])('%j is %j without arguments', (name, base) => {
    expect(baseName(name)).toBe(base);
    expect(hashName(name).base).toBe(hashName(base).full);
  });

  it.each([
    ['a::b::c', ['a', 'b', 'c']],
    ['::a', ['', 'a']],
    ['a<b::c>::d', ['a<b::c>', 'd']],
    ['operator->', ['operator->']],
    ['(anonymous namespace)::x', ['(anonymous namespace)', 'x']],
    ['f(a::b)::g', ['f(a::b)', 'g']],
  ])('%j has the parts %j', (name, parts) => {
    expect(splitQualifiedName(name)).toEqual(parts);
  });

  it('of any text are hashed and split without complaint', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(splitQualifiedName(text).join('::')).toBe(text);
        expect(hashName(normalizeName(text)).full).toBe(hashName(text).full);
      }),
    );
  });
});
