import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  PTRACE_O_EXITKILL,
  PTRACE_O_TRACEEXEC,
  PTRACE_O_TRACEFORK,
  PTRACE_O_TRACESYSGOOD,
  PTRACE_SYSCALL_INFO_ENTRY,
  PTRACE_SYSCALL_INFO_EXIT,
  ResumeKind,
} from '../../src/ptrace/constants';
import { launcherPath, native } from '../../src/ptrace/native';
import { describeSiginfo } from '../../src/ptrace/signals';
import { compile } from '../support/debuggees';
import { eventually, isAlive, kill, processInfo, startStranger, type Stranger } from '../support/processes';
import { adopt, resumeAndWait, start, waitFor } from './tracee';

const SIGUSR1 = 10;
const SIGCONT = 18;
const SIGSTOP = 19;

let sleeping: Stranger | undefined;

/** A running process that nobody traces yet. */
async function stranger(): Promise<number> {
  sleeping = await startStranger('/bin/sleep', '100');
  return sleeping.pid;
}

afterEach(() => {
  if (sleeping) kill(sleeping.pid);
  sleeping = undefined;
});

function errno(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as { errno: string }).errno;
  }
}

describe('a seized process', () => {
  it('runs on, stops when interrupted, and runs on when detached', async () => {
    const pid = await stranger();
    native.seize(pid, 0);
    expect(native.poll(pid)).toBe(-1);
    native.interrupt(pid);
    expect(waitFor(pid)).toEqual({ kind: 'interrupted' });
    expect(processInfo(pid)?.state).toBe('t');
    native.detach(pid, 0);
    await eventually(() => processInfo(pid)?.state === 'S', 'sleeping again');
  });

  it('gets the signal it is detached with, at the stop for that signal', async () => {
    const pid = await stranger();
    native.seize(pid, 0);
    process.kill(pid, 'SIGUSR1');
    expect(waitFor(pid)).toEqual({ kind: 'signal', signal: SIGUSR1 });
    native.detach(pid, 15);
    expect(await sleeping!.ended).toBe(128 + 15);
  });

  it('cannot be seized twice', () => {
    const { pid } = start('/bin/sleep', { argv: ['sleep', '100'] });
    expect(errno(() => native.seize(pid, 0))).toBe('EPERM');
  });

  it('takes other options while it is stopped, and refuses unknown ones', async () => {
    const pid = await stranger();
    native.seize(pid, 0);
    native.interrupt(pid);
    waitFor(pid);
    native.setOptions(pid, PTRACE_O_TRACEFORK);
    expect(errno(() => native.setOptions(pid, 0x40000000))).toBe('EINVAL');
    native.detach(pid, 0);
  });

  it('dies with its tracer under PTRACE_O_EXITKILL', async () => {
    const tracer = `
      const native = require(process.argv[1]).create(Error);
      const { pid } = native.spawn({ file: '/bin/sleep', argv: ['sleep', '100'], env: [], stdio: [-1, -1, -1],
        disableAslr: false, newSession: true, options: ${PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL} });
      native.resume(0, pid, 0);
      require('fs').writeSync(1, String(pid));
      process.kill(process.pid, 'SIGKILL');`;
    const addon = join(dirname(launcherPath()), 'ptrace_native.node');
    const { stdout, signal } = spawnSync(process.execPath, ['-e', tracer, addon], { encoding: 'utf8' });
    expect(signal).toBe('SIGKILL');
    expect(stdout).toMatch(/^\d+$/);
    await eventually(() => !isAlive(Number(stdout)), 'the debuggee is gone');
  });
});

