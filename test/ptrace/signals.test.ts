import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { SIGNALS, describeSiginfo, signalNumber, signalOf } from '../../src/ptrace/signals';
import { ResumeKind } from '../../src/ptrace/constants';
import { native } from '../../src/ptrace/native';
import { compile, runTool } from '../support/debuggees';
import { start, waitFor } from '../native/tracee';

describe('the table of signals', () => {
  it('has every signal at its place', () => {
    expect(SIGNALS.map(({ number }) => number)).toEqual(Array.from({ length: 64 }, (_, index) => index + 1));
    expect(new Set(SIGNALS.map(({ name }) => name)).size).toBe(64);
  });

  it('agrees with Node and the shell', () => {
    for (const [name, number] of Object.entries(constants.signals))
      expect([name, signalNumber(name)]).toEqual([name, number]);
    const listed = runTool('bash', ['-c', 'kill -l']).matchAll(/(\d+)\) (SIG\S+)/g);
    let count = 0;
    for (const [, number, name] of listed) {
      expect(signalOf(Number(number)).name).toBe(name);
      count++;
    }
    expect(count).toBe(62); // all but glibc's own 32 and 33
  });

  it('knows what signals do by default', () => {
    const actions = (action: string): string[] =>
      SIGNALS.filter((s) => s.defaultAction === action).map(({ name }) => name);
    expect(actions('ignore')).toEqual(['SIGCHLD', 'SIGURG', 'SIGWINCH']);
    expect(actions('stop')).toEqual(['SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU']);
    expect(actions('continue')).toEqual(['SIGCONT']);
    expect(actions('core').length).toBe(10 + 0);
  });

  it.each([
    ['SIGSEGV', 11],
    ['segv', 11],
    [' SigInt ', 2],
    ['9', 9],
    ['SIGRTMIN', 34],
    ['RTMIN+2', 36],
    ['SIGRTMAX', 64],
    ['SIGRTMAX-1', 63],
    ['SIGPOLL', 29],
    ['SIGNOTHING', undefined],
    ['0', undefined],
    ['65', undefined],
    ['SIGRTMIN+31', undefined],
    ['', undefined],
  ])('takes %j for %s', (text, number) => {
    expect(signalNumber(text)).toBe(number);
  });

  it('has a name for a number that is none', () => {
    expect(signalOf(99)).toMatchObject({ number: 99, name: 'SIG99' });
  });
});

describe('describeSiginfo of real faults', () => {
  const program = compile('signals.c');

  it.each([
    ['segv', { number: 11, codeName: 'SEGV_MAPERR', codeText: 'address not mapped', address: 0n }],
    ['fpe', { number: 8, codeName: 'FPE_INTDIV' }],
    ['ill', { number: 4, codeName: 'ILL_ILLOPN' }],
    ['trap', { number: 5, codeName: 'SI_KERNEL' }],
    ['raise', { number: 10, codeName: 'SI_TKILL' }],
  ])('%s', (what, expected) => {
    const { pid } = start(program, { argv: ['signals', what] });
    native.resume(ResumeKind.Continue, pid, 0);
    expect(waitFor(pid)).toEqual({ kind: 'signal', signal: expected.number });
    const siginfo = describeSiginfo(native.getSiginfo(pid));
    expect(siginfo).toMatchObject(expected);
    expect(siginfo.sender).toBe(what === 'raise' ? pid : undefined);
    expect('address' in siginfo).toBe(['segv', 'fpe', 'ill'].includes(what));
  });
});

describe('describeSiginfo of bytes', () => {
  function siginfo(number: number, code: number, ...union: number[]): Uint8Array {
    const bytes = Buffer.alloc(128);
    bytes.writeInt32LE(number, 0);
    bytes.writeInt32LE(code, 8);
    union.forEach((value, index) => bytes.writeInt32LE(value, 16 + 4 * index));
    return bytes;
  }

  it.each([
    ['kill', siginfo(15, 0, 42, 1000), { codeName: 'SI_USER', sender: 42, senderUid: 1000 }],
    ['sigqueue', siginfo(34, -1, 42, 1000), { codeName: 'SI_QUEUE', sender: 42, senderUid: 1000 }],
    ['a timer', siginfo(14, -2, 7, 0), { codeName: 'SI_TIMER' }],
    ['an ended child', siginfo(17, 1, 43, 1000, 3), { codeName: 'CLD_EXITED', sender: 43, childStatus: 3 }],
    ['seccomp', siginfo(31, 1, 0x401000, 0, 39), { codeName: 'SYS_SECCOMP', address: 0x401000n, syscall: 39 }],
    ['a misaligned access', siginfo(7, 1, 3, 0), { codeName: 'BUS_ADRALN', address: 3n }],
    ['a watchpoint', siginfo(5, 4, 0x1000, 1), { codeName: 'TRAP_HWBKPT', address: 0x1_0000_1000n }],
    ['a non-canonical address', siginfo(11, 0x80, 0, 0), { codeName: 'SI_KERNEL' }],
  ])('%s', (_name, bytes, expected) => {
    const described = describeSiginfo(bytes);
    expect(described).toMatchObject(expected);
    for (const field of ['address', 'sender', 'syscall', 'childStatus'])
      expect([field, field in described]).toEqual([field, field in expected]);
  });

  it('an unknown code and too few bytes', () => {
    expect(describeSiginfo(siginfo(11, 77)).codeName).toBeUndefined();
    expect(describeSiginfo(new Uint8Array(0))).toMatchObject({ number: 0, code: 0 });
  });
});
