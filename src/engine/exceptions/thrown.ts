/**
 * C++ exception objects: what was thrown and what it says. Standard layouts are read; only an exception with a what() of
 * its own is asked by calling it.
 */
import { offsetBy, virtAddr, type VirtAddr } from '../../common/addresses';
import { readCString, readExactly, readUint } from '../../common/readers';
import type { CallRequest } from '../../expr/context';
import { toBytes } from '../../expr/storage';
import { VOID_POINTER } from '../../expr/types';
import type { Caller } from './report';
import { findBaseObject, readRuntimeType, type RuntimeType, type TypeSpace } from './typeinfo';

/** An exception in flight. */
export interface Thrown {
  readonly object: VirtAddr;
  /** Undefined where the program has no usable type information. */
  readonly type: RuntimeType | undefined;
}

/** Offsets from `_Unwind_Exception`: the same in libstdc++ (unwind-cxx.h) and libc++abi (cxa_exception.h). */
const TYPE_BEFORE_HEADER = 80;
const OBJECT_AFTER_HEADER = 32;
/** The last byte of the exception class says that it stands for another exception (std::rethrow_exception). */
const DEPENDENT = 1;
/** Where a dependent exception has its primary object: libstdc++ in the place of the type, libc++abi before it. */
const GNU_PRIMARY_BEFORE_HEADER = 80;
const LLVM_PRIMARY_BEFORE_HEADER = 88;

const MAX_TEXT = 4096;

/** The thrown object behind an `_Unwind_Exception`; undefined for one of another language. */
export function thrownByHeader(space: TypeSpace, header: VirtAddr): Thrown | undefined {
  const kind = readExactly(space.memory, header, 8);
  if (!kind) return undefined;
  // Stored as a number, so the letters come last first: "GNUCC++\0", "CLNGC++\0".
  const letters = String.fromCharCode(...Array.from(kind).reverse());
  const isGnu = letters.startsWith('GNUCC++');
  if (!isGnu && !letters.startsWith('CLNGC++')) return undefined;
  if (kind[0] !== DEPENDENT) {
    return thrownObject(space, offsetBy(header, OBJECT_AFTER_HEADER), offsetBy(header, -TYPE_BEFORE_HEADER));
  }
  const before = isGnu ? GNU_PRIMARY_BEFORE_HEADER : LLVM_PRIMARY_BEFORE_HEADER;
  const primary = readUint(space.memory, offsetBy(header, -before), 8);
  return primary === undefined ? undefined : thrownByObject(space, virtAddr(primary));
}

/** A thrown object whose header is in front of it, as std::exception_ptr holds it. */
export function thrownByObject(space: TypeSpace, object: VirtAddr): Thrown | undefined {
  return thrownObject(space, object, offsetBy(object, -(OBJECT_AFTER_HEADER + TYPE_BEFORE_HEADER)));
}

function thrownObject(space: TypeSpace, object: VirtAddr, typePointer: VirtAddr): Thrown | undefined {
  const type = readUint(space.memory, typePointer, 8);
  return type === undefined ? undefined : { object, type: readRuntimeType(space, virtAddr(type)) };
}

/** What an exception says: known, to be asked, or nothing. */
export type What =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'call'; readonly function: VirtAddr; readonly object: VirtAddr }
  | undefined;

/** `what()` of these returns the text behind the pointer that follows the vptr, in libstdc++ and in libc++. */
const STORED_TEXT = /^_ZNKSt(?:13runtime_error|11logic_error)4whatEv/;
/** The destructors come first (Itanium C++ ABI 2.5.2): what() is the third function of std::exception. */
const WHAT_SLOT = 16n;

/** What an exception has to say, without calling anything. */
export function whatOf(space: TypeSpace, { object, type }: Thrown): What {
  if (!type) return undefined;
  const { memory } = space;
  const exception = findBaseObject(memory, type, object, 'St9exception');
  if (exception === undefined) return plainValue(space, type, object);
  const vptr = readUint(memory, exception, 8);
  const what = vptr === undefined ? undefined : readUint(memory, virtAddr(vptr + WHAT_SLOT), 8);
  if (what === undefined) return undefined;
  if (STORED_TEXT.test(space.symbolName(virtAddr(what)) ?? '')) {
    const text = readUint(memory, offsetBy(exception, 8), 8);
    return textAt(space, text);
  }
  return { kind: 'call', function: virtAddr(what), object: exception };
}

function textAt({ memory }: TypeSpace, address: bigint | undefined): What {
  const text = address === undefined ? undefined : readCString(memory, virtAddr(address), MAX_TEXT);
  return text === undefined ? undefined : { kind: 'text', text };
}

/** Integers by their mangled names: size and whether they are signed. */
const INTEGERS: Readonly<Record<string, readonly [size: 1 | 2 | 4 | 8, isSigned: boolean]>> = {
  ...{ i: [4, true], j: [4, false], l: [8, true], m: [8, false], x: [8, true], y: [8, false] },
  ...{ s: [2, true], t: [2, false] },
};
const CXX11_STRING = 'NSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE';

/** Numbers and texts that are thrown as they are. */
function plainValue(space: TypeSpace, { mangled }: RuntimeType, object: VirtAddr): What {
  const { memory } = space;
  if (mangled === 'PKc' || mangled === 'Pc') return textAt(space, readUint(memory, object, 8));
  if (mangled === CXX11_STRING) {
    const [pointer, length] = [readUint(memory, object, 8), readUint(memory, offsetBy(object, 8), 8)];
    if (pointer === undefined || length === undefined) return undefined;
    const bytes = memory.read(virtAddr(pointer), Math.min(Number(length), MAX_TEXT));
    return { kind: 'text', text: Buffer.from(bytes).toString('utf8') };
  }
  const [size, isSigned] = INTEGERS[mangled] ?? [];
  const bits = size === undefined ? undefined : readUint(memory, object, size);
  if (bits === undefined) return undefined;
  return { kind: 'text', text: String(isSigned ? BigInt.asIntN(size! * 8, bits) : bits) };
}

/** A call of a function that takes an address, or nothing, and returns one. */
export function addressCall(name: string, address: VirtAddr, argument?: VirtAddr): CallRequest {
  const parameters = argument === undefined ? [] : [VOID_POINTER];
  const args =
    argument === undefined ? [] : [{ type: VOID_POINTER, bytes: toBytes(argument, 8), isPlacedInMemory: false }];
  return { name, address, type: { kind: 'function', parameters, result: VOID_POINTER }, args, result: VOID_POINTER };
}

/** The address that such a call has returned. */
export function returnedAddress(bytes: Uint8Array | undefined): VirtAddr | undefined {
  return bytes?.length === 8 ? virtAddr(Buffer.from(bytes).readBigUInt64LE()) : undefined;
}

/** Asks an exception's own what(). */
export async function callWhat(
  space: TypeSpace,
  what: { readonly function: VirtAddr; readonly object: VirtAddr },
  call: Caller,
): Promise<string | undefined> {
  const address = returnedAddress(await call(addressCall('what', what.function, what.object)));
  return address === undefined ? undefined : readCString(space.memory, address, MAX_TEXT);
}