describe('errors', () => {
  it.each([
    ['PTRACE_SEIZE', () => native.seize(0x7ffffff0, 0)],
    ['PTRACE_INTERRUPT', () => native.interrupt(process.pid)],
    ['PTRACE_CONT', () => native.resume(ResumeKind.Continue, process.pid, 0)],
    ['PTRACE_SINGLESTEP', () => native.resume(ResumeKind.SingleStep, process.pid, 0)],
    ['PTRACE_SYSCALL', () => native.resume(ResumeKind.Syscall, process.pid, 0)],
    ['PTRACE_SYSEMU', () => native.resume(ResumeKind.Sysemu, process.pid, 0)],
    ['PTRACE_GETREGS', () => native.getRegisters(process.pid, new Uint8Array(216))],
    ['PTRACE_GETREGSET', () => native.getXstate(process.pid)],
    ['PTRACE_GETSIGINFO', () => native.getSiginfo(process.pid)],
    ['PTRACE_LISTEN', () => native.listen(process.pid)],
    ['PTRACE_DETACH', () => native.detach(process.pid, 0)],
    ['PTRACE_PEEKTEXT', () => native.peekText(process.pid, 0n)],
  ])('%s names request, tid and errno', (request, work) => {
    expect(work).toThrow(expect.objectContaining({ name: 'PtraceError', request, errno: 'ESRCH' }));
  });

  it.each([
    ['a tid that is no number', () => native.seize('1' as unknown as number, 0), TypeError],
    ['a tid that is no integer', () => native.seize(1.5, 0), RangeError],
    ['a tid beyond 32 bits', () => native.seize(2 ** 40, 0), RangeError],
    ['a resume kind that is none', () => native.resume(4 as ResumeKind, 1, 0), RangeError],
    ['an address that is a number', () => native.peekText(1, 5 as unknown as bigint), TypeError],
    ['an address below zero', () => native.peekText(1, -1n), RangeError],
    ['an address beyond 64 bits', () => native.peekText(1, 1n << 64n), RangeError],
    ['too few bytes for the registers', () => native.getRegisters(1, new Uint8Array(215)), RangeError],
    ['a debug register that is none', () => native.getDebugRegister(1, 8), RangeError],
    ['an array for bytes', () => native.setXstate(1, [1] as unknown as Uint8Array), TypeError],
  ])('refuses %s', (_name, work, type) => {
    expect(work).toThrow(type);
  });
});

describe('signals', () => {
  it('are seen before delivery with who sent them, and delivered or dropped on resuming', () => {
    const { pid } = start('/bin/sh', { argv: ['sh', '-c', 'trap "exit 9" USR1; while :; do sleep 0.01; done'] });
    native.resume(ResumeKind.Continue, pid, 0);
    native.tgkill(pid, pid, SIGUSR1);
    let status = waitFor(pid);
    while (status.kind === 'signal' && status.signal !== SIGUSR1) status = resumeAndWait(pid, status.signal);
    expect(status).toEqual({ kind: 'signal', signal: SIGUSR1 });
    expect(describeSiginfo(native.getSiginfo(pid))).toMatchObject({
      number: SIGUSR1,
      codeName: 'SI_TKILL',
      sender: process.pid,
      senderUid: process.getuid?.(),
    });
    // Dropped at first: with the signal delivered, the untrapped shell would be killed.
    native.resume(ResumeKind.Continue, pid, 0);
    native.interrupt(pid);
    while (waitFor(pid).kind !== 'interrupted') native.resume(ResumeKind.Continue, pid, 0);
    expect(isAlive(pid)).toBe(true);
  });

  it('have a siginfo that can be replaced', () => {
    const { pid } = start('/bin/sleep', { argv: ['sleep', '100'] });
    native.resume(ResumeKind.Continue, pid, 0);
    native.tgkill(pid, pid, SIGUSR1);
    expect(waitFor(pid)).toEqual({ kind: 'signal', signal: SIGUSR1 });
    const siginfo = native.getSiginfo(pid);
    expect(siginfo.length).toBe(128);
    siginfo.writeInt32LE(4711, 16);
    native.setSiginfo(pid, siginfo);
    expect(describeSiginfo(native.getSiginfo(pid)).sender).toBe(4711);
    expect(resumeAndWait(pid, SIGUSR1)).toEqual({ kind: 'killed', signal: SIGUSR1, coreDumped: false });
  });

  it('that stop are a group-stop, which PTRACE_LISTEN keeps until SIGCONT', () => {
    const { pid } = start('/bin/sleep', { argv: ['sleep', '100'] });
    native.resume(ResumeKind.Continue, pid, 0);
    process.kill(pid, 'SIGSTOP');
    expect(waitFor(pid)).toEqual({ kind: 'signal', signal: SIGSTOP });
    expect(resumeAndWait(pid, SIGSTOP)).toEqual({ kind: 'group-stop', signal: SIGSTOP });
    native.listen(pid);
    expect(native.waitSlice(pid, 20)).toBe(-1);
    process.kill(pid, 'SIGCONT');
    expect(waitFor(pid)).toEqual({ kind: 'interrupted' });
    expect(resumeAndWait(pid)).toEqual({ kind: 'signal', signal: SIGCONT });
  });

  it('can be blocked through the mask of the thread', () => {
    const { pid } = start('/bin/true');
    expect(native.getSignalMask(pid)).toBe(0n);
    const mask = 1n << BigInt(SIGUSR1 - 1);
    native.setSignalMask(pid, mask);
    expect(native.getSignalMask(pid)).toBe(mask);
    native.tgkill(pid, pid, SIGUSR1);
    expect(resumeAndWait(pid)).toEqual({ kind: 'exited', code: 0 });
  });
});

