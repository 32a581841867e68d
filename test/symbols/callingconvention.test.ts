/** Where functions return what: real functions, stepped out of, and the classes of arguments. */
import { describe, expect, it, test } from 'vitest';
import { passArguments, returnStorage } from '../../src/symbols/data/callingconvention';
import { sizeOfType, type StructType, type Type } from '../../src/symbols/data/types';
import type { FrameData } from '../../src/symbols/data/variables';
import { Driver } from '../engine/harness';
import { compile, sourcePath } from '../support/debuggees';
import { readStorage } from './readstorage';

const SOURCE = '../symbols/sources/returns.cpp';
/** Bytes at the end of an object that are padding, or that its type has and a value has not. */
const PADDING: Readonly<Record<string, readonly number[]>> = {
  a_long_double: [10, 11, 12, 13, 14, 15],
  ld: [10, 11, 12, 13, 14, 15],
  a_complex_long_double: [10, 11, 12, 13, 14, 15, 26, 27, 28, 29, 30, 31],
  mixed: [4, 5, 6, 7],
  mixed_back: [12, 13, 14, 15],
  bits: [2, 3],
};

describe('results', () => {
  it.each([
    ['g++', '-O0'],
    ['g++', '-O2'],
    ['clang++', '-O0'],
    ['clang++', '-O2'],
  ] as const)('%s %s: where the function left them', async (compiler, level) => {
    const program = compile(SOURCE, { compiler, flags: ['-g', level] });
    const driver = await Driver.launchProgram(program, sourcePath(SOURCE));
    driver.breakAt('mark');
    driver.start();
    const names: string[] = [];
    for (;;) {
      const event = await driver.stop().catch(() => undefined);
      if (event?.reason.kind !== 'breakpoint') break;
      const frame = driver.target.stack(event.tid).frame(1)!;
      const type = frame.scope?.function?.type.result;
      const name = frame.functionName!;
      await driver.step('out');
      await driver.step('out');
      const { returned } = driver.last!;
      expect(returned?.name).toBe(name);
      const data = { registers: returned!.registers, memory: driver.target.memory } as unknown as FrameData;
      const size = sizeOfType(type!)!;
      const bytes = readStorage(returnStorage(type!, returned!.registers), size, data) ?? [];
      const padding = PADDING[name] ?? [];
      const wanted = Array.from({ length: size }, (_, i) => (padding.includes(i) ? 'padding' : i + 1));
      expect([name, bytes.map((byte, i) => (padding.includes(i) ? 'padding' : byte))]).toEqual([name, wanted]);
      names.push(name);
      driver.resume();
    }
    expect(names).toHaveLength(34);
  });
});

const int: Type = { kind: 'integer', name: 'int', size: 4, isSigned: true, rank: 3, display: 'number' };
const double: Type = { kind: 'float', name: 'double', size: 8, format: 'binary64' };
const longDouble: Type = { kind: 'float', name: 'long double', size: 16, format: 'x87' };

function struct(types: readonly Type[], extra: Partial<StructType> = {}): StructType {
  let offset = 0;
  const members = types.map((type) => {
    const size = sizeOfType(type)!;
    offset = Math.ceil(offset / size) * size;
    const member = { name: 'm', type, offset };
    offset += size;
    return member;
  });
  return {
    ...{ kind: 'struct', tag: 'struct', name: 'S', qualifiedName: 'S', language: 'c++', isIncomplete: false },
    ...{ size: Math.ceil(offset / 8) * 8, members, staticMembers: [], templateArguments: [], variantPart: undefined },
    ...{ isPolymorphic: false, nestedType: () => undefined, methods: [] },
    ...extra,
  };
}

describe('arguments', () => {
  const register = (number: number, offset = 0, size = 4): unknown => ({ register: number, offset, size });

  test('integers and floats take registers in turn, then the stack', () => {
    const plan = passArguments([...Array<Type>(8).fill(int), double], undefined);
    expect(plan.places.slice(0, 6)).toEqual(
      [5, 4, 1, 2, 8, 9].map((n) => ({ kind: 'registers', parts: [register(n)] })),
    );
    expect(plan.places[6]).toEqual({ kind: 'stack', offset: 0, size: 4 });
    expect(plan.places[7]).toEqual({ kind: 'stack', offset: 8, size: 4 });
    expect(plan.places[8]).toEqual({ kind: 'registers', parts: [register(17, 0, 8)] });
    expect(plan).toMatchObject({ stackSize: 16, stackAlignment: 16, vectorCount: 1, returnsInMemory: false });
  });

  test('structures go whole: in registers when all of them fit', () => {
    const pair = struct([int, int, double]);
    const plan = passArguments([...Array<Type>(6).fill(int), pair, int], struct([double, double, double]));
    expect(plan.returnsInMemory).toBe(true);
    expect(plan.places[5]).toEqual({ kind: 'stack', offset: 0, size: 4 });
    expect(plan.places[6]).toEqual({ kind: 'stack', offset: 8, size: 16 });
    expect(passArguments([pair], undefined).places).toEqual([
      { kind: 'registers', parts: [register(5, 0, 8), register(17, 8, 8)] },
    ]);
  });

  test('long double lies on the stack, aligned; empty objects nowhere; what has a copy constructor by reference', () => {
    const plan = passArguments([...Array<Type>(7).fill(int), longDouble, struct([], { size: 1 })], undefined);
    expect(plan.places.slice(6)).toEqual([
      { kind: 'stack', offset: 0, size: 4 },
      { kind: 'stack', offset: 16, size: 16 },
      { kind: 'nothing' },
    ]);
    expect(passArguments([struct([int], { passing: 'reference' })], undefined).places).toEqual([
      { kind: 'reference', address: { kind: 'registers', parts: [register(5, 0, 8)] } },
    ]);
  });
});
