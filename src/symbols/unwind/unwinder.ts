/**
 * Walks the stack of one stopped thread, a frame at a time and no further than asked. Each frame is unwound by the
 * call frame information of its module; without any, by what its code shows; else the walk stops and says why.
 */
import { fileAddr, formatAddress, virtAddr, type VirtAddr } from '../../common/addresses';
import type { MemoryReader, RegisterReader } from '../../common/readers';
import { evaluateExpression, resultWord } from '../dwarf/expression';
import type { CallFrameInfo } from './callframeinfo';
import { FrameRegisters, registersForRules } from './frameregisters';
import { guess, isReturnAddress, type Candidate, type UnwindMethod } from './guesses';
import { DWARF_RBP, DWARF_RIP, DWARF_RSP } from './registernames';
import { isSignalTrampoline, SIGNAL_TRAMPOLINE_RULES } from './signaltrampoline';
import { StackMemory } from './stackmemory';
import type { CfaRule, UnwindRow, UnwindRules } from './unwindrow';

/** A loaded module, as far as unwinding needs it. */
export interface UnwindModule {
  /** Added to a file address to give the address in the process. */
  readonly bias: bigint;
  readonly cfi: CallFrameInfo;
  /** Where the function that contains `pc` begins, by its symbol. */
  functionStart?(pc: VirtAddr): VirtAddr | undefined;
  /** Name of the section that contains `pc`: `.plt`… */
  sectionName?(pc: VirtAddr): string | undefined;
}

export interface UnwoundFrame {
  /** 0 is the innermost. */
  readonly index: number;
  readonly pc: VirtAddr;
  /**
   * The pc to look names and lines up with: inside the call instruction for a caller, whose pc may already belong to
   * the next line or even the next function, and the pc itself where execution was interrupted.
   */
  readonly lookupPc: VirtAddr;
  /** Canonical frame address; the stack pointer where no rule tells it. */
  readonly cfa: VirtAddr;
  readonly sp: VirtAddr;
  /** Registers as they are in this frame; what the calls destroyed is undefined. */
  readonly registers: RegisterReader;
  /** The kernel pushed it to run a signal handler. */
  readonly isSignalFrame: boolean;
  /** How this frame was found. */
  readonly how: UnwindMethod;
}

/** How to get out of a frame with a certain pc. */
interface Plan {
  readonly candidates: readonly Candidate[];
  readonly isSignalFrame: boolean;
  readonly relocate: (address: bigint) => bigint;
}

/** What a frame is known by before it is unwound. */
interface FrameState {
  readonly pc: VirtAddr;
  readonly sp: VirtAddr;
  readonly registers: RegisterReader;
}

/** What is known of a frame's caller. */
type Caller =
  | (FrameState & { readonly kind: 'frame'; readonly how: UnwindMethod })
  | { readonly kind: 'none'; readonly reason: string };

interface Outcome {
  readonly cfa: bigint | undefined;
  readonly caller: Caller;
}

interface Frame extends UnwoundFrame {
  readonly caller: Caller;
}

const unrelocated = (address: bigint): bigint => address;

const MAX_FILE_ADDRESS = BigInt(Number.MAX_SAFE_INTEGER);

export class StackUnwinder {
  private readonly frames: Frame[] = [];
  private readonly stack: StackMemory;
  private readonly interruptedPlans = new Map<VirtAddr, Plan>();
  private readonly callerPlans = new Map<VirtAddr, Plan>();
  private readonly visited = new Set<string>();
  private end: string | undefined;

  /**
   * Valid while the thread stays stopped and its memory unchanged.
   * @param moduleAt the module whose executable segments contain an address
   */
  constructor(
    private readonly registers: RegisterReader,
    memory: MemoryReader,
    private readonly moduleAt: (pc: VirtAddr) => UnwindModule | undefined,
  ) {
    this.stack = new StackMemory(memory);
  }

  /** The frame at `index`, or undefined when the stack is not that deep. Unwinds on demand and keeps what it has. */
  frame(index: number): UnwoundFrame | undefined {
    while (this.frames.length <= index && this.end === undefined) this.unwind();
    return this.frames[index];
  }

  /** The number of frames, once the end has been reached. */
  get depthKnown(): number | undefined {
    return this.end === undefined ? undefined : this.frames.length;
  }

