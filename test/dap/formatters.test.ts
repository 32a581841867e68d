/** The formatters in the box, on the libraries that compilers bring: each value in one line, some of them opened. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { describe, expect, it } from 'vitest';
import type { DapClient } from '../support/dapclient';
import { compile, type CompileOptions } from '../support/debuggees';
import { launchUntilStopped, startAdapter, topFrame } from '../support/session';

interface Locals {
  readonly client: DapClient;
  readonly frameId: number;
  readonly byName: ReadonlyMap<string, DebugProtocol.Variable>;
}

async function locals(source: string, options: CompileOptions): Promise<Locals> {
  const client = startAdapter();
  const program = compile(source, options);
  const { threadId } = await launchUntilStopped(client, { program }, { breakpoints: { [source]: ['stop'] } });
  const frameId = (await topFrame(client, threadId)).id;
  const { scopes } = await client.request('scopes', { frameId });
  const scope = scopes.find(({ name }) => name === 'Locals')!;
  return { client, frameId, byName: await children(client, scope.variablesReference) };
}

async function children(client: DapClient, variablesReference: number): Promise<Map<string, DebugProtocol.Variable>> {
  const { variables } = await client.request('variables', { variablesReference });
  return new Map(variables.map((variable) => [variable.name, variable]));
}

/** Addresses differ. */
const stable = (text: string): string => text.replace(/0x[0-9a-f]{5,}/g, '0x…');

const common: Readonly<Record<string, string>> = {
  empty_string: '""',
  short_string: '"short"',
  long_string: '"a string that does not fit into the object itself"',
  escaped: '"tab\\t quote\\" nul"',
  wide: 'L"wide ä"',
  utf16: 'u"😀"',
  utf32: 'U"€"',
  view: '"string"',
  vector: '[3] {1, 2, 3}',
  empty_vector: '[0] {}',
  bools: '[3] {true, false, true}',
  strings: '[2] {"one", "two"}',
  nested: '[2] {[1] {1}, [2] {2, 3}}',
  points: '[2] {{x = 1, y = 2}, {x = 3, y = 4}}',
  array: '[3] {4, 5, 6}',
  deque: '[301] {-2, -1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, ...}',
  list: '[3] {7, 8, 9}',
  aligned: '[1] {1.5}',
  forward: '[2] {1, 2}',
  span: '[3] {1, 2, 3}',
  fixed_span: '[3] {4, 5, 6}',
  initializer: '[2] {1, 2}',
  stack: '{c = [1] {1}}',
  queue: '{c = [1] {2}}',
  priority: '{c = [1] {3}}',
  map: '[3] {["one"] = 1, ["three"] = 3, ["two"] = 2}',
  point_map: '[1] {[1] = {x = 1, y = 2}}',
  set: '[3] {1, 2, 3}',
  multiset: "[3] {97 'a', 98 'b', 98 'b'}",
  empty_set: '[0] {}',
  unordered: '[1] {[5] = "five"}',
  by_name: '[1] {["key"] = 6}',
  unordered_set: '[1] {42}',
  pair: '{first = 1, second = "first"}',
  tuple: '(1, "two", 3.5)',
  empty_tuple: '()',
  nothing: 'nullopt',
  something: '"text"',
  variant: '[1] "alternative"',
  number: '[0] 5',
  any_int: '5',
  any_string: '"in any"',
  any_nothing: 'no value',
  unique: '0x… → {x = 1, y = 2}',
  unique_null: 'nullptr',
  with_deleter: '0x… → 9',
  unique_array: '0x… → 1',
  shared: '0x… (2 strong, 1 weak) → "shared"',
  shared_too: '0x… (2 strong, 1 weak) → "shared"',
  weak: '0x… (2 strong, 1 weak) → "shared"',
  expired: '(expired)',
  shared_null: 'nullptr',
  no_function: 'empty',
  bitset: '1010000011',
  complex: '1.5 - 2i',
  seconds: '90s',
  milliseconds: '1500ms',
  when: '1970-01-02 00:00:00.000 UTC (86400s)',
  atomic: '7',
  atomic_bool: 'true',
  path: '"/usr/lib/libc.so"',
  reference: '11',
  vector_iterator: '0x… → 1',
  list_iterator: '0x… → 7',
  set_iterator: '0x… → 1',
  large: '[1000000] {7 <repeats 20 times>, ...}',
};

/** What each value that was never constructed begins with. */
const broken: Readonly<Record<string, RegExp>> = {
  broken_string: /^<not initialized|^<cannot read/,
  broken_list: /^<not initialized|^<cannot read/,
  broken_shared: /^<cannot read/,
  broken_vector: /^\[0\] |^<not initialized/,
  broken_deque: /^\[0\] |^<not initialized/,
};

