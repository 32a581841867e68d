/** Structures, classes and unions (DWARF 5 §5.7). Names are read first, what is inside when somebody looks. */
import { DW_AT_calling_convention } from '../dwarf/constants';
import type { Die } from '../dwarf/die';
import { canonicalName } from './canonicalnames';
import { isStaticMember, readBase, readMember, readStaticMember, sizeOfEntry } from './members';
import * as T from './typeconstants';
import type { TypeReader } from './typereader';
import {
  bareType,
  type FunctionType,
  type Language,
  type Member,
  type Method,
  type StaticMember,
  type StructType,
  type TemplateArgument,
  type Type,
  type VariantPart,
} from './types';
import { lacksTemplateArguments, qualifiedNameOf, templateArgumentsOf, withTemplateArguments } from './typescopes';
import { readVariantPart } from './variantparts';

const TAGS: Readonly<Record<number, StructType['tag']>> = {
  [T.DW_TAG_class_type]: 'class',
  [T.DW_TAG_union_type]: 'union',
  [T.DW_TAG_interface_type]: 'interface',
};

/** DW_CC_pass_by_reference and DW_CC_pass_by_value (DWARF 5 §7.15). */
const PASSING: Readonly<Record<number, StructType['passing']>> = { 4: 'reference', 5: 'value' };

/** A vptr as gcc and clang name it. */
const VPTR = /^_vptr[.$]/;

interface StructBody {
  readonly members: readonly Member[];
  readonly staticMembers: readonly StaticMember[];
  readonly variantPart: VariantPart | undefined;
}

const EMPTY: StructBody = { members: [], staticMembers: [], variantPart: undefined };

const isPart = (tag: number): boolean =>
  tag === T.DW_TAG_member || tag === T.DW_TAG_inheritance || tag === T.DW_TAG_variable || tag === T.DW_TAG_variant_part;

const isNestedType = (tag: number): boolean =>
  tag === T.DW_TAG_structure_type ||
  tag === T.DW_TAG_class_type ||
  tag === T.DW_TAG_union_type ||
  tag === T.DW_TAG_interface_type ||
  tag === T.DW_TAG_enumeration_type ||
  tag === T.DW_TAG_typedef ||
  tag === T.DW_TAG_template_alias;

export class StructEntry implements StructType {
  readonly kind = 'struct';
  readonly tag: StructType['tag'];
  private readonly isDeclaration: boolean;
  private nameValue: string | undefined;
  private qualifiedNameValue: string | undefined;
  private definitionValue: StructType | undefined;
  private bodyValue: StructBody | undefined;
  private argumentsValue: readonly TemplateArgument[] | undefined;
  private methodsValue: readonly Method[] | undefined;
  private nested: Map<string, Die> | undefined;
  private polymorphic: boolean | undefined;

  constructor(
    private readonly reader: TypeReader,
    private readonly die: Die,
    readonly language: Language,
  ) {
    this.tag = TAGS[die.tag] ?? 'struct';
    this.isDeclaration = die.flag(T.DW_AT_declaration);
  }

  get name(): string | undefined {
    if (this.nameValue !== undefined) return this.nameValue;
    const { name: stated } = this.die;
    const name = stated === undefined || this.language !== 'c++' ? stated : canonicalName(stated);
    // An argument that is made of the structure itself, by damage, meets the plain name.
    this.nameValue = name;
    if (name === undefined || !lacksTemplateArguments(name, this.language)) return name;
    return (this.nameValue = canonicalName(withTemplateArguments(name, this.templateArguments)));
  }

  get qualifiedName(): string | undefined {
    if (this.qualifiedNameValue !== undefined) return this.qualifiedNameValue;
    const { name } = this;
    if (name === undefined) return undefined;
    // One that is inside of itself, by damage, meets the plain name.
    this.qualifiedNameValue = name;
    return (this.qualifiedNameValue = qualifiedNameOf(this.reader, this.die, name, this.language));
  }

  get isIncomplete(): boolean {
    return this.isDeclaration && this.definition === undefined;
  }

  get size(): number | undefined {
    if (this.isDeclaration) return this.definition?.size;
    return this.reader.guard(this.die, () => sizeOfEntry(this.die), undefined);
  }

  get members(): readonly Member[] {
    return this.definition?.members ?? this.body.members;
  }

  get staticMembers(): readonly StaticMember[] {
    return this.definition?.staticMembers ?? this.body.staticMembers;
  }

