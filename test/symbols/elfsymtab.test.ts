import { isDeepStrictEqual } from 'node:util';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { fileAddr } from '../../src/common/addresses';
import { BufferSource } from '../../src/common/bytes';
import { ElfFile } from '../../src/symbols/elf/elffile';
import { mainFromEntryCode } from '../../src/symbols/elf/entrypoint';
import { SymbolTable } from '../../src/symbols/elf/symtab';
import type { ElfSymbol } from '../../src/symbols/types';
import { compile, runTool } from '../support/debuggees';
import { libc, openElf, samples, source, stripped } from './elfsamples';

interface Stated {
  name: string;
  address: number;
  size: number;
  type: string;
  binding: string;
}

/** `readelf -sW`: the symbols a debugger has a use for, without versions. */
function statedSymbols(path: string, table: '.symtab' | '.dynsym'): Stated[] {
  const found: Stated[] = [];
  let current = '';
  for (const line of runTool('readelf', ['-sW', path]).split('\n')) {
    current = /^Symbol table '(.*?)'/.exec(line)?.[1] ?? current;
    const m = /^ *\d+: ([0-9a-f]+) +(0x[0-9a-f]+|\d+) (\w+) +(\w+) +\w+ +(?:\[.*?\] +)?(\w+) (.+)$/.exec(line);
    if (!m || current !== table) continue;
    const [, address, size, type, binding, index, name] = m as unknown as string[];
    if (['UND', 'ABS', 'COM'].includes(index!) || type === 'SECTION' || type === 'FILE') continue;
    found.push({
      name: name!.replace(/@.*/, ''),
      address: parseInt(address!, 16),
      size: Number(size),
      type: type!,
      binding: binding!,
    });
  }
  return found;
}

const kinds: Record<string, string> = {
  FUNC: 'function',
  IFUNC: 'ifunc',
  OBJECT: 'object',
  TLS: 'tls',
  NOTYPE: 'notype',
};
const bindings: Record<string, string> = { LOCAL: 'local', WEAK: 'weak' };

/** What one lookup finds out serves its neighbours: they must be told what they would be told by themselves. */
describe('lookups do not depend on what was looked up before', () => {
  for (const name of ['gcc, static', 'assembler', 'system libc', 'rustc', 'musl-gcc']) {
    test(name, () => {
      const elf = openElf(samples[name]!());
      const [upwards, downwards] = [SymbolTable.of(elf), SymbolTable.of(elf)];
      const text = elf.section('.text')!;
      const addresses = Array.from({ length: Math.min(text.size + 64, 40_000) }, (_, i) => text.address - 32 + i);
      const nameAt = (table: SymbolTable, at: number) => table.lookup(fileAddr(at))?.name;
      const names = addresses.map((address) => nameAt(upwards, address));
      expect(new Set(names).size).toBeGreaterThan(2);
      expect([...addresses].reverse().map((address) => nameAt(downwards, address))).toEqual([...names].reverse());
    });
  }
});

describe('symbols agree with readelf', () => {
  for (const [name, path] of Object.entries(samples)) {
    test(name, () => {
      const table = SymbolTable.of(openElf(path()));
      const symtab = statedSymbols(path(), '.symtab');
      const dynsym = statedSymbols(path(), '.dynsym');
      const stated = symtab.length > 0 ? symtab : dynsym;
      const key = (s: { name: string; address: number; size: number }, kind: string, binding: string): string =>
        `${s.name} ${s.address.toString(16)} ${s.size} ${kind} ${binding}`;
      const keys = (symbols: Stated[]): Set<string> =>
        new Set(symbols.map((s) => key(s, kinds[s.type] ?? s.type, bindings[s.binding] ?? 'global')));
      const ours = new Set(table.search(() => true).map((s) => key(s, s.kind, s.binding)));
      expect(ours.size).toBeGreaterThan(2);
      // .dynsym may add names that .symtab does not have (node: aliases of variables copied from libc).
      const missing = [...keys(stated)].filter((k) => !ours.has(k));
      const known = new Set([...keys(stated), ...keys(dynsym)]);
      const invented = [...ours].filter((k) => !known.has(k));
      expect({ missing: missing.slice(0, 5), invented: invented.slice(0, 5) }).toEqual({ missing: [], invented: [] });

      // Every sized function is found by its first, a middle and its last byte, under one of the names it has there.
      const functions = stated.filter((s) => s.type === 'FUNC' && s.size > 0);
      const names = new Map<number, Set<string>>();
      for (const s of [...stated, ...dynsym]) names.set(s.address, (names.get(s.address) ?? new Set()).add(s.name));
      for (const f of functions.filter((_, i) => i % Math.ceil(functions.length / 2000) === 0)) {
        for (const offset of [0, f.size >> 1, f.size - 1]) {
          const found = table.lookup(fileAddr(f.address + offset))!;
          // A function may lie inside another one's stated size; then the inner one is meant.
          expect(found.address).toBeGreaterThanOrEqual(f.address);
          expect(found.address + found.size).toBeGreaterThan(f.address + offset);
          expect(names.get(found.address)).toContain(found.name);
        }
      }

      // Names are found by their bytes.
      for (const s of stated.filter((_, i) => i % Math.ceil(stated.length / 25) === 0)) {
        const found = table.named(s.name).map((x) => x.address);
        const there = stated.filter((x) => x.name === s.name).map((x) => x.address);
        expect(new Set(found)).toEqual(new Set(there));
      }
      expect(table.named('no_such_symbol_anywhere')).toEqual([]);
      expect(table.named('')).toEqual([]);
    });
  }
});