describe.each<[string, CompileOptions, Readonly<Record<string, string>>]>([
  [
    'libstdc++ by GCC',
    { compiler: 'g++', flags: ['-std=c++20', '-g', '-O0'] },
    { function: '<twice>', lambda: 'main::{lambda(int)#2}' },
  ],
  ['libstdc++ by Clang', { compiler: 'clang++', flags: ['-std=c++20', '-g', '-O0', '-fstandalone-debug'] }, {}],
  [
    'libstdc++ with the ABI before GCC 5',
    { compiler: 'g++', flags: ['-std=c++20', '-g', '-O0', '-D_GLIBCXX_USE_CXX11_ABI=0'] },
    {},
  ],
  [
    'libc++',
    { compiler: 'clang++', flags: ['-stdlib=libc++', '-std=c++20', '-g', '-O0'] },
    { function: 'int (*)(int)' },
  ],
])('%s', (_name, options, own) => {
  it('shows every value in one line, and the broken ones as broken', async () => {
    const { byName } = await locals('containers.cpp', options);
    const wanted = { ...common, ...own };
    const shown = Object.keys(wanted).map((name) => [name, stable(byName.get(name)?.value ?? 'is not there')]);
    expect(Object.fromEntries(shown)).toEqual(wanted);
    for (const [name, begins] of Object.entries(broken)) expect(byName.get(name)?.value, name).toMatch(begins);
  });

  it('opens containers, in pages where they are long, and their members behind [raw]', async () => {
    const { client, frameId, byName } = await locals('containers.cpp', options);
    const large = byName.get('large')!;
    expect(large.indexedVariables).toBe(1_000_000);
    const { variables: page } = await client.request('variables', {
      variablesReference: large.variablesReference,
      filter: 'indexed',
      start: 999_998,
      count: 2,
    });
    expect(page.map(({ name, value }) => `${name} = ${value}`)).toEqual(['[999998] = 7', '[999999] = 7']);

    const map = await children(client, byName.get('map')!.variablesReference);
    expect([...map.keys()]).toEqual(['[raw]', '["one"]', '["three"]', '["two"]']);
    const raw = await children(client, map.get('[raw]')!.variablesReference);
    expect([...raw.keys()].join()).toMatch(/_M_t|__tree_/);

    const evaluate = async (expression: string): Promise<string> =>
      (await client.request('evaluate', { expression, frameId, context: 'watch' })).result;
    expect(await evaluate(map.get('["two"]')!.evaluateName!)).toBe('2');
    expect(await evaluate('vector[1]')).toBe('2');
    expect(await evaluate('deque[300]')).toBe('299');
    expect(await evaluate('map["three"]')).toBe('3');
    expect(await evaluate('unordered[5]')).toBe('"five"');
    expect(await evaluate('unique->y')).toBe('2');
    expect(stable(await evaluate('*shared'))).toBe('"shared"');
    expect(await evaluate('short_string == "short"')).toMatch(/1|true/);
  });
});

describe('Rust', () => {
  const wanted: Readonly<Record<string, string>> = {
    string: '"owned ä"',
    empty_string: '""',
    slice_of_text: '"owned"',
    boxed_text: '"boxed"',
    vector: '[3] [1, 2, 3]',
    empty_vector: '[0] []',
    points: '[1] [Point { x: 1, y: 2 }]',
    units: '[2] [(), ()]',
    slice: '[2] [2, 3]',
    boxed_slice: '[2] [4, 5]',
    array: '[1, 2, 3]',
    deque: '[7] [-1, 1, 2, 3, 4, 5, 6]',
    map: '[1] {"key": 7}',
    empty_map: '[0] {}',
    set: "[1] ['x']",
    btree_set: '[3] [1, 2, 3]',
    empty_btree: '[0] {}',
    some: 'Some(5)',
    none: 'None',
    some_text: 'Some("inside")',
    some_reference: 'Some([3] [1, 2, 3])',
    no_reference: 'None',
    ok: 'Ok(1)',
    err: 'Err("bad")',
    boxed: 'Point { x: 3, y: 4 }',
    shared: '8 (2 strong, 1 weak)',
    weak: '8 (2 strong, 1 weak)',
    dangling: '(Weak)',
    arc: '"arc" (1 strong, 0 weak)',
    cell: '9',
    ref_cell: '[1] [1] (borrowed 1×)',
    mutex: '10',
    atomic: '11',
    path: '"/usr/lib"',
    os_string: '"os"',
    cow_borrowed: 'Borrowed("cow")',
    cow_owned: 'Owned("owned cow")',
    duration: '1.5s',
    short: '250µs',
    circle: 'Circle { radius: 1.5 }',
    square: 'Square(2)',
    nothing: 'Nothing',
    dynamic: 'Square(2)',
    boxed_dynamic: 'Nothing',
    unit: 'Unit',
    pair: 'Pair(1, "two")',
    tuple: '(1, "two", 3.5)',
    character: "'€'",
    truth: 'true',
    wide: '1267650600228229401496703205376',
  };

  it('shows every value in one line', async () => {
    const { byName } = await locals('containers.rs', {});
    const shown = Object.keys(wanted).map((name) => [name, stable(byName.get(name)?.value ?? 'is not there')]);
    expect(Object.fromEntries(shown)).toEqual(wanted);
    const btree = byName.get('btree')!;
    expect(btree.value).toMatch(/^\[40\] \{0: "v0", 1: "v1", /);
    expect(btree.indexedVariables).toBe(40);
  });

  it('opens a B-tree in the order of its keys', async () => {
    const { client, byName } = await locals('containers.rs', {});
    const { variables } = await client.request('variables', {
      variablesReference: byName.get('btree')!.variablesReference,
      filter: 'indexed',
      start: 0,
      count: 40,
    });
    expect(variables.map(({ name, value }) => `${name} ${value}`)).toEqual(
      Array.from({ length: 40 }, (_, i) => `[${i}] "v${i}"`),
    );
  });
});
