/**
 * Debugging information in several files, against the same program with all of it in one: the code is the same to the
 * byte, so every entry has to have the same name, type, ranges, locations and values.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as C from '../../src/symbols/dwarf/constants';
import type { CompileUnit } from '../../src/symbols/dwarf/compileunit';
import type { Die } from '../../src/symbols/dwarf/die';
import { Module, type ModuleOptions } from '../../src/symbols/module';
import { compile, runTool } from '../support/debuggees';
import { cSources, inTemporaryDirectory } from './linesamples';

const cppSource = `${import.meta.dirname}/sources/entries.cpp`;
const DW_AT_const_value = 0x1c;
const DW_AT_decl_line = 0x3b;
const DW_AT_location = 0x02;
const DW_AT_type = 0x49;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/**
 * An expression. Addresses and offsets of thread-local variables are stated in another way in a split unit (DW_OP_addr,
 * const8u; addrx, constx; GNU_addr_index, GNU_const_index), and DW_OP_implicit_pointer has an offset in the section.
 */
function expressionText(bytes: Uint8Array): string {
  if ([0x03, 0xa1, 0xfb, 0x0e, 0xa2, 0xfc].includes(bytes[0]!)) return 'address';
  return bytes[0] === 0xa0 || bytes[0] === 0xf2 ? 'implicit pointer' : hex(bytes);
}

function locationText(die: Die): string {
  const expression = die.expression(DW_AT_location);
  if (expression) return expressionText(expression);
  const list = die.locationList(DW_AT_location);
  return list
    ? list
        .entries()
        .map((e) => `${e.start}-${e.end}:${expressionText(e.expression)}`)
        .join(' ')
    : '';
}

function entryText(die: Die): string {
  const type = die.inherited(DW_AT_type);
  return [
    die.tag.toString(16),
    die.name ?? '',
    die.linkageName ?? '',
    type ? (type.die.reference(DW_AT_type)?.name ?? 'a type') : '',
    die.ranges().map(({ start, end }) => `${start}-${end}`),
    locationText(die),
    die.signed(DW_AT_const_value) ?? '',
    die.number(DW_AT_decl_line) ?? '',
  ].join('|');
}

/** Every entry of every unit; the roots by their names and ranges alone. */
function rendered(module: Module): string[] {
  const lines: string[] = [];
  const visit = (die: Die, depth: number): void => {
    if (die.tag !== C.DW_TAG_imported_unit) lines.push(' '.repeat(depth) + entryText(die));
    for (const child of die.children()) visit(child, depth + 1);
  };
  for (const unit of units(module)) {
    lines.push(`${unit.full.name} ${unit.compDir} ${JSON.stringify(unit.full.ranges())}`);
    for (const child of unit.full.root.children()) visit(child, 1);
  }
  return lines;
}

function units(module: Module): CompileUnit[] {
  const found: CompileUnit[] = [];
  module.debug.eachUnit((header) => found.push(module.debug.unitAt(header.offset)));
  return found.filter((unit) => unit.tag !== C.DW_TAG_partial_unit);
}

function open(path: string, options: Partial<ModuleOptions> = {}): Module {
  return Module.open({ path, bias: 0n, kind: 'executable', ...options });
}

/** A program whose .dwo files, if any, are in `directory` with it. */
function build(directory: string, compiler: 'gcc' | 'clang' | 'g++' | 'clang++', ...flags: string[]): string {
  const program = join(directory, 'prog');
  const sources = compiler.endsWith('++') ? [cppSource] : cSources;
  runTool(compiler, ['-g', ...flags, '-o', program, ...sources], { cwd: directory });
  return program;
}

const variants: [compiler: 'gcc' | 'clang' | 'g++' | 'clang++', flags: string[]][] = [
  ['gcc', ['-O2', '-gdwarf-4']],
  ['gcc', ['-O2', '-gdwarf-5']],
  ['clang', ['-O2', '-gdwarf-4']],
  ['clang', ['-O2', '-gdwarf-5']],
  ['g++', ['-O1', '-gdwarf-5']],
  ['clang++', ['-O2', '-gdwarf-4']],
  ['clang++', ['-O1', '-gdwarf-5', '-fdebug-types-section']],
  ['g++', ['-O0', '-gdwarf-4', '-fdebug-types-section']],
  ['g++', ['-O1', '-gdwarf-5', '-fdebug-types-section']],
];

describe('the same entries come', () => {
  for (const [compiler, flags] of variants) {
    const name = [compiler, ...flags].join(' ');
    it(`from .dwo files, ${name}`, () => {
      inTemporaryDirectory((directory) => {
        const whole = rendered(open(build(directory, compiler, ...flags)));
        const split = open(build(directory, compiler, ...flags, '-gsplit-dwarf'));
        expect(units(split).map((unit) => unit.full.debug.sections.isSplit)).not.toContain(false);
        expect(comparable(rendered(split), compiler)).toEqual(comparable(whole, compiler));
        expect(split.problems).toEqual([]);
        expect(whole.length).toBeGreaterThan(50);
      });
    });
    // Neither llvm-dwp 14 nor binutils' dwp can package what gcc makes of DWARF 5: they do not end.
    if (name.startsWith('g') && flags.includes('-gdwarf-5')) continue;
    it(`from a package, ${name}`, () => {
      inTemporaryDirectory((directory) => {
        const whole = rendered(open(build(directory, compiler, ...flags)));
        const program = build(directory, compiler, ...flags, '-gsplit-dwarf');
        runTool('timeout', ['20', 'llvm-dwp', '-e', program, '-o', `${program}.dwp`]);
        for (const file of dwoFiles(directory)) rmSync(file);
        const packaged = open(program);
        expect(comparable(rendered(packaged), compiler)).toEqual(comparable(whole, compiler));
        expect(packaged.problems).toEqual([]);
      });
    });
  }
});

