/**
 * Plans how to execute an instruction that lies under an int3 without removing the int3, so that the other threads can
 * run on and none of them slips past the breakpoint. Pure: the engine owns the scratch memory and the registers.
 *
 * Three ways, best first: the tracer emulates it; a relocated copy runs in a scratch slot and jumps back; or the
 * breakpoint is lifted for one step, for what must run at its own address.
 *
 * What a copy cannot hide: the x87 last-instruction pointer (`fnstenv`, `fxsave`) names the slot, and a fault or a sample
 * taken inside the slot shows its address (see `logicalPc`). Emulated calls and returns do not move a user shadow stack.
 */
import type { VirtAddr } from '../common/addresses';
import { flowOf, readInt } from './decoder';
import { emulationOf, type Emulation } from './emulate';
import { emptyLayout, MAP_ONE_BYTE, PREFIX_67, scanInstruction, type InstructionLayout } from './layout';
import type { FlowKind } from './types';

export type { EmulationContext } from './emulate';

/** How to execute one instruction from under its breakpoint. `length` is the instruction's, in bytes. */
export type DisplacedPlan =
  | { readonly kind: 'emulate'; readonly length: number; readonly apply: Emulation }
  | {
      readonly kind: 'outOfLine';
      readonly length: number;
      /** No slot needs more bytes than this. */
      readonly maxLength: number;
      /**
       * The bytes for a slot at `scratch`: the relocated instruction, `length` bytes, then a jump to `address + length`.
       * Undefined when a rip-relative operand is more than 2 GiB away from there: lift then, or take a nearer slot.
       */
      code(scratch: VirtAddr): Uint8Array | undefined;
    }
  | {
      readonly kind: 'lift';
      /** For the log. */
      readonly why: string;
    };

/** A slot in scratch memory that holds the code of an `outOfLine` plan. */
export interface DisplacedSlot {
  /** Where the slot begins. */
  readonly scratch: VirtAddr;
  /** Where the instruction really lies. */
  readonly address: VirtAddr;
  /** The instruction's length, bytes. */
  readonly length: number;
}

const JUMP_REL32_LENGTH = 5;
/** `jmp [rip+0]` and the quadword that it reads. */
const JUMP_ABSOLUTE_LENGTH = 14;

/**
 * Plans for the instruction at `address`, whose original bytes (no int3) are at the start of `bytes`.
 */
export function planDisplaced(bytes: Uint8Array, address: VirtAddr): DisplacedPlan {
  const layout = emptyLayout();
  if (!scanInstruction(bytes, 0, layout)) return { kind: 'lift', why: 'the bytes are no instruction' };
  const { length } = layout;
  const apply = emulationOf(bytes, address, layout);
  if (apply) return { kind: 'emulate', length, apply };
  const why = whyInPlace(layout, flowOf(layout, bytes, 0));
  if (why !== undefined) return { kind: 'lift', why };
  const original = bytes.slice(0, length);
  const displacementOffset = layout.isRipRelative ? layout.displacementOffset : undefined;
  return {
    kind: 'outOfLine',
    length,
    maxLength: length + JUMP_ABSOLUTE_LENGTH,
    code: (scratch) => relocate(original, address, scratch, displacementOffset),
  };
}

/** Why an instruction that is not emulated cannot run elsewhere; undefined when it can. */
function whyInPlace(layout: InstructionLayout, flow: FlowKind): string | undefined {
  switch (flow) {
    case 'next':
      return layout.isRipRelative && layout.prefixes & PREFIX_67 ? 'its operand is eip-relative' : undefined;
    case 'syscall':
      return 'the kernel restarts an interrupted system call at its own address';
    case 'trap':
      return 'it raises an exception that reports its own address';
    case 'interrupt-return':
      return 'it returns from an interrupt';
    case 'jump':
    case 'call':
    case 'return':
    case 'conditional-jump':
      return layout.map === MAP_ONE_BYTE && layout.modrm === 0xf8 && layout.opcode === 0xc7
        ? 'it starts a transaction'
        : 'it is a branch of a rare form';
  }
}

function relocate(
  original: Uint8Array,
  address: VirtAddr,
  scratch: VirtAddr,
  displacementOffset: number | undefined,
): Uint8Array | undefined {
  const { length } = original;
  const moved = BigInt.asIntN(64, address - scratch);
  const jump = jumpTo(BigInt.asUintN(64, address + BigInt(length)), BigInt.asUintN(64, scratch + BigInt(length)));
  const code = new Uint8Array(length + jump.length);
  code.set(original);
  code.set(jump, length);
  if (displacementOffset !== undefined) {
    const displacement = BigInt(readInt(original, displacementOffset, 4)) + moved;
    if (!fitsInt32(displacement)) return undefined;
    new DataView(code.buffer).setInt32(displacementOffset, Number(displacement), true);
  }
  return code;
}

/** A jump at `from` to `target`: five bytes when it is near enough, else through a quadword behind it. */
function jumpTo(target: bigint, from: bigint): Uint8Array {
  const distance = BigInt.asIntN(64, target - (from + BigInt(JUMP_REL32_LENGTH)));
  if (fitsInt32(distance)) {
    const code = Uint8Array.of(0xe9, 0, 0, 0, 0);
    new DataView(code.buffer).setInt32(1, Number(distance), true);
    return code;
  }
  const code = new Uint8Array(JUMP_ABSOLUTE_LENGTH);
  code.set([0xff, 0x25, 0, 0, 0, 0]);
  new DataView(code.buffer).setBigUint64(6, target, true);
  return code;
}

function fitsInt32(value: bigint): boolean {
  return BigInt.asIntN(32, value) === value;
}

/**
 * Where a thread whose pc is inside `slot` really is: at the instruction while that has not been completed, behind it
 * once the jump back is reached. Undefined when the pc is not in this slot.
 */
export function logicalPc(pcInScratch: VirtAddr, slot: DisplacedSlot): VirtAddr | undefined {
  const offset = pcInScratch - slot.scratch;
  const length = BigInt(slot.length);
  if (offset < 0n || offset > length) return undefined;
  return offset === length ? (BigInt.asUintN(64, slot.address + length) as VirtAddr) : slot.address;
}
