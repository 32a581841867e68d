/**
 * The code scopes of a unit: functions, inlined calls and lexical blocks, with their address ranges and nesting
 * (DWARF 5 §3.3 to §3.5). They tell copies of a source line apart: two places in one scope are one line that the
 * compiler split, two places in two scopes are two copies of it.
 */
import type { AbbreviationTable } from './abbreviations';
import type { AddressRange, CompileUnit } from './compileunit';
import * as C from './constants';
import { type Cursor, DwarfError } from './cursor';
import type { DebugInfo } from './debuginfo';
import { type Encoding, fixedFormSize, type FormValue, readForm, skipForm } from './forms';

export interface CodeScope {
  readonly kind: 'function' | 'inlined' | 'block';
  readonly parent: CodeScope | undefined;
  /** Never empty, as stated: the first one holds the entry. */
  readonly ranges: readonly AddressRange[];
}

/** More ranges than this in one unit are taken for damage. */
const MAX_RANGES = 1 << 20;

/** What to do with the entries of one abbreviation. */
interface Plan {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly isScope: boolean;
  /** Total size of the attributes when it does not depend on their values. */
  readonly size: number | undefined;
  readonly attributes: readonly number[];
}

interface OpenScope {
  /** Undefined for entries that are no scope or have no code. */
  readonly scope: MutableScope | undefined;
  /** The nearest scope that contains code. */
  readonly enclosing: MutableScope | undefined;
  readonly offset: number;
  readonly isBlock: boolean;
}

interface MutableScope {
  readonly kind: CodeScope['kind'];
  readonly enclosing: MutableScope | undefined;
  readonly ranges: readonly AddressRange[];
  readonly offset: number;
  readonly origin: number | undefined;
}

/**
 * All scopes of a unit that have code, outer ones before those inside them. A lexical block counts only if it declares
 * something: compilers put bare ones around statements, which tell nothing apart.
 * @throws DwarfError
 */
export function readCodeScopes(debug: DebugInfo, unit: CompileUnit): CodeScope[] {
  const header = unit.header;
  const cursor = debug.info.cursor(header.rootOffset, header.end);
  const planFor = planner(debug.abbreviations(header), header);
  const found: MutableScope[] = [];
  /** Offsets of lexical blocks, abstract ones too, that declare something. */
  const declaring = new Set<number>();
  const open: OpenScope[] = [];
  let rangeCount = 0;

  while (cursor.remaining > 0) {
    const offset = cursor.offset;
    const code = cursor.uleb();
    if (code === 0) {
      // The root is closed last; anything behind it is padding.
      if (open.pop() === undefined || open.length === 0) break;
      continue;
    }
    const plan = planFor(code);
    const parent = open[open.length - 1];
    if (parent?.isBlock && isDeclaration(plan.tag)) declaring.add(parent.offset);
    let scope: MutableScope | undefined;
    if (!plan.isScope) {
      skipAttributes(cursor, plan, header);
    } else {
      const { ranges, origin } = readScopeAttributes(cursor, plan, unit);
      rangeCount += ranges.length;
      if (rangeCount > MAX_RANGES) throw new DwarfError('a unit has an implausible number of ranges');
      const enclosing = parent?.scope ?? parent?.enclosing;
      if (ranges.length > 0) found.push((scope = { kind: kindOf(plan.tag), enclosing, ranges, offset, origin }));
    }
    if (plan.hasChildren) {
      const isBlock = plan.isScope && kindOf(plan.tag) === 'block';
      open.push({ scope, enclosing: parent?.scope ?? parent?.enclosing, offset, isBlock });
    } else if (open.length === 0) {
      break;
    }
  }
  return linkScopes(found, declaring);
}

