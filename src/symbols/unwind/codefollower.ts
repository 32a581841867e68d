/**
 * Finds the frame of a place in a function without call frame information by following the function's code: from its
 * first instruction along every branch to the place, or from the place to a return. Whole libraries come without CFI
 * and without frame pointers (musl's libc as Debian builds it), and every stop in them is in such a function.
 */
import { virtAddr, type VirtAddr } from '../../common/addresses';
import type { MemoryReader } from '../../common/readers';
import { decodeInstruction, type Instruction } from './instruction';
import { DWARF_RBP, DWARF_RSP } from './registernames';
import { afterInstruction, AT_ENTRY, restoredBy, type StackState } from './stackstate';

/** How to find the CFA and the caller's registers. */
export interface FrameShape {
  readonly base: typeof DWARF_RSP | typeof DWARF_RBP;
  /** CFA - base, bytes. */
  readonly cfaOffset: number;
  /** Offsets from the CFA at which the caller's registers lie, by DWARF number. */
  readonly saved: ReadonlyMap<number, number>;
}

/** Functions are followed this far from their beginning, and this far past the place. Bytes. */
const MAX_DISTANCE = 64 * 1024;
const BEYOND = 4096;

/**
 * Ways to go on, most certain first: code behind a call may never be reached, code behind a jump is reached from
 * elsewhere or by a table, and padding behind a call most likely ends the function.
 */
const SURE = 0;
const AFTER_CALL = 1;
const UNLIKELY = 2;

/** Answers to try when a call that never returns may have led into the next function. */
const MAX_ANSWERS = 3;

/** Where an instruction leads. Targets are indexes into the code and may lie outside of it. */
interface Flow {
  readonly kind: 'next' | 'call' | 'jump' | 'branch' | 'return' | 'indirect' | 'stop';
  readonly target?: number;
}

function flowOf(instruction: Instruction, view: DataView, at: number): Flow {
  const { map, opcode, modrm, length } = instruction;
  const target = (): number => {
    const from = at + instruction.immediateAt;
    return at + length + (instruction.immediateSize === 1 ? view.getInt8(from) : view.getInt32(from, true));
  };
  if (map === 1) {
    if ((opcode & 0xf0) === 0x80) return { kind: 'branch', target: target() };
    return { kind: opcode === 0x0b ? 'stop' : 'next' };
  }
  if (map !== 0) return { kind: 'next' };
  if ((opcode & 0xf0) === 0x70 || (opcode & 0xfc) === 0xe0) return { kind: 'branch', target: target() };
  switch (opcode) {
    case 0xe8:
      return { kind: 'call' };
    case 0xe9:
    case 0xeb:
      return { kind: 'jump', target: target() };
    case 0xc2:
    case 0xc3:
      return { kind: 'return' };
    case 0xf4:
    case 0xcf:
      return { kind: 'stop' };
    case 0xff: {
      const operation = modrm ? modrm.reg & 7 : 0;
      if (operation === 2) return { kind: 'call' };
      return { kind: operation === 4 ? 'indirect' : 'next' };
    }
    default:
      return { kind: 'next' };
  }
}

/** What is being looked for along the paths. */
interface Search<State> {
  /** Index in the code. */
  readonly from: number;
  readonly initial: State;
  /** The state after an instruction. */
  readonly step: (state: State, instruction: Instruction, at: number) => State;
  /** Whether the place looked for is the instruction at `at`. */
  readonly isHere: (instruction: Instruction, at: number, flow: Flow) => boolean;
  /** The answer that the state before that instruction gives. */
  readonly shape: (state: State) => FrameShape | undefined;
}

/**
 * Follows every path through the code and gives what is found, at most `limit` different answers, likeliest first.
 * Each instruction is visited once.
 */
function explore<State>(view: DataView, search: Search<State>, limit: number): FrameShape[] {
  const seen = new Uint8Array(view.byteLength);
  const paths: { readonly at: number; readonly state: State }[][] = [[], [], []];
  const goOn = (certainty: number, at: number, state: State): void => {
    if (at >= 0 && at < seen.length && !seen[at]) paths[certainty]!.push({ at, state });
  };
  const answers: FrameShape[] = [];
  goOn(SURE, search.from, search.initial);
  while (answers.length < limit) {
    const path = paths[SURE]!.shift() ?? paths[AFTER_CALL]!.shift() ?? paths[UNLIKELY]!.shift();
    if (!path) break;
    let { at, state } = path;
    while (at < seen.length && !seen[at]) {
      const instruction = decodeInstruction(view, at);
      if (!instruction) break;
      seen[at] = 1;
      const flow = flowOf(instruction, view, at);
      if (search.isHere(instruction, at, flow)) {
        const shape = search.shape(state);
        if (shape && !answers.some(({ base, cfaOffset }) => base === shape.base && cfaOffset === shape.cfaOffset)) {
          answers.push(shape);
        }
        break;
      }
      state = search.step(state, instruction, at);
      at += instruction.length;
      if (flow.target !== undefined) goOn(SURE, flow.target, state);
      if (flow.kind === 'call') goOn(isPadding(view, at) ? UNLIKELY : AFTER_CALL, at, state);
      if (flow.kind === 'jump' || flow.kind === 'indirect') goOn(UNLIKELY, at, state);
      if (flow.kind !== 'next' && flow.kind !== 'branch') break;
    }
  }
  return answers;
}

