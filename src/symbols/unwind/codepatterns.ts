/**
 * What can be told about a frame from the instructions around its pc where there is no call frame information:
 * a few byte patterns that compilers, linkers and people use to enter, leave and call functions. No disassembler:
 * a sequence is followed only as far as every instruction of it is known.
 */
import { virtAddr, type VirtAddr } from '../../common/addresses';
import type { MemoryReader } from '../../common/readers';
import { DWARF_RBP, DWARF_RSP } from './registernames';

/** How far the stack pointer is from where it was when the function was entered. */
export interface StackShape {
  /** Register from which the CFA is computed: rsp, or rbp once it holds the frame. */
  readonly base: typeof DWARF_RSP | typeof DWARF_RBP;
  /** Bytes from `base` to the CFA. */
  readonly cfaOffset: number;
  /** Offsets from the CFA at which the caller's registers lie, by DWARF number. */
  readonly saved: ReadonlyMap<number, number>;
  /** Every instruction on the way was understood, so registers that are not saved still hold the caller's values. */
  readonly complete: boolean;
}

/** DWARF numbers in the order of the encoding: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi. */
const ENCODED = [0, 2, 1, 3, 7, 6, 4, 5];

/** Longer prologues than this are not followed further. Bytes. */
const PROLOGUE_LIMIT = 96;
const EPILOGUE_LIMIT = 64;

/** One instruction that moves the stack pointer. */
type StackOperation =
  | { readonly kind: 'push' | 'pop'; readonly register: number; readonly length: number }
  /** rsp grows by `bytes`. */
  | { readonly kind: 'add'; readonly bytes: number; readonly length: number }
  | { readonly kind: 'frame' | 'leave' | 'return' | 'jump' | 'nothing'; readonly length: number };

function stackOperation(view: DataView, at: number): StackOperation | undefined {
  const byte = (offset: number): number => (at + offset < view.byteLength ? view.getUint8(at + offset) : -1);
  const is = (...bytes: number[]): boolean => bytes.every((expected, i) => byte(i) === expected);
  const fits = (length: number): boolean => at + length <= view.byteLength;

  const first = byte(0);
  const extended = first === 0x41;
  const opcode = extended ? byte(1) : first;
  const length = extended ? 2 : 1;
  if (opcode >= 0x50 && opcode <= 0x5f) {
    const register = extended ? 8 + (opcode & 7) : ENCODED[opcode & 7]!;
    return { kind: opcode < 0x58 ? 'push' : 'pop', register, length };
  }
  if (is(0xf3, 0x0f, 0x1e, 0xfa)) return { kind: 'nothing', length: 4 }; // endbr64
  if (is(0x48, 0x89, 0xe5) || is(0x48, 0x8b, 0xec)) return { kind: 'frame', length: 3 }; // mov %rsp,%rbp
  if (is(0x48, 0x83) && fits(4)) {
    if (byte(2) === 0xec) return { kind: 'add', bytes: -view.getInt8(at + 3), length: 4 };
    if (byte(2) === 0xc4) return { kind: 'add', bytes: view.getInt8(at + 3), length: 4 };
  }
  if (is(0x48, 0x81) && fits(7)) {
    if (byte(2) === 0xec) return { kind: 'add', bytes: -view.getInt32(at + 3, true), length: 7 };
    if (byte(2) === 0xc4) return { kind: 'add', bytes: view.getInt32(at + 3, true), length: 7 };
  }
  // lea disp(%rsp),%rsp
  if (is(0x48, 0x8d, 0x64, 0x24) && fits(5)) return { kind: 'add', bytes: view.getInt8(at + 4), length: 5 };
  if (is(0x48, 0x8d, 0xa4, 0x24) && fits(8)) return { kind: 'add', bytes: view.getInt32(at + 4, true), length: 8 };
  if (first === 0xc9) return { kind: 'leave', length: 1 };
  // ret, ret n, and ret after rep (AMD's branch predictors) or bnd (MPX)
  if (first === 0xc3 || first === 0xc2 || is(0xf3, 0xc3) || is(0xf2, 0xc3)) return { kind: 'return', length: 1 };
  if (first === 0xe9 || first === 0xeb) return { kind: 'jump', length: 1 };
  return undefined;
}

