/** Line programs of real compilers, row by row against llvm-dwarfdump, and their files against llvm-symbolizer. */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileAddr } from '../../src/common/addresses';
import { DebugInfo } from '../../src/symbols/dwarf/debuginfo';
import { readLineHeader } from '../../src/symbols/dwarf/lineheader';
import {
  type LineTable,
  ROW_END_SEQUENCE,
  ROW_IS_STMT,
  ROW_PROLOGUE_END,
  runLineProgram,
} from '../../src/symbols/dwarf/lineprogram';
import { LineIndex } from '../../src/symbols/lines';
import { compile, runTool } from '../support/debuggees';
import { dumpedRows, type DumpedRow, symbolized } from './dwarfdump';
import { source } from './elfsamples';
import { buildC, buildCpp, cSources, inTemporaryDirectory, libcDebugFile, openElf, openLines } from './linesamples';

/** The addresses of executable sections, as readelf has them. */
function codeRange(file: string): { low: number; high: number } {
  let low = Infinity;
  let high = 0;
  for (const text of runTool('readelf', ['-SW', file]).split('\n')) {
    const section = /^\s*\[\s*\d+\]\s+\S+\s+\S+\s+([0-9a-f]{16})\s+[0-9a-f]+\s+([0-9a-f]+)\s+\S+\s+AX\b/.exec(text);
    if (!section) continue;
    const start = parseInt(section[1]!, 16);
    low = Math.min(low, start);
    high = Math.max(high, start + parseInt(section[2]!, 16));
  }
  return { low, high };
}

function sequencesOf(rows: readonly DumpedRow[]): DumpedRow[][] {
  const sequences: DumpedRow[][] = [];
  let sequence: DumpedRow[] = [];
  for (const row of rows) {
    sequence.push(row);
    if (!row.flags.has('end_sequence')) continue;
    sequences.push(sequence);
    sequence = [];
  }
  return sequences;
}

function oracleText(row: DumpedRow): string {
  const address = row.address.toString(16);
  if (row.flags.has('end_sequence')) return `${address} end`;
  const flags = ['is_stmt', 'prologue_end'].filter((flag) => row.flags.has(flag)).join(' ');
  return `${address} ${row.file}:${row.line}:${row.column} ${flags}`;
}

function ourText(table: LineTable, row: number): string {
  const address = table.addresses[row]!.toString(16);
  const flags = table.flags[row]!;
  if (flags & ROW_END_SEQUENCE) return `${address} end`;
  const words = [flags & ROW_IS_STMT ? 'is_stmt' : '', flags & ROW_PROLOGUE_END ? 'prologue_end' : ''];
  const place = `${table.files[row]}:${table.lines[row]}:${table.columns[row]}`;
  return `${address} ${place} ${words.filter((word) => word !== '').join(' ')}`;
}

/** Compares every row of every line program with code; returns how many. */
function compareRows(file: string): number {
  const elf = openElf(file);
  const debug = new DebugInfo(elf);
  const limits = codeRange(file);
  let compared = 0;
  for (const [offset, dumped] of dumpedRows(file)) {
    const section = debug.sections.line!;
    const header = readLineHeader(section, offset, 8);
    const program = section.bytes(header.programOffset, header.end - header.programOffset);
    const table = runLineProgram(header, program, limits);
    const expected = sequencesOf(dumped)
      .filter((rows) => rows[0]!.address >= limits.low && rows[0]!.address < rows.at(-1)!.address)
      .flat();
    const ours = Array.from({ length: table.rowCount }, (_, row) => ourText(table, row));
    expect(ours, `the program at ${offset}`).toEqual(expected.map(oracleText));
    compared += ours.length;
  }
  return compared;
}

/** Compares file, line and column of the rows that govern their address; returns how many. */
function compareEntries(file: string, lines: LineIndex): number {
  const { low, high } = codeRange(file);
  const addresses = new Set<number>();
  for (const rows of dumpedRows(file).values()) {
    for (const sequence of sequencesOf(rows)) {
      if (sequence[0]!.address < low || sequence[0]!.address >= high) continue;
      sequence.forEach((row, i) => {
        const next = sequence[i + 1];
        if (!next || next.address === row.address || row.line === 0) return;
        // Of rows at one address, ours may be an earlier one, when the last is no statement.
        if (sequence[i - 1]?.address === row.address && !row.flags.has('is_stmt')) return;
        addresses.add(row.address);
      });
    }
  }
  const list = [...addresses];
  const ours = list.map((address) => {
    const entry = lines.lineAt(fileAddr(address));
    return entry ? `${entry.file}:${entry.line}:${entry.column}` : '??:0:0';
  });
  expect(ours).toEqual(symbolized(file, list));
  return list.length;
}

