/**
 * Where the System V ABI for x86-64 (version 1.0, section 3.2.3 "Parameter Passing") puts the arguments of a call and
 * its result: pure functions of types. Rust promises no convention of its own; of its types only what every version
 * agrees on is answered.
 */
import type { RegisterReader } from '../../common/readers';
import type { VirtAddr } from '../../common/addresses';
import { classify, alignmentOf, type EightbyteClass } from './eightbytes';
import { type Storage, type StoragePiece, unavailable } from './storage';
import { bareType, sizeOfType, type StructType, type Type } from './types';

/** DWARF numbers (psABI figure 3.36): rdi, rsi, rdx, rcx, r8, r9. */
const INTEGER_ARGUMENTS = [5, 4, 1, 2, 8, 9] as const;
const RAX = 0;
const RDX = 1;
const XMM0 = 17;
const ST0 = 33;
const VECTOR_ARGUMENTS = 8;

/** A part of an argument in a register: `size` bytes of the object from `offset` are the register's low bytes. */
export interface RegisterPart {
  /** DWARF number: a general register, or xmm0 to xmm7 (17–24), which stand for the whole vector register. */
  readonly register: number;
  readonly offset: number;
  readonly size: number;
}

export type ArgumentPlace =
  /** An empty C++ object is not passed at all. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'registers'; readonly parts: readonly RegisterPart[] }
  /** Bytes above the stack pointer as it is just before the call instruction. */
  | { readonly kind: 'stack'; readonly offset: number; readonly size: number }
  /** A copy is made in memory by the caller, and its address passed (C++ objects with a copy constructor of their own). */
  | { readonly kind: 'reference'; readonly address: ArgumentPlace };

export interface ArgumentPlan {
  /** The caller reserves memory for the result and passes its address in rdi. */
  readonly returnsInMemory: boolean;
  /** In the order of the types. */
  readonly places: readonly ArgumentPlace[];
  /** Bytes of stack that the arguments take; the stack pointer is aligned to `stackAlignment` below them at the call. */
  readonly stackSize: number;
  /** 16, or more for wide vectors. */
  readonly stackAlignment: number;
  /** How many vector registers hold arguments: what al says to functions with variable arguments. */
  readonly vectorCount: number;
}

/**
 * Where the arguments of a call go. Arguments that the callee takes by variable argument list are to be promoted
 * before (C17 6.5.2.2).
 * @param types  of the arguments, `this` first
 * @param result the function's result; undefined for void or unknown
 */
export function passArguments(types: readonly Type[], result: Type | undefined): ArgumentPlan {
  const plan = new ArgumentPlanner();
  const returnsInMemory = result !== undefined && isReturnedInMemory(result);
  if (returnsInMemory) plan.pointer();
  return { returnsInMemory, places: types.map((type) => plan.place(type)), ...plan.totals() };
}

class ArgumentPlanner {
  private integers = 0;
  private vectors = 0;
  private stack = 0;
  private alignment = 16;

  totals(): Pick<ArgumentPlan, 'stackSize' | 'stackAlignment' | 'vectorCount'> {
    return { stackSize: this.stack, stackAlignment: this.alignment, vectorCount: this.vectors };
  }

  pointer(): ArgumentPlace {
    const register = INTEGER_ARGUMENTS[this.integers++];
    if (register === undefined) return this.onStack(8, 8);
    return { kind: 'registers', parts: [{ register, offset: 0, size: 8 }] };
  }

