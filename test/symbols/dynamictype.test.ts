/** Dynamic types and virtual bases on a running program. */
import { afterAll, describe, expect, test } from 'vitest';
import { virtAddr } from '../../src/common/addresses';
import { readUint, type MemoryReader } from '../../src/common/readers';
import { dynamicObject, traitObject } from '../../src/symbols/data/dynamictype';
import { findBase, findMember, membersOf } from '../../src/symbols/data/typequeries';
import { typeName } from '../../src/symbols/data/typenames';
import { bareType, type Member, type Type } from '../../src/symbols/data/types';
import { compile } from '../support/debuggees';
import { StoppedProcess } from './stoppedprocess';
import { open, source, variablesOf } from './typesamples';

const CLASSES: Readonly<Record<string, string>> = {
  _ZTVN2ns6BottomIlEE: 'bottom',
  _ZTVN2ns5EmptyE: 'empty',
  _ZTVN2ns4RootE: 'plain',
};

describe.each(['g++', 'clang++'] as const)('dynamic types of %s', (compiler) => {
  const file = compile(source('dynamictypes.cpp'), { compiler, flags: ['-g', '-O0'] });
  const process = StoppedProcess.start(file);
  afterAll(() => process.kill());
  process.runTo(process.address('main'));
  const main = open(file).symbols.named('main')[0]!;
  const module = open(file, process.address('main') - BigInt(main.address));
  const variables = variablesOf(module, /./);
  const { memory } = process;
  const lookup = {
    typeOfVtable: (address: bigint): Type | undefined => {
      const name = module.symbols.lookup(module.toFile(virtAddr(address)))?.name ?? '';
      return name in CLASSES ? variables.get(CLASSES[name]!) : undefined;
    },
  };
  const target = (name: string): Type => {
    const type = bareType(variables.get(name)!);
    if (type.kind !== 'pointer') throw new Error(`${name} is no pointer`);
    return type.target;
  };
  const pointed = (name: string): bigint => readUint(memory, process.address(name), 8)!;

  test.each([
    ['as_root', 'ns::Bottom<long>', 'bottom'],
    ['as_other', 'ns::Bottom<long>', 'bottom'],
    ['as_right', 'ns::Bottom<long>', 'bottom'],
    ['as_empty', 'ns::Empty', 'empty'],
    ['as_plain', 'ns::Root', 'plain'],
  ])('%s points into a %s', (name, type, object) => {
    const found = dynamicObject(target(name), pointed(name), memory, lookup)!;
    expect(typeName(found.type)).toBe(type);
    expect(found.address).toBe(process.address(object));
  });

  test('what is no such object has none', () => {
    const root = target('as_root');
    expect(dynamicObject(root, 0n, memory, lookup)).toBeUndefined();
    expect(dynamicObject(root, process.address('main'), memory, lookup)).toBeUndefined();
    expect(dynamicObject(root, pointed('as_root'), memory, { typeOfVtable: () => undefined })).toBeUndefined();
    // A class that is not derived from the declared one: what lies there is something else.
    const other = target('as_other');
    expect(dynamicObject(other, pointed('as_plain'), memory, lookup)).toBeUndefined();
    expect(dynamicObject({ kind: 'void' }, pointed('as_root'), memory, lookup)).toBeUndefined();
    expect(traitObject(root)).toBeUndefined();
  });

  test('members behind virtual bases are found through the vtable', () => {
    const bottom = variables.get('bottom')!;
    const value = (name: string): number => {
      const place = locate(findMember(bottom, name)!, process.address('bottom'), memory);
      return Number(readUint(memory, virtAddr(place), 4));
    };
    expect(['value', 'root', 'left', 'right', 'bottom'].map(value)).toEqual([2, 1, 3, 4, 5]);
    const base = locate(findBase(bottom, 'ns::Root')!, process.address('bottom'), memory);
    expect(base).toBe(pointed('as_root'));
    const reached = [...membersOf(bottom)].filter(({ member }) => member.name === 'root');
    // Once through each of the two paths to the one virtual base.
    expect(reached.map(({ offset }) => offset)).toEqual([undefined, undefined]);
  });
});

function locate(path: readonly Member[], object: bigint, memory: MemoryReader): bigint {
  return path.reduce((at, member) => member.locate?.(at, memory) ?? at + BigInt(member.offset), object);
}
