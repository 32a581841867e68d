/** From what a breakpoint names (a line, a function, an address) to the addresses in the modules that are loaded. */
import { basename } from 'node:path';
import { fileAddr, formatAddress, virtAddr, type FileAddr, type VirtAddr } from '../common/addresses';
import type { MemoryReader } from '../common/readers';
import { breakpointLines, resolveSourceLine } from '../symbols/breakpointlocations';
import { prologueEnd } from '../symbols/lines-prologue';
import { asking } from '../symbols/data/unanswered';
import type { DataModule } from '../symbols/data/variables';
import type { Module } from '../symbols/module';
import type { ModuleList } from '../symbols/modulelist';
import { namePattern, type NamePattern } from '../symbols/symbolsearch';
import type { SourceMatch, SourcePaths } from '../symbols/sourcepaths';

/** Where a breakpoint is, or why it is nowhere. */
export interface Resolution {
  readonly addresses: readonly VirtAddr[];
  readonly source?: { readonly path: string; readonly line: number; readonly column?: number };
  /** Nothing is wrong with the request; a module that comes later may know the place. */
  readonly pending: boolean;
  readonly message?: string;
  /** Modules that may have more of them, whose names are not indexed yet. */
  readonly lacking?: readonly DataModule[];
}

/** What one module has to say to a request, in its own addresses. A module never changes: its answer is kept. */
interface Place {
  readonly addresses: readonly FileAddr[];
  /** Where the first of them is. */
  readonly file?: string;
  readonly line: number;
  readonly column: number;
}

export class BreakpointResolver {
  private readonly places = new WeakMap<Module, Map<string, Place | undefined>>();
  /** Of functions by name, from debugging information. */
  private readonly described = new WeakMap<Module, Map<string, Place | undefined>>();
  private readonly fileMatches = new WeakMap<Module, Map<string, SourceMatch>>();

  constructor(
    private readonly modules: ModuleList,
    private readonly memory: MemoryReader,
    private readonly paths: SourcePaths,
    /** False while the program runs without debugging: then nothing is resolved, so that no int3 is written. */
    private readonly debugging: () => boolean,
  ) {}

  /** Every copy of a line in every module; the nearest later line with code when the line has none. */
  source(path: string, line: number, column: number | undefined): Resolution {
    const addresses: VirtAddr[] = [];
    let found: Place | undefined;
    const matches = this.matches(path);
    for (const { module, files } of matches) {
      const place = this.remember(module, `${path}:${line}:${column ?? ''}`, () =>
        linePlace(module, files, line, column),
      );
      if (!place) continue;
      // Modules that slid to different lines (templates, headers): the line nearest to the asked one is meant.
      if (found && place.line > found.line) continue;
      if (found && place.line < found.line) addresses.length = 0;
      found = place;
      addresses.push(...place.addresses.map((address) => module.toVirt(address)));
    }
    if (found) {
      const shown = { path, line: found.line, column: found.column > 0 ? found.column : undefined };
      return { addresses, source: shown, pending: false };
    }
    const message =
      matches.length > 0
        ? `There is no code at line ${line} or below it.`
        : `No loaded module has line information for ${basename(path)} yet. If it was compiled elsewhere, “sourceMap” says where.`;
    return { addresses: [], pending: true, message };
  }

  /**
   * The modules that know a file, by exactly its path or, when none does, by the longest common tail of the path. The
   * separate debug file of a distribution is opened for it only when no other module knows the file: it is large,
   * compressed, and names the distribution's own sources.
   */
  private matches(path: string): { module: Module; files: readonly string[] }[] {
    const { modules } = this.modules;
    const own = this.ranked(
      modules.filter((module) => module.elf.has('.debug_line')),
      path,
    );
    if (own.some(({ shared }) => shared === Infinity)) return own.filter(({ shared }) => shared === Infinity);
    const all = this.ranked(
      modules.filter((module) => module.lines.hasLines),
      path,
    );
    const best = Math.max(0, ...all.map(({ shared }) => shared));
    return all.filter(({ files, shared }) => files.length > 0 && shared === best);
  }

  private ranked(modules: readonly Module[], path: string): (SourceMatch & { module: Module })[] {
    return modules.map((module) => {
      const match = remembered(this.fileMatches, module, path, () => this.paths.find(path, module.lines));
      return { module, ...match };
    });
  }

  private remember(module: Module, key: string, find: () => Place | undefined): Place | undefined {
    return remembered(this.places, module, key, find);
  }

