/** The checked-in tables beside the headers that are installed here. */
import { expect, test } from 'vitest';
import { constantValue, table } from '../../src/syscalls/constants';
import { describeErrno, errnoByName } from '../../src/syscalls/errno';
import { nameOf, numberOf } from '../../src/syscalls/numbers';
import { runTool } from '../support/debuggees';

test.each([
  ['x86_64', 'asm/unistd_64.h'],
  ['i386', 'asm/unistd_32.h'],
] as const)('%s has every number of %s', (abi, header) => {
  const macros = runTool('sh', ['-c', `echo '#include <${header}>' | gcc -E -dM -`]);
  const pairs = [...macros.matchAll(/^#define __NR_(\w+) (\d+)$/gm)];
  expect(pairs.length).toBeGreaterThan(300);
  for (const [, name, number] of pairs) expect(numberOf(abi, name!), name).toBe(Number(number));
});

test('numbers and names go both ways', () => {
  expect(nameOf('x86_64', 257)).toBe('openat');
  expect(nameOf('x86_64', 470)).toBe('listns');
  expect(nameOf('i386', 102)).toBe('socketcall');
  expect(nameOf('x86_64', 400)).toBeUndefined();
});

test('constants have the values of the headers', () => {
  const names = [
    'O_CLOEXEC',
    'MAP_FIXED',
    'CLONE_THREAD',
    'EPOLLET',
    'AF_INET6',
    'MSG_NOSIGNAL',
    'SA_RESTART',
    'S_IFSOCK',
  ];
  const lines = names.map((name) => `printf("%lld\\n", (long long)${name});`).join('\n');
  const headers = [
    'stdio.h',
    'fcntl.h',
    'sched.h',
    'signal.h',
    'sys/mman.h',
    'sys/epoll.h',
    'sys/socket.h',
    'sys/stat.h',
  ];
  const source = `#define _GNU_SOURCE\n${headers.map((header) => `#include <${header}>`).join('\n')}\nint main(void) { ${lines} }`;
  const script = 'd=$(mktemp -d) && printf %s "$1" > $d/a.c && gcc -o $d/a $d/a.c && $d/a; rm -r $d';
  const values = runTool('sh', ['-c', script, 'sh', source]).trim().split('\n').map(BigInt);
  expect(names.map(constantValue)).toEqual(values.map((value) => (value < 0n ? BigInt.asUintN(32, value) : value)));
});

test('errors have names, texts and aliases', () => {
  expect(describeErrno(2)).toEqual({ number: 2, name: 'ENOENT', text: 'No such file or directory' });
  expect(describeErrno(512).name).toBe('ERESTARTSYS');
  expect(describeErrno(4000).name).toBe('ERRNO_4000');
  expect(errnoByName('EWOULDBLOCK')).toBe(11);
  expect(table('errno').byValue.get(11n)).toBe('EAGAIN');
});