  place(type: Type): ArgumentPlace {
    const bare = bareType(type);
    if (bare.kind === 'reference' || bare.kind === 'function') return this.pointer();
    // An array decays before it gets here, except in a struct: what is left is its address.
    if (bare.kind === 'array' && !bare.isVector) return this.pointer();
    if (bare.kind === 'struct' && isPassedByReference(bare)) return { kind: 'reference', address: this.pointer() };
    const size = sizeOfType(type) ?? 8;
    const classes = classify(type);
    if (classes === 'memory' || classes.some((c) => c === 'x87' || c === 'complexX87')) {
      return this.onStack(size, alignmentOf(type));
    }
    if (classes.every((c) => c === 'none')) return { kind: 'nothing' };
    const needed = (wanted: EightbyteClass): number => classes.filter((c) => c === wanted).length;
    const integers = needed('integer');
    const vectors = needed('sse');
    if (this.integers + integers > INTEGER_ARGUMENTS.length || this.vectors + vectors > VECTOR_ARGUMENTS) {
      return this.onStack(size, alignmentOf(type));
    }
    const parts = registerParts(classes, size, {
      integer: () => INTEGER_ARGUMENTS[this.integers++]!,
      sse: () => XMM0 + this.vectors++,
    });
    return { kind: 'registers', parts };
  }

  private onStack(size: number, alignment: number): ArgumentPlace {
    const aligned = Math.max(8, alignment);
    this.alignment = Math.max(this.alignment, aligned);
    const offset = Math.ceil(this.stack / aligned) * aligned;
    this.stack = offset + Math.ceil(size / 8) * 8;
    return { kind: 'stack', offset, size };
  }
}

/** One register for each eightbyte, but one for a whole vector. */
function registerParts(
  classes: readonly EightbyteClass[],
  size: number,
  next: { integer: () => number; sse: () => number },
): RegisterPart[] {
  const parts: RegisterPart[] = [];
  classes.forEach((eightbyte, i) => {
    const offset = 8 * i;
    const bytes = Math.min(8, size - offset);
    const last = parts[parts.length - 1];
    if (eightbyte === 'sseUp' && last) parts[parts.length - 1] = { ...last, size: last.size + bytes };
    else if (eightbyte === 'sse') parts.push({ register: next.sse(), offset, size: bytes });
    else if (eightbyte === 'integer') parts.push({ register: next.integer(), offset, size: bytes });
  });
  return parts;
}

/** Whether a function writes its result where the caller says, in rdi. */
export function isReturnedInMemory(type: Type): boolean {
  const bare = bareType(type);
  if (bare.kind === 'struct' && bare.language === 'rust') return (bare.size ?? 0) > 16;
  return (bare.kind === 'struct' && isPassedByReference(bare)) || classify(type) === 'memory';
}

/**
 * Where the result of a function is just after it returned.
 * @param type      as declared; void has no storage
 * @param registers just after the return
 */
export function returnStorage(type: Type, registers: RegisterReader): Storage {
  const bare = bareType(type);
  if (bare.kind === 'reference') return { kind: 'register', register: RAX };
  const size = sizeOfType(type);
  if (bare.kind === 'void' && bare.size === undefined) return unavailable('the function returns nothing');
  if (size === undefined || (bare.kind === 'struct' && bare.isIncomplete)) {
    return unavailable('the size of the result is not known');
  }
  if (isReturnedInMemory(type)) {
    const address = registers.dwarf(RAX);
    return address === undefined ? unavailable('rax is not known') : { kind: 'memory', address: address as VirtAddr };
  }
  if (bare.kind === 'struct' && bare.language === 'rust') return rustResult(bare, size);
  const classes = classify(type);
  if (classes === 'memory') return unavailable('the size of the result is not known');
  if (classes.every((c) => c === 'none')) return { kind: 'bytes', bytes: new Uint8Array(size) };
  if (classes[0] === 'x87') return { kind: 'register', register: ST0 };
  if (classes[0] === 'complexX87') {
    const part = (register: number): StoragePiece => ({
      storage: { kind: 'register', register },
      bitSize: size * 4,
      bitOffset: 0,
    });
    return { kind: 'pieces', pieces: [part(ST0), part(ST0 + 1)] };
  }
  let integers = 0;
  let vectors = 0;
  return storageOf(
    registerParts(classes, size, {
      integer: () => (integers++ === 0 ? RAX : RDX),
      sse: () => XMM0 + vectors++,
    }),
    size,
  );
}

