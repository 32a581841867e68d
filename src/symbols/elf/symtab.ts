/**
 * Symbols by address and by name (System V gABI, "Symbol Table").
 *
 * A large program has hundreds of thousands of symbols, of which a session looks at a few dozen. So they are decoded
 * into typed arrays once, sorted by address, and a name becomes a string only when somebody asks for that symbol.
 * There is no map of names: a name is found by searching the bytes of the string table.
 */
import { fileAddr, type FileAddr } from '../../common/addresses';
import { BufferSource } from '../../common/bytes';
import { sortedOrder } from '../dwarf/sorting';
import type { ElfSymbol } from '../types';
import {
  PT_LOAD,
  SHN_ABS,
  SHN_COMMON,
  SHN_LORESERVE,
  SHN_UNDEF,
  SHT_NOBITS,
  STB_LOCAL,
  STB_WEAK,
  STT_FILE,
  STT_FUNC,
  STT_GNU_IFUNC,
  STT_NOTYPE,
  STT_OBJECT,
  STT_SECTION,
  STT_TLS,
} from './constants';
import { dynamicSymbols, type RawSymbols } from './dynamic';
import type { ElfFile, ElfSection } from './elffile';
import { StringTable } from './stringtable';

const SYM_SIZE = 24;

/** The symbols of one table, decoded. All arrays have the same length and order. */
interface Decoded {
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
  readonly strings: StringTable;
}

export class SymbolTable {
  private readonly tables: readonly Decoded[];

  private constructor(
    private readonly elf: ElfFile,
    raw: readonly RawSymbols[],
  ) {
    this.tables = raw.map(decode);
  }

  /**
   * Decodes `.symtab`, and `.dynsym` where it may hold more; without section headers what the dynamic section points
   * to. Never throws: damaged entries are left out.
   * @param loadBias of an image read from a process, whose loader may have relocated the dynamic section
   */
  static of(elf: ElfFile, loadBias = 0n): SymbolTable {
    if (elf.sections.length === 0) {
      const raw = dynamicSymbols(elf, loadBias);
      return new SymbolTable(elf, raw ? [raw] : []);
    }
    const symtab = elf.section('.symtab');
    const dynsym = elf.section('.dynsym');
    const wanted = [symtab, dynsym && !covers(symtab, dynsym) ? dynsym : undefined];
    return new SymbolTable(
      elf,
      wanted.flatMap((section) => (section ? [rawSymbols(elf, section)] : [])),
    );
  }

  /** Number of usable symbols. */
  get count(): number {
    return this.tables.reduce((sum, table) => sum + table.count, 0);
  }

  /**
   * The symbol that names an address: the innermost one whose size covers it; else a symbol without a size (written in
   * assembler) that begins before it, up to the next symbol and the end of its section.
   */
  lookup(address: FileAddr): ElfSymbol | undefined {
    let best: ElfSymbol | undefined;
    for (const table of this.tables) {
      const index = this.indexAt(table, address);
      if (index === undefined) continue;
      const symbol = symbolOf(table, index);
      if (symbol.name === '') continue;
      if (!best || isBetter(symbol, best, address)) best = symbol;
    }
    return best;
  }

  /** All symbols of exactly this name (without a version), in address order. */
  named(name: string): ElfSymbol[] {
    if (name === '') return [];
    return this.collect((table) => {
      const offsets = table.strings.offsetsOf(name);
      return offsets.size === 0 ? undefined : (nameOffset) => offsets.has(nameOffset);
    });
  }

  /**
   * All symbols whose name, as stored, contains one of the texts; the prefilter of a search that must demangle what
   * it looks at.
   */
  containing(texts: readonly string[]): ElfSymbol[] {
    return this.collect((table) => table.strings.containing(texts));
  }

  /** All symbols whose name satisfies a predicate, for completions and searches; at most `limit`. */
  search(predicate: (name: string) => boolean, limit = Number.MAX_SAFE_INTEGER): ElfSymbol[] {
    const found: ElfSymbol[] = [];
    const seen = new Set<string>();
    for (const table of this.tables) {
      const strings = table.strings.reader();
      for (let i = 0; i < table.count && found.length < limit; i++) {
        const name = strings(table.names[i]!);
        if (!predicate(name)) continue;
        const symbol = symbolOf(table, i, name);
        if (this.tables.length > 1 && !isNew(seen, symbol)) continue;
        found.push(symbol);
      }
    }
    return found;
  }

