import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runTool } from '../support/debuggees';
import { run, show } from './support';
import { ExpressionError } from '../../src/expr/expression';
import { formatValue } from '../../src/expr/format';
import { typeName } from '../../src/symbols/data/typenames';

describe('C arithmetic', () => {
  it.each([
    ['1 + 2 * 3 - 4 / 3 % 2', '6 int'],
    ['7 / -2', '-3 int'],
    ['-7 % 3', '-1 int'],
    ['2147483647 + 1', '-2147483648 int'],
    ['2147483648', '2147483648 long'],
    ['0x80000000', '2147483648 unsigned int'],
    ['0xffffffff + 1', '0 unsigned int'],
    ['0xffffffffffffffff', '18446744073709551615 unsigned long'],
    ['-1 < 0u', '0 int'],
    ['-1L < 0u', '1 int'],
    ['(char)200', "-56 '\\xc8' char"],
    ['(unsigned char)-1', "255 '\\xff' unsigned char"],
    ['(uint8_t)300', '44 uint8_t'],
    ['(i16)-1 == (u16)-1', '0 int'],
    ['(usize)-1 == ~0ul', '1 int'],
    ['(int)(signed char)0x80', '-128 int'],
    ['(unsigned char)255 + (unsigned char)1', '256 int'],
    ["'a' + 1", '98 int'],
    ["'\\n' == 10 && '\\x41' == 'A' && '\\101' == 'A' && '\\0' == 0", '1 int'],
    ['~0', '-1 int'],
    ['~0u', '4294967295 unsigned int'],
    ['-2147483648 / -1', '2147483648 long'],
    ['(int)-2147483648 / -1', '-2147483648 int'],
    ['1 << 31', '-2147483648 int'],
    ['1 << 32', '0 int'],
    ['-8 >> 1', '-4 int'],
    ['-8 >> 70', '-1 int'],
    ['(unsigned)-8 >> 1', '2147483644 unsigned int'],
    ['1ull << 63', '9223372036854775808 unsigned long long'],
    ['1 == 1 == 1', '1 int'],
    ['3 & 2 == 2', '1 int'],
    ['1 | 6 ^ 2 & 3', '5 int'],
    ['0 ? 1 : 0 ? 2 : 3', '3 int'],
    ['1, 2, 3', '3 int'],
    ['!5 || !0', '1 int'],
    ['- - 5', '5 int'],
    ['(bool)256', 'true bool'],
    ['(long long unsigned int)-1', '18446744073709551615 unsigned long long'],
    ['(const unsigned short int)65537', '1 const unsigned short'],
    ['sizeof(long) * 2 + sizeof(char *)', '24 unsigned long'],
    ['sizeof(unsigned __int128)', '16 unsigned long'],
    ['(unsigned __int128)1 << 127 >> 64', '9223372036854775808 unsigned __int128'],
    ['(int)(char *)5 + 1', '6 int'],
    ["1'000'000 == 1_000_000", '1 int'],
    ['0b1010_1010 + 0o17 + 017', '200 int'],
    ['255u8 + 1i64', '256 long'],
    ['0xdead_beefu64', '3735928559 u64'],
  ])('%s', (text, expected) => {
    expect(show(text)).toBe(expected);
  });
});

const literal = fc.oneof(
  fc.constantFrom(
    '0',
    '1',
    '2147483647',
    '2147483648',
    '0x80000000',
    '0xffffffff',
    '4294967296',
    '0x7fffffffffffffff',
    '0xffffffffffffffff',
    '017',
    '5u',
    '7l',
    '9ul',
    "'a'",
    '255',
    '65535',
    '-1',
  ),
  fc.integer({ min: -1000, max: 100_000 }).map(String),
);
const castType = fc.constantFrom(
  'char',
  'signed char',
  'unsigned char',
  'short',
  'unsigned short',
  'int',
  'unsigned int',
  'long',
  'unsigned long',
);

/** Expressions that gdb evaluates without a program, and without what it refuses: division by zero, negative shifts. */
const { expression } = fc.letrec<{ expression: string; deeper: string }>((tie) => ({
  expression: fc.oneof({ maxDepth: 4, depthSize: 'medium' }, literal, tie('deeper')),
  deeper: fc.oneof(
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom('+', '-', '*', '&', '|', '^', '==', '!=', '<', '<=', '>', '>=', '&&', '||'),
        tie('expression'),
      )
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    fc
      .tuple(tie('expression'), fc.constantFrom('/', '%'), fc.integer({ min: 1, max: 300 }))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    fc
      .tuple(tie('expression'), fc.constantFrom('<<', '>>'), fc.integer({ min: 0, max: 31 }))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    fc.tuple(fc.constantFrom('-', '~', '!', '+'), tie('expression')).map(([operator, right]) => `${operator} ${right}`),
    fc.tuple(castType, tie('expression')).map(([type, operand]) => `(${type})${operand}`),
    fc
      .tuple(tie('expression'), tie('expression'), tie('expression'))
      .map(([test, yes, no]) => `(${test} ? ${yes} : ${no})`),
  ),
}));

/** What gdb prints and what it says the type is, for each expression. */
function askGdb(expressions: readonly string[]): { value: string; type: string }[] {
  const commands = expressions.flatMap((text, i) => [
    '-ex',
    `echo \\n#${i}=`,
    '-ex',
    `output/d ${text}`,
    '-ex',
    'echo ;',
    '-ex',
    `whatis ${text}`,
  ]);
  const setup = ['set architecture i386:x86-64', 'set language c', 'set width 0'].flatMap((line) => ['-ex', line]);
  const output = runTool('gdb', ['-nx', '-batch', ...setup, ...commands]);
  const answers = new Map(
    [...output.matchAll(/^#(\d+)=(-?\d+);type = (.*)$/gm)].map((match) => [
      Number(match[1]),
      { value: match[2]!, type: match[3]! },
    ]),
  );
  return expressions.map((text, i) => {
    const answer = answers.get(i);
    if (!answer) throw new Error(`gdb did not answer ${text}`);
    return answer;
  });
}

describe('arithmetic beside gdb', () => {
  it('has the same values and types for random expressions', () => {
    const expressions = fc.sample(expression, { numRuns: 800, seed: 42 });
    const answers = askGdb(expressions);
    expressions.forEach((text, i) => {
      const result = run(text);
      if (result instanceof ExpressionError) throw new Error(`${text}: ${result.message}`);
      const ours = { text, value: formatValue(result, { format: 'd' }), type: typeName(result.type) };
      expect(ours).toEqual({ text, ...answers[i] });
    });
  });
});