describe('which symbol names an address', () => {
  let table: SymbolTable;
  let at: (name: string) => number;
  const nameAt = (address: number): string | undefined => table.lookup(fileAddr(address))?.name;

  beforeAll(() => {
    table = SymbolTable.of(openElf(compile(source('labels.s'), { compiler: 'as' })));
    at = (name) => table.named(name)[0]!.address;
  });

  test('a symbol without a size reaches to the next one', () => {
    expect(nameAt(at('_start'))).toBe('_start');
    expect(nameAt(at('_start') + 1)).toBe('_start');
    expect(nameAt(at('inside'))).toBe('inside');
    expect(nameAt(at('sized') - 1)).toBe('inside');
  });

  test('a function around a label wins over the label', () => {
    expect(nameAt(at('in_sized'))).toBe('sized');
    expect(nameAt(at('in_sized') + 1)).toBe('sized');
  });

  test('padding behind a sized function belongs to nobody', () => {
    expect(nameAt(at('in_sized') + 2)).toBeUndefined();
  });

  test('of several names the plain one is shown', () => {
    expect(nameAt(at('alias'))).toBe('alias');
    expect(at('alias')).toBe(at('__alias'));
  });

  test('nothing reaches beyond the end of its section', () => {
    expect(nameAt(at('text_end') - 1)).toBe('last');
    expect(nameAt(at('text_end'))).toBeUndefined();
    expect(nameAt(at('text_end') + 0x1000)).toBeUndefined();
    expect(nameAt(0)).toBeUndefined();
    expect(nameAt(Number.MAX_SAFE_INTEGER)).toBeUndefined();
  });

  test('absolute symbols are no places', () => {
    expect(table.named('fixed')).toEqual([]);
  });

  test('well-known names in libc: read rather than __read', () => {
    const symbols = SymbolTable.of(openElf(libc));
    const read = symbols.named('read')[0]!;
    expect(symbols.named('__read')[0]!.address).toBe(read.address);
    expect(symbols.lookup(read.address)!.name).toBe('read');
    expect(symbols.lookup(fileAddr(read.address + 3))!.name).toBe('read');
  });

  test('thread-local symbols are found by name, never by address', () => {
    const symbols = SymbolTable.of(openElf(libc));
    const tls = symbols.named('errno').find((s) => s.kind === 'tls')!;
    expect(tls).toBeDefined();
    expect(symbols.lookup(tls.address)?.kind).not.toBe('tls');
  });
});

test('functionStarts lists each function once, in order', () => {
  const path = samples['gcc, PIE']!();
  const elf = openElf(path);
  const text = elf.section('.text')!;
  const starts = SymbolTable.of(elf).functionStarts(text.address, fileAddr(text.address + text.size));
  const expected = statedSymbols(path, '.symtab')
    .filter((s) => s.type === 'FUNC' && s.address >= text.address && s.address < text.address + text.size)
    .map((s) => s.address);
  expect(starts).toEqual([...new Set(expected)].sort((a, b) => a - b));
});

