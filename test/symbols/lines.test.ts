/** The line index of a file: addresses, files, ranges, and what damage leaves of it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fileAddr } from '../../src/common/addresses';
import { ElfFile } from '../../src/symbols/elf/elffile';
import { LineIndex } from '../../src/symbols/lines';
import { compile, line, runTool } from '../support/debuggees';
import { dumpedRows } from './dwarfdump';
import { buildC, buildCpp, cSources, linesOfBytes, openElf, openLines } from './linesamples';

const [cSource, otherSource] = cSources as [string, string];

function functionRange(file: string, name: string): { start: number; end: number } {
  const text = runTool('nm', ['-S', '--defined-only', file]);
  const match = new RegExp(`^([0-9a-f]+) ([0-9a-f]+) [tT] ${name}$`, 'm').exec(text);
  if (!match) throw new Error(`${file} has no function ${name}`);
  const start = parseInt(match[1]!, 16);
  return { start, end: start + parseInt(match[2]!, 16) };
}

/** A copy of a file with bytes of one of its sections changed. */
function changed(file: string, section: string, change: (bytes: Uint8Array) => void): Uint8Array {
  const bytes = new Uint8Array(readFileSync(file));
  const { offset, size } = openElf(file).section(section)!;
  change(bytes.subarray(offset, offset + size));
  return bytes;
}

describe('lineAt', () => {
  it('says which row covers an address, and how far', () => {
    const file = buildC('gcc', '-O0');
    const { start, end } = functionRange(file, 'twice');
    const entry = openLines(file).lineAt(fileAddr(start))!;
    expect(entry).toMatchObject({ file: cSource, line: line(cSource, 'twice') - 1, address: start, isStmt: true });
    expect(entry.end).toBeGreaterThan(start);
    expect(entry.end).toBeLessThan(end);
    expect(openLines(file).lineAt(fileAddr(entry.end - 1))).toEqual(entry);
    expect(openLines(file).lineAt(entry.end)!.line).toBe(line(cSource, 'twice'));
  });

  it('knows nothing outside the code', () => {
    const lines = openLines(buildC('gcc', '-O0'));
    expect(lines.lineAt(fileAddr(0))).toBeUndefined();
    expect(lines.lineAt(fileAddr(2 ** 47))).toBeUndefined();
  });

  it('prefers a statement with a line among the rows of one address', () => {
    const file = buildC('gcc', '-O2');
    const lines = openLines(file);
    const statements = new Map<number, boolean>();
    const rows = [...dumpedRows(file).values()].flat();
    const ends = new Set(rows.filter((row) => row.flags.has('end_sequence')).map((row) => row.address));
    for (const row of rows) {
      // Rows at a sequence's end cover nothing.
      if (ends.has(row.address)) continue;
      statements.set(row.address, (statements.get(row.address) ?? false) || row.flags.has('is_stmt'));
    }
    let both = 0;
    for (const [address, isStatement] of statements) {
      expect(lines.lineAt(fileAddr(address))?.isStmt, address.toString(16)).toBe(isStatement);
      both |= isStatement ? 1 : 2;
    }
    expect(both).toBe(3);
  });

  it('finds units without .debug_aranges, with part of it, and with none of their ranges', () => {
    for (const build of [buildC('clang', '-O0'), buildC('gcc', '-O0')]) {
      const { start } = functionRange(build, 'other');
      const stripped = compile(cSources, {
        compiler: build === buildC('gcc', '-O0') ? 'gcc' : 'clang',
        flags: ['-g', '-O0'],
        then: [['objcopy', '--remove-section=.debug_aranges']],
        name: 'noaranges',
      });
      expect(openLines(build).lineAt(fileAddr(start))?.file).toBe(otherSource);
      expect(openLines(stripped).lineAt(fileAddr(functionRange(stripped, 'other').start))?.file).toBe(otherSource);
    }
    const file = buildC('gcc', '-O0');
    const { start } = functionRange(file, 'other');
    // The second set is the other unit's: its version becomes unknown, so its unit has to say itself where it is.
    const halved = changed(file, '.debug_aranges', (bytes) => {
      const second = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
      bytes[second + 4] = 99;
    });
    expect(linesOfBytes(halved).lineAt(fileAddr(start))?.file).toBe(otherSource);
  });

  it('works without line tables', () => {
    const lines = openLines(compile('hello.c', { flags: ['-O0'] }));
    expect(lines.hasLines).toBe(false);
    expect(lines.lineAt(fileAddr(0x1139))).toBeUndefined();
    expect(lines.unitAt(fileAddr(0x1139))).toBeUndefined();
    expect(lines.sourceFiles()).toEqual([]);
    expect(lines.filesMatching('hello.c')).toEqual([]);
    expect(lines.rowsFor('/hello.c').count).toBe(0);
    expect([...lines.entriesIn(fileAddr(0), fileAddr(1e6))]).toEqual([]);
    expect(lines.statementRange(fileAddr(0x1139))).toBeUndefined();
  });
});

