/**
 * Debugging information entries (DWARF 5 §2.1): what types, variables and scopes are read from. An entry knows where it
 * is and what its abbreviation says; its attributes are decoded when one of them is asked for, and references are
 * followed when they are asked for, into whatever file and section they lead.
 *
 * What is damaged throws DwarfError, unless it is said to be undefined: a name that cannot be read, or a reference that
 * leads nowhere, is one that the entry does not have.
 */
import { messageOf } from '../../common/errors';
import { log } from '../../common/log';
import type { AddressRange, CompileUnit } from './compileunit';
import * as C from './constants';
import { DwarfError } from './cursor';
import type { EntryPlan } from './entryplan';
import { type ConstantValue, type FormValue, readForm } from './forms';
import { type LocationList, readLocationList } from './loclists';
import { followReference } from './references';

/** Entries that an inherited attribute is looked for in; real chains have three. */
const MAX_INHERITANCE = 32;
/** How deep imported units may import others. */
const MAX_IMPORTS = 64;

/** An attribute and the entry that has it, whose unit its indices and offsets count in. */
export interface Inherited {
  readonly value: FormValue;
  readonly die: Die;
}

export class Die {
  private values: readonly FormValue[] | undefined;
  /** Section offset of the entry behind this one and all below it, once somebody walked there. */
  private nextOffset: number | undefined;
  private knownParent: Die | undefined;

  /** Made by `CompileUnit.dieAt` and `children`, which keep the ones in use. */
  constructor(
    readonly unit: CompileUnit,
    /** In the section of its unit. */
    readonly offset: number,
    /** In the section: behind the abbreviation's code. */
    private readonly attributesOffset: number,
    private readonly plan: EntryPlan,
    parent?: Die,
  ) {
    this.knownParent = parent;
  }

  /** `DW_TAG_*` */
  get tag(): number {
    return this.plan.tag;
  }

  get hasChildren(): boolean {
    return this.plan.hasChildren;
  }

  /** The same for the same entry, and no other's, among all files of all modules. */
  get key(): string {
    return `${this.unit.key}+${(this.offset - this.unit.header.offset).toString(36)}`;
  }

  /** `DW_AT_*` of the entry's own attributes, in their order. */
  get names(): number[] {
    return this.plan.attributes.filter((_, i) => i % 3 === 0);
  }

  /** Whether the entry itself has the attribute; decodes nothing. */
  has(name: number): boolean {
    return this.indexOf(name) >= 0;
  }

  /** The entry's own attribute. @throws DwarfError */
  attribute(name: number): FormValue | undefined {
    const index = this.indexOf(name);
    return index < 0 ? undefined : this.decoded[index];
  }

  /**
   * The entry's own attribute, else that of the entry it is an instance of (DW_AT_abstract_origin), else of the one it
   * completes (DW_AT_specification), and so on from there. Whether an attribute is one to inherit is the caller's to
   * know: DW_AT_declaration and DW_AT_sibling are not (DWARF 5 §3.3.8.2). @throws DwarfError
   */
  inherited(name: number): Inherited | undefined {
    const pending: Die[] = [this];
    for (let visited = 0; visited < MAX_INHERITANCE; visited++) {
      const die = pending.pop();
      const value = die?.attribute(name);
      if (!die || value) return value && { value, die: die! };
      for (const link of [C.DW_AT_specification, C.DW_AT_abstract_origin]) {
        const target = die.reference(link);
        if (target) pending.push(target);
      }
    }
    return undefined;
  }

  /** The entry's own string, in any form. */
  string(name: number): string | undefined {
    return this.text(this.attribute(name));
  }

  /** `DW_AT_name`, inherited. */
  get name(): string | undefined {
    return this.inheritedString(C.DW_AT_name);
  }

  /** `DW_AT_linkage_name` or what it was called before DWARF 4, inherited. */
  get linkageName(): string | undefined {
    return this.inheritedString(C.DW_AT_linkage_name) ?? this.inheritedString(C.DW_AT_MIPS_linkage_name);
  }

