/**
 * Our text beside strace's: the same program is run under strace and under a small tracer that uses our decoders, and
 * the lines are compared after what differs between any two runs (addresses, pids, random bytes) has been taken out.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import numbers from '../../src/syscalls/tables/numbers.json';
import { runTool } from '../support/debuggees';
import { traceProgram } from './tracer';

const folder = mkdtempSync(join(tmpdir(), 'strace-compare-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const env = ['PATH=/usr/bin:/bin', 'LC_ALL=C', 'HOME=/nonexistent'];

/** The lines of strace without the execve that started the program, which our tracer does not see either. */
function straceLines(argv: readonly string[]): string[] {
  const output = join(folder, 'strace.out');
  const options = Object.fromEntries(env.map((pair) => pair.split('=') as [string, string]));
  const result = spawnSync('strace', ['-o', output, ...argv], {
    cwd: folder,
    env: options,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (result.error) throw result.error;
  return readFileSync(output, 'utf8').trim().split('\n').slice(1);
}

/** Takes out what differs between two runs of one program. */
function stable(line: string): string {
  return line
    .replace(/0x[0-9a-f]{5,16}/g, (word) => (/^0xf{8,16}$/.test(word) ? word : 'ADDRESS'))
    .replace(/(?:\\x[0-9a-f]{2})+/g, 'RANDOM')
    .replace(/^((?:set_tid_address|getpid|gettid|getppid|setsid|getpgrp|getpgid|getsid)\(.*\)) += \d+$/, '$1 = PID')
    .replace(/((?:f_b\w+|f_f\w+|uptime|\w+ram|procs)=)\d+|(loads=)\[[^\]]*\]/g, '$1$2N')
    .replace(/(si_pid|tv_sec|tv_nsec|tv_usec)=\d+/g, '$1=N')
    .replace(/ += /, ' = ');
}

/** Lines that are not the same, ours behind strace's. */
function differences(argv: readonly string[], skip = 0): string[] {
  const theirs = straceLines(argv).slice(skip).map(stable);
  const ours = traceProgram(argv, { env, cwd: folder }).lines.slice(skip).map(stable);
  const found: string[] = [];
  for (let i = 0; i < Math.max(theirs.length, ours.length); i++) {
    if (theirs[i] !== ours[i]) found.push(`strace: ${theirs[i] ?? '(nothing)'}\n  ours: ${ours[i] ?? '(nothing)'}`);
  }
  return found;
}

test.each([
  [['/bin/ls', '-l', '/etc']],
  [['/bin/cat', '/etc/passwd']],
  [['/usr/bin/head', '-c', '100', '/etc/passwd']],
  [['/usr/bin/sort', '/etc/group']],
  [['/usr/bin/stat', '/dev/null', '/etc', '/nonexistent']],
  [['/usr/bin/find', '/etc/apt', '-name', '*.gpg']],
  [['/bin/true']],
  [['/usr/bin/wc', '/etc/services', '/nonexistent']],
])('%j', (argv) => {
  expect(differences(argv)).toEqual([]);
});

/** Calls that cannot be made with senseless arguments, each with its reason. */
const skipped: Readonly<Record<string, string>> = {
  fork: 'makes a second process that makes all of these again',
  vfork: 'as fork, on the same stack',
  exit: 'ends the program',
  exit_group: 'ends the program',
  pause: 'waits for ever',
  rt_sigreturn: 'takes the registers from the stack',
  restart_syscall: 'restarts what a signal interrupted',
  vhangup: 'hangs up the terminal',
  uretprobe: 'kills the process outside of a trampoline of the kernel',
  uprobe: 'kills the process outside of a trampoline of the kernel',
};

/** Newer constants than strace 6.1 has, which show in arguments with all bits set. */
const newerFlags = new Set([
  'preadv2',
  'pwritev2',
  'memfd_create',
  'move_mount',
  'fsmount',
  'pidfd_open',
  'landlock_create_ruleset',
  'statx',
  'name_to_handle_at',
]);

/** Calls of which our text differs for a reason that is told in docs/syscalls.md. */
const better = new Set([
  'modify_ldt',
  'mbind',
  'set_mempolicy',
  'move_pages',
  'kexec_load',
  'mount',
  'clone',
  'swapon',
  'rseq',
  'open_tree',
]);

test('every call of the table, with every bit of every argument set', () => {
  const calls = Object.entries(numbers.x86_64).filter(([name]) => !(name in skipped));
  const lines = calls.map(([, number]) => `syscall(${number}, -1L, -1L, -1L, -1L, -1L, -1L);`);
  const source = join(folder, 'all.c');
  writeFileSync(
    source,
    `#include <unistd.h>\n#include <sys/syscall.h>\nint main(void) {\n${lines.join('\n')}\nreturn 0;\n}\n`,
  );
  const program = join(folder, 'all');
  runTool('gcc', ['-w', '-o', program, source]);
  const wrong = differences([program]).filter((pair) => {
    const name = /ours: (\w+)\(/.exec(pair)?.[1] ?? '';
    // strace 6.1 does not know the names of calls that came after it.
    return !newerFlags.has(name) && !better.has(name) && !pair.startsWith('strace: syscall_0x1');
  });
  expect(wrong).toEqual([]);
});
