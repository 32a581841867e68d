/**
 * Walks the stack of one stopped thread, a frame at a time and no further than asked. Each frame is unwound by the
 * call frame information of its module; without any, by what its code shows; else the walk stops and says why.
 */
import { formatAddress, virtAddr, type VirtAddr } from '../../common/addresses';
import type { MemoryReader, RegisterReader } from '../../common/readers';
import { evaluateExpression, resultWord } from '../dwarf/expression';
import { FrameRegisters, registersForRules, type UnwindStep } from './frameregisters';
import { isReturnAddress, type UnwindMethod } from './guesses';
import { DWARF_RBP, DWARF_RIP, DWARF_RSP } from './registernames';
import { StackMemory } from './stackmemory';
import { Planner, type FrameState, type UnwindModule, type UnwindPlan } from './unwindplan';

export type { UnwindMethod } from './guesses';
export type { UnwindModule } from './unwindplan';

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

/** Fields are few and shared, as there may be a hundred thousand of these. */
class Frame implements UnwoundFrame {
  constructor(
    readonly index: number,
    readonly sp: VirtAddr,
    readonly cfa: VirtAddr,
    readonly registers: RegisterReader,
    private readonly plan: UnwindPlan,
    /** Its caller, or why it has none. */
    readonly caller: FrameRegisters | NoCaller,
  ) {}

  get pc(): VirtAddr {
    return this.plan.pc;
  }

  get lookupPc(): VirtAddr {
    return this.plan.lookupPc;
  }

  get isSignalFrame(): boolean {
    return this.plan.isSignalFrame;
  }

  get how(): UnwindMethod {
    return this.registers instanceof FrameRegisters ? this.registers.method : 'registers';
  }
}

class NoCaller {
  constructor(
    readonly reason: string,
    /** Of the frame that has none, where known. */
    readonly cfa?: bigint,
  ) {}
}

export class StackUnwinder {
  private readonly frames: Frame[] = [];
  private readonly stack: StackMemory;
  private readonly planner: Planner;
  private readonly visited = new Set<string>();
  private end: string | undefined;

  /**
   * Valid while the thread stays stopped and its memory unchanged.
   * @param moduleAt the module that is mapped at an address
   */
  constructor(
    private readonly registers: RegisterReader,
    memory: MemoryReader,
    moduleAt: (pc: VirtAddr) => UnwindModule | undefined,
  ) {
    this.stack = new StackMemory(memory);
    this.planner = new Planner(this.stack, moduleAt);
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
    if (!last) this.begin();
    else if (last.caller instanceof NoCaller) this.end = last.caller.reason;
    else {
      const { caller } = last;
      const state = { pc: caller.pc!, sp: caller.sp!, registers: caller };
      this.add(state, last.isSignalFrame ? this.planner.forInterrupted(state) : this.planner.forCaller(state));
    }
  }

  private begin(): void {
    const pc = this.registers.dwarf(DWARF_RIP);
    const sp = this.registers.dwarf(DWARF_RSP);
    if (pc === undefined || sp === undefined) this.end = 'the registers of the thread are not known';
    else {
      const state = { pc: virtAddr(pc), sp: virtAddr(sp), registers: this.registers };
      this.add(state, this.planner.forInterrupted(state));
    }
  }

  private add(state: FrameState, plan: UnwindPlan): void {
    const caller = this.callerOf(state, plan);
    // The CFA is the same word by both: a caller's FrameRegisters keeps that of its callee.
    const cfa = caller instanceof NoCaller ? (caller.cfa ?? state.sp) : caller.calleeCfa;
    this.frames.push(new Frame(this.frames.length, state.sp, cfa as VirtAddr, state.registers, plan, caller));
  }

  /** The caller by the first step that leads anywhere. */
  private callerOf(frame: FrameState, plan: UnwindPlan): FrameRegisters | NoCaller {
    let cfa: bigint | undefined;
    let reason = '';
    for (const step of plan.steps) {
      const caller = this.attempt(step, frame);
      if (caller instanceof FrameRegisters) return caller;
      if (step.believes === 'anything') cfa ??= caller.cfa;
      reason = caller.reason;
    }
    return new NoCaller(reason, cfa);
  }

