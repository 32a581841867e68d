/** Variables and scopes of a program, as expressions and the Variables view ask for them. */
import type { FileAddr, VirtAddr } from '../../common/addresses';
import type { MemoryReader, RegisterReader } from '../../common/readers';
import type { DynamicSymbols } from '../elf/dynamicsymbols';
import type { Storage } from './storage';
import type { FunctionType, Language, Type } from './types';

/** A variable, argument or named constant that debugging information declares. */
export interface Variable {
  readonly name: string;
  readonly kind: 'argument' | 'local' | 'static' | 'global' | 'constant';
  /** `void` when it cannot be read. */
  readonly type: Type;
  /** Declared by the compiler, like `this` and `__range`. */
  readonly isArtificial: boolean;
  /** Line of its declaration, 1-based; undefined when not stated. */
  readonly line: number | undefined;
  /** Path of the file of its declaration as the compiler recorded it. */
  readonly file: string | undefined;
  /** With the namespaces and classes around it. */
  readonly qualifiedName: string;
  /** Where it is in that frame: never throws, never guesses. Statics and globals need no frame but for TLS. */
  locate(frame: FrameData): Storage;
}

/** What locating a variable may look at. */
export interface FrameData {
  /** The address that stands for the frame in look-ups: inside the call instruction for callers. */
  readonly lookupPc: VirtAddr;
  /** Where the frame goes on: the return address for callers. `lookupPc + 1` is meant when it is absent. */
  readonly pc?: VirtAddr;
  /**
   * The scope the frame stands in where that is not the innermost one at `lookupPc`: the frame that an inlined call was
   * inlined into stands in the block around the call.
   */
  readonly scope?: DataScope;
  readonly registers: RegisterReader;
  readonly memory: MemoryReader;
  /** Canonical frame address; undefined when it is not known. */
  readonly cfa: VirtAddr | undefined;
  /**
   * The frame that called this one, for DW_OP_entry_value; undefined at the end of the stack. Of inlined calls it is the
   * caller of the function they were inlined into.
   */
  readonly caller: () => FrameData | undefined;
  /**
   * Address of this thread's instance of a module's TLS block at `offset`; why there is none, as a short clause; undefined
   * when it cannot be known.
   */
  readonly threadLocal: (module: DataModule, offset: bigint) => bigint | { readonly reason: string } | undefined;
  /** The module around an address: the caller's may be another one. */
  readonly moduleAt: (address: VirtAddr) => DataModule | undefined;
  /** All modules, the program first, for what a module declares and another one defines. */
  readonly modules?: () => Iterable<DataModule>;
}

/** What the data rooms know of a module (`Module` is one). */
export interface DataModule {
  readonly name: string;
  readonly data: ModuleData;
  /** What it tells the dynamic linker. */
  readonly dynamicSymbols: DynamicSymbols;
  toVirt(address: FileAddr): VirtAddr;
  toFile(address: VirtAddr): FileAddr;
}

/** A function, an inlined call or a lexical block that contains an address, innermost first through `parent`. */
export interface DataScope {
  readonly kind: 'function' | 'inlined' | 'block';
  readonly parent: DataScope | undefined;
  /** File addresses [start, end), the entry's range first. */
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
  /** Arguments, then locals in the order of declaration; nested functions and labels are left out. */
  readonly variables: readonly Variable[];
  /** Names that `using` and imports make visible here, as qualified prefixes: `std`, `ns::inner`. */
  readonly imports: readonly string[];
  /** Single names that `using ns::x` and `namespace a = b` bring in. */
  readonly aliases?: readonly ScopeAlias[];
  /** Blocks and inlined calls right inside. */
  readonly blocks?: readonly DataScope[];
  /** A type that is declared right here, by its simple name. */
  localType?(name: string): Type | undefined;
  /** Of functions and inlined calls. */
  readonly function?: FunctionInfo;
  /** Of inlined calls: where in the code around it, as the line table names files. */
  readonly call?: { readonly file: string | undefined; readonly line: number; readonly column: number };
}

/** A name that stands for something declared elsewhere. */
export interface ScopeAlias {
  readonly name: string;
  readonly qualifiedName: string;
}

/** A function as its entry describes it. */
export interface FunctionInfo {
  /** Whose `address` it is. */
  readonly module: DataModule;
  /** The same for the same function, whichever of its instances this is. */
  readonly key?: string;
  /** Simple name with template arguments. */
  readonly name: string;
  /** With scopes, without parameters: `ns::Class::method`. */
  readonly qualifiedName: string;
  readonly linkageName: string | undefined;
  readonly type: FunctionType;
  readonly language: Language;
  /** Entry address; undefined for one that exists inlined only. */
  readonly address: FileAddr | undefined;
  readonly declaration: { readonly file: string | undefined; readonly line: number } | undefined;
  /** The class that it is a member of; its scope's names are visible inside. */
  readonly memberOf: Type | undefined;
}

