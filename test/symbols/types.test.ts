/** Types as read here and as gdb reads them, over compilers, versions of DWARF, and ways of storing it. */
import { describe, expect, test } from 'vitest';
import { compile, type CompileOptions } from '../support/debuggees';
import { gdbTypes, ourTypes } from './gdbtypes';
import { open, source, variablesOf } from './typesamples';

const sorted = (lines: Readonly<Record<string, readonly string[]>>): Record<string, readonly string[]> =>
  Object.fromEntries(Object.entries(lines).map(([name, [size, ...rest]]) => [name, [size!, ...rest.sort()]]));

function compareWithGdb(name: string, options: CompileOptions, atLeast: number): void {
  const file = compile(source(name), options);
  const ours = variablesOf(open(file), /^t_/);
  expect(ours.size).toBeGreaterThan(atLeast);
  const theirs = sorted(gdbTypes(file, [...ours.keys()], 'variables'));
  expect(sorted(ourTypes(ours))).toEqual(theirs);
}

describe('C types are what gdb says', () => {
  const flags = (version: number, ...more: string[]): string[] => ['-g', `-gdwarf-${version}`, ...more];
  test.each([2, 3, 4, 5])('gcc, DWARF %i', (version) =>
    compareWithGdb('types.c', { compiler: 'gcc', flags: flags(version) }, 55),
  );
  test.each([3, 4, 5])('clang, DWARF %i', (version) =>
    compareWithGdb('types.c', { compiler: 'clang', flags: flags(version) }, 55),
  );
  test('split', () => compareWithGdb('types.c', { compiler: 'gcc', flags: flags(5, '-gsplit-dwarf') }, 55));
  test('type units', () =>
    compareWithGdb('types.c', { compiler: 'gcc', flags: flags(4, '-fdebug-types-section') }, 55));
});

describe('C++ types are what gdb says', () => {
  const flags = (version: number, ...more: string[]): string[] => ['-g', '-std=c++17', `-gdwarf-${version}`, ...more];
  test.each([2, 4, 5])('g++, DWARF %i', (version) =>
    compareWithGdb('types.cpp', { compiler: 'g++', flags: flags(version) }, 30),
  );
  test.each([4, 5])('clang++, DWARF %i', (version) =>
    compareWithGdb('types.cpp', { compiler: 'clang++', flags: flags(version) }, 30),
  );
  test('split', () => compareWithGdb('types.cpp', { compiler: 'g++', flags: flags(5, '-gsplit-dwarf') }, 30));
  test.each([4, 5])('type units, DWARF %i', (version) =>
    compareWithGdb('types.cpp', { compiler: 'g++', flags: flags(version, '-fdebug-types-section') }, 30),
  );
});
