import { describe, expect, it } from 'vitest';
import { Driver } from '../engine/harness';
import { completions } from '../../src/expr/completion';
import { compileExpression, evaluate, ExpressionError } from '../../src/expr/expression';
import { asking } from '../../src/symbols/data/unanswered';
import { contextOf, knowNames, shownIn } from './evaluator';

async function stoppedAt(source: string, flags: readonly string[], marker: string): Promise<Driver> {
  const driver = await Driver.launch(source, { compile: { flags } });
  driver.breakAt(marker);
  driver.start();
  await driver.stop();
  return driver;
}

/** What each expression gives that is not as expected. */
async function surprises(
  driver: Driver,
  table: readonly (readonly [text: string, value: string | RegExp])[],
): Promise<string[]> {
  const wrong: string[] = [];
  for (const [text, expected] of table) {
    const { value, error } = await shownIn(driver, text);
    const got = error === undefined ? (value ?? '') : `error: ${error}`;
    if (typeof expected === 'string' ? got !== expected : !expected.test(got)) wrong.push(`${text}: ${got}`);
  }
  return wrong;
}

const CPP = ['-g', '-O0', '-std=c++17'];

describe('expressions in a C++ program', () => {
  it('reach into the containers of the library', async () => {
    const driver = await stoppedAt('expressions.cpp', CPP, 'here');
    const table: [string, string | RegExp][] = [
      ['numbers[1]', '20'],
      ['numbers[0] + numbers[2]', '40'],
      ['numbers[0..2]', '{10, 20}'],
      ['numbers[7]', /^error: /],
      ['ages["bob"]', '5'],
      ['word[1]', "111 'o'"],
      ['word == "bob"', 'true'],
      ['word != "bo"', 'true'],
      ['"alice" < word', 'true'],
      ['word == word', 'true'],
      ['owned->x', '7'],
      ['(*owned).y', '8'],
      ['*owned', '{x = 7, y = 8}'],
      ['shared->y', '10'],
      ['owned.x', '7'],
      ['maybe->y', '2'],
      ['empty == nullptr', 'true'],
      ['owned == nullptr', 'false'],
      ['!empty && owned', 'true'],
      ['shape->side', '4'],
      ['point@1', '{{x = 3, y = 4}}'],
      ['pointer@1', '{{x = 3, y = 4}}'],
      ['point.hieght', "error: no member 'hieght' in 'geo::Point'"],
      ['point.xx', "error: no member 'xx' in 'geo::Point'; did you mean 'x'?"],
      ['ponit.x', "error: there is no symbol 'ponit'; did you mean 'point'?"],
      ['(geo::Pint *)0', /^error: /],
      ['&point.x == (int *)pointer', 'true'],
      ['word = "amy", word', /"amy"$/],
      ['word = "a name that is far too long for it"', /^error: .*(room|fit|longer)/],
    ];
    expect(await surprises(driver, table)).toEqual([]);
  });

  it('see the members of this', async () => {
    const driver = await stoppedAt('expressions.cpp', CPP, 'member');
    const table: [string, string | RegExp][] = [
      ['value', '7'],
      ['this->value', '7'],
      ['value + by', '9'],
      ['local', '3'],
      ['value = 30, this->value', '30'],
      ['add(1)', /^error: The call of add did not return: it stopped at a breakpoint in Counter::add/],
      ['value', '30'],
    ];
    expect(await surprises(driver, table)).toEqual([]);
  });

  it('assign to everything that has a place', async () => {
    const driver = await stoppedAt('expressions.c', ['-g', '-O0', '-lm'], 'here');
    const table: [string, string | RegExp][] = [
      ['packed.b = 7, packed.b', '7'],
      ['packed', '{a = 5, b = 7, wide = 78187493530, flag = true}'],
      ['packed.wide = -1, packed.wide', '1099511627775'],
      ['ratio = 2.25, ratio', '2.25'],
      ['extended = 1.5, extended', '1.5'],
      ['extended += 1', '2.5'],
      ['paint = BLUE, paint', 'BLUE'],
      ['yes = 0, yes', 'false'],
      ['text = "hi", text[1]', "105 'i'"],
      ['text[0] = 72, text == "Hi"', '1'],
      ['text = "seventeen letters"', /^error: the array has 16 bytes; 17 do not fit/],
      ['box.to = box.from, box.to', '{x = 1, y = 2}'],
      ['box.from = 5', /^error: /],
      ['boxp->name = pointer_to_text, *boxp->name', "119 'w'"],
      ['lanes[2] = 9.5, lanes', '{1, 2, 9.5, 4}'],
      ['grid[1][2]++', '6'],
      ['++grid[1][2]', '8'],
      ['middle--, *middle', '9'],
      ['enormous = -1, enormous', '-1'],
      ['$xmm0.v4_float[1] = 2.5, $xmm0.v4_float[1]', '2.5'],
      ['$al = 7, $rax & 0xff', '7'],
      ['$mine = 3, $mine++, $mine', '4'],
      ['$copy = box, $copy.from.y', '2'],
      ['$unset', /^error: there is no register or variable '\$unset'/],
    ];
    expect(await surprises(driver, table)).toEqual([]);
  });

  it('change and call nothing where they may only look', async () => {
    const driver = await stoppedAt('expressions.c', ['-g', '-O0', '-lm'], 'here');
    const context = contextOf(driver, 'read');
    for (const text of [
      'counter = 1',
      'counter++',
      '--table[2]',
      'text = "x"',
      '$mine = 1',
      'add(1, 2)',
      'table[add(0, 1)]',
    ]) {
      const compiled = compileExpression(text);
      const result = compiled instanceof ExpressionError ? compiled : evaluate(compiled, context);
      expect(result).toBeInstanceOf(ExpressionError);
      expect((result as ExpressionError).message).toMatch(
        /^this would (change|call) .*evaluate it in the Debug Console$/,
      );
    }
    expect(await shownIn(driver, 'counter')).toMatchObject({ value: '42' });
  });

  it('wait for no other file where this one declares what they name', async () => {
    const driver = await stoppedAt('expressions.cpp', CPP, 'here');
    const context = contextOf(driver, 'read');
    const { modules } = driver.target.modules;
    for (const text of ['(geo::Point *)&point', '(Shape *)0', 'sizeof(geo::Point)', 'geo::level', '*shape']) {
      const { lacking } = asking(modules, () => {
        const compiled = compileExpression(text);
        return compiled instanceof ExpressionError ? compiled : evaluate(compiled, context);
      });
      expect(
        lacking.map(({ name }) => name),
        text,
      ).toEqual([]);
    }
  });

  it('are completed', async () => {
    const driver = await stoppedAt('expressions.cpp', CPP, 'here');
    await knowNames(driver);
    const context = contextOf(driver, 'read');
    const labels = (text: string): string[] => completions(text, text.length, context).map(({ label }) => label);
    expect(labels('poi')).toEqual(expect.arrayContaining(['point', 'pointer']));
    expect(labels('1 + point.')).toEqual(expect.arrayContaining(['x', 'y', 'sum', 'moved', 'made']));
    expect(labels('pointer->m')).toEqual(expect.arrayContaining(['moved', 'made']));
    expect(labels('shape->')).toEqual(expect.arrayContaining(['id', 'side', 'tag']));
    expect(labels('owned->')).toEqual(expect.arrayContaining(['x', 'y']));
    expect(labels('nested.content.')).toEqual(expect.arrayContaining(['x', 'y']));
    expect(labels('color == geo::Color::G')).toEqual(['Green']);
    expect(labels('ge')).toContain('geo');
    expect(labels('geo::')).toEqual(expect.arrayContaining(['Point', 'Color']));
    expect(labels('geo::Poi')).toEqual(expect.arrayContaining(['Point']));
    expect(labels('mai')).toContain('main');
    expect(labels('geo::Point::')).toEqual(expect.arrayContaining(['made', 'count']));
    expect(labels('$rs')).toEqual(expect.arrayContaining(['$rsp', '$rsi']));
    expect(labels('1.')).toEqual([]);
    expect(labels('(((')).toEqual(expect.any(Array));
    expect(completions('point.x + poi', 13, context)[0]).toMatchObject({ start: 10, length: 3 });
  });
});