describe('unitAt', () => {
  it('describes the unit', () => {
    for (const flags of [['-gdwarf-5'], ['-gdwarf-4'], ['-gdwarf-2'], ['-gdwarf-5', '-gsplit-dwarf']]) {
      for (const compiler of ['gcc', 'clang'] as const) {
        const file = buildC(compiler, '-O0', ...flags);
        const unit = openLines(file).unitAt(fileAddr(functionRange(file, 'other').start))!;
        expect(unit.compDir).toMatch(/^\/./);
        if (flags.includes('-gsplit-dwarf')) {
          expect(unit.dwoName).toMatch(/\.dwo$/);
        } else {
          expect(unit.name).toBe(otherSource);
          expect(unit.producer).toMatch(compiler === 'gcc' ? /^GNU C/ : /clang/);
          expect(unit.language).toBeTypeOf('number');
        }
      }
    }
  });
});

describe('files', () => {
  it('are listed once each, by basename too, and nothing else is decoded for it', () => {
    const lines = openLines(buildC('gcc', '-O0'));
    const files = lines.sourceFiles();
    expect(new Set(files).size).toBe(files.length);
    expect(files).toEqual(expect.arrayContaining([cSource, otherSource, cSource.replace('.c', '.h')]));
    expect(lines.filesMatching('lines.h')).toEqual([cSource.replace('.c', '.h')]);
    expect(lines.filesMatching('nothing.c')).toEqual([]);
  });

  it('have the statement rows of all units that name them', () => {
    const file = buildC('gcc', '-O0');
    const lines = openLines(file);
    const rows = lines.rowsFor(cSource.replace('.c', '.h'));
    const units = new Set(rows.units);
    expect(units.size).toBe(2);
    for (let i = 1; i < rows.count; i++) expect(rows.addresses[i]).toBeGreaterThanOrEqual(rows.addresses[i - 1]!);
    expect(lines.rowsFor(cSource.replace('.c', '.h'))).toBe(rows);
    expect(lines.rowsFor('/nothing.c').count).toBe(0);
  });
});

describe('entriesIn', () => {
  it('covers a function without gaps and overlaps', () => {
    for (const file of [buildC('gcc', '-O2'), buildC('clang', '-O0')]) {
      const lines = openLines(file);
      const { start, end } = functionRange(file, 'main');
      const entries = [...lines.entriesIn(fileAddr(start), fileAddr(end))];
      expect(entries[0]!.address).toBe(start);
      expect(entries.at(-1)!.end).toBeGreaterThanOrEqual(end);
      for (let i = 1; i < entries.length; i++) expect(entries[i]!.address).toBe(entries[i - 1]!.end);
      for (const entry of entries) expect(lines.lineAt(entry.address)).toEqual(entry);
    }
  });

  it('goes on behind gaps', () => {
    const file = buildCpp('g++', '-O0', '-ffunction-sections');
    const [text] = openElf(file).sections.filter((section) => section.name === '.text');
    const entries = [...openLines(file).entriesIn(fileAddr(0), fileAddr(text!.address + text!.size))];
    expect(entries.some((entry, i) => i > 0 && entry.address > entries[i - 1]!.end)).toBe(true);
    const covered = new Set(entries.map((entry) => entry.address as number));
    const { start } = functionRange(file, 'main');
    expect(covered.has(start)).toBe(true);
  });
});