describe('rows equal those of llvm-dwarfdump', () => {
  for (const compiler of ['gcc', 'clang'] as const) {
    for (const version of [2, 3, 4, 5]) {
      for (const level of ['-O0', '-O2']) {
        for (const compression of ['-gz=none', '-gz=zlib']) {
          it(`${compiler} -gdwarf-${version} ${level} ${compression}`, () => {
            const file = buildC(compiler, `-gdwarf-${version}`, level, compression);
            expect(compareRows(file)).toBeGreaterThan(80);
            expect(compareEntries(file, openLines(file))).toBeGreaterThan(40);
          });
        }
      }
    }
  }

  for (const compiler of ['g++', 'clang++'] as const) {
    for (const version of [4, 5]) {
      it(`${compiler} -gdwarf-${version} -O2, sections of their own and garbage-collected`, () => {
        const flags = [`-gdwarf-${version}`, '-O2', '-ffunction-sections', '-Wl,--gc-sections'];
        const file = buildCpp(compiler, ...flags);
        expect(compareRows(file)).toBeGreaterThan(500);
        expect(compareEntries(file, openLines(file))).toBeGreaterThan(200);
      });
    }
  }

  for (const [name, build] of Object.entries<() => string>({
    'the 64-bit DWARF format': () => buildC('gcc', '-gdwarf64', '-gdwarf-5'),
    'the 64-bit DWARF format, version 4': () => buildC('gcc', '-gdwarf64', '-gdwarf-4'),
    'the older GNU compression': () =>
      compile(cSources, { then: [['objcopy', '--compress-debug-sections=zlib-gnu']], name: 'zdebug' }),
    'lld, which writes -1 and -2 for discarded code': () =>
      buildCpp('clang++', '-O0', '-fuse-ld=lld', '-ffunction-sections', '-Wl,--gc-sections'),
    'split units, gcc': () => buildC('gcc', '-gsplit-dwarf', '-gdwarf-5'),
    'split units, clang, version 4': () => buildC('clang', '-gsplit-dwarf', '-gdwarf-4'),
    'split units, clang': () => buildC('clang', '-gsplit-dwarf', '-gdwarf-5'),
    'type units': () => buildCpp('g++', '-fdebug-types-section', '-gdwarf-5'),
    'link-time optimisation': () => buildC('gcc', '-flto', '-O2'),
    Rust: () => compile(source('names.rs')),
    assembly: () => compile(source('labels.s'), { compiler: 'as', flags: ['-g'] }),
    'assembly, version 2': () => compile(source('labels.s'), { compiler: 'as', flags: ['--gdwarf-2'] }),
    'partial units of dwz': () => compile(cppSourceTwice(), { then: [['dwz']], name: 'dwz' }),
  })) {
    it(name, () => {
      const file = build();
      expect(compareRows(file)).toBeGreaterThan(5);
      expect(compareEntries(file, openLines(file))).toBeGreaterThan(3);
    });
  }

  it('the debug file of the C library', () => {
    const file = libcDebugFile();
    expect(compareRows(file)).toBeGreaterThan(100_000);
  });
});

/** dwz only rewrites what it can shrink. */
function cppSourceTwice(): string[] {
  return [source('lines.cpp'), source('lines_more.cpp')];
}

describe('files', () => {
  it('are absolute, with relative directories joined and dots resolved', () => {
    inTemporaryDirectory((directory) => {
      for (const version of [2, 4, 5]) {
        for (const compiler of ['gcc', 'clang']) {
          runTool('mkdir', ['-p', 'a/b', 'include'], { cwd: directory });
          writeFileSync(join(directory, 'include/h.h'), 'static inline int h(int x)\n{\n  return x + 1;\n}\n');
          writeFileSync(join(directory, 'a/m.c'), '#include "../include/h.h"\nint main(void)\n{\n  return h(2);\n}\n');
          const flags = ['-g', `-gdwarf-${version}`, '../../a/./m.c', '-o', '../../m'];
          runTool(compiler, flags, { cwd: join(directory, 'a/b') });
          const files = openLines(join(directory, 'm')).sourceFiles();
          expect(files).toContain(join(directory, 'a/m.c'));
          expect(files).toContain(join(directory, 'include/h.h'));
        }
      }
    });
  });

  it('of a unit whose strings dwz moved to a shared file need that file', () => {
    inTemporaryDirectory((directory) => {
      const file = compile(cppSourceTwice(), { flags: ['-g', '-gdwarf-4'] });
      for (const name of ['one', 'two']) copyFileSync(file, join(directory, name));
      runTool('dwz', ['-m', 'shared', 'one', 'two'], { cwd: directory });
      const one = join(directory, 'one');
      const lines = new LineIndex(openElf(one), { alternate: openElf(join(directory, 'shared')) });
      expect(lines.sourceFiles()).toContain(source('lines.cpp'));
      expect(compareEntries(one, lines)).toBeGreaterThan(100);
      expect(() => openLines(one).sourceFiles()).not.toThrow();
    });
  });
});