  /** Start addresses of functions, sorted, without duplicates: where decoding can be anchored. */
  functionStarts(from: FileAddr, to: FileAddr): FileAddr[] {
    const starts = new Set<number>();
    for (const table of this.tables) {
      for (let i = lowerBound(table, from); i < table.mapped && table.addresses[i]! < to; i++) {
        const type = table.infos[i]! & 15;
        if (type === STT_FUNC || type === STT_GNU_IFUNC) starts.add(table.addresses[i]!);
      }
    }
    return [...starts].sort((a, b) => a - b).map(fileAddr);
  }

  private collect(matcher: (table: Decoded) => ((nameOffset: number) => boolean) | undefined): ElfSymbol[] {
    const found: ElfSymbol[] = [];
    const seen = new Set<string>();
    for (const table of this.tables) {
      const matches = matcher(table);
      if (!matches) continue;
      for (let i = 0; i < table.count; i++) {
        if (!matches(table.names[i]!)) continue;
        const symbol = symbolOf(table, i);
        if (isNew(seen, symbol)) found.push(symbol);
      }
    }
    return found;
  }

  private indexAt(table: Decoded, address: FileAddr): number | undefined {
    const last = upperBound(table, address) - 1;
    if (last < 0) return undefined;
    const section = this.elf.sectionAt(address);
    // Sized symbols around the address, innermost first.
    for (let i = last; i >= 0 && table.reach[i]! > address; i--) {
      if (table.addresses[i]! + table.sizes[i]! <= address) continue;
      if (!this.isWithin(table, i, address, section)) continue;
      return this.bestOfGroup(table, i, (j) => table.addresses[j]! + table.sizes[j]! > address);
    }
    // A symbol without a size; but not a label inside of a function that has ended before the address.
    if (table.reach[last]! > table.addresses[last]!) return undefined;
    return this.bestOfGroup(table, last, (j) => this.isWithin(table, j, address, section));
  }

  /** The best name among the symbols that begin where `index` does and are wanted. */
  private bestOfGroup(table: Decoded, index: number, wanted: (index: number) => boolean): number | undefined {
    let best: number | undefined;
    for (let i = index; i >= 0 && table.addresses[i] === table.addresses[index]; i--) {
      if (!wanted(i)) continue;
      if (best === undefined || preference(symbolOf(table, i), symbolOf(table, best)) >= 0) best = i;
    }
    return best;
  }

  /** Whether a symbol's section also holds the address: no symbol reaches beyond the end of its section. */
  private isWithin(table: Decoded, index: number, address: FileAddr, section: ElfSection | undefined): boolean {
    if (this.elf.sections.length === 0) {
      return this.elf.segments.some(
        (s) =>
          s.type === PT_LOAD && address < s.address + s.memorySize && table.addresses[index]! >= (s.address as number),
      );
    }
    if (!section) return false;
    const stated = table.sectionIndexes[index]!;
    if (stated < SHN_LORESERVE) return this.elf.sections[stated] === section;
    return table.addresses[index]! >= section.address;
  }
}

/**
 * Whether every symbol of .dynsym is surely in .symtab too. It is what linkers write; but `strip -K` leaves a small
 * .symtab beside a full .dynsym. `sh_info` is the index of the first symbol that is not local.
 */
function covers(symtab: ElfSection | undefined, dynsym: ElfSection): boolean {
  if (!symtab || symtab.type === SHT_NOBITS) return false;
  const count = (section: ElfSection): number => section.size / SYM_SIZE - section.info;
  return count(symtab) >= count(dynsym);
}

function rawSymbols(elf: ElfFile, section: ElfSection): RawSymbols {
  const strings = elf.sections[section.link]?.data;
  return {
    symbols: section.data.read(0, section.data.size),
    strings: strings ?? new BufferSource(new Uint8Array(0)),
  };
}

