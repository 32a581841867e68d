/**
 * A C++ program of about 250 MB, nearly all of it DWARF, built once and kept in .cache/bench. Compiling that much would
 * take many minutes, so one unit full of templates is compiled once and linked many times, each copy with its global
 * symbols renamed; `main` is a unit of its own.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../test/support/adapter';
import { runTool } from '../test/support/debuggees';

const megabytes = 250;

/** The source of its `main`. */
export const bigSource = join(root, 'bench/programs/main.cpp');

/** Builds the program when it is not there yet, and returns its path. Takes about a minute the first time. */
export function bigProgram(): string {
  const sources = ['main', 'bulk'].map((name) => join(root, 'bench/programs', `${name}.cpp`));
  const hash = createHash('sha256').update(runTool('g++', ['--version']));
  for (const source of sources) hash.update(readFileSync(source));
  const directory = join(root, '.cache/bench', hash.digest('hex').slice(0, 16));
  const program = join(directory, 'big');
  if (existsSync(program)) return program;

  process.stderr.write(`building a C++ program of ${megabytes} MB, once…\n`);
  mkdirSync(directory, { recursive: true });
  const objects = sources.map((source) => {
    const object = join(directory, `${source.split('/').at(-1)}.o`);
    runTool('g++', ['-g', '-O0', '-c', source, '-o', object]);
    return object;
  });
  const [main, bulk] = objects as [string, string];
  const symbols = runTool('nm', ['--defined-only', '--extern-only', '--format=just-symbols', bulk]).trim().split('\n');
  const copy = (index: number): string => {
    const object = join(directory, `bulk${index}.o`);
    const renames = join(directory, 'renames');
    writeFileSync(renames, symbols.map((name) => `${name} ${renamed(name, index)}\n`).join(''));
    runTool('objcopy', [`--redefine-syms=${renames}`, bulk, object]);
    objects.push(object);
    return object;
  };
  const link = (): number => {
    // Symbols of the copies are of no use to each other; lld is there for its speed only.
    runTool('g++', ['-fuse-ld=lld', '-o', `${program}.tmp`, main, ...objects.slice(1)]);
    return statSync(`${program}.tmp`).size / 1e6;
  };
  const one = link();
  const two = (copy(1), link());
  const copies = Math.ceil((megabytes - one) / (two - one));
  for (let index = 2; index <= copies; index++) copy(index);
  const size = link();
  renameSync(`${program}.tmp`, program);
  for (const file of [...objects, join(directory, 'renames')]) rmSync(file);
  process.stderr.write(`${program}: ${size.toFixed(0)} MB\n`);
  return program;
}

/** The name stays a C++ name: demanglers have the same work with each copy. */
function renamed(name: string, index: number): string {
  return name.includes('4bulk') ? name.replace('4bulk', `6bulk${String(index).padStart(2, '0')}`) : `${name}.${index}`;
}
