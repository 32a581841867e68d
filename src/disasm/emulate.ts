/**
 * The few instructions that the tracer executes itself instead of the CPU: those that breakpoints sit on most (function
 * entries, branches, calls, returns) and whose effect is exactly known. None of them changes a flag.
 * Source: Intel SDM volume 2, the Operation section of each instruction.
 */
import type { VirtAddr } from '../common/addresses';
import { readInt } from './decoder';
import {
  MAP_0F,
  MAP_ONE_BYTE,
  PREFIX_66,
  PREFIX_67,
  PREFIX_F3,
  PREFIX_FS,
  PREFIX_GS,
  PREFIX_LOCK,
  type InstructionLayout,
} from './layout';

/** What an emulated instruction acts on: the registers of a stopped thread and the memory of its process. */
export interface EmulationContext {
  readonly registers: {
    /** The value of a 64-bit general register, `rip` or `eflags`, unsigned. */
    get(name: string): bigint;
    set(name: string, value: bigint): void;
  };
  /** Exactly `length` bytes, or undefined when they are not all readable. */
  readMemory(address: VirtAddr, length: number): Uint8Array | undefined;
  /** Writes all the bytes or none; false when the debuggee could not have written there itself. */
  writeMemory(address: VirtAddr, bytes: Uint8Array): boolean;
}

/**
 * Carries the instruction out, `rip` included. False when it would have faulted: nothing was changed then, and the CPU
 * must execute it in place so that the debuggee gets the kernel's own signal.
 */
export type Emulation = (context: EmulationContext) => boolean;

/** The 64-bit general registers by encoding. */
const REGISTERS = [
  'rax',
  'rcx',
  'rdx',
  'rbx',
  'rsp',
  'rbp',
  'rsi',
  'rdi',
  'r8',
  'r9',
  'r10',
  'r11',
  'r12',
  'r13',
  'r14',
  'r15',
] as const;

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const u32 = (value: bigint): bigint => BigInt.asUintN(32, value);

/** Beyond this a jump may fault on a non-canonical address; such targets are left to the CPU. */
const USER_SPACE_END = 1n << 47n;

/** The emulation of a scanned instruction, or undefined when it is not one of those known here. */
export function emulationOf(bytes: Uint8Array, address: VirtAddr, layout: InstructionLayout): Emulation | undefined {
  if (layout.isVector || layout.prefixes & PREFIX_LOCK) return undefined;
  if (layout.map === MAP_0F) return twoByte(bytes, address, layout);
  if (layout.map !== MAP_ONE_BYTE) return undefined;
  const next = u64(address + BigInt(layout.length));
  return branch(bytes, address, layout, next) ?? dataMove(bytes, layout, next);
}

function twoByte(bytes: Uint8Array, address: VirtAddr, layout: InstructionLayout): Emulation | undefined {
  const { opcode, modrm, prefixes } = layout;
  const next = u64(address + BigInt(layout.length));
  if (opcode >= 0x80 && opcode <= 0x8f && isSixtyFourBitBranch(layout)) {
    return conditionalJump(opcode & 15, branchTarget(bytes, layout, next), next);
  }
  const isEndbr = opcode === 0x1e && (modrm === 0xfa || modrm === 0xfb) && (prefixes & PREFIX_F3) !== 0;
  return opcode === 0x1f || isEndbr ? advance(next) : undefined;
}

/** With 66 alone the CPU makers disagree on the operand size of near branches; REX.W settles it. */
function isSixtyFourBitBranch(layout: InstructionLayout): boolean {
  return !(layout.prefixes & PREFIX_66) || (layout.rex & 8) !== 0;
}

function branchTarget(bytes: Uint8Array, layout: InstructionLayout, next: bigint): bigint {
  return u64(next + BigInt(readInt(bytes, layout.immediateOffset, layout.immediateSize)));
}

function branch(bytes: Uint8Array, address: VirtAddr, layout: InstructionLayout, next: bigint): Emulation | undefined {
  const { opcode } = layout;
  if (!isSixtyFourBitBranch(layout)) return undefined;
  if (opcode >= 0x70 && opcode <= 0x7f) return conditionalJump(opcode & 15, branchTarget(bytes, layout, next), next);
  switch (opcode) {
    case 0xe0:
    case 0xe1:
    case 0xe2:
      return loop(opcode, layout, branchTarget(bytes, layout, next), next);
    case 0xe3: {
      const target = branchTarget(bytes, layout, next);
      const narrow = (layout.prefixes & PREFIX_67) !== 0;
      return ({ registers }) => {
        const count = registers.get('rcx');
        return goTo(registers, (narrow ? u32(count) : count) === 0n ? target : next);
      };
    }
    case 0xe9:
    case 0xeb: {
      const target = branchTarget(bytes, layout, next);
      return ({ registers }) => goTo(registers, target);
    }
    case 0xe8: {
      const target = branchTarget(bytes, layout, next);
      return (context) => callTo(context, target, next);
    }
    case 0xc3:
      return (context) => returnBy(context, 0n);
    case 0xc2: {
      const released = BigInt(readInt(bytes, layout.immediateOffset, 2) & 0xffff);
      return (context) => returnBy(context, released);
    }
    case 0xff:
      return indirectBranch(bytes, address, layout, next);
    default:
      return undefined;
  }
}