/** Reads Elf64_Sym entries: name (4), info (1), other (1), shndx (2), value (8), size (8). */
function decode(raw: RawSymbols): Decoded {
  const total = Math.floor(raw.symbols.length / SYM_SIZE);
  // Typed arrays want alignment, which a slice of a file does not promise.
  const words = new Uint32Array(total * 6);
  new Uint8Array(words.buffer).set(raw.symbols.subarray(0, total * SYM_SIZE));

  const kept = new Uint32Array(total);
  const values = new Float64Array(total);
  const tls: number[] = [];
  let count = 0;
  for (let i = 0, at = 0; i < total; i++, at += 6) {
    const second = words[at + 1]!;
    const section = second >>> 16;
    if (section === SHN_UNDEF || section === SHN_ABS || section === SHN_COMMON) continue;
    const type = second & 15;
    if (type === STT_SECTION || type === STT_FILE) continue;
    const name = words[at]!;
    if (name === 0 || name >= raw.strings.size) continue;
    if (type === STT_TLS) {
      tls.push(i);
      continue;
    }
    values[count] = words[at + 2]! + words[at + 3]! * 0x1_0000_0000;
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
    strings: new StringTable(raw.strings),
  };
  let reach = 0;
  for (let i = 0; i < all; i++) {
    const at = 6 * (i < count ? kept[order[i]!]! : tls[i - count]!);
    const address = words[at + 2]! + words[at + 3]! * 0x1_0000_0000;
    const size = words[at + 4]! + words[at + 5]! * 0x1_0000_0000;
    const second = words[at + 1]!;
    if (address + size > reach) reach = address + size;
    decoded.addresses[i] = address;
    decoded.sizes[i] = size;
    decoded.reach[i] = reach;
    decoded.names[i] = words[at]!;
    decoded.infos[i] = second;
    decoded.sectionIndexes[i] = second >>> 16;
  }
  return decoded;
}

function upperBound(table: Decoded, address: number): number {
  let low = 0;
  let high = table.mapped;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (table.addresses[middle]! <= address) low = middle + 1;
    else high = middle;
  }
  return low;
}

function lowerBound(table: Decoded, address: number): number {
  let low = 0;
  let high = table.mapped;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (table.addresses[middle]! < address) low = middle + 1;
    else high = middle;
  }
  return low;
}

function symbolOf(table: Decoded, index: number, name = table.strings.at(table.names[index]!)): ElfSymbol {
  const info = table.infos[index]!;
  return {
    name,
    address: fileAddr(table.addresses[index]!),
    size: table.sizes[index]!,
    kind: kindOf(info & 15),
    binding: info >>> 4 === STB_LOCAL ? 'local' : info >>> 4 === STB_WEAK ? 'weak' : 'global',
  };
}

function kindOf(type: number): ElfSymbol['kind'] {
  if (type === STT_FUNC) return 'function';
  if (type === STT_GNU_IFUNC) return 'ifunc';
  if (type === STT_OBJECT) return 'object';
  if (type === STT_TLS) return 'tls';
  return type === STT_NOTYPE ? 'notype' : 'object';
}

/** Whether `a` describes `address` better than `b`, both found by a lookup in tables of the same file. */
function isBetter(a: ElfSymbol, b: ElfSymbol, address: FileAddr): boolean {
  const covers = (symbol: ElfSymbol): boolean => address < symbol.address + symbol.size;
  if (covers(a) !== covers(b)) return covers(a);
  if (a.address !== b.address) return a.address > b.address;
  return preference(a, b) > 0;
}

/** Which of two symbols at one address a reader would rather see; positive for `a`. */
export function preference(a: ElfSymbol, b: ElfSymbol): number {
  return (
    Number(a.name !== '') - Number(b.name !== '') ||
    kindRank(a) - kindRank(b) ||
    Number(a.binding !== 'local') - Number(b.binding !== 'local') ||
    // Compilers' own labels: `.L5`, `$d`.
    Number(!/^[.$]/.test(a.name)) - Number(!/^[.$]/.test(b.name)) ||
    // `read` rather than `__read` or `__GI___libc_read`.
    underscores(b.name) - underscores(a.name) ||
    b.name.length - a.name.length
  );
}

function kindRank(symbol: ElfSymbol): number {
  if (symbol.kind === 'function' || symbol.kind === 'ifunc') return 2;
  return symbol.kind === 'notype' ? 0 : 1;
}

function underscores(name: string): number {
  let count = 0;
  // Mangled names begin with underscores of their own.
  if (name.startsWith('_Z') || name.startsWith('_R')) return 0;
  while (name[count] === '_') count++;
  return count;
}

function isNew(seen: Set<string>, symbol: ElfSymbol): boolean {
  const key = `${symbol.address}:${symbol.name}`;
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}