  private attempt(step: UnwindStep, frame: FrameState): FrameRegisters | NoCaller {
    const { rules, method, believes } = step;
    const cfa = this.cfa(step, frame.registers);
    if (cfa === undefined) {
      return new NoCaller(`the frame of ${formatAddress(frame.pc)} cannot be located: its registers are not known`);
    }
    if (rules.registers.get(rules.returnAddressRegister)?.kind === 'undefined') {
      const outermost = `${formatAddress(frame.pc)} is the outermost frame`;
      return new NoCaller(`${outermost}: its unwind information states that it has no caller`, cfa);
    }
    if (method === 'frame-pointer') {
      const problem = framePointerProblem(frame.registers.dwarf(DWARF_RBP), frame.sp);
      if (problem !== undefined) return new NoCaller(`${withoutInformation(frame)}, and ${problem}`, cfa);
    }
    const caller = new FrameRegisters(step, cfa, frame.registers);
    const problem = this.problemWith(caller, frame);
    if (problem !== undefined) return new NoCaller(problem, cfa);
    if (believes === 'return-addresses' && !this.believable(caller)) {
      return new NoCaller(
        `${withoutInformation(frame)}, and ${formatAddress(caller.pc!)} is not a return address`,
        cfa,
      );
    }
    return caller;
  }

  /** Why this cannot be the caller, or undefined when it can. */
  private problemWith({ pc, sp, step, calleeCfa }: FrameRegisters, frame: FrameState): string | undefined {
    if (pc === undefined || sp === undefined) {
      const place = `(frame at ${formatAddress(calleeCfa)})`;
      return `the return address of ${formatAddress(frame.pc)} cannot be read from the stack ${place}`;
    }
    if (pc === 0n) return `${formatAddress(frame.pc)} is the outermost frame: its return address is 0`;
    const { signalFrame } = step.rules;
    if (!signalFrame && sp < frame.sp) {
      return `the stack is corrupt: the caller of ${formatAddress(frame.pc)} would lie below it`;
    }
    if ((signalFrame || sp === frame.sp) && !this.firstVisit(pc, sp)) {
      return `the stack is corrupt: it leads back to ${formatAddress(pc)}`;
    }
    return undefined;
  }

  private cfa({ rules, relocate }: UnwindStep, registers: RegisterReader): bigint | undefined {
    const rule = rules.cfa;
    if (rule.kind === 'expression') {
      const context = { memory: this.stack, registers: registersForRules(registers), relocate };
      return resultWord(evaluateExpression(rule.bytes, context));
    }
    const kept = rule.register === DWARF_RSP || rule.register === DWARF_RBP;
    const base = (kept ? registers : registersForRules(registers)).dwarf(rule.register);
    return base === undefined ? undefined : BigInt.asUintN(64, base + rule.offset);
  }

  /** Whether a guess led to something that a call can have pushed. */
  private believable(caller: FrameRegisters): boolean {
    const pc = caller.pc!;
    const inModule = this.planner.codeModuleAt(virtAddr(pc - 1n)) !== undefined;
    if (!isReturnAddress(pc, inModule, this.stack)) return false;
    // Any readable data may look like a call by chance: outside of modules the chain must go on as well.
    if (inModule || caller.method !== 'frame-pointer') return true;
    return framePointerProblem(caller.dwarf(DWARF_RBP), caller.sp!) === undefined;
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

function withoutInformation({ pc }: FrameState): string {
  return `no unwind information covers ${formatAddress(pc)}`;
}

/** Why rbp cannot be the frame pointer of a frame whose stack pointer is `sp`. */
function framePointerProblem(rbp: bigint | undefined, sp: bigint): string | undefined {
  if (rbp === undefined) return 'rbp is not known';
  if (rbp === 0n) return 'rbp is 0, which marks the outermost frame';
  if (rbp < sp || rbp % 8n !== 0n) return `rbp (${formatAddress(rbp)}) is no frame pointer`;
  return undefined;
}
