/** The names one unit defines: its variables in a list, and everything by name. */
import * as C from '../dwarf/constants';
import type { CompileUnit } from '../dwarf/compileunit';
import { DwarfError } from '../dwarf/cursor';
import type { Die } from '../dwarf/die';
import { IndexBuilder } from '../index/build';
import { normalizeName, splitQualifiedName } from '../index/namehash';
import { NameTable } from '../index/nametable';
import { StringHashes } from '../index/stringhashes';
import { UnitPlace } from '../index/tables';
import { UnitWalk } from '../index/unitwalk';
import { isClass } from './functions';
import type { ModuleContext } from './modulecontext';
import type { NameIndex } from './nameindex';
import { readImports } from './scopetree';
import { flagOf, isDeclaration, VariableEntry } from './variablereader';
import * as V from './variableconstants';
import type { DeclaredName, ScopeAlias, Variable } from './variables';

/** Namespaces in namespaces. */
const MAX_DEPTH = 100;

export class UnitNames {
  private knownIndex: NameIndex | undefined;
  private knownVariables: { statics: VariableEntry[]; globals: VariableEntry[] } | undefined;
  private readonly knownImports = new Map<string, { imports: readonly string[]; aliases: readonly ScopeAlias[] }>();

  constructor(
    private readonly context: ModuleContext,
    readonly unit: CompileUnit,
  ) {}

  /** Variables that only this unit sees, by name. */
  get statics(): readonly Variable[] {
    return this.variables.statics;
  }

  get globals(): readonly Variable[] {
    return this.variables.globals;
  }

  /** Those of a simple or qualified name. */
  variablesNamed(name: string): readonly Variable[] {
    const { statics, globals } = this.variables;
    const simple = splitQualifiedName(name).pop();
    const matches = ({ name: own, die }: VariableEntry): boolean =>
      own === simple && this.context.types.guard(die, () => matchesName(die, name), false);
    return [...statics.filter(matches), ...globals.filter(matches)];
  }

  /** By name; built from one walk over the unit. */
  get index(): NameIndex {
    if (!this.knownIndex) {
      const { unit } = this;
      const builder = new IndexBuilder();
      const { skeleton } = unit;
      builder.beginUnit(skeleton ? UnitPlace.split : UnitPlace.info, (skeleton ?? unit).header.offset);
      this.context.types.guard(
        unit.root,
        () => new UnitWalk(builder, new StringHashes(unit.debug.sections), unit).run(),
        undefined,
      );
      this.knownIndex = new NameTable(builder.finish(), (skeleton ?? unit).debug);
    }
    return this.knownIndex;
  }

  /** What `using` at file level or in a namespace makes visible there; '' is the file's own level. */
  importsOf(namespace: string): { readonly imports: readonly string[]; readonly aliases: readonly ScopeAlias[] } {
    if (this.knownImports.size === 0) this.readImports();
    return this.knownImports.get(namespace) ?? { imports: [], aliases: [] };
  }

  /** What is declared in a namespace, or at file level (''), by simple names; what it holds itself is left out. */
  declaredIn(namespace: string): readonly DeclaredName[] {
    const found = new Map<string, DeclaredName>();
    const add = (name: string | undefined, kind: DeclaredName['kind']): void => {
      if (name !== undefined && WORD.test(name) && !found.has(name)) found.set(name, { name, kind });
    };
    const { types } = this.context;
    const visit = (scope: Die, rest: readonly string[], depth: number): void => {
      for (const child of types.guard(scope, () => [...scope.children()], [])) {
        const isScope = child.tag === V.DW_TAG_namespace || child.tag === V.DW_TAG_module;
        types.guard(
          child,
          () => {
            const isOpen = isScope && (child.name === undefined || child.flag(V.DW_AT_export_symbols));
            if (isOpen && depth < MAX_DEPTH) visit(child, rest, depth + 1);
            else if (isScope && rest.length > 0 && child.name === rest[0]) visit(child, rest.slice(1), depth + 1);
            if (rest.length > 0) return;
            if (child.tag === C.DW_TAG_enumeration_type && !child.flag(V.DW_AT_enum_class)) {
              for (const each of child.children()) add(each.name, 'enumerator');
            }
            const kind = kindOf(child);
            if (kind) add(child.name, kind);
          },
          undefined,
        );
      }
    };
    visit(
      this.unit.root,
      splitQualifiedName(namespace).filter((part) => part !== ''),
      0,
    );
    return [...found.values()];
  }

  private get variables(): { statics: VariableEntry[]; globals: VariableEntry[] } {
    return (this.knownVariables ??= this.readVariables());
  }

  private readVariables(): { statics: VariableEntry[]; globals: VariableEntry[] } {
    const statics: VariableEntry[] = [];
    const globals: VariableEntry[] = [];
    const seen = new Set<string>();
    const { types } = this.context;
    const visit = (die: Die): void => {
      if (isDeclaration(die) || !isDefinition(die)) return;
      const variable = new VariableEntry(this.context, die, 'unit');
      if (variable.name === '' || seen.has(variable.qualifiedName)) return;
      seen.add(variable.qualifiedName);
      (flagOf(die, V.DW_AT_external) ? globals : statics).push(variable);
    };
    this.walk(this.unit.root, 0, (die) => types.guard(die, () => visit(die), undefined));
    const byName = (a: Variable, b: Variable): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
    return { statics: statics.sort(byName), globals: globals.sort(byName) };
  }

