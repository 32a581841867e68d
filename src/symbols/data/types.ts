/**
 * The types of a program's data, as DWARF describes them and as expressions compute with them: one model for C, C++,
 * Rust and whatever else compiles to DWARF. A type is immutable; members and enumerators are read from the debugging
 * information when they are first asked for. Widths are those of the System V ABI for x86-64 (LP64).
 */
import type { MemoryReader } from '../../common/readers';
import type { Storage } from './storage';

/** `DW_LANG_*` boiled down to what decides how types are spelled and values are shown. */
export type Language = 'c' | 'c++' | 'rust' | 'go' | 'd' | 'zig' | 'fortran' | 'assembly' | 'other';

/** An integer, boolean or character type. */
export interface IntegerType {
  readonly kind: 'integer';
  /** As the program or the user spelled it, or C's name. */
  readonly name: string;
  /** Bytes: 1, 2, 4, 8 or 16; other sizes (`_BitInt`, Fortran, Ada) occur. */
  readonly size: number;
  readonly isSigned: boolean;
  /** C's integer conversion rank (C17 6.3.1.1): `_Bool` 0, char 1, short 2, int 3, long 4, long long 5, __int128 6. */
  readonly rank: number;
  /**
   * How a value is shown. `character`: a byte or code unit of text in an encoding that goes by its size (DW_ATE_*_char;
   * C's char, wchar_t); `unicode`: a UTF code unit or Rust's char (DW_ATE_UTF).
   */
  readonly display: 'number' | 'character' | 'unicode' | 'boolean';
}

/** The encodings of floating-point numbers: IEEE 754's, the x87's 80 bits, bfloat16, and the decimal ones (BID). */
export type FloatFormat =
  'binary16' | 'bfloat16' | 'binary32' | 'binary64' | 'x87' | 'binary128' | 'decimal32' | 'decimal64' | 'decimal128';

export interface FloatType {
  readonly kind: 'float';
  readonly name: string;
  /** Bytes in memory: 16 for `long double`, of which 10 count. */
  readonly size: number;
  readonly format: FloatFormat;
}

/** `_Complex`: real part, then imaginary part. */
export interface ComplexType {
  readonly kind: 'complex';
  readonly name: string;
  readonly size: number;
  readonly part: FloatType | IntegerType;
}

/** No value: `void`, Rust's `!`, an unspecified type. `decltype(nullptr)` is one of size 8. */
export interface VoidType {
  readonly kind: 'void';
  /** `void` when absent. */
  readonly name?: string;
  readonly size?: number;
}

export interface PointerType {
  readonly kind: 'pointer';
  readonly target: Type;
  /** Where the language spells it its own way: Rust's `&i32`, `*const u8`. */
  readonly name?: string | undefined;
  /** Bytes; 8 unless stated. */
  readonly size?: number;
}

/** A C++ reference: an address in memory, the object itself to whoever names it. */
export interface ReferenceType {
  readonly kind: 'reference';
  readonly target: Type;
  readonly isRvalue: boolean;
}

/** How many elements an array has: a number; unknown (`extern int a[]`, a flexible member); or known at run time only. */
export type ArrayCount = number | undefined | DynamicValue;

/** A size or bound that an expression of the program or a variable of its frame gives (variable-length arrays). */
export interface DynamicValue {
  /** Evaluates for an object at `address` in a frame; undefined when it cannot be known there. */
  readonly evaluate: (frame: DynamicContext) => bigint | undefined;
}

/** What a DynamicValue may look at; made by the variables of a frame. */
export interface DynamicContext {
  /** The address of the object whose type it is. */
  readonly objectAddress?: bigint;
  /** The frame's own context (see frame.ts); opaque here. */
  readonly frame?: unknown;
}

/** One dimension of an array; `int a[2][3]` is an array of 2 arrays of 3. SIMD vectors are arrays with `isVector`. */
export interface ArrayType {
  readonly kind: 'array';
  readonly element: Type;
  readonly count: ArrayCount;
  /** Index of the first element: 0, but for Fortran and its like. */
  readonly lowerBound: number;
  /** Bytes from one element to the next where it is not the element's size. */
  readonly stride?: number;
  readonly isVector?: boolean;
  /** Bytes, where stated. */
  readonly size?: number;
  /** Where the array has a name of its own. */
  readonly name?: string;
}

/** A data member, a bit-field, or a C++ base class as the subobject that it is. */
export interface Member {
  /** Undefined for anonymous structs and unions, whose members count as the outer type's own. */
  readonly name: string | undefined;
  readonly type: Type;
  /** Bytes from the start of the object; for a virtual base and other computed places `locate` says it. */
  readonly offset: number;
  /** The place computed from the object (DW_AT_data_member_location as an expression, virtual bases). */
  readonly locate?: (object: bigint, memory: MemoryReader) => bigint | undefined;
  /** A bit-field: its first bit counted from the member's `offset`, little-endian, and its width. */
  readonly bitField?: { readonly offset: number; readonly size: number };
  readonly isBase?: boolean;
  readonly isVirtualBase?: boolean;
  /** Made by the compiler: vptr and the like. */
  readonly isArtificial?: boolean;
  readonly access?: 'public' | 'protected' | 'private';
}

/** A C++ static data member or class constant; found by name outside the object. */
export interface StaticMember {
  readonly name: string;
  readonly type: Type;
  /** Where it is when that is known from its own entry; otherwise it is looked up by its qualified or linkage name. */
  readonly storage?: () => Storage | undefined;
  readonly linkageName?: string;
}

export interface TemplateArgument {
  readonly name: string | undefined;
  /** A type argument, or the type of a value argument. */
  readonly type: Type;
  /** Of a value argument. */
  readonly value?: bigint;
}

