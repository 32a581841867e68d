/**
 * The scopes of one function: inlined calls and lexical blocks, and what each declares (DWARF 5 §3.3 to §3.5). Read when
 * somebody stops in the function, as a whole, so that every further look is a descent.
 */
import type { FileAddr } from '../../common/addresses';
import * as C from '../dwarf/constants';
import type { Die } from '../dwarf/die';
import { DwarfError } from '../dwarf/cursor';
import { FunctionEntry, namespaceName } from './functions';
import type { ModuleContext } from './modulecontext';
import { VariableEntry } from './variablereader';
import type { Type } from './types';
import * as V from './variableconstants';
import type { DataScope, FunctionInfo, ScopeAlias, Variable } from './variables';

/** Entries below one function; more are taken for damage. */
const MAX_ENTRIES = 1 << 20;
/** Blocks in blocks. */
const MAX_DEPTH = 500;

type Ranges = readonly { readonly start: number; readonly end: number }[];

export class ScopeEntry implements DataScope {
  readonly children: ScopeEntry[] = [];
  /** Entries of arguments, of locals, of what the abstract instance alone has, of imports, and of local types. */
  readonly arguments: Die[] = [];
  readonly locals: Die[] = [];
  readonly imported: Die[] = [];
  readonly types: Die[] = [];
  /** Of functions: how many entries it was read from. */
  size = 0;
  /** Of functions: the call sites in all of its code, inlined calls included. */
  readonly callSites: Die[] = [];
  private knownVariables: readonly Variable[] | undefined;
  private knownImports: { imports: string[]; aliases: ScopeAlias[] } | undefined;
  private knownFunction: FunctionInfo | undefined;

  constructor(
    private readonly context: ModuleContext,
    readonly die: Die,
    readonly kind: DataScope['kind'],
    readonly ranges: Ranges,
    readonly parent: ScopeEntry | undefined,
  ) {}

  get variables(): readonly Variable[] {
    return (this.knownVariables ??= [
      ...this.arguments.map((die) => new VariableEntry(this.context, die, 'argument')),
      ...this.locals.map((die) => new VariableEntry(this.context, die, 'local')),
    ].filter(({ name }) => name !== ''));
  }

  get imports(): readonly string[] {
    return this.importing.imports;
  }

  get aliases(): readonly ScopeAlias[] {
    return this.importing.aliases;
  }

  get function(): FunctionInfo | undefined {
    if (this.kind === 'block') return undefined;
    return (this.knownFunction ??= new FunctionEntry(this.context, this.die));
  }

  get call(): DataScope['call'] {
    if (this.kind !== 'inlined') return undefined;
    return {
      file: this.context.file(this.die, V.DW_AT_call_file),
      line: this.die.number(V.DW_AT_call_line) ?? 0,
      column: this.die.number(V.DW_AT_call_column) ?? 0,
    };
  }

  get blocks(): readonly ScopeEntry[] {
    return this.children;
  }

  localType(name: string): Type | undefined {
    const { types } = this.context;
    const die = this.types.find((each) => types.guard(each, () => each.name === name, false));
    return die && types.type(die);
  }

  /** The innermost scope at a file address that this one contains. */
  at(address: FileAddr): ScopeEntry {
    for (const child of this.children) if (containsAddress(child.ranges, address)) return child.at(address);
    return this;
  }

  private get importing(): { imports: string[]; aliases: ScopeAlias[] } {
    return (this.knownImports ??= readImports(this.context, this.imported));
  }
}

/** What `using` entries make visible: whole namespaces, and single names. */
export function readImports(
  context: ModuleContext,
  entries: Iterable<Die>,
): { imports: string[]; aliases: ScopeAlias[] } {
  const imports: string[] = [];
  const aliases: ScopeAlias[] = [];
  for (const die of entries) {
    context.types.guard(
      die,
      () => {
        const target = die.reference(C.DW_AT_import);
        const qualifiedName = target && namespaceName(context, target);
        if (target === undefined || qualifiedName === undefined || qualifiedName === '') return;
        if (die.tag === V.DW_TAG_imported_module) imports.push(qualifiedName);
        else aliases.push({ name: die.string(C.DW_AT_name) ?? target.name ?? '', qualifiedName });
      },
      undefined,
    );
  }
  return { imports, aliases };
}

function containsAddress(ranges: Ranges, address: number): boolean {
  for (const range of ranges) if (address >= range.start && address < range.end) return true;
  return false;
}

/** Reads the scopes of the function whose entry it is. @throws DwarfError */
export function readScopeTree(context: ModuleContext, die: Die): ScopeEntry {
  return new TreeReader(context).read(die);
}

class TreeReader {
  private entries = 0;
  private readonly callSites: Die[] = [];

  constructor(private readonly context: ModuleContext) {}

  read(die: Die): ScopeEntry {
    const root = new ScopeEntry(this.context, die, 'function', die.ranges(), undefined);
    this.fill(root, die, 0);
    this.inherit(root);
    for (const site of this.callSites) root.callSites.push(site);
    root.size = this.entries;
    return root;
  }

  private fill(scope: ScopeEntry, die: Die, depth: number): void {
    if (depth > MAX_DEPTH) throw new DwarfError(`blocks nest more than ${MAX_DEPTH} deep`);
    for (const child of die.children(isOfInterest)) {
      if (++this.entries > MAX_ENTRIES) throw new DwarfError('a function has an implausible number of entries');
      this.add(scope, child, depth);
    }
  }

