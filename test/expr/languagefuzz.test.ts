/** Damaged expressions over made-up types: an answer or an error inside the text, soon, and never anything thrown. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completions } from '../../src/expr/completion';
import { compileExpression, evaluate, ExpressionError, type EvaluationContext } from '../../src/expr/expression';
import { compileFormatted } from '../../src/expr/format';
import { arrayOf, CHAR, DOUBLE, INT, LONG, pointerTo } from '../../src/expr/types';
import { memoryAt } from '../../src/expr/storage';
import type { EnumType, Member, StructType, Type } from '../../src/symbols/data/types';
import type { Variable } from '../../src/symbols/data/variables';
import { frame, MEMORY_BASE } from './support';

function structure(name: string, size: number, members: readonly Member[]): StructType {
  return {
    kind: 'struct',
    tag: 'struct',
    name,
    qualifiedName: name,
    language: 'c++',
    size,
    isIncomplete: false,
    members,
    staticMembers: [],
    templateArguments: [],
    variantPart: undefined,
    isPolymorphic: false,
    nestedType: () => undefined,
    methods: [],
  };
}

const color: EnumType = {
  kind: 'enum',
  name: 'Color',
  qualifiedName: 'Color',
  language: 'c++',
  size: 4,
  isSigned: false,
  isScoped: false,
  enumerators: [{ name: 'RED', value: 0n }],
};
const point = structure('Point', 8, [
  { name: 'x', type: INT, offset: 0 },
  { name: 'y', type: INT, offset: 4 },
]);
// It points to itself, as damaged lists do.
const members: Member[] = [
  { name: 'value', type: INT, offset: 0 },
  { name: 'flags', type: INT, offset: 4, bitField: { offset: 3, size: 5 } },
  { name: undefined, type: point, offset: 16 },
];
const node = structure('Node', 24, members);
members.push({ name: 'next', type: pointerTo(node), offset: 8 });

const TYPES = new Map<string, Type>([
  ['Point', point],
  ['Node', node],
  ['Color', color],
  ['Vec<int>', point],
]);

const VARIABLES = new Map<string, Type>([
  ['p', point],
  ['n', node],
  ['list', pointerTo(node)],
  ['a', arrayOf(INT, 4)],
  ['grid', arrayOf(arrayOf(CHAR, 3), 2)],
  ['d', DOUBLE],
  ['c', color],
  ['r', { kind: 'reference', target: point, isRvalue: false }],
  ['text', arrayOf(CHAR, 8)],
  ['i', LONG],
  ['f', { kind: 'function', result: INT, parameters: [INT] }],
]);

function variable(name: string, type: Type, index: number): Variable {
  return {
    name,
    kind: 'local',
    type,
    isArtificial: false,
    line: undefined,
    file: undefined,
    qualifiedName: name,
    locate: () => memoryAt(MEMORY_BASE + BigInt(index * 16)),
  };
}

function context(): EvaluationContext {
  const base = frame().context;
  const variables = new Map([...VARIABLES].map(([name, type], i) => [name, variable(name, type, i)]));
  return {
    ...base,
    frame: {
      lookupPc: 0n as never,
      registers: base.registers,
      memory: base.memory,
      cfa: undefined,
      caller: () => undefined,
      threadLocal: () => undefined,
      moduleAt: () => undefined,
    },
    scope: {
      variable: (name) => {
        const found = variables.get(name);
        return found ? { kind: 'variable', variable: found } : undefined;
      },
      type: (name) => TYPES.get(name),
      functions: () => [],
      names: () => [...VARIABLES.keys()].map((name) => ({ name, kind: 'variable' })),
    },
  };
}

const VALID = [
  'p.x + n.value * 2',
  'list->next->next->value',
  '(Node *)list',
  '((struct Point *)&p)->y = 5',
  'static_cast<Point &>(n).x',
  'a[2] == 3 && !grid[1][2]',
  '*a@3',
  'a[1..3]',
  'sizeof(Vec<int>) + alignof(Node)',
  'text == "abc" ? d * 1.5e3 : -0x1.8p3f',
  'c == RED || (int)c++ > 1',
  'i as u8 << 3 | 0b1010_1010u8',
  '$x = p, $x.y',
  'n.flags -= 3',
  '(int (*)[3])grid',
  'r.x += n.Point::y',
  'f(1, "text", p)',
  "'a' + L'b' - u'\\x41'",
  '__real d, nullptr',
  'Point{} , int(2.5)',
  '(Point)p, (Color)i',
  '(Vec<int> &)p',
  '&list->next->x - (int *)0',
  'i,[4],x',
];

const piece = fc.constantFrom(
  ...['(', ')', '[', ']', '{', '}', '<', '>', '::', '.', '->', '*', '&', '@', '..', ',', '"', "'", '$', '++', '='],
  ...['p', 'list', 'a', 'Node', 'struct', 'int', 'const', 'as', 'sizeof', '0x', '1e', '9'.repeat(40), '\\', '🙂', ' '],
);

const damaged = fc
  .tuple(
    fc.constantFrom(...VALID),
    fc.array(fc.tuple(fc.nat(60), fc.nat(6), fc.oneof(piece, fc.constantFrom(...VALID))), { maxLength: 4 }),
  )
  .map(([text, edits]) =>
    edits.reduce((at, [start, length, put]) => at.slice(0, start) + put + at.slice(start + length), text),
  );

function check(text: string): void {
  const compiled = compileExpression(text);
  const result = compiled instanceof ExpressionError ? compiled : evaluate(compiled, context());
  if (!(result instanceof ExpressionError)) {
    expect(typeof result.bits).toBe('bigint');
    return;
  }
  expect(result.message).not.toBe('');
  expect(result.position).toBeGreaterThanOrEqual(0);
  expect(result.span.end).toBeGreaterThanOrEqual(result.span.start);
  expect(result.span.end).toBeLessThanOrEqual(text.length + 1);
}

describe('damaged expressions', () => {
  it('are read whole as long as they are not damaged', () => {
    for (const text of VALID) expect(compileFormatted(text), text).not.toBeInstanceOf(ExpressionError);
  });

  it('give a value or an error inside the text', () => {
    fc.assert(fc.property(damaged, check), { numRuns: 20_000 });
  });

  it('have suffixes and completions that never throw', () => {
    fc.assert(
      fc.property(damaged, fc.nat(80), (text, column) => {
        compileFormatted(text);
        completions(text, Math.min(column, text.length), context());
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['angle brackets', 'p' + '<'.repeat(4000)],
    ['template arguments', 'Vec<int>::'.repeat(800)],
    ['parentheses in types', '(int ' + '(*'.repeat(3000)],
    ['members', 'p' + '.x'.repeat(4000)],
    ['calls', 'f' + '(1)'.repeat(2500)],
    ['functions in types', '(int ' + '(int '.repeat(1500)],
    ['casts', 'static_cast<int>('.repeat(450)],
    ['incrementing', '++'.repeat(4000) + 'i'],
    ['ranges', 'a' + '[1..2]'.repeat(1300)],
  ])('do not take long: %s', (_name, text) => {
    check(text);
  });
});
