/** Arguments whose kind another argument decides: commands of fcntl, prctl, keyctl, ioctl, ptrace and others. */
import { constantValue, table } from '../constants';
import type { DecodedNode } from '../model';
import { commandTexts, ioctlTexts } from '../specs/commands';
import type { Compiler, KindFactory } from './compiler';
import { u32, ulong, type Kind, type Operand } from './kind';
import { address, constant, expression, hexadecimal, pending, text } from './nodes';

interface Argument {
  readonly decode: Kind;
  readonly out: boolean;
}

type Commands = ReadonlyMap<bigint, readonly string[]>;

const parsed = new Map<string, { readonly commands: Commands; readonly others: readonly string[] }>();

/** Lines `F_SETFD flags(fd_flags)`: a command and the kinds of what it takes; `*` is for commands that have no line. */
function commandsOf(name: string): { readonly commands: Commands; readonly others: readonly string[] } {
  const known = parsed.get(name);
  if (known) return known;
  const commands = new Map<bigint, readonly string[]>();
  let others: readonly string[] = [];
  for (const line of commandTexts[name]!.trim().split('\n')) {
    const [words = '', ...kinds] = line.trim().split(/\s+/);
    for (const word of words.split('|')) {
      const value = /^\d/.test(word) ? BigInt(word) : constantValue(word);
      if (word === '*') others = kinds;
      else if (value !== undefined) commands.set(value, kinds);
    }
  }
  const made = { commands, others };
  parsed.set(name, made);
  return made;
}

function compileArgument(source: string, compiler: Compiler): Argument {
  const out = source.startsWith('<');
  return { out, decode: compiler.kind(out ? source.slice(1) : source) };
}

/** At entry what the kernel writes is pending; at exit it is read, or stays an address when the call failed. */
function apply({ decode, out }: Argument, ...[value, context, name]: Parameters<Kind>): DecodedNode | undefined {
  if (!out) return decode(value, context, name);
  if (context.result === undefined) return pending(value, name);
  return context.failed ? address(ulong(value, context), name) : decode(value, context, name);
}

/** `sub(prctl,option,0)`: the first argument behind the option. */
const sub: KindFactory = ([name, command, index], compiler) => {
  const of: Operand = compiler.operand(command!);
  const which = Number(index!.name);
  const compiled = new Map<bigint, Argument | undefined>();
  return (value, context, as) => {
    const number = u32(of(context));
    let argument = compiled.get(number);
    if (argument === undefined && !compiled.has(number)) {
      const { commands, others } = commandsOf(name!.name);
      const source = (commands.get(number) ?? others)[which];
      argument = source === undefined ? undefined : compileArgument(source, compiler);
      compiled.set(number, argument);
    }
    return argument && apply(argument, value, context, as);
  };
};

/** The names of a request; several drivers may use one number. */
function requestNames(request: bigint): string[] {
  return table('ioctl')
    .entries.filter(([, value]) => value === request)
    .map(([name]) => name);
}

const requestCache = new Map<bigint, readonly string[]>();

function cachedNames(request: bigint): readonly string[] {
  const known = requestCache.get(request);
  if (known) return known;
  const names = requestNames(request);
  // A program decides what its requests are: the cache must not grow without end.
  if (requestCache.size < 4096) requestCache.set(request, names);
  return names;
}

/** `_IOC(_IOC_READ, 0x54, 0x30, 0x4)`: a request without a name, taken apart (asm-generic/ioctl.h). */
function plainRequest(request: bigint, name?: string): DecodedNode {
  const direction = ['_IOC_NONE', '_IOC_WRITE', '_IOC_READ', '_IOC_READ|_IOC_WRITE'][Number(request >> 30n)]!;
  const parts = [(request >> 8n) & 0xffn, request & 0xffn, (request >> 16n) & 0x3fffn];
  return expression('_IOC', [text(direction), ...parts.map((part) => hexadecimal(part))], name, request);
}

/** Requests that carry a number or a length in themselves: which one, and how they are spelled. */
const families: readonly (readonly [pattern: bigint, mask: bigint, spell: (request: bigint) => string])[] = [
  [0x80004506n, 0xc000ffffn, (request) => `EVIOCGNAME(${(request >> 16n) & 0x3fffn})`],
];

const ioctlCommand: Kind = (value, _context, name) => {
  const request = u32(value);
  const names = cachedNames(request);
  if (names.length > 0) {
    return constant({ kind: 'enum', raw: request, table: 'ioctl', names: [[...names].sort().join(' or ')] }, name);
  }
  const family = families.find(([pattern, mask]) => (request & mask) === pattern);
  return family ? text(family[2](request), name, 'enum', request) : plainRequest(request, name);
};

let ioctlArguments: ReadonlyMap<bigint, string> | undefined;

function ioctlKindOf(request: bigint): string | undefined {
  if (!ioctlArguments) {
    const found = new Map<bigint, string>();
    for (const line of ioctlTexts.trim().split('\n')) {
      const [words = '', kind = 'ptr'] = line.trim().split(/\s+/);
      for (const word of words.split('|')) {
        const number = table('ioctl').byName.get(word);
        if (number !== undefined) found.set(number, kind);
      }
    }
    ioctlArguments = found;
  }
  return ioctlArguments.get(request);
}

const ioctlArgument: KindFactory = ([command], compiler) => {
  const of = compiler.operand(command!);
  const compiled = new Map<string, Argument>();
  return (value, context, name) => {
    const kind = ioctlKindOf(u32(of(context)));
    if (kind === undefined) return hexadecimalOrNull(ulong(value, context), name);
    if (kind === 'none') return undefined;
    let argument = compiled.get(kind);
    if (!argument) {
      argument = compileArgument(kind, compiler);
      compiled.set(kind, argument);
    }
    return apply(argument, value, context, name);
  };
};

/** Nothing is known about the argument: 0 is a number as likely as a null pointer. */
function hexadecimalOrNull(value: bigint, name?: string): DecodedNode {
  return hexadecimal(value, name);
}

export const subcommandKinds: Readonly<Record<string, KindFactory>> = {
  sub,
  ioctlcmd: () => ioctlCommand,
  ioctlarg: ioctlArgument,
};