/** Drops blocks without declarations and gives their children to what encloses them. */
function linkScopes(found: readonly MutableScope[], declaring: ReadonlySet<number>): CodeScope[] {
  const kept = new Map<MutableScope, CodeScope>();
  for (const scope of found) {
    if (scope.kind === 'block' && !declaring.has(scope.offset) && !declaring.has(scope.origin ?? -1)) continue;
    let parent = scope.enclosing;
    while (parent && !kept.has(parent)) parent = parent.enclosing;
    kept.set(scope, { kind: scope.kind, ranges: scope.ranges, parent: parent && kept.get(parent) });
  }
  return [...kept.values()];
}

/** The innermost of a unit's scopes that contains an address. */
export function innermostScope(scopes: readonly CodeScope[], address: number): CodeScope | undefined {
  let innermost: CodeScope | undefined;
  for (const scope of scopes) {
    for (const range of scope.ranges) {
      if (address >= range.start && address < range.end) {
        innermost = scope;
        break;
      }
    }
  }
  return innermost;
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

function kindOf(tag: number): CodeScope['kind'] {
  if (tag === C.DW_TAG_subprogram) return 'function';
  return tag === C.DW_TAG_inlined_subroutine ? 'inlined' : 'block';
}

function isScopeTag(tag: number): boolean {
  return (
    tag === C.DW_TAG_subprogram ||
    tag === C.DW_TAG_inlined_subroutine ||
    tag === C.DW_TAG_lexical_block ||
    tag === C.DW_TAG_try_block ||
    tag === C.DW_TAG_catch_block
  );
}

function isDeclaration(tag: number): boolean {
  switch (tag) {
    case C.DW_TAG_variable:
    case C.DW_TAG_label:
    case C.DW_TAG_typedef:
    case C.DW_TAG_class_type:
    case C.DW_TAG_structure_type:
    case C.DW_TAG_union_type:
    case C.DW_TAG_enumeration_type:
      return true;
    default:
      return false;
  }
}

function planner(table: AbbreviationTable, encoding: Encoding): (code: number) => Plan {
  const plans: (Plan | undefined)[] = [];
  return (code) => {
    const known = code < 4096 ? plans[code] : undefined;
    if (known) return known;
    const { tag, hasChildren, attributes } = table.find(code);
    let size: number | undefined = 0;
    for (let i = 1; i < attributes.length && size !== undefined; i += 3) {
      const one = fixedFormSize(attributes[i]!, encoding);
      size = one === undefined ? undefined : size + one;
    }
    const plan = { tag, hasChildren, isScope: isScopeTag(tag), size, attributes };
    if (code < 4096) plans[code] = plan;
    return plan;
  };
}

function skipAttributes(cursor: Cursor, plan: Plan, encoding: Encoding): void {
  if (plan.size !== undefined) {
    cursor.skip(plan.size);
    return;
  }
  const { attributes } = plan;
  for (let i = 1; i < attributes.length; i += 3) skipForm(cursor, attributes[i]!, encoding);
}

function readScopeAttributes(
  cursor: Cursor,
  plan: Plan,
  unit: CompileUnit,
): { ranges: AddressRange[]; origin: number | undefined } {
  const { attributes } = plan;
  let low: FormValue | undefined;
  let high: FormValue | undefined;
  let list: FormValue | undefined;
  let origin: number | undefined;
  for (let i = 0; i < attributes.length; i += 3) {
    const name = attributes[i]!;
    const form = attributes[i + 1]!;
    switch (name) {
      case C.DW_AT_low_pc:
        low = readForm(cursor, form, unit.header);
        break;
      case C.DW_AT_high_pc:
        high = readForm(cursor, form, unit.header, attributes[i + 2]);
        break;
      case C.DW_AT_ranges:
        list = readForm(cursor, form, unit.header);
        break;
      case C.DW_AT_abstract_origin: {
        const value = readForm(cursor, form, unit.header);
        if (value.kind === 'unitReference') origin = unit.header.offset + value.value;
        else if (value.kind === 'infoReference') origin = value.value;
        break;
      }
      default:
        skipForm(cursor, form, unit.header);
    }
  }
  return { ranges: unit.rangesOf(low, high, list), origin };
}