  private add(scope: ScopeEntry, child: Die, depth: number): void {
    switch (child.tag) {
      case V.DW_TAG_formal_parameter:
        scope.arguments.push(child);
        return;
      case V.DW_TAG_variable:
      case V.DW_TAG_constant:
        scope.locals.push(child);
        return;
      case V.DW_TAG_GNU_formal_parameter_pack:
      case V.DW_TAG_common_block:
        return this.fill(scope, child, depth + 1);
      case V.DW_TAG_imported_module:
      case V.DW_TAG_imported_declaration:
        scope.imported.push(child);
        return;
      case V.DW_TAG_call_site:
      case V.DW_TAG_GNU_call_site:
        this.callSites.push(child);
        return;
      case C.DW_TAG_lexical_block:
      case C.DW_TAG_try_block:
      case C.DW_TAG_catch_block:
        return this.addBlock(scope, child, 'block', depth);
      case C.DW_TAG_inlined_subroutine:
        return this.addBlock(scope, child, 'inlined', depth);
      default:
        scope.types.push(child);
    }
  }

  private addBlock(scope: ScopeEntry, die: Die, kind: 'block' | 'inlined', depth: number): void {
    const ranges = die.ranges();
    if (ranges.length === 0) {
      // Its declarations count as the outer block's: old compilers leave the ranges out where they are the same.
      if (kind === 'block' && !die.has(C.DW_AT_low_pc) && !die.has(C.DW_AT_ranges)) this.fill(scope, die, depth + 1);
      return;
    }
    const block = new ScopeEntry(this.context, die, kind, ranges, scope);
    scope.children.push(block);
    this.fill(block, die, depth + 1);
    this.inherit(block);
  }

  /**
   * Adds what the abstract instance declares and this one does not mention: it was optimized out here, unless it has a
   * place of its own, as static variables do (DWARF 5 §3.3.8.2).
   */
  private inherit(scope: ScopeEntry): void {
    const origin = scope.die.reference(C.DW_AT_abstract_origin);
    if (!origin || origin === scope.die) return;
    const mentioned = new Set<string>();
    mention(scope, mentioned, 0);
    this.addMissing(scope, origin, mentioned, 0);
  }

  private addMissing(scope: ScopeEntry, origin: Die, mentioned: ReadonlySet<string>, depth: number): void {
    if (depth > MAX_DEPTH) return;
    for (const child of origin.children(isOfInterest)) {
      if (++this.entries > MAX_ENTRIES) throw new DwarfError('a function has an implausible number of entries');
      if (mentioned.has(child.key)) continue;
      switch (child.tag) {
        case V.DW_TAG_formal_parameter:
          scope.arguments.push(child);
          break;
        case V.DW_TAG_variable:
        case V.DW_TAG_constant:
          scope.locals.push(child);
          break;
        case V.DW_TAG_imported_module:
        case V.DW_TAG_imported_declaration:
          scope.imported.push(child);
          break;
        case C.DW_TAG_lexical_block:
          this.addMissing(scope, child, mentioned, depth + 1);
          break;
        case C.DW_TAG_inlined_subroutine:
        case V.DW_TAG_call_site:
        case V.DW_TAG_GNU_call_site:
          break;
        default:
          scope.types.push(child);
      }
    }
  }
}

/** Collects the abstract entries that what a scope declares, at any depth of blocks, are instances of. */
function mention(scope: ScopeEntry, into: Set<string>, depth: number): void {
  const add = (die: Die): void => {
    for (let origin = die.reference(C.DW_AT_abstract_origin), i = 0; origin && i < 8; i++) {
      into.add(origin.key);
      origin = origin.reference(C.DW_AT_abstract_origin);
    }
  };
  scope.arguments.forEach(add);
  scope.locals.forEach(add);
  if (depth > MAX_DEPTH) return;
  for (const child of scope.children) {
    add(child.die);
    if (child.kind === 'block') mention(child, into, depth + 1);
  }
}

function isOfInterest(tag: number): boolean {
  switch (tag) {
    case V.DW_TAG_formal_parameter:
    case V.DW_TAG_variable:
    case V.DW_TAG_constant:
    case V.DW_TAG_GNU_formal_parameter_pack:
    case V.DW_TAG_common_block:
    case V.DW_TAG_imported_module:
    case V.DW_TAG_imported_declaration:
    case V.DW_TAG_call_site:
    case V.DW_TAG_GNU_call_site:
    case C.DW_TAG_lexical_block:
    case C.DW_TAG_try_block:
    case C.DW_TAG_catch_block:
    case C.DW_TAG_inlined_subroutine:
      return true;
    default:
      return isTypeEntry(tag);
  }
}

/** Entries that declare the name of a type. */
export function isTypeEntry(tag: number): boolean {
  switch (tag) {
    case C.DW_TAG_class_type:
    case C.DW_TAG_structure_type:
    case C.DW_TAG_union_type:
    case C.DW_TAG_enumeration_type:
    case C.DW_TAG_typedef:
    case V.DW_TAG_interface_type:
    case V.DW_TAG_base_type:
    case V.DW_TAG_template_alias:
      return true;
    default:
      return false;
  }
}
