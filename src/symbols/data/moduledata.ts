/** The data of one module, put together: scopes and units by address, names, types, and what locating needs. */
import { fileAddr, type FileAddr } from '../../common/addresses';
import { messageOf } from '../../common/errors';
import { log } from '../../common/log';
import { demangle } from '../demangle';
import type { CompileUnit } from '../dwarf/compileunit';
import { DwarfError } from '../dwarf/cursor';
import type { DebugInfo } from '../dwarf/debuginfo';
import type { Die } from '../dwarf/die';
import { evaluateExpression } from '../dwarf/expression';
import type { SymbolTable } from '../elf/symtab';
import { AnswerCache, LruCache } from '../lines-cache';
import { joinPath } from '../lines-files';
import type { NamePattern } from '../symbolsearch';
import { callSiteIn } from './callsites';
import { DeclaredFiles } from './declaredfiles';
import { declaredStorage } from './declared';
import { dynamicValue } from './dynamicvalues';
import { functionCode, type FunctionCode } from './functioncode';
import { FunctionEntry, isClass } from './functions';
import { FunctionTable } from './functiontable';
import { languageOf } from './language';
import { localClass } from './localclasses';
import type { ModuleContext } from './modulecontext';
import type { NameIndex, NameIndexSource, NameKind } from './nameindex';
import { addressesOnly } from './locationcontext';
import { RustVtables } from './rustvtables';
import { readScopeTree, type ScopeEntry } from './scopetree';
import type { Storage } from './storage';
import { TypeReader } from './typereader';
import type { Language, Type } from './types';
import { matchesName, UnitNames } from './unitnames';
import { EnumeratorEntry, VariableEntry } from './variablereader';
import * as V from './variableconstants';
import type {
  CallSite,
  DataModule,
  DataScope,
  DeclaredName,
  FrameData,
  FunctionInfo,
  ModuleData,
  Reach,
  Variable,
} from './variables';

/** What the data of a module is read from. */
export interface DataSource extends DataModule {
  /** Nothing of it is read before it is asked for. */
  readonly debug: DebugInfo;
  readonly symbols: SymbolTable;
  /** The unit with code at an address, as the line tables have it. */
  readonly lines: {
    unitAt(address: FileAddr): CompileUnit | undefined;
    /** .debug_info offsets of the units that have lines of a file. */
    unitsNaming(file: string): readonly number[];
  };
  readonly hasDebugInfo: boolean;
}

/** Entries of scopes kept: a few hundred functions. */
const CACHED_ENTRIES = 100_000;
/** Ranges of function tables kept, at 32 bytes each. */
const CACHED_RANGES = 500_000;
/** Units whose names are kept, at the cache's 64 for each. */
const CACHED_NAMES = 64 * 64;
/** Entries of one name that are looked at. */
const MAX_MATCHES = 1_000;

export class ModuleInformation implements ModuleData, ModuleContext {
  readonly types: TypeReader;
  private readonly files = new DeclaredFiles();
  private readonly units = new AnswerCache<CompileUnit>();
  private readonly scopes = new AnswerCache<ScopeEntry>();
  private readonly functions = new LruCache<string, FunctionTable>(CACHED_RANGES, (table) => table.size);
  private readonly trees = new LruCache<string, ScopeEntry>(CACHED_ENTRIES, (tree) => tree.size);
  private readonly names = new LruCache<string, UnitNames>(CACHED_NAMES, () => 0);
  /** Units that cannot be walked, so that it is said once. */
  private readonly failed = new Set<string>();
  private readonly vtables = new AnswerCache<Type>();
  private readonly rustVtables: RustVtables;
  unanswered = 0;

  /** @param indexSource of the names of all units; without one only units that are looked at are known */
  constructor(
    readonly module: DataSource,
    private readonly indexSource?: NameIndexSource,
  ) {
    this.types = new TypeReader({
      define: (name, tag) => this.defineType(name, tag),
      variableStorage: (die) => this.staticMemberStorage(die),
      dynamic: (property) => dynamicValue(this, property),
    });
    this.rustVtables = new RustVtables(() => module.debug, this.types);
  }

  get hasDebugInfo(): boolean {
    return this.module.hasDebugInfo;
  }

  scopeAt(address: FileAddr): DataScope | undefined {
    return this.scopes.get(address, () => this.functionAt(address)?.at(address));
  }

  functionAt(address: FileAddr): ScopeEntry | undefined {
    const unit = this.unitAt(address);
    return unit && this.attempt(unit, () => this.treeAt(unit, address));
  }

  languageAt(address: FileAddr): Language | undefined {
    const unit = this.unitAt(address);
    return unit && this.attempt(unit, () => languageOf(unit.language));
  }

