import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/common/errors';
import { compileExpression, evaluate, evaluateCondition, ExpressionError } from '../../src/expr/expression';
import { LONG } from '../../src/expr/types';
import { frame, run, show } from './support';

describe('names', () => {
  it.each([
    ['$rax', '-100 long'],
    ['$eax', '-100 int'],
    ['$al', '-100 int8_t'],
    ['$RAX', '-100 long'],
    ['$rsp', '0x1040 void *'],
    ['$sp', '0x1040 void *'],
    ['$fp', '0x1080 void *'],
    ['$pc', '0x401140 void (*)()'],
    ['$rip - main', '10 long'],
    ['$eflags', '582 unsigned int'],
    ['$flags == $eflags', '1 int'],
    ['$zf', 'true bool'],
    ['$cf', 'false bool'],
    ['$cs', '51 int'],
    ['$fs_base', '140737351558976 unsigned long'],
    ['$xmm0 & 0xf', '5 unsigned __int128'],
    ['rax', '-100 long'],
    ['rip', '0x401140 void (*)()'],
    // A symbol of that name hides the register; with the dollar sign it is always the register.
    ['rbx', '77 int'],
    ['$rbx', '3 long'],
    ['main', '0x401136 void ()'],
    ['&main', '0x401136 void (*)()'],
    ['main + 4', '0x40113a void (*)()'],
    ['_start', '0x401040 void ()'],
    ['$pc == main', '0 int'],
    ['counter', '-2 int'],
    ['total', '1099511627776 long'],
    ['flag', '7 int8_t'],
    ['&counter', '0x1010 int *'],
    ['&table', '0x1040 void *'],
    ['*(int *)&counter', '-2 int'],
    ['(unsigned)counter', '4294967294 unsigned int'],
    ['(unsigned char)counter', "254 '\\xfe' unsigned char"],
    ['(long)table', '4294967296 long'],
    ['((int *)&table)[3]', '3 int'],
    ['ns::limit', '500 short'],
    ['true + true', '2 int'],
  ])('%s', (text, expected) => {
    expect(show(text)).toBe(expected);
  });

  it.each([
    ['nothing', "error at 0: there is no symbol 'nothing'"],
    ['1 + zf', "error at 4: there is no symbol 'zf'; the register is '$zf'"],
    ['$nothing', "error at 0: there is no register or variable '$nothing'"],
    ['$ymm0 + 1', "error at 0: 'union vec256' cannot be computed with; name one of its members"],
    ['$r8', "error at 0: the value of 'r8' is not known in this frame"],
    ['table', "error at 0: the type of 'table' is not known; cast it, as in (int)table, or take &table"],
    ['errno', "error at 0: 'errno' is thread-local: its address is not known without type information"],
    ['&$rax', 'error at 1: a register has no address'],
    ['&rax', 'error at 1: a register has no address'],
    ['&5', 'error at 1: only something in memory has an address'],
    ['gone', 'error at 0: cannot read 4 bytes at 0x9000'],
    ['1 + *(char *)0', 'error at 4: cannot read 1 byte at 0x0'],
  ])('%s', (text, expected) => {
    expect(show(text)).toBe(expected);
  });
});

