/** Values of expressions: a type and its bits, and where they were read from when they can be written back. */
import type { VirtAddr } from '../common/addresses';
import type { Storage } from '../symbols/data/storage';
import { bareType, type BareType } from '../symbols/data/types';
import type { BitField } from './dataobject';
import { decodeFloat, encodeFloat } from './floats';
import type { RegisterInfo } from './registers';
import { interpret, numberOf } from './scalars';
import { pointerTo, UNSIGNED_LONG, VOID_POINTER, type IntegerType, type Type } from './types';

/** Where an lvalue lives; a register that the user named may be a part of one. */
export type Place = Storage | { readonly kind: 'named'; readonly register: RegisterInfo };

/** Something that has not been read yet, so that `&` and `sizeof` need not touch memory; or a value. */
export interface Located {
  /** As declared: typedefs and qualifiers included. Never a reference: those are followed. */
  readonly type: Type;
  readonly place?: Place;
  readonly bitField?: BitField;
  readonly bits?: bigint;
  /** A symbol without debugging information: its type is a guess, and a cast says what is there. */
  readonly isUntyped?: boolean;
}

export interface Value extends Located {
  /**
   * A scalar as its type says: signed types from -2^(n-1), unsigned ones and pointers from 0, floats as their encoding.
   * A function's is its address. Structures, arrays and the like have 0 here: what they are made of is at `place`.
   */
  readonly bits: bigint;
}

/** Reduces to the width and signedness of an integer type, as storing does (C17 6.3.1.3). */
export function wrap(bits: bigint, type: IntegerType): bigint {
  return type.isSigned ? BigInt.asIntN(type.size * 8, bits) : BigInt.asUintN(type.size * 8, bits);
}

/** A value as any address: pointers and functions as they are, integers modulo 2^64. */
export function addressOf(value: Value): VirtAddr {
  return BigInt.asUintN(64, value.bits) as VirtAddr;
}

/** An integer that a float becomes: what C leaves undefined wraps, and what is no number is 0. */
function truncated(value: number): bigint {
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
}

/** Converts a scalar's bits as a cast does; undefined when there is no such conversion. */
export function convertBits(value: Value, to: BareType): bigint | undefined {
  const from = bareType(value.type);
  switch (to.kind) {
    case 'integer':
      if (from.kind === 'float') {
        const number = decodeFloat(value.bits, from.format);
        return to.display === 'boolean' ? (number === 0 ? 0n : 1n) : wrap(truncated(number), to);
      }
      if (to.display === 'boolean') return value.bits === 0n ? 0n : 1n;
      return wrap(value.bits, to);
    case 'enum':
      return interpret(from.kind === 'float' ? truncated(numberOf(value.bits, from)) : value.bits, to, to.size * 8);
    case 'float':
      if (from.kind === 'float') {
        return from.format === to.format ? value.bits : encodeFloat(decodeFloat(value.bits, from.format), to.format);
      }
      return from.kind === 'pointer' ? undefined : encodeFloat(Number(value.bits), to.format);
    case 'pointer':
    case 'function':
      return from.kind === 'float' ? undefined : BigInt.asUintN(64, value.bits);
    case 'memberPointer':
      return from.kind === 'float' ? undefined : BigInt.asUintN(to.size * 8, value.bits);
    case 'void':
      return to.size === undefined ? 0n : value.bits;
    default:
      return undefined;
  }
}

/** Functions and arrays in memory decay to pointers, as in C; everything else stays. */
export function decay(value: Value): Value {
  const bare = bareType(value.type);
  if (bare.kind === 'function') return { type: pointerTo(value.type), bits: value.bits };
  if (bare.kind === 'array' && value.place?.kind === 'memory') {
    return { type: pointerTo(bare.element), bits: value.place.address };
  }
  return value;
}

/** An enumeration's values are integers of its size and sign. */
export function integerOfEnum(size: number, isSigned: boolean): IntegerType {
  const rank = size >= 16 ? 6 : size >= 8 ? 4 : size >= 4 ? 3 : size >= 2 ? 2 : 1;
  return { ...UNSIGNED_LONG, name: isSigned ? 'int' : 'unsigned int', size, isSigned, rank };
}

/** An untyped address. */
export function voidPointer(address: bigint): Value {
  return { type: VOID_POINTER, bits: address };
}