/** The bytes of an object from registers; what no register holds (padding) reads as nothing. */
function storageOf(parts: readonly RegisterPart[], size: number): Storage {
  const [first] = parts;
  if (parts.length === 1 && first!.offset === 0 && first!.size === size) {
    return { kind: 'register', register: first!.register };
  }
  const pieces: StoragePiece[] = [];
  const padding = (bytes: number): void => {
    if (bytes > 0)
      pieces.push({ storage: { kind: 'bytes', bytes: new Uint8Array(bytes) }, bitSize: 8 * bytes, bitOffset: 0 });
  };
  let at = 0;
  for (const { register, offset, size: bytes } of parts) {
    padding(offset - at);
    pieces.push({ storage: { kind: 'register', register }, bitSize: 8 * bytes, bitOffset: 0 });
    at = offset + bytes;
  }
  padding(size - at);
  return { kind: 'pieces', pieces };
}

/**
 * A small Rust object. rustc returns one scalar as C does, and two integers or pointers (slices, `&dyn`) in rax and rdx
 * each; the rest has changed between versions.
 */
function rustResult(type: StructType, size: number): Storage {
  const leaves: { offset: number; type: Type }[] = [];
  const collect = (struct: StructType, base: number, depth: number): boolean => {
    if (depth > 16 || struct.variantPart || struct.tag === 'union') return false;
    return struct.members.every((member) => {
      const bare = bareType(member.type);
      if (member.bitField || bare.kind === 'array') return false;
      if (bare.kind === 'struct') return collect(bare, base + member.offset, depth + 1);
      return leaves.push({ offset: base + member.offset, type: bare }) <= 2;
    });
  };
  const unknown = unavailable('where Rust returns such a value is not laid down');
  if (!collect(type, 0, 0)) return unknown;
  leaves.sort((a, b) => a.offset - b.offset);
  if (leaves.length === 0) return { kind: 'bytes', bytes: new Uint8Array(size) };
  let integers = 0;
  const parts: RegisterPart[] = [];
  for (const { offset, type: leaf } of leaves) {
    const bytes = sizeOfType(leaf) ?? 0;
    const classes = classify(leaf);
    if (classes === 'memory' || classes.length !== 1) return unknown;
    if (classes[0] === 'integer') parts.push({ register: integers++ === 0 ? RAX : RDX, offset, size: bytes });
    else if (classes[0] === 'sse' && leaves.length === 1) parts.push({ register: XMM0, offset, size: bytes });
    else return unknown;
  }
  return storageOf(parts, size);
}

/**
 * Whether objects of a class are passed by hidden reference (Itanium C++ ABI §3.1.1): its copy constructor or destructor
 * is not trivial. Compilers state it (DW_AT_calling_convention); where they did not, what is declared tells.
 */
export function isPassedByReference(type: StructType, depth = 0): boolean {
  if (type.passing !== undefined) return type.passing === 'reference';
  if (type.language !== 'c++' || depth > 16) return false;
  if (type.isPolymorphic) return true;
  const simple = type.name?.replace(/<.*$/s, '');
  const isSpecial = (name: string): boolean => name.startsWith('~');
  if (type.methods.some((method) => isSpecial(method.name))) return true;
  const copies = type.methods.some((method) => {
    const [first, second, ...rest] = method.name === simple ? (method.type.parameters ?? []) : [];
    if (!first || !second || rest.length > 0) return false;
    const parameter = bareType(second);
    const target = parameter.kind === 'reference' ? bareType(parameter.target) : undefined;
    return target?.kind === 'struct' && target.qualifiedName === type.qualifiedName;
  });
  if (copies) return true;
  return type.members.some((member) => {
    let bare = bareType(member.type);
    for (let i = 0; bare.kind === 'array' && i < 16; i++) bare = bareType(bare.element);
    return member.isVirtualBase === true || (bare.kind === 'struct' && isPassedByReference(bare, depth + 1));
  });
}
