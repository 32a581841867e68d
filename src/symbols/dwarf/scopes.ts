/**
 * The code scopes around addresses: functions, inlined calls and lexical blocks (DWARF 5 §3.3 to §3.5). They tell
 * copies of a source line apart: two places in one scope are one line that the compiler split, two places in two scopes
 * are two copies of it.
 *
 * A unit's entries are walked for a few addresses at a time and not kept: what cannot contain one of them is stepped
 * over, by DW_AT_sibling where there is one (clang and dwz write none).
 */
import type { AddressRange, CompileUnit } from './compileunit';
import * as C from './constants';
import { type Cursor, DwarfError } from './cursor';
import type { DebugInfo } from './debuginfo';
import { type EntryPlan, EntryPlans } from './entryplan';
import { type FormValue, readForm, skipForm } from './forms';

export interface CodeScope {
  readonly kind: 'function' | 'inlined' | 'block';
  readonly parent: CodeScope | undefined;
  /** Never empty, as stated: the first one holds the entry. */
  readonly ranges: readonly AddressRange[];
}

/** More ranges than this around a few addresses are taken for damage. */
const MAX_RANGES = 1 << 20;

/**
 * The innermost scope at each address, undefined where there is none. A lexical block counts only if it declares
 * something: compilers put bare ones around statements, which tell nothing apart.
 * @throws DwarfError
 */
export function innermostScopes(
  debug: DebugInfo,
  unit: CompileUnit,
  addresses: readonly number[],
): (CodeScope | undefined)[] {
  const walk = new ScopeWalk(debug, unit, addresses);
  walk.run();
  const made = new Map<FoundScope, CodeScope | undefined>();
  const make = (found: FoundScope | undefined): CodeScope | undefined => {
    if (!found || made.has(found)) return found && made.get(found);
    const parent = make(found.parent);
    const counts = found.kind !== 'block' || walk.declares(found);
    const scope = counts ? { kind: found.kind, parent, ranges: found.ranges } : parent;
    made.set(found, scope);
    return scope;
  };
  return walk.innermost.map(make);
}

/** The function or inlined call that a scope belongs to. */
export function callOf(scope: CodeScope | undefined): CodeScope | undefined {
  let found = scope;
  while (found && found.kind === 'block') found = found.parent;
  return found;
}

/** The function, not inlined, that contains a scope. */
export function functionOf(scope: CodeScope | undefined): CodeScope | undefined {
  let found = scope;
  while (found && found.kind !== 'function') found = found.parent;
  return found;
}

interface FoundScope {
  readonly kind: CodeScope['kind'];
  readonly parent: FoundScope | undefined;
  readonly ranges: readonly AddressRange[];
  /** Section offset of the abstract entry that the scope is an instance of. */
  readonly origin: number | undefined;
  /** Whether a variable, a type or a label is declared right inside. */
  declares: boolean;
}

/** An entry whose children are being walked. */
interface OpenEntry {
  readonly scope: FoundScope | undefined;
  /** The nearest scope around the children. */
  readonly enclosing: FoundScope | undefined;
  /**
   * What the children can be: anything (`top`), parts of code with one of the addresses (`code`), or of code without
   * (`other`), where there can still be the functions of local types: gcc describes the code of a lambda inside the
   * lambda's type inside the function around it.
   */
  readonly inside: 'top' | 'code' | 'other';
}

class ScopeWalk {
  readonly innermost: (FoundScope | undefined)[];
  private readonly cursor: Cursor;
  private readonly plans: EntryPlans;
  private rangeCount = 0;
  private readonly originDeclares = new Map<number, boolean>();

  constructor(
    private readonly debug: DebugInfo,
    private readonly unit: CompileUnit,
    private readonly addresses: readonly number[],
  ) {
    const { header } = unit;
    this.innermost = addresses.map(() => undefined);
    this.cursor = debug.info.cursor(header.rootOffset, header.end);
    this.plans = new EntryPlans(debug.abbreviations(header), header);
  }

  run(): void {
    const { cursor, plans } = this;
    const open: OpenEntry[] = [];
    while (cursor.remaining > 0) {
      const code = cursor.uleb();
      if (code === 0) {
        const closed = open.pop();
        const outer = open[open.length - 1];
        // The root is closed last, and behind it is padding. No address is in two functions side by side.
        if (!outer || (closed?.scope && !outer.enclosing && !this.innermost.includes(undefined))) return;
        continue;
      }
      const plan = plans.of(code);
      const parent = open[open.length - 1];
      if (parent?.scope && isDeclaration(plan.tag)) parent.scope.declares = true;
      const entry = this.walkEntry(plan, parent);
      if (entry) open.push(entry);
      else if (!parent) return;
    }
  }

