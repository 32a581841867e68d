import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkElf } from '../../src/adapter/elfcheck';
import { resolveProgram } from '../../src/adapter/program';
import { compile } from '../support/debuggees';

let dir: string;
let hello: string;

/** Writes an executable file and returns its path. */
function file(name: string, content: string | Buffer, mode = 0o755): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

/** hello with some of its bytes changed. */
function patched(name: string, patch: (bytes: Buffer) => void): string {
  const bytes = readFileSync(hello);
  patch(bytes);
  return file(name, bytes);
}

const resolveIn = (program: string, cwd?: string, path = '') => resolveProgram({ program, cwd, path });

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'ptrace-program-'));
  hello = join(dir, 'hello');
  copyFileSync(compile('hello.c'), hello);
  mkdirSync(join(dir, 'bin'));
  copyFileSync(hello, join(dir, 'bin/tool'));
});
afterAll(() => rmSync(dir, { recursive: true }));

describe('resolveProgram', () => {
  it('takes an absolute path, and its folder as the working directory', () => {
    expect(resolveIn(hello)).toEqual({ program: hello, cwd: dir, note: undefined });
  });

  it('starts a relative path at cwd', () => {
    expect(resolveIn('hello', dir)).toMatchObject({ program: hello, cwd: dir });
    expect(resolveIn('../hello', join(dir, 'bin'))).toMatchObject({ program: hello, cwd: join(dir, 'bin') });
  });

  it('finds a bare name in PATH, and runs it where the adapter is', () => {
    const path = `/nowhere:${join(dir, 'bin')}`;
    expect(resolveIn('tool', undefined, path)).toMatchObject({ program: join(dir, 'bin/tool'), cwd: process.cwd() });
    expect(resolveIn('tool', dir, path)).toMatchObject({ program: join(dir, 'bin/tool'), cwd: dir });
  });

  it('notes that the interpreter of a script is what is debugged', () => {
    const script = file('script', '#! /bin/sh -e\necho\n');
    expect(resolveIn(script).note).toMatch(/is a script: its interpreter \/\S+ is what is debugged/);
  });

  it.each<[string, () => string, string | (() => string)]>([
    ['a missing program', () => join(dir, 'xyz'), 'Has it been built?'],
    ['a misspelt program', () => join(dir, 'helo'), () => `Did you mean ${hello}?`],
    ['a missing folder', () => join(dir, 'a/b/c'), () => `the folder ${join(dir, 'a')} does not exist`],
    ['a missing command', () => 'xyz-no-such', 'and no command of that name is in PATH'],
    ['a variable nobody replaced', () => '${workspaceFolder}/a.out', 'a variable that the client has not replaced'],
    ['a tilde', () => '~/a.out', '"~" is not expanded'],
    ['a directory', () => dir, 'is a directory, not a program'],
    ['a device', () => '/dev/null', 'is not a regular file'],
    ['an empty file', () => file('empty', ''), 'is empty'],
    ['a file that is not executable', () => file('plain', readFileSync(hello), 0o644), 'Run: chmod +x '],
    ['a text', () => file('text', 'hello'), 'neither an ELF file nor a script'],
    ['a Windows program', () => file('a.exe', 'MZ\0\0'), 'a Windows program'],
    ['a script without an interpreter', () => file('s1', '#!\n'), 'names no interpreter'],
    ['a script with a missing interpreter', () => file('s2', '#!/no/such -x\n'), 'for /no/such, which does not exist'],
    ['a script whose interpreter is no program', () => file('s3', '#!/etc/passwd\n'), 'not an executable file'],
    ['a script with CRLF', () => file('s4', '#!/bin/sh\r\necho\r\n'), 'Windows line ends'],
    [
      'a 32-bit ELF',
      () => patched('e32', (b) => b.writeUInt8(1, 4) && b.writeUInt16LE(3, 18)),
      '32-bit program (i386)',
    ],
    ['an x32 ELF', () => patched('x32', (b) => b.writeUInt8(1, 4)), 'the x32 ABI'],
    ['an AArch64 ELF', () => patched('arm', (b) => b.writeUInt16LE(183, 18)), 'for 64-bit Arm (AArch64)'],
    ['a big-endian ELF', () => patched('be', (b) => b.writeUInt8(2, 5) && b.writeUInt16BE(22, 18)), 'IBM S/390'],
    ['an unknown machine', () => patched('unknown', (b) => b.writeUInt16LE(999, 18)), 'machine type 999'],
    ['an object file', () => patched('o', (b) => b.writeUInt16LE(1, 16)), 'is an object file'],
    ['a core file', () => patched('core', (b) => b.writeUInt16LE(4, 16)), 'is a core file'],
    ['an ELF of 10 bytes', () => file('t1', readFileSync(hello).subarray(0, 10)), 'ends within the ELF header'],
    ['an ELF of 40 bytes', () => file('t2', readFileSync(hello).subarray(0, 40)), 'ends within the ELF header'],
    ['an ELF of 100 bytes', () => file('t3', readFileSync(hello).subarray(0, 100)), 'program headers lie beyond'],
    ['an ELF cut in half', () => file('t4', readFileSync(hello).subarray(0, 6000)), 'lies beyond its end'],
    [
      'a loader that is not there',
      () => patched('musl', (b) => b.write('/lib64/xd', b.indexOf('/lib64/ld'))),
      'needs the dynamic loader /lib64/xd',
    ],
    [
      'a shared library',
      () => compile('plugin.c', { flags: ['-shared', '-fPIC', '-nostdlib'], name: 'plugin.so' }),
      'is a shared library',
    ],
  ])('refuses %s', (_name, make, message) => {
    expect(() => resolveIn(make())).toThrow(typeof message === 'string' ? message : message());
  });

  it.each<[string, () => string, string]>([
    ['is not there', () => join(dir, 'none'), '("cwd") does not exist'],
    ['is a file', () => hello, '("cwd") is not a directory'],
  ])('refuses a working directory that %s', (_name, cwd, message) => {
    expect(() => resolveIn(hello, cwd())).toThrow(message);
  });

  it('quotes the path of the chmod line for the shell', () => {
    const path = file("it's a file", 'x', 0o644);
    expect(() => resolveIn(path)).toThrow(`chmod +x '${path.replace("'", "'\\''")}'`);
  });
});

describe('checkElf', () => {
  it('never throws, whichever byte of the headers is wrong', () => {
    const good = readFileSync(hello);
    for (let at = 4; at < 0x300; at++) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        const bytes = Buffer.from(good.subarray(0, 4096));
        bytes[at] = value;
        const read = (offset: number, length: number) => bytes.subarray(offset, offset + length);
        expect(() => checkElf(read, good.length)).not.toThrow();
      }
    }
  });
});
