/** The implementation of DataValue: a type over a place, read when it is asked for and written through the same path. */
import { virtAddr, type VirtAddr } from '../common/addresses';
import { traitObject, type TraitObject } from '../symbols/data/dynamictype';
import type { Storage } from '../symbols/data/storage';
import { bareType, sizeOfType, type BareType, type Member, type StructType, type Type } from '../symbols/data/types';
import { DataError, type DataValue } from './data';
import { findMember, memberNames, nearest } from './members';
import type { ObjectSpace } from './objectspace';
import { interpret, isScalar, numberOf, valueBits } from './scalars';
import { memoryAt, partOf, readBits, readStorage, writeBits, writeStorage } from './storage';

export type BitField = NonNullable<DataValue['bitField']>;

/** The type's definition where it is only declared in its own unit and another one is known by that name. */
export function completeType(space: ObjectSpace, bare: BareType): BareType {
  if (bare.kind !== 'struct' || !bare.isIncomplete || bare.qualifiedName === undefined) return bare;
  const found = space.findType?.(bare.qualifiedName);
  const other = found && bareType(found);
  return other?.kind === 'struct' && !other.isIncomplete ? other : bare;
}

export class DataObject implements DataValue {
  readonly bare: BareType;

  constructor(
    readonly space: ObjectSpace,
    readonly type: Type,
    readonly storage: Storage,
    readonly bitField: BitField | undefined = undefined,
  ) {
    this.bare = completeType(space, bareType(type));
  }

  get address(): VirtAddr | undefined {
    return this.storage.kind === 'memory' ? this.storage.address : undefined;
  }

  get size(): number {
    const size = this.sizeIfKnown();
    if (size !== undefined) return size;
    if (this.bare.kind === 'struct') throw new DataError(`incomplete type`);
    throw new DataError('size unknown');
  }

  private sizeIfKnown(): number | undefined {
    const { bare } = this;
    if (bare.kind !== 'array') return sizeOfType(bare);
    if (bare.size !== undefined) return bare.size;
    const { count } = this;
    const stride = this.stride(bare.element, bare.stride);
    return count === undefined || stride === undefined ? undefined : count * stride;
  }

  /** Bytes from one element to the next; elements may themselves have a size that is known at run time only. */
  private stride(element: Type, stated?: number): number | undefined {
    if (stated !== undefined) return stated;
    const known = sizeOfType(element);
    if (known !== undefined) return known;
    const first = new DataObject(this.space, element, this.storage);
    return first.bare.kind === 'array' || first.bare.kind === 'struct' ? first.sizeIfKnown() : undefined;
  }

  get count(): number | undefined {
    const { bare } = this;
    if (bare.kind !== 'array') return undefined;
    const { count } = bare;
    if (typeof count !== 'object') return count;
    const value = count.evaluate({ objectAddress: this.address, frame: this.space.frame });
    // A damaged bound may be anything; negative ones mean no elements.
    if (value === undefined) return undefined;
    return value < 0n ? 0 : Number(value);
  }

  bytes(): Uint8Array {
    if (this.bitField) throw new DataError('a bit-field has no bytes of its own');
    return readStorage(this.space, this.storage, this.size);
  }

  bits(): bigint {
    const { bare, bitField } = this;
    if (bare.kind === 'reference') return readBits(this.space, this.storage, 0, 64);
    if (bare.kind === 'function') return this.address ?? 0n;
    if (!isScalar(bare)) throw new DataError('not a scalar');
    const width = bitField?.size ?? valueBits(bare);
    return interpret(readBits(this.space, this.storage, bitField?.offset ?? 0, width), bare, width);
  }

  number(): number {
    return numberOf(this.bits(), this.bare);
  }

  /** Replaces a scalar's bits; those of a bit-field are cut to its width. Throws DataError. */
  setBits(bits: bigint): void {
    if (this.bitField) writeBits(this.space, this.storage, this.bitField.offset, this.bitField.size, bits);
    else writeBits(this.space, this.storage, 0, valueBits(this.bare), bits);
  }

  /** Replaces all bytes of the object. Throws DataError. */
  setBytes(bytes: Uint8Array): void {
    if (this.bitField) throw new DataError('a bit-field has no bytes of its own');
    writeStorage(this.space, this.storage, bytes);
  }

  member(...path: readonly string[]): DataObject {
    return path.reduce<DataObject>((object, name) => object.memberNamed(name), this);
  }

  private memberNamed(name: string): DataObject {
    const found = this.memberIfAny(name);
    if (found) return found;
    const object = this.referent();
    const similar = nearest(name, memberNames(object.bare));
    throw new DataError(`no member '${name}'${similar === undefined ? '' : `; did you mean '${similar}'?`}`);
  }

  memberIfAny(name: string): DataObject | undefined {
    const object = this.referent();
    const path = findMember(object.bare, name, (part) => object.variantOf(part));
    return path?.reduce<DataObject>((outer, member) => outer.at(member), object);
  }