  /** Steps over an entry; returns it when its children are to be walked. */
  private walkEntry(plan: EntryPlan, parent: OpenEntry | undefined): OpenEntry | undefined {
    const { cursor, plans } = this;
    const kind = scopeKind(plan.tag);
    const inside = parent?.inside ?? 'top';
    const enclosing = parent?.enclosing;
    // Nothing in them has code of its own: members are declared there, and local variables of what was inlined.
    if (inside === 'top' ? isTypeTag(plan.tag) : inside === 'other' && kind === 'inlined') {
      plans.skipTree(cursor, plan);
      return undefined;
    }
    if (kind === undefined || (inside === 'other' && kind !== 'function')) {
      plans.skipAttributes(cursor, plan);
      return plan.hasChildren ? { scope: undefined, enclosing, inside } : undefined;
    }
    const { ranges, origin } = this.readAttributes(plan);
    const scope = this.enter(kind, ranges, origin, enclosing);
    if (!plan.hasChildren) return undefined;
    if (scope) return { scope, enclosing: scope, inside: 'code' };
    // A block without ranges says nothing about what is in it.
    const isUnknown = ranges.length === 0 && kind !== 'function';
    return { scope: undefined, enclosing, inside: isUnknown ? inside : 'other' };
  }

  /** Whether something is declared in a block, or in the abstract block that it is an instance of. */
  declares(block: FoundScope): boolean {
    if (block.declares || block.origin === undefined) return block.declares;
    let known = this.originDeclares.get(block.origin);
    if (known === undefined) this.originDeclares.set(block.origin, (known = this.hasDeclaration(block.origin)));
    return known;
  }

  private hasDeclaration(offset: number): boolean {
    const { header } = this.unit;
    if (offset < header.rootOffset || offset >= header.end) return false;
    const { plans } = this;
    const cursor = this.debug.info.cursor(offset, header.end);
    const block = plans.of(cursor.uleb());
    plans.skipAttributes(cursor, block);
    while (block.hasChildren && cursor.remaining > 0) {
      const code = cursor.uleb();
      if (code === 0) break;
      const plan = plans.of(code);
      if (isDeclaration(plan.tag)) return true;
      plans.skipTree(cursor, plan);
    }
    return false;
  }

  /** Makes the scope when it contains one of the addresses. */
  private enter(
    kind: CodeScope['kind'],
    ranges: readonly AddressRange[],
    origin: number | undefined,
    parent: FoundScope | undefined,
  ): FoundScope | undefined {
    this.rangeCount += ranges.length;
    if (this.rangeCount > MAX_RANGES) throw new DwarfError('a unit has an implausible number of ranges');
    let scope: FoundScope | undefined;
    this.addresses.forEach((address, i) => {
      if (!ranges.some((range) => address >= range.start && address < range.end)) return;
      scope ??= { kind, parent, ranges, origin, declares: false };
      this.innermost[i] = scope;
    });
    return scope;
  }

  private readAttributes(plan: EntryPlan): { ranges: readonly AddressRange[]; origin: number | undefined } {
    const { cursor, unit } = this;
    const { attributes } = plan;
    let low: FormValue | undefined;
    let high: FormValue | undefined;
    let list: FormValue | undefined;
    let origin: number | undefined;
    for (let i = 0; i < attributes.length; i += 3) {
      const form = attributes[i + 1]!;
      switch (attributes[i]) {
        case C.DW_AT_low_pc:
          low = readForm(cursor, form, unit.header);
          break;
        case C.DW_AT_high_pc:
          high = readForm(cursor, form, unit.header, attributes[i + 2]);
          break;
        case C.DW_AT_ranges:
          list = readForm(cursor, form, unit.header);
          break;
        case C.DW_AT_abstract_origin:
          origin = this.referredOffset(readForm(cursor, form, unit.header));
          break;
        default:
          skipForm(cursor, form, unit.header);
      }
    }
    return { ranges: unit.rangesOf(low, high, list), origin };
  }

  private referredOffset(value: FormValue): number | undefined {
    if (value.kind === 'unitReference') return this.unit.header.offset + value.value;
    return value.kind === 'infoReference' ? value.value : undefined;
  }
}

function scopeKind(tag: number): CodeScope['kind'] | undefined {
  switch (tag) {
    case C.DW_TAG_subprogram:
      return 'function';
    case C.DW_TAG_inlined_subroutine:
      return 'inlined';
    case C.DW_TAG_lexical_block:
    case C.DW_TAG_try_block:
    case C.DW_TAG_catch_block:
      return 'block';
    default:
      return undefined;
  }
}

function isTypeTag(tag: number): boolean {
  switch (tag) {
    case C.DW_TAG_class_type:
    case C.DW_TAG_structure_type:
    case C.DW_TAG_union_type:
    case C.DW_TAG_enumeration_type:
      return true;
    default:
      return false;
  }
}

function isDeclaration(tag: number): boolean {
  return isTypeTag(tag) || tag === C.DW_TAG_variable || tag === C.DW_TAG_label || tag === C.DW_TAG_typedef;
}