/** A call as the caller's debugging information describes it (DWARF 5 §3.4). */
export interface CallSite {
  /** Whether it calls that function, as far as is known: `unknown` for calls through pointers that are not described. */
  targets(callee: FunctionInfo, caller: FrameData): 'yes' | 'no' | 'unknown';
  /** Where the function that it calls begins in a module, as far as is known. */
  target?(module: DataModule, caller: FrameData): FileAddr | undefined;
  /**
   * What the caller put into a register, or (`memory`) into what that register points to, evaluated in its frame;
   * undefined when it is not described or not recoverable.
   */
  parameter(register: number, what: 'register' | 'memory', caller: FrameData): bigint | undefined;
  /** The same for the callee's parameter whose entry has that key. */
  parameterOf(key: string, caller: FrameData): bigint | undefined;
}

/** A name as completions offer it. */
export interface DeclaredName {
  readonly name: string;
  readonly kind: 'type' | 'function' | 'enumerator' | 'namespace' | 'variable';
}

/** How far a name is looked for: in the unit that was named only, or in its whole module as well. */
export type Reach = 'unit' | 'module';

/**
 * The data of one module: scopes by address, and names. Every answer is lazy, remembered within bounds, and never
 * throws: damaged entries are left out and logged.
 */
export interface ModuleData {
  readonly hasDebugInfo: boolean;
  /** The innermost scope at a file address, in the unit that has code there; undefined without debugging information. */
  scopeAt(address: FileAddr): DataScope | undefined;
  /** `DW_LANG_*` of the unit at an address. */
  languageAt(address: FileAddr): Language | undefined;
  /** The name of the .dwo file that would describe the code at an address, where it is missing. */
  missingFileAt?(address: FileAddr): string | undefined;
  /** Path of the source file of the unit at an address, as `Variable.file` has it. */
  sourceFileAt?(address: FileAddr): string | undefined;
  /** File-level variables of the unit at an address that are not external: "statics of the file", by name. */
  staticsAt(address: FileAddr): readonly Variable[];
  /** External variables of the unit at an address, by name. */
  globalsAt(address: FileAddr): readonly Variable[];
  /**
   * Variables of a simple or qualified name (`counter`, `ns::counter`, `Class::member`): those of the unit at `near`
   * first, then of the whole module as far as its index is built.
   */
  findVariables(name: string, near: FileAddr | undefined, reach?: Reach): readonly Variable[];
  /** Types of a name (`Point`, `ns::Point`, `struct Point` without the keyword, `Vec<int>`), in the same order. */
  findTypes(name: string, near: FileAddr | undefined, reach?: Reach): readonly Type[];
  /** Functions of a name, inlined-only ones included. */
  findFunctions(name: string, near: FileAddr | undefined, reach?: Reach): readonly FunctionInfo[];
  /** A file-level variable of that name in a unit whose file is wanted; of the unit at an address or of the whole module. */
  variableInFile?(name: string, isFile: (path: string | undefined) => boolean): Variable | undefined;
  /** What `using` outside of functions makes visible in a namespace of the unit at `near`; '' is file level. */
  importsOf?(
    namespace: string,
    near: FileAddr,
  ): { readonly imports: readonly string[]; readonly aliases: readonly ScopeAlias[] };
  /** Where the ELF symbol of data or code with that raw name is defined in this module; of several the global one. */
  addressOfSymbol?(name: string): FileAddr | undefined;
  /** The call that returns to a file address, for DW_OP_entry_value. */
  callSiteAt?(returnAddress: FileAddr): CallSite | undefined;
  /**
   * What the unit at an address declares and defines in a namespace, or at file level (''): types, functions, namespaces
   * and enumerators by their simple names, each once.
   */
  namesIn?(namespace: string, near: FileAddr): readonly DeclaredName[];
  /** The class whose vtable begins at (contains) a file address, for dynamic types: of the unit at `near` first. */
  typeOfVtable(address: FileAddr, near?: FileAddr): Type | undefined;
  /** Whether looking up names all over the module costs no more than a look-up. */
  readonly isIndexed: boolean;
  /**
   * Look-ups so far that had to do without the index because it was still being built: what came of them is to be
   * asked again when `index` resolves.
   */
  readonly unanswered: number;
  /** Builds or loads the index off the main thread; resolves when `find…` see the whole module. Never rejects. */
  index(): Promise<void>;
}