describe('statementRange', () => {
  it('is the contiguous code of a line', () => {
    const file = buildC('gcc', '-O0');
    const lines = openLines(file);
    const { start, end } = functionRange(file, 'main');
    for (const entry of lines.entriesIn(fileAddr(start), fileAddr(end))) {
      const range = lines.statementRange(entry.address)!;
      expect(range.start).toBeLessThanOrEqual(entry.address);
      expect(range.end).toBeGreaterThanOrEqual(entry.end);
      const inside = [...lines.entriesIn(range.start, range.end)];
      expect(new Set(inside.map((each) => each.line)).size).toBe(1);
      const next = lines.lineAt(range.end);
      if (next && range.end < end) expect(next.line).not.toBe(entry.line);
    }
  });

  it('takes in rows that are no statements', () => {
    const file = buildC('gcc', '-O2');
    const lines = openLines(file);
    const { start, end } = functionRange(file, 'main');
    let merged = 0;
    for (const entry of lines.entriesIn(fileAddr(start), fileAddr(end))) {
      const range = lines.statementRange(entry.address)!;
      const inside = [...lines.entriesIn(range.start, range.end)];
      const statements = inside.filter((each) => each.isStmt && each.line > 0);
      expect(new Set(statements.map((each) => `${each.file}:${each.line}`)).size).toBeLessThanOrEqual(1);
      if (inside.some((each) => each.line !== entry.line)) merged++;
      const next = lines.lineAt(range.end);
      if (next && range.end < end) expect(next.isStmt && next.line > 0).toBe(true);
    }
    expect(merged).toBeGreaterThan(0);
  });
});

describe('damage costs the unit it is in', () => {
  const intact = (): string => buildC('gcc', '-O0', '-gdwarf-4');

  /** What is left of the two units' lines. */
  function left(lines: LineIndex): { main: boolean; other: boolean } {
    const at = (name: string): boolean =>
      lines.lineAt(fileAddr(functionRange(intact(), name).start)) !== undefined && lines.sourceFiles().length > 0;
    return { main: at('main'), other: at('other') };
  }

  function firstLineUnit(change: (bytes: Uint8Array) => void): LineIndex {
    return linesOfBytes(changed(intact(), '.debug_line', change));
  }

  it('an unknown version of a line program', () => {
    expect(left(firstLineUnit((bytes) => (bytes[4] = 77)))).toEqual({ main: false, other: true });
  });

  it('a line program that is longer than the section', () => {
    expect(left(firstLineUnit((bytes) => bytes.fill(0x7f, 0, 4)))).toEqual({ main: false, other: true });
  });

  it('an opcode base of 0', () => {
    expect(left(firstLineUnit((bytes) => (bytes[15] = 0)))).toEqual({ main: false, other: true });
  });

  it('an unknown version of a unit', () => {
    const lines = linesOfBytes(changed(intact(), '.debug_info', (bytes) => (bytes[4] = 77)));
    expect(left(lines)).toEqual({ main: false, other: true });
  });

  it('a damaged abbreviation table', () => {
    const bytes = changed(intact(), '.debug_abbrev', (section) => section.fill(0xff));
    expect(left(linesOfBytes(bytes))).toEqual({ main: false, other: false });
  });

  it('a file that ends inside .debug_line', () => {
    const { offset, size } = openElf(intact()).section('.debug_line')!;
    const bytes = new Uint8Array(readFileSync(intact()));
    const { start } = functionRange(intact(), 'twice');
    const cut = { size: bytes.length, read: (at: number, length: number) => bytes.subarray(at, clampEnd(at, length)) };
    const limit = offset + size - 20;
    // Only reads of the section see the end, as the section headers lie behind it.
    const clampEnd = (at: number, length: number): number =>
      at >= offset && at < offset + size ? Math.min(at + length, limit) : at + length;
    const lines = new LineIndex(ElfFile.parse(cut, 'cut'));
    expect(lines.lineAt(fileAddr(start))?.file).toBe(cSource);
    expect(lines.lineAt(fileAddr(functionRange(intact(), 'other').start))).toBeUndefined();
  });
});
