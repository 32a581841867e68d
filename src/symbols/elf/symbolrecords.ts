/**
 * The entries of a symbol table as the file has them (System V gABI, "Symbol Table"), and decoded into typed arrays by
 * address. A large program has half a million: one name or one address is found by walking them as they are, which takes
 * milliseconds; sorting them is for whoever asks often.
 */
import type { ByteSource } from '../../common/bytes';
import { sortedOrder } from '../dwarf/sorting';
import {
  SHN_ABS,
  SHN_COMMON,
  SHN_UNDEF,
  STT_FILE,
  STT_SECTION,
  STT_TLS,
  VERSYM_HIDDEN,
  VER_NDX_GLOBAL,
} from './constants';
import type { StringTable } from './stringtable';

/** Elf64_Sym: name (4), info (1), other (1), shndx (2), value (8), size (8). */
export const SYM_SIZE = 24;
export const SYM_WORDS = SYM_SIZE / 4;
/** Entries read at a time: 64 KiB. */
const BLOCK = 2730;
export const HIGH = 0x1_0000_0000;

/** The bytes of a symbol table and what belongs to it. */
export interface RawSymbols {
  /** Elf64_Sym. */
  readonly symbols: ByteSource;
  readonly strings: ByteSource;
  /** `.gnu.version`: Elf64_Versym of each symbol, for .dynsym. */
  readonly versions?: ByteSource;
}

/** Some entries of a table, in its order: `words` of each, six, and its index. */
export interface Entries {
  readonly words: Uint32Array;
  readonly indexes: Uint32Array;
}

/** The symbols of one table, decoded. All arrays have the same length and order. */
export interface Decoded {
  readonly count: number;
  /** Sorted; `addresses.subarray(0, mapped)` are places in memory, the rest are offsets in the TLS block. */
  readonly addresses: Float64Array;
  readonly mapped: number;
  readonly sizes: Float64Array;
  /** The largest end of any symbol up to here: tells how far back a symbol around an address may begin. */
  readonly reach: Float64Array;
  readonly names: Uint32Array;
  /** `st_info`: binding << 4 | type. */
  readonly infos: Uint8Array;
  readonly sectionIndexes: Uint16Array;
  /** 1 for a version that only programs linked before are bound to, where .gnu.version says so. */
  readonly hidden: Uint8Array;
  readonly strings: StringTable;
}

export function entryCount({ symbols }: RawSymbols): number {
  return Math.floor(symbols.size / SYM_SIZE);
}

export function allEntries(raw: RawSymbols): Entries {
  const count = entryCount(raw);
  const indexes = new Uint32Array(count);
  for (let i = 0; i < count; i++) indexes[i] = i;
  return { words: aligned(raw.symbols.read(0, count * SYM_SIZE)), indexes };
}

/** The entries whose `st_name` satisfies a predicate. */
export function entriesNamed(raw: RawSymbols, matches: (nameOffset: number) => boolean): Entries {
  const found: number[] = [];
  for (const { words, first } of blocks(raw)) {
    for (let at = 0; at < words.length; at += SYM_WORDS) {
      if (matches(words[at]!)) found.push(first + at / SYM_WORDS);
    }
  }
  return entriesAt(raw, found);
}

/** Walks a table. `first` is the index of a block's first entry; its words are valid until the next. */
export function* blocks(
  raw: RawSymbols,
): Generator<{ readonly words: Uint32Array; readonly first: number }, void, undefined> {
  const count = entryCount(raw);
  const { symbols } = raw;
  const buffer = symbols.readInto && new Uint8Array(BLOCK * SYM_SIZE);
  for (let first = 0; first < count; first += BLOCK) {
    const length = Math.min(BLOCK, count - first) * SYM_SIZE;
    const bytes = buffer
      ? buffer.subarray(0, Math.min(length, symbols.readInto!(first * SYM_SIZE, buffer)))
      : symbols.read(first * SYM_SIZE, length);
    yield { words: aligned(bytes), first };
  }
}

