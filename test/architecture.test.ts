/**
 * The shape of the source tree, held by a test: which room may import which (docs/internals.md tells why), which package
 * has one door, and what no file may contain.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** What each room may import besides itself and `common`. A room that is not here may not exist. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  extension: ['ui'],
  ui: ['protocol'],
  protocol: [],
  adapter: ['engine', 'symbols', 'disasm', 'expr', 'syscalls', 'protocol'],
  engine: ['ptrace', 'symbols', 'disasm', 'expr', 'syscalls'],
  ptrace: ['native'],
  symbols: [],
  disasm: [],
  expr: ['symbols'],
  syscalls: [],
  common: [],
};

/** Packages that have one door, and which files that is. */
const doors: Readonly<Record<string, RegExp>> = {
  vscode: /^src\/(ui\/|extension\.ts$)/,
  elfy: /^src\/symbols\/elf\//,
  'iced-x86': /^src\/disasm\//,
  'node-gyp-build': /^src\/ptrace\//,
  '@vscode/debugadapter': /^src\/adapter\//,
  '@vscode/debugprotocol': /^src\/(adapter|protocol|ui)\//,
};

function filesUnder(folder: string, pattern: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((name) => pattern.test(name) && statSync(join(root, name)).isFile())
    .sort();
}

interface Import {
  readonly from: string;
  readonly specifier: string;
}

const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Every import, export-from, dynamic import and require of a file. */
function importsOf(file: string): Import[] {
  const specifiers = ts.preProcessFile(read(file), true, true).importedFiles.map(({ fileName }) => fileName);
  return specifiers.map((specifier) => ({ from: file, specifier }));
}

/** `src/engine/x.ts` → `engine`; `src/extension.ts` → `extension`; `native/x` → `native`. */
function roomOf(path: string): string {
  const [top, room] = path.split('/');
  if (top !== 'src') return top ?? '';
  return (room ?? '').replace(/\.ts$/, '');
}

const sources = filesUnder('src', /\.ts$/);
const imports = sources.flatMap(importsOf);

describe('imports', () => {
  test('the test sees the tree', () => {
    expect(sources.length).toBeGreaterThan(30);
    expect(imports.length).toBeGreaterThan(sources.length);
  });

  test('every folder of src is a room of the table', () => {
    expect([...new Set(sources.map(roomOf))].filter((room) => !(room in arrows))).toEqual([]);
  });

  test('go along the arrows only', () => {
    const wrong: string[] = [];
    for (const { from, specifier } of imports.filter(({ specifier }) => specifier.startsWith('.'))) {
      const target = relative(root, resolve(root, dirname(from), specifier));
      const [room, other] = [roomOf(from), roomOf(target)];
      const allowed = other === room || other === 'common' || arrows[room]?.includes(other);
      if (!allowed) wrong.push(`${from} imports ${target}: there is no arrow ${room} → ${other}`);
    }
    expect(wrong).toEqual([]);
  });

  test('packages come in by their doors only', () => {
    const wrong = imports
      .filter(({ from, specifier }) => doors[specifier] && !doors[specifier].test(from))
      .map(({ from, specifier }) => `${from} imports ${specifier}`);
    expect(wrong).toEqual([]);
  });

  test('one file alone imports elfy', () => {
    const files = new Set(imports.filter(({ specifier }) => specifier === 'elfy').map(({ from }) => from));
    expect([...files]).toHaveLength(1);
  });

  test('every package that is imported is a dependency', () => {
    const manifest = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    const wrong = imports
      .filter(({ specifier }) => !/^(\.|node:|vscode$)/.test(specifier))
      .filter(({ specifier }) => {
        const name = specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1);
        return !(name.join('/') in manifest.dependencies);
      })
      .map(({ from, specifier }) => `${from} imports ${specifier}`);
    expect(wrong).toEqual([]);
  });
});

describe('no file', () => {
  const code = /\.(ts|mts|mjs|js|cc|h|c|cpp|s|rs|sh)$/;
  const ours = ['src', 'test', 'bench', 'scripts', 'native'].flatMap((folder) => filesUnder(folder, code));

  function offenders(files: readonly string[], pattern: RegExp): string[] {
    return files.flatMap((file) =>
      read(file)
        .split('\n')
        .flatMap((text, index) => (pattern.test(text) ? [`${file}:${index + 1}: ${text.trim()}`] : [])),
    );
  }

  test('is longer than one sitting', () => {
    const lengths = ours.map((file) => ({ file, lines: read(file).split('\n').length - 1 }));
    expect(lengths.filter(({ lines }) => lines > 500)).toEqual([]);
  });

  test('knows the machine it was written on', () => {
    // This checkout, this home, and root's home, which is spelled so that this line does not match itself.
    const folders = [root, homedir(), ['', 'root'].join('/')].map((folder) => folder.replace(/\W/g, '\\$&'));
    expect(offenders(ours, new RegExp(`(?<![\\w.)}\\]])(${folders.join('|')})/`))).toEqual([]);
  });

  test('switches a test off', () => {
    const off = /\b(?:test|it|describe|suite)(?:\.\w+)*\.(?:skip|only|todo|fails|skipIf|runIf)\b|\bthis\.skip\(\)/;
    expect(offenders(filesUnder('test', /\.(ts|mjs)$/), off)).toEqual([]);
  });

  test('switches a check off without saying why', () => {
    const silent = /@ts-(?:ignore|nocheck)|eslint-disable(?!.* -- )/;
    const here = relative(root, import.meta.filename);
    expect(
      offenders(
        ours.filter((file) => file !== here),
        silent,
      ),
    ).toEqual([]);
  });

  test('puts a task off', () => {
    const word = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b`);
    expect(offenders(ours, word)).toEqual([]);
  });
});
