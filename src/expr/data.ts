/**
 * Objects of the program as formatters and the Variables view handle them: a type, a place, and everything one can reach
 * from there. Methods that cannot answer throw DataError with a short clause for the reader (`optimized out`,
 * `cannot read 8 bytes at 0x10`), which is shown in the value's place.
 */
import type { VirtAddr } from '../common/addresses';
import type { Storage } from '../symbols/data/storage';
import type { BareType, Member, Type } from '../symbols/data/types';

/** Why a value cannot be shown; a clause, not a sentence. */
export class DataError extends Error {}

export interface DataValue {
  /** As declared: typedefs and qualifiers included. */
  readonly type: Type;
  /** Without typedefs and qualifiers on top; references are followed by `value.referent()`. */
  readonly bare: BareType;
  readonly storage: Storage;
  /** Of a bit-field: bits to skip from the storage's start, and its width. */
  readonly bitField: { readonly offset: number; readonly size: number } | undefined;
  /** Where it is in memory; undefined for registers, constants and pieces. */
  readonly address: VirtAddr | undefined;
  /** Bytes; throws when the type is incomplete. Variable-length arrays know their size. */
  readonly size: number;

  /** All its bytes; throws when one of them cannot be read, or there are more than the limit of a read (1 MiB). */
  bytes(): Uint8Array;
  /** A scalar's value as its type says: integers, booleans, characters, enums, pointers; a float's encoding. */
  bits(): bigint;
  /** A scalar as a number; integers beyond 2^53 are rounded, floats decoded. */
  number(): number;

  /** The member of that name, own, of anonymous parts, or of base classes; each further name is looked up in it. */
  member(...path: readonly string[]): DataValue;
  /** The same, undefined when there is none. */
  memberIfAny(name: string): DataValue | undefined;
  /** One of the type's members. */
  at(member: Member): DataValue;
  /** The variant that a Rust enum's object has now, with its payload; undefined for other types and for none that is known. */
  activeVariant(): { readonly name: string; readonly member: Member } | undefined;
  /** Element of an array (counted from its lower bound) or of what a pointer points to. */
  element(index: number): DataValue;
  /** How many elements an array has; undefined when that is unknown. */
  readonly count: number | undefined;
  /** What a pointer points to. Throws for null only when its bytes are asked for. */
  dereference(): DataValue;
  /** The object behind a reference, or itself. */
  referent(): DataValue;
  /** The same place seen as another type. */
  as(type: Type): DataValue;
  /** Another object in memory. */
  object(type: Type, address: VirtAddr | bigint): DataValue;
  /** The complete object that a polymorphic object is part of, as its vtable says; itself when that cannot be told. */
  dynamic(): DataValue;
  /** A type by name, as an expression would find it from the frame. */
  findType(name: string): Type | undefined;
  /** `<main+4>`, for addresses of code and data. */
  symbolAt(address: bigint): { readonly name: string; readonly offset: bigint } | undefined;
  /** Up to `length` bytes of the process; short where it becomes unreadable. */
  read(address: bigint, length: number): Uint8Array;
}
