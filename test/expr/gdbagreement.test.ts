import { describe, expect, it } from 'vitest';
import { compile, line } from '../support/debuggees';
import { Driver } from '../engine/harness';
import { shownIn, type Evaluated } from './evaluator';
import { gdbPrint, type Printed } from './gdbprint';

/**
 * What is the same in other words: gdb puts a pointer's type before it, prints 17 digits and octal escapes and puts
 * flags in parentheses, and we show what a pointer to a structure points to.
 */
function normalised({ value, type, error }: Evaluated | Printed): string {
  if (error !== undefined) return 'error';
  const text = (value ?? '')
    .replace(/\((?:const |volatile )?[\w:<>, ]+(?: (?:\*+|\(\*\)\([^)]*\)|\(?\*?\)?\[\d+\]))?\) (?=0x|@0x)/g, '')
    .replace(/^(0x[0-9a-f]+(?: <[^>]*>)?) \{.*\}$/, '$1')
    .replace(/^\{[^{}()]+ \([^)]*\)\} /, '')
    .replace(/^\([\w:]+ &\) @0x[0-9a-f]+: /, '')
    .replace(/_vptr[^,]*, /g, '')
    .replace(/ \+ -(?=[\d.]+i$)/, ' - ')
    .replace(/^geo::(?=\w+(?:::\w+)?$)/, '')
    .replace(/^\(([A-Z| ]+)\)$/, '$1')
    .replace(/\d+\.\d{9,}(?:e[-+]\d+)?/g, (digits) => String(Number(digits)))
    .replace(/'\\(\d{3})'/g, (_, octal: string) => (octal === '000' ? "''" : `'\\x${parseInt(octal, 8).toString(16)}'`))
    .replace(/\b0 ''/g, "0 '\\0'")
    .replace(/, '\\000' <repeats \d+ times>/g, '')
    .replace(/(\\000)+/g, '');
  return `${text} : ${(type ?? '').replace('[variable length]', '').replace(/ &$/, '')}`;
}

/** Where gdb is not followed, and why. */
const ON_PURPOSE: readonly (readonly [RegExp, string])[] = [
  [/^sizeof|^alignof/, 'gdb 13 gives sizeof the type int here; C has size_t'],
  [/^enormous [+>*]/, 'gdb 13 does not compute with __int128'],
  [/^huge - 1$/, 'long long stays long long in C'],
  [/^packed\.a \+ packed\.b$/, 'a bit-field that an int holds is promoted to int (C17 6.3.1.1)'],
  [/^either/, 'bytes that are no text are shown as numbers'],
  [/^\*main$/, 'a function decays to a pointer in C, also under *'],
  [/^operation\(3, 4\)$/, 'gdb 13 does not call through a typedef of a pointer'],
  [/^add\("x", 1, 2\)$/, 'gdb passes an address as an int and ignores the third argument'],
  [/^dynamic_cast/, 'gdb 13 does not find the complete object of these'],
  [/^int\(2\.5\)$|^nullptr$/, 'gdb 13 does not know them'],
  [/^point\.sum$/, 'a member function without its call is no value in C++'],
  [/^sized$/, 'a variable-length array has the type that its declaration gives it'],
];

