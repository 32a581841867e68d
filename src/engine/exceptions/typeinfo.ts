/**
 * C++ types as programs know them at run time: std::type_info objects and, for classes, their bases (Itanium C++ ABI
 * 2.9.5, "RTTI Layout"). Read from memory, nothing is called.
 */
import { offsetBy, virtAddr, type VirtAddr } from '../../common/addresses';
import { readCString, readUint, type MemoryReader } from '../../common/readers';
import { demangle } from '../../symbols/demangle';

export interface RuntimeType {
  /** Mangled, as type_info has it: `St13runtime_error`. */
  readonly mangled: string;
  /** `std::runtime_error` */
  readonly name: string;
  readonly bases: readonly RuntimeBase[];
}

export interface RuntimeBase {
  readonly type: RuntimeType;
  /** Where the base is in the object; undefined for a virtual base, whose place the object's vtable has. */
  readonly offset: number | undefined;
  /** Of a virtual base: where in the vtable its offset is, from the vptr. */
  readonly vtableOffset: number | undefined;
}

export interface TypeSpace {
  readonly memory: MemoryReader;
  /** The raw name of the symbol around an address. */
  symbolName(address: VirtAddr): string | undefined;
}

const MAX_NAME = 4096;
/** Classes have few bases; damage has many. */
const MAX_BASES = 64;
const MAX_DEPTH = 16;

/** `__offset_flags` of a base: bit 0 virtual, bit 1 public, the offset above bit 8. */
const IS_VIRTUAL = 1n;

/** The type of a std::type_info object; undefined when there is none at that address. */
export function readRuntimeType(space: TypeSpace, address: VirtAddr, depth = 0): RuntimeType | undefined {
  const { memory } = space;
  const vptr = readUint(memory, address, 8);
  const namePointer = readUint(memory, offsetBy(address, 8), 8);
  if (vptr === undefined || namePointer === undefined) return undefined;
  // A star in front says that the name is unique to this object (libstdc++, for types of internal linkage).
  const mangled = readCString(memory, virtAddr(namePointer), MAX_NAME)?.replace(/^\*/, '');
  if (!mangled || !/^[\w.$]+$/.test(mangled)) return undefined;
  return { mangled, name: nameOf(mangled), bases: depth < MAX_DEPTH ? basesOf(space, address, vptr, depth) : [] };
}

/** `typeinfo name for X` is what names of types demangle to. */
function nameOf(mangled: string): string {
  const whole = demangle(`_ZTS${mangled}`);
  return whole.startsWith('typeinfo name for ') ? whole.slice('typeinfo name for '.length) : mangled;
}

/** Which kind of type_info it is says the class of the type_info object itself, by its vtable. */
function basesOf(space: TypeSpace, address: VirtAddr, vptr: bigint, depth: number): RuntimeBase[] {
  const kind = space.symbolName(virtAddr(vptr - 16n)) ?? '';
  const { memory } = space;
  const base = (pointer: bigint | undefined, place: Omit<RuntimeBase, 'type'>): RuntimeBase[] => {
    const type = pointer === undefined ? undefined : readRuntimeType(space, virtAddr(pointer), depth + 1);
    return type ? [{ type, ...place }] : [];
  };
  if (kind.includes('__si_class_type_info')) {
    return base(readUint(memory, offsetBy(address, 16), 8), { offset: 0, vtableOffset: undefined });
  }
  if (!kind.includes('__vmi_class_type_info')) return [];
  const count = Number(readUint(memory, offsetBy(address, 20), 4) ?? 0n);
  return Array.from({ length: Math.min(count, MAX_BASES) }, (_, i) => {
    const at = offsetBy(address, 24 + i * 16);
    const flags = readUint(memory, offsetBy(at, 8), 8) ?? 0n;
    const offset = Number(BigInt.asIntN(64, flags) >> 8n);
    const isVirtual = (flags & IS_VIRTUAL) !== 0n;
    const place = isVirtual ? { offset: undefined, vtableOffset: offset } : { offset, vtableOffset: undefined };
    return base(readUint(memory, at, 8), place);
  }).flat();
}

/** The names of a type and all its bases, the type first. */
export function namesOf(type: RuntimeType): string[] {
  return [...new Set([type.name, ...type.bases.flatMap((base) => namesOf(base.type))])];
}

/** Where in an object the base of that mangled name is; undefined when it has none. */
export function findBaseObject(
  memory: MemoryReader,
  type: RuntimeType,
  object: VirtAddr,
  mangled: string,
): VirtAddr | undefined {
  if (type.mangled === mangled) return object;
  for (const { type: base, offset, vtableOffset } of type.bases) {
    const place = offset ?? virtualOffset(memory, object, vtableOffset!);
    const found = place === undefined ? undefined : findBaseObject(memory, base, offsetBy(object, place), mangled);
    if (found !== undefined) return found;
  }
  return undefined;
}

function virtualOffset(memory: MemoryReader, object: VirtAddr, vtableOffset: number): number | undefined {
  const vptr = readUint(memory, object, 8);
  const offset = vptr === undefined ? undefined : readUint(memory, offsetBy(virtAddr(vptr), vtableOffset), 8);
  return offset === undefined ? undefined : Number(BigInt.asIntN(64, offset));
}
