/** Faults and other signals told in words: cause, instruction, operands, sender. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { describe, expect, test } from 'vitest';
import { compile } from '../support/debuggees';
import { launchUntilStopped, startAdapter } from '../support/session';

type ExceptionInfo = DebugProtocol.ExceptionInfoResponse['body'];

const program = compile('faults.c', { flags: ['-g', '-O0', '-pthread', '-fno-stack-protector'] });

async function explained(what: string, signals: Record<string, string> = {}) {
  const client = startAdapter();
  const { threadId, reason } = await launchUntilStopped(client, { program, args: [what], signals });
  expect(reason).toBe('exception');
  const info = (await client.request('exceptionInfo', { threadId })) as ExceptionInfo;
  return { id: info.exceptionId, description: info.description ?? '', details: info.details! };
}

describe('the cause of a fault', () => {
  test.each([
    [
      'null-member',
      'SIGSEGV',
      /: read of unmapped address 0x10, 16 bytes past null\nin mov rax, qword ptr \[rax\+0x10\]/,
    ],
    [
      'null-write',
      'SIGSEGV',
      /: write to unmapped address 0x0, a null pointer\nin mov dword ptr \[rax\], 0?x?1; rax = 0x0/,
    ],
    ['readonly', 'SIGSEGV', /: write to read-only address 0x[0-9a-f]+ in faults \(r--p\)/],
    ['execute-data', 'SIGSEGV', /: execution of non-executable address 0x[0-9a-f]+ in faults \(rw-p\)/],
    ['execute-null', 'SIGSEGV', /: execution of unmapped address 0x0, a null pointer/],
    ['noncanonical', 'SIGSEGV', /: read of non-canonical address 0x4141414141414141, which is the text “AAAAAAAA”/],
    [
      'misaligned',
      'SIGSEGV',
      /: misaligned access of 16 bytes to 0x[0-9a-f]+4: movaps needs an address that is a multiple/,
    ],
    ['privileged', 'SIGSEGV', /: privileged instruction hlt, which only the kernel may execute/],
    [
      'overflow',
      'SIGSEGV',
      /: stack overflow: write to 0x[0-9a-f]+, \d+ bytes below the stack of thread \d+ \([78](\.\d)? MiB\)/,
    ],
    ['thread-overflow', 'SIGSEGV', /: stack overflow: write to 0x[0-9a-f]+, \d+ bytes below the stack of thread/],
    ['shrunk', 'SIGBUS', /: write to 0x[0-9a-f]+: offset 4096 of the mapped file memfd:shrunk/],
    ['divide', 'SIGFPE', /: integer division by zero: 100 \/ 0\nin idiv /],
    ['divide-overflow', 'SIGFPE', /: integer division overflow: -2147483648 \/ -1 does not fit in 32 bits/],
    ['ud2', 'SIGILL', /: illegal instruction 0f 0b \(ud2\), which compilers put where control must never come/],
    ['bad-bytes', 'SIGILL', /: illegal instruction: the bytes 06 07 .* are none/],
    ['seccomp', 'SIGSYS', /: system call getcwd \(79\) refused by a seccomp filter, filter data 42/],
    ['abort', 'SIGABRT', /: sent by process \d+ \(“\S*faults abort”, uid \d+\) with tgkill/],
    ['free', 'SIGABRT', /: (munmap_chunk|free)\(\): invalid (pointer|size)/],
  ])('%s', async (what, signal, description) => {
    const info = await explained(what);
    expect(info.id).toBe(signal);
    expect(info.description).toMatch(description);
    expect(info.details.stackTrace).toMatch(/^#0 /);
  });
});

describe('who sent a signal', () => {
  test.each([
    ['self', 'SIGUSR1', /sent by process \d+ \(“\S*faults self”, uid \d+\) with tgkill/],
    ['queue', 'SIGRTMIN+1', /with sigqueue, value 77/],
    ['timer', 'SIGUSR2', /from POSIX timer \d+, value 5/],
    ['child', 'SIGCHLD', /child \d+ .*exited with code 3/],
  ])('%s', async (what, signal, description) => {
    const info = await explained(what, { [signal]: 'stop, pass' });
    expect(info.id).toBe(signal);
    expect(info.description).toMatch(description);
  });
});
