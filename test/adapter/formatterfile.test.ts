/** Files of formatters: what they may say, and how their mistakes are told. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseFormatters, readFormatters } from '../../src/adapter/formatterfile';
import {
  array,
  at,
  CHAR,
  INT,
  le,
  member,
  object,
  pointer,
  presenter,
  struct,
  text,
} from '../expr/presentationsupport';
import { childrenOf } from '../../src/expr/presentation/children';
import type { DataObject } from '../../src/expr/dataobject';

function formatters(entries: unknown, problems: string[] = []) {
  return parseFormatters(JSON.stringify({ formatters: entries }), '/w/f.json', (problem) => problems.push(problem));
}

const point = struct('geo::Point', 8, [member('x', INT, 0), member('y', INT, 4)]);
const here = object(point, [...le(1, 4), ...le(26, 4)]);

/** Names and texts of the children. */
function below(value: DataObject, entries: unknown): string[] {
  const showing = presenter({ formatters: formatters(entries) });
  const { named, indexed } = childrenOf(showing, value);
  return [named, indexed].flatMap((children) =>
    (children?.slice(0, 10) ?? []).map(
      ({ name, value: child }) => `${name}: ${typeof child === 'string' ? child : showing.text(child)}`,
    ),
  );
}

describe('a summary', () => {
  it.each([
    ['({x}, {y})', '(1, 26)'],
    ['{y:x} {{}} {x + y}', '0x1a {} 27'],
    ['{this->x ? 7 : 8}', '7'],
    ['{nonsense}', "<nonsense: there is no symbol 'nonsense'>"],
    ['plain', 'plain'],
  ])('%s is %s', (summary, expected) => {
    expect(text(here, { formatters: formatters([{ type: 'geo::Point', summary }]) })).toBe(expected);
  });

  it('works for objects outside of memory', () => {
    const constant = at(point, { kind: 'bytes', bytes: Uint8Array.from([...le(1, 4), ...le(26, 4)]) });
    expect(text(constant, { formatters: formatters([{ type: 'geo::*', summary: '{x}' }]) })).toBe('1');
  });
});

describe('a pattern', () => {
  const pair = struct('Pair<int, char>', 8, [member('first', INT, 0), member('second', INT, 4)]);
  const value = object(pair, [...le(1, 4), ...le(2, 4)]);
  it.each([
    ['Pair<int,char>', 'ok'],
    ['Pair<*>', 'ok'],
    ['/^Pair<(\\w+), (\\w+)>$/', 'ok'],
    ['Pair', '{first = 1, second = 2}'],
    ['/^Pear/', '{first = 1, second = 2}'],
  ])('%s shows %s', (type, expected) => {
    expect(text(value, { formatters: formatters([{ type, summary: 'ok' }]) })).toBe(expected);
  });

  it('fills its captures in', () => {
    const entries = [{ type: 'Pair<*,*>', summary: '{sizeof($1)} {sizeof($2)}' }];
    expect(text(value, { formatters: formatters(entries) })).toBe('4 1');
  });
});

