/**
 * Decodes instructions as far as stepping and breakpoints ask: length, flow kind, branch target, rip-relative operand.
 * Text comes from `formatter.ts`, which loads iced-x86; nothing here does.
 */
import { offsetBy, type VirtAddr } from '../common/addresses';
import {
  emptyLayout,
  MAP_0F,
  MAP_ONE_BYTE,
  PREFIX_67,
  PREFIX_F2,
  PREFIX_F3,
  scanInstruction,
  type InstructionLayout,
} from './layout';
import type { Bitness, FlowKind, Instruction } from './types';

export { endOf } from './types';
export type { Bitness, FlowKind, Instruction } from './types';

/** The longest instruction that the CPU accepts, bytes. */
export const MAX_INSTRUCTION_LENGTH = 15;

const scratch = emptyLayout();

/**
 * Decodes the instruction at the start of `bytes`, which lies at `address` in the process. Undefined when the bytes are
 * no instruction, or end before it does; pass `MAX_INSTRUCTION_LENGTH` bytes where they are readable.
 */
export function decodeInstruction(
  bytes: Uint8Array,
  address: VirtAddr,
  bitness: Bitness = 64,
): Instruction | undefined {
  return decodeAt(bytes, 0, address, bitness);
}

/**
 * Decodes forwards from `address` until the bytes or `limit` instructions are used up, or up to the first bytes that are
 * no instruction.
 */
export function decodeRange(
  bytes: Uint8Array,
  address: VirtAddr,
  limit = Infinity,
  bitness: Bitness = 64,
): Instruction[] {
  const instructions: Instruction[] = [];
  for (let offset = 0; offset < bytes.length && instructions.length < limit;) {
    const at = BigInt.asUintN(64, address + BigInt(offset)) as VirtAddr;
    const instruction = decodeAt(bytes, offset, at, bitness);
    if (!instruction) break;
    instructions.push(instruction);
    offset += instruction.length;
  }
  return instructions;
}

function decodeAt(bytes: Uint8Array, offset: number, address: VirtAddr, bitness: Bitness): Instruction | undefined {
  void bitness; // One mode so far; the parameter keeps callers honest about which one they mean.
  const layout = scratch;
  if (!scanInstruction(bytes, offset, layout)) return undefined;
  const { length } = layout;
  const distance = branchDistance(layout, bytes, offset);
  return {
    address,
    length,
    bytes: bytes.subarray(offset, offset + length),
    flow: flowOf(layout, bytes, offset),
    target: distance === undefined ? undefined : offsetBy(address, distance),
    isIndirect: isIndirectBranch(layout),
    isRep: isRepeatedString(layout),
    isFar: isFarTransfer(layout),
    ripTarget: layout.isRipRelative ? ripTargetOf(bytes, offset, address, layout) : undefined,
  };
}

/** The address that a rip-relative operand names. With an address-size prefix it is eip-relative and wraps at 2^32. */
function ripTargetOf(bytes: Uint8Array, offset: number, address: VirtAddr, layout: InstructionLayout): VirtAddr {
  const displacement = readInt(bytes, offset + layout.displacementOffset, 4);
  const target = address + BigInt(layout.length + displacement);
  return BigInt.asUintN(layout.prefixes & PREFIX_67 ? 32 : 64, target) as VirtAddr;
}

/** How far from its own address a scanned near branch goes; undefined for indirect ones and for all other instructions. */
export function branchDistance(layout: InstructionLayout, bytes: Uint8Array, offset: number): number | undefined {
  if (!isRelativeBranch(layout)) return undefined;
  return layout.length + readInt(bytes, offset + layout.immediateOffset, layout.immediateSize);
}

/** Branches whose immediate is the distance to their target (SDM: Jcc, JMP, CALL, LOOP, JRCXZ, XBEGIN). */
function isRelativeBranch({ isVector, map, opcode, modrm }: InstructionLayout): boolean {
  if (isVector) return false;
  if (map === MAP_0F) return opcode >= 0x80 && opcode <= 0x8f;
  if (map !== MAP_ONE_BYTE) return false;
  if (opcode < 0xe0) return (opcode >= 0x70 && opcode <= 0x7f) || (opcode === 0xc7 && modrm === 0xf8);
  return opcode <= 0xe3 || opcode === 0xe8 || opcode === 0xe9 || opcode === 0xeb;
}