  missingFileAt(address: FileAddr): string | undefined {
    const unit = this.module.lines.unitAt(address);
    return unit && this.attempt(unit, () => (unit.full === unit ? unit.dwoName : undefined));
  }

  sourceFileAt(address: FileAddr): string | undefined {
    const unit = this.unitAt(address);
    const name = unit && this.attempt(unit, () => unit.name);
    return unit && name !== undefined ? joinPath(unit.compDir ?? '', name) : undefined;
  }

  staticsAt(address: FileAddr): readonly Variable[] {
    return this.namesAt(address)?.statics ?? [];
  }

  globalsAt(address: FileAddr): readonly Variable[] {
    return this.namesAt(address)?.globals ?? [];
  }

  findVariables(name: string, near: FileAddr | undefined, reach?: Reach): readonly Variable[] {
    // The unit's own are in lists that the Variables view asks for anyway.
    const own = (near === undefined ? undefined : this.namesAt(near))?.variablesNamed(name) ?? [];
    if (own.length > 0) return own;
    const variables = this.find(name, 'variable', near, reach).map((die) => this.variable(die));
    if (variables.length > 0) return variables;
    return this.find(name, 'enumerator', near, reach).map((die) => new EnumeratorEntry(this, die));
  }

  findTypes(name: string, near: FileAddr | undefined, reach?: Reach): readonly Type[] {
    return this.find(name, 'type', near, reach).map((die) => this.types.type(die));
  }

  findFunctions(name: string, near: FileAddr | undefined, reach?: Reach): readonly FunctionInfo[] {
    return this.find(name, 'function', near, reach).map((die) => new FunctionEntry(this, die));
  }

  /** The code of all functions that a person may mean, also of those that exist inlined only; as far as it is indexed. */
  functionCode(pattern: NamePattern): FunctionCode {
    const index = this.wholeIndex;
    return index
      ? functionCode(this, index, pattern, (file) => this.unitsNaming(file))
      : { instances: [], inlined: [] };
  }

  /** Names in the unit at an address, for whoever looks names up; undefined without debugging information. */
  namesAt(address: FileAddr): UnitNames | undefined {
    const unit = this.unitAt(address);
    return unit && this.namesOf(unit);
  }

  namesIn(namespace: string, near: FileAddr): readonly DeclaredName[] {
    return this.namesAt(near)?.declaredIn(namespace) ?? [];
  }

  importsOf(namespace: string, near: FileAddr): ReturnType<UnitNames['importsOf']> {
    return this.namesAt(near)?.importsOf(namespace) ?? { imports: [], aliases: [] };
  }

  variableInFile(name: string, isFile: (path: string | undefined) => boolean): Variable | undefined {
    let found: Variable | undefined;
    this.module.debug.eachUnit((_header, read) => {
      if (found) return;
      const unit = guarded(read);
      if (!unit || !isFile(unit.name)) return;
      const names = this.attempt(unit, () => this.namesOf(unit.full));
      found = [...(names?.statics ?? []), ...(names?.globals ?? [])].find((variable) => variable.name === name);
    });
    return found;
  }

  typeOfVtable(address: FileAddr, near?: FileAddr): Type | undefined {
    // Until the index is there, what was not found may be found later.
    return this.isIndexed
      ? this.vtables.get(address, () => this.readVtableType(address, near))
      : this.readVtableType(address, near);
  }

  addressOfSymbol(name: string): FileAddr | undefined {
    const found = this.module.symbols.named(name).filter(({ kind }) => kind !== 'tls');
    return (found.find(({ binding }) => binding !== 'local') ?? found[0])?.address;
  }

  callSiteAt(returnAddress: FileAddr): CallSite | undefined {
    const scope = this.functionAt(fileAddr(returnAddress - 1));
    return scope && callSiteIn(this, scope, returnAddress);
  }

  get isIndexed(): boolean {
    return this.indexSource?.ready !== undefined;
  }

  async index(): Promise<void> {
    await this.indexSource?.build();
  }

  file(die: Die, attribute: number): string | undefined {
    return this.files.path(die, attribute);
  }

  variable(die: Die): Variable {
    return new VariableEntry(this, die, 'unit');
  }

  locateDeclared(die: Die, frame: FrameData): Storage {
    return declaredStorage(this, die, frame);
  }

