/** The programs whose lines are held against llvm-dwarfdump, llvm-symbolizer and gdb, and how to open them. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BufferSource } from '../../src/common/bytes';
import { FileSource } from '../../src/common/filesource';
import { ElfFile } from '../../src/symbols/elf/elffile';
import { LineIndex } from '../../src/symbols/lines';
import { compile, type Compiler, runTool } from '../support/debuggees';

export const cSources = ['lines.c', 'lines_other.c'].map((name) => `${import.meta.dirname}/sources/${name}`);
export const cppSource = `${import.meta.dirname}/sources/lines.cpp`;

export function buildC(compiler: 'gcc' | 'clang', ...flags: string[]): string {
  return compile(cSources, { compiler, flags: ['-g', ...flags] });
}

export function buildCpp(compiler: 'g++' | 'clang++', ...flags: string[]): string {
  return compile(cppSource, { compiler: compiler as Compiler, flags: ['-g', ...flags] });
}

export function openElf(path: string): ElfFile {
  return ElfFile.parse(FileSource.open(path), path);
}

export function openLines(path: string): LineIndex {
  return new LineIndex(openElf(path));
}

/** Lines of an image in memory. */
export function linesOfBytes(bytes: Uint8Array): LineIndex {
  return new LineIndex(ElfFile.parse(new BufferSource(bytes), 'image'));
}

/** The debug file of this system's C library, which libc6-dbg installs. */
export function libcDebugFile(): string {
  const notes = runTool('readelf', ['-n', '/lib/x86_64-linux-gnu/libc.so.6']);
  const id = /Build ID: ([0-9a-f]+)/.exec(notes)?.[1] ?? '';
  const path = `/usr/lib/debug/.build-id/${id.slice(0, 2)}/${id.slice(2)}.debug`;
  if (!existsSync(path)) throw new Error(`${path} is missing. Run: sudo apt-get install -y libc6-dbg`);
  return path;
}

/** Runs with a directory that is removed afterwards. */
export function inTemporaryDirectory<T>(run: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'lines-'));
  try {
    return run(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
