/** Kinds of what a pointer leads to: strings, buffers, structures, arrays. Reads are bounded by the options. */
import type { DecodedNode } from '../model';
import type { KindFactory } from './compiler';
import { ulong, readMemory, s32, type Context, type Kind } from './kind';
import { address, array, decimal, renamed, string, text } from './nodes';
import type { MemoryType } from './memorytypes';

const PATH_MAX = 4096;
/** Read first: most strings end within it, and a short read does not cross into the next page for most. */
const FIRST_READ = 256;

/** Bytes up to a NUL, at most `limit` of them; undefined when not even the first byte can be read. */
export function readString(
  context: Context,
  at: bigint,
  limit: number,
): { readonly bytes: Uint8Array; readonly terminated: boolean; readonly complete: boolean } | undefined {
  let bytes = readMemory(context, at, Math.min(FIRST_READ, limit + 1));
  if (bytes.length === 0) return undefined;
  let end = bytes.indexOf(0);
  if (end < 0 && bytes.length === FIRST_READ && limit + 1 > FIRST_READ) {
    bytes = readMemory(context, at, limit + 1);
    end = bytes.indexOf(0);
  }
  if (end >= 0) return { bytes: bytes.subarray(0, end), terminated: true, complete: true };
  return { bytes: bytes.subarray(0, limit), terminated: false, complete: bytes.length > limit };
}

function stringAt(value: bigint, context: Context, limit: number, name: string | undefined, kind: string): DecodedNode {
  const at = ulong(value, context);
  const found = readString(context, at, limit);
  // A string that runs into unreadable memory is not one: its address tells more than its beginning.
  if (!found || (!found.terminated && !found.complete)) return address(at, name, kind);
  return string(found.bytes, !found.terminated, name, kind, at);
}

export const pathKind: Kind = (value, context, name) => stringAt(value, context, PATH_MAX - 1, name, 'path');

/** `length` bytes at an address, of which the string limit is read. */
export function bytesAt(value: bigint, length: bigint, context: Context, name?: string, kind = 'buffer'): DecodedNode {
  const at = ulong(value, context);
  if (at === 0n) return address(at, name, kind);
  if (length <= 0n) return string(new Uint8Array(0), false, name, kind, at);
  const limit = BigInt(context.stringLimit);
  const wanted = Number(length < limit ? length : limit);
  const bytes = readMemory(context, at, wanted);
  return bytes.length < wanted ? address(at, name, kind) : string(bytes, length > limit, name, kind, at);
}

/** The structure or scalar at an address; the address itself when it cannot be read or the call failed. */
export function pointee(value: bigint, type: MemoryType, context: Context, name?: string): DecodedNode {
  const at = ulong(value, context);
  const size = type.size(context.wordSize);
  if (at === 0n || context.depth > 8) return address(at, name);
  const bytes = readMemory(context, at, size);
  if (bytes.length < size) return address(at, name);
  const node = type.decode(bytes, 0, at, context, name);
  if (!node) return address(at, name);
  // What is behind a pointer to a scalar reads `[5]`.
  if (!type.value) return node;
  return array([renamed(node, undefined)], false, name, 'pointer', at);
}

/** `count` elements at an address. */
export function elementsAt(
  value: bigint,
  count: bigint,
  type: MemoryType,
  context: Context,
  name?: string,
): DecodedNode {
  const at = ulong(value, context);
  if (at === 0n || context.depth > 8) return address(at, name);
  if (count <= 0n) return array([], false, name, 'array', at);
  const size = type.size(context.wordSize);
  const limit = BigInt(context.arrayLimit);
  const shown = Number(count < limit ? count : limit);
  const bytes = readMemory(context, at, shown * size);
  const whole = Math.floor(bytes.length / size);
  if (whole === 0) return address(at, name);
  const items: DecodedNode[] = [];
  for (let i = 0; i < whole; i++) {
    const node = type.decode(bytes, i * size, at + BigInt(i * size), { ...context, depth: context.depth + 1 });
    if (node) items.push(node);
  }
  const made = array(items, count > limit && whole === shown, name, 'array', at);
  return whole < shown ? { ...made, unreadable: at + BigInt(whole * size) } : made;
}

