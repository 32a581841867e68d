/**
 * A file that is mapped into the process and where: the place where file addresses become addresses in the process,
 * and where symbols, lines and unwind tables of one file come together. Everything is read when first asked for.
 */
import { basename } from 'node:path';
import { fileAddr, virtAddr, type FileAddr, type VirtAddr } from '../common/addresses';
import { BufferSource } from '../common/bytes';
import { FileSource } from '../common/filesource';
import { findAlternateFile, findDebugFile, type DebugFileSearch } from './debugfiles';
import { functionDisplayName } from './demangle';
import { ModuleInformation } from './data/moduledata';
import type { DataModule } from './data/variables';
import { DebugInfo } from './dwarf/debuginfo';
import { DynamicSymbols } from './elf/dynamicsymbols';
import { PF_X, PT_LOAD, SHF_ALLOC, SHF_EXECINSTR } from './elf/constants';
import { ElfFile, type ElfSection } from './elf/elffile';
import { mainFromEntryCode } from './elf/entrypoint';
import { alternateLink, buildId } from './elf/notes';
import { pltSymbols } from './elf/plt';
import { SymbolTable } from './elf/symtab';
import { ModuleIndex, type IndexedFiles, type IndexObserver } from './index/moduleindex';
import { LineIndex } from './lines';
import { AnswerCache } from './lines-cache';
import { SplitDebugFiles, type SplitFileSearch } from './splitfiles';
import { findSymbols } from './symbolsearch';
import type { ElfSymbol } from './types';
import { CallFrameInfo } from './unwind/callframeinfo';

export type ModuleKind = 'executable' | 'library' | 'loader' | 'vdso';

/** How much a module can tell: lines and types; function names; only exported names; nothing. */
export type SymbolStatus = 'debug-info' | 'symbols' | 'exports' | 'none';

export interface ModuleOptions {
  /** As the process sees it; shown to the user. */
  readonly path: string;
  /** Where to read it when that is not `path`, e.g. `/proc/PID/root/usr/lib/libc.so.6`. */
  readonly openPath?: string;
  /** What is added to an address in the file to get the address in the process. */
  readonly bias: bigint;
  readonly kind: ModuleKind;
  /** Where separate debug files are looked for before the system's directory. */
  readonly debugFileDirectories?: readonly string[];
  /** `/proc/PID/root`, when the process lives in another mount namespace. */
  readonly root?: string;
  /** Where a file of the build is on this machine, for the .dwo files of split debugging information. */
  readonly mapPath?: (path: string) => string;
  /** Told of the building of indexes that takes a while. */
  readonly indexObserver?: IndexObserver;
  /** Told what of the debugging information is missing, in sentences for the user, when it is first looked for. */
  readonly noteProblem?: (problem: string) => void;
  /** Whether the bytes come from the process, where the loader may have changed them. */
  readonly readFromProcess?: boolean;
}

/** A symbol and where an address lies in it. */
export interface SymbolMatch {
  readonly symbol: ElfSymbol;
  /** Where the symbol begins in the process. */
  readonly address: VirtAddr;
  /** Bytes from there to the address that was asked for. */
  readonly offset: bigint;
  /** The symbol's name as a stack frame shows it: demangled, without parameters. */
  readonly displayName: string;
}

/** Where distributions keep what is not the user's own code. */
const SYSTEM_FOLDERS = /^\/(?:usr\/)?lib(?:32|64|x32)?\//;

const PAGE = 4096;
let nextId = 1;

export class Module implements DataModule {
  /** Unique among all modules of this adapter, never used again. */
  readonly id = nextId++;
  readonly path: string;
  /** The last part of the path. */
  readonly name: string;
  readonly bias: bigint;
  readonly kind: ModuleKind;
  /** The span of the PT_LOAD segments in the process, whole pages; `end` is exclusive. */
  readonly start: VirtAddr;
  readonly end: VirtAddr;
  /** `e_entry` in the process. */
  readonly entry: VirtAddr;
  readonly dynamicSymbols: DynamicSymbols;

