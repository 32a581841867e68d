/**
 * Where the parts of a structure are (DWARF 5 §5.7.3, §5.7.6): byte offsets, the three ways of describing bit-fields that
 * DWARF has had, places that are computed from the object, base classes and static members.
 */
import type { MemoryReader, RegisterReader } from '../../common/readers';
import type { Die } from '../dwarf/die';
import { evaluateExpression, resultWord } from '../dwarf/expression';
import * as T from './typeconstants';
import type { TypeReader } from './typereader';
import { sizeOfType, type Language, type Member, type StaticMember, type StructType, type Type } from './types';

/** What a member needs to know of the structure around it; the rest of that may be what is being read. */
export type Owner = Pick<StructType, 'tag' | 'language' | 'size'>;

/** Bytes of a structure by its entry; undefined when it does not say, or it is computed at run time. */
export function sizeOfEntry(die: Die): number | undefined {
  const bytes = die.number(T.DW_AT_byte_size);
  if (bytes !== undefined) return bytes >= 0 ? bytes : undefined;
  const bits = die.number(T.DW_AT_bit_size);
  return bits !== undefined && bits >= 0 ? Math.ceil(bits / 8) : undefined;
}

/** A data member. Padding (`int : 3`) is none. */
export function readMember(reader: TypeReader, die: Die, owner: Owner): Member | undefined {
  const type = reader.typeOf(die, owner.language);
  const place = placeOf(die);
  const bits = bitFieldOf(die, type, owner.size, place.offset);
  const { name } = die;
  if (name === undefined && bits) return undefined;
  return {
    name,
    type,
    offset: bits?.offset ?? place.offset,
    ...(place.locate && { locate: place.locate }),
    ...(bits && { bitField: bits.bitField }),
    ...(die.flag(T.DW_AT_artificial) && { isArtificial: true }),
    ...accessOf(die, owner),
  };
}

/** A base class as the member that it is, without a name. */
export function readBase(reader: TypeReader, die: Die, owner: Owner): Member {
  const type = reader.typeOf(die, owner.language);
  const isVirtual = (die.number(T.DW_AT_virtuality) ?? 0) !== 0;
  const place = placeOf(die);
  return {
    name: type.kind === 'struct' ? type.name : undefined,
    type,
    offset: place.offset,
    ...(place.locate && { locate: place.locate }),
    isBase: true,
    ...(isVirtual && { isVirtualBase: true }),
    ...accessOf(die, owner),
  };
}

/** DWARF 5 calls a static member a variable; before, it was a member with DW_AT_external and DW_AT_declaration. */
export function isStaticMember(die: Die): boolean {
  return die.tag === T.DW_TAG_variable || die.flag(T.DW_AT_external);
}

export function readStaticMember(reader: TypeReader, die: Die, language: Language): StaticMember | undefined {
  const { name, linkageName } = die;
  if (name === undefined) return undefined;
  const { variableStorage } = reader.options;
  return {
    name,
    type: reader.typeOf(die, language),
    ...(variableStorage && { storage: () => variableStorage(die) }),
    ...(linkageName !== undefined && { linkageName }),
  };
}

function accessOf(die: Die, owner: Owner): Pick<Member, 'access'> {
  if (owner.language !== 'c++' && owner.language !== 'd') return {};
  switch (die.number(T.DW_AT_accessibility)) {
    case T.DW_ACCESS_public:
      return { access: 'public' };
    case T.DW_ACCESS_protected:
      return { access: 'protected' };
    case T.DW_ACCESS_private:
      return { access: 'private' };
    default:
      return { access: owner.tag === 'class' ? 'private' : 'public' };
  }
}

interface Place {
  /** Bytes; 0 when it is computed. */
  readonly offset: number;
  readonly locate?: Member['locate'];
}

function placeOf(die: Die): Place {
  const offset = die.number(T.DW_AT_data_member_location);
  if (offset !== undefined) return { offset };
  const expression = die.expression(T.DW_AT_data_member_location);
  if (!expression) return { offset: 0 };
  const fixed = fixedOffset(expression);
  if (fixed !== undefined) return { offset: fixed };
  return { offset: 0, locate: (object, memory) => evaluate(expression, object, memory) };
}

const NO_REGISTERS: RegisterReader = { dwarf: () => undefined, named: () => undefined };

/** DWARF 5 §5.7.6: the object's address is on the stack, the member's is the result. */
function evaluate(expression: Uint8Array, object: bigint, memory: MemoryReader): bigint | undefined {
  const result = evaluateExpression(expression, {
    memory,
    registers: NO_REGISTERS,
    initialStack: [object],
    objectAddress: () => object,
  });
  return resultWord(result);
}

/** Of `DW_OP_plus_uconst N` and its like, which DWARF 2 had in place of a constant; undefined when memory decides. */
function fixedOffset(expression: Uint8Array): number | undefined {
  let readsMemory = false;
  const nothing: MemoryReader = {
    read: () => {
      readsMemory = true;
      return new Uint8Array(0);
    },
  };
  const base = 0x10_0000n;
  const place = evaluate(expression, base, nothing);
  return place === undefined || readsMemory ? undefined : Number(BigInt.asIntN(64, place - base));
}

/**
 * A bit-field's place: the storage unit of its type that holds it, and the bits in there; the byte it begins in where no
 * aligned storage unit holds it (packed structures).
 */
function bitFieldOf(
  die: Die,
  type: Type,
  ownerSize: number | undefined,
  byteOffset: number,
): Required<Pick<Member, 'offset' | 'bitField'>> | undefined {
  const size = die.number(T.DW_AT_bit_size);
  if (size === undefined || size < 0) return undefined;
  const unit = die.number(T.DW_AT_byte_size) ?? sizeOfType(type) ?? 4;
  const first = firstBit(die, byteOffset, unit, size);
  const aligned = Math.floor(first / (8 * unit)) * unit;
  const isHeld = first + size <= 8 * (aligned + unit) && (ownerSize === undefined || aligned + unit <= ownerSize);
  const offset = isHeld ? aligned : Math.floor(first / 8);
  return { offset, bitField: { offset: first - 8 * offset, size } };
}

/** Counted from the start of the structure, least significant bits first. */
function firstBit(die: Die, byteOffset: number, unit: number, size: number): number {
  const dataBitOffset = die.number(T.DW_AT_data_bit_offset);
  if (dataBitOffset !== undefined) return 8 * byteOffset + dataBitOffset;
  // Up to DWARF 3 bits were counted from the most significant one of the storage unit, whatever the byte order. The
  // number is negative where a packed field does not fit into its storage unit, whether or not its form has a sign.
  const stored = die.unsigned(T.DW_AT_bit_offset);
  if (stored === undefined) return 8 * byteOffset;
  return 8 * (byteOffset + unit) - Number(BigInt.asIntN(64, stored)) - size;
}
