/** What formatters share: telling library types by name, pages of elements, alignment, checks against broken values. */
import { bareType, sizeOfType, type BareType, type StructType, type Type } from '../../symbols/data/types';
import { DataError, type DataValue } from '../data';
import type { Child, Children, FormatContext, Formatted, Formatter } from '../formatter';

/** Versioned inline namespaces of the libraries, and libstdc++'s debug mode. */
const INLINE_NAMESPACES = /\b(?:__cxx11|__[0-9]+|__ndk1|__debug|__fs|_V2|__cxx1998)::/g;

/** `vector` of `std::__1::vector<int, …>`, `chrono::duration` of that; undefined for what is not in namespace std. */
export function stdName(type: BareType): string | undefined {
  if (type.kind !== 'struct' || type.language !== 'c++') return undefined;
  const { qualifiedName } = type;
  if (!qualifiedName?.startsWith('std::')) return undefined;
  const less = qualifiedName.indexOf('<');
  const name = less < 0 ? qualifiedName : qualifiedName.slice(0, less);
  // A nested type such as `std::vector<int>::iterator` has its own name behind the arguments.
  if (less >= 0 && !qualifiedName.endsWith('>')) return undefined;
  return name.slice('std::'.length).replace(INLINE_NAMESPACES, '');
}

/** A formatter of the class templates in namespace std of some names, whichever library's. */
export function stdFormatter(
  names: string | readonly string[],
  format: (value: DataValue, context: FormatContext) => Formatted,
): Formatter {
  const wanted = typeof names === 'string' ? [names] : names;
  return {
    name: `std::${wanted.join(', std::')}`,
    matches: (type) => {
      const name = stdName(type);
      return name !== undefined && wanted.includes(name) && !(type.kind === 'struct' && type.isIncomplete);
    },
    format,
  };
}

/**
 * The type argument at an index, typedefs and all. GCC describes the arguments of some classes by the name only.
 * Throws DataError when the type cannot be told.
 */
export function typeArgument(value: DataValue, index: number): Type {
  const { bare } = value;
  if (bare.kind !== 'struct') throw new DataError('it is no structure');
  const argument = bare.templateArguments[index];
  if (argument) return argument.type;
  const name = argumentNames(bare.name ?? '')[index];
  const type = name === undefined ? undefined : value.findType(name);
  if (!type) throw new DataError('its template arguments are not described');
  return type;
}

/** The arguments in a name: `int` and `A<int, char>` of `x<int, A<int, char> >`. */
export function argumentNames(name: string): string[] {
  const start = name.indexOf('<');
  if (start < 0 || !name.endsWith('>')) return [];
  return splitArguments(name.slice(start + 1, -1));
}

/** Splits at commas outside of brackets. */
export function splitArguments(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if ('<({['.includes(text[i]!)) depth++;
    else if (')}]'.includes(text[i]!) || (text[i] === '>' && text[i - 1] !== '-')) depth--;
    else if (text[i] === ',' && depth === 0) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  const last = text.slice(start).trim();
  return last === '' ? parts : [...parts, last];
}

/** The number given as a template argument; undefined when there is none. */
export function valueArgument(value: DataValue, index: number): bigint | undefined {
  const { bare } = value;
  return bare.kind === 'struct' ? bare.templateArguments[index]?.value : undefined;
}

/** `alignof`: a scalar's size, a structure's strictest member, as the System V ABI has it. */
export function alignmentOf(type: Type, depth = 0): number {
  const bare = bareType(type);
  switch (bare.kind) {
    case 'array':
      return alignmentOf(bare.element, depth);
    case 'struct': {
      if (depth > 32) return 1;
      let alignment = 1;
      for (const member of bare.members) alignment = Math.max(alignment, alignmentOf(member.type, depth + 1));
      for (const { member } of bare.variantPart?.variants ?? []) {
        alignment = Math.max(alignment, alignmentOf(member.type, depth + 1));
      }
      return bare.isPolymorphic ? Math.max(8, alignment) : alignment;
    }
    case 'complex':
      return bare.size / 2;
    default:
      return Math.min(16, sizeOfType(bare) ?? 1);
  }
}