/** @param indexes of entries of the table */
export function entriesAt(raw: RawSymbols, indexes: ArrayLike<number>): Entries {
  const words = new Uint32Array(indexes.length * SYM_WORDS);
  for (let i = 0; i < indexes.length; i++) {
    words.set(aligned(raw.symbols.read(indexes[i]! * SYM_SIZE, SYM_SIZE)), i * SYM_WORDS);
  }
  return { words, indexes: Uint32Array.from(indexes) };
}

/** Typed arrays want alignment, which a slice of a file does not promise. */
function aligned(bytes: Uint8Array): Uint32Array {
  const length = Math.floor(bytes.length / SYM_SIZE) * SYM_WORDS;
  if (bytes.byteOffset % 4 === 0) return new Uint32Array(bytes.buffer, bytes.byteOffset, length);
  return new Uint32Array(bytes.slice().buffer, 0, length);
}

/** Whether an entry names a place, in memory or in the TLS block. `second`: info, other and section index. */
function isSymbol(name: number, second: number): boolean {
  const section = second >>> 16;
  if (section === SHN_UNDEF || section === SHN_ABS || section === SHN_COMMON) return false;
  const type = second & 15;
  return type !== STT_SECTION && type !== STT_FILE && name !== 0;
}

/** Whether an entry names a place in memory. */
export function isPlace(name: number, second: number): boolean {
  return (second & 15) !== STT_TLS && isSymbol(name, second);
}

/** @param strings of the same table */
export function decode(raw: RawSymbols, { words, indexes }: Entries, strings: StringTable): Decoded {
  const kept = new Uint32Array(indexes.length);
  const values = new Float64Array(indexes.length);
  const tls: number[] = [];
  const nameLimit = raw.strings.size;
  let count = 0;
  for (let i = 0, at = 0; at < words.length; i++, at += SYM_WORDS) {
    const name = words[at]!;
    if (name >= nameLimit || !isSymbol(name, words[at + 1]!)) continue;
    if ((words[at + 1]! & 15) === STT_TLS) {
      tls.push(i);
      continue;
    }
    values[count] = words[at + 2]! + words[at + 3]! * HIGH;
    kept[count++] = i;
  }
  const order = sortedOrder(values.subarray(0, count));
  const all = count + tls.length;
  const decoded = {
    count: all,
    addresses: new Float64Array(all),
    mapped: count,
    sizes: new Float64Array(all),
    reach: new Float64Array(all),
    names: new Uint32Array(all),
    infos: new Uint8Array(all),
    sectionIndexes: new Uint16Array(all),
    hidden: new Uint8Array(all),
    strings,
  };
  const hidden = hiddenVersions(raw);
  let reach = 0;
  for (let i = 0; i < all; i++) {
    const entry = i < count ? kept[order[i]!]! : tls[i - count]!;
    const at = SYM_WORDS * entry;
    const address = words[at + 2]! + words[at + 3]! * HIGH;
    const size = words[at + 4]! + words[at + 5]! * HIGH;
    const second = words[at + 1]!;
    if (address + size > reach) reach = address + size;
    decoded.addresses[i] = address;
    decoded.sizes[i] = size;
    decoded.reach[i] = reach;
    decoded.names[i] = words[at]!;
    decoded.infos[i] = second;
    decoded.sectionIndexes[i] = second >>> 16;
    if (hidden?.(indexes[entry]!)) decoded.hidden[i] = 1;
  }
  return decoded;
}

/** gABI supplement of the Linux Standard Base, "Symbol Version Table": two bytes a symbol, the highest bit is "hidden". */
function hiddenVersions({ versions }: RawSymbols): ((index: number) => boolean) | undefined {
  if (!versions || versions.size === 0) return undefined;
  const bytes = versions.read(0, versions.size);
  return (index) => {
    const version = bytes[2 * index]! | (bytes[2 * index + 1]! << 8);
    return (version & VERSYM_HIDDEN) !== 0 && (version & ~VERSYM_HIDDEN) > VER_NDX_GLOBAL;
  };
}
