/** Where breakpoints on lines go: against gdb for every line of programs, and rule by rule. */
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileAddr } from '../../src/common/addresses';
import { breakpointLines, resolveSourceLine } from '../../src/symbols/breakpointlocations';
import { LineIndex } from '../../src/symbols/lines';
import { prologueEnd } from '../../src/symbols/lines-prologue';
import { compile, line, runTool, sourcePath } from '../support/debuggees';
import { dumpedRows } from './dwarfdump';
import { gdbBreakpoints } from './gdbbreakpoints';
import { buildC, buildCpp, cppSource, cSources, inTemporaryDirectory, openElf, openLines } from './linesamples';

const cSource = cSources[0]!;

interface Symbol {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

function symbols(file: string): Symbol[] {
  return runTool('nm', ['-S', '--defined-only', file])
    .split('\n')
    .map((text) => /^([0-9a-f]+) ([0-9a-f]+) [tTwW] (\S+)$/.exec(text))
    .filter((match) => match !== null)
    .map(([, start, size, name]) => ({
      name: name!,
      start: parseInt(start!, 16),
      end: parseInt(start!, 16) + parseInt(size!, 16),
    }));
}

function symbolNamed(file: string, name: string): Symbol {
  const found = symbols(file).find((symbol) => symbol.name === name);
  if (!found) throw new Error(`${file} has no symbol ${name}`);
  return found;
}

/** Why we differ from gdb; undefined when there is no reason. */
function reasonToDiffer(file: string, ours: readonly number[], gdb: readonly number[]): string | undefined {
  const all = symbols(file);
  const at = (address: number): Symbol | undefined => all.find((s) => address >= s.start && address < s.end);
  const cold = new Set(all.filter((s) => s.name.endsWith('.cold')).map((s) => s.name.slice(0, -'.cold'.length)));
  const onlyOurs = ours.filter((address) => !gdb.includes(address));
  const onlyGdb = gdb.filter((address) => !ours.includes(address));
  // gdb takes code that gcc moved away, below the function, for its prologue, and moves the breakpoint behind that.
  const inSplit = (address: number): boolean => cold.has(at(address)?.name.replace(/\.cold$/, '') ?? '');
  if ([...onlyOurs, ...onlyGdb].every(inSplit)) return 'moved away';
  // gdb forgets rows that repeat a line under a discriminator, wherever they are.
  const rows = [...dumpedRows(file).values()].flat();
  const repeats = (address: number): boolean => rows.some((row) => row.address === address && row.discriminator > 0);
  return onlyOurs.length > 0 && onlyOurs.every(repeats) ? 'repeated under a discriminator' : undefined;
}

/** Every line of a source; returns the reasons for differences, by how often. */
function compareWithGdb(file: string, source: string): Record<string, number> {
  const lines = openLines(file);
  const reasons: Record<string, number> = {};
  let agreed = 0;
  for (const [at, expected] of gdbBreakpoints(file, source)) {
    const found = resolveSourceLine(lines, lines.filesMatching(basename(source)), { line: at });
    const ours: readonly number[] = found?.addresses ?? [];
    if (JSON.stringify(ours) === JSON.stringify(expected)) {
      agreed++;
      continue;
    }
    // From a line without code, gdb 14 and later do not go on to the beginning of another function.
    if (!hasCode(lines, source, at) && expected.every((address) => ours.includes(address))) continue;
    const reason = reasonToDiffer(file, ours, expected);
    if (reason === undefined) expect({ line: at, ours: hex(ours) }).toEqual({ line: at, ours: hex(expected) });
    else reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  expect(agreed).toBeGreaterThan(5);
  return reasons;
}

function hasCode(lines: LineIndex, source: string, at: number): boolean {
  return breakpointLines(lines, [source], at, at).length > 0;
}

function hex(addresses: readonly number[]): string {
  return addresses.map((address) => address.toString(16)).join(' ');
}

describe('every line goes where gdb puts it', () => {
  const programs: Record<string, (compiler: 'gcc' | 'clang', level: string) => string> = {
    [cSource]: (compiler, level) => buildC(compiler, level),
    [cppSource]: (compiler, level) => buildCpp(compiler === 'gcc' ? 'g++' : 'clang++', level),
  };
  for (const name of ['stepping.c', 'recursion.c', 'longjmp.c', 'threads.c', 'args.c', 'signals.c', 'unwind.c']) {
    programs[sourcePath(name)] = (compiler, level) => compile(name, { compiler, flags: ['-g', level, '-pthread'] });
  }
  for (const name of ['stepping.cpp', 'templates.cpp', 'exceptions.cpp']) {
    programs[sourcePath(name)] = (compiler, level) =>
      compile(name, { compiler: compiler === 'gcc' ? 'g++' : 'clang++', flags: ['-g', level] });
  }
  for (const [source, build] of Object.entries(programs)) {
    const name = basename(source);
    for (const compiler of ['gcc', 'clang'] as const) {
      it(`${name}, ${compiler} -O0`, () => {
        expect(compareWithGdb(build(compiler, '-O0'), source)).toEqual({});
      });
      it(`${name}, ${compiler} -O2`, () => {
        compareWithGdb(build(compiler, '-O2'), source);
      });
    }
  }
});

/** Addresses and the place shown, with addresses as symbol+offset. */
function resolve(file: string, source: string, marker: string, lines: LineIndex = openLines(file)): string {
  const found = resolveSourceLine(lines, [source], { line: line(source, marker) });
  if (!found) return 'nowhere';
  const all = symbols(file);
  const where = found.addresses.map((address) => {
    const symbol = all.find((s) => address >= s.start && address < s.end);
    return symbol ? symbol.name : address.toString(16);
  });
  return `${where.join(' ')} at line ${found.line - line(source, marker)}`;
}

describe('resolveSourceLine', () => {
  const plain = (): string => buildC('gcc', '-O0');

  it('takes the line itself', () => {
    expect(resolve(plain(), cSource, 'twice')).toBe('twice at line 0');
  });

  it('goes on to the next line with code, into the next function too', () => {
    const found = resolveSourceLine(openLines(plain()), [cSource], { line: line(cSource, 'between') });
    // Past the prologue of twice(), which begins on its opening line.
    expect(found?.line).toBe(line(cSource, 'twice'));
  });

  it('finds nothing past the last line with code, and nothing in unknown files', () => {
    const lines = openLines(plain());
    expect(resolveSourceLine(lines, [cSource], { line: line(cSource, 'end') })).toBeUndefined();
    expect(resolveSourceLine(lines, ['/no/such/file.c'], { line: 1 })).toBeUndefined();
    expect(resolveSourceLine(lines, () => false, { line: 1 })).toBeUndefined();
  });

  it('accepts a test of paths', () => {
    const found = resolveSourceLine(openLines(plain()), (path) => path.endsWith('/lines.c'), {
      line: line(cSource, 'twice'),
    });
    expect(found?.addresses).toHaveLength(1);
    expect(found?.file).toBe(cSource);
  });

  it('takes a for loop once', () => {
    expect(resolve(plain(), cSource, 'for')).toBe('helper at line 0');
    expect(resolve(buildC('clang', '-O0'), cSource, 'for')).toBe('helper at line 0');
  });

  it('takes every function of a line', () => {
    expect(resolve(plain(), cSource, 'oneliner')).toBe('oneliner second at line 0');
  });

  it('takes every copy of a function in a header', () => {
    const header = cSource.replace('lines.c', 'lines.h');
    expect(resolve(plain(), header, 'copied')).toBe('copied copied at line 0');
  });

  it('takes every instance of a template', () => {
    for (const compiler of ['g++', 'clang++'] as const) {
      const found = resolveSourceLine(openLines(buildCpp(compiler, '-O0')), [cppSource], { line: 25 });
      expect(found?.addresses).toHaveLength(2);
    }
  });

  it('tells columns of a line apart', () => {
    const lines = openLines(plain());
    const at = line(cSource, 'oneliner');
    const columns = breakpointLines(lines, [cSource], at, at).map((position) => position.column!);
    expect(columns.length).toBeGreaterThan(2);
    const exact = resolveSourceLine(lines, [cSource], { line: at, column: columns[1] });
    expect(exact?.addresses).toHaveLength(1);
    const between = resolveSourceLine(lines, [cSource], { line: at, column: columns[0]! + 1 });
    expect(between).toEqual(exact);
    const past = resolveSourceLine(lines, [cSource], { line: at, column: 500 });
    expect(past?.column).toBe(columns.at(-1));
  });

  it('follows #line directives', () => {
    const lines = openLines(plain());
    const [generated] = lines.filesMatching('lines_generated.y');
    const found = resolveSourceLine(lines, [generated!], { line: 1 });
    expect(found?.line).toBe(1002);
  });

  it('stays at the labels of assembly', () => {
    const source = sourcePath('count.s');
    const file = compile('count.s', { compiler: 'as' });
    const found = resolveSourceLine(openLines(file), [source], { line: 1 });
    expect(found?.addresses).toEqual([
      parseInt(/Entry point address:\s+0x(\S+)/.exec(runTool('readelf', ['-h', file]))![1]!, 16),
    ]);
  });
});

describe('breakpointLines', () => {
  it('lists the lines with code in a range, in order', () => {
    const lines = openLines(buildC('clang', '-O0'));
    const from = line(cSource, 'helper_first');
    const listed = breakpointLines(lines, [cSource], from, line(cSource, 'between'));
    const dumped = new Set(
      [...dumpedRows(buildC('clang', '-O0')).values()][0]!
        .filter((row, _, rows) => row.file === rows[0]!.file && row.flags.has('is_stmt'))
        .map((row) => row.line),
    );
    const expected = [...dumped].filter((at) => at >= from && at <= line(cSource, 'between')).sort((a, b) => a - b);
    expect([...new Set(listed.map((position) => position.line))]).toEqual(expected);
    expect(breakpointLines(lines, [cSource], line(cSource, 'between'), line(cSource, 'between'))).toEqual([]);
  });
});

describe('prologueEnd', () => {
  /** The first instructions of a function up to the address. */
  function skipped(file: string, name: string): string[] {
    const { start, end } = symbolNamed(file, name);
    const to = prologueEnd(openLines(file), fileAddr(start), fileAddr(end));
    const range = [`--start-address=${start}`, `--stop-address=${to}`];
    if (to === start) return [];
    const text = runTool('objdump', ['-d', '--no-show-raw-insn', ...range, file]);
    return [...text.matchAll(/^\s+[0-9a-f]+:\s+(\S+)/gm)].map((match) => match[1]!);
  }

  it('is behind the frame and the stored arguments in unoptimised code', () => {
    expect(skipped(buildC('gcc', '-O0', '-fcf-protection=none'), 'twice')).toEqual(['push', 'mov', 'sub', 'mov']);
    expect(skipped(buildC('gcc', '-O0', '-fcf-protection=full'), 'twice')[0]).toBe('endbr64');
    expect(skipped(buildC('clang', '-O0'), 'twice')).toEqual(['push', 'mov', 'sub', 'mov']);
  });

  it('is behind the first row where there is no frame pointer', () => {
    const file = buildC('gcc', '-O0', '-fomit-frame-pointer', '-fcf-protection=none');
    expect(skipped(file, 'twice')).toEqual(['sub', 'mov']);
  });

  it('is inside a function of one line', () => {
    expect(skipped(buildC('gcc', '-O0', '-fcf-protection=none'), 'oneliner')).toEqual(['push', 'mov', 'mov']);
  });

  it('skips nothing in optimised code of gcc', () => {
    for (const level of ['-O1', '-O2', '-Os', '-Og']) expect(skipped(buildC('gcc', level), 'main')).toEqual([]);
  });

  it('skips nothing where nothing is known', () => {
    const file = compile('hello.c', { flags: ['-O0'] });
    const { start, end } = symbolNamed(file, 'main');
    expect(prologueEnd(openLines(file), fileAddr(start), fileAddr(end))).toBe(start);
  });

  it('reads the instructions from the program when the lines are in a file of their own', () => {
    const file = buildC('gcc', '-O0', '-fcf-protection=none');
    inTemporaryDirectory((directory) => {
      const debug = join(directory, 'lines.debug');
      runTool('objcopy', ['--only-keep-debug', file, debug]);
      const { start, end } = symbolNamed(file, 'twice');
      const lines = new LineIndex(openElf(debug), { code: openElf(file) });
      expect(prologueEnd(lines, fileAddr(start), fileAddr(end))).toBe(
        prologueEnd(openLines(file), fileAddr(start), fileAddr(end)),
      );
      expect(lines.codeAt(fileAddr(start), 1)).toEqual(openLines(file).codeAt(fileAddr(start), 1));
    });
  });
});