  get variantPart(): VariantPart | undefined {
    return this.definition ? this.definition.variantPart : this.body.variantPart;
  }

  get templateArguments(): readonly TemplateArgument[] {
    if (this.argumentsValue) return this.argumentsValue;
    this.argumentsValue = [];
    return (this.argumentsValue = templateArgumentsOf(this.reader, this.die, this.language));
  }

  get isPolymorphic(): boolean {
    if (this.definition) return this.definition.isPolymorphic;
    if (this.polymorphic !== undefined) return this.polymorphic;
    // A class that is its own base, by damage, is not polymorphic for that.
    this.polymorphic = false;
    return (this.polymorphic = this.members.some(({ name, isBase, isVirtualBase, type }) => {
      if (isVirtualBase) return true;
      if (!isBase) return name !== undefined && VPTR.test(name);
      const base = bareType(type);
      return base.kind === 'struct' && base.isPolymorphic;
    }));
  }

  get passing(): StructType['passing'] {
    if (this.definition) return this.definition.passing;
    return PASSING[this.reader.guard(this.die, () => this.die.number(DW_AT_calling_convention), undefined) ?? 0];
  }

  get containingType(): Type | undefined {
    const { reader, die } = this;
    const type = reader.guard(die, () => die.reference(T.DW_AT_containing_type), undefined);
    return type && reader.type(type, this.language);
  }

  get methods(): readonly Method[] {
    return this.definition?.methods ?? (this.methodsValue ??= this.readMethods());
  }

  nestedType(name: string): Type | undefined {
    if (this.definition) return this.definition.nestedType(name);
    if (!this.nested) {
      const nested = new Map<string, Die>();
      this.reader.eachChild(this.die, isNestedType, (child) => {
        const own = child.name;
        if (own !== undefined && !nested.has(own)) nested.set(own, child);
      });
      this.nested = nested;
    }
    const die = this.nested.get(name);
    return die && this.reader.type(die, this.language);
  }

  /** Of a type that is only declared in its entry: the type that says the rest, as soon as it can be found. */
  private get definition(): StructType | undefined {
    if (!this.isDeclaration || this.definitionValue) return this.definitionValue;
    const found = this.reader.definition(this.qualifiedName, this.die.tag, this.language);
    const bare = found && bareType(found);
    if (bare?.kind === 'struct' && bare !== this && !(bare instanceof StructEntry && bare.isDeclaration)) {
      this.definitionValue = bare;
    }
    return this.definitionValue;
  }

  private get body(): StructBody {
    if (this.bodyValue) return this.bodyValue;
    // Whoever comes back here while it is read, by damage, finds it empty.
    this.bodyValue = EMPTY;
    return (this.bodyValue = this.readBody());
  }

  private readBody(): StructBody {
    const { reader, die, language } = this;
    const bases: Member[] = [];
    const members: Member[] = [];
    const staticMembers: StaticMember[] = [];
    let variantPart: VariantPart | undefined;
    reader.eachChild(die, isPart, (child) => {
      if (child.tag === T.DW_TAG_inheritance) {
        bases.push(readBase(reader, child, this));
      } else if (child.tag === T.DW_TAG_variant_part) {
        variantPart = readVariantPart(reader, child, this);
      } else if (isStaticMember(child)) {
        const member = readStaticMember(reader, child, language);
        if (member) staticMembers.push(member);
      } else {
        const member = readMember(reader, child, this);
        if (member) members.push(member);
      }
    });
    return { members: [...bases, ...members], staticMembers, variantPart };
  }

  private readMethods(): Method[] {
    const { reader, die, language } = this;
    const methods: Method[] = [];
    reader.eachChild(
      die,
      (tag) => tag === T.DW_TAG_subprogram,
      (child) => {
        const { name } = child;
        if (name === undefined) return;
        const type = reader.functionType(child, language);
        const isStatic = !this.takesSelf(child, type);
        const isVirtual = (child.number(T.DW_AT_virtuality) ?? 0) !== 0;
        methods.push({ name, linkageName: child.linkageName, type, isStatic, isVirtual });
      },
    );
    return methods;
  }

  private takesSelf(method: Die, type: FunctionType): boolean {
    if (method.has(T.DW_AT_object_pointer)) return true;
    if (this.language !== 'rust') return method.child(T.DW_TAG_formal_parameter)?.flag(T.DW_AT_artificial) === true;
    const first = type.parameters?.[0] && bareType(type.parameters[0]);
    return first === this || (first?.kind === 'pointer' && bareType(first.target) === this);
  }
}