  /** Why there are no more frames, in words; empty while the end has not been reached. */
  get stoppedBecause(): string {
    return this.end ?? '';
  }

  private unwind(): void {
    const last = this.frames[this.frames.length - 1];
    if (!last) {
      const pc = this.registers.dwarf(DWARF_RIP);
      const sp = this.registers.dwarf(DWARF_RSP);
      if (pc === undefined || sp === undefined) this.end = 'the registers of the thread are not known';
      else this.add({ pc: virtAddr(pc), sp: virtAddr(sp), registers: this.registers }, 'registers', true);
    } else if (last.caller.kind === 'frame') {
      this.add(last.caller, last.caller.how, last.isSignalFrame);
    } else {
      this.end = last.caller.reason;
    }
  }

  private add(state: FrameState, how: UnwindMethod, exact: boolean): void {
    const { pc, sp, registers } = state;
    const plan = this.plan(state, exact);
    const { cfa, caller } = this.follow(plan, state);
    const { isSignalFrame } = plan;
    this.frames.push({
      index: this.frames.length,
      pc,
      lookupPc: exact || isSignalFrame ? pc : virtAddr(pc - 1n),
      cfa: virtAddr(cfa ?? sp),
      sp,
      registers,
      isSignalFrame,
      how,
      caller,
    });
  }

  private plan(frame: FrameState, exact: boolean): Plan {
    const plans = exact ? this.interruptedPlans : this.callerPlans;
    let plan = plans.get(frame.pc);
    if (!plan) {
      plan = exact ? this.planInterrupted(frame) : this.planCaller(frame);
      plans.set(frame.pc, plan);
    }
    return plan;
  }

  /** The pc is the next instruction. */
  private planInterrupted(frame: FrameState): Plan {
    const { pc } = frame;
    const module = this.moduleAt(pc);
    const row = rowAt(module, pc);
    if (row?.signalFrame) return planOf(module, row, 'cfi');
    // Before any other row: whatever that says, rt_sigreturn takes everything from the ucontext at rsp.
    if (isSignalTrampoline(this.stack, pc)) return planOf(module, SIGNAL_TRAMPOLINE_RULES, 'ucontext');
    return row ? planOf(module, row, 'cfi') : this.planGuesses(module, frame, true);
  }

  /** The pc is a return address, so the call before it says where we are; or a signal handler will return to it. */
  private planCaller(frame: FrameState): Plan {
    const { pc } = frame;
    const before = virtAddr(pc - 1n);
    const module = this.moduleAt(before);
    const row = rowAt(module, before);
    if (row?.signalFrame) return planOf(module, rowAt(module, pc) ?? row, 'cfi');
    // A trampoline is not called but returned to, so what is in front of it may be any function.
    if (isSignalTrampoline(this.stack, pc)) return this.planInterrupted(frame);
    return row ? planOf(module, row, 'cfi') : this.planGuesses(module, frame, false);
  }

  private planGuesses(module: UnwindModule | undefined, { pc, sp, registers }: FrameState, exact: boolean): Plan {
    const within = exact ? pc : virtAddr(pc - 1n);
    const rbp = registers.dwarf(DWARF_RBP);
    const place = {
      pc,
      exact,
      functionStart: module?.functionStart?.(within),
      sectionName: module?.sectionName?.(within),
      inModule: module !== undefined,
      rbpAboveSp: rbp === undefined ? 0n : rbp - sp,
    };
    return { candidates: guess(place, this.stack), isSignalFrame: false, relocate: unrelocated };
  }

  /** Finds a frame's CFA and its caller by the first candidate that leads anywhere. */
  private follow(plan: Plan, frame: FrameState): Outcome {
    let cfa: bigint | undefined;
    let reason = '';
    for (const candidate of plan.candidates) {
      const outcome = this.attempt(candidate, plan, frame);
      if (outcome.caller.kind === 'frame') return outcome;
      if (candidate.believes === 'anything') cfa ??= outcome.cfa;
      reason = outcome.caller.reason;
    }
    return { cfa, caller: { kind: 'none', reason } };
  }

