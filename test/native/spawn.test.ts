import { spawn as spawnByNode } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PtraceError } from '../../src/common/errors';
import { PTRACE_O_EXITKILL, ResumeKind } from '../../src/ptrace/constants';
import { native, type SpawnRequest } from '../../src/ptrace/native';
import { compile } from '../support/debuggees';
import { allProcesses, processInfo } from '../support/processes';
import { outputOf, readAll, resumeAndWait, start } from './tracee';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'spawn-'));
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

function file(name: string, content: string | Uint8Array, mode = 0o755): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

function children(): number[] {
  return allProcesses()
    .filter(({ parent }) => parent === process.pid)
    .map(({ pid }) => pid);
}

/** The error of a spawn that fails, which must leave no child behind, not even a zombie. */
function failure(path: string, request: Partial<SpawnRequest> = {}): { request: string; errno: string } {
  const before = children();
  try {
    start(path, request);
  } catch (error) {
    expect(error).toBeInstanceOf(PtraceError);
    expect(children()).toEqual(before);
    const { request: failed, errno } = error as PtraceError;
    return { request: failed, errno };
  }
  throw new Error(`${path} was started`);
}

describe('spawn', () => {
  it('returns in the exec stop, and the program runs to its end', () => {
    const { pid } = start('/bin/true');
    expect(processInfo(pid)).toMatchObject({ name: 'true', state: 't', parent: process.pid });
    expect(resumeAndWait(pid)).toEqual({ kind: 'exited', code: 0 });
    expect(() => native.poll(pid)).toThrow(expect.objectContaining({ request: 'waitpid', tid: pid, errno: 'ECHILD' }));
  });

  it('passes arguments, environment and working directory as they are', () => {
    const args = compile('args.c');
    const argv = ['zeroth', '', 'a b', 'ünïcode', '"quoted"', 'line\nbreak'];
    const env = ['ONE=1', 'EMPTY=', 'SPACED=a b'];
    const { text, status } = outputOf(args, { argv, env, cwd: directory });
    expect(status).toEqual({ kind: 'exited', code: 0 });
    expect(JSON.parse(text)).toMatchObject({ argv, env, cwd: directory });
  });

  it('starts a file relative to the working directory it was given', () => {
    file('here', '#!/bin/sh\nexit 7\n');
    const { pid } = start('./here', { cwd: directory });
    expect(resumeAndWait(pid)).toEqual({ kind: 'exited', code: 7 });
  });

  it('connects the three standard streams', () => {
    const [inputRead, inputWrite] = native.pipe();
    const [outputRead, outputWrite] = native.pipe();
    const [errorRead, errorWrite] = native.pipe();
    const { pid } = start('/bin/sh', {
      argv: ['sh', '-c', 'IFS= read -r x; printf "out %s" "$x"; printf "err" >&2'],
      stdio: [inputRead, outputWrite, errorWrite],
    });
    for (const fd of [inputRead, outputWrite, errorWrite]) closeSync(fd);
    writeFileSync(inputWrite, 'word');
    closeSync(inputWrite);
    expect(resumeAndWait(pid).kind).toBe('exited');
    expect(readAll(outputRead)).toBe('out word');
    expect(readAll(errorRead)).toBe('err');
    closeSync(outputRead);
    closeSync(errorRead);
  });

  it('connects standard streams that are ours in another order', () => {
    const { pid } = start('/bin/true', { stdio: [2, 0, -1] });
    const link = (owner: number | 'self', fd: number): string => readlinkSync(`/proc/${owner}/fd/${fd}`);
    expect(link(pid, 0)).toBe(link('self', 2));
    expect(link(pid, 1)).toBe(link('self', 0));
    expect(link(pid, 2)).toBe('/dev/null');
  });

  it('leaves no other descriptor open', () => {
    const { pid } = start('/bin/true');
    expect(readdirSync(`/proc/${pid}/fd`).sort()).toEqual(['0', '1', '2']);
  });

  it('gives the program default signal handling, whatever Node does', () => {
    const ours = readFileSync('/proc/self/status', 'utf8');
    expect(/SigIgn:\t(\w+)/.exec(ours)?.[1]).not.toBe('0'.repeat(16)); // Node ignores SIGPIPE
    const { pid } = start('/bin/true');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    for (const mask of ['SigBlk', 'SigIgn', 'SigCgt'])
      expect(new RegExp(`${mask}:\\t(\\w+)`).exec(status)?.[1]).toBe('0'.repeat(16));
  });

  it('starts a session of its own when asked', () => {
    const session = (pid: number | 'self'): number => {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]);
    };
    const own = start('/bin/true', { newSession: true }).pid;
    expect(session(own)).toBe(own);
    expect(session(start('/bin/true', { newSession: false }).pid)).toBe(session('self'));
  });

  it('gives equal addresses without address space randomization', () => {
    const stack = (disableAslr: boolean): string => {
      const { pid, aslrDisabled } = start('/bin/true', { disableAslr });
      expect(aslrDisabled).toBe(disableAslr);
      return readFileSync(`/proc/${pid}/maps`, 'utf8')
        .split('\n')
        .map((line) => line.split(' ')[0])
        .join(' ');
    };
    expect(stack(true)).toBe(stack(true));
    // Four draws of some 30 random bits: all equal only if nothing is random.
    expect(new Set([stack(false), stack(false), stack(false), stack(false)]).size).toBeGreaterThan(1);
  });

  it("does not disturb the exit events of Node's own children", async () => {
    const { pid } = start('/bin/sleep', { argv: ['sleep', '100'] });
    native.resume(ResumeKind.Continue, pid, 0);
    const child = spawnByNode('/bin/sh', ['-c', 'exit 5']);
    const exit = once(child, 'exit');
    for (let slice = 0; slice < 10; slice++) expect(native.waitSlice(pid, 5)).toBe(-1);
    expect(await exit).toEqual([5, null]);
  });
});

