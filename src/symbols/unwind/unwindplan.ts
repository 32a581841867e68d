/**
 * How to get out of a frame, worked out once for each pc that a stack shows and used for all its frames there: the row
 * of the module's call frame information, the layout of a signal frame, or guesses from the code.
 */
import { fileAddr, virtAddr, type VirtAddr } from '../../common/addresses';
import type { RegisterReader } from '../../common/readers';
import type { CallFrameInfo } from './callframeinfo';
import type { UnwindStep } from './frameregisters';
import { guess, type Candidate, type UnwindMethod } from './guesses';
import { DWARF_RBP } from './registernames';
import { isSignalTrampoline, SIGNAL_TRAMPOLINE_RULES } from './signaltrampoline';
import type { StackMemory } from './stackmemory';
import type { UnwindRow, UnwindRules } from './unwindrow';

/** A loaded module, as far as unwinding needs it. */
export interface UnwindModule {
  /** Added to a file address to give the address in the process. */
  readonly bias: bigint;
  readonly cfi: CallFrameInfo;
  /** Where the function that contains `pc` begins, by its symbol. */
  functionStart?(pc: VirtAddr): VirtAddr | undefined;
  /** Name of the section that contains `pc`: `.plt`… */
  sectionName?(pc: VirtAddr): string | undefined;
  /** Whether `pc` lies in code, for modules that are found by their data too. */
  isCode?(pc: VirtAddr): boolean;
}

/** What a frame is known by before it is unwound. */
export interface FrameState {
  readonly pc: VirtAddr;
  readonly sp: VirtAddr;
  readonly registers: RegisterReader;
}

export interface UnwindPlan {
  readonly pc: VirtAddr;
  /** The pc to look names and lines up with. */
  readonly lookupPc: VirtAddr;
  readonly isSignalFrame: boolean;
  /** To be tried in this order. */
  readonly steps: readonly UnwindStep[];
}

const MAX_FILE_ADDRESS = BigInt(Number.MAX_SAFE_INTEGER);

export class Planner {
  private readonly interrupted = new Map<VirtAddr, UnwindPlan>();
  private readonly calling = new Map<VirtAddr, UnwindPlan>();

  constructor(
    private readonly stack: StackMemory,
    private readonly moduleAt: (pc: VirtAddr) => UnwindModule | undefined,
  ) {}

  /** For a frame whose pc is the next instruction: the innermost one, or one that a signal interrupted. */
  forInterrupted(frame: FrameState): UnwindPlan {
    let plan = this.interrupted.get(frame.pc);
    if (!plan) this.interrupted.set(frame.pc, (plan = this.planInterrupted(frame)));
    return plan;
  }

  /** For a frame whose pc is a return address. */
  forCaller(frame: FrameState): UnwindPlan {
    let plan = this.calling.get(frame.pc);
    if (!plan) this.calling.set(frame.pc, (plan = this.planCaller(frame)));
    return plan;
  }

  /** The module whose code is at an address. */
  codeModuleAt(pc: VirtAddr): UnwindModule | undefined {
    return codeModule(this.moduleAt, pc);
  }

  private planInterrupted(frame: FrameState): UnwindPlan {
    const { pc } = frame;
    const module = this.codeModuleAt(pc);
    const row = rowAt(module, pc);
    if (row?.signalFrame) return this.byRules(pc, pc, module, row, 'cfi');
    // Before any other row: whatever that says, rt_sigreturn takes everything from the ucontext at rsp.
    if (isSignalTrampoline(this.stack, pc)) return this.byRules(pc, pc, module, SIGNAL_TRAMPOLINE_RULES, 'ucontext');
    return row ? this.byRules(pc, pc, module, row, 'cfi') : this.byGuess(pc, module, frame);
  }

  private planCaller(frame: FrameState): UnwindPlan {
    const { pc } = frame;
    // Inside the call: the return address may already belong to the next function.
    const call = virtAddr(pc - 1n);
    const module = this.codeModuleAt(call);
    const row = rowAt(module, call);
    if (row?.signalFrame) return this.byRules(pc, pc, module, rowAt(module, pc) ?? row, 'cfi');
    // A trampoline is not called but returned to, so what is in front of it may be any function.
    if (isSignalTrampoline(this.stack, pc)) return this.planInterrupted(frame);
    return row ? this.byRules(pc, call, module, row, 'cfi') : this.byGuess(call, module, frame);
  }

  private byRules(
    pc: VirtAddr,
    lookupPc: VirtAddr,
    module: UnwindModule | undefined,
    rules: UnwindRules,
    method: UnwindMethod,
  ): UnwindPlan {
    const steps = [this.step({ rules, method, believes: 'anything' }, module?.bias ?? 0n)];
    return { pc, lookupPc, isSignalFrame: rules.signalFrame, steps };
  }

  private byGuess(lookupPc: VirtAddr, module: UnwindModule | undefined, { pc, sp, registers }: FrameState): UnwindPlan {
    const rbp = registers.dwarf(DWARF_RBP);
    const candidates = guess(
      {
        pc,
        exact: lookupPc === pc,
        functionStart: module?.functionStart?.(lookupPc),
        sectionName: module?.sectionName?.(lookupPc),
        inModule: module !== undefined,
        rbpAboveSp: rbp === undefined ? 0n : rbp - sp,
      },
      this.stack,
    );
    return { pc, lookupPc, isSignalFrame: false, steps: candidates.map((candidate) => this.step(candidate, 0n)) };
  }

  private step({ rules, method, believes }: Candidate, bias: bigint): UnwindStep {
    const expressions = [...rules.registers]
      .filter(([, { kind }]) => kind === 'expression' || kind === 'val-expression')
      .map(([register]) => register);
    const relocate = (address: bigint): bigint => BigInt.asUintN(64, address + bias);
    return { rules, method, believes, expressions, relocate, stack: this.stack };
  }
}

/** The module whose code is at an address. */
export function codeModule(
  moduleAt: (pc: VirtAddr) => UnwindModule | undefined,
  pc: VirtAddr,
): UnwindModule | undefined {
  const module = moduleAt(pc);
  return module?.isCode?.(pc) === false ? undefined : module;
}

/** What the module's call frame information says of a pc. */
export function rowAt(module: UnwindModule | undefined, pc: VirtAddr): UnwindRow | undefined {
  if (!module) return undefined;
  const address = pc - module.bias;
  return address < 0n || address > MAX_FILE_ADDRESS ? undefined : module.cfi.rowAt(fileAddr(address));
}