describe('memory', () => {
  it.each([
    ['*(int *)($rsp + 8)', '2 int'],
    ['*(unsigned char *)&counter', "254 '\\xfe' unsigned char"],
    ['((int *)$rsp)[2]', '2 int'],
    ['((short *)$rsp)[-20 + 4]', '7 short'],
    ['*$rcx', 'error at 0: cannot read 8 bytes at 0x123456789abcdef0'],
    ['*0x1018', '1099511627776 long'],
    ['**(int **)&*(long *)0x1018', 'error at 0: cannot read 4 bytes at 0x10000000000'],
    ['&((int *)0)[5]', '0x14 int *'],
    ['&*(char *)16', '0x10 <cannot read memory at 0x10> char *'],
    ['(int *)$rsp + 1', '0x1044 int *'],
    ['$sp + 8', '0x1048 void *'],
    ['(int *)$sp - (int *)0x1000', '16 long'],
    ['$sp & 0xfff', '64 unsigned long'],
    ['*main', '0x401136 void ()'],
    ['*$sp', "error at 0: a 'void *' cannot be dereferenced; cast it first, as in *(long *)…"],
    ['$sp[1]', "error at 0: a 'void *' cannot be dereferenced; cast it first, as in *(long *)…"],
    ['$rax[1]', "error at 0: cannot index 'long'; cast it to a pointer first"],
    ['-$sp', "error at 0: '-' needs a number, this is 'void *'"],
    ['$sp + $sp', "error at 0: cannot add 'void *' and 'void *'"],
    ['5 - $sp', "error at 0: cannot subtract 'void *' from 'int'"],
    ['(void)1 + 1', 'error at 0: a void value cannot be used'],
    ['(void)1 * 1', 'error at 0: a void value cannot be used'],
  ])('%s', (text, expected) => {
    expect(show(text)).toBe(expected);
  });

  it('takes sizes without reading or writing anything', () => {
    const { context, reads, registers } = frame();
    expect(show('sizeof(*(long *)0) + sizeof(int) + sizeof counter', context)).toBe('16 unsigned long');
    expect(show('sizeof($rbx = 5)', context)).toBe('8 unsigned long');
    expect(reads).toEqual([]);
    expect(registers.get('rbx')).toBe(3n);
  });

  it('evaluates only the operands that count', () => {
    const { context, reads } = frame();
    expect(show('0 && *(int *)0', context)).toBe('0 int');
    expect(show('1 || *(int *)0', context)).toBe('1 int');
    expect(show('1 ? 2 : *(int *)0', context)).toBe('2 int');
    expect(reads).toEqual([]);
  });
});

describe('assignment', () => {
  it('sets registers, parts of them and flags', () => {
    const { context, registers } = frame();
    expect(show('$rbx = -1', context)).toBe('-1 long');
    expect(registers.get('rbx')).toBe(0xffffffffffffffffn);
    show('$ecx = 5', context);
    expect(registers.get('rcx')).toBe(0x1234567800000005n);
    show('$ch = 0x7f', context);
    expect(registers.get('rcx')).toBe(0x1234567800007f05n);
    show('$zf = 0, $cf = 1', context);
    expect(registers.get('eflags')).toBe(0x207n);
    show('$pc = main', context);
    expect(registers.get('rip')).toBe(0x401136n);
    show('$rbx = $rcx = 7', context);
    expect([registers.get('rbx'), registers.get('rcx')]).toEqual([7n, 7n]);
    show('$rbx += 3', context);
    show('$rbx <<= 2', context);
    expect(registers.get('rbx')).toBe(40n);
  });

  it('sets memory at the width of its type', () => {
    const { context, memory } = frame();
    expect(show('*(int *)0x1000 = 0x1122334455', context)).toBe('573785173 int');
    expect([...memory.subarray(0, 6)]).toEqual([0x55, 0x44, 0x33, 0x22, 0, 0]);
    expect(show('((unsigned char *)0x1000)[4] = 300', context)).toBe("44 ',' unsigned char");
    expect(show('counter = counter * 3', context)).toBe('-6 int');
    expect(show('counter', context)).toBe('-6 int');
    expect(show('*(bool *)0x1000 = 256', context)).toBe('true bool');
    expect(memory[0]).toBe(1);
  });

  it.each([
    ['5 = 6', 'error at 0: only variables, memory and registers can be assigned to'],
    ['main = 1', 'error at 0: code cannot be assigned to'],
    ['*(int *)0x9000 = 1', 'error at 0: cannot write to 0x9000'],
    ['$cs = 1', "error at 0: cannot set 'cs' in this frame"],
    ['$rbx = (void)0', 'error at 7: a void value cannot be used'],
    ['true = 1', 'error at 0: only variables, memory and registers can be assigned to'],
  ])('refuses %s', (text, expected) => {
    expect(show(text, frame().context)).toBe(expected);
  });

  it('changes nothing where nothing may be changed', () => {
    const { readOnly, registers } = frame();
    expect(show('1, $rbx = 5', readOnly)).toBe(
      'error at 3: this would change the program; evaluate it in the Debug Console',
    );
    expect(registers.get('rbx')).toBe(3n);
  });
});