  private readonly symbolMatches = new AnswerCache<SymbolMatch>();
  private buildIdValue: string | null | undefined;
  private debugElfValue: ElfFile | undefined;
  private alternateElfValue: ElfFile | null | undefined;
  private symbolsValue: SymbolTable | undefined;
  private pltValue: readonly ElfSymbol[] | undefined;
  private pltSectionsValue: readonly ElfSection[] | undefined;
  private debugValue: DebugInfo | undefined;
  private splitFilesValue: SplitDebugFiles | undefined;
  private linesValue: LineIndex | undefined;
  private dataValue: ModuleInformation | undefined;
  private index: ModuleIndex;
  private cfiValue: CallFrameInfo | undefined;

  /** Modules are made by `open` and `fromImage`; the module list opens files in ways of its own. */
  constructor(
    /** The file that is mapped. */
    readonly elf: ElfFile,
    private readonly options: ModuleOptions,
  ) {
    this.index = new ModuleIndex(() => this.indexedFiles(), options.indexObserver);
    this.dynamicSymbols = new DynamicSymbols(elf);
    this.path = options.path;
    this.name = basename(options.path) || options.path;
    this.bias = options.bias;
    this.kind = options.kind;
    const loads = elf.segments.filter((s) => s.type === PT_LOAD);
    const start = Math.min(...loads.map((s) => s.address));
    const end = Math.max(0, ...loads.map((s) => s.address + s.memorySize));
    this.start = this.toVirt(fileAddr(loads.length === 0 ? 0 : Math.floor(start / PAGE) * PAGE));
    this.end = this.toVirt(fileAddr(Math.ceil(end / PAGE) * PAGE));
    this.entry = this.toVirt(elf.entry);
  }

  /**
   * Opens a mapped file.
   * @throws UserError when it cannot be opened or its ELF header is unusable; damaged symbols only leave it without.
   */
  static open(options: ModuleOptions): Module {
    const source = FileSource.open(options.openPath ?? options.path);
    try {
      return new Module(ElfFile.parse(source, options.path), options);
    } catch (error) {
      source.close();
      throw error;
    }
  }

  /**
   * A module from bytes, laid out as in a file (the vdso is).
   * @throws ElfError when the ELF header is unusable.
   */
  static fromImage(image: Uint8Array, name: string, bias: bigint): Module {
    return new Module(ElfFile.parse(new BufferSource(image), name), { path: name, bias, kind: 'vdso' });
  }

  /** The GNU build id in lower-case hexadecimal. */
  get buildId(): string | undefined {
    if (this.buildIdValue === undefined) this.buildIdValue = buildId(this.elf) ?? null;
    return this.buildIdValue ?? undefined;
  }

  /** Whether it is the system's rather than the user's own. */
  get isSystem(): boolean {
    return this.kind === 'vdso' || this.kind === 'loader' || SYSTEM_FOLDERS.test(this.path);
  }

  contains(address: VirtAddr): boolean {
    return address >= this.start && address < this.end;
  }

  toVirt(address: FileAddr): VirtAddr {
    return virtAddr(BigInt(address) + this.bias);
  }

  /** Meaningful only for an address this module contains. */
  toFile(address: VirtAddr): FileAddr {
    return fileAddr(BigInt.asIntN(64, address - this.bias));
  }

  /** The file to take `.debug_*` sections and, if it was stripped, `.symtab` from: the module's own or its companion. */
  get debugElf(): ElfFile {
    this.debugElfValue ??= hasLines(this.elf) ? this.elf : (findDebugFile(this.elf, this.debugFileSearch) ?? this.elf);
    return this.debugElfValue;
  }

  /** dwz's supplementary file, which holds what several debug files share. */
  get alternateElf(): ElfFile | undefined {
    if (this.alternateElfValue === undefined) {
      this.alternateElfValue = findAlternateFile(this.debugElf, this.debugFileSearch) ?? null;
    }
    return this.alternateElfValue ?? undefined;
  }

  /**
   * The build id of a file that would bring debugging information: the module's own when it has none, or that of a
   * supplementary file of dwz's which is not there. Looks for debug files where that has not been done.
   */
  get missingDebugFile(): string | undefined {
    if (this.kind === 'vdso') return undefined;
    if (!hasLines(this.debugElf)) return this.buildId;
    return this.alternateElf ? undefined : alternateLink(this.debugElf)?.buildId;
  }

