/** Specifications of calls: texts of `specs/`, compiled when a call is first seen. */
import { Compiler } from './kinds/compiler';
import type { Kind } from './kinds/kind';
import { registry } from './kinds/registry';
import { resultKind, type ResultKind } from './kinds/resultkinds';
import type { Abi, ArgumentSpec, SyscallSpec } from './model';
import { nameOf, unknownName } from './numbers';
import { specTexts } from './specs/spectexts';
import signatures from './tables/signatures.json';

/** When an argument is decoded: at entry, at exit because the kernel writes it, or both. */
export type Direction = 'in' | 'out' | 'inout';

export interface CompiledArgument extends ArgumentSpec {
  readonly direction: Direction;
  readonly decode: Kind;
  /** 0-based; the first of two for what is wide. */
  readonly register: number;
  /** Takes two registers, the low half first (64-bit values of i386). */
  readonly wide: boolean;
}

export interface CompiledSpec {
  readonly name: string;
  readonly args: readonly CompiledArgument[];
  readonly result: string;
  readonly decodeResult: ResultKind | undefined;
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

interface Word {
  readonly name: string;
  readonly kind: string;
  readonly direction: Direction;
  readonly register: number;
  readonly wide: boolean;
}

/** `count:ulong`, `buf:<buf(ret)`, `newsp@1:ptr` where the order of registers is another than that of printing. */
function parseWords(words: readonly string[]): Word[] {
  let next = 0;
  return words.map((word) => {
    const [, name = '', at, mark, kind = ''] = /^(\w+)(?:@(\d))?:([<=]?)(.*)$/s.exec(word) ?? [];
    const wide = kind.startsWith('wide(');
    const register = at === undefined ? next : Number(at);
    next = register + (wide ? 2 : 1);
    const direction = mark === '<' ? 'out' : mark === '=' ? 'inout' : 'in';
    return { name, kind: wide ? kind.slice(5, -1) : kind, direction, register, wide };
  });
}

function compileLine(line: string): CompiledSpec {
  const [head = '', result = 'long'] = line.split(' -> ');
  const [name = '', ...words] = head.split(' ');
  const parsed = parseWords(words);
  const compiler = new Compiler(
    registry,
    parsed.map((word) => word.name),
  );
  const args = parsed.map((word) => ({ ...word, decode: compiler.kind(word.kind) }));
  return { name, args, result, decodeResult: result === 'noreturn' ? undefined : resultKind(result, compiler) };
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
