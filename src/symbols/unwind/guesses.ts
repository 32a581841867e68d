/**
 * Ways to unwind a frame without call frame information, best first. Each is a guess with rules like those of a CFI
 * row; the unwinder takes the first that leads to a believable return address.
 */
import { virtAddr, type VirtAddr } from '../../common/addresses';
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
  /** Whether the return address it leads to must look like one. */
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
const AT_ENTRY = rules(DWARF_RSP, 8, []);

const FRAME_POINTER: Candidate = {
  rules: rules(DWARF_RBP, 16, [...UNKNOWN, [DWARF_RBP, { kind: 'offset', offset: -16n }]]),
  method: 'frame-pointer',
  believes: 'return-addresses',
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
  if (exact && !inModule) return [...outsideModules(pc, memory), FRAME_POINTER];
  if (exact && sectionName !== undefined && /^\.i?plt/.test(sectionName)) {
    const offset = pltCfaOffset(memory, pc);
    return [{ rules: rules(DWARF_RSP, offset, []), method: 'plt', believes: 'anything' }, FRAME_POINTER];
  }
  const candidates: Candidate[] = [];
  const epilogue = exact ? followEpilogue(memory, pc) : undefined;
  if (epilogue) candidates.push(fromShape(epilogue, 'epilogue'));
  const start = functionStart ?? (exact ? visibleStart(pc, memory) : undefined);
  const prologue = start === undefined ? undefined : followPrologue(memory, start, pc);
  if (prologue) candidates.push(fromShape(prologue, 'prologue'));
  candidates.push(FRAME_POINTER);
  return candidates;
}

/** Without symbols: the pc may stand on the first instructions that every frame-pointer prologue has. */
function visibleStart(pc: VirtAddr, memory: MemoryReader): VirtAddr | undefined {
  const PUSH_RBP = 0x55;
  const bytes = memory.read(virtAddr(pc - 1n), 6);
  const endbr = bytes[1] === 0xf3 && bytes[2] === 0x0f && bytes[3] === 0x1e && bytes[4] === 0xfa;
  if (bytes[1] === PUSH_RBP || (endbr && bytes[5] === PUSH_RBP)) return pc;
  const movesRsp = bytes[1] === 0x48 && (bytes[2] === 0x89 || bytes[2] === 0x8b);
  return bytes[0] === PUSH_RBP && movesRsp ? virtAddr(pc - 1n) : undefined;
}

/**
 * A pc in no module: a call through a bad pointer has only pushed its return address; code made at run time usually
 * keeps frame pointers. The word at rsp decides: it must follow a call that can have led here.
 */
function outsideModules(pc: VirtAddr, memory: MemoryReader): Candidate[] {
  if (isSignalTrampoline(memory, pc)) return [];
  return [{ rules: AT_ENTRY, method: 'return-address', believes: 'return-addresses' }];
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
