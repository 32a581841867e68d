/**
 * Symbols by address and by name (System V gABI, "Symbol Table").
 *
 * A large program has hundreds of thousands of symbols, of which a session looks at a few dozen. So the first questions
 * are answered by walking the table as it is; then it is decoded into typed arrays, sorted by address. A name becomes a
 * string only when somebody asks for that symbol: it is found by searching the bytes of the string table.
 */
import { fileAddr, type FileAddr } from '../../common/addresses';
import { BufferSource } from '../../common/bytes';
import type { ElfSymbol } from '../types';
import {
  PT_LOAD,
  SHN_LORESERVE,
  SHT_DYNSYM,
  SHT_NOBITS,
  STB_LOCAL,
  STB_WEAK,
  STT_FUNC,
  STT_GNU_IFUNC,
  STT_NOTYPE,
  STT_OBJECT,
  STT_TLS,
} from './constants';
import { dynamicSymbols } from './dynamic';
import type { ElfFile, ElfSection } from './elffile';
import { NAME_ENDS, StringTable } from './stringtable';
import { SymbolBuckets } from './symbolbuckets';
import { allEntries, decode, type Decoded, entriesNamed, entryCount, type RawSymbols, SYM_SIZE } from './symbolrecords';

const DOT = [0x2e];
/** Tables with fewer symbols are sorted at once. */
const SMALL = 20_000;
/** Sorting a large table takes longer than this many walks over it. */
const WALKS = 16;

/** Answers kept. */
const MAX_STRETCHES = 4096;

/** One table of a file. */
class Table {
  readonly strings: StringTable;
  private sorted: Decoded | undefined;
  private buckets: SymbolBuckets | undefined;
  private walks = 0;

  constructor(
    private readonly elf: ElfFile,
    private readonly raw: RawSymbols,
  ) {
    this.strings = new StringTable(raw.strings);
  }

  /** All symbols. */
  get all(): Decoded {
    return (this.sorted ??= decode(this.raw, allEntries(this.raw), this.strings));
  }

  /** All symbols, where they are sorted already or soon are. */
  get ifSorted(): Decoded | undefined {
    return this.isSorted ? this.all : undefined;
  }

  /** At least the symbols that decide what is at an address. */
  around(address: FileAddr): Decoded {
    if (this.isSorted) return this.all;
    this.buckets ??= new SymbolBuckets(this.raw, ...extentOf(this.elf));
    return decode(this.raw, this.buckets.around(address), this.strings);
  }

  /** At least the symbols whose names satisfy a predicate on their offset in the string table. */
  named(matches: (nameOffset: number) => boolean): Decoded {
    if (this.isSorted || ++this.walks > WALKS) return this.all;
    return decode(this.raw, entriesNamed(this.raw, matches), this.strings);
  }

  private get isSorted(): boolean {
    return this.sorted !== undefined || entryCount(this.raw) < SMALL;
  }
}

/** Where the segments in memory begin and end. */
function extentOf({ segments }: ElfFile): [low: number, high: number] {
  const loads = segments.filter(({ type }) => type === PT_LOAD);
  const low = Math.min(...loads.map(({ address }) => address));
  return [low === Infinity ? 0 : low, Math.max(1, ...loads.map(({ address, memorySize }) => address + memorySize))];
}

export class SymbolTable {
  private readonly tables: readonly Table[];
  /** Answers of a table that is alone and sorted, by the last symbol that begins before the address. */
  private readonly stretches = new Map<number, { readonly end: number; readonly symbol: ElfSymbol }>();

  private constructor(
    private readonly elf: ElfFile,
    raw: readonly RawSymbols[],
  ) {
    this.tables = raw.map((each) => new Table(elf, each));
  }

  /**
   * `.symtab`, and `.dynsym` where it may hold more; without section headers what the dynamic section points
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
    return this.tables.reduce((sum, table) => sum + table.all.count, 0);
  }

  /**
   * The symbol that names an address: the innermost one whose size covers it; else a symbol without a size (written in
   * assembler) that begins before it, up to the next symbol and the end of its section.
   */
  lookup(address: FileAddr): ElfSymbol | undefined {
    const table = this.tables.length === 1 ? this.tables[0]!.ifSorted : undefined;
    if (!table) return this.find(address);
    const last = upperBound(table, address) - 1;
    const known = this.stretches.get(last);
    if (known && address < known.end) return known.symbol;
    const symbol = this.find(address);
    const end = symbol && this.endOfStretch(table, last, address, symbol);
    if (symbol && end !== undefined) {
      if (this.stretches.size >= MAX_STRETCHES) this.stretches.clear();
      this.stretches.set(last, { end, symbol });
    }
    return symbol;
  }

