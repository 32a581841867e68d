/** `syscalls.trace`: which calls a filter chooses, and what it says about mistakes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SyscallTextError } from '../../src/syscalls/errors';
import { parseFilter } from '../../src/syscalls/filter';
import type { DecodedCall, DecodedNode } from '../../src/syscalls/model';
import { nameOf, numberOf } from '../../src/syscalls/numbers';

const chosen = (source: string | readonly string[]): string[] =>
  parseFilter(source)
    .calls.numbers('x86_64')
    .map((number) => nameOf('x86_64', number)!);

function call(name: string, args: readonly DecodedNode[], errno?: string): DecodedCall {
  const number = numberOf('x86_64', name)!;
  const failed = errno === undefined ? {} : { errno: { number: 2, name: errno, text: '' } };
  return {
    abi: 'x86_64',
    number,
    name,
    known: true,
    state: 'returned',
    rawArguments: [],
    values: [],
    args,
    result: { value: errno === undefined ? 0n : -2n, ...failed },
  };
}

const path = (text: string): DecodedNode => ({
  type: 'string',
  kind: 'path',
  name: 'filename',
  bytes: Buffer.from(text),
  truncated: false,
});

test('names, classes, patterns and what they leave out', () => {
  expect(chosen('openat,close')).toEqual(['close', 'openat']);
  expect(chosen('/^stat/')).toEqual(['stat', 'statfs', 'statx', 'statmount']);
  expect(chosen(['%file', '!/stat/', '!%process'])).not.toContain('newfstatat');
  expect(chosen(['%file', '!/stat/', '!%process'])).toContain('openat');
  expect(chosen(['%file', '!/stat/', '!%process'])).not.toContain('execve');
  expect(chosen('!read,write')).not.toContain('write');
  expect(chosen('!read,write')).toContain('close');
  expect(chosen('?no_such_call,close')).toEqual(['close']);
  expect(chosen('trace=close')).toEqual(['close']);
  expect(parseFilter([]).calls.isAll).toBe(true);
  expect(parseFilter('all').calls.has('x86_64', 9999)).toBe(true);
  expect(parseFilter('close').calls.has('x86_64', 9999)).toBe(false);
  expect(parseFilter('none').calls.isEmpty).toBe(true);
  expect(parseFilter('write@64').calls.numbers('i386')).toEqual([]);
});

test('socketcall carries what is asked of the network', () => {
  expect(parseFilter('connect').calls.has('i386', numberOf('i386', 'socketcall')!)).toBe(true);
  expect(parseFilter('close').calls.has('i386', numberOf('i386', 'socketcall')!)).toBe(false);
});

test('paths, descriptors and statuses look inside', () => {
  const conf = parseFilter(['openat', 'path=*.conf', 'status=failed']);
  expect(conf.needsResult).toBe(true);
  expect(conf.match(call('openat', [path('/etc/a.conf')], 'ENOENT'))).toBe(true);
  expect(conf.match(call('openat', [path('/etc/a.conf')]))).toBe(false);
  expect(conf.match(call('openat', [path('/etc/a.txt')], 'ENOENT'))).toBe(false);
  expect(conf.match(call('close', [], 'ENOENT'))).toBe(false);
  const fd = parseFilter('fd=3|4');
  const three: DecodedNode = { type: 'fd', kind: 'fd', value: 3, raw: 3n };
  expect(fd.match(call('read', [three]))).toBe(true);
  expect(fd.match(call('read', [{ ...three, value: 5 }]))).toBe(false);
  expect(parseFilter('status=unavailable').match(call('read', [], 'ENOSYS'))).toBe(true);
});

test.each([
  ['opneat', "There is no system call 'opneat'. Did you mean 'openat'", 1],
  ['close,opneat', "There is no system call 'opneat'", 7],
  ['%flie', "There is no class of system calls '%flie'. Did you mean '%file'", 1],
  ['read,/(/', 'The regular expression is not valid', 6],
  ['/zzz/', 'No system call matches /zzz/', 1],
  ['/abc', "no closing '/'", 1],
  ['read,,write', 'A name is missing between the commas', 6],
  ['fd=x', "'x' is not the number of a file descriptor", 4],
  ['status=faild', "There is no status 'faild'. Did you mean 'failed'?", 8],
  ['pth=/etc', "A filter knows no 'pth='. Did you mean 'path'?", 1],
])('%s is refused with its column', (text, message, column) => {
  try {
    parseFilter(text);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(SyscallTextError);
    expect((error as SyscallTextError).message).toContain(message);
    expect((error as SyscallTextError).column).toBe(column);
  }
});

test('any text is a filter or a mistake with a place in it', () => {
  const piece = fc.oneof(
    fc.constantFrom('openat', '%file', '!', ',', '/', 'path=', 'fd=', '=', '*', '[', '{'),
    fc.string({ maxLength: 6 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      try {
        parseFilter(pieces.join(''));
      } catch (error) {
        expect(error).toBeInstanceOf(SyscallTextError);
      }
    }),
    { numRuns: 300 },
  );
});