const C: readonly string[] = [
  ...['counter', 'hidden', 'byte', 'negative', 'little', 'big', 'huge', 'enormous', 'ratio', 'precise', 'extended'],
  ...['yes', 'letter', 'paint', 'rights', 'text', 'table', 'grid', 'box', '*boxp', 'packed', 'either', 'first'],
  ...['point_on_plane', 'lanes', 'local', 'argument', 'here', 'label', 'sized', 'sizeof(sized)', 'sizeof sized[0]'],
  ...['counter + 1', 'counter * 2 - 1', 'counter / 5', 'counter % 5', '-counter', '~counter', '!counter', '+letter'],
  ...['counter << 3', 'counter >> 1', 'counter & 6', 'counter | 1', 'counter ^ 3', 'counter == 42', 'counter != 42'],
  ...[
    'counter < big',
    'negative < byte',
    'negative < big',
    'little * 2',
    'byte + byte',
    'big + 1',
    'big * 2',
    'huge - 1',
  ],
  ...['enormous + 1', 'enormous >> 90', 'enormous * 3', 'ratio * 2', 'ratio + 1', 'precise / 2', 'ratio + precise'],
  ...['precise > 3', 'precise == 3', 'extended * 2', 'extended + 1', '-ratio', 'counter / 2.0', '1.0 / 3', '1 / 3'],
  ...['1.5f', '2.5e3', '0x1.8p3', "'a'", "'a' + 1", "'\\n'", '10u', '10l', '10ul', '10ll', '0x7fffffff', '0xffffffff'],
  ...['4294967296', '010', 'sizeof(int)', 'sizeof(struct rect)', 'sizeof(rect_t)', 'sizeof box', 'sizeof(long double)'],
  ...['sizeof(char[10])', 'sizeof(int *)', 'sizeof table', 'sizeof(table) / sizeof(table[0])', 'sizeof(union number)'],
  ...[
    'table[3]',
    'table[3] + table[4]',
    '*table',
    '*(table + 2)',
    '*middle',
    'middle[1]',
    'middle[-1]',
    '*(middle + 1)',
  ],
  ...['middle - table', '&table[5] - &table[2]', 'grid[1]', 'grid[1][2]', '*grid', '**grid', 'table[0]@3', '*table@4'],
  ...['*middle@3', 'middle[0]@2', 'box.from', 'box.from.x', 'box.to.y', 'boxp->from', 'boxp->to.x', '(*boxp).to.y'],
  ...['boxp->name', '*boxp->name', 'boxp->name[1]', 'box.from.x + boxp->to.x', 'packed.a', 'packed.b', 'packed.wide'],
  ...[
    'packed.flag',
    'packed.a + packed.b',
    'packed.wide >> 4',
    'either.i',
    'either.f',
    'either.bytes',
    'either.bytes[3]',
  ],
  ...[
    'first.value',
    'first.next->value',
    'first.next->next',
    'first.inner',
    'first.low',
    'first.next->whole',
    '*first.next',
  ],
  ...['&counter', '&table', '&table[2]', '&box', '&box.to', '&box.to.y', '&boxp->name', 'boxp', 'middle', 'untyped'],
  ...['*&counter', '*&box', '&*boxp', 'text[0]', 'text[1]', '&text[1]', 'pointer_to_text', '*pointer_to_text'],
  ...['pointer_to_text[2]', 'pointer_to_text + 1', 'nothing', '!nothing', 'nothing == 0', 'middle == &table[4]'],
  ...[
    'middle > table',
    'operation',
    '*operation',
    'operation == add',
    'add',
    '&add',
    'main',
    '*main',
    'sizeof(operation)',
  ],
  ...['(char)counter', '(unsigned char)negative', '(int)ratio', '(int)precise', '(float)counter', '(double)ratio'],
  ...['(long)-1', '(unsigned)-1', '(short)70000', '(_Bool)7', '(enum color)0', '(enum color)5', '(int)paint'],
  ...['(struct point *)&box', '*(struct point *)&box', '((struct point *)&box)->y', '((struct rect *)boxp)->to'],
  ...[
    '(char *)&counter',
    '*(char *)&counter',
    '*(unsigned char *)&counter',
    '(void *)0',
    '(long)untyped == (long)&table[3]',
  ],
  ...['*(int *)untyped', '((int *)untyped)[1]', '(rect_t *)boxp', '*(rect_t *)boxp', '(const char *)text'],
  ...[
    'paint == GREEN',
    'paint + 1',
    'GREEN',
    'RED',
    'BLUE',
    'rights',
    'rights & EXEC',
    'READ | WRITE',
    '(enum flags)3',
  ],
  ...['paint > RED', 'counter ? 1 : 2', 'counter == 0 ? box.from.x : box.to.x', 'counter, 5', '1 && 0', '1 || 0'],
  ...[
    'yes && counter',
    'yes + 1',
    '!yes',
    'lanes[2]',
    'lanes[0] + lanes[3]',
    'sizeof lanes',
    "'expressions.c'::hidden",
  ],
  ...['letter', 'letter + 1', "letter == 'A'", '(char)66', '(unsigned char)200', '(signed char)200', 'letter - 1'],
  ...[
    'here.x',
    'here.x + local',
    '&here.x == (int *)&here',
    'label[0]',
    '*label',
    'sized[3]',
    'sizeof(sized) / sizeof(int)',
  ],
  ...['nonexistent', 'box.nonexistent', '*counter + box', 'table->x', 'counter.x', '1 +', '(counter', 'boxp->', '&5'],
  ...['add(1, 2)', 'add(counter, 1) * 2', 'operation(3, 4)', '(*operation)(3, 4)', 'scale(2.5, 4)', 'scale(ratio, 2)'],
  ...[
    'lengthen(1.5)',
    'lengthen(extended)',
    'mirror(box.from)',
    'mirror(box.to).x',
    'spread(wide)',
    'spread(wide).a[4]',
    'enlarge(little_one, 3)',
  ],
  ...['many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)', "many(1, 2, 3, 'a', 5, 6, 7, 8, 9.5, 10.5)", 'total(3, 10, 20, 30)'],
  ...['total_of_doubles(2, 1.5, 2.25)', 'shorten(255)', 'shorten(7)', 'negate(1)', 'negate(0)', 'next_color(RED)'],
  ...['name_of(&box)', 'name_of(boxp)', 'add(add(1, 2), add(3, 4))', 'add(table[2], box.to.x)', 'add("x", 1, 2)'],
  ...['strlen("hello")', 'strlen(text)', 'add(1)', 'crash(0)', '(int)abs(-5)'],
];