function indirectBranch(
  bytes: Uint8Array,
  address: VirtAddr,
  layout: InstructionLayout,
  next: bigint,
): Emulation | undefined {
  const group = (layout.modrm >> 3) & 7;
  if (group !== 2 && group !== 4) return undefined;
  const operand = sourceOperand(bytes, u64(address + BigInt(layout.length)), layout);
  if (!operand) return undefined;
  return (context) => {
    const target = operand(context);
    if (target === undefined) return false;
    return group === 2 ? callTo(context, target, next) : goTo(context.registers, target);
  };
}

/** Reads the 64-bit r/m operand; undefined in the context when memory is not readable. */
function sourceOperand(
  bytes: Uint8Array,
  next: bigint,
  layout: InstructionLayout,
): ((context: EmulationContext) => bigint | undefined) | undefined {
  if (layout.modrm >= 0xc0) {
    const name = rmRegister(layout);
    return ({ registers }) => registers.get(name);
  }
  if (layout.prefixes & (PREFIX_FS | PREFIX_GS)) return undefined;
  const addressOf = effectiveAddress(bytes, next, layout);
  if (!addressOf) return undefined;
  return (context) => readQword(context, addressOf(context.registers));
}

function loop(opcode: number, layout: InstructionLayout, target: bigint, next: bigint): Emulation {
  const narrow = (layout.prefixes & PREFIX_67) !== 0;
  return ({ registers }) => {
    const count = narrow ? u32(registers.get('rcx') - 1n) : u64(registers.get('rcx') - 1n);
    const isZero = (registers.get('eflags') & ZF) !== 0n;
    // e0 loopne, e1 loope, e2 loop.
    const taken = count !== 0n && (opcode === 0xe2 || (opcode === 0xe1) === isZero);
    if (taken && target >= USER_SPACE_END) return false;
    registers.set('rcx', count);
    return goTo(registers, taken ? target : next);
  };
}

function dataMove(bytes: Uint8Array, layout: InstructionLayout, next: bigint): Emulation | undefined {
  const { opcode, prefixes, rex, modrm } = layout;
  if (opcode === 0x90 && !(rex & 1)) return advance(next);
  if (prefixes & PREFIX_66) return undefined;
  const isWide = (rex & 8) !== 0;
  if (opcode >= 0x50 && opcode <= 0x5f) return pushOrPop(opcode, rex, next);
  if (opcode >= 0xb8 && opcode <= 0xbf) {
    const value = readUnsigned(bytes, layout.immediateOffset, layout.immediateSize);
    return setRegister(REGISTERS[(opcode & 7) | ((rex & 1) << 3)]!, value, next);
  }
  switch (opcode) {
    case 0xc7: {
      if (modrm < 0xc0 || modrm === 0xf8) return undefined;
      const value = BigInt(readInt(bytes, layout.immediateOffset, 4));
      return setRegister(rmRegister(layout), isWide ? u64(value) : u32(value), next);
    }
    case 0x89:
      return modrm < 0xc0 ? undefined : copy(regRegister(layout), rmRegister(layout), isWide, next);
    case 0x8b:
      return modrm < 0xc0 ? undefined : copy(rmRegister(layout), regRegister(layout), isWide, next);
    case 0x8d: {
      const addressOf = effectiveAddress(bytes, next, layout);
      if (!addressOf) return undefined;
      const destination = regRegister(layout);
      return ({ registers }) => {
        const value = addressOf(registers);
        registers.set(destination, isWide ? value : u32(value));
        return goTo(registers, next);
      };
    }
    case 0xc9:
      return (context) => {
        const frame = context.registers.get('rbp');
        const saved = readQword(context, frame);
        if (saved === undefined) return false;
        context.registers.set('rsp', u64(frame + 8n));
        context.registers.set('rbp', saved);
        return goTo(context.registers, next);
      };
    default:
      return undefined;
  }
}

function advance(next: bigint): Emulation {
  return ({ registers }) => goTo(registers, next);
}

function setRegister(name: string, value: bigint, next: bigint): Emulation {
  return ({ registers }) => {
    registers.set(name, value);
    return goTo(registers, next);
  };
}

/** `mov` between registers; a 32-bit one clears the upper half. */
function copy(from: string, to: string, isWide: boolean, next: bigint): Emulation {
  return ({ registers }) => {
    const value = registers.get(from);
    registers.set(to, isWide ? value : u32(value));
    return goTo(registers, next);
  };
}

