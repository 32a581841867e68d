/** Spellings that need no program: one name for what compilers write in several ways, declarators, flags. */
import { describe, expect, test } from 'vitest';
import { canonicalName } from '../../src/symbols/data/canonicalnames';
import { enumText, isFlags, sameType } from '../../src/symbols/data/typequeries';
import { declaration, typeName } from '../../src/symbols/data/typenames';
import type { EnumType, FunctionType, PointerType, StructType, Type } from '../../src/symbols/data/types';
import { compile } from '../support/debuggees';
import { ourTypes } from './gdbtypes';
import { open, source, variablesOf } from './typesamples';

const INT: Type = { kind: 'integer', name: 'int', size: 4, isSigned: true, rank: 3, display: 'number' };
const pointerTo = (target: Type): PointerType => ({ kind: 'pointer', target });

describe('a name is the same', () => {
  test.each([
    ['long unsigned int', 'unsigned long'],
    ['short int', 'short'],
    ['unsigned int', 'unsigned int'],
    [
      'vector<long unsigned int, std::allocator<long unsigned int> >',
      'vector<unsigned long, std::allocator<unsigned long> >',
    ],
    ['pair<const int, const char *>', 'pair<int const, char const*>'],
    ['pair<int const, char const*>', 'pair<int const, char const*>'],
    [
      'Box<const ns::Box<int>::Inner &, const volatile unsigned long>',
      'Box<ns::Box<int>::Inner const&, unsigned long const volatile>',
    ],
    ['array<short, 3UL>', 'array<short, 3ul>'],
    ["Letter<'a'>", "Letter<(char)'a'>"],
    ['At<(& outer)>', 'At<&outer>'],
    ['Pack<int[3], char *const>', 'Pack<int [3], char* const>'],
    ['function<int (int, const char *)>', 'function<int (int, const char *)>'],
    ['<lambda(const int)>', '<lambda(const int)>'],
    ['operator<', 'operator<'],
    ['Broken<<', 'Broken<<'],
  ])('%s', (name, canonical) => {
    expect(canonicalName(name)).toBe(canonical);
    expect(canonicalName(canonical)).toBe(canonical);
  });
});

test('clang leaves template arguments out with -gsimple-template-names, and they are there again', () => {
  // In full: what this clang only declares has no template arguments in its entry.
  const flags = ['-g', '-std=c++17', '-fstandalone-debug'];
  const types = (...more: string[]): Record<string, readonly string[]> => {
    const file = compile(source('types.cpp'), { compiler: 'clang++', flags: [...flags, ...more] });
    const text = JSON.stringify(ourTypes(variablesOf(open(file), /^t_(?!map)/)));
    // Compilers write the suffix of a number, which entries do not have.
    const plain = text.replace(/(?<=\d)ul\b/g, '');
    return JSON.parse(plain) as Record<string, readonly string[]>;
  };
  const simple = types('-Xclang', '-gsimple-template-names=simple');
  expect(Object.keys(simple).length).toBeGreaterThan(60);
  expect(simple).toEqual(types());
});

test('declarations have the name in its place', () => {
  const compare: FunctionType = { kind: 'function', result: INT, parameters: [pointerTo(INT), INT], isVariadic: true };
  expect(declaration(INT, 'x')).toBe('int x');
  expect(declaration(pointerTo(compare), 'f')).toBe('int (*f)(int *, int, ...)');
  expect(declaration({ kind: 'array', element: pointerTo(INT), count: 3, lowerBound: 0 }, 'a')).toBe('int *a[3]');
  expect(declaration({ kind: 'qualified', qualifier: 'const', target: pointerTo(INT) }, 'p')).toBe('int * const p');
  const variable: Type = { kind: 'array', element: INT, count: { evaluate: () => 1n }, lowerBound: 0 };
  expect(typeName(variable)).toBe('int [variable length]');
});

test('a type that damage made a part of itself has a name that ends', () => {
  const parameters: Type[] = [];
  const circle: FunctionType = { kind: 'function', result: INT, parameters };
  parameters.push(circle, circle, circle);
  expect(typeName(circle).length).toBeLessThan(10_000);
});

