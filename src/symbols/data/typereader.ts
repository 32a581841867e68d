/**
 * Types from debugging information entries (DWARF 5 §5). One reader serves one module: the same entry gives the same
 * object as long as it is remembered, which is bounded. What is reached through pointers, and what is inside of
 * structures, is read when it is asked for.
 *
 * Nothing here throws: an entry that is damaged, or of a kind that is not known, is logged and gives UNREADABLE in its
 * place, or is left out of its list.
 */
import { messageOf } from '../../common/errors';
import { log } from '../../common/log';
import { DwarfError } from '../dwarf/cursor';
import type { Die } from '../dwarf/die';
import { readArray, readString } from './arrays';
import { readBaseType } from './basetypes';
import { EnumEntry } from './enums';
import { FunctionEntry, MemberPointerEntry, PointerEntry, readTypedef, ReferenceEntry } from './derivedtypes';
import { languageOf } from './language';
import type { Storage } from './storage';
import { StructEntry } from './structs';
import * as T from './typeconstants';
import type { DynamicValue, FunctionType, Language, QualifiedType, Type, VoidType } from './types';

/** A size, bound or stride that is no constant: which attribute of which entry gives it. */
export interface DynamicProperty {
  readonly die: Die;
  /** `DW_AT_*`: its value is an expression, a location list, or a reference to the entry of a variable. */
  readonly attribute: number;
  /** The expression, when it is one. */
  readonly expression: Uint8Array | undefined;
  /** The variable's entry, when it is a reference: the value is that of the variable. */
  readonly variable: Die | undefined;
}

/** What the reader of types asks of others. Each may be absent; none may throw. */
export interface TypeReaderOptions {
  /**
   * The definition of a type that is only declared where it is used, by its qualified name (`ns::Foo<int>`) and tag
   * (DW_TAG_structure_type, …). Asked whenever something is wanted that a declaration does not say, until found.
   */
  readonly define?: (qualifiedName: string, tag: number, language: Language) => Type | undefined;
  /** Where a static data member is, by its entry in the class. */
  readonly variableStorage?: (die: Die) => Storage | undefined;
  /** What computes the property in a frame, or for an object. */
  readonly dynamic?: (property: DynamicProperty) => DynamicValue | undefined;
}

/** What stands for a type that cannot be read. */
export const UNREADABLE: VoidType = { kind: 'void', name: '<unreadable type>' };
const VOID: VoidType = { kind: 'void' };
const UNKNOWN: DynamicValue = { evaluate: () => undefined };

/** Types remembered by their entry. Those that are in use live on when it is exceeded; only their identity is lost. */
const MAX_TYPES = 60_000;
/** Typedefs, qualifiers and arrays on top of each other. */
const MAX_NESTING = 200;

export class TypeReader {
  private readonly types = new Map<string, Type>();
  /** Entries that are being read, whose type cannot be part of itself. */
  private readonly open = new Set<string>();

  constructor(readonly options: TypeReaderOptions = {}) {}

  /**
   * The type that an entry refers to with DW_AT_type, its own or that of the entry it is an instance of or completes;
   * void when there is none.
   * @param language of who asks, for units that do not state one (dwz's)
   */
  typeOf(die: Die, language?: Language): Type {
    const read = (): Type => {
      const found = die.inherited(T.DW_AT_type);
      if (!found) return VOID;
      const target = found.die.reference(T.DW_AT_type);
      return target ? this.type(target, language ?? languageOf(found.die.unit.language)) : UNREADABLE;
    };
    return this.guard(die, read, UNREADABLE);
  }

  /** The type that an entry describes: any type entry; a function's own type for DW_TAG_subprogram. */
  type(die: Die, language?: Language): Type {
    const known = this.types.get(die.key);
    if (known) return known;
    const { key } = die;
    if (this.open.has(key) || this.open.size >= MAX_NESTING) {
      log('dwarf', () => `the type at 0x${die.offset.toString(16)} is part of itself`);
      return UNREADABLE;
    }
    this.open.add(key);
    try {
      const type = this.guard(die, () => this.read(die, languageOf(die.unit.language) ?? language ?? 'c'), UNREADABLE);
      if (this.types.size >= MAX_TYPES) this.types.clear();
      this.types.set(key, type);
      return type;
    } finally {
      this.open.delete(key);
    }
  }

  /** The type of a function by its entry (DW_TAG_subprogram, DW_TAG_subroutine_type). */
  functionType(die: Die, language?: Language): FunctionType {
    const type = this.type(die, language);
    return type.kind === 'function' ? type : { kind: 'function' };
  }

  /** `f`'s result, or `fallback` when what it reads is damaged, which is logged. */
  guard<R>(die: Die, f: () => R, fallback: R): R {
    try {
      return f();
    } catch (error) {
      if (!(error instanceof DwarfError)) throw error;
      log('dwarf', () => `the entry at 0x${die.offset.toString(16)} cannot be read: ${messageOf(error)}`);
      return fallback;
    }
  }

