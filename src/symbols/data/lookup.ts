/**
 * Names as the code of a frame sees them: its blocks from the inside out, the members of the object it belongs to, its
 * classes and namespaces with what `using` brings in, its file, its module, and at last the other modules.
 */
import type { FileAddr } from '../../common/addresses';
import { splitQualifiedName } from '../index/namehash';
import { objectMember, staticMember } from './memberlookup';
import { visibleNames, type VisibleName } from './visiblenames';
import { bareType, type EnumType, type StaticMember, type StructType, type Type } from './types';
import type { DataModule, DataScope, FrameData, FunctionInfo, ModuleData, Reach, Variable } from './variables';

export type { VisibleName } from './visiblenames';

/** What a name of a value stands for. */
export type FoundVariable =
  | { readonly kind: 'variable'; readonly variable: Variable }
  /** A member of the object that the function belongs to: `object->path[0].path[1]…`, where `object` is a pointer. */
  | { readonly kind: 'member'; readonly object: Variable; readonly path: readonly string[] }
  /** A static member whose class declares it; its `storage` or its linkage name says where it is. */
  | { readonly kind: 'staticMember'; readonly member: StaticMember; readonly container: StructType }
  | { readonly kind: 'enumerator'; readonly type: EnumType; readonly value: bigint };

/** `using` in `using`. */
const MAX_IMPORTS = 32;

export class NameScope {
  private readonly own: DataModule | undefined;
  private readonly near: FileAddr | undefined;
  private knownPrefixes: readonly string[] | undefined;
  private knownNearest: NameScope | undefined;

  /**
   * @param frame   whose names they are; undefined sees what is global in every module
   * @param modules in the order of look-up: the program, then its libraries; the frame's own comes first by itself
   */
  constructor(
    readonly frame: FrameData | undefined,
    private readonly modules: Iterable<DataModule>,
    /** `unit`: what the file of the frame declares, which waits for no index. */
    private readonly reach: Reach = 'module',
  ) {
    this.own = frame?.moduleAt(frame.lookupPc);
    this.near = frame && this.own?.toFile(frame.lookupPc);
  }

  /** The names that the file of the frame declares. */
  get nearest(): NameScope {
    return (this.knownNearest ??= new NameScope(this.frame, this.own ? [this.own] : [], 'unit'));
  }