/** Rust's tagged enums (DW_TAG_variant_part): which members an object has depends on a discriminant. */
export interface VariantPart {
  /** Undefined when there is one variant only. */
  readonly discriminant: Member | undefined;
  readonly variants: readonly Variant[];
}

export interface Variant {
  readonly name: string;
  /** The values or inclusive ranges of the discriminant that mean this variant; undefined for the default one. */
  readonly discriminants: readonly { readonly low: bigint; readonly high: bigint }[] | undefined;
  /** The payload. */
  readonly member: Member;
}

/** A struct, class or union. */
export interface StructType {
  readonly kind: 'struct';
  readonly tag: 'struct' | 'class' | 'union' | 'interface';
  /** The name with template arguments and without scopes; undefined for anonymous ones. */
  readonly name: string | undefined;
  /** With the namespaces and classes around it: `std::vector<int, std::allocator<int> >`. */
  readonly qualifiedName: string | undefined;
  readonly language: Language;
  /** Bytes; undefined for an incomplete type. */
  readonly size: number | undefined;
  /** Declared only, and no definition was found in the module (yet). */
  readonly isIncomplete: boolean;
  /** Base classes first, then data members, in the order of declaration. */
  readonly members: readonly Member[];
  readonly staticMembers: readonly StaticMember[];
  /** In order; parameter packs are spread. */
  readonly templateArguments: readonly TemplateArgument[];
  readonly variantPart: VariantPart | undefined;
  /** Whether objects carry a vptr, in themselves or in a base class: their dynamic type can be asked for. */
  readonly isPolymorphic: boolean;
  /** A type that is declared inside this one: a typedef, struct or enum of that simple name. */
  readonly nestedType: (name: string) => Type | undefined;
  /**
   * How objects are passed to and from functions where the compiler states it (DW_AT_calling_convention: DW_CC_pass_by_value
   * 5, DW_CC_pass_by_reference 4): by hidden reference when copying or destroying one takes a function.
   */
  readonly passing?: 'value' | 'reference';
  /** Names of the member functions, for completions and calls; empty where none are described. */
  readonly methods: readonly Method[];
  /** DW_AT_containing_type: the class a C++ class shares its vptr with; what type a Rust vtable's structure belongs to. */
  readonly containingType?: Type | undefined;
}

/** A member function as its class declares it. */
export interface Method {
  readonly name: string;
  readonly linkageName: string | undefined;
  /** With `this` as the first parameter, unless it is static. */
  readonly type: FunctionType;
  readonly isStatic: boolean;
  readonly isVirtual: boolean;
}

export interface Enumerator {
  readonly name: string;
  readonly value: bigint;
}

export interface EnumType {
  readonly kind: 'enum';
  readonly name: string | undefined;
  readonly qualifiedName: string | undefined;
  /** The namespaces and classes around it, which hold the enumerators of an `enum` that is not scoped; empty for none. */
  readonly scope?: string;
  readonly language: Language;
  readonly size: number;
  readonly isSigned: boolean;
  /** `enum class`: its enumerators are named through it. */
  readonly isScoped: boolean;
  readonly enumerators: readonly Enumerator[];
}

/** A name for another type. */
export interface TypedefType {
  readonly kind: 'typedef';
  readonly name: string;
  readonly qualifiedName: string;
  readonly target: Type;
}

export interface QualifiedType {
  readonly kind: 'qualified';
  readonly qualifier: 'const' | 'volatile' | 'restrict' | 'atomic';
  readonly target: Type;
  /** Of the program, where `restrict` has a spelling of its own in C++. */
  readonly language?: Language;
}

/** A function's type. Code without debugging information has neither result nor parameters. */
export interface FunctionType {
  readonly kind: 'function';
  /** Undefined when the signature is not known. */
  readonly result?: Type;
  readonly parameters?: readonly Type[];
  readonly isVariadic?: boolean;
}

/** A C++ pointer to a member: an offset for data; an address or vtable offset, and an adjustment, for functions. */
export interface MemberPointerType {
  readonly kind: 'memberPointer';
  readonly target: Type;
  readonly container: Type;
  /** 8 for data, 16 for functions. */
  readonly size: number;
}

export type Type =
  | IntegerType
  | FloatType
  | ComplexType
  | VoidType
  | PointerType
  | ReferenceType
  | ArrayType
  | StructType
  | EnumType
  | TypedefType
  | QualifiedType
  | FunctionType
  | MemberPointerType;

/** Types that are no other name for a type. */
export type BareType = Exclude<Type, TypedefType | QualifiedType>;

/** Longer chains are taken for damage. */
const MAX_CHAIN = 100;

/** The type without typedefs and qualifiers on top. */
export function bareType(type: Type): BareType {
  let bare = type;
  for (let i = 0; bare.kind === 'typedef' || bare.kind === 'qualified'; i++) {
    if (i === MAX_CHAIN) return { kind: 'void' };
    bare = bare.target;
  }
  return bare;
}

/**
 * `sizeof`, bytes: void and functions count 1, as in GNU C; undefined when it is not known (incomplete types, arrays
 * whose count is not a number).
 */
export function sizeOfType(type: Type): number | undefined {
  const bare = bareType(type);
  switch (bare.kind) {
    case 'void':
      return bare.size ?? 1;
    case 'function':
      return 1;
    case 'pointer':
      return bare.size ?? 8;
    case 'reference':
      return 8;
    case 'array': {
      if (bare.size !== undefined) return bare.size;
      const element = bare.stride ?? sizeOfType(bare.element);
      return typeof bare.count === 'number' && element !== undefined ? bare.count * element : undefined;
    }
    default:
      return bare.size;
  }
}
