/**
 * What an object really is. A polymorphic C++ object says so through its vptr (Itanium C++ ABI §2.4, §2.5.2): the vtable
 * it points into belongs to the class of the complete object, and holds, 16 bytes before, how far that object begins
 * from here. A Rust trait object carries its vtable beside the pointer; rustc describes it with the concrete type.
 */
import { virtAddr } from '../../common/addresses';
import { readUint, type MemoryReader } from '../../common/readers';
import { bareType, type Member, type StructType, type Type } from './types';
import { findBase, sameType } from './typequeries';

export interface VtableLookup {
  /** `ModuleData.typeOfVtable` of the module around an address of the process. */
  typeOfVtable(address: bigint): Type | undefined;
}

export interface DynamicObject {
  readonly type: Type;
  /** Of the complete object. */
  readonly address: bigint;
}

/** Objects of more than this are damage, and so are offsets. */
const MAX_OFFSET = 1n << 32n;

/**
 * The complete object that the polymorphic object of `type` at `address` is part of, which may be itself. Undefined when
 * it cannot be told: an object that was not made yet or is gone, or a class without debugging information.
 */
export function dynamicObject(
  type: Type,
  address: bigint,
  memory: MemoryReader,
  lookup: VtableLookup,
): DynamicObject | undefined {
  const declared = bareType(type);
  if (declared.kind !== 'struct' || !declared.isPolymorphic) return undefined;
  // A class with a vptr begins with one: its own, or that of its primary base.
  const vptr = readUint(memory, virtAddr(address), 8);
  if (vptr === undefined || vptr < 16n) return undefined;
  const stored = readUint(memory, virtAddr(vptr - 16n), 8);
  if (stored === undefined) return undefined;
  const offsetToTop = BigInt.asIntN(64, stored);
  if (offsetToTop > 0n || offsetToTop < -MAX_OFFSET) return undefined;
  // The slot of the type information is the last that every vtable has; the vptr may point past the vtable's end.
  const found = lookup.typeOfVtable(vptr - 8n);
  const complete = found && bareType(found);
  // What memory holds by accident may look like a vptr.
  if (complete?.kind !== 'struct' || !isOrDerives(complete, declared)) return undefined;
  return { type: found!, address: virtAddr(address + offsetToTop) };
}

function isOrDerives(type: StructType, base: StructType): boolean {
  if (sameType(type, base)) return true;
  const name = base.qualifiedName ?? base.name;
  return name !== undefined && findBase(type, name) !== undefined;
}

/** The two halves of a Rust pointer to a trait object: `&dyn Trait`, `Box<dyn Trait>`. */
export interface TraitObject {
  readonly pointer: Member;
  readonly vtable: Member;
}

/** The halves, when the type is such a pointer. */
export function traitObject(type: Type): TraitObject | undefined {
  const bare = bareType(type);
  if (bare.kind !== 'struct' || bare.language !== 'rust' || bare.members.length !== 2) return undefined;
  const pointer = bare.members.find(({ name }) => name === 'pointer');
  const vtable = bare.members.find(({ name }) => name === 'vtable');
  return pointer && vtable && { pointer, vtable };
}

/** The concrete type behind a trait object's vtable at an address. */
export function typeOfTraitObject(vtable: bigint, lookup: VtableLookup): Type | undefined {
  const found = vtable === 0n ? undefined : lookup.typeOfVtable(vtable);
  return found && concreteType(found);
}

/** Of the structure that describes a Rust vtable, the type it is a vtable of; another type is itself. */
function concreteType(type: Type): Type {
  const bare = bareType(type);
  if (bare.kind !== 'struct' || bare.language !== 'rust') return type;
  return (bare.name?.endsWith('::{vtable_type}') ? bare.containingType : undefined) ?? type;
}