  /** A symbol, `module!symbol`, or an address written as one (`0x401136`, `*0x401136`). */
  function(name: string): Resolution {
    const text = name.trim();
    const address = /^\*?\s*(0x[0-9a-f]+)$/i.exec(text)?.[1];
    if (address) return this.instruction(virtAddr(BigInt(address)));
    const bang = text.indexOf('!');
    const wantedModule = bang > 0 ? text.slice(0, bang) : undefined;
    const symbol = bang > 0 ? text.slice(bang + 1) : text;
    const modules = this.modules.modules.filter(
      ({ name: own, path }) => wantedModule === undefined || own === wantedModule || path === wantedModule,
    );
    const addresses = new Set<VirtAddr>();
    let source: Resolution['source'];
    const add = (module: Module, place: Place | undefined): void => {
      for (const each of place?.addresses ?? []) addresses.add(module.toVirt(each));
      if (place?.file !== undefined) source ??= { path: this.paths.toLocal(place.file), line: place.line };
    };
    for (const module of modules) add(module, this.symbolPlace(module, symbol));
    // Nobody calls main, so no call of it is inlined.
    const isWhole = addresses.size > 0 && symbol === 'main';
    const lacking = isWhole ? [] : this.describedFunctions(modules, symbol, add);
    if (addresses.size > 0) return { addresses: [...addresses], source, pending: false, lacking };
    const message = `No loaded module has a function named “${symbol}” yet.`;
    return { addresses: [], pending: true, message, lacking };
  }

  /**
   * Adds what only debugging information knows: functions without symbols, and inlined copies. That of distributions,
   * in files of its own, is asked only when nobody else knows the name.
   * @returns modules that are not indexed yet
   */
  private describedFunctions(
    modules: readonly Module[],
    name: string,
    add: (module: Module, place: Place | undefined) => void,
  ): readonly DataModule[] {
    const pattern = namePattern(name);
    if (!pattern) return [];
    let isKnown = modules.some((module) => this.symbolPlace(module, name) !== undefined);
    const ask = (module: Module): readonly DataModule[] => {
      const hasSymbol = this.symbolPlace(module, name) !== undefined;
      const { result: place, lacking } = this.described.get(module)?.has(name)
        ? { result: this.described.get(module)?.get(name), lacking: [] }
        : asking([module], () => describedPlace(module, pattern, hasSymbol));
      if (lacking.length === 0) remembered(this.described, module, name, () => place);
      if (place) isKnown = true;
      add(module, place);
      return lacking;
    };
    const own = modules.filter((module) => module.elf.has('.debug_info'));
    const lacking = own.flatMap(ask);
    if (isKnown || lacking.length > 0) return lacking;
    return modules.filter((module) => !own.includes(module) && module.hasDebugInfo).flatMap(ask);
  }

  private symbolPlace(module: Module, name: string): Place | undefined {
    return remembered(this.places, module, `!${name}`, () => symbolPlace(module, name));
  }

  /** An address, as it stands. A debug register does not need any memory to be there yet. */
  instruction(address: VirtAddr, mode?: string): Resolution {
    if (this.debugging() && mode === 'hardware') return { addresses: [address], pending: false };
    if (this.debugging() && this.memory.read(address, 1).length === 1) return { addresses: [address], pending: false };
    return { addresses: [], pending: true, message: `There is no code at ${formatAddress(address)} now.` };
  }

  lines(path: string, from: number, to: number): { line: number; column?: number }[] {
    const byPlace = new Map<string, { line: number; column?: number }>();
    for (const module of this.modules.modules) {
      for (const each of breakpointLines(module.lines, this.paths.find(path, module.lines).files, from, to)) {
        byPlace.set(`${each.line}:${each.column ?? 0}`, each);
      }
    }
    return [...byPlace.values()].sort((a, b) => a.line - b.line || (a.column ?? 0) - (b.column ?? 0));
  }
}

function linePlace(
  module: Module,
  files: readonly string[],
  line: number,
  column: number | undefined,
): Place | undefined {
  return resolveSourceLine(module.lines, files, {
    line,
    column,
    functionStartOf: (address) => functionStart(module, address),
  });
}

/** The ends of the prologues of every function of this name. */
function symbolPlace(module: Module, name: string): Place | undefined {
  const addresses = module
    .symbolsNamed(name)
    .filter(({ kind }) => kind === 'function' || kind === 'ifunc' || kind === 'notype')
    .map(({ address, size }) => prologueEnd(module.lines, address, fileAddr(address + size)));
  return placeOf(module, addresses);
}

/** Where the inlined copies of functions begin; the functions themselves where no symbol tells of them. */
function describedPlace(module: Module, pattern: NamePattern, hasSymbol: boolean): Place | undefined {
  const { instances, inlined } = module.data.functionCode(pattern);
  const own = hasSymbol ? [] : instances;
  return placeOf(module, [
    ...own.map(({ start, end }) => prologueEnd(module.lines, fileAddr(start), fileAddr(end))),
    ...inlined,
  ]);
}

function placeOf(module: Module, addresses: readonly FileAddr[]): Place | undefined {
  const [first] = addresses;
  if (first === undefined) return undefined;
  const line = module.lines.lineAt(first);
  return { addresses, file: line?.file, line: line?.line ?? 0, column: 0 };
}

function functionStart(module: Module, address: FileAddr): FileAddr | undefined {
  const found = module.symbolAt(module.toVirt(address));
  return found ? module.toFile(found.address) : module.cfi.functionRange(address)?.start;
}

function remembered<T>(cache: WeakMap<Module, Map<string, T>>, module: Module, key: string, find: () => T): T {
  let known = cache.get(module);
  if (!known) cache.set(module, (known = new Map<string, T>()));
  if (!known.has(key)) known.set(key, find());
  return known.get(key)!;
}