describe('values of an enumeration', () => {
  const enumeration = (...values: bigint[]): EnumType => ({
    kind: 'enum',
    name: 'Bits',
    qualifiedName: 'ns::Bits',
    scope: 'ns',
    language: 'c++',
    size: 4,
    isSigned: false,
    isScoped: false,
    enumerators: values.map((value, index) => ({ name: 'abcdef'[index]!, value })),
  });

  test('are flags when they are bits of their own', () => {
    expect(isFlags(enumeration(0n, 1n, 2n, 12n))).toBe(true);
    expect(isFlags(enumeration(0n, 1n, 2n, 3n))).toBe(false);
    expect(isFlags(enumeration(1n, 2n, 20n))).toBe(false);
    expect(isFlags(enumeration(1n))).toBe(false);
    expect(isFlags(enumeration(-1n, 1n, 2n))).toBe(false);
  });

  test('are words where words are', () => {
    const flags = enumeration(1n, 2n, 12n);
    expect([0n, 1n, 3n, 13n, 16n, 18n, 4n].map((value) => enumText(flags, value))).toEqual([
      '0',
      'ns::a',
      'ns::a | ns::b',
      'ns::a | ns::c',
      '16',
      'ns::b | 0x10',
      '4',
    ]);
    expect(enumText({ ...flags, isScoped: true }, 1n)).toBe('ns::Bits::a');
    expect(enumText({ ...flags, language: 'c' }, 3n)).toBe('a | b');
    expect(enumText(enumeration(1n, 5n), 7n)).toBe('7');
  });
});

test('types of two units are the same by name and size', () => {
  const of = (compiler: 'g++' | 'clang++'): Map<string, Type> =>
    variablesOf(open(compile(source('types.cpp'), { compiler, flags: ['-g', '-std=c++17', '-gdwarf-5'] })), /^t_/);
  const [gcc, clang] = [of('g++'), of('clang++')];
  const same = ['t_diamond', 't_outer', 't_vector', 't_scoped', 't_restrict', 't_function', 't_pack'];
  expect(same.filter((name) => !sameType(gcc.get(name)!, clang.get(name)!))).toEqual([]);
  expect(sameType(gcc.get('t_diamond')!, clang.get('t_outer')!)).toBe(false);
  // Without a name, only the same object is the same type.
  expect(sameType(gcc.get('t_anonymous')!, of('g++').get('t_anonymous')!)).toBe(false);
  expect(sameType(gcc.get('t_anonymous')!, gcc.get('t_anonymous')!)).toBe(true);
});

test('classes say what they have', () => {
  const variables = variablesOf(open(compile(source('types.cpp'), { flags: ['-g', '-std=c++17'] })), /^t_/);
  const outer = variables.get('t_outer') as StructType;
  expect(typeName(outer.nestedType('nested')!)).toBe('ns::Outer::nested');
  expect(outer.nestedType('none')).toBeUndefined();
  expect(outer.methods.map(({ name, isStatic, type }) => `${name} ${isStatic} ${typeName(type)}`)).toEqual([
    'method false int (const ns::Outer * const, int)',
    'make true ns::Outer (double)',
    'operator< false bool (const ns::Outer * const, const ns::Outer &)',
  ]);
  expect(outer.members.map(({ name, access }) => `${name} ${access}`)).toEqual([
    'inner public',
    'more public',
    'guarded protected',
    'hidden private',
  ]);
  const diamond = variables.get('t_diamond') as StructType;
  expect([diamond.isPolymorphic, outer.isPolymorphic]).toEqual([true, false]);
  const values = variables.get('t_values') as StructType;
  expect(values.templateArguments.map(({ name, type, value }) => [name, typeName(type), value])).toEqual([
    ['T', 'unsigned long', undefined],
    ['N', 'int', 3n],
    ['B', 'bool', 1n],
    ['S', 'ns::Scoped', 200n],
    ['L', 'unsigned long', 77n],
  ]);
});
