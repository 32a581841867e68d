/**
 * How to step over the entries of an abbreviation. Most of a unit's entries are of no interest to whoever walks it, so
 * the steps are worked out once: attributes of known size become one addition.
 */
import type { AbbreviationTable } from './abbreviations';
import * as C from './constants';
import type { Cursor } from './cursor';
import { fixedFormSize, readForm, skipForm } from './forms';
import type { UnitHeader } from './units';

/** Steps that are no number of bytes. */
const LEB = -1;
const STRING = -2;
/** Bytes after a LEB128 length. */
const BLOCK = -3;
/** `OTHER - form` */
const OTHER = -16;

export interface EntryPlan {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly hasSibling: boolean;
  /** Triples, as in the abbreviation. */
  readonly attributes: readonly number[];
  /** As in the abbreviation. */
  readonly exact?: ReadonlyMap<number, bigint>;
  /** What to skip: a number of bytes, or one of the steps above. */
  readonly steps: readonly number[];
}

/** Codes beyond this are not kept in an array; nobody uses them. */
const MAX_ARRAY = 1 << 16;

/** The plans of one unit. */
export class EntryPlans {
  private readonly plans: (EntryPlan | undefined)[] = [];

  constructor(
    private readonly table: AbbreviationTable,
    private readonly unit: UnitHeader,
  ) {}

  /** @throws DwarfError when the unit's table does not declare the code */
  of(code: number): EntryPlan {
    return this.plans[code] ?? this.make(code);
  }

  /** Steps over the attributes of an entry whose code was read. */
  skipAttributes(cursor: Cursor, plan: EntryPlan): void {
    for (const step of plan.steps) {
      if (step >= 0) cursor.skip(step);
      else if (step === LEB) cursor.skipLeb();
      else if (step === BLOCK) cursor.skip(cursor.uleb());
      else if (step === STRING) cursor.skipCstring();
      else skipForm(cursor, OTHER - step, this.unit);
    }
  }

  /** Steps over an entry whose code was read, and over everything below it. */
  skipTree(cursor: Cursor, plan: EntryPlan): void {
    if (!plan.hasChildren) {
      this.skipAttributes(cursor, plan);
    } else if (plan.hasSibling) {
      this.skipChildren(cursor, this.readSibling(cursor, plan));
    } else {
      this.skipAttributes(cursor, plan);
      this.skipChildren(cursor, undefined);
    }
  }

  private skipChildren(cursor: Cursor, sibling: number | undefined): void {
    // One that points back would make a loop.
    if (sibling !== undefined && sibling > cursor.offset && sibling - cursor.offset <= cursor.remaining) {
      cursor.skip(sibling - cursor.offset);
      return;
    }
    for (let depth = 1; depth > 0 && cursor.remaining > 0;) {
      const code = cursor.uleb();
      if (code === 0) {
        depth--;
        continue;
      }
      const plan = this.of(code);
      this.skipAttributes(cursor, plan);
      if (plan.hasChildren) depth++;
    }
  }

  /** Steps over the attributes and returns DW_AT_sibling as an offset in the section. */
  private readSibling(cursor: Cursor, plan: EntryPlan): number | undefined {
    let sibling: number | undefined;
    const { attributes } = plan;
    for (let i = 0; i < attributes.length; i += 3) {
      if (attributes[i] !== C.DW_AT_sibling) {
        skipForm(cursor, attributes[i + 1]!, this.unit);
        continue;
      }
      const value = readForm(cursor, attributes[i + 1]!, this.unit);
      if (value.kind === 'unitReference') sibling = this.unit.offset + value.value;
    }
    return sibling;
  }

  private make(code: number): EntryPlan {
    const { tag, hasChildren, attributes, exact } = this.table.find(code);
    const steps: number[] = [];
    let hasSibling = false;
    for (let i = 0; i < attributes.length; i += 3) {
      const form = attributes[i + 1]!;
      if (attributes[i] === C.DW_AT_sibling) hasSibling = true;
      const size = fixedFormSize(form, this.unit);
      const last = steps.length - 1;
      if (size === undefined) steps.push(variableStep(form));
      else if (last >= 0 && steps[last]! >= 0) steps[last]! += size;
      else steps.push(size);
    }
    const plan = { tag, hasChildren, hasSibling, attributes, exact, steps };
    if (code < MAX_ARRAY) this.plans[code] = plan;
    return plan;
  }
}

function variableStep(form: number): number {
  switch (form) {
    case C.DW_FORM_udata:
    case C.DW_FORM_sdata:
    case C.DW_FORM_ref_udata:
    case C.DW_FORM_strx:
    case C.DW_FORM_addrx:
    case C.DW_FORM_loclistx:
    case C.DW_FORM_rnglistx:
      return LEB;
    case C.DW_FORM_exprloc:
    case C.DW_FORM_block:
      return BLOCK;
    case C.DW_FORM_string:
      return STRING;
    default:
      return OTHER - form;
  }
}