const CPP: readonly string[] = [
  ...['point', 'reference', '*pointer', 'point.x', 'reference.y', 'pointer->x', '(*pointer).y', '&point == pointer'],
  ...['reference.x + pointer->y', 'geo::level', '::geo::level', 'geo::Point::made', 'point.made', 'pointer->made'],
  ...[
    'color',
    'geo::Color::Green',
    'color == geo::Color::Green',
    '(int)color',
    'plain',
    'geo::Two',
    'plain == geo::Two',
  ],
  ...['boxed', 'boxed.content', 'nested', 'nested.content.y', 'sizeof(geo::Point)', 'sizeof(geo::Box<int>)'],
  ...['*(geo::Point *)pointer', '((geo::Box<int> *)&boxed)->content'],
  ...['shape->id', '*shape', 'named->tag', '((Square *)shape)->side', 'square.side', 'square.id', 'square.tag'],
  ...['((Square *)named)->side', '(Shape *)&square == shape', '(Named *)&square == named', 'square.Shape::id'],
  ...[
    'static_cast<Square *>(shape)->side',
    'dynamic_cast<Square *>(shape)->side',
    'dynamic_cast<Square *>(named)->side',
  ],
  ...['*reinterpret_cast<int *>(&point)', 'const_cast<geo::Point *>(pointer)->x', 'static_cast<double>(value)'],
  ...['int(2.5)', 'bottom.bottom', 'bottom.left', 'bottom.right', 'bottom.top', 'top->top', '((Bottom *)top)->bottom'],
  ...[
    'dynamic_cast<Bottom *>(top)->bottom',
    'point.*member',
    'pointer->*member',
    'alias',
    'alias + 1',
    '&alias == &value',
  ],
  ...[
    'true',
    'false',
    'nullptr',
    'true && value',
    'value > 3 ? point.x : point.y',
    'sizeof(std::string)',
    'sizeof(point)',
  ],
  ...['sizeof(std::vector<int>)', 'point.sum()', 'pointer->sum()', 'reference.sum()', 'point.moved(1, 2)'],
  ...['point.moved(1, 2).x', 'geo::Point::count()', 'geo::twice<int>(21)', 'geo::twice<double>(1.25)', 'boxed.get()'],
  ...['nested.get()', 'shape->area()', 'named->rank()', 'shape->plain()', 'square.area()', 'square.plain()'],
  ...['overloaded(1)', 'overloaded(1.5)', 'overloaded("a")', 'overloaded(1, 2)', "overloaded('a')", 'length(word)'],
  ...[
    'catcher(0)',
    'catcher(5)',
    'thrower(0)',
    'element(numbers, 1)',
    'point.z',
    'nowhere::x',
    'point.sum',
    'boxed->content',
  ],
  ...[
    'shape->nothing()',
    'overloaded(point)',
    'point + 1',
    'counter.value',
    'counter.add(3)',
    'counter.value',
    'typeid',
  ],
];

/** The expressions about which we and gdb disagree, with what each says. */
async function disagreements(
  source: string,
  expressions: readonly string[],
  flags: readonly string[],
): Promise<string[]> {
  const printed = gdbPrint(compile(source, { flags }), `${source}:${line(source, 'here')}`, expressions);
  const driver = await Driver.launch(source, { compile: { flags } });
  driver.breakAt('here');
  driver.start();
  await driver.stop();
  const wrong: string[] = [];
  for (const [i, text] of expressions.entries()) {
    const ours = await shownIn(driver, text);
    const theirs = printed[i]!;
    if (normalised(ours) === normalised(theirs) || ON_PURPOSE.some(([pattern]) => pattern.test(text))) continue;
    wrong.push(`${text}: ${ours.error ?? normalised(ours)}, gdb: ${theirs.error ?? normalised(theirs)}`);
  }
  return wrong;
}

describe('expressions agree with gdb', () => {
  it('in C', async () => {
    expect(await disagreements('expressions.c', C, ['-g', '-O0', '-lm'])).toEqual([]);
  });

  it('in C++', async () => {
    expect(await disagreements('expressions.cpp', CPP, ['-g', '-O0', '-std=c++17'])).toEqual([]);
  });
});