function pushOrPop(opcode: number, rex: number, next: bigint): Emulation {
  const name = REGISTERS[(opcode & 7) | ((rex & 1) << 3)]!;
  if (opcode < 0x58) {
    return (context) => {
      if (!push(context, context.registers.get(name))) return false;
      return goTo(context.registers, next);
    };
  }
  return (context) => {
    const stack = context.registers.get('rsp');
    const value = readQword(context, stack);
    if (value === undefined) return false;
    // `pop rsp` keeps the value that was read.
    context.registers.set('rsp', u64(stack + 8n));
    context.registers.set(name, value);
    return goTo(context.registers, next);
  };
}

const CF = 1n;
const PF = 4n;
const ZF = 0x40n;
const SF = 0x80n;
const OF = 0x800n;

/** Whether condition code `code` (the low four bits of the opcode, SDM volume 1 appendix B) holds for `eflags`. */
function conditionHolds(code: number, eflags: bigint): boolean {
  const isSet = (mask: bigint): boolean => (eflags & mask) !== 0n;
  const holds = ((): boolean => {
    switch (code >> 1) {
      case 0:
        return isSet(OF);
      case 1:
        return isSet(CF);
      case 2:
        return isSet(ZF);
      case 3:
        return isSet(CF | ZF);
      case 4:
        return isSet(SF);
      case 5:
        return isSet(PF);
      case 6:
        return isSet(SF) !== isSet(OF);
      default:
        return isSet(ZF) || isSet(SF) !== isSet(OF);
    }
  })();
  return holds !== ((code & 1) === 1);
}

function conditionalJump(code: number, target: bigint, next: bigint): Emulation {
  return ({ registers }) => goTo(registers, conditionHolds(code, registers.get('eflags')) ? target : next);
}

/** Sets `rip`, unless the CPU might fault on the address. */
function goTo(registers: EmulationContext['registers'], target: bigint): boolean {
  if (target >= USER_SPACE_END) return false;
  registers.set('rip', target);
  return true;
}

function callTo(context: EmulationContext, target: bigint, returnAddress: bigint): boolean {
  if (target >= USER_SPACE_END || !push(context, returnAddress)) return false;
  return goTo(context.registers, target);
}

function returnBy(context: EmulationContext, released: bigint): boolean {
  const stack = context.registers.get('rsp');
  const target = readQword(context, stack);
  if (target === undefined || !goTo(context.registers, target)) return false;
  context.registers.set('rsp', u64(stack + 8n + released));
  return true;
}

function push(context: EmulationContext, value: bigint): boolean {
  const stack = u64(context.registers.get('rsp') - 8n);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  if (!context.writeMemory(stack as VirtAddr, bytes)) return false;
  context.registers.set('rsp', stack);
  return true;
}

function readQword(context: EmulationContext, address: bigint): bigint | undefined {
  const bytes = context.readMemory(address as VirtAddr, 8);
  return bytes?.length === 8 ? readUnsigned(bytes, 0, 8) : undefined;
}

function readUnsigned(bytes: Uint8Array, at: number, size: number): bigint {
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i]!);
  return value;
}

function rmRegister(layout: InstructionLayout): string {
  return REGISTERS[(layout.modrm & 7) | ((layout.rex & 1) << 3)]!;
}

function regRegister(layout: InstructionLayout): string {
  return REGISTERS[((layout.modrm >> 3) & 7) | ((layout.rex & 4) << 1)]!;
}

/** base + index × scale + displacement (SDM 2.2.1); undefined for 32-bit addressing and register operands. */
function effectiveAddress(
  bytes: Uint8Array,
  next: bigint,
  layout: InstructionLayout,
): ((registers: EmulationContext['registers']) => bigint) | undefined {
  const { modrm, sib, rex, displacementSize } = layout;
  if (layout.prefixes & PREFIX_67 || modrm >= 0xc0) return undefined;
  const displacement = displacementSize ? BigInt(readInt(bytes, layout.displacementOffset, displacementSize)) : 0n;
  if (layout.isRipRelative) {
    const target = u64(next + displacement);
    return () => target;
  }
  if (sib < 0) {
    const base = rmRegister(layout);
    return (registers) => u64(registers.get(base) + displacement);
  }
  const hasBase = (sib & 7) !== 5 || modrm >= 0x40;
  const base = REGISTERS[(sib & 7) | ((rex & 1) << 3)]!;
  const indexNumber = ((sib >> 3) & 7) | ((rex & 2) << 2);
  // Encoding 4 without REX.X means no index.
  const index = indexNumber === 4 ? undefined : REGISTERS[indexNumber]!;
  const shift = BigInt(sib >> 6);
  return (registers) => {
    let sum = displacement;
    if (hasBase) sum += registers.get(base);
    if (index !== undefined) sum += registers.get(index) << shift;
    return u64(sum);
  };
}