function codeAt(memory: MemoryReader, address: VirtAddr, length: number): DataView {
  const bytes = memory.read(address, length);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Follows a function from its first instruction to `pc`. */
export function followPrologue(memory: MemoryReader, start: VirtAddr, pc: VirtAddr): StackShape | undefined {
  if (pc < start) return undefined;
  const distance = pc - start;
  const length = distance < BigInt(PROLOGUE_LIMIT) ? Number(distance) : PROLOGUE_LIMIT;
  const view = codeAt(memory, start, length);
  const saved = new Map<number, number>();
  let depth = 0;
  let at = 0;
  let frame: number | undefined;
  while (at < view.byteLength) {
    const operation = stackOperation(view, at);
    if (!operation || at + operation.length > view.byteLength) break;
    if (operation.kind === 'push') {
      depth += 8;
      if (!saved.has(operation.register)) saved.set(operation.register, -8 - depth);
    } else if (operation.kind === 'add' && operation.bytes < 0) {
      depth -= operation.bytes;
    } else if (operation.kind === 'frame' && saved.has(DWARF_RBP)) {
      frame ??= depth + 8;
    } else if (operation.kind !== 'nothing') break;
    at += operation.length;
  }
  return {
    base: frame === undefined ? DWARF_RSP : DWARF_RBP,
    cfaOffset: frame ?? depth + 8,
    saved,
    complete: BigInt(at) === distance,
  };
}

/** Follows the code from `pc` to a return or a tail call, when nothing but leaving the function happens on the way. */
export function followEpilogue(memory: MemoryReader, pc: VirtAddr): StackShape | undefined {
  const view = codeAt(memory, pc, EPILOGUE_LIMIT);
  const popped: (readonly [register: number, depth: number])[] = [];
  let base: StackShape['base'] = DWARF_RSP;
  let depth = 0;
  let at = 0;
  for (;;) {
    const operation = stackOperation(view, at);
    if (operation?.kind === 'pop') {
      popped.push([operation.register, depth]);
      depth += 8;
    } else if (operation?.kind === 'add' && operation.bytes > 0) {
      depth += operation.bytes;
    } else if (operation?.kind === 'leave' && base === DWARF_RSP) {
      base = DWARF_RBP;
      popped.length = 0;
      popped.push([DWARF_RBP, 0]);
      depth = 8;
    } else if (operation?.kind === 'return' || (operation?.kind === 'jump' && at > 0)) {
      const cfaOffset = depth + 8;
      return { base, cfaOffset, saved: new Map(popped.map(([r, d]) => [r, d - cfaOffset])), complete: true };
    } else return undefined;
    at += operation.length;
  }
}

/**
 * Bytes from rsp to the CFA in an entry of a procedure linkage table: 8 until the entry has pushed its relocation's
 * index, 16 after, 24 once the first entry has pushed the link map (psABI, figure 5.2; lld and the IBT forms agree).
 */
export function pltCfaOffset(memory: MemoryReader, pc: VirtAddr): 8 | 16 | 24 {
  const here = memory.read(pc, 2);
  const before = memory.read(virtAddr(pc - 6n), 6);
  const pushesLinkMap = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0x35;
  if (pushesLinkMap(before)) return 24;
  if (pushesLinkMap(here)) return 16;
  const jumps = here[0] === 0xe9 || (here[0] === 0xf2 && here[1] === 0xe9);
  return jumps && before[1] === 0x68 ? 16 : 8;
}

/** Length of `call *operand` (FF /2) by its ModRM and SIB bytes, without prefixes. */
function indirectCallLength(modrm: number, sib: number): number | undefined {
  if (((modrm >> 3) & 7) !== 2) return undefined;
  const mode = modrm >> 6;
  const rm = modrm & 7;
  if (mode === 3) return 2;
  const withSib = rm === 4 ? 3 : 2;
  if (mode === 1) return withSib + 1;
  if (mode === 2) return withSib + 4;
  return rm === 5 || (rm === 4 && (sib & 7) === 5) ? withSib + 4 : withSib;
}

export type CallBefore = { readonly kind: 'direct'; readonly target: VirtAddr } | { readonly kind: 'indirect' };

/** The call instruction that ends right before an address; `unreadable` when the code cannot be looked at. */
export function callBefore(memory: MemoryReader, address: VirtAddr): CallBefore | 'none' | 'unreadable' {
  const LONGEST = 7;
  const start = virtAddr(address - BigInt(LONGEST));
  const bytes = memory.read(start, LONGEST);
  if (bytes.length < LONGEST) return 'unreadable';
  if (bytes[2] === 0xe8) {
    const distance = new DataView(bytes.buffer, bytes.byteOffset, LONGEST).getInt32(3, true);
    return { kind: 'direct', target: virtAddr(address + BigInt(distance)) };
  }
  for (let length = 2; length <= LONGEST; length++) {
    const at = LONGEST - length;
    if (bytes[at] === 0xff && indirectCallLength(bytes[at + 1]!, bytes[at + 2] ?? 0) === length) {
      return { kind: 'indirect' };
    }
  }
  return 'none';
}