  /**
   * A constant in any form as an unsigned number: of 64 bits, or 128 for DW_FORM_data16 and blocks of up to 16 bytes. A
   * negative number is its two's complement.
   */
  unsigned(name: number): bigint | undefined {
    const value = this.attribute(name);
    if (value?.kind === 'constant') return BigInt.asUintN(64, exactly(value));
    return bytesOf(value)?.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);
  }

  /** A constant in any form as a signed number; one in a form without a sign is extended from the form's size. */
  signed(name: number): bigint | undefined {
    const value = this.attribute(name);
    if (value?.kind === 'constant') {
      const number = exactly(value);
      return value.size === undefined ? number : BigInt.asIntN(8 * value.size, number);
    }
    const bytes = bytesOf(value);
    return bytes && BigInt.asIntN(8 * bytes.length, this.unsigned(name)!);
  }

  /** A constant as it is stored: negative only in a form with a sign. Undefined when a double cannot hold it. */
  number(name: number): number | undefined {
    const value = this.attribute(name);
    return value?.kind === 'constant' && value.exact === undefined ? value.value : undefined;
  }

  /** A flag; false when it is not there. */
  flag(name: number): boolean {
    const value = this.attribute(name);
    return value?.kind === 'flag' && value.value;
  }

  /** The entry that a reference in any form leads to; undefined, and logged, when it cannot be followed. */
  reference(name: number): Die | undefined {
    const value = this.attribute(name);
    return value && followReference(this.unit, value);
  }

  /** A file address; undefined when the attribute is none. @throws DwarfError */
  address(name: number): number | undefined {
    const value = this.attribute(name);
    return value && this.unit.address(value);
  }

  /** Where the entry's code is, by DW_AT_low_pc, DW_AT_high_pc and DW_AT_ranges. @throws DwarfError */
  ranges(): AddressRange[] {
    const [low, high] = [this.attribute(C.DW_AT_low_pc), this.attribute(C.DW_AT_high_pc)];
    return this.unit.rangesOf(low, high, this.attribute(C.DW_AT_ranges));
  }

  /** A DWARF expression; before version 4 it was a block like any other. */
  expression(name: number): Uint8Array | undefined {
    const value = this.attribute(name);
    return value?.kind === 'expression' || value?.kind === 'block' ? value.bytes : undefined;
  }

  /** The location list that the attribute refers to; undefined when it is of another class. @throws DwarfError */
  locationList(name: number): LocationList | undefined {
    const value = this.attribute(name);
    return value && readLocationList(this.unit, value);
  }

  /**
   * The entries right below this one, in order.
   * @param accept which tags are wanted; no object is made for the others
   * @throws DwarfError while it is walked
   */
  *children(accept?: (tag: number) => boolean): Generator<Die, void, undefined> {
    if (!this.hasChildren) return;
    const { entries } = this.unit;
    let cursor = entries.cursor(this.attributesOffset);
    entries.plans.skipAttributes(cursor, this.plan);
    while (cursor.remaining > 0) {
      const offset = cursor.offset;
      const code = cursor.uleb();
      if (code === 0) {
        this.nextOffset = cursor.offset;
        return;
      }
      const plan = entries.plans.of(code);
      if (accept && !accept(plan.tag)) {
        entries.plans.skipTree(cursor, plan);
        continue;
      }
      const child = entries.entry(offset, cursor.offset, plan);
      child.knownParent ??= this;
      yield child;
      // Behind the child, which its own walk may have found already; the unit's bytes may have been let go meanwhile.
      const from = child.nextOffset ?? child.attributesOffset;
      cursor = entries.cursor(from);
      if (from === child.attributesOffset) entries.plans.skipTree(cursor, plan);
      child.nextOffset = cursor.offset;
    }
    log('dwarf', () => `the children of the entry at 0x${this.offset.toString(16)} have no end`);
  }

  /**
   * Children, with those of imported units (DW_TAG_imported_unit, which dwz makes) in the place of the import. Their
   * own parent is the unit they are in.
   */
  *childrenAcrossImports(accept?: (tag: number) => boolean): Generator<Die, void, undefined> {
    yield* this.acrossImports(accept, new Set([this.key]));
  }

  private *acrossImports(
    accept: ((tag: number) => boolean) | undefined,
    seen: Set<string>,
    depth = 0,
  ): Generator<Die, void, undefined> {
    const acceptOrImport = accept && ((tag: number): boolean => tag === C.DW_TAG_imported_unit || accept(tag));
    for (const child of this.children(acceptOrImport)) {
      if (child.tag !== C.DW_TAG_imported_unit) {
        yield child;
        continue;
      }
      const imported = child.reference(C.DW_AT_import);
      if (!imported || depth >= MAX_IMPORTS || seen.has(imported.key)) continue;
      seen.add(imported.key);
      yield* imported.acrossImports(accept, seen, depth + 1);
    }
  }

  /** The first child with the tag. @throws DwarfError */
  child(tag: number): Die | undefined {
    for (const child of this.children((other) => other === tag)) return child;
    return undefined;
  }

  /**
   * The entry this one is right below; undefined for a unit's root. For an entry that was reached by a reference the
   * unit is walked, once. @throws DwarfError
   */
  get parent(): Die | undefined {
    return (this.knownParent ??= this.unit.entries.parentOf(this));
  }

  private get decoded(): readonly FormValue[] {
    if (!this.values) {
      const { attributes, exact } = this.plan;
      const { header, entries } = this.unit;
      const cursor = entries.cursor(this.attributesOffset);
      const values: FormValue[] = [];
      for (let i = 0; i < attributes.length; i += 3) {
        const value = readForm(cursor, attributes[i + 1]!, header, exact?.get(i) ?? attributes[i + 2]!);
        // A copy: the entry outlives the bytes of its unit.
        values.push('bytes' in value ? { ...value, bytes: value.bytes.slice() } : value);
      }
      this.values = values;
    }
    return this.values;
  }

  /** Which of its attributes is the named one, or -1. */
  private indexOf(name: number): number {
    const { attributes } = this.plan;
    for (let i = 0; i < attributes.length; i += 3) if (attributes[i] === name) return i / 3;
    return -1;
  }

  private inheritedString(name: number): string | undefined {
    const found = this.inherited(name);
    return found && found.die.text(found.value);
  }

  private text(value: FormValue | undefined): string | undefined {
    try {
      return value && this.unit.string(value);
    } catch (error) {
      if (!(error instanceof DwarfError)) throw error;
      log('dwarf', () => `a string of the entry at 0x${this.offset.toString(16)} cannot be read: ${messageOf(error)}`);
      return undefined;
    }
  }
}

function exactly(value: ConstantValue): bigint {
  return value.exact ?? BigInt(value.value);
}

/** The little-endian bytes of a number wider than 64 bits, or of one that was put into a block. */
function bytesOf(value: FormValue | undefined): Uint8Array | undefined {
  if (value?.kind !== 'data16' && value?.kind !== 'block') return undefined;
  return value.bytes.length <= 16 ? value.bytes : undefined;
}