  /** Shows the children of an entry to `visit`; what is damaged ends the list. */
  eachChild(die: Die, accept: (tag: number) => boolean, visit: (child: Die) => void): void {
    this.guard(
      die,
      () => {
        for (const child of die.children(accept)) this.guard(child, () => visit(child), undefined);
      },
      undefined,
    );
  }

  /** The definition of a declared type, when it is in the module and of the right kind. */
  definition(qualifiedName: string | undefined, tag: number, language: Language): Type | undefined {
    if (qualifiedName === undefined) return undefined;
    return this.options.define?.(qualifiedName, tag, language);
  }

  /** A constant, or a computed property, which may be one that nobody can tell; undefined when the attribute is absent. */
  property(die: Die, attribute: number): bigint | DynamicValue | undefined {
    const value = die.attribute(attribute);
    if (value === undefined) return undefined;
    if (value.kind === 'constant') return value.exact ?? BigInt(value.value);
    if (value.kind === 'data16') return die.signed(attribute);
    const expression = die.expression(attribute);
    const variable = expression ? undefined : die.reference(attribute);
    return this.options.dynamic?.({ die, attribute, expression, variable }) ?? UNKNOWN;
  }

  private read(die: Die, language: Language): Type {
    switch (die.tag) {
      case T.DW_TAG_base_type:
        return readBaseType(die, language);
      case T.DW_TAG_unspecified_type:
        return readUnspecified(die);
      case T.DW_TAG_pointer_type:
        return new PointerEntry(this, die, language);
      case T.DW_TAG_reference_type:
      case T.DW_TAG_rvalue_reference_type:
        return new ReferenceEntry(this, die, language);
      case T.DW_TAG_ptr_to_member_type:
        return new MemberPointerEntry(this, die, language);
      case T.DW_TAG_subroutine_type:
      case T.DW_TAG_subprogram:
        return new FunctionEntry(this, die, language);
      case T.DW_TAG_const_type:
        return this.qualified(die, 'const', language);
      case T.DW_TAG_volatile_type:
        return this.qualified(die, 'volatile', language);
      case T.DW_TAG_restrict_type:
        return this.qualified(die, 'restrict', language);
      case T.DW_TAG_atomic_type:
        return this.qualified(die, 'atomic', language);
      case T.DW_TAG_typedef:
      case T.DW_TAG_template_alias:
        return readTypedef(this, die, language);
      case T.DW_TAG_array_type:
        return readArray(this, die, language);
      case T.DW_TAG_string_type:
        return readString(this, die);
      case T.DW_TAG_structure_type:
      case T.DW_TAG_class_type:
      case T.DW_TAG_union_type:
      case T.DW_TAG_interface_type:
        return this.definedElsewhere(die, language) ?? new StructEntry(this, die, language);
      case T.DW_TAG_enumeration_type:
        return this.definedElsewhere(die, language) ?? new EnumEntry(this, die, language);
      case T.DW_TAG_subrange_type:
      case T.DW_TAG_generic_subrange:
      // UPC's, D's and Pascal's ways of saying how an object is shared, kept or packed: the values are the same.
      case T.DW_TAG_shared_type:
      case T.DW_TAG_immutable_type:
      case T.DW_TAG_packed_type:
        return this.typeOf(die, language);
      default:
        return this.unknown(die);
    }
  }

  private qualified(die: Die, qualifier: QualifiedType['qualifier'], language: Language): Type {
    return { kind: 'qualified', qualifier, target: this.typeOf(die, language), language };
  }

  /** The type unit's type that an entry stands for (DWARF 5 §5.7.1: DW_AT_declaration with DW_AT_signature). */
  private definedElsewhere(die: Die, language: Language): Type | undefined {
    const target = die.has(T.DW_AT_signature) ? die.reference(T.DW_AT_signature) : undefined;
    return target && this.type(target, language);
  }

  private unknown(die: Die): Type {
    log('dwarf', () => `the entry at 0x${die.offset.toString(16)} has tag 0x${die.tag.toString(16)}, which is no type`);
    // Pascal's sets and files, and what compilers will invent: at least their extent is right.
    const size = die.number(T.DW_AT_byte_size);
    return { kind: 'void', name: die.name ?? UNREADABLE.name, ...(size !== undefined && { size }) };
  }
}

function readUnspecified(die: Die): VoidType {
  const { name } = die;
  if (name === undefined || name === 'void') return VOID;
  // decltype(nullptr) is of a pointer's size (C++ [basic.fundamental]); compilers do not say so.
  const size = die.number(T.DW_AT_byte_size) ?? (/nullptr/.test(name) ? 8 : undefined);
  return { kind: 'void', name, ...(size !== undefined && { size }) };
}
