import { describe, expect, it } from 'vitest';
import { decodeWaitStatus, type WaitStatus } from '../../src/ptrace/waitstatus';

const stopped = (signal: number, event = 0): number => (event << 16) | (signal << 8) | 0x7f;

describe('decodeWaitStatus', () => {
  const table: [name: string, raw: number, expected: WaitStatus][] = [
    ['exit code 0', 0x0000, { kind: 'exited', code: 0 }],
    ['exit code 1', 0x0100, { kind: 'exited', code: 1 }],
    ['exit code 255', 0xff00, { kind: 'exited', code: 255 }],
    ['SIGKILL', 9, { kind: 'killed', signal: 9, coreDumped: false }],
    ['SIGSEGV with a core', 11 | 0x80, { kind: 'killed', signal: 11, coreDumped: true }],
    ['the last real-time signal', 64, { kind: 'killed', signal: 64, coreDumped: false }],
    ['SIGINT about to be delivered', stopped(2), { kind: 'signal', signal: 2 }],
    ['SIGTRAP of an int3', stopped(5), { kind: 'signal', signal: 5 }],
    ['SIGSTOP about to be delivered', stopped(19), { kind: 'signal', signal: 19 }],
    ['a real-time signal', stopped(64), { kind: 'signal', signal: 64 }],
    ['a syscall stop', stopped(5 | 0x80), { kind: 'syscall' }],
    ['fork', stopped(5, 1), { kind: 'event', event: 'fork' }],
    ['vfork', stopped(5, 2), { kind: 'event', event: 'vfork' }],
    ['clone', stopped(5, 3), { kind: 'event', event: 'clone' }],
    ['exec', stopped(5, 4), { kind: 'event', event: 'exec' }],
    ['vfork done', stopped(5, 5), { kind: 'event', event: 'vfork-done' }],
    ['exit', stopped(5, 6), { kind: 'event', event: 'exit' }],
    ['seccomp', stopped(5, 7), { kind: 'event', event: 'seccomp' }],
    ['PTRACE_INTERRUPT', stopped(5, 128), { kind: 'interrupted' }],
    ['group-stop by SIGSTOP', stopped(19, 128), { kind: 'group-stop', signal: 19 }],
    ['group-stop by SIGTSTP', stopped(20, 128), { kind: 'group-stop', signal: 20 }],
    ['group-stop by SIGTTIN', stopped(21, 128), { kind: 'group-stop', signal: 21 }],
    ['group-stop by SIGTTOU', stopped(22, 128), { kind: 'group-stop', signal: 22 }],
  ];

  it.each(table)('%s', (_name, raw, expected) => {
    expect(decodeWaitStatus(raw)).toEqual(expected);
  });
});