describe('events', () => {
  it('of fork name the new process, which is traced as well', () => {
    const { pid } = start('/bin/sh', {
      argv: ['sh', '-c', '(exit 3); exit $?'],
      options: PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK,
    });
    expect(resumeAndWait(pid)).toEqual({ kind: 'event', event: 'fork' });
    const child = native.getEventMessage(pid);
    expect(processInfo(child)?.parent).toBe(pid);
    expect(waitFor(child)).toEqual({ kind: 'interrupted' });
    adopt(child);
    expect(resumeAndWait(child)).toEqual({ kind: 'exited', code: 3 });
  });

  it('of system calls tell the call and its result', () => {
    const GETPID = 39;
    const { pid } = start(compile('odd.s', { flags: ['-nostdlib', '-static', '-no-pie'] }), {
      options: PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD,
    });
    // The exec event lies inside execve, whose exit comes first.
    expect(resumeAndWait(pid, 0, ResumeKind.Syscall)).toEqual({ kind: 'syscall' });
    expect(native.getSyscallInfo(pid)[0]).toBe(PTRACE_SYSCALL_INFO_EXIT);
    expect(resumeAndWait(pid, 0, ResumeKind.Syscall)).toEqual({ kind: 'syscall' });
    const entry = native.getSyscallInfo(pid);
    expect(entry[0]).toBe(PTRACE_SYSCALL_INFO_ENTRY);
    expect(entry.readBigUInt64LE(24)).toBe(BigInt(GETPID));
    expect(resumeAndWait(pid, 0, ResumeKind.Syscall)).toEqual({ kind: 'syscall' });
    const exit = native.getSyscallInfo(pid);
    expect(exit[0]).toBe(PTRACE_SYSCALL_INFO_EXIT);
    expect(exit.readBigInt64LE(24)).toBe(BigInt(pid));
  });

  it('of emulated system calls come before a call that is then not made', () => {
    const { pid } = start(compile('odd.s', { flags: ['-nostdlib', '-static', '-no-pie'] }), {
      options: PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD,
    });
    const calls: bigint[] = [];
    for (let stop = 0; stop < 2; stop++) {
      expect(resumeAndWait(pid, 0, ResumeKind.Sysemu)).toEqual({ kind: 'syscall' });
      const info = native.getSyscallInfo(pid);
      expect(info[0]).toBe(PTRACE_SYSCALL_INFO_ENTRY);
      calls.push(info.readBigUInt64LE(24));
    }
    // getpid and exit: the second is reached without an exit from the first, and does not end the process.
    expect(calls).toEqual([39n, 60n]);
    native.interrupt(pid);
    expect(isAlive(pid)).toBe(true);
  });
});

