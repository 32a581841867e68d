/**
 * Ways to unwind a frame without call frame information, best first. Each is a guess with rules like those of a CFI
 * row; the unwinder takes the first that leads to a believable return address.
 */
import type { VirtAddr } from '../../common/addresses';
import type { MemoryReader } from '../../common/readers';
import { followFrom, followToReturn, type FrameShape } from './codefollower';
import { callBefore, pltCfaOffset } from './codepatterns';
import { CALLEE_SAVED, DWARF_RBP, DWARF_RIP, DWARF_RSP } from './registernames';
import { isSignalTrampoline } from './signaltrampoline';
import type { RegisterRule, UnwindRules } from './unwindrow';

/** How a frame was found from the one it called. */
export type UnwindMethod =
  /** The innermost frame: the thread's own registers. */
  | 'registers'
  | 'cfi'
  /** The kernel's ucontext, below a signal handler whose trampoline has no CFI. */
  | 'ucontext'
  | 'plt'
  /** By following the function's code from its beginning, or to its return. */
  | 'code'
  /** The word at rsp, after a call to an address without code. */
  | 'return-address'
  | 'frame-pointer';

export interface Candidate {
  readonly rules: UnwindRules;
  readonly method: UnwindMethod;
  /** Whether it is taken only if it leads to something that looks like a return address. */
  readonly believes: 'anything' | 'return-addresses';
}

/** Where a frame without CFI is. */
export interface Place {
  readonly pc: VirtAddr;
  /** The pc is the next instruction to run (innermost frame, interrupted frame) and not a return address. */
  readonly exact: boolean;
  readonly functionStart: VirtAddr | undefined;
  /** Of the section that holds the pc. */
  readonly sectionName: string | undefined;
  readonly inModule: boolean;
  /** rbp - rsp, bytes; 0 when rbp is not known. */
  readonly rbpAboveSp: bigint;
}

function rules(base: number, cfaOffset: number, saved: Iterable<readonly [number, RegisterRule]>): UnwindRules {
  return {
    cfa: { kind: 'register', register: base, offset: BigInt(cfaOffset) },
    registers: new Map([[DWARF_RIP, { kind: 'offset', offset: -8n }], ...saved]),
    returnAddressRegister: DWARF_RIP,
    signalFrame: false,
  };
}

/** Whether a function without CFI still has the caller's value in a register, nobody knows: say so. */
const UNKNOWN: readonly (readonly [number, RegisterRule])[] = [...CALLEE_SAVED]
  .filter((register) => register !== DWARF_RBP)
  .map((register) => [register, { kind: 'undefined' }]);

/** At the first instruction of a function nothing has happened yet. */
function fromEntry(method: UnwindMethod): Candidate {
  return { rules: rules(DWARF_RSP, 8, []), method, believes: 'return-addresses' };
}

const FRAME_POINTER: Candidate = {
  rules: rules(DWARF_RBP, 16, [...UNKNOWN, [DWARF_RBP, { kind: 'offset', offset: -16n }]]),
  method: 'frame-pointer',
  believes: 'return-addresses',
};

function fromShape(shape: FrameShape): Candidate {
  const saved = [...shape.saved].map(([register, offset]): [number, RegisterRule] => [
    register,
    { kind: 'offset', offset: BigInt(offset) },
  ]);
  return { rules: rules(shape.base, shape.cfaOffset, saved), method: 'code', believes: 'return-addresses' };
}

/** What may lead out of a frame that no call frame information covers, best first. */
export function guess(place: Place, memory: MemoryReader): Candidate[] {
  const { pc, exact, functionStart, sectionName, inModule, rbpAboveSp } = place;
  // A call through a bad pointer has only pushed its return address; code made at run time keeps frame pointers.
  if (exact && !inModule) return [fromEntry('return-address'), FRAME_POINTER];
  if (exact && sectionName !== undefined && /^\.i?plt/.test(sectionName)) {
    const offset = pltCfaOffset(memory, pc);
    return [{ rules: rules(DWARF_RSP, offset, []), method: 'plt', believes: 'anything' }, FRAME_POINTER];
  }
  const candidates: Candidate[] = [];
  const fromStart = functionStart === undefined ? undefined : followFrom(memory, functionStart, pc, exact);
  if (fromStart) candidates.push(fromShape(fromStart));
  candidates.push(...followToReturn(memory, pc, rbpAboveSp).map(fromShape));
  candidates.push(FRAME_POINTER);
  return candidates;
}

/**
 * Whether an address can be one that a call pushed: it lies in a module and follows a call, as far as the code can be
 * read; or it follows a call in code outside of modules; or a signal handler returns to it.
 */
export function isReturnAddress(address: VirtAddr, inModule: boolean, memory: MemoryReader): boolean {
  const call = callBefore(memory, address);
  if (call === 'unreadable') return inModule;
  return call !== 'none' || isSignalTrampoline(memory, address);
}
