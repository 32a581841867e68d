/**
 * What the instructions of a function do to its stack pointer and frame pointer, and where they save the registers
 * that belong to the caller. Offsets are from the CFA, so that at a function's first instruction rsp is -8.
 */
import { CALLEE_SAVED, DWARF_RBP, DWARF_RSP } from './registernames';
import type { Instruction, ModRm } from './instruction';

export interface StackState {
  /** rsp - CFA; undefined once it can no longer be told (a dynamic or realigned frame). */
  readonly sp: number | undefined;
  /** rbp - CFA, while rbp points into the frame. */
  readonly bp: number | undefined;
  /** Where the caller's registers lie, by DWARF number. */
  readonly saved: ReadonlyMap<number, number>;
}

export const AT_ENTRY: StackState = { sp: -8, bp: undefined, saved: new Map() };

/** DWARF numbers in the order of the encoding: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi; r8 to r15 agree. */
const ENCODED = [0, 2, 1, 3, 7, 6, 4, 5];
const dwarfNumber = (encoded: number): number => ENCODED[encoded] ?? encoded;

/** Encoded numbers. */
const RSP = 4;
const RBP = 5;

/** One-byte opcodes that write their ModRM operand, and ones that write their register operand. */
const WRITES_OPERAND = new Set([0x01, 0x09, 0x11, 0x19, 0x21, 0x29, 0x31, 0x87, 0x89, 0xc7]);
const WRITES_REGISTER = new Set([0x03, 0x0b, 0x13, 0x1b, 0x23, 0x2b, 0x33, 0x63, 0x69, 0x6b, 0x87, 0x8b, 0x8d]);

/** DWARF number of the register of `push` or `pop`: in the opcode, its high bit in REX.B, the last byte before it. */
function registerInOpcode(instruction: Instruction, view: DataView, at: number): number {
  const extended = instruction.length > 1 && (view.getUint8(at + instruction.length - 2) & 0xf1) === 0x41;
  return dwarfNumber((instruction.opcode & 7) | (extended ? 8 : 0));
}

/** The callee-saved register that an instruction loads from the frame, as at a function's end, and from where. */
export function restoredBy(
  state: StackState,
  instruction: Instruction,
  view: DataView,
  at: number,
): { readonly register: number; readonly offset: number } | undefined {
  const { map, opcode, modrm } = instruction;
  if (map !== 0) return undefined;
  let register: number;
  let offset: number | undefined;
  if (opcode >= 0x58 && opcode <= 0x5f) {
    register = registerInOpcode(instruction, view, at);
    offset = state.sp;
  } else if (opcode === 0xc9) {
    register = DWARF_RBP;
    offset = state.bp;
  } else if (opcode === 0x8b && modrm && modrm.mode !== 3 && instruction.wide) {
    register = dwarfNumber(modrm.reg);
    offset = frameOffset(state, modrm);
  } else return undefined;
  return offset !== undefined && CALLEE_SAVED.has(register) ? { register, offset } : undefined;
}

/** The state after one instruction, calls being as if they had returned. */
export function afterInstruction(state: StackState, instruction: Instruction, view: DataView, at: number): StackState {
  const { map, opcode, modrm } = instruction;
  if (map !== 0) return state;
  const immediate = (): number =>
    instruction.immediateSize === 1
      ? view.getInt8(at + instruction.immediateAt)
      : view.getInt32(at + instruction.immediateAt, true);

  if (opcode >= 0x50 && opcode <= 0x5f) {
    const register = registerInOpcode(instruction, view, at);
    return opcode < 0x58 ? pushed(state, register) : popped(state, register);
  }
  switch (opcode) {
    case 0x68: // push immediate
    case 0x6a:
    case 0x9c: // pushf
      return moved(state, -8);
    case 0x9d: // popf
      return moved(state, 8);
    case 0xff:
      return modrm && (modrm.reg & 7) === 6 ? moved(state, -8) : state;
    case 0x8f:
      return moved(state, 8);
    case 0xc9: // leave
      return popped({ ...state, sp: state.bp }, DWARF_RBP);
    case 0xc8: // enter
      return { ...state, sp: undefined, bp: undefined };
    case 0x81:
    case 0x83:
      return modrm?.mode === 3 ? added(state, modrm, immediate) : state;
    case 0x89:
      if (modrm && modrm.mode !== 3) return stored(state, modrm, instruction.wide);
      break;
  }
  return modrm ? written(state, opcode, modrm) : state;
}

function moved(state: StackState, bytes: number): StackState {
  return { ...state, sp: state.sp === undefined ? undefined : state.sp + bytes };
}

function pushed(state: StackState, register: number): StackState {
  const next = moved(state, -8);
  return next.sp === undefined ? next : { ...next, saved: savedAt(state, register, next.sp) };
}

/** Remembers the first place to which a callee-saved register went: later ones hold the function's own value. */
function savedAt({ saved }: StackState, register: number, offset: number): ReadonlyMap<number, number> {
  return CALLEE_SAVED.has(register) && !saved.has(register) ? new Map([...saved, [register, offset]]) : saved;
}

function popped(state: StackState, register: number): StackState {
  if (register === DWARF_RSP) return { ...state, sp: undefined };
  const next = { ...moved(state, 8), bp: register === DWARF_RBP ? undefined : state.bp };
  if (state.sp === undefined || state.saved.get(register) !== state.sp) return next;
  return { ...next, saved: new Map([...state.saved].filter(([saved]) => saved !== register)) };
}

/** Group 1: /0 add, /5 sub, /4 and, which realigns. */
function added(state: StackState, modrm: ModRm, immediate: () => number): StackState {
  const operation = modrm.reg & 7;
  if (operation === 7) return state;
  if (modrm.base === RBP) return { ...state, bp: undefined };
  if (modrm.base !== RSP) return state;
  if (operation === 0) return moved(state, immediate());
  return operation === 5 ? moved(state, -immediate()) : { ...state, sp: undefined };
}

/** A store of a whole register into the frame: GCC saves some with mov. */
function stored(state: StackState, modrm: ModRm, wide: boolean): StackState {
  const offset = frameOffset(state, modrm);
  return wide && offset !== undefined ? { ...state, saved: savedAt(state, dwarfNumber(modrm.reg), offset) } : state;
}

/** Where a memory operand lies, when rsp or rbp tells. */
function frameOffset(state: StackState, { base, hasIndex, displacement }: ModRm): number | undefined {
  const from = base === RSP ? state.sp : base === RBP ? state.bp : undefined;
  return from === undefined || hasIndex ? undefined : from + displacement;
}

/** Moves and address computations between rsp and rbp; every other write makes the register unknown. */
function written(state: StackState, opcode: number, modrm: ModRm): StackState {
  let next = state;
  const set = (register: number | undefined, value: number | undefined): void => {
    if (register === RSP) next = { ...next, sp: value };
    else if (register === RBP) next = { ...next, bp: value };
  };
  const valueOf = (register: number | undefined): number | undefined =>
    register === RSP ? state.sp : register === RBP ? state.bp : undefined;
  if (modrm.mode === 3 && WRITES_OPERAND.has(opcode)) {
    set(modrm.base, opcode === 0x89 ? valueOf(modrm.reg) : undefined);
  }
  if (WRITES_REGISTER.has(opcode)) {
    if (opcode === 0x8b && modrm.mode === 3) set(modrm.reg, valueOf(modrm.base));
    else set(modrm.reg, opcode === 0x8d ? frameOffset(state, modrm) : undefined);
  }
  return next;
}