describe('debug registers', () => {
  let program: string;
  beforeAll(() => {
    program = compile('odd.s', { flags: ['-nostdlib', '-static', '-no-pie'] });
  });

  it('stop the thread at an instruction', () => {
    const { pid } = start(program);
    const registers = Buffer.alloc(216);
    native.getRegisters(pid, registers);
    const pc = registers.readBigUInt64LE(16 * 8);
    const afterEndbr = pc + 4n;
    native.setDebugRegister(pid, 0, afterEndbr);
    native.setDebugRegister(pid, 7, 1n); // L0: execute, one byte
    expect(native.getDebugRegister(pid, 0)).toBe(afterEndbr);
    expect(resumeAndWait(pid)).toEqual({ kind: 'signal', signal: 5 });
    expect(describeSiginfo(native.getSiginfo(pid)).codeName).toBe('TRAP_HWBKPT');
    expect(native.getDebugRegister(pid, 6) & 1n).toBe(1n);
    native.getRegisters(pid, registers);
    expect(registers.readBigUInt64LE(16 * 8)).toBe(afterEndbr);
  });

  it('refuse an address in the kernel', () => {
    const { pid } = start(program);
    expect(errno(() => native.setDebugRegister(pid, 0, 0xffff_ffff_8000_0000n))).toBe('EINVAL');
  });
});

describe('one word at a time', () => {
  it('reads and writes text', () => {
    const { pid } = start('/bin/true');
    const registers = Buffer.alloc(216);
    native.getRegisters(pid, registers);
    const pc = registers.readBigUInt64LE(16 * 8);
    const word = native.peekText(pid, pc);
    native.pokeText(pid, pc, word ^ 0xffffn);
    expect(native.peekText(pid, pc)).toBe(word ^ 0xffffn);
    expect(errno(() => native.peekText(pid, 0n))).toBe('EIO');
  });

  it('steps one instruction', () => {
    const { pid } = start(compile('odd.s', { flags: ['-nostdlib', '-static', '-no-pie'] }));
    const registers = Buffer.alloc(216);
    native.getRegisters(pid, registers);
    const pc = registers.readBigUInt64LE(16 * 8);
    const step = (): bigint => {
      expect(resumeAndWait(pid, 0, ResumeKind.SingleStep)).toEqual({ kind: 'signal', signal: 5 });
      native.getRegisters(pid, registers);
      return registers.readBigUInt64LE(16 * 8) - pc;
    };
    expect(step()).toBe(0n); // out of execve, to its first instruction
    expect(step()).toBe(4n); // endbr64
  });
});

describe('the rest', () => {
  it('demangles C++ names and nothing else', () => {
    expect(native.demangle('_ZN3foo3barIiEEvT_')).toBe('void foo::bar<int>(int)');
    expect(native.demangle('_ZNSt6vectorIiSaIiEE9push_backEOi')).toBe(
      'std::vector<int, std::allocator<int> >::push_back(int&&)',
    );
    for (const name of ['main', 'i', '', '_Z', '_ZN', '_Znonsense!']) expect(native.demangle(name)).toBeNull();
  });

  it('reads and sets the CPUs a thread may use', () => {
    const { pid } = start('/bin/true');
    const mask = native.getAffinity(pid);
    expect(mask.some((byte) => byte !== 0)).toBe(true);
    const cpu = mask.findIndex((byte) => byte !== 0);
    const only = Buffer.alloc(mask.length);
    only[cpu] = mask[cpu]! & -mask[cpu]!;
    native.setAffinity(pid, only);
    expect(native.getAffinity(pid)).toEqual(only);
    expect(errno(() => native.setAffinity(pid, Buffer.alloc(mask.length)))).toBe('EINVAL');
    expect(native.currentCpu()).toBeGreaterThanOrEqual(0);
  });
});
