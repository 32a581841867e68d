/** Conditions on decoded calls and injection rules: what they mean, and what they say about mistakes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileCondition } from '../../src/syscalls/condition/condition';
import { decodeEntry, decodeExit } from '../../src/syscalls/decode';
import { SyscallTextError } from '../../src/syscalls/errors';
import { parseRule } from '../../src/syscalls/inject/parse';
import { presets } from '../../src/syscalls/inject/presets';
import { occurs } from '../../src/syscalls/inject/rule';
import { numberOf } from '../../src/syscalls/numbers';

/** Memory that holds one string at 0x1000. */
function memory(text: string): { read(address: bigint, length: number): Uint8Array } {
  const bytes = Buffer.from(`${text}\0`);
  return {
    read: (address, length) => {
      const offset = Number(address - 0x1000n);
      return offset < 0 || offset > bytes.length ? new Uint8Array(0) : bytes.subarray(offset, offset + length);
    },
  };
}

const number = (name: string): number => numberOf('x86_64', name)!;
const AT_FDCWD = 0xffffff9cn;

function openat(path: string, flags: bigint, result: bigint): ReturnType<typeof decodeExit> {
  const reader = memory(path);
  const entered = decodeEntry('x86_64', number('openat'), [AT_FDCWD, 0x1000n, flags, 0o644n, 0n, 0n], reader);
  return decodeExit(entered, { value: result, isError: result < 0n }, reader);
}

test.each([
  ['path ~ "*.conf" && ret < 0', true],
  ['path ~ "/etc/*" && errno == ENOENT', true],
  ['filename == "/etc/a.conf"', true],
  ['path =~ "a\\.(conf|txt)$"', true],
  ['path !~ "conf"', false],
  ['flags & O_CREAT', true],
  ['flags & O_TRUNC', false],
  ['flags & O_CREAT == O_CREAT', true],
  ['mode == 0644', true],
  ['dfd == -100', true],
  ['tid == 7 || failed', true],
  ['!(ret == -1)', false],
  ['name == "openat" && failed', true],
  ['count > 3', false],
  ['ret == -1 && errno == 2', true],
])('%s', (text, expected) => {
  const call = openat('/etc/a.conf', 0x41n, -2n);
  expect(compileCondition(text).test({ call, tid: 1 })).toBe(expected);
});

test('what needs the result says so', () => {
  expect(compileCondition('ret < 0').needsResult).toBe(true);
  expect(compileCondition('path ~ "*"').needsResult).toBe(false);
});

test.each([
  ['path ~ *', 8],
  ['flgs & O_CREAT', 1],
  ['flags & O_CREATE', 9],
  ['path = "x"', 6],
  ['(ret < 0', 9],
  ['ret < 0 < 1', 9],
  ['path =~ "("', 9],
  ['"open', 1],
  ['', 1],
  ['ret <', 6],
  ['12ab == 1', 1],
])('%s is refused at column %i', (text, column) => {
  try {
    compileCondition(text);
    expect.unreachable();
  } catch (error) {
    expect((error as SyscallTextError).column).toBe(column);
  }
});

test('a misspelt flag is told what was meant', () => {
  expect(() => compileCondition('flags & O_CREAAT')).toThrow("'O_CREAAT'. Did you mean 'O_CREAT'");
});

test("strace's spelling of rules", () => {
  const rule = parseRule('inject=write,fsync:error=ENOSPC:when=3..7+2:delay_enter=10ms:signal=USR1');
  expect(rule.calls.numbers('x86_64')).toEqual([number('write'), number('fsync')]);
  expect(rule).toMatchObject({
    error: { number: 28, name: 'ENOSPC' },
    delayEnter: 10_000,
    signal: { number: 10, name: 'SIGUSR1' },
  });
  expect([1, 2, 3, 4, 5, 6, 7, 8, 9].filter((count) => occurs(rule.when, count))).toEqual([3, 5, 7]);
  const poke = parseRule('read:poke_exit=@arg2=0011,@arg3=*ff:retval=0x10');
  expect(poke.pokeExit).toEqual([
    { argument: 1, bytes: Uint8Array.of(0, 0x11), fill: false },
    { argument: 2, bytes: Uint8Array.of(0xff), fill: true },
  ]);
  expect(poke.retval).toBe(16n);
  expect(parseRule('fault=close').error).toEqual({ number: 38, name: 'ENOSYS' });
  expect(parseRule('close:error=5:when=2').when).toEqual({ first: 2, last: 2, step: 1 });
});

test('the object form', () => {
  const rule = parseRule({
    calls: ['%file', '!close'],
    error: 'EACCES',
    when: '2+',
    condition: 'path ~ "*.conf"',
    pokeEnter: { 2: '00' },
    args: { 3: 1 },
  });
  expect(rule.args).toEqual([{ argument: 2, value: 1n }]);
  expect(rule.when).toEqual({ first: 2, step: 1 });
  expect(rule.condition?.test({ call: openat('/a.conf', 0n, 3n), tid: 1 })).toBe(true);
});

test.each([
  ['write:error=ENOSPCC', 13],
  ['wriite:error=EIO', 1],
  ['write:eror=EIO', 7],
  ['write:error=EIO:error=EIO', 17],
  ['write:when=0:error=EIO', 12],
  ['write:when=5..3:error=EIO', 12],
  ['write:delay_enter=10m:error=EIO', 19],
  ['write:poke_exit=@arg9=00', 17],
  ['write:poke_exit=@arg2=0', 17],
  ['write:signal=SIGFOO', 14],
  ['write:error', 7],
  ['write', 1],
  [':error=EIO', 1],
  ['write:error=5000', 13],
])('%s is refused at column %i', (text, column) => {
  try {
    parseRule(text);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(SyscallTextError);
    expect((error as SyscallTextError).column).toBe(column);
  }
});

test('mistakes in objects name their key', () => {
  expect(() => parseRule({ calls: 'write', error: 'ENOSPCC' })).toThrow(
    "error: There is no error 'ENOSPCC'. Did you mean 'ENOSPC'",
  );
  expect(() => parseRule({ calls: 'write', error: 'EIO', condition: 'ret < 0' })).toThrow(
    'condition: a rule is decided when the call goes in',
  );
  expect(() => parseRule({ calls: 'write', error: 'EIO', retval: 1 })).toThrow("'error' and 'retval' at once");
});

test('every ready-made rule parses', () => {
  for (const { rules } of presets) for (const rule of rules) expect(parseRule(rule).calls.isEmpty).toBe(false);
});

test('any text is a rule, a condition, or a mistake', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'write',
      ':',
      'error=',
      'EIO',
      'when=',
      '..',
      '+',
      '@arg1=',
      'path',
      '~',
      '"',
      '&&',
      '(',
      ')',
      '!',
      '-',
      'ret',
    ),
    fc.string({ maxLength: 4 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
      for (const parse of [parseRule, compileCondition]) {
        try {
          parse(pieces.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(SyscallTextError);
        }
      }
    }),
    { numRuns: 300 },
  );
});
