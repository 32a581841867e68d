/** The walk over one unit's entries that fills the index. */
import type { CompileUnit } from '../dwarf/compileunit';
import * as C from '../dwarf/constants';
import type { Cursor } from '../dwarf/cursor';
import type { EntryPlan, EntryPlans } from '../dwarf/entryplan';
import { type FormValue, readForm, skipForm } from '../dwarf/forms';
import type { IndexBuilder } from './build';
import { Growing } from './growing';
import type { NameHash } from './namehash';
import type { StringHashes } from './stringhashes';
import { EntryKind, TRANSPARENT } from './tables';

/** Chains of DW_AT_abstract_origin and DW_AT_specification have two links. */
const MAX_LINKS = 4;

/** What the walk wants to know of an entry. */
interface Attributes {
  name: FormValue | undefined;
  /** DW_AT_specification, DW_AT_abstract_origin or DW_AT_import: the section offset it refers to. */
  origin: number | undefined;
  isDeclaration: boolean;
  /** It has code, a place or a value. */
  isDefined: boolean;
  isInline: boolean;
  isScoped: boolean;
  isExported: boolean;
  size: number;
}

/** What is to be done with the children of an entry. */
type Inside = 'scope' | 'enumerators';

/** A definition without a name of its own. */
interface Completion {
  /** Section offset. */
  readonly start: number;
  /** Section offset of the entry it completes or is an instance of. */
  readonly origin: number;
  readonly scope: number;
  readonly kind: EntryKind;
  readonly isDefined: boolean;
}

interface Open {
  readonly inside: Inside;
  /** Index of the scope's entry, -1 for the unit. */
  readonly scope: number;
}

export class UnitWalk {
  private readonly cursor: Cursor;
  private readonly plans: EntryPlans;
  private readonly open: Open[] = [];
  /** Where scopes begin and end, in the order they begin, for entries that are completed outside of their scope. */
  private readonly starts = new Growing(Float64Array);
  private readonly ends: number[] = [];
  private readonly scopes = new Growing(Int32Array);
  private readonly completions: Completion[] = [];
  private readonly found: Attributes = {
    name: undefined,
    origin: undefined,
    isDeclaration: false,
    isDefined: false,
    isInline: false,
    isScoped: false,
    isExported: false,
    size: 0,
  };

  constructor(
    private readonly builder: IndexBuilder,
    private readonly strings: StringHashes,
    private readonly unit: CompileUnit,
  ) {
    this.cursor = unit.entries.cursor(unit.header.rootOffset);
    this.plans = unit.entries.plans;
  }

  /** @throws DwarfError where the unit is damaged; what was found before stays */
  run(): void {
    try {
      this.walk();
    } finally {
      for (const completion of this.completions) this.complete(completion);
    }
  }

  private walk(): void {
    const { cursor, plans, open } = this;
    const root = plans.of(cursor.uleb());
    plans.skipAttributes(cursor, root);
    if (!root.hasChildren) return;
    open.push({ inside: 'scope', scope: -1 });
    const closing: number[] = [-1];
    while (open.length > 0 && cursor.remaining > 0) {
      const start = cursor.offset;
      const code = cursor.uleb();
      if (code === 0) {
        open.pop();
        const interval = closing.pop()!;
        if (interval >= 0) this.ends[interval] = start;
        continue;
      }
      const plan = plans.of(code);
      const within = open[open.length - 1]!;
      const children =
        within.inside === 'scope' ? this.entry(start, plan, within) : this.enumerator(start, plan, within);
      if (!children) continue;
      open.push(children);
      closing.push(this.openInterval(start, children.scope));
    }
  }

  private openInterval(start: number, scope: number): number {
    this.scopes.push(scope);
    this.ends.push(Infinity);
    return this.starts.push(start);
  }

  /** Handles an entry; returns what to do with its children, which are stepped over when it returns undefined. */
  private entry(start: number, plan: EntryPlan, within: Open): Open | undefined {
    switch (plan.tag) {
      case C.DW_TAG_namespace:
      case C.DW_TAG_module:
        return this.namespace(start, plan, within);
      case C.DW_TAG_structure_type:
      case C.DW_TAG_class_type:
      case C.DW_TAG_union_type:
      case C.DW_TAG_interface_type:
      case C.DW_TAG_enumeration_type:
      case C.DW_TAG_typedef:
      case C.DW_TAG_base_type:
        return this.type(start, plan, within);
      case C.DW_TAG_subprogram:
      case C.DW_TAG_variable:
      case C.DW_TAG_constant:
      case C.DW_TAG_member:
        this.definition(start, plan, within);
        return undefined;
      case C.DW_TAG_imported_module:
        this.importedModule(plan, within);
        return undefined;
      default:
        this.plans.skipTree(this.cursor, plan);
        return undefined;
    }
  }