test('a .symtab cut down by strip does not hide .dynsym', () => {
  const path = compile('plugin.c', { flags: ['-shared', '-fPIC'], then: [['strip', '-K', 'nothing_of_the_kind']] });
  expect(SymbolTable.of(openElf(path)).named('plugin_run').length).toBe(1);
});

describe('without section headers the dynamic section tells the symbols', () => {
  for (const [name, path] of [
    ['DT_GNU_HASH', () => compile('plugin.c', { flags: ['-shared', '-fPIC', '-Wl,--hash-style=gnu'] })],
    ['DT_HASH', () => compile('plugin.c', { flags: ['-shared', '-fPIC', '-Wl,--hash-style=sysv'] })],
    ['libc', () => libc],
    ['/bin/ls', () => stripped],
  ] as const) {
    test(name, () => {
      const bytes = readFileSync(path());
      const whole = SymbolTable.of(openElf(path()));
      bytes.fill(0, 40, 48); // e_shoff
      bytes.fill(0, 60, 64); // e_shnum, e_shstrndx
      const elf = ElfFile.parse(new BufferSource(bytes), name);
      expect(elf.sections).toEqual([]);
      const symbols = SymbolTable.of(elf);
      const stated = statedSymbols(path(), '.dynsym');
      expect(symbols.count).toBe(stated.length);
      for (const s of stated.filter((_, i) => i % Math.ceil(stated.length / 50) === 0)) {
        expect(symbols.named(s.name).map((x) => x.address)).toContain(s.address);
        if (s.type === 'FUNC')
          expect(symbols.lookup(fileAddr(s.address))?.name).toBe(whole.lookup(fileAddr(s.address))?.name);
      }
    });
  }
});

describe('main from the entry code', () => {
  for (const name of [
    'gcc, PIE',
    'gcc, not PIE',
    'gcc, static',
    'gcc, static PIE',
    'clang, PIE',
    'clang, lld',
    'gcc, IBT',
    'rustc',
    'g++',
    'node',
  ]) {
    test(name, () => {
      const elf = openElf(samples[name]!());
      expect(mainFromEntryCode(elf)).toBe(SymbolTable.of(elf).named('main')[0]!.address);
    });
  }

  test('a stripped program', () => {
    const whole = compile('hello.c');
    const path = compile('hello.c', { then: [['strip']] });
    const elf = openElf(path);
    expect(SymbolTable.of(elf).named('main')).toEqual([]);
    expect(mainFromEntryCode(elf)).toBe(SymbolTable.of(openElf(whole)).named('main')[0]!.address);
  });

  test('no guess where the entry is something else', () => {
    for (const name of ['musl-gcc', 'assembler', 'shared library', 'system libc']) {
      expect(mainFromEntryCode(openElf(samples[name]!()))).toBeUndefined();
    }
  });
});

/** Tables of more than twenty thousand symbols are not sorted before somebody asks often. */
describe('a large table', () => {
  const large = () => openElf(compile(source('manysymbols.s'), { compiler: 'as' }));

  test('tells at every address what it tells once it is sorted', () => {
    const elf = large();
    const [unsorted, sorted] = [SymbolTable.of(elf), SymbolTable.of(elf)];
    expect(sorted.count).toBeGreaterThan(20_000);
    const text = elf.section('.text')!;
    const wrong: number[] = [];
    // A stride that is prime to the sizes of the functions: beginnings, middles and ends in turn.
    for (let at = text.address - 8; at < text.address + text.size + 8; at += 61) {
      if (!isDeepStrictEqual(unsorted.lookup(fileAddr(at)), sorted.lookup(fileAddr(at)))) wrong.push(at);
    }
    expect(wrong).toEqual([]);
  });

  test('finds names, and parts of what has them, however often it is asked', () => {
    const table = SymbolTable.of(large());
    const names = (symbols: readonly ElfSymbol[]) => symbols.map(({ name }) => name);
    for (let i = 0; i < 40; i++) expect(names(table.named(`f${i * 100}`)), `f${i * 100}`).toEqual([`f${i * 100}`]);
    expect(names(table.named('no_such_function'))).toEqual([]);
    expect(names(table.partsNamed('f7'))).toEqual(['f7.part.0']);
  });
});

test('a version that only old programs are bound to comes after the default one', () => {
  const table = SymbolTable.of(openElf('/lib/x86_64-linux-gnu/libc.so.6'));
  expect(table.named('memcpy').map(({ isHidden }) => isHidden)).toEqual([false, true]);
});
