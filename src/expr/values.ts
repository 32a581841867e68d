/** Values of expressions: a C type and its bits, and where they were read from when they can be written back. */
import type { VirtAddr } from '../common/addresses';
import type { RegisterInfo } from './registers';
import { CODE_POINTER, promote, sizeOf, UNSIGNED_LONG, VOID_POINTER, type IntegerType, type Type } from './types';

/** Where an lvalue lives. */
export type Place =
  | { readonly kind: 'memory'; readonly address: VirtAddr }
  | { readonly kind: 'register'; readonly register: RegisterInfo };

export interface Value {
  readonly type: Type;
  /**
   * The value as its type says: signed types from -2^(n-1), unsigned ones and pointers from 0. A function's value is its
   * address; void's is 0.
   */
  readonly bits: bigint;
  /** Set on what `&` or `=` may be applied to. */
  readonly place?: Place;
}

/** Reduces to the width and signedness of an integer type, as storing does (C17 6.3.1.3). */
export function wrap(bits: bigint, type: IntegerType): bigint {
  return type.isSigned ? BigInt.asIntN(type.size * 8, bits) : BigInt.asUintN(type.size * 8, bits);
}

/** A value as any address: pointers and functions as they are, integers modulo 2^64. */
export function addressOf(value: Value): VirtAddr {
  return BigInt.asUintN(64, value.bits) as VirtAddr;
}

/** Converts as a cast does. */
export function convert(value: Value, type: Type): Value {
  switch (type.kind) {
    case 'integer':
      if (type.display === 'boolean') return { type, bits: value.bits === 0n ? 0n : 1n };
      return { type, bits: wrap(value.bits, type) };
    case 'pointer':
    case 'function':
      return { type, bits: BigInt.asUintN(64, value.bits) };
    case 'void':
      return { type, bits: 0n };
  }
}

/** What a value takes part in arithmetic as: promoted integers; pointers and functions as unsigned long. */
export function asInteger(value: Value): { readonly type: IntegerType; readonly bits: bigint } {
  return value.type.kind === 'integer'
    ? { type: promote(value.type), bits: value.bits }
    : { type: UNSIGNED_LONG, bits: value.bits };
}

/** A function decays to a pointer to it, as in C. */
export function decay(value: Value): Value {
  return value.type.kind === 'function' ? { type: CODE_POINTER, bits: value.bits } : value;
}

/** Decodes `bytes`, little-endian, as a value of an integer or pointer type of that size. */
export function fromBytes(bytes: Uint8Array, type: Type): bigint {
  const size = bytes.length;
  let bits: bigint;
  if (size <= 4) {
    let low = 0;
    for (let i = size - 1; i >= 0; i--) low = low * 256 + bytes[i]!;
    bits = BigInt(low);
  } else {
    const view = new DataView(bytes.buffer, bytes.byteOffset, size);
    bits = view.getBigUint64(0, true);
    if (size === 16) bits |= view.getBigUint64(8, true) << 64n;
  }
  return type.kind === 'integer' && type.isSigned ? BigInt.asIntN(size * 8, bits) : bits;
}

/** Encodes a value's bits as memory holds them: `sizeof` its type, little-endian. */
export function toBytes(value: Value): Uint8Array {
  const bytes = new Uint8Array(sizeOf(value.type));
  let rest = BigInt.asUintN(bytes.length * 8, value.bits);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/** An untyped address. */
export function voidPointer(address: bigint): Value {
  return { type: VOID_POINTER, bits: address };
}
