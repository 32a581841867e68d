/** Specifications of calls: texts of `specs/`, compiled when a call is first seen. */
import { Compiler, type KindFactory } from './kinds/compiler';
import { basicKinds } from './kinds/basickinds';
import type { Kind } from './kinds/kind';
import { memoryKinds } from './kinds/memorykinds';
import type { Abi, ArgumentSpec, SyscallSpec } from './model';
import { nameOf, unknownName } from './numbers';
import { specTexts } from './specs/spectexts';
import signatures from './tables/signatures.json';

export const registry: Readonly<Record<string, KindFactory>> = { ...basicKinds, ...memoryKinds };

/** When an argument is decoded: at entry, at exit because the kernel writes it, or both. */
export type Direction = 'in' | 'out' | 'inout';

export interface CompiledArgument extends ArgumentSpec {
  readonly direction: Direction;
  readonly decode: Kind;
  /** Takes two registers, the low half first (64-bit values of i386). */
  readonly wide: boolean;
}

export interface CompiledSpec {
  readonly name: string;
  readonly args: readonly CompiledArgument[];
  readonly result: string;
  readonly decodeResult: Kind | undefined;
}

const lines: Partial<Record<Abi, Map<string, string>>> = {};
const compiled = new Map<string, CompiledSpec>();

function textOf(abi: Abi, name: string): string | undefined {
  let known = lines[abi];
  if (!known) {
    known = new Map();
    for (const text of specTexts[abi]) {
      for (const line of text.split('\n')) if (line !== '') known.set(line.split(' ', 1)[0]!, line);
    }
    lines[abi] = known;
  }
  return known.get(name);
}

function compileArgument(word: string, compiler: Compiler): CompiledArgument {
  const colon = word.indexOf(':');
  const [, mark, kind] = /^([<=]?)(.*)$/s.exec(word.slice(colon + 1))!;
  const wide = kind!.startsWith('wide(');
  const inner = wide ? kind!.slice(5, -1) : kind!;
  const direction = mark === '<' ? 'out' : mark === '=' ? 'inout' : 'in';
  return { name: word.slice(0, colon), kind: word.slice(colon + 1), direction, wide, decode: compiler.kind(inner) };
}

function compileLine(line: string): CompiledSpec {
  const [head = '', result] = line.split(' -> ');
  const [name = '', ...words] = head.split(' ');
  const names = words.map((word) => word.slice(0, word.indexOf(':')));
  const compiler = new Compiler(registry, {}, names);
  return {
    name,
    args: words.map((word) => compileArgument(word, compiler)),
    result: result ?? 'long',
    decodeResult: result === 'noreturn' ? undefined : compiler.kind(result ?? 'long'),
  };
}

/** Arguments in hexadecimal, for calls without a specification: names from the kernel's signature where it is known. */
function plainLine(name: string): string {
  const signature = (signatures.signatures as Readonly<Record<string, string>>)[name];
  const args =
    signature === undefined
      ? ['0', '1', '2', '3', '4', '5'].map((digit) => `arg${digit}`)
      : signature.split(', ').filter(Boolean);
  return [name, ...args.map((arg) => `${/\w+$/.exec(arg)?.[0] ?? 'arg'}:hex`)].join(' ');
}

/** The specification of a call by its name, compiled. */
export function compiledSpec(abi: Abi, name: string): CompiledSpec {
  const key = `${abi}:${name}`;
  const known = compiled.get(key);
  if (known) return known;
  const made = compileLine(textOf(abi, name) ?? plainLine(name));
  compiled.set(key, made);
  return made;
}

/** True when the call has a specification of its own, not only the kernel's signature. */
export function isSpecified(abi: Abi, name: string): boolean {
  return textOf(abi, name) !== undefined;
}

/** What the tables say about a number; for an unknown one, six arguments in hexadecimal. */
export function specOf(abi: Abi, number: number): SyscallSpec {
  const { name, args, result } = compiledSpec(abi, nameOf(abi, number) ?? unknownName(number));
  return { abi, number, name, args: args.map(({ name, kind }) => ({ name, kind })), result };
}

let names: ReadonlySet<string> | undefined;

/** Every name that an argument of some call has. */
export function argumentNames(): ReadonlySet<string> {
  if (names) return names;
  const found = new Set<string>();
  for (const text of Object.values(specTexts).flat()) {
    for (const [, name] of text.matchAll(/ (\w+):/g)) found.add(name!);
  }
  for (const signature of Object.values(signatures.signatures)) {
    for (const [, name] of signature.matchAll(/(\w+)(?:,|$)/g)) found.add(name!);
  }
  names = found;
  return found;
}