  /** Looks for debug files again. Lines, symbols and everything made of them are read anew from what is found. */
  reopenDebugFile(): void {
    for (const elf of [this.debugElfValue, this.alternateElfValue]) {
      if (elf && elf !== this.elf && elf.source instanceof FileSource) elf.source.close();
    }
    this.debugElfValue = this.alternateElfValue = undefined;
    this.symbolsValue = this.pltValue = undefined;
    this.debugValue = this.splitFilesValue = this.linesValue = this.dataValue = this.cfiValue = undefined;
    this.symbolMatches.clear();
    this.index.dispose();
    this.index = new ModuleIndex(() => this.indexedFiles(), this.options.indexObserver);
  }

  /** The module's symbols, without those of the PLT. */
  get symbols(): SymbolTable {
    if (!this.symbolsValue) {
      const elf = this.debugElf.has('.symtab') ? this.debugElf : this.elf;
      this.symbolsValue = SymbolTable.of(elf, this.options.readFromProcess ? this.bias : 0n);
    }
    return this.symbolsValue;
  }

  /** The debugging information, in file addresses; a file without any has no units. */
  get debug(): DebugInfo {
    return (this.debugValue ??= new DebugInfo(this.debugElf, {
      alternate: this.alternateElf,
      splitFiles: this.splitFiles,
    }));
  }

  /** What of the debugging information is missing, in sentences for the user; more may turn up as it is read. */
  get problems(): readonly string[] {
    return this.splitFilesValue?.problems ?? [];
  }

  get lines(): LineIndex {
    return (this.linesValue ??= new LineIndex(this.debugElf, { debug: this.debug, code: this.elf }));
  }

  /** Types, variables, scopes and functions. */
  get data(): ModuleInformation {
    return (this.dataValue ??= new ModuleInformation(this, this.index));
  }

  /** Whether there is debugging information; opens no section. */
  get hasDebugInfo(): boolean {
    return this.debugElf.has('.debug_info');
  }

  get cfi(): CallFrameInfo {
    return (this.cfiValue ??= new CallFrameInfo(this.elf, () => this.debugElf));
  }

  get symbolStatus(): SymbolStatus {
    if (hasLines(this.debugElf)) return 'debug-info';
    if (this.debugElf.has('.symtab') || this.elf.has('.symtab')) return 'symbols';
    return this.symbols.count > 0 ? 'exports' : 'none';
  }

  /** The symbol that names an address, PLT entries included; undefined outside of any symbol. */
  symbolAt(address: VirtAddr): SymbolMatch | undefined {
    if (!this.contains(address)) return undefined;
    const file = this.toFile(address);
    return this.symbolMatches.get(file, () => {
      const symbol = this.pltEntryAt(file) ?? this.symbols.lookup(file);
      if (!symbol) return undefined;
      const start = this.toVirt(symbol.address);
      return { symbol, address: start, offset: address - start, displayName: functionDisplayName(symbol.name) };
    });
  }

  /**
   * Symbols of a raw name, or else of a C++ or Rust name: `ns::Class::method` or a `::`-bounded end of it, any
   * overload unless the parameter list is given. `puts@plt` finds the PLT entry.
   */
  symbolsNamed(name: string): ElfSymbol[] {
    if (name.endsWith('@plt')) return this.plt.filter((symbol) => symbol.name === name);
    const hasNames = this.elf.has('.symtab') || this.debugElf.has('.symtab');
    const main = name === 'main' && hasNames ? this.mainByEntryCode() : undefined;
    return main ? [main] : findSymbols(this.symbols, name);
  }

  /** `main` as the symbol it has or would have, from the entry code and call frame information. */
  private mainByEntryCode(): ElfSymbol | undefined {
    const address = mainFromEntryCode(this.elf);
    const range = address === undefined ? undefined : this.cfi.functionRange(address);
    if (address === undefined || range?.start !== address) return undefined;
    return { name: 'main', address, size: range.end - address, kind: 'function', binding: 'global' };
  }