  /**
   * Up to where nothing begins, ends or leaves the section, so that every address has the same name; undefined where
   * that is not simple: the symbol is not the last one that begins before the address, or has no size.
   */
  private endOfStretch(table: Decoded, last: number, address: FileAddr, symbol: ElfSymbol): number | undefined {
    const start = table.addresses[last]!;
    const section = this.elf.sectionAt(address);
    if (symbol.address !== start || symbol.size === 0 || !section || section.address > start) return undefined;
    let end = Math.min(section.address + section.size, last + 1 < table.mapped ? table.addresses[last + 1]! : Infinity);
    for (let i = last; i >= 0 && table.addresses[i] === start; i--) {
      if (table.sizes[i]! > 0) end = Math.min(end, start + table.sizes[i]!);
    }
    return end > address ? end : undefined;
  }

  private find(address: FileAddr): ElfSymbol | undefined {
    let best: ElfSymbol | undefined;
    for (const each of this.tables) {
      const table = each.around(address);
      const index = this.indexAt(table, address);
      if (index === undefined) continue;
      const symbol = symbolOf(table, index);
      if (symbol.name === '') continue;
      if (!best || isBetter(symbol, best, address)) best = symbol;
    }
    return best;
  }

  /** All symbols of exactly this name (without a version), in address order, those of hidden versions last. */
  named(name: string): ElfSymbol[] {
    return byVersion(this.spelled(name, NAME_ENDS));
  }

  /** All symbols whose name is this one with a dot and something behind it: copies and parts that a compiler made. */
  partsNamed(name: string): ElfSymbol[] {
    return this.spelled(name, DOT);
  }

  /**
   * All symbols whose name, as stored, contains one of the texts; the prefilter of a search that must demangle what
   * it looks at.
   */
  containing(texts: readonly string[]): ElfSymbol[] {
    return this.collect((table) => {
      const matches = table.strings.containing(texts);
      return matches && { symbols: table.named(matches), matches };
    });
  }

  /** All symbols whose name satisfies a predicate, for completions and searches; at most `limit`. */
  search(predicate: (name: string) => boolean, limit = Number.MAX_SAFE_INTEGER): ElfSymbol[] {
    const found: ElfSymbol[] = [];
    const seen = new Set<string>();
    for (const { all: table } of this.tables) {
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
    for (const { all: table } of this.tables) {
      for (let i = lowerBound(table, from); i < table.mapped && table.addresses[i]! < to; i++) {
        const type = table.infos[i]! & 15;
        if (type === STT_FUNC || type === STT_GNU_IFUNC) starts.add(table.addresses[i]!);
      }
    }
    return [...starts].sort((a, b) => a - b).map(fileAddr);
  }

  private spelled(name: string, ends: readonly number[]): ElfSymbol[] {
    if (name === '') return [];
    return this.collect((table) => {
      const offsets = table.strings.offsetsOf(name, ends);
      if (offsets.size === 0) return undefined;
      const [lowest, highest] = [Math.min(...offsets), Math.max(...offsets)];
      // Most names are told apart without hashing.
      const matches = (offset: number): boolean => offset >= lowest && offset <= highest && offsets.has(offset);
      return { symbols: table.named(matches), matches };
    });
  }

  private collect(
    find: (table: Table) => { symbols: Decoded; matches: (nameOffset: number) => boolean } | undefined,
  ): ElfSymbol[] {
    const found: ElfSymbol[] = [];
    const seen = new Set<string>();
    for (const table of this.tables) {
      const { symbols, matches } = find(table) ?? {};
      if (!symbols || !matches) continue;
      for (let i = 0; i < symbols.count; i++) {
        if (!matches(symbols.names[i]!)) continue;
        const symbol = symbolOf(symbols, i);
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
    symbols: section.data,
    strings: strings ?? new BufferSource(new Uint8Array(0)),
    versions: section.type === SHT_DYNSYM ? elf.section('.gnu.version')?.data : undefined,
  };
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
    isHidden: table.hidden[index] === 1 || table.strings.isHidden(table.names[index]!),
  };
}

/** What is linked to now before what only programs of old are bound to. */
function byVersion(symbols: readonly ElfSymbol[]): ElfSymbol[] {
  return [...symbols.filter(({ isHidden }) => !isHidden), ...symbols.filter(({ isHidden }) => isHidden)];
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