/** Where an object of a type begins at or after an offset. */
export function aligned(offset: number, type: Type): number {
  const alignment = alignmentOf(type);
  return Math.ceil(offset / alignment) * alignment;
}

/** The size of an object of a type. Throws DataError when it is not known. */
export function elementSize(type: Type): number {
  const size = sizeOfType(type);
  if (size === undefined || size === 0) throw new DataError('the size of its elements is not known');
  return size;
}

/** A count that cannot be true is a value that was never initialized, or is gone. */
const MAX_COUNT = 2n ** 40n;

/** A number of elements as a number. Throws DataError for an absurd one. */
export function plausibleCount(count: bigint, what = 'size'): number {
  if (count < 0n || count > MAX_COUNT) throw new DataError(`not initialized: its ${what} is ${count}`);
  return Number(count);
}

/** The number of elements between two pointers. Throws DataError when they cannot be of one array. */
export function countBetween(begin: bigint, end: bigint, size: number): number {
  const bytes = end - begin;
  if (bytes < 0n) throw new DataError('not initialized: its end is before its beginning');
  if (bytes % BigInt(size) !== 0n) throw new DataError('not initialized: it holds a fraction of an element');
  return plausibleCount(bytes / BigInt(size));
}

/** Elements that can be reached by number. */
export function indexed(count: number, at: (index: number) => DataValue | string): Children {
  return {
    kind: 'indexed',
    count,
    slice: (start, wanted) => {
      const end = Math.min(count, start + wanted);
      const children: Child[] = [];
      for (let i = start; i < end; i++) {
        children.push({ name: `[${i}]`, value: at(i), expression: (parent) => `${parent}[${i}]` });
      }
      return children;
    },
  };
}

/** A few named lines. */
export function named(children: readonly Child[]): Children {
  return { kind: 'named', count: children.length, slice: (start, count) => children.slice(start, start + count) };
}

/** A container whose elements can be reached by number: `[3] {1, 2, 3}`, and `v[i]` in expressions. */
export function sequence(count: number, at: (index: number) => DataValue): Formatted {
  return {
    summary: undefined,
    prefix: `[${count}] `,
    children: indexed(count, at),
    index: (key) => at(indexIn(key, count)),
  };
}

/** An index as a number. Throws DataError when it is none, or out of range. */
export function indexIn(key: DataValue | bigint | string, count: number): number {
  if (typeof key === 'string') throw new DataError('the index has to be a number');
  const index = typeof key === 'bigint' ? key : key.bits();
  if (index < 0n || index >= BigInt(count)) throw new DataError(`there is no element ${index} among ${count}`);
  return Number(index);
}

/**
 * Nodes that have to be walked one after the other. Walks no further than somebody looks, and remembers where it was.
 */
export class Walk<T> {
  private readonly seen: T[] = [];

  /** @param next the node after a given one, or the first; undefined at the end */
  constructor(private readonly next: (node: T | undefined) => T | undefined) {}

  /** The node at an index; undefined behind the last. */
  at(index: number): T | undefined {
    while (this.seen.length <= index) {
      const node = this.next(this.seen[this.seen.length - 1]);
      if (node === undefined) return undefined;
      this.seen.push(node);
    }
    return this.seen[index];
  }

  /** Nodes up to a limit. */
  take(limit: number): readonly T[] {
    if (limit > 0) this.at(limit - 1);
    return this.seen.slice(0, limit);
  }
}

/** What an unusable link in a chain of nodes means. */
export function brokenChain(index: number): DataError {
  return new DataError(`broken: element ${index} is not linked to another`);
}

/** The struct type of a value. Throws DataError when it is none. */
export function structOf(value: DataValue): StructType {
  const { bare } = value;
  if (bare.kind !== 'struct') throw new DataError('it is no structure');
  return bare;
}

/** Reads a 64-bit word. Throws DataError. */
export function readWord(value: DataValue, address: bigint): bigint {
  const bytes = value.read(address, 8);
  if (bytes.length < 8) throw new DataError(`cannot read 8 bytes at 0x${address.toString(16)}`);
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
}
