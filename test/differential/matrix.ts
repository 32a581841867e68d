/** The corpus, and every way in which its programs are built. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, type Compiler } from '../support/debuggees';
import type { Plan } from './shapes';

export type Language = 'c' | 'c++' | 'rust';

export const CORPUS: Readonly<Record<Language, readonly string[]>> = {
  c: ['lists.c', 'parser.c', 'numbers.c', 'inlined.c'],
  'c++': ['shapes.cpp', 'templates.cpp'],
  rust: ['enums.rs', 'generics.rs'],
};

/** Calls into glibc. */
const LIBRARY = 'library.c';

const COMPILERS: Readonly<Record<Language, readonly Compiler[]>> = {
  c: ['gcc', 'clang'],
  'c++': ['g++', 'clang++'],
  rust: ['rustc'],
};

const LEVELS = ['0', '1', '2'] as const;
const VERSIONS = ['4', '5'] as const;

/** How the debugging information is kept. */
const PACKINGS = ['plain', 'split', 'dwz', 'zlib', 'zstd'] as const;

/** One way to build one program. */
export interface Cell {
  readonly source: string;
  readonly compiler: Compiler;
  readonly level: (typeof LEVELS)[number];
  readonly version: (typeof VERSIONS)[number];
  readonly packing: (typeof PACKINGS)[number];
}

export const nameOf = ({ source, compiler, level, version, packing }: Cell): string =>
  `${source} ${compiler} -O${level} DWARF ${version} ${packing}`;

/** dwz 0.15 stops at .debug_addr, which LLVM's compilers use for DWARF 5 without splitting too. */
function canBeBuilt({ compiler, version, packing }: Cell): boolean {
  return !(packing === 'dwz' && version === '5' && !compiler.startsWith('g'));
}

/** Every cell of a language. */
export function wholeMatrix(language: Language): Cell[] {
  const cells = CORPUS[language].flatMap((source) =>
    COMPILERS[language].flatMap((compiler) =>
      LEVELS.flatMap((level) =>
        VERSIONS.flatMap((version) => PACKINGS.map((packing) => ({ source, compiler, level, version, packing }))),
      ),
    ),
  );
  return cells.filter(canBeBuilt);
}

/**
 * A cut for every run of the tests: each program by each compiler at each level, where version and packing go round, so
 * that each pair of values of two axes occurs.
 */
export function representativeCut(language: Language): Cell[] {
  const turns = VERSIONS.flatMap((version) => PACKINGS.map((packing) => ({ version, packing })));
  let turn = 0;
  const next = (cell: Pick<Cell, 'source' | 'compiler' | 'level'>): Cell => {
    const whole = { ...cell, ...turns[(turn++ * 7) % turns.length]! };
    return canBeBuilt(whole) ? whole : next(cell);
  };
  return CORPUS[language].flatMap((source) =>
    COMPILERS[language].flatMap((compiler) => LEVELS.map((level) => next({ source, compiler, level }))),
  );
}

/** A program whose steps lead far into glibc, which is built one way only. */
export function libraryCells(): Cell[] {
  return [{ source: LIBRARY, compiler: 'gcc', level: '1', version: '5', packing: 'plain' }];
}

function flagsOf({ compiler, level, version, packing }: Cell): string[] {
  if (compiler === 'rustc') {
    const split = packing === 'split' ? ['-Csplit-debuginfo=unpacked'] : [];
    // Named code generation units: the .dwo files of another build of the same source must not be overwritten.
    return ['-Cdebuginfo=2', `-Copt-level=${level}`, `-Cdwarf-version=${version}`, ...split];
  }
  return [
    '-g',
    `-gdwarf-${version}`,
    `-O${level}`,
    ...(packing === 'split' ? ['-gsplit-dwarf'] : []),
    ...(packing === 'zlib' ? ['-gz=zlib'] : []),
    ...(compiler.endsWith('++') ? ['-std=c++17'] : ['-pthread', '-lm']),
  ];
}

function stepsOf({ compiler, packing }: Cell): string[][] {
  if (packing === 'dwz') return [['dwz']];
  // What the compilers of Debian 12 cannot do themselves.
  if (packing === 'zstd') return [['objcopy', '--compress-debug-sections=zstd']];
  if (packing === 'zlib' && compiler === 'rustc') return [['objcopy', '--compress-debug-sections=zlib']];
  return [];
}

/** Every instruction of a few, and of many every thirteenth: through what the library does in a call. */
const NEAR = Array.from({ length: 8 }, (_, i) => i + 1);
const FAR = Array.from({ length: 70 }, (_, i) => 13 * (i + 1));

/** Builds a cell's program; what is to be done with it stands in its source. */
export function planOf(cell: Cell): Plan {
  const source = join(import.meta.dirname, 'corpus', cell.source);
  const lines = readFileSync(source, 'utf8').split('\n');
  return {
    program: compile(source, { compiler: cell.compiler, flags: flagsOf(cell), then: stepsOf(cell) }),
    source,
    lines: lines.flatMap((text, i) => (/\/\/ #stop\b/.test(text) ? [i + 1] : [])),
    functions: [],
    args: [],
    steps: cell.source === LIBRARY ? FAR : NEAR,
    hits: [1, 3],
  };
}