describe('syntax', () => {
  it.each([
    ['', 'error at 0: expected an expression'],
    ['   ', 'error at 3: expected an expression'],
    ['(x + 1', "error at 6: expected ')' after 'x + 1'"],
    ['(x + 1]', "error at 6: expected ')' after 'x + 1'"],
    ['1 +', "error at 3: expected a value after '+'"],
    ['1 + * ', "error at 6: expected a value after '*'"],
    ['1 + )', "error at 4: expected a value after '+', found ')'"],
    ['2 3', "error at 2: expected an operator after '2', found '3'"],
    ['1 ? 2', "error at 5: expected ':' after '1 ? 2'"],
    ['(int', "error at 4: expected ')' after '(int'"],
    ['(unsigned bool)1', "error at 1: 'unsigned bool' is no type"],
    ['(long long long)1', "error at 1: 'long long long' is no type"],
    ['(struct point *)1', "error at 1: there is no type 'struct point'"],
    ['(struct)1', "error at 1: expected a name after 'struct'"],
    ['int', "error at 0: 'int' is a type; write a cast as (type)expression"],
    ['0x', "error at 0: '0x' is no number"],
    ['089', "error at 0: '089' is no number"],
    ['0b12', "error at 0: '0b12' is no number"],
    ['5q', "error at 0: 'q' is no suffix of a number"],
    ['99999999999999999999', 'error at 0: 99999999999999999999 is too large for its type'],
    ['300u8', 'error at 0: 300u8 is too large for its type'],
    ["'ab'", "error at 0: expected one character and a closing ' after '"],
    ["'\\q'", "error at 0: '\\q' is no escape sequence"],
    ["'é'", "error at 0: 'é' is not a single byte"],
    ['"text', 'error at 0: expected a closing " after "'],
    ['$', "error at 0: '$' is a value of the Debug Console, which has shown none yet"],
    ['$$2', "error at 0: '$$2' is a value of the Debug Console, which has shown none yet"],
    ['$1 = 2', 'error at 0: what the Debug Console has shown stays as it is'],
    ['1 @ 2', 'error at 0: only what is in memory can be the first of an array'],
    ['1 # 2', "error at 2: '#' means nothing in an expression"],
    ['counter->x', "error at 9: 'long' has no members; 'x' cannot be one"],
    ['counter.', "error at 8: expected the name of a member after '.'"],
    ['counter.x', "error at 8: 'int' has no members; 'x' cannot be one"],
    ['main(1)', "error at 0: this would call 'main' in the program; evaluate it in the Debug Console"],
    ['counter++', 'error at 0: this would change the program; evaluate it in the Debug Console'],
    ['--counter', 'error at 0: this would change the program; evaluate it in the Debug Console'],
    ['sizeof(void)', 'error at 0: void has no size'],
    ['1 << -1', 'error at 0: the shift count is negative'],
    ['1 + 4 / 0', 'error at 4: division by zero'],
    ['5 % 0', 'error at 0: division by zero'],
  ])('%s', (text, expected) => {
    expect(show(text)).toBe(expected);
  });

  it('is an error for the user, with a place to point at', () => {
    const error = compileExpression('1 + 0899');
    expect(error).toBeInstanceOf(UserError);
    expect(error).toBeInstanceOf(ExpressionError);
    expect((error as ExpressionError).pointAt('1 + 0899')).toBe('1 + 0899\n    ^^^^');
  });

  it('asks for the types of the program', () => {
    const options = {
      names: {
        type: (name: string) => (name === 'myint' ? LONG : undefined),
        variable: () => undefined,
        functions: () => [],
        names: () => [],
      },
    };
    for (const text of ['(myint)-1', '(const myint)-1', '(int)sizeof(myint) - 9']) {
      const compiled = compileExpression(text, options);
      if (compiled instanceof ExpressionError) throw compiled;
      expect(evaluate(compiled, { ...frame().readOnly, scope: options.names })).toMatchObject({
        bits: BigInt.asIntN(64, -1n),
      });
    }
    expect(compileExpression('(myint)-1')).not.toBeInstanceOf(ExpressionError);
    expect(show('(myint)-1')).toBe("error at 0: there is no symbol 'myint'");
  });

  it.each([
    ['parentheses', '('.repeat(100_000)],
    ['parentheses that close', '('.repeat(3000) + '1' + ')'.repeat(3000)],
    ['signs', '-'.repeat(1) + ' -'.repeat(3000) + '1'],
    ['casts', '(int)'.repeat(1500) + '1'],
    ['stars', `(int ${'*'.repeat(5000)})1`],
    ['sums', '1' + '+1'.repeat(4000)],
    ['ternaries', '1?'.repeat(2000) + '1' + ':1'.repeat(2000)],
    ['indices', '$rsp' + '[0]'.repeat(2000)],
    ['assignments', '$rax='.repeat(1500) + '1'],
  ])('refuses endless %s', (_name, text) => {
    expect(compileExpression(text)).toMatchObject({
      message: expect.stringMatching(/nested too deeply|is longer than/) as string,
    });
  });

  it('accepts what people write', () => {
    expect(show('1' + ' + 1'.repeat(200))).toBe('201 int');
    expect(show('(((((((((1)))))))))')).toBe('1 int');
    expect(show(' $rbx==3&&*(int*)($rsp+8)>1 ')).toBe('1 int');
  });
});