/** Whether the instruction at `at` does nothing: behind a call, that hints at a call that does not return. */
function isPadding(view: DataView, at: number): boolean {
  const instruction = decodeInstruction(view, at);
  if (!instruction) return true;
  const { map, opcode } = instruction;
  return (map === 0 && (opcode === 0x90 || opcode === 0xcc)) || (map === 1 && opcode === 0x1f);
}

function viewOf(memory: MemoryReader, address: VirtAddr, length: number): DataView {
  const code = memory.read(address, length);
  return new DataView(code.buffer, code.byteOffset, code.byteLength);
}

/**
 * Follows a function from `start` to `pc`.
 * @param exact whether `pc` is an instruction that has not run yet, rather than where a call will return to
 */
export function followFrom(
  memory: MemoryReader,
  start: VirtAddr,
  pc: VirtAddr,
  exact: boolean,
): FrameShape | undefined {
  const distance = Number(pc - start);
  if (!(distance >= 0 && distance <= MAX_DISTANCE)) return undefined;
  const view = viewOf(memory, start, distance + BEYOND);
  const search: Search<StackState> = {
    from: 0,
    initial: AT_ENTRY,
    step: (state, instruction, at) => afterInstruction(state, instruction, view, at),
    isHere: (instruction, at) => (exact ? at : at + instruction.length) === distance,
    shape({ sp, bp, saved }) {
      // rbp first: where both are known they agree, and a function that keeps rbp may move rsp unseen.
      if (bp !== undefined) return { base: DWARF_RBP, cfaOffset: -bp, saved };
      return sp === undefined ? undefined : { base: DWARF_RSP, cfaOffset: -sp, saved };
    },
  };
  return explore(view, search, 1)[0];
}

/** On the way to a return: offsets are from what rsp, or rbp, holds at the beginning. */
interface Leaving {
  readonly stack: StackState;
  /** Where the caller's registers are loaded from. */
  readonly restored: ReadonlyMap<number, number>;
}

/** Both at once, as only the end tells whether the function goes by rsp or undoes its frame through rbp. */
interface LeavingEither {
  readonly byRsp: Leaving;
  readonly byRbp: Leaving;
}

const LEAVING: LeavingEither = {
  byRsp: { stack: { sp: 0, bp: undefined, saved: new Map() }, restored: new Map() },
  byRbp: { stack: { sp: undefined, bp: 0, saved: new Map() }, restored: new Map() },
};

function afterLeaving({ stack, restored }: Leaving, instruction: Instruction, view: DataView, at: number): Leaving {
  const load = restoredBy(stack, instruction, view, at);
  return {
    stack: afterInstruction(stack, instruction, view, at),
    restored: load ? new Map([...restored, [load.register, load.offset]]) : restored,
  };
}

/**
 * Follows the code from `pc` to a return, which pops the return address and finds rsp where the CFA tells: what can be
 * told when nobody knows where the function begins. Several answers are possible, likeliest first.
 * @param rbpAboveSp rbp - rsp: nothing that lies deeper has been saved yet
 */
export function followToReturn(memory: MemoryReader, pc: VirtAddr, rbpAboveSp: bigint): FrameShape[] {
  // Loops lead back. The page before may not be there.
  const page = pc - (pc % BigInt(BEYOND));
  let start = virtAddr(page - BigInt(BEYOND));
  let view = viewOf(memory, start, 4 * BEYOND);
  if (view.byteLength === 0) {
    start = virtAddr(page);
    view = viewOf(memory, start, 3 * BEYOND);
  }
  const shape = (base: FrameShape['base'], { stack, restored }: Leaving, lowest: bigint): FrameShape | undefined => {
    if (stack.sp === undefined) return undefined;
    const cfaOffset = stack.sp + 8;
    const saved = [...restored].filter(([, offset]) => BigInt(offset) >= lowest);
    return { base, cfaOffset, saved: new Map(saved.map(([register, offset]) => [register, offset - cfaOffset])) };
  };
  const search: Search<LeavingEither> = {
    from: Number(pc - start),
    initial: LEAVING,
    step: ({ byRsp, byRbp }, instruction, at) => ({
      byRsp: afterLeaving(byRsp, instruction, view, at),
      byRbp: afterLeaving(byRbp, instruction, view, at),
    }),
    isHere: (_instruction, _at, { kind }) => kind === 'return',
    shape: ({ byRsp, byRbp }) => shape(DWARF_RSP, byRsp, 0n) ?? shape(DWARF_RBP, byRbp, -rbpAboveSp),
  };
  return explore(view, search, MAX_ANSWERS);
}
