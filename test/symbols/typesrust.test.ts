/** Rust's types: against gdb where gdb shows them as they are, and on a running program for enums and trait objects. */
import { afterAll, describe, expect, test } from 'vitest';
import { virtAddr } from '../../src/common/addresses';
import { traitObject, typeOfTraitObject } from '../../src/symbols/data/dynamictype';
import { RustVtables } from '../../src/symbols/data/rustvtables';
import { findMember } from '../../src/symbols/data/typequeries';
import { TypeReader } from '../../src/symbols/data/typereader';
import { typeName } from '../../src/symbols/data/typenames';
import { bareType, sizeOfType, type StructType } from '../../src/symbols/data/types';
import { variantOf } from '../../src/symbols/data/variantparts';
import { compile } from '../support/debuggees';
import { gdbTypes, ourTypes } from './gdbtypes';
import { StoppedProcess } from './stoppedprocess';
import { namespaceTypes, open, source, structNamed } from './typesamples';

const file = compile(source('types.rs'), { flags: ['-g', '-A', 'warnings'] });

describe('Rust types', () => {
  test('are what gdb says', () => {
    const types = namespaceTypes(open(file), 'types');
    // gdb cannot look names of closures up.
    const named = new Map([...types].filter(([name]) => !name.includes('{')));
    expect(named.size).toBeGreaterThan(9);
    expect(ourTypes(named)).toEqual(gdbTypes(file, [...named.keys()], 'types'));
  });

  test('are spelled as the program spells them', () => {
    const types = namespaceTypes(open(file), 'types');
    const spelled = (name: string): string =>
      typeName(findMember(structNamed(types, 'types::Everything'), name)!.at(-1)!.type);
    expect(['raw', 'function', 'boxed', 'shape', 'tuple', 'array', 'slice'].map(spelled)).toEqual([
      '*const u8',
      'fn(i32) -> i32',
      'alloc::boxed::Box<i32, alloc::alloc::Global>',
      '&dyn types::Shape',
      '(i32, &str, ())',
      '[[u8; 3]; 2]',
      '&[u16]',
    ]);
  });

  test('have numbers for bytes and characters for char', () => {
    const types = namespaceTypes(open(file), 'types');
    const display = (name: string): string | undefined => {
      const type = bareType(findMember(structNamed(types, 'types::Everything'), name)!.at(-1)!.type);
      return type.kind === 'integer' ? type.display : type.kind;
    };
    expect(['byte', 'signed', 'character', 'boolean', 'wide', 'unit'].map(display)).toEqual([
      'number',
      'number',
      'unicode',
      'boolean',
      'number',
      'void',
    ]);
  });

  test('of closures have what they capture', () => {
    const closures = [...namespaceTypes(open(file), 'types').values()].filter((type) =>
      /closure_env/.test(typeName(type)),
    );
    const members = closures.map((type) => (type.kind === 'struct' ? type.members.map(({ name }) => name) : []));
    expect(members).toContainEqual(['_ref__offset']);
  });
});

describe('in a running program', () => {
  const process = StoppedProcess.start(file);
  afterAll(() => process.kill());
  const atFile = open(file);
  const show = atFile.symbolsNamed('types::show')[0]!;
  const module = open(file, process.address(show.name) - BigInt(show.address));
  process.runTo(process.address(show.name));
  const reader = new TypeReader();
  const everything = structNamed(namespaceTypes(module, 'types', reader), 'types::Everything');
  const vtables = new RustVtables(() => module.debug, reader);
  const lookup = { typeOfVtable: (address: bigint) => vtables.at(module.toFile(virtAddr(address))) };
  // The first argument is a reference (psABI x86-64 §3.2.3: rdi).
  const object = process.registers.dwarf(5)!;

  const read = (address: bigint, size: number): bigint => {
    const bytes = process.memory.read(virtAddr(address), size);
    return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  };

  const variant = (name: string): string | undefined => {
    const member = findMember(everything, name)!.at(-1)!;
    const part = (bareType(member.type) as StructType).variantPart!;
    const { discriminant } = part;
    const at = object + BigInt(member.offset + (discriminant?.offset ?? 0));
    return variantOf(part, discriminant && read(at, sizeOfType(discriminant.type)!))?.name;
  };

  test('the discriminant says which variant an enum holds', () => {
    expect(['message', 'single', 'nested', 'tagged', 'niche', 'text'].map(variant)).toEqual([
      'Move',
      'Only',
      'C',
      'Large',
      'None',
      'Some',
    ]);
  });

  test('the vtable says what a trait object is', () => {
    const concrete = ['shape', 'owned'].map((name) => {
      const member = findMember(everything, name)!.at(-1)!;
      const { pointer, vtable } = traitObject(member.type)!;
      expect(pointer.offset).toBe(0);
      const found = typeOfTraitObject(read(object + BigInt(member.offset + vtable.offset), 8), lookup);
      return found && typeName(found);
    });
    expect(concrete).toEqual(['types::Circle', 'types::Square']);
    expect(typeOfTraitObject(0n, lookup)).toBeUndefined();
    expect(typeOfTraitObject(object, lookup)).toBeUndefined();
  });
});