/** A little-endian two's complement integer of 1, 2 or 4 bytes. */
export function readInt(bytes: Uint8Array, at: number, size: number): number {
  switch (size) {
    case 1:
      return (bytes[at]! << 24) >> 24;
    case 2:
      return ((bytes[at]! | (bytes[at + 1]! << 8)) << 16) >> 16;
    default:
      return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  }
}

/** Classifies a scanned instruction; `offset` is where it starts in `bytes`. */
export function flowOf(layout: InstructionLayout, bytes: Uint8Array, offset: number): FlowKind {
  if (layout.isVector) return 'next';
  if (layout.map === MAP_ONE_BYTE) return oneByteFlow(layout, bytes, offset);
  return layout.map === MAP_0F ? twoByteFlow(layout) : 'next';
}

function oneByteFlow(layout: InstructionLayout, bytes: Uint8Array, offset: number): FlowKind {
  const { opcode } = layout;
  if ((opcode >= 0x70 && opcode <= 0x7f) || (opcode >= 0xe0 && opcode <= 0xe3)) return 'conditional-jump';
  switch (opcode) {
    case 0xc2:
    case 0xc3:
    case 0xca:
    case 0xcb:
      return 'return';
    case 0xcf:
      return 'interrupt-return';
    case 0xcc:
    case 0xf1:
    case 0xf4:
      return 'trap';
    case 0xcd:
      return bytes[offset + layout.immediateOffset] === 0x80 ? 'syscall' : 'trap';
    case 0xe8:
      return 'call';
    case 0xe9:
    case 0xeb:
      return 'jump';
    case 0xc7:
      return layout.modrm === 0xf8 ? 'conditional-jump' : 'next';
    case 0xff:
      return groupFiveFlow((layout.modrm >> 3) & 7);
    default:
      return 'next';
  }
}

function groupFiveFlow(reg: number): FlowKind {
  switch (reg) {
    case 2:
    case 3:
      return 'call';
    case 4:
    case 5:
      return 'jump';
    default:
      return 'next';
  }
}

function twoByteFlow(layout: InstructionLayout): FlowKind {
  const { opcode } = layout;
  if (opcode >= 0x80 && opcode <= 0x8f) return 'conditional-jump';
  switch (opcode) {
    case 0x05:
    case 0x34:
      return 'syscall';
    case 0x07:
    case 0x35:
    case 0xaa:
      return 'interrupt-return';
    case 0x01:
      return isReturnOfGroupSeven(layout) ? 'interrupt-return' : 'next';
    case 0x0b:
    case 0xb9:
    case 0xff:
      return 'trap';
    default:
      return 'next';
  }
}

/** `f3 0f 01 ec` uiret, `f3 0f 01 ca` eretu, `f2 0f 01 ca` erets. */
function isReturnOfGroupSeven(layout: InstructionLayout): boolean {
  if (layout.modrm === 0xec) return (layout.prefixes & PREFIX_F3) !== 0;
  return layout.modrm === 0xca && (layout.prefixes & (PREFIX_F2 | PREFIX_F3)) !== 0;
}

function isIndirectBranch(layout: InstructionLayout): boolean {
  if (layout.opcode !== 0xff || layout.map !== MAP_ONE_BYTE || layout.isVector) return false;
  const reg = (layout.modrm >> 3) & 7;
  return reg >= 2 && reg <= 5;
}

function isFarTransfer(layout: InstructionLayout): boolean {
  if (layout.map !== MAP_ONE_BYTE || layout.isVector) return false;
  if (layout.opcode === 0xca || layout.opcode === 0xcb) return true;
  const reg = (layout.modrm >> 3) & 7;
  return layout.opcode === 0xff && (reg === 3 || reg === 5);
}

function isRepeatedString(layout: InstructionLayout): boolean {
  if (layout.map !== MAP_ONE_BYTE || layout.isVector || !(layout.prefixes & (PREFIX_F2 | PREFIX_F3))) return false;
  const { opcode } = layout;
  return (opcode >= 0xa4 && opcode <= 0xa7) || (opcode >= 0xaa && opcode <= 0xaf) || (opcode >= 0x6c && opcode <= 0x6f);
}