  /**
   * Where the program's own code begins: from the entry code when it is glibc's, which costs no symbol table, else the
   * symbol `main`.
   */
  findMain(): VirtAddr | undefined {
    const main = mainFromEntryCode(this.elf) ?? this.symbols.named('main').find((s) => s.kind === 'function')?.address;
    return main === undefined ? undefined : this.toVirt(main);
  }

  /** The names of the PLT entries, in address order. */
  get plt(): readonly ElfSymbol[] {
    this.pltValue ??= pltSymbols(this.elf, (resolver) => this.symbols.lookup(resolver)?.name);
    return this.pltValue;
  }

  /** For unwinding: where the function around `pc` begins, by its symbol. */
  functionStart(pc: VirtAddr): VirtAddr | undefined {
    const symbol = this.symbols.lookup(this.toFile(pc));
    return symbol && this.toVirt(symbol.address);
  }

  /** For unwinding: the section that holds `pc`. */
  sectionName(pc: VirtAddr): string | undefined {
    return this.elf.sectionAt(this.toFile(pc))?.name;
  }

  /** Whether `pc` lies in code rather than data. */
  isCode(pc: VirtAddr): boolean {
    return this.codeRangeAt(this.toFile(pc)) !== undefined;
  }

  /** The allocated section that holds an address. */
  sectionAt(address: FileAddr): ElfSection | undefined {
    return this.elf.sectionAt(address);
  }

  /** The executable section around an address, or segment where there are no sections; `end` is exclusive. */
  codeRangeAt(address: FileAddr): { readonly start: FileAddr; readonly end: FileAddr } | undefined {
    const section = this.elf.sectionAt(address);
    if (section) {
      if (!(section.flags & SHF_EXECINSTR)) return undefined;
      return { start: section.address, end: fileAddr(section.address + section.size) };
    }
    if (this.elf.sections.length > 0) return undefined;
    const segment = this.elf.segments.find(
      (s) => s.type === PT_LOAD && s.flags & PF_X && address >= s.address && address < s.address + s.memorySize,
    );
    return segment && { start: segment.address, end: fileAddr(segment.address + segment.memorySize) };
  }

  /** Closes the files. What was read stays; what was not is answered as if it were not there. */
  close(): void {
    this.index.dispose();
    for (const elf of [this.elf, this.debugElfValue, this.alternateElfValue]) {
      if (elf?.source instanceof FileSource) elf.source.close();
    }
  }

  private indexedFiles(): IndexedFiles {
    const alternate = this.alternateElf;
    return {
      debug: this.debug,
      path: pathOf(this.debugElf),
      alternatePath: alternate && pathOf(alternate),
      split: this.splitSearch,
      buildId: this.buildId,
    };
  }

  private get splitSearch(): Omit<SplitFileSearch, 'mapPath' | 'note'> {
    const debugFile = this.debugElf === this.elf ? undefined : this.debugElf.name;
    return { ...this.debugFileSearch, debugFile };
  }

  private get splitFiles(): SplitDebugFiles {
    const { mapPath, noteProblem: note } = this.options;
    return (this.splitFilesValue ??= new SplitDebugFiles({ ...this.splitSearch, mapPath, note }));
  }

  private get debugFileSearch(): DebugFileSearch {
    return { path: this.path, directories: this.options.debugFileDirectories, root: this.options.root };
  }

  private get pltSections(): readonly ElfSection[] {
    return (this.pltSectionsValue ??= this.elf.sections.filter((s) => s.name.includes('plt') && s.flags & SHF_ALLOC));
  }

  private pltEntryAt(address: FileAddr): ElfSymbol | undefined {
    if (!this.pltSections.some((s) => address >= s.address && address < s.address + s.size)) return undefined;
    let low = 0;
    let high = this.plt.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.plt[middle]!.address <= address) low = middle + 1;
      else high = middle;
    }
    const entry = this.plt[low - 1];
    return entry && address < entry.address + entry.size ? entry : undefined;
  }
}

function hasLines(elf: ElfFile): boolean {
  return elf.has('.debug_info') || elf.has('.debug_line');
}

/** Where a worker can open the file again. */
function pathOf(elf: ElfFile): string | undefined {
  return elf.source instanceof FileSource ? elf.source.path : undefined;
}
