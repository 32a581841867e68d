/** Rust's enums (DWARF 5 §5.7.10): a discriminant, stored or in a niche of the payload, and what it selects. */
import { Cursor } from '../dwarf/cursor';
import type { Die } from '../dwarf/die';
import { type Owner, readMember } from './members';
import * as T from './typeconstants';
import type { TypeReader } from './typereader';
import { bareType, type Member, type Variant, type VariantPart } from './types';

/** Ranges of one variant. */
const MAX_RANGES = 10_000;

type Discriminants = Variant['discriminants'];
/** Brings a value as stored into the range of the discriminant's type. */
type Wrap = (value: bigint) => bigint;

export function readVariantPart(reader: TypeReader, die: Die, owner: Owner): VariantPart {
  const discriminant = readDiscriminant(reader, die, owner);
  const { wrap, isSigned } = valuesOf(discriminant);
  const variants: Variant[] = [];
  reader.eachChild(
    die,
    (tag) => tag === T.DW_TAG_variant,
    (child) => {
      const payload = child.child(T.DW_TAG_member);
      const member = payload && readMember(reader, payload, owner);
      // A variant whose payload cannot be read is still told apart from the others.
      const type = member ? bareType(member.type) : undefined;
      const name = member?.name ?? (type?.kind === 'struct' ? type.name : undefined) ?? '';
      const discriminants = readDiscriminants(child, wrap, isSigned);
      variants.push({ name, discriminants, member: member ?? { name, type: { kind: 'void', size: 0 }, offset: 0 } });
    },
  );
  return { discriminant, variants };
}

/** The variant that a discriminant's value means; the only one when there is no discriminant. */
export function variantOf(part: VariantPart, value: bigint | undefined): Variant | undefined {
  const { variants } = part;
  if (!part.discriminant) return variants.length === 1 ? variants[0] : undefined;
  if (value === undefined) return undefined;
  const wrapped = valuesOf(part.discriminant).wrap(value);
  return (
    variants.find(({ discriminants }) => discriminants?.some(({ low, high }) => low <= wrapped && wrapped <= high)) ??
    variants.find(({ discriminants }) => discriminants === undefined)
  );
}

function readDiscriminant(reader: TypeReader, die: Die, owner: Owner): Member | undefined {
  const stated = die.reference(T.DW_AT_discr);
  return stated && readMember(reader, stated, owner);
}

function valuesOf(discriminant: Member | undefined): { readonly wrap: Wrap; readonly isSigned: boolean } {
  const type = discriminant && bareType(discriminant.type);
  const scalar = type?.kind === 'integer' || type?.kind === 'enum' ? type : undefined;
  const bits = 8 * Math.min(scalar?.size ?? 8, 16);
  const isSigned = scalar?.isSigned === true;
  return { wrap: (value) => (isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)), isSigned };
}

function readDiscriminants(die: Die, wrap: Wrap, isSigned: boolean): Discriminants {
  const value = die.attribute(T.DW_AT_discr_value);
  if (value?.kind === 'constant') {
    const low = wrap(value.exact ?? BigInt(value.value));
    return [{ low, high: low }];
  }
  if (value) {
    const low = wrap(die.unsigned(T.DW_AT_discr_value) ?? 0n);
    return [{ low, high: low }];
  }
  const list = die.attribute(T.DW_AT_discr_list);
  if (list?.kind !== 'block' && list?.kind !== 'expression') return undefined;
  const cursor = new Cursor(list.bytes);
  const next = (): bigint => wrap(isSigned ? cursor.bigSleb() : cursor.bigUleb());
  const ranges: { low: bigint; high: bigint }[] = [];
  while (cursor.remaining > 0 && ranges.length < MAX_RANGES) {
    const isRange = cursor.u8() === T.DW_DSC_range;
    const low = next();
    ranges.push({ low, high: isRange ? next() : low });
  }
  return ranges;
}