describe('a spawn that fails leaves nothing behind and says what failed', () => {
  it('no such program', () => {
    expect(failure(join(directory, 'missing'))).toEqual({ request: 'spawn:exec', errno: 'ENOENT' });
  });

  it('a directory', () => {
    expect(failure(directory)).toEqual({ request: 'spawn:exec', errno: 'EACCES' });
  });

  it('a file without execute permission', () => {
    expect(failure(file('data', 'x', 0o644))).toEqual({ request: 'spawn:exec', errno: 'EACCES' });
  });

  it('a file of no known format', () => {
    expect(failure(file('text', 'neither ELF nor script\n'))).toEqual({ request: 'spawn:exec', errno: 'ENOEXEC' });
  });

  it('an empty file', () => {
    expect(failure(file('empty', ''))).toEqual({ request: 'spawn:exec', errno: 'ENOEXEC' });
  });

  it('a script whose interpreter is missing', () => {
    expect(failure(file('script', '#!/no/such/interpreter\n'))).toEqual({ request: 'spawn:exec', errno: 'ENOENT' });
  });

  it('a working directory that is not there', () => {
    const cwd = join(directory, 'nowhere');
    expect(failure('/bin/true', { cwd })).toEqual({ request: 'spawn:chdir', errno: 'ENOENT' });
  });

  it('a working directory that is a file', () => {
    expect(failure('/bin/true', { cwd: '/bin/true' })).toEqual({ request: 'spawn:chdir', errno: 'ENOTDIR' });
  });

  it('a descriptor that is not open', () => {
    expect(failure('/bin/true', { stdio: [-1, 9999, -1] })).toEqual({ request: 'spawn:dup', errno: 'EBADF' });
  });

  it('arguments beyond what the kernel takes', () => {
    const argv = ['x'.repeat(1 << 20)];
    expect(failure('/bin/true', { argv })).toEqual({ request: 'spawn:exec', errno: 'E2BIG' });
  });

  it('an image that the kernel gives up on after it has dropped the old one', () => {
    const bytes = readFileSync(compile('static.c', { flags: ['-static'] }));
    // The p_vaddr of every PT_LOAD moves beyond user space, so that mapping it fails.
    const headers = Number(bytes.readBigUInt64LE(32));
    for (let i = 0; i < bytes.readUInt16LE(56); i++) {
      const header = headers + i * 56;
      if (bytes.readUInt32LE(header) !== 1) continue;
      const address = bytes.readBigUInt64LE(header + 16) & 0xffffffn;
      bytes.writeBigUInt64LE(0x7fff_ffff_f000_0000n + address, header + 16);
    }
    expect(failure(file('broken', bytes))).toEqual({ request: 'spawn:load', errno: 'ENOEXEC' });
  });

  it('options without PTRACE_O_TRACEEXEC', () => {
    expect(() => start('/bin/true', { options: PTRACE_O_EXITKILL })).toThrow(/PTRACE_O_TRACEEXEC/);
  });

  it.each([
    ['file', { file: 5 }],
    ['argv', { argv: 'true' }],
    ['argv', { argv: ['a\0b'] }],
    ['env', { env: [1] }],
    ['cwd', { cwd: null }],
    ['stdio', { stdio: [0, 1] }],
  ])('a bad %s', (name, wrong) => {
    expect(() => start('/bin/true', wrong as unknown as Partial<SpawnRequest>)).toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringContaining(name) as string }),
    );
  });
});