  private walk(scope: Die, depth: number, visit: (die: Die) => void): void {
    if (depth > MAX_DEPTH) return;
    this.context.types.guard(
      scope,
      () => {
        for (const child of scope.childrenAcrossImports(isVariableOrScope)) {
          if (child.tag === V.DW_TAG_variable) visit(child);
          else this.walk(child, depth + 1, visit);
        }
      },
      undefined,
    );
  }

  private readImports(): void {
    const collect = (scope: Die, name: string, depth: number): void => {
      const imported: Die[] = [];
      for (const child of scope.children(isImportOrNamespace)) {
        if (child.tag !== V.DW_TAG_namespace) imported.push(child);
        else if (depth < MAX_DEPTH) {
          const simple = child.name ?? '(anonymous namespace)';
          collect(child, name === '' ? simple : `${name}::${simple}`, depth + 1);
        }
      }
      const known = this.knownImports.get(name);
      const { imports, aliases } = readImports(this.context, imported);
      this.knownImports.set(name, {
        imports: [...(known?.imports ?? []), ...imports],
        aliases: [...(known?.aliases ?? []), ...aliases],
      });
    };
    this.knownImports.set('', { imports: [], aliases: [] });
    this.context.types.guard(this.unit.root, () => collect(this.unit.root, '', 0), undefined);
  }
}

/** What can be written as it stands: no template instances, operators or compilers' own names. */
const WORD = /^[^\W\d]\w*$/;

function kindOf(die: Die): DeclaredName['kind'] | undefined {
  switch (die.tag) {
    case V.DW_TAG_namespace:
    case V.DW_TAG_module:
    case C.DW_TAG_imported_declaration:
      return 'namespace';
    case C.DW_TAG_subprogram:
      return 'function';
    case V.DW_TAG_variable:
      return 'variable';
    case C.DW_TAG_typedef:
    case C.DW_TAG_enumeration_type:
      return 'type';
    default:
      return isClass(die.tag) ? 'type' : undefined;
  }
}

function isDefinition(die: Die): boolean {
  return die.inherited(V.DW_AT_location) !== undefined || die.inherited(V.DW_AT_const_value) !== undefined;
}

function isVariableOrScope(tag: number): boolean {
  return tag === V.DW_TAG_variable || tag === V.DW_TAG_namespace || tag === V.DW_TAG_module;
}

function isImportOrNamespace(tag: number): boolean {
  return tag === V.DW_TAG_namespace || tag === V.DW_TAG_imported_module || tag === V.DW_TAG_imported_declaration;
}

/** A scope around a definition. */
interface OuterScope {
  readonly name: string;
  /** Inline and anonymous namespaces and unscoped enumerations: their name need not be written. */
  readonly isTransparent: boolean;
}

/**
 * Whether a qualified name means the thing that an entry defines: all scopes around it are named, transparent ones if
 * they are. @throws DwarfError
 */
export function matchesName(die: Die, name: string): boolean {
  const wanted = splitQualifiedName(name).filter((part) => part !== '');
  wanted.pop();
  const scopes = outerScopes(die);
  if (!scopes) return false;
  let next = wanted.length - 1;
  for (let i = scopes.length - 1; i >= 0; i--) {
    const scope = scopes[i]!;
    if (next >= 0 && normalizeName(scope.name) === normalizeName(wanted[next]!)) next--;
    else if (!scope.isTransparent) return false;
  }
  return next < 0;
}

/** The scopes around an entry, the outermost first; undefined for what is local to a function. @throws DwarfError */
function outerScopes(die: Die): readonly OuterScope[] | undefined {
  const scopes: OuterScope[] = [];
  let at: Die = die;
  for (let i = 0; i < MAX_DEPTH; i++) {
    const declared = at.reference(C.DW_AT_abstract_origin) ?? at.reference(C.DW_AT_specification);
    if (declared) {
      at = declared;
      continue;
    }
    const { parent } = at;
    if (!parent) return scopes.reverse();
    at = parent;
    if (at.tag === C.DW_TAG_subprogram || at.tag === C.DW_TAG_lexical_block) return undefined;
    const scope = outerScope(at);
    if (scope) scopes.push(scope);
  }
  throw new DwarfError('scopes nest too deep');
}

function outerScope(die: Die): OuterScope | undefined {
  const { name } = die;
  switch (die.tag) {
    case V.DW_TAG_namespace:
    case V.DW_TAG_module:
      return { name: name ?? '(anonymous namespace)', isTransparent: name === undefined || isInline(die) };
    case C.DW_TAG_enumeration_type:
      return { name: name ?? '', isTransparent: !die.flag(V.DW_AT_enum_class) };
    default:
      return isClass(die.tag) ? { name: name ?? '', isTransparent: name === undefined } : undefined;
  }
}

/** Before DWARF 5 an inline namespace is one that the namespace around it imports. */
function isInline(die: Die): boolean {
  if (die.flag(V.DW_AT_export_symbols)) return true;
  const { parent } = die;
  if (!parent || die.unit.header.version >= 5 || parent.tag !== V.DW_TAG_namespace) return false;
  for (const child of parent.children((tag) => tag === V.DW_TAG_imported_module)) {
    if (child.reference(C.DW_AT_import) === die) return true;
  }
  return false;
}
