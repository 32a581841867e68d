/** The tables hold together: every text compiles, and says what the kernel's own signatures say. */
import { expect, test } from 'vitest';
import { constantValue, table, tableNames } from '../../src/syscalls/constants';
import { Compiler } from '../../src/syscalls/kinds/compiler';
import { registry } from '../../src/syscalls/kinds/registry';
import { numberOf, namesOf } from '../../src/syscalls/numbers';
import { compiledSpec, isSpecified, specOf } from '../../src/syscalls/specs';
import { commandTexts, ioctlTexts } from '../../src/syscalls/specs/commands';
import { specTexts } from '../../src/syscalls/specs/spectexts';
import { structTexts } from '../../src/syscalls/structs/structs';
import signatures from '../../src/syscalls/tables/signatures.json';

const abis = ['x86_64', 'i386'] as const;

/** What a list of attempts ended with, by name. */
function problems(names: readonly string[], attempt: (name: string) => void): string[] {
  return names.flatMap((name) => {
    try {
      attempt(name);
      return [];
    } catch (error) {
      return [`${name}: ${(error as Error).message}`];
    }
  });
}

test('every call of both tables has a specification that compiles', () => {
  for (const abi of abis) expect(problems(namesOf(abi), (name) => compiledSpec(abi, name))).toEqual([]);
});

test('every x86-64 call is specified by hand', () => {
  expect(namesOf('x86_64').filter((name) => !isSpecified('x86_64', name))).toEqual([]);
});

test('structures and commands compile', () => {
  const compiler = new Compiler(registry, ['arg4', 'aux', 'ret']);
  expect(problems(Object.keys(structTexts), (name) => compiler.type(name))).toEqual([]);
  const kinds = Object.values(commandTexts).flatMap((text) =>
    text
      .trim()
      .split('\n')
      .flatMap((line) => line.trim().split(/\s+/).slice(1)),
  );
  kinds.push(
    ...ioctlTexts
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/)[1]!),
  );
  expect(problems([...new Set(kinds)], (kind) => compiler.kind(kind.replace(/^</, '')))).toEqual([]);
  const words = Object.values(commandTexts).flatMap((text) =>
    text
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/)[0]!),
  );
  const names = words.flatMap((word) => word.split('|')).filter((word) => word !== '*' && !/^\d/.test(word));
  expect(names.filter((name) => constantValue(name) === undefined)).toEqual([]);
  const requests = ioctlTexts
    .trim()
    .split('\n')
    .flatMap((line) => line.trim().split(/\s+/)[0]!.split('|'));
  expect(requests.filter((name) => !table('ioctl').byName.has(name))).toEqual([]);
});

test('every table parses, and its values are numbers', () => {
  for (const name of tableNames()) expect(table(name).entries.length, name).toBeGreaterThan(0);
});

test('specifications name calls that exist', () => {
  const unknown = abis.flatMap((abi) =>
    specTexts[abi].flatMap((text) =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split(' ')[0]!)
        .filter((name) => numberOf('x86_64', name) === undefined && numberOf('i386', name) === undefined),
    ),
  );
  // These two are calls of socketcall only.
  expect([...new Set(unknown)].sort()).toEqual(['recv', 'send']);
});

test('arguments have the names and the number that the running kernel gives them', () => {
  // Calls whose arguments the kernel declares as unused or packs differently, and what tracefs names oddly.
  const different = new Set(['rt_sigreturn', 'close_range', 'ioctl']);
  const wrong: string[] = [];
  for (const [name, signature] of Object.entries(signatures.signatures)) {
    if (numberOf('x86_64', name) === undefined || different.has(name)) continue;
    const kernel = signature === '' ? [] : signature.split(', ').map((field) => /\w+$/.exec(field)![0]);
    const { args } = specOf('x86_64', numberOf('x86_64', name)!);
    for (const { name: own } of args)
      if (!kernel.includes(own)) wrong.push(`${name}: ${own} is none of ${kernel.join(', ')}`);
    const missing = kernel.filter((word) => !args.some(({ name: own }) => own === word));
    // The upper halves of 64-bit offsets are never used on x86-64.
    if (missing.some((word) => word !== 'pos_h')) wrong.push(`${name} lacks ${missing.join(', ')}`);
  }
  expect(wrong).toEqual([]);
});
