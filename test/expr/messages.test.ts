import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExpressionError } from '../../src/expr/errors';
import { compileFormatted, formatValue, type SymbolNamer } from '../../src/expr/format';
import { evaluate } from '../../src/expr/expression';
import { parseHitCondition } from '../../src/expr/hitcondition';
import { compileLogMessage } from '../../src/expr/logmessage';
import { frame, run } from './support';

const nameSymbol: SymbolNamer = (address) =>
  address >= 0x401136n && address < 0x401176n ? { name: 'main', offset: address - 0x401136n } : undefined;

describe('hit conditions', () => {
  /** The hits from 1 to 10 on which it stops. */
  const stops = (text: string): number[] => {
    const condition = parseHitCondition(text);
    if (condition instanceof ExpressionError) throw condition;
    return Array.from({ length: 10 }, (_, i) => i + 1).filter(condition);
  };

  it.each([
    ['8', [8, 9, 10]],
    [' 8 ', [8, 9, 10]],
    ['0x9', [9, 10]],
    ['= 3', [3]],
    ['== 3', [3]],
    ['===3', [3]],
    ['> 8', [9, 10]],
    ['>= 8', [8, 9, 10]],
    ['< 3', [1, 2]],
    ['<=3', [1, 2, 3]],
    ['% 4', [4, 8]],
    ['>0', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
  ])('%s', (text, expected) => {
    expect(stops(text)).toEqual(expected);
  });

  it.each([
    ['', "'' is no hit condition; write a number, or one after ==, >, >=, <, <= or %"],
    ['often', "'often' is no hit condition; write a number, or one after ==, >, >=, <, <= or %"],
    ['> -1', "'> -1' is no hit condition; write a number, or one after ==, >, >=, <, <= or %"],
    ['!= 3', "'!= 3' is no hit condition; write a number, or one after ==, >, >=, <, <= or %"],
    ['0', 'hits are counted from 1'],
    ['% 0', 'every 0th hit is no hit; write a number from 1'],
    ['99999999999999999999', '99999999999999999999 is too large a hit count'],
  ])('refuses %j', (text, message) => {
    expect(parseHitCondition(text)).toMatchObject({ message, position: 0 });
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), (text) => {
        const condition = parseHitCondition(text);
        return condition instanceof ExpressionError || typeof condition(1) === 'boolean';
      }),
    );
  });
});

describe('log messages', () => {
  const render = (text: string): string => {
    const message = compileLogMessage(text);
    return message instanceof ExpressionError
      ? `error at ${message.position}: ${message.message}`
      : message.render(frame().readOnly, nameSymbol);
  };

  it.each([
    ['', ''],
    ['plain', 'plain'],
    ['rbx is {$rbx}', 'rbx is 3'],
    ['{$rbx}{counter}', '3-2'],
    ['{ $rbx + 1 }', '4'],
    ['{$rax,x} {$rax , d} {$al,c} {flag,b} {flag,o}', "0xffffffffffffff9c -100 '\\x9c' 0b111 07"],
    ['at {$rip}', 'at 0x401140 <main+10>'],
    ['in {main}', 'in 0x401136 <main>'],
    ['\\{$rbx\\} \\\\ \\n {$rbx}', '{$rbx} \\ \\n 3'],
    ["{'}'} {'{' == 123}", "125 '}' 1"],
    ['{*(int *)0}', '<cannot read 4 bytes at 0x0>'],
    ["{1'000} is }", '1000 is }'],
    [
      '{gone} {$rbx = 5}',
      '<cannot read 4 bytes at 0x9000> <this would change the program; evaluate it in the Debug Console>',
    ],
    ['{1, (x)}', "<there is no symbol 'x'>"],
  ])('%s', (text, expected) => {
    expect(render(text)).toBe(expected);
  });

  it.each([
    ['x = {x', "error at 4: expected '}' to close this '{'; write \\{ for the character itself"],
    ['{}', 'error at 1: expected an expression'],
    ['a {1 +} b', "error at 6: expected a value after '+'"],
    ['a {$.}', "error at 5: expected the name of a member after '.'"],
    ['{{1}}', "error at 1: expected a value, found '{'"],
  ])('refuses %s', (text, expected) => {
    expect(render(text)).toBe(expected);
  });

  it('never throws', () => {
    const parts = fc.array(fc.constantFrom('{', '}', '\\', "'", '$rax', ',x', ' ', '1', '"', '🙂'), { maxLength: 20 });
    fc.assert(
      fc.property(parts, (all) => typeof render(all.join('')) === 'string'),
      { numRuns: 3000 },
    );
  });
});

describe('formats', () => {
  const shown = (text: string): string => {
    const compiled = compileFormatted(text);
    if (compiled instanceof ExpressionError) return compiled.message;
    const value = evaluate(compiled.expression, frame().readOnly);
    return value instanceof ExpressionError
      ? value.message
      : formatValue(value, { format: compiled.format, nameSymbol });
  };

  it.each([
    ['-1', '-1'],
    ['-1,x', '0xffffffff'],
    ['-1,u', '4294967295'],
    ['(char)-1,x', '0xff'],
    ['0xffffffffu,d', '-1'],
    ['8,o', '010'],
    ['0,o', '0'],
    ['5,b', '0b101'],
    ['65,c', "'A'"],
    ['10,c', "'\\n'"],
    ['255,h', '0xff'],
    ["'a'", "97 'a'"],
    ['(char)0', "0 '\\0'"],
    ['(unsigned char)200', "200 '\\xc8'"],
    ['true', 'true'],
    ['true,d', '1'],
    ['main', '0x401136 <main>'],
    ['$rip', '0x401140 <main+10>'],
    ['$rip,d', '4198720'],
    ['$rsp', '0x1040'],
    ['(void)0', 'void'],
    ['(1,2)', '2'],
    ['1,d,x', '0x1'],
    ['(1,x),x', "there is no symbol 'x'"],
  ])('%s', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  it('leaves the value itself alone', () => {
    const value = run('-1');
    if (value instanceof ExpressionError) throw value;
    formatValue(value, { format: 'x' });
    expect(value.bits).toBe(-1n);
  });
});
