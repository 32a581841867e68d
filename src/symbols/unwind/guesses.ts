/**
 * Ways to unwind a frame without call frame information, best first. Each is a guess with rules like those of a CFI
 * row; the unwinder takes the first that leads to a believable return address.
 */
import type { VirtAddr } from '../../common/addresses';
import type { MemoryReader } from '../../common/readers';
import { callBefore, followEpilogue, followPrologue, pltCfaOffset, type StackShape } from './codepatterns';
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
  /** The first instructions of the function, followed to its pc. */
  | 'prologue'
  /** The instructions from its pc to its return. */
  | 'epilogue'
  /** The word at rsp, after a call to an address without code. */
  | 'return-address'
  | 'frame-pointer';

export interface Candidate {
  readonly rules: UnwindRules;
  readonly method: UnwindMethod;
  /**
   * What it must lead to in order to be taken: anything, something that looks like a return address, or that and the
   * value that rbp has now.
   */
  readonly believes: 'anything' | 'return-addresses' | 'pushed-rbp';
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

/**
 * rbp has just been pushed, anywhere in the function (GCC moves it behind the first test of a function that may return
 * at once): then the word at rsp is rbp, which hardly ever holds otherwise.
 */
const PUSHED_RBP: Candidate = {
  rules: rules(DWARF_RSP, 16, [...UNKNOWN, [DWARF_RBP, { kind: 'offset', offset: -16n }]]),
  method: 'prologue',
  believes: 'pushed-rbp',
};

function fromShape(shape: StackShape, method: UnwindMethod): Candidate {
  const saved = [...shape.saved]
    .filter(([register]) => CALLEE_SAVED.has(register))
    .map(([register, offset]): [number, RegisterRule] => [register, { kind: 'offset', offset: BigInt(offset) }]);
  return {
    rules: rules(shape.base, shape.cfaOffset, [...(shape.complete ? [] : UNKNOWN), ...saved]),
    method,
    believes: 'return-addresses',
  };
}

/** What may lead out of a frame that no call frame information covers, best first. */
export function guess(place: Place, memory: MemoryReader): Candidate[] {
  const { pc, exact, functionStart, sectionName, inModule } = place;
  // A call through a bad pointer has only pushed its return address; code made at run time keeps frame pointers.
  if (exact && !inModule) return [fromEntry('return-address'), FRAME_POINTER];
  if (exact && sectionName !== undefined && /^\.i?plt/.test(sectionName)) {
    const offset = pltCfaOffset(memory, pc);
    return [{ rules: rules(DWARF_RSP, offset, []), method: 'plt', believes: 'anything' }, FRAME_POINTER];
  }
  const candidates: Candidate[] = [];
  const epilogue = exact ? followEpilogue(memory, pc) : undefined;
  if (epilogue) candidates.push(fromShape(epilogue, 'epilogue'));
  const prologue = functionStart === undefined ? undefined : followPrologue(memory, functionStart, pc);
  if (prologue) candidates.push(fromShape(prologue, 'prologue'));
  else if (exact && entersWithPush(pc, memory)) candidates.push(fromEntry('prologue'));
  if (exact) candidates.push(PUSHED_RBP);
  candidates.push(FRAME_POINTER);
  return candidates;
}

/** Without symbols: whether the pc stands on the first instruction of every function that keeps a frame pointer. */
function entersWithPush(pc: VirtAddr, memory: MemoryReader): boolean {
  const PUSH_RBP = 0x55;
  const ENDBR64 = [0xf3, 0x0f, 0x1e, 0xfa];
  const bytes = memory.read(pc, ENDBR64.length + 1);
  return bytes[ENDBR64.every((byte, i) => bytes[i] === byte) ? ENDBR64.length : 0] === PUSH_RBP;
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