  /** The payload that a Rust enum's object has now. */
  activeVariant(): { readonly name: string; readonly member: Member } | undefined {
    return this.bare.kind === 'struct' ? this.variantOf(this.bare) : undefined;
  }

  private variantOf(type: StructType): { readonly name: string; readonly member: Member } | undefined {
    const part = type.variantPart;
    if (!part) return undefined;
    const { discriminant, variants } = part;
    if (!discriminant) return variants[0];
    const value = this.at(discriminant).bits();
    const width = BigInt((sizeOfType(discriminant.type) ?? 8) * 8);
    // Discriminants are stated signed by some producers and unsigned by others: compare the bits.
    const same = (a: bigint): bigint => BigInt.asUintN(Number(width), a);
    const raw = same(value);
    return (
      variants.find(({ discriminants }) =>
        discriminants?.some(({ low, high }) =>
          same(low) <= same(high) ? raw >= same(low) && raw <= same(high) : value >= low && value <= high,
        ),
      ) ?? variants.find(({ discriminants }) => discriminants === undefined)
    );
  }

  at(member: Member): DataObject {
    const { space, storage } = this;
    if (member.locate) {
      if (storage.kind !== 'memory') {
        // Computed places need the object's address: a virtual base of an object that lives in registers has none.
        return new DataObject(space, member.type, {
          kind: 'unavailable',
          reason: 'its place in an object outside memory is not known',
        });
      }
      const address = member.locate(storage.address, space.memory);
      return new DataObject(
        space,
        member.type,
        address === undefined ? { kind: 'unavailable', reason: 'its place could not be computed' } : memoryAt(address),
        member.bitField,
      );
    }
    const { bitField } = member;
    const size = bitField ? (bitField.offset + bitField.size + 7) >> 3 : sizeOfType(member.type);
    return new DataObject(space, member.type, partOf(storage, member.offset, size), bitField);
  }

  element(index: number): DataObject {
    const { bare } = this;
    switch (bare.kind) {
      case 'array': {
        const stride = this.stride(bare.element, bare.stride);
        if (stride === undefined) throw new DataError('the size of its elements is not known');
        const size = sizeOfType(bare.element) ?? stride;
        return new DataObject(this.space, bare.element, partOf(this.storage, index * stride, size));
      }
      case 'complex': {
        const size = bare.part.size;
        return new DataObject(this.space, bare.part, partOf(this.storage, index * size, size));
      }
      case 'pointer': {
        const first = this.dereference();
        return first.as(first.type, index * first.size);
      }
      case 'reference':
        return this.referent().element(index);
      default:
        throw new DataError('it has no elements');
    }
  }

  dereference(): DataObject {
    const { bare } = this;
    if (bare.kind === 'reference') return this.referent().dereference();
    if (bare.kind !== 'pointer') throw new DataError('not a pointer');
    return this.follow(bare.target);
  }

  referent(): DataObject {
    if (this.bare.kind !== 'reference') return this;
    const object = this.follow(this.bare.target);
    // A reference to a reference is what only damage makes.
    return object.bare.kind === 'reference' ? object.follow(object.bare.target) : object;
  }

  private follow(target: Type): DataObject {
    const { storage } = this;
    if (storage.kind === 'implicitPointer') {
      return new DataObject(this.space, target, partOf(storage.target(), storage.offset, sizeOfType(target)));
    }
    return new DataObject(this.space, target, memoryAt(this.bits()));
  }

  /** The same place seen as another type, `offset` bytes further on. */
  as(type: Type, offset = 0): DataObject {
    return new DataObject(
      this.space,
      type,
      offset === 0 ? this.storage : partOf(this.storage, offset, sizeOfType(type)),
      this.bitField,
    );
  }

  object(type: Type, address: VirtAddr | bigint): DataObject {
    return new DataObject(this.space, type, memoryAt(address));
  }

  dynamic(): DataObject {
    const { bare, storage } = this;
    const trait = traitObject(bare);
    if (trait) return this.behindTrait(trait);
    if (bare.kind !== 'struct' || !bare.isPolymorphic || storage.kind !== 'memory') return this;
    const found = this.space.dynamicType?.(bare, storage.address);
    return found ? new DataObject(this.space, found.type, memoryAt(found.address)) : this;
  }

  private behindTrait({ pointer, vtable }: TraitObject): DataObject {
    const type = this.space.typeOfTraitObject?.(virtAddr(this.at(vtable).bits()));
    return type ? new DataObject(this.space, type, memoryAt(virtAddr(this.at(pointer).bits()))) : this;
  }

  findType(name: string): Type | undefined {
    return this.space.findType?.(name);
  }

  symbolAt(address: bigint): { readonly name: string; readonly offset: bigint } | undefined {
    return this.space.symbolAt?.(virtAddr(address));
  }

  read(address: bigint, length: number): Uint8Array {
    return this.space.memory.read(virtAddr(address), length);
  }
}
