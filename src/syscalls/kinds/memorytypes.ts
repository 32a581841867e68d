/**
 * Types of things in memory: C scalars with a kind that says how they are shown, structures of them, fixed arrays.
 * Written as text (`u32/enum(clock)`, `timespec`, `u8[16]`), laid out by the rules of the System V psABI of each ABI.
 */
import type { DecodedNode } from '../model';
import type { Compiler } from './compiler';
import type { Context, Kind } from './kind';
import { address as addressNode, array, decimal, string, struct } from './nodes';

export type WordSize = 4 | 8;

export interface MemoryType {
  size(word: WordSize): number;
  align(word: WordSize): number;
  /** Decodes what lies at `offset` of `bytes`, which holds all of it; `address` is where that is in the process. */
  decode(bytes: Uint8Array, offset: number, address: bigint, context: Context, name?: string): DecodedNode | undefined;
  /** The value of a scalar, unsigned; undefined for structures. */
  value?(bytes: Uint8Array, offset: number, context: Context): bigint;
}

interface Scalar {
  readonly size: 1 | 2 | 4 | 8 | 'word';
  readonly signed: boolean;
  readonly pointer?: boolean;
}

const scalars: Readonly<Record<string, Scalar>> = {
  s8: { size: 1, signed: true },
  u8: { size: 1, signed: false },
  s16: { size: 2, signed: true },
  u16: { size: 2, signed: false },
  s32: { size: 4, signed: true },
  u32: { size: 4, signed: false },
  s64: { size: 8, signed: true },
  u64: { size: 8, signed: false },
  long: { size: 'word', signed: true },
  ulong: { size: 'word', signed: false },
  ptr: { size: 'word', signed: false, pointer: true },
};

/** Reads a little-endian unsigned integer. */
export function uintAt(bytes: Uint8Array, offset: number, size: number): bigint {
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[offset + i] ?? 0);
  return value;
}

function scalarType({ size, signed, pointer }: Scalar, kind: Kind | undefined): MemoryType {
  const bytesOf = (word: WordSize): number => (size === 'word' ? word : size);
  const value = (bytes: Uint8Array, offset: number, context: Context): bigint =>
    uintAt(bytes, offset, bytesOf(context.wordSize));
  const show: Kind =
    kind ??
    ((raw, context, name) =>
      pointer
        ? addressNode(raw, name)
        : decimal(signed ? BigInt.asIntN(bytesOf(context.wordSize) * 8, raw) : raw, name));
  return {
    size: bytesOf,
    // i386 aligns 8-byte integers in structures to 4 (System V psABI i386, 2.1.1).
    align: (word) => Math.min(bytesOf(word), word),
    value,
    decode: (bytes, offset, _address, context, name) => {
      const raw = value(bytes, offset, context);
      return show(signed ? BigInt.asUintN(64, BigInt.asIntN(bytesOf(context.wordSize) * 8, raw)) : raw, context, name);
    },
  };
}

function arrayType(element: MemoryType, count: number): MemoryType {
  return {
    size: (word) => element.size(word) * count,
    align: (word) => element.align(word),
    decode: (bytes, offset, address, context, name) => {
      const size = element.size(context.wordSize);
      const items = Array.from({ length: count }, (_, index) =>
        element.decode(bytes, offset + index * size, address + BigInt(index * size), context),
      );
      return array(
        items.filter((item) => item !== undefined),
        false,
        name,
      );
    },
  };
}

/** A character array of a structure, `chars65`: a string that may fill it without a NUL. */
function charsType(length: number): MemoryType {
  return {
    size: () => length,
    align: () => 1,
    decode: (bytes, offset, address, _context, name) => {
      const own = bytes.subarray(offset, offset + length);
      const end = own.indexOf(0);
      return string(own.slice(0, end < 0 ? length : end), end < 0, name, 'string', address);
    },
  };
}

interface Field {
  readonly name: string;
  readonly type: MemoryType;
  /** Shown in verbose mode only. */
  readonly verbose: boolean;
  /** Padding, and what other fields refer to without being shown. */
  readonly hidden: boolean;
  readonly unnamed: boolean;
}

interface Layout {
  readonly offsets: readonly number[];
  readonly size: number;
  readonly align: number;
}

function layOut(fields: readonly Field[], word: WordSize): Layout {
  const offsets: number[] = [];
  let [at, align] = [0, 1];
  for (const { type } of fields) {
    const own = type.align(word);
    align = Math.max(align, own);
    at = Math.ceil(at / own) * own;
    offsets.push(at);
    at += type.size(word);
  }
  return { offsets, size: Math.ceil(at / align) * align, align };
}

/**
 * Compiles the text of a structure: `tv_sec:long tv_nsec:long`. A field that begins with `!` is shown in verbose mode
 * only, one with `_` never, one with `.` without its name.
 */
function structType(name: string, source: string, compiler: Compiler): MemoryType {
  const words = source.trim().split(/\s+/);
  const names = words.map((word) => word.slice(0, word.indexOf(':')).replace(/^[!_.]/, ''));
  const inner = compiler.within(names);
  const fields = words.map((word, index): Field => {
    const type = memoryType(word.slice(word.indexOf(':') + 1), inner);
    return {
      name: names[index]!,
      type,
      verbose: word.startsWith('!'),
      hidden: word.startsWith('_'),
      unnamed: word.startsWith('.'),
    };
  });
  const layouts: Partial<Record<WordSize, Layout>> = {};
  const layout = (word: WordSize): Layout => (layouts[word] ??= layOut(fields, word));
  return {
    size: (word) => layout(word).size,
    align: (word) => layout(word).align,
    decode: (bytes, offset, address, context, as) => {
      const { offsets } = layout(context.wordSize);
      const values = fields.map(({ type }, index) => type.value?.(bytes, offset + offsets[index]!, context) ?? 0n);
      const within: Context = { ...context, values, depth: context.depth + 1 };
      const nodes: DecodedNode[] = [];
      let more = false;
      for (const [index, field] of fields.entries()) {
        if (field.hidden) continue;
        if (field.verbose && !context.verbose) {
          more = true;
          continue;
        }
        const at = offsets[index]!;
        const shown = field.unnamed ? undefined : field.name;
        const node = field.type.decode(bytes, offset + at, address + BigInt(at), within, shown);
        if (node) nodes.push(node);
      }
      return struct(nodes, more, as, name, address);
    },
  };
}

const compiledStructs = new Map<string, MemoryType>();

/** Compiles a memory type: a scalar with an optional kind, or a structure; with `[n]` behind it an array of these. */
export function memoryType(source: string, compiler: Compiler): MemoryType {
  const [, element, count] = /^(.*?)(?:\[(\d+)\])?$/s.exec(source)!;
  if (count !== undefined) return arrayType(memoryType(element!, compiler), Number(count));
  const [base = '', ...rest] = source.split('/');
  const scalar = Object.hasOwn(scalars, base) ? scalars[base] : undefined;
  if (scalar) return scalarType(scalar, rest.length > 0 ? compiler.kind(rest.join('/')) : undefined);
  const chars = /^chars(\d+)$/.exec(base);
  if (chars) return charsType(Number(chars[1]));
  const known = compiledStructs.get(base);
  if (known) return known;
  const text = compiler.structText(base);
  if (text === undefined) throw new Error(`no memory type '${base}'`);
  const made = structType(base, text, compiler);
  compiledStructs.set(base, made);
  return made;
}