describe('children', () => {
  it('are named, where their condition holds', () => {
    const children = [
      { name: 'sum', value: 'x + y' },
      { name: 'big', value: 'y', if: 'y > 20' },
      { name: 'small', value: 'y', if: 'y < 20' },
    ];
    expect(below(here, [{ type: 'geo::Point', children }])).toEqual([
      'sum: 27',
      'big: 26',
      '[raw]: {sum = 27, big = 26}',
    ]);
  });

  it('are elements', () => {
    const vector = struct('Vec', 16, [member('data', pointer(INT), 0), member('count', INT, 8)]);
    const value = object(vector, [...le(0x2000, 8), ...le(3, 4), ...le(0, 4)], {
      '8192': [5, 6, 7].flatMap((n) => le(n, 4)),
    });
    const entries = [{ type: 'Vec', children: { array: { data: 'data', count: 'count' } } }];
    expect(text(value, { formatters: formatters(entries) })).toBe('{5, 6, 7}');
    expect(below(value, entries).slice(1)).toEqual(['[0]: 5', '[1]: 6', '[2]: 7']);
  });

  const node = struct('Node', 16, [member('value', INT, 0)]);
  (node.members as unknown[]).push(member('next', pointer(node), 8));
  const list = struct('List', 8, [member('head', pointer(node), 0)]);
  const nodeAt = (value: number, next: number) => [...le(value, 4), ...le(0, 4), ...le(next, 8)];
  const entries = [{ type: 'List', children: { list: { head: 'head', next: 'next', value: 'value' } } }];

  it('are the nodes of a list, a circular one included', () => {
    const straight = { '8192': nodeAt(1, 0x3000), '12288': nodeAt(2, 0) };
    expect(below(object(list, le(0x2000, 8), straight), entries).slice(1)).toEqual(['[0]: 1', '[1]: 2']);
    const circle = { '8192': nodeAt(1, 0x3000), '12288': nodeAt(2, 0x2000) };
    expect(below(object(list, le(0x2000, 8), circle), entries).slice(1)).toEqual(['[0]: 1', '[1]: 2']);
    const broken = { '8192': nodeAt(1, 0x99) };
    expect(text(object(list, le(0x2000, 8), broken), { formatters: formatters(entries) })).toContain('cannot read');
  });

  it('are the nodes of a tree in order, under their keys', () => {
    const branch = struct('Branch', 24, [member('key', INT, 0), member('value', INT, 4)]);
    (branch.members as unknown[]).push(member('left', pointer(branch), 8), member('right', pointer(branch), 16));
    const map = struct('Map', 8, [member('root', pointer(branch), 0)]);
    const branchOf = (key: number, left: number, right: number) => [
      ...le(key, 4),
      ...le(key * 10, 4),
      ...le(left, 8),
      ...le(right, 8),
    ];
    const spec = [
      { type: 'Map', children: { tree: { root: 'root', left: 'left', right: 'right', key: 'key', value: 'value' } } },
    ];
    const memory = { '8192': branchOf(2, 0x3000, 0x4000), '12288': branchOf(1, 0, 0), '16384': branchOf(3, 0, 0) };
    expect(below(object(map, le(0x2000, 8), memory), spec).slice(1)).toEqual(['[1]: 10', '[2]: 20', '[3]: 30']);
    const loop = { '8192': branchOf(2, 0x2000, 0) };
    expect(text(object(map, le(0x2000, 8), loop), { formatters: formatters(spec) })).toContain('comes back to 0x2000');
  });
});

describe('text and pointee', () => {
  it('are what the value holds', () => {
    const string = struct('Text', 16, [member('data', pointer(CHAR), 0), member('used', INT, 8)]);
    const value = object(string, [...le(0x2000, 8), ...le(3, 4), ...le(0, 4)], { '8192': 'abcdef' });
    const shown = (spec: object) => text(value, { formatters: formatters([{ type: 'Text', ...spec }]) });
    expect(shown({ text: { data: 'data', length: 'used' } })).toBe('"abc"');
    expect(shown({ pointee: 'data' })).toMatch(/^0x2000 "abcdef"/);
    const fixed = struct('Name', 4, [member('chars', array(CHAR, 4), 0)]);
    expect(text(object(fixed, 'ab\0\0'), { formatters: formatters([{ type: 'Name', text: 'chars' }]) })).toBe('"ab"');
  });
});

describe('a mistake', () => {
  it('is told with its place, and the others work', () => {
    const problems: string[] = [];
    const made = formatters(
      [
        { type: 'A', summary: '{x' },
        { type: 'B', children: { list: { head: 'a', next: 'b +' } } },
        { type: '/(/', summary: '' },
        { type: 'C', summary: 'fine' },
      ],
      problems,
    );
    expect(made.map(({ name }) => name)).toEqual(['C']);
    expect(problems[0]).toBe("/w/f.json: formatters[0].summary: expected '}' to close this '{' (at character 1).");
    expect(problems[1]).toMatch(/^\/w\/f\.json: formatters\[1\]\.children\.list\.next: /);
    expect(problems[2]).toMatch(/^\/w\/f\.json: formatters\[2\]\.type: the regular expression is not valid/);
  });

  it('of the whole file is one sentence', () => {
    const folder = mkdtempSync(join(tmpdir(), 'formatters-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const told = (content: string | undefined, name = 'f.json') => {
      const problems: string[] = [];
      if (content !== undefined) writeFileSync(join(folder, name), content);
      const made = readFormatters([name], folder, (problem) => problems.push(problem));
      return [made.length, ...problems];
    };
    expect(told('{ "formatters": [ { "type": "A", "summary": "", }, ], } // done')).toEqual([1]);
    expect(told('{ nonsense')).toEqual([0, expect.stringMatching(/f\.json is not valid JSON: /)]);
    expect(told('{ "formatters": [ { "tipe": "A" } ] }')[1]).toContain('formatters[0].type');
    expect(told('{ "formatters": 3 }')[1]).toContain('must be a list of formatters, not 3');
    expect(told(undefined, 'missing.json')[1]).toMatch(/missing\.json cannot be read/);
    expect(readFormatters(undefined, folder, () => expect.unreachable())).toEqual([]);
  });
});