  private namespace(start: number, plan: EntryPlan, within: Open): Open | undefined {
    const { name, isExported } = this.read(plan);
    const hash = name && this.strings.of(name, this.unit);
    const scope = hash ? this.once(start, hash, within.scope, EntryKind.namespace, 0).index : within.scope;
    // A type unit does not repeat that a namespace is inline.
    if (hash && isExported) this.builder.setFlag(scope, TRANSPARENT);
    return plan.hasChildren ? { inside: 'scope', scope } : undefined;
  }

  /** Before DWARF 5 an inline namespace is one that the namespace around it imports. */
  private importedModule(plan: EntryPlan, within: Open): void {
    const { origin } = this.read(plan, true);
    this.stepOver(plan);
    if (origin === undefined || within.scope < 0) return;
    const interval = this.intervalBefore(origin + 1);
    if (interval < 0 || this.starts.at(interval) !== origin) return;
    const scope = this.scopes.at(interval);
    if (scope >= 0 && this.builder.parentOf(scope) === within.scope) this.builder.setFlag(scope, TRANSPARENT);
  }

  private type(start: number, plan: EntryPlan, within: Open): Open | undefined {
    const { name, origin, isDeclaration, isScoped, size } = this.read(plan, true);
    const isEnum = plan.tag === C.DW_TAG_enumeration_type;
    // In a type unit the definition lies beside the scopes, which have a declaration of it.
    const scope = (origin === undefined ? undefined : this.scopeAround(origin)) ?? within.scope;
    const hash = name && this.strings.of(name, this.unit);
    if (hash && isDeclaration && plan.hasChildren && !isEnum) {
      return this.descend(plan, {
        inside: 'scope',
        scope: this.once(start, hash, scope, EntryKind.namespace, 3).index,
      });
    }
    if (!hash || isDeclaration) {
      // Enumerators of an unnamed enum are names of the scope around it.
      if (isEnum && !isDeclaration) return this.descend(plan, { inside: 'enumerators', scope: within.scope });
      this.stepOver(plan);
      return undefined;
    }
    const { index, isNew } = this.once(start, hash, scope, EntryKind.type, size * 64 + (plan.tag & 63));
    if (!plan.hasChildren) {
      this.plans.skipAttributes(this.cursor, plan);
      return undefined;
    }
    if (isEnum && !isNew) {
      this.stepOver(plan);
      return undefined;
    }
    if (isEnum) return this.descend(plan, { inside: 'enumerators', scope: isScoped ? index : scope });
    if (plan.tag === C.DW_TAG_typedef || plan.tag === C.DW_TAG_base_type) {
      this.stepOver(plan);
      return undefined;
    }
    // Known classes too: a unit describes those nested types only that it uses.
    return this.descend(plan, { inside: 'scope', scope: index });
  }

  private definition(start: number, plan: EntryPlan, within: Open): void {
    if (!mayDefine(plan)) {
      this.stepOver(plan);
      return;
    }
    const attributes = this.read(plan, true);
    const { isDefined, isInline, isDeclaration, origin, name } = attributes;
    this.stepOver(plan);
    const isFunction = plan.tag === C.DW_TAG_subprogram;
    if (isFunction ? isDeclaration || !(isDefined || isInline) : !isDefined) return;
    const kind = isFunction ? EntryKind.function : EntryKind.variable;
    if (!name) {
      // What it completes may be described further down.
      if (origin !== undefined) this.completions.push({ start, origin, scope: within.scope, kind, isDefined });
      return;
    }
    const hash = this.strings.of(name, this.unit);
    if (hash) this.define(start, hash, within.scope, kind, isDefined);
  }

  /** Every copy of code and data counts; an inlined function without code of its own is the same in every unit. */
  private define(start: number, hash: NameHash, scope: number, kind: EntryKind, isDefined: boolean): void {
    if (isDefined) this.builder.add(hash, start - this.unit.header.offset, scope, kind);
    else this.once(start, hash, scope, kind, 1);
  }

  private complete({ start, origin, scope, kind, isDefined }: Completion): void {
    const place = this.originOf(origin);
    if (place?.hash) this.define(start, place.hash, place.scope ?? scope, kind, isDefined);
  }

  private enumerator(start: number, plan: EntryPlan, within: Open): undefined {
    if (plan.tag !== C.DW_TAG_enumerator) {
      this.plans.skipTree(this.cursor, plan);
      return;
    }
    const { name } = this.read(plan);
    const hash = name && this.strings.of(name, this.unit);
    if (hash) this.once(start, hash, within.scope, EntryKind.enumerator, 2);
  }