  private readVtableType(address: FileAddr, near: FileAddr | undefined): Type | undefined {
    const symbol = this.module.symbols.lookup(address);
    // Itanium C++ ABI §5.1.4.1: _ZTV, the virtual table of a class.
    if (!symbol?.name.startsWith('_ZTV')) return this.rustVtables.at(address);
    const [, name] = /^vtable for (.*)$/.exec(demangle(symbol.name)) ?? [];
    if (name === undefined) return undefined;
    const [found] = this.findTypes(name, near);
    const index = found ? undefined : this.wholeIndex;
    return index ? localClass(this, index, name, symbol.name) : found;
  }

  private treeAt(unit: CompileUnit, address: FileAddr): ScopeEntry | undefined {
    let table = this.functions.get(unit.key);
    if (!table) this.functions.set(unit.key, (table = new FunctionTable(unit)));
    const offset = table.at(address);
    if (offset === undefined) return undefined;
    const key = `${unit.key}+${offset}`;
    let tree = this.trees.get(key);
    if (!tree) this.trees.set(key, (tree = readScopeTree(this, unit.dieAt(offset))));
    return tree;
  }

  /** The unit that has the entries of the code at an address. */
  private unitAt(address: FileAddr): CompileUnit | undefined {
    return this.units.get(address, () => {
      const unit = this.module.lines.unitAt(address);
      return unit && this.attempt(unit, () => unit.full);
    });
  }

  private namesOf(unit: CompileUnit): UnitNames | undefined {
    let names = this.names.get(unit.key);
    if (!names) {
      names = this.attempt(unit, () => new UnitNames(this, unit));
      if (names) this.names.set(unit.key, names);
    }
    return names;
  }

  /** Entries that define something of a qualified name: in the unit at `near`, else as far as wanted. */
  private find(name: string, kind: NameKind, near: FileAddr | undefined, reach: Reach = 'module'): Die[] {
    const unit = near === undefined ? undefined : this.unitAt(near);
    const here = unit && this.namesOf(unit);
    const found = here ? this.matching(here.index, name, kind) : [];
    if (found.length > 0 || reach === 'unit') return found;
    const index = this.wholeIndex;
    return index ? this.matching(index, name, kind) : [];
  }

  /** The index of the module, as soon as it is there: small modules are indexed at once. */
  private get wholeIndex(): NameIndex | undefined {
    const { indexSource } = this;
    if (!indexSource) return undefined;
    if (!indexSource.ready) void indexSource.build();
    if (indexSource.isPending) this.unanswered++;
    return indexSource.ready;
  }

  private unitsNaming(file: string | undefined): CompileUnit[] {
    const { debug, lines } = this.module;
    const units: CompileUnit[] = [];
    const add = (read: () => CompileUnit): void => {
      const unit = guarded(() => read().full);
      if (unit) units.push(unit);
    };
    if (file === undefined) debug.eachUnit((_header, read) => add(read));
    else for (const offset of lines.unitsNaming(file)) add(() => debug.unitAt(offset));
    return units;
  }

  private matching(index: NameIndex, name: string, kind: NameKind): Die[] {
    // What has no name cannot be found by it; whether it was written is verified.
    const found = [...index.find(name.replaceAll('(anonymous namespace)::', ''), kind, MAX_MATCHES)];
    return found.filter((die) => this.types.guard(die, () => matchesName(die, name), false));
  }

  private defineType(name: string, tag: number): Type | undefined {
    const found = this.find(name, 'type', undefined);
    const die = found.find((each) => each.tag === tag) ?? found.find((each) => isClass(each.tag) && isClass(tag));
    return die && this.types.type(die);
  }

  /** Where a static member is whose entry in the class says it, or whose symbol does. */
  private staticMemberStorage(die: Die): Storage | undefined {
    return this.types.guard(
      die,
      () => {
        const expression = die.expression(V.DW_AT_location);
        const result = expression && evaluateExpression(expression, addressesOnly(this, die.unit));
        if (result?.kind === 'address') return { kind: 'memory', address: result.address };
        const { linkageName } = die;
        // Which definition of an exported name is used depends on the other modules.
        if (linkageName === undefined || this.module.dynamicSymbols.definitions(linkageName).length > 0)
          return undefined;
        const address = this.addressOfSymbol(linkageName);
        return address === undefined ? undefined : { kind: 'memory', address: this.module.toVirt(address) };
      },
      undefined,
    );
  }

  private attempt<T>(unit: CompileUnit, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof DwarfError)) throw error;
      if (!this.failed.has(unit.key)) {
        this.failed.add(unit.key);
        log('dwarf', () => `${this.module.name}: the unit ${unit.name ?? unit.key}: ${messageOf(error)}`);
      }
      return undefined;
    }
  }
}

function guarded(read: () => CompileUnit): CompileUnit | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof DwarfError) return undefined;
    throw error;
  }
}