/** Pointers up to the null one; −1 when not even the first can be read, undefined when there is no end. */
function countOf(context: Context, at: bigint): number | undefined {
  const word = context.wordSize;
  const chunk = 64;
  for (let count = 0; count < 65536;) {
    const bytes = readMemory(context, at + BigInt(count * word), chunk * word);
    const pointers = Math.floor(bytes.length / word);
    if (pointers === 0) return count === 0 ? -1 : undefined;
    for (let i = 0; i < pointers; i++, count++) {
      if (bytes.subarray(i * word, (i + 1) * word).every((byte) => byte === 0)) return count;
    }
  }
  return undefined;
}

/** `["ls", "-l"]`: the argument strings of execve. */
const stringArray: Kind = (value, context, name) => {
  const at = ulong(value, context);
  if (at === 0n) return address(at, name, 'strings');
  const word = context.wordSize;
  const items: DecodedNode[] = [];
  for (let i = 0; ; i++) {
    const slot = at + BigInt(i * word);
    const bytes = readMemory(context, slot, word);
    if (bytes.length < word) {
      if (i === 0) return address(at, name, 'strings');
      return { ...array(items, false, name, 'strings', at), unreadable: slot };
    }
    const pointer = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    if (pointer === 0n) return array(items, false, name, 'strings', at);
    if (i >= context.arrayLimit) return array(items, true, name, 'strings', at);
    items.push(stringAt(pointer, context, context.stringLimit, undefined, 'string'));
  }
};

/** The environment of execve: its address and how many variables there are; in verbose mode the strings. */
const environment: Kind = (value, context, name) => {
  if (context.verbose) return stringArray(value, context, name);
  const at = ulong(value, context);
  const node = address(at, name, 'environment');
  if (at === 0n) return node;
  const count = countOf(context, at);
  if (count === -1) return node;
  if (count === undefined) return { ...node, comment: 'unterminated' };
  return { ...node, comment: `${count} var${count === 1 ? '' : 's'}` };
};

const plain =
  (kind: Kind): KindFactory =>
  () =>
    kind;

export const memoryKinds: Readonly<Record<string, KindFactory>> = {
  path: plain(pathKind),
  str: plain((value, context, name) => stringAt(value, context, context.stringLimit, name, 'string')),
  argv: plain(stringArray),
  envp: plain(environment),
  /** `buf(count)`: as many bytes as another argument or the result tells. */
  buf: ([length], compiler) => {
    const count = compiler.operand(length!);
    return (value, context, name) => bytesAt(value, count(context), context, name);
  },
  /** Random bytes, which are shown in hexadecimal. */
  random: ([length], compiler) => {
    const count = compiler.operand(length!);
    return (value, context, name) => bytesAt(value, count(context), context, name, 'random');
  },
  /** `p(timespec)`, `p(s32)` */
  p: ([type], compiler) => {
    const pointed = compiler.type(type!);
    return (value, context, name) => pointee(value, pointed, context, name);
  },
  /** `arr(iovec,vlen)` */
  arr: ([type, length], compiler) => {
    const [element, count] = [compiler.type(type!), compiler.operand(length!)];
    return (value, context, name) => elementsAt(value, count(context), element, context, name);
  },
  /** A path of which the length is the result or another argument: readlink, getcwd. */
  pathbuf: ([length], compiler) => {
    const count = compiler.operand(length!);
    return (value, context, name) => {
      const length = Number(s32(count(context)));
      const at = ulong(value, context);
      const bytes = readMemory(context, at, Math.min(length, PATH_MAX));
      if (bytes.length < Math.min(length, PATH_MAX)) return address(at, name, 'path');
      const limit = context.stringLimit;
      return string(bytes.subarray(0, limit), bytes.length > limit, name, 'path', at);
    };
  },
  text: ([words]) => {
    const shown = words!.name;
    return (value, _context, name) => text(shown, name, 'text', value);
  },
  zero: plain((_value, _context, name) => decimal(0n, name)),
};