describe('expressions in a Rust program', () => {
  it('take its spellings', async () => {
    const driver = await stoppedAt('expressions.rs', ['-g'], 'here');
    const table: [string, string | RegExp][] = [
      ['point.x', '3'],
      ['point.y', '-4'],
      ['reference.x', '3'],
      ['(*reference).y', '-4'],
      ['pair.0', '7'],
      ['pair.1 * 2', '5'],
      ['number as u8', '44'],
      ['number + 1u64', '301'],
      ['-point.y as i64', '4'],
      ['numbers[1]', '20'],
      ['slice[0]', '20'],
      ['array[3]', '4'],
      ['array[1..3]', /\b2, 3\b/],
      ['boxed.x', '5'],
      ['shared.y', '9'],
      ['circle.0', '1.5'],
      ['rect.width', '3'],
      ['rect.height', '4'],
      ['rect.depth', /^error: no member 'depth'/],
      ['word == "crab"', 'true'],
      ['text == "static"', 'true'],
      ['text != "other"', 'true'],
      ['account.cents / 100', '12'],
      ['ages["ann"]', '3'],
      ['&point as *const i32', /^0x/],
      ['true && false', 'false'],
      ['add(4, 5)', '9'],
      ['expressions::add(1, 2)', '3'],
    ];
    expect(await surprises(driver, table)).toEqual([]);
  });

  it('see self', async () => {
    const driver = await stoppedAt('expressions.rs', ['-g'], 'method');
    const table: [string, string | RegExp][] = [
      ['self.cents', '1250'],
      ['self.cents + extra', '1255'],
      ['self.owner == "eve"', 'true'],
      ['total', '1255'],
    ];
    expect(await surprises(driver, table)).toEqual([]);
  });
});