  private attempt(candidate: Candidate, plan: Plan, frame: FrameState): Outcome {
    const { rules, method } = candidate;
    const { relocate } = plan;
    const callee = frame.registers;
    const here = formatAddress(frame.pc);
    const cfa = this.cfa(rules.cfa, callee, relocate);
    const none = (reason: string): Outcome => ({ cfa, caller: { kind: 'none', reason } });

    if (cfa === undefined) return none(`the frame of ${here} cannot be located: its registers are not known`);
    if (rules.registers.get(rules.returnAddressRegister)?.kind === 'undefined') {
      return none(`${here} is the outermost frame: its unwind information states that it has no caller`);
    }
    if (method === 'frame-pointer') {
      const problem = framePointerProblem(callee.dwarf(DWARF_RBP), frame.sp);
      if (problem !== undefined) return none(`no unwind information covers ${here}, and ${problem}`);
    }
    const registers = new FrameRegisters({ rules, cfa, callee, stack: this.stack, relocate });
    const { pc, sp } = registers;
    if (pc === undefined || sp === undefined) {
      return none(`the return address of ${here} cannot be read from the stack (frame at ${formatAddress(cfa)})`);
    }
    if (pc === 0n) return none(`${here} is the outermost frame: its return address is 0`);
    if (candidate.believes === 'return-addresses' && !this.believable(registers, pc, method)) {
      return none(`no unwind information covers ${here}, and ${formatAddress(pc)} is not a return address`);
    }
    if (!plan.isSignalFrame && sp < frame.sp) {
      return none(`the stack is corrupt: the caller of ${here} would lie below it`);
    }
    if ((plan.isSignalFrame || sp === frame.sp) && !this.firstVisit(pc, sp)) {
      return none(`the stack is corrupt: it leads back to ${formatAddress(pc)}`);
    }
    return { cfa, caller: { kind: 'frame', registers, pc, sp, how: method } };
  }

  private cfa(rule: CfaRule, registers: RegisterReader, relocate: Plan['relocate']): bigint | undefined {
    if (rule.kind === 'register') {
      const direct = rule.register === DWARF_RSP || rule.register === DWARF_RBP;
      const base = (direct ? registers : registersForRules(registers)).dwarf(rule.register);
      return base === undefined ? undefined : BigInt.asUintN(64, base + rule.offset);
    }
    return resultWord(
      evaluateExpression(rule.bytes, { memory: this.stack, registers: registersForRules(registers), relocate }),
    );
  }

  /** Whether a guess led to something that a call can have pushed. */
  private believable(registers: FrameRegisters, pc: VirtAddr, method: UnwindMethod): boolean {
    const inModule = this.moduleAt(virtAddr(pc - 1n)) !== undefined;
    if (!isReturnAddress(pc, inModule, this.stack)) return false;
    // Any readable data may look like a call by chance: outside of modules the chain must go on as well.
    if (inModule || method !== 'frame-pointer') return true;
    return framePointerProblem(registers.dwarf(DWARF_RBP), registers.sp!) === undefined;
  }

  /**
   * A call leaves at least its return address on the stack, so the stack pointer rises from frame to frame and the
   * walk ends. Where it need not (signal frames lie on any stack, longjmp's rules lead to where it jumps), coming back
   * to the same place shows that the walk goes round in a circle.
   */
  private firstVisit(pc: VirtAddr, sp: VirtAddr): boolean {
    const place = `${pc}:${sp}`;
    if (this.visited.has(place)) return false;
    this.visited.add(place);
    return true;
  }
}

/** Why rbp cannot be the frame pointer of a frame whose stack pointer is `sp`. */
function framePointerProblem(rbp: bigint | undefined, sp: bigint): string | undefined {
  if (rbp === undefined) return 'rbp is not known';
  if (rbp === 0n) return 'rbp is 0, which marks the outermost frame';
  if (rbp < sp || rbp % 8n !== 0n) return `rbp (${formatAddress(rbp)}) is no frame pointer`;
  return undefined;
}

function rowAt(module: UnwindModule | undefined, pc: VirtAddr): UnwindRow | undefined {
  if (!module) return undefined;
  const address = pc - module.bias;
  return address < 0n || address > MAX_FILE_ADDRESS ? undefined : module.cfi.rowAt(fileAddr(address));
}

function planOf(module: UnwindModule | undefined, rules: UnwindRules, method: UnwindMethod): Plan {
  const bias = module?.bias ?? 0n;
  return {
    candidates: [{ rules, method, believes: 'anything' }],
    isSignalFrame: rules.signalFrame,
    relocate: (address) => BigInt.asUintN(64, address + bias),
  };
}