  /**
   * A variable, argument, member, static member or enumerator. Names may be qualified (`ns::counter`,
   * `Class::member`, `::global`) and, as gdb has it, chosen by file or function (`'file.c'::counter`,
   * `function::counter`). Never throws.
   */
  variable(name: string): FoundVariable | undefined {
    const quoted = /^'([^']+)'::(.+)$/s.exec(name);
    if (quoted) return this.chosen(quoted[1]!, quoted[2]!);
    if (!name.includes('::')) {
      const found = this.local(name) ?? this.memberOfObject(name);
      if (found) return found;
    }
    const outer = this.outer(name, (data, qualified, near, reach) =>
      found(data.findVariables(qualified, near, reach)[0]),
    );
    return outer ?? this.memberOfClass(name) ?? this.localOfFunction(name);
  }

  /** A type by its name, qualified or not, template arguments included; without `struct` and the like. Never throws. */
  type(name: string): Type | undefined {
    if (!name.includes('::')) {
      for (const scope of this.scopes()) {
        const type = scope.localType?.(name) ?? nestedType(scope.function?.memberOf, name);
        if (type) return type;
      }
    }
    return this.outer(name, (data, qualified, near, reach) => data.findTypes(qualified, near, reach)[0]);
  }

  /** The functions of a name: the overloads of the innermost scope that has one. Never throws. */
  functions(name: string): readonly FunctionInfo[] {
    const some = <T>(list: readonly T[]): readonly T[] | undefined => (list.length > 0 ? list : undefined);
    return this.outer(name, (data, qualified, near, reach) => some(data.findFunctions(qualified, near, reach))) ?? [];
  }

  /** Names that begin with `prefix`, innermost first, each once; at most `limit`. */
  names(prefix: string, limit: number): readonly VisibleName[] {
    return visibleNames([...this.scopes()], this.own?.data, this.near, this.prefixes, prefix, limit);
  }

  /** The scopes the frame stands in, innermost first. */
  private *scopes(): Iterable<DataScope> {
    const { frame, own, near } = this;
    let scope = frame?.scope ?? (near === undefined ? undefined : own?.data.scopeAt(near));
    for (; scope; scope = scope.parent) {
      yield scope;
      // What an inlined call was inlined into is not visible in it.
      if (scope.kind !== 'block') return;
    }
  }

  private local(name: string): FoundVariable | undefined {
    for (const scope of this.scopes()) {
      const variable = scope.variables.find((each) => each.name === name);
      if (variable) return { kind: 'variable', variable };
      for (const alias of scope.aliases ?? []) {
        if (alias.name !== name) continue;
        const target = this.global(alias.qualifiedName, (data, qualified, near, reach) =>
          found(data.findVariables(qualified, near, reach)[0]),
        );
        if (target) return target;
      }
    }
    return undefined;
  }

  /** A member of `*this`, or of what a lambda captured. */
  private memberOfObject(name: string): FoundVariable | undefined {
    for (const scope of this.scopes()) {
      for (const object of scope.variables) {
        if (object.kind !== 'argument' || !/^(this|__closure)$/.test(object.name)) continue;
        const path = objectMember(object.type, name);
        if (path) return { kind: 'member', object, path };
        const type = bareType(object.type);
        const target = type.kind === 'pointer' ? bareType(type.target) : type;
        const fixed = target.kind === 'struct' ? staticMember(target, name) : undefined;
        if (fixed) return this.placed(fixed);
      }
    }
    return this.memberOfClassAround(name);
  }

  /** A static member of the class that the function is a member of. */
  private memberOfClassAround(name: string): FoundVariable | undefined {
    for (const scope of this.scopes()) {
      const container = scope.function?.memberOf;
      const bare = container && bareType(container);
      const fixed = bare?.kind === 'struct' ? staticMember(bare, name) : undefined;
      if (fixed) return this.placed(fixed);
    }
    return undefined;
  }

  /** `Class::member`, where the module has the class but no entry of its own for the member. */
  private memberOfClass(name: string): FoundVariable | undefined {
    const parts = splitQualifiedName(name);
    const simple = parts.pop();
    if (simple === undefined || parts.length === 0) return undefined;
    const container = this.type(parts.join('::'));
    const bare = container && bareType(container);
    if (bare?.kind === 'enum') {
      const enumerator = bare.enumerators.find((each) => each.name === simple);
      return enumerator && { kind: 'enumerator', type: bare, value: enumerator.value };
    }
    const fixed = bare?.kind === 'struct' ? staticMember(bare, simple) : undefined;
    return fixed && this.placed(fixed);
  }

  /** The definition of a static member, where the module knows it better than its class does. */
  private placed(found: { readonly member: StaticMember; readonly container: StructType }): FoundVariable {
    const { container, member } = found;
    const defined =
      container.qualifiedName === undefined
        ? undefined
        : this.global(`${container.qualifiedName}::${member.name}`, (data, qualified, near, reach) =>
            data.findVariables(qualified, near, reach).find((variable) => variable.kind !== 'constant'),
          );
    return defined ? { kind: 'variable', variable: defined } : { kind: 'staticMember', ...found };
  }

  /** `function::counter`: a static variable of a function, or a variable of a frame that is in it. */
  private localOfFunction(name: string): FoundVariable | undefined {
    const parts = splitQualifiedName(name);
    const simple = parts.pop();
    if (simple === undefined || parts.length === 0) return undefined;
    for (const { module, address } of this.functions(parts.join('::'))) {
      const scope = address === undefined ? undefined : module.data.scopeAt(address);
      for (let at = scope; at; at = at.parent) {
        const variable = at.variables.find((each) => each.name === simple) ?? inner(at, simple);
        if (variable) return { kind: 'variable', variable };
      }
    }
    return undefined;
  }

  /** `'file.c'::counter`, `'function'::counter`. */
  private chosen(place: string, name: string): FoundVariable | undefined {
    const isFile = (file: string | undefined): boolean => file === place || (file?.endsWith(`/${place}`) ?? false);
    for (const { data } of this.all()) {
      const variables = data.findVariables(name, this.near, this.reach);
      const inFile =
        variables.find((variable) => isFile(variable.file)) ??
        (this.reach === 'unit' ? undefined : data.variableInFile?.(name, isFile));
      if (inFile) return { kind: 'variable', variable: inFile };
    }
    return this.localOfFunction(`${place}::${name}`);
  }

  /** What a name means outside of functions: in the scopes around this one, then globally. */
  private outer<T>(
    name: string,
    find: (data: ModuleData, qualified: string, near: FileAddr | undefined, reach: Reach) => T | undefined,
  ): T | undefined {
    // What a file uses it declares, so that nobody waits for the index of all modules because of a namespace it imports.
    const near = this.reach === 'module' && this.own ? this.nearest.outer(name, find) : undefined;
    if (near !== undefined) return near;
    const absolute = name.startsWith('::');
    const bare = absolute ? name.slice(2) : name;
    if (bare === '') return undefined;
    if (!absolute) {
      const [first, ...rest] = splitQualifiedName(bare);
      for (const prefix of this.prefixes) {
        const result = prefix === '' ? undefined : this.global(`${prefix}::${bare}`, find);
        if (result !== undefined) return result;
        for (const alias of this.aliasesAt(prefix)) {
          const target =
            alias.name === first ? this.global([alias.qualifiedName, ...rest].join('::'), find) : undefined;
          if (target !== undefined) return target;
        }
      }
    }
    return this.global(bare, find);
  }

  private global<T>(
    qualified: string,
    find: (data: ModuleData, qualified: string, near: FileAddr | undefined, reach: Reach) => T | undefined,
  ): T | undefined {
    for (const module of this.all()) {
      const near = module === this.own ? this.near : undefined;
      const result = find(module.data, qualified, near, this.reach);
      if (result !== undefined) return result;
    }
    return undefined;
  }

  private *all(): Iterable<DataModule> {
    if (this.own) yield this.own;
    for (const module of this.modules) if (module !== this.own) yield module;
  }

  /** Names that may stand in front of an unqualified one, innermost first, `` for the global scope. */
  private get prefixes(): readonly string[] {
    return (this.knownPrefixes ??= this.findPrefixes());
  }

  private findPrefixes(): readonly string[] {
    const prefixes = new Set<string>();
    for (const scope of this.scopes()) {
      for (const each of scope.imports) prefixes.add(each);
      if (!scope.function) continue;
      const around = splitQualifiedName(scope.function.qualifiedName).slice(0, -1);
      for (let length = around.length; length > 0; length--) prefixes.add(around.slice(0, length).join('::'));
    }
    prefixes.add('');
    // The set grows while it is walked: namespaces may import others.
    for (const prefix of prefixes) {
      if (prefixes.size > MAX_IMPORTS) break;
      for (const each of this.importsAt(prefix).imports) prefixes.add(each);
    }
    return [...prefixes];
  }

  private importsAt(prefix: string): {
    imports: readonly string[];
    aliases: readonly { name: string; qualifiedName: string }[];
  } {
    const none = { imports: [], aliases: [] };
    return this.near === undefined ? none : (this.own?.data.importsOf?.(prefix, this.near) ?? none);
  }

  private aliasesAt(prefix: string): readonly { readonly name: string; readonly qualifiedName: string }[] {
    const { aliases } = this.importsAt(prefix);
    if (prefix !== '') return aliases;
    return [...[...this.scopes()].flatMap((scope) => scope.aliases ?? []), ...aliases];
  }
}

function found(variable: Variable | undefined): FoundVariable | undefined {
  return variable && { kind: 'variable', variable };
}

function nestedType(container: Type | undefined, name: string): Type | undefined {
  const bare = container && bareType(container);
  return bare?.kind === 'struct' ? bare.nestedType(name) : undefined;
}

/** A variable of a block inside of a function. */
function inner(scope: DataScope, name: string): Variable | undefined {
  for (const child of scope.blocks ?? []) {
    const variable = child.variables.find((each) => each.name === name) ?? inner(child, name);
    if (variable) return variable;
  }
  return undefined;
}
