/** What the bits of a scalar mean under its type. */
import { bareType, sizeOfType, type BareType, type Type } from '../symbols/data/types';
import { floatBits, decodeFloat } from './floats';

/** Types whose values fit a few registers and take part in arithmetic; everything else is an aggregate. */
export function isScalar(bare: BareType): boolean {
  switch (bare.kind) {
    case 'integer':
    case 'float':
    case 'enum':
    case 'pointer':
    case 'memberPointer':
      return true;
    case 'void':
      return bare.size !== undefined;
    default:
      return false;
  }
}

/** How many bits of a scalar's bytes count: 80 of a long double's 128. */
export function valueBits(bare: BareType): number {
  return bare.kind === 'float' ? floatBits(bare.format) : (sizeOfType(bare) ?? 0) * 8;
}

/** Reduces to what a type of `width` bits holds: two's complement for signed ones. */
export function interpret(raw: bigint, bare: BareType, width: number): bigint {
  const isSigned = (bare.kind === 'integer' || bare.kind === 'enum') && bare.isSigned;
  return isSigned ? BigInt.asIntN(width, raw) : BigInt.asUintN(width, raw);
}

/** The worth of a scalar's bits as a number. */
export function numberOf(bits: bigint, type: Type): number {
  const bare = bareType(type);
  return bare.kind === 'float' ? decodeFloat(bits, bare.format) : Number(bits);
}
