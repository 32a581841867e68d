import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findExecutables, isProgram } from '../../src/ui/executables';

let folder: string;

/** Compiles a source to `out`, relative to the folder. */
function gcc(out: string, source: string, ...options: string[]): string {
  const path = join(folder, out);
  mkdirSync(dirname(path), { recursive: true });
  const { status, stderr, error } = spawnSync('gcc', ['-x', 'c', '-', '-o', path, ...options], { input: source });
  if (error) throw new Error('gcc is needed: apt-get install -y gcc libc6-dev');
  if (status !== 0) throw new Error(String(stderr));
  return path;
}

function headOf(path: string): Uint8Array {
  const bytes = new Uint8Array(1024);
  const file = openSync(path, 'r');
  const read = readSync(file, bytes);
  closeSync(file);
  return bytes.subarray(0, read);
}

const MAIN = 'int main(void) { return 0; }';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ptrace-executables-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('isProgram', () => {
  it.each([
    ['a position-independent program', [], true],
    ['a program at a fixed address', ['-no-pie'], true],
    ['a static program', ['-static'], true],
    ['a static position-independent program', ['-static-pie'], true],
    ['a shared library', ['-shared', '-fPIC'], false],
    ['an object file', ['-c'], false],
  ])('%s', (_what, options, expected) => {
    const path = gcc('kind', MAIN, ...options);
    expect(isProgram(headOf(path), options.includes('-shared') ? 'libkind.so' : 'kind')).toBe(expected);
  });

  it('takes scripts, empty files and programs of other machines for none', () => {
    expect(isProgram(Buffer.from('#!/bin/sh\n'.repeat(10)), 'script')).toBe(false);
    expect(isProgram(new Uint8Array(), 'empty')).toBe(false);
    const foreign = headOf(gcc('foreign', MAIN));
    foreign[18] = 183; // EM_AARCH64
    expect(isProgram(foreign, 'foreign')).toBe(false);
  });

  it('never throws, whatever the bytes', () => {
    const head = headOf(gcc('fuzzed', MAIN));
    const change = fc.tuple(fc.nat(head.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change), fc.nat(head.length), (changes, length) => {
        const bytes = Uint8Array.from(head);
        for (const [at, value] of changes) bytes[at] = value;
        expect(typeof isProgram(bytes.subarray(0, length), 'fuzzed')).toBe('boolean');
      }),
    );
  });
});

describe('findExecutables', () => {
  it('finds programs in build folders: the one named like the file in the editor, then the last built', async () => {
    const where = join(folder, 'project');
    const at = (path: string, seconds: number) => {
      gcc(join('project', path), MAIN);
      utimesSync(join(where, path), seconds, seconds);
    };
    at('build/older', 1_000);
    at('target/debug/newer', 2_000);
    at('out/like', 500);
    at('node_modules/tool/bin/tool', 3_000);
    at('plain', 4_000);
    chmodSync(join(where, 'plain'), 0o644);
    writeFileSync(join(where, 'script'), '#!/bin/sh\n', { mode: 0o755 });
    const found = await findExecutables(where, join(where, 'src', 'like.c'));
    expect(found.map(({ path }) => basename(path))).toEqual(['like', 'newer', 'older']);
    expect(await findExecutables(where, undefined, 1)).toHaveLength(1);
  });

  it('finds nothing in a folder that is not there', async () => {
    expect(await findExecutables(join(folder, 'no-such-folder'))).toEqual([]);
  });
});
