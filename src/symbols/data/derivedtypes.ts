/** Types made of other types: pointers, references, member pointers, functions and typedefs (DWARF 5 §5.3, §5.4, §5.10, §5.14). */
import { DW_AT_abstract_origin, DW_AT_specification } from '../dwarf/constants';
import type { Die } from '../dwarf/die';
import { canonicalName } from './canonicalnames';
import * as T from './typeconstants';
import { typeName } from './typenames';
import type { TypeReader } from './typereader';
import {
  bareType,
  type FunctionType,
  type IntegerType,
  type Language,
  type MemberPointerType,
  type PointerType,
  type ReferenceType,
  type Type,
  type TypedefType,
} from './types';
import { qualifiedNameOf } from './typescopes';

/** What a pointer leads to is read when it is asked for: that is where types refer to themselves. */
export class PointerEntry implements PointerType {
  readonly kind = 'pointer';
  readonly size?: number;
  private nameValue: string | undefined;
  private targetValue: Type | undefined;

  constructor(
    private readonly reader: TypeReader,
    private readonly die: Die,
    private readonly language: Language,
  ) {
    // gcc names the type of a vtable's slots, which C++ cannot spell.
    if (language !== 'c' && language !== 'c++') this.nameValue = die.name;
    const size = die.number(T.DW_AT_byte_size);
    if (size !== undefined && size !== 8) this.size = size;
  }

  get name(): string | undefined {
    if (this.nameValue !== undefined || this.language !== 'rust') return this.nameValue;
    // What it is spelled with until its target is known, which by damage may be itself.
    this.nameValue = '*mut ...';
    return (this.nameValue = `*mut ${typeName(this.target)}`);
  }

  get target(): Type {
    return (this.targetValue ??= this.reader.typeOf(this.die, this.language));
  }
}

export class ReferenceEntry implements ReferenceType {
  readonly kind = 'reference';
  readonly isRvalue: boolean;
  private targetValue: Type | undefined;

  constructor(
    private readonly reader: TypeReader,
    private readonly die: Die,
    private readonly language: Language,
  ) {
    this.isRvalue = die.tag === T.DW_TAG_rvalue_reference_type;
  }

  get target(): Type {
    return (this.targetValue ??= this.reader.typeOf(this.die, this.language));
  }
}

export class MemberPointerEntry implements MemberPointerType {
  readonly kind = 'memberPointer';
  private targetValue: Type | undefined;
  private containerValue: Type | undefined;

  constructor(
    private readonly reader: TypeReader,
    private readonly die: Die,
    private readonly language: Language,
  ) {}

  get target(): Type {
    return (this.targetValue ??= this.reader.typeOf(this.die, this.language));
  }

  get container(): Type {
    return (this.containerValue ??= this.reader.guard(
      this.die,
      (): Type => {
        const container = this.die.reference(T.DW_AT_containing_type);
        return container ? this.reader.type(container, this.language) : { kind: 'void' };
      },
      { kind: 'void' },
    ));
  }

  /** Itanium C++ ABI §2.3: an offset, or a function and an adjustment. */
  get size(): number {
    return bareType(this.target).kind === 'function' ? 16 : 8;
  }
}

export class FunctionEntry implements FunctionType {
  readonly kind = 'function';
  private resultValue: Type | undefined;
  private signature: Pick<FunctionType, 'parameters' | 'isVariadic'> | undefined;

  constructor(
    private readonly reader: TypeReader,
    private readonly die: Die,
    private readonly language: Language,
  ) {}

  get result(): Type {
    return (this.resultValue ??= this.reader.typeOf(this.die, this.language));
  }

  /** Undefined for C's `f()` without a prototype. */
  get parameters(): readonly Type[] | undefined {
    return this.read().parameters;
  }

  get isVariadic(): boolean {
    return this.read().isVariadic === true;
  }

  private read(): Pick<FunctionType, 'parameters' | 'isVariadic'> {
    if (this.signature) return this.signature;
    const { reader, die, language } = this;
    const parameters: Type[] = [];
    let isVariadic = false;
    // What defines or instantiates a function may leave its parameters to the declaration.
    for (const origin of [die, reader.guard(die, () => originOf(die), undefined)]) {
      if (!origin || parameters.length > 0 || isVariadic) continue;
      const accept = (tag: number): boolean =>
        tag === T.DW_TAG_formal_parameter || tag === T.DW_TAG_unspecified_parameters;
      reader.eachChild(origin, accept, (child) => {
        if (child.tag === T.DW_TAG_unspecified_parameters) isVariadic = true;
        else parameters.push(parameterType(reader, child, language));
      });
    }
    const isUnknown =
      language === 'c' &&
      parameters.length === 0 &&
      !reader.guard(die, () => die.inherited(T.DW_AT_prototyped) !== undefined, true);
    return (this.signature = isUnknown ? {} : { parameters, isVariadic });
  }
}

/** `this` cannot be assigned to, which compilers say of its variable and not of its type. */
function parameterType(reader: TypeReader, die: Die, language: Language): Type {
  const type = reader.typeOf(die, language);
  if (type.kind !== 'pointer' || !die.flag(T.DW_AT_artificial)) return type;
  return { kind: 'qualified', qualifier: 'const', target: type, language };
}

function originOf(die: Die): Die | undefined {
  return die.reference(DW_AT_abstract_origin) ?? die.reference(DW_AT_specification);
}

export function readTypedef(reader: TypeReader, die: Die, language: Language): Type {
  const { name } = die;
  const target = reader.typeOf(die, language);
  if (name === undefined) return target;
  // An alias template's name has template arguments.
  if (language === 'c++') return new TypedefEntry(reader, die, canonicalName(name), target, language);
  return new TypedefEntry(reader, die, name, language === 'c' ? textTarget(name, target) : target, language);
}

class TypedefEntry implements TypedefType {
  readonly kind = 'typedef';
  private qualifiedNameValue: string | undefined;

  constructor(
    private readonly reader: TypeReader,
    private readonly die: Die,
    readonly name: string,
    readonly target: Type,
    private readonly language: Language,
  ) {}

  get qualifiedName(): string {
    return (this.qualifiedNameValue ??= qualifiedNameOf(this.reader, this.die, this.name, this.language));
  }
}

/** In C, wchar_t, char16_t and char32_t are other names of integers, and yet hold text (C17 7.19, 7.28). */
function textTarget(name: string, target: Type): Type {
  const display = name === 'wchar_t' ? 'character' : name === 'char16_t' || name === 'char32_t' ? 'unicode' : undefined;
  const integer = bareType(target);
  if (!display || integer.kind !== 'integer' || integer.display !== 'number') return target;
  return { ...integer, display } satisfies IntegerType;
}