  /** The name of the entry that a definition completes, and the scope that is in. */
  private originOf(origin: number): { hash: NameHash | undefined; scope: number | undefined } | undefined {
    const { header } = this.unit;
    let at: number | undefined = origin;
    for (let link = 0; at !== undefined && link < MAX_LINKS; link++) {
      if (at < header.rootOffset || at >= header.end) return undefined;
      const resume = this.cursor.position;
      this.cursor.position = at - this.cursor.base;
      const code = this.cursor.uleb();
      const next: Attributes | undefined = code === 0 ? undefined : { ...this.read(this.plans.of(code)) };
      this.cursor.position = resume;
      if (!next) return undefined;
      if (next.name) return { hash: this.strings.of(next.name, this.unit), scope: this.scopeAround(at) };
      at = next.origin;
    }
    return undefined;
  }

  /** The innermost scope that a section offset lies in; undefined when it is in none. */
  private scopeAround(offset: number): number | undefined {
    for (let i = this.intervalBefore(offset); i >= 0; i--) if (this.ends[i]! > offset) return this.scopes.at(i);
    return undefined;
  }

  /** The last interval that begins before an offset, or -1. */
  private intervalBefore(offset: number): number {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.starts.at(middle) < offset) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Adds what has no copies that differ, once. */
  private once(
    start: number,
    hash: NameHash,
    scope: number,
    kind: number,
    detail: number,
  ): { index: number; isNew: boolean } {
    const low = (hash.full ^ Math.imul(scope + 1, 0x9e3779b1) ^ Math.imul(detail + kind, 0x85ebca6b)) >>> 0;
    const high = (hash.second ^ Math.imul(scope + 1, 0xc2b2ae35) ^ Math.imul(detail, 0x27d4eb2f)) >>> 0;
    const key = (high & 0x1fffff) * 0x100000000 + low;
    const known = this.builder.find(key);
    if (known >= 0) return { index: known, isNew: false };
    const index = this.builder.add(hash, start - this.unit.header.offset, scope, kind);
    this.builder.remember(key, index);
    return { index, isNew: true };
  }

  private descend(plan: EntryPlan, children: Open): Open | undefined {
    this.plans.skipAttributes(this.cursor, plan);
    return plan.hasChildren ? children : undefined;
  }

  private stepOver(plan: EntryPlan): void {
    this.plans.skipTree(this.cursor, plan);
  }

  /**
   * Reads the attributes of an entry whose code was read, into one object that is used again and again.
   * @param peek whether to return to the attributes' beginning
   */
  private read(plan: EntryPlan, peek = false): Attributes {
    const { cursor, found } = this;
    const { header } = this.unit;
    const start = cursor.position;
    found.name = found.origin = undefined;
    found.isDeclaration = found.isDefined = found.isInline = found.isScoped = found.isExported = false;
    found.size = 0;
    const { attributes } = plan;
    for (let i = 0; i < attributes.length; i += 3) {
      const form = attributes[i + 1]!;
      switch (attributes[i]) {
        case C.DW_AT_name:
          found.name = readForm(cursor, form, header);
          break;
        case C.DW_AT_specification:
        case C.DW_AT_abstract_origin:
        case C.DW_AT_import: {
          const value = readForm(cursor, form, header);
          if (value.kind === 'unitReference') found.origin = header.offset + value.value;
          else if (value.kind === 'infoReference') found.origin = value.value;
          break;
        }
        case C.DW_AT_low_pc: {
          const value = readForm(cursor, form, header);
          // The linker leaves 0 (or 1, by lld) where it dropped a function.
          if (value.kind !== 'address' || value.value > 1) found.isDefined = true;
          break;
        }
        case C.DW_AT_ranges:
        case C.DW_AT_location:
        case C.DW_AT_const_value:
          found.isDefined = true;
          skipForm(cursor, form, header);
          break;
        case C.DW_AT_inline:
          found.isInline = numberOf(readForm(cursor, form, header, attributes[i + 2])) > 0;
          break;
        case C.DW_AT_byte_size:
          found.size = numberOf(readForm(cursor, form, header, attributes[i + 2]));
          break;
        case C.DW_AT_declaration:
          found.isDeclaration = isSet(readForm(cursor, form, header));
          break;
        case C.DW_AT_enum_class:
          found.isScoped = isSet(readForm(cursor, form, header));
          break;
        case C.DW_AT_export_symbols:
          found.isExported = isSet(readForm(cursor, form, header));
          break;
        default:
          skipForm(cursor, form, header);
      }
    }
    if (peek) cursor.position = start;
    return found;
  }
}

/** Most entries of these tags are members and declarations, which their abbreviation alone tells. */
function mayDefine({ attributes }: EntryPlan): boolean {
  for (let i = 0; i < attributes.length; i += 3) {
    switch (attributes[i]) {
      case C.DW_AT_location:
      case C.DW_AT_const_value:
      case C.DW_AT_low_pc:
      case C.DW_AT_ranges:
      case C.DW_AT_inline:
        return true;
      default:
    }
  }
  return false;
}

function numberOf(value: FormValue): number {
  return value.kind === 'constant' ? value.value : 0;
}

function isSet(value: FormValue): boolean {
  return value.kind === 'flag' && value.value;
}
