/** Types of damaged debugging information: never an exception, a hang or memory without bounds. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DwarfError } from '../../src/symbols/dwarf/cursor';
import type { Die } from '../../src/symbols/dwarf/die';
import { dynamicObject, traitObject } from '../../src/symbols/data/dynamictype';
import {
  elementType,
  enumText,
  findBase,
  findMember,
  findMethods,
  findStaticMember,
  isCharacter,
  isScalar,
  membersOf,
  sameType,
} from '../../src/symbols/data/typequeries';
import { TypeReader } from '../../src/symbols/data/typereader';
import { declaration, typeName } from '../../src/symbols/data/typenames';
import { bareType, sizeOfType, type Type } from '../../src/symbols/data/types';
import { variantOf } from '../../src/symbols/data/variantparts';
import { Module } from '../../src/symbols/module';
import { compile } from '../support/debuggees';
import { open, source } from './typesamples';

/** Entries that one damaged file is asked for. */
const MAX_ENTRIES = 400;
const NO_MEMORY = { read: () => new Uint8Array(0) };

/** Types that one damaged file is asked about, those inside of others included. */
const MAX_EXERCISES = 4000;

/** Asks a type for everything there is; the answers may be anything. */
function exercise(type: Type, work: { left: number }, depth = 0): void {
  if (work.left-- <= 0) return;
  expect(typeName(type)).toBeTypeOf('string');
  expect(declaration(type, 'x').length).toBeLessThan(1_000_000);
  const size = sizeOfType(type);
  if (size !== undefined) expect(size).toBeGreaterThanOrEqual(0);
  expect(sameType(type, type)).toBe(true);
  isScalar(type);
  isCharacter(type);
  const bare = bareType(type);
  const element = elementType(type);
  if (element && depth < 6) exercise(element, work, depth + 1);
  if (bare.kind === 'array' && typeof bare.count === 'object') bare.count.evaluate({});
  if (bare.kind === 'function') for (const parameter of bare.parameters ?? []) typeName(parameter);
  if (bare.kind === 'memberPointer') typeName(bare.container);
  if (bare.kind === 'enum') {
    for (const value of [0n, 1n, 3n, -1n, 1n << 63n]) expect(enumText(bare, value)).toBeTypeOf('string');
  }
  if (bare.kind !== 'struct') return;
  for (const { offset, path } of membersOf(type)) {
    if (offset !== undefined) expect(Number.isFinite(offset)).toBe(true);
    path.at(-1)!.locate?.(0x1000n, NO_MEMORY);
    if (depth < 2) exercise(path.at(-1)!.type, work, depth + 1);
  }
  for (const name of ['nothing', 'root']) {
    findMember(type, name);
    findBase(type, name);
    findStaticMember(type, name);
    findMethods(type, name);
    bare.nestedType(name);
  }
  for (const member of bare.staticMembers) member.storage?.();
  for (const argument of bare.templateArguments) typeName(argument.type);
  if (bare.variantPart) for (const value of [undefined, 0n, -1n, 1n << 127n]) variantOf(bare.variantPart, value);
  if (bare.containingType) typeName(bare.containingType);
  expect([true, false]).toContain(bare.isPolymorphic);
  dynamicObject(type, 0x1000n, NO_MEMORY, { typeOfVtable: () => type });
  traitObject(type);
}

/** The entries of the first units, in order, as far as they can be walked. */
function* entriesOf(module: Module): Generator<Die, void, undefined> {
  const units: Die[] = [];
  module.debug.eachUnit((_header, read) => {
    try {
      if (units.length < 3) units.push(read().root);
    } catch (error) {
      if (!(error instanceof DwarfError)) throw error;
    }
  });
  function* below(die: Die, depth: number): Generator<Die, void, undefined> {
    yield die;
    if (depth > 8) return;
    try {
      for (const child of die.children()) yield* below(child, depth + 1);
    } catch (error) {
      if (!(error instanceof DwarfError)) throw error;
    }
  }
  for (const unit of units) yield* below(unit, 0);
}

interface Sample {
  readonly bytes: Uint8Array;
  /** File offset and size of .debug_info. */
  readonly start: number;
  readonly size: number;
  /** Offsets of entries from their unit's header, which is what a DW_FORM_ref4 holds. */
  readonly entries: readonly number[];
  /** Entries of the section that are asked for end about here. */
  readonly reach: number;
}

function sample(path: string): Sample {
  const module = open(path);
  const section = module.debugElf.sections.find(({ name }) => name === '.debug_info')!;
  const dies = [...entriesOf(module)].slice(0, MAX_ENTRIES);
  const entries = dies.map((die) => die.offset - die.unit.header.offset);
  return { bytes: readFileSync(path), start: section.offset, size: section.size, entries, reach: dies.at(-1)!.offset };
}

const samples = [
  () => sample(compile(source('types.c'), { flags: ['-g', '-gdwarf-4'] })),
  () => sample(compile(source('dynamictypes.cpp'), { compiler: 'g++', flags: ['-g', '-O0'] })),
  () => sample(compile(source('types.rs'), { flags: ['-g', '-A', 'warnings'] })),
];

function readAll(bytes: Uint8Array): number {
  const module = Module.fromImage(bytes, 'damaged', 0n);
  const reader = new TypeReader({ define: () => undefined, dynamic: () => undefined });
  let read = 0;
  const work = { left: MAX_EXERCISES };
  for (const die of entriesOf(module)) {
    if (read++ >= MAX_ENTRIES) break;
    exercise(reader.type(die), work);
    exercise(reader.typeOf(die), work);
  }
  return read;
}

describe.each(samples.map((make, index) => [index, make] as const))('sample %i', (_index, make) => {
  const intact = make();

  test('is read when nothing is damaged', () => {
    expect(readAll(intact.bytes)).toBeGreaterThan(100);
  });

  test('may refer to any entry in any place', () => {
    const damage = fc.array(fc.tuple(fc.nat(intact.reach), fc.nat(intact.entries.length - 1)), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(damage, (changes) => {
        const bytes = Buffer.from(intact.bytes);
        for (const [at, entry] of changes) bytes.writeUInt32LE(intact.entries[entry]!, intact.start + at);
        readAll(bytes);
      }),
      { numRuns: 10 },
    );
  });

  test('may hold any bytes', () => {
    const damage = fc.array(fc.tuple(fc.nat(intact.reach), fc.uint8Array({ minLength: 1, maxLength: 9 })), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(damage, (changes) => {
        const bytes = Buffer.from(intact.bytes);
        for (const [at, values] of changes) bytes.set(values.subarray(0, intact.size - at), intact.start + at);
        readAll(bytes);
      }),
      { numRuns: 10 },
    );
  });

  test('may make every reference lead to one entry', () => {
    fc.assert(
      fc.property(fc.nat(intact.entries.length - 1), fc.nat(intact.entries.length - 1), (from, to) => {
        // Every occurrence of an offset of an entry is taken for a reference to it.
        const bytes = Buffer.from(intact.bytes);
        const target = intact.entries[to]!;
        const chosen = new Set(intact.entries.slice(Math.min(from, to), Math.max(from, to) + 1));
        for (let at = intact.start; at < intact.start + intact.reach; at++) {
          if (chosen.has(bytes.readUInt32LE(at))) bytes.writeUInt32LE(target, at);
        }
        readAll(bytes);
      }),
      { numRuns: 10, examples: [[0, Math.min(180, intact.entries.length - 1)]] },
    );
  });
});