/**
 * What is compared: gcc leaves declarations and types that nothing uses out of a C++ program, but not of its .dwo; there
 * it is the entries with code or a location.
 */
function comparable(lines: string[], compiler: string): string[] {
  if (compiler !== 'g++') return lines;
  return lines.filter((line) => line.split('|').slice(4, 6).join('') !== '');
}

function dwoFiles(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.dwo'))
    .map((name) => join(directory, name));
}

describe('.dwo files', () => {
  const isSplit = (module: Module): boolean[] => units(module).map((unit) => unit.full.debug.sections.isSplit);

  it('are found beside a program that was moved with them', () => {
    inTemporaryDirectory((directory) => {
      const built = join(directory, 'built');
      const moved = join(directory, 'moved');
      mkdirSync(built);
      build(built, 'clang', '-gsplit-dwarf');
      renameSync(built, moved);
      expect(isSplit(open(join(moved, 'prog')))).toEqual([true, true]);
    });
  });

  it('are found in the directories of debug files', () => {
    inTemporaryDirectory((directory) => {
      const program = build(directory, 'gcc', '-gsplit-dwarf');
      const elsewhere = join(directory, 'elsewhere');
      mkdirSync(elsewhere);
      for (const file of dwoFiles(directory)) renameSync(file, join(elsewhere, basename(file)));
      expect(isSplit(open(program))).toEqual([false, false]);
      expect(isSplit(open(program, { debugFileDirectories: [elsewhere] }))).toEqual([true, true]);
    });
  });

  it('are found where the source map says that the build is', () => {
    inTemporaryDirectory((directory) => {
      const program = build(directory, 'gcc', '-gsplit-dwarf', '-gdwarf-4');
      const elsewhere = join(directory, 'elsewhere');
      mkdirSync(elsewhere);
      for (const file of dwoFiles(directory)) renameSync(file, join(elsewhere, basename(file)));
      const mapPath = (path: string): string => (dirname(path) === directory ? join(elsewhere, basename(path)) : path);
      expect(isSplit(open(program, { mapPath }))).toEqual([true, true]);
    });
  });

  it('may be the objects themselves', () => {
    inTemporaryDirectory((directory) => {
      runTool('clang', ['-g', '-gsplit-dwarf=single', '-c', ...cSources], { cwd: directory });
      const program = join(directory, 'prog');
      runTool('clang', ['-o', program, join(directory, 'lines.o'), join(directory, 'lines_other.o')]);
      expect(isSplit(open(program))).toEqual([true, true]);
    });
  });

  it('that are missing are named, once, and cost no lines', () => {
    inTemporaryDirectory((directory) => {
      const program = build(directory, 'clang', '-gsplit-dwarf', '-gdwarf-5');
      for (const file of dwoFiles(directory)) rmSync(file);
      const module = open(program);
      for (let i = 0; i < 2; i++) expect(isSplit(module)).toEqual([false, false]);
      expect(module.problems).toHaveLength(2);
      expect(module.problems[0]).toMatch(/^lines\.dwo is missing: variables of .* cannot be shown\.$/);
      expect(module.lines.sourceFiles()).toContain(cSources[0]);
      expect(module.lines.hasLines).toBe(true);
    });
  });

  it('of another build are refused', () => {
    inTemporaryDirectory((directory) => {
      const program = build(directory, 'clang', '-gsplit-dwarf', '-gdwarf-5');
      const [first, second] = dwoFiles(directory).sort();
      copyFileSync(second!, first!);
      const module = open(program);
      expect(isSplit(module)).toEqual([false, true]);
      expect(module.problems[0]).toMatch(/lines\.dwo is of another build than the program/);
    });
  });

  it('that are no ELF files are as good as missing', () => {
    inTemporaryDirectory((directory) => {
      const program = build(directory, 'gcc', '-gsplit-dwarf');
      for (const file of dwoFiles(directory)) writeFileSync(file, 'nothing of the kind');
      const module = open(program);
      expect(isSplit(module)).toEqual([false, false]);
      expect(module.problems).toHaveLength(2);
    });
  });

  it('are not missed where nothing is split', () => {
    const module = open(compile('hello.c'));
    expect(units(module).every((unit) => unit.full === unit)).toBe(true);
    expect(module.problems).toEqual([]);
  });
});

describe('a file that dwz shared debug information into', () => {
  it('gives the entries of its partial units', () => {
    inTemporaryDirectory((directory) => {
      const first = build(directory, 'g++', '-O1', '-gdwarf-4');
      const whole = rendered(open(first));
      const second = join(directory, 'second');
      copyFileSync(first, second);
      const shared = join(directory, 'shared.debug');
      runTool('dwz', ['-m', shared, '-M', shared, first, second]);
      expect(existsSync(shared)).toBe(true);
      const module = open(first);
      const names = (module: Module): string[] => {
        const found: string[] = [];
        for (const unit of units(module)) {
          for (const child of unit.root.childrenAcrossImports()) found.push(`${child.tag} ${child.name}`);
        }
        return found.sort();
      };
      // A type that several entries refer to is among them once or more often; the set is what counts.
      const before = new Set(whole.filter((line) => /^ [0-9a-f]/.test(line)).map((line) => line.split('|')[1] ?? ''));
      expect(names(module).length).toBeGreaterThan(20);
      const after = new Set(names(module).map((text) => text.slice(text.indexOf(' ') + 1).replace('undefined', '')));
      expect([...before].filter((name) => !after.has(name))).toEqual([]);
    });
  });
});