describe('evaluateCondition', () => {
  it.each([
    ['$rbx == 3', true],
    ['$rbx - 3', false],
    ['$sp', true],
    ['main', true],
    ['(char)256', false],
  ])('%s', (text, expected) => {
    const compiled = compileExpression(text);
    if (compiled instanceof ExpressionError) throw compiled;
    expect(evaluateCondition(compiled, frame().readOnly)).toBe(expected);
  });

  it('says why it cannot tell', () => {
    const compiled = compileExpression('*(int *)0 == 1');
    if (compiled instanceof ExpressionError) throw compiled;
    expect(evaluateCondition(compiled, frame().readOnly)).toMatchObject({ message: 'cannot read 4 bytes at 0x0' });
  });
});

describe('any text at all', () => {
  const tokens = [
    '1',
    '0x',
    '07',
    "'a'",
    "'",
    '$rax',
    '$',
    'main',
    'int',
    'unsigned',
    '(',
    ')',
    '[',
    ']',
    '*',
    '&',
    '+',
    '-',
    '<<',
    '?',
    ':',
    ',',
    '=',
    '==',
    '&&',
    '!',
    '~',
    ' ',
    '.',
    '->',
    'sizeof',
    'struct',
    'const',
    '::',
    '{',
    '\\',
    '🙂',
    '/',
  ];

  it('gives a value or an error inside the text, and never throws', () => {
    const text = fc.oneof(
      fc.array(fc.constantFrom(...tokens), { maxLength: 40 }).map((parts) => parts.join('')),
      fc.string({ maxLength: 60, unit: 'binary' }),
    );
    fc.assert(
      fc.property(text, (source) => {
        const { context } = frame();
        const result = run(source, context);
        if (!(result instanceof ExpressionError)) return typeof result.bits === 'bigint';
        expect(result.position).toBeGreaterThanOrEqual(0);
        expect(result.span.end).toBeGreaterThanOrEqual(result.span.start);
        expect(result.span.end).toBeLessThanOrEqual(source.length + 1);
        expect(result.message).not.toBe('');
        return true;
      }),
      { numRuns: 20_000 },
    );
  });
});
