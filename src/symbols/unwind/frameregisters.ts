/**
 * The registers of an outer frame, worked out when asked for: each frame keeps its own rules and a link to the frame
 * it called, so that a stack of 50,000 frames shares everything and copies nothing.
 */
import type { VirtAddr } from '../../common/addresses';
import type { RegisterReader } from '../../common/readers';
import { evaluateExpression, resultWord } from '../dwarf/expression';
import type { Candidate, UnwindMethod } from './guesses';
import { CALLEE_SAVED, DWARF_RIP, DWARF_RSP, registerPart, THREAD_WIDE } from './registernames';
import { UCONTEXT_EFLAGS } from './signaltrampoline';
import { interruptedVector } from './signalvectors';
import type { StackMemory } from './stackmemory';
import type { RegisterRule } from './unwindrow';

/** Past this many frames that left a register alone, the answer is kept where the walk began. */
const LONG_WALK = 16;

/** How to go from a frame to its caller: shared by all frames with one pc. */
export interface UnwindStep extends Candidate {
  /** The registers whose rules are expressions. */
  readonly expressions: readonly number[];
  /** DW_OP_addr in these rules: from the file's address to the process's. */
  readonly relocate: (address: bigint) => bigint;
  readonly stack: StackMemory;
}

/** One step of following a register inwards. */
type Link =
  | { readonly kind: 'value'; readonly value: bigint | undefined }
  | {
      readonly kind: 'callee';
      readonly callee: FrameRegisters;
      readonly register: number;
      readonly without: WithoutRule;
    };

/**
 * What becomes of a register that no rule mentions. Shown to a person, the ABI decides: at a call, all but the
 * callee-saved ones are lost. In the rules themselves it holds what it held, as the unwinders of the run-time
 * libraries have it: assembler code with a calling convention of its own relies on that.
 */
type WithoutRule = 'abi' | 'same-value';

/** The registers of a frame as its own unwind rules see them. */
export function registersForRules(reader: RegisterReader): RegisterReader {
  return reader instanceof FrameRegisters ? reader.forRules() : reader;
}

export class FrameRegisters implements RegisterReader {
  /**
   * Expression rules are evaluated at once: they are rare, and later each could start a walk inside a walk as deep as
   * the stack.
   */
  private readonly expressions: ReadonlyMap<number, bigint | undefined> | undefined;
  private kept: Map<number, bigint | undefined> | undefined;
  readonly pc: VirtAddr | undefined;
  readonly sp: VirtAddr | undefined;

  /**
   * @param step      by which this frame is reached from the one it called
   * @param calleeCfa canonical frame address of the callee
   * @param callee    the callee's registers: another of these, or the thread's own
   */
  constructor(
    readonly step: UnwindStep,
    readonly calleeCfa: bigint,
    private readonly callee: RegisterReader,
  ) {
    const { rules, expressions } = step;
    if (expressions.length > 0) this.expressions = evaluateExpressions(step, calleeCfa, callee);
    // psABI: the stack pointer before the call is the CFA, by the definition of the CFA.
    const hasRule = rules.registers.has(DWARF_RSP);
    this.sp = (hasRule ? this.recover(DWARF_RSP, 'same-value') : calleeCfa) as VirtAddr | undefined;
    this.pc = this.recover(rules.returnAddressRegister, 'same-value') as VirtAddr | undefined;
  }

  get method(): UnwindMethod {
    return this.step.method;
  }

  dwarf(register: number): bigint | undefined {
    if (register === DWARF_RIP) return this.pc;
    if (register === DWARF_RSP) return this.sp;
    if (register > DWARF_RIP) return wordOf(this.bytes(register));
    return this.recover(register, 'abi');
  }

  /** Calls lose the vector and x87 registers; those of code that a signal interrupted are in its frame. */
  bytes(register: number): Uint8Array | undefined {
    if (register <= DWARF_RIP) {
      const value = this.dwarf(register);
      return value === undefined ? undefined : new Uint8Array(BigUint64Array.of(value).buffer);
    }
    const ucontext = this.step.rules.signalFrame ? this.callee.dwarf(DWARF_RSP) : undefined;
    return ucontext === undefined ? undefined : interruptedVector(this.step.stack, ucontext, register);
  }

  forRules(): RegisterReader {
    return {
      dwarf: (register) =>
        register === DWARF_RSP || register === DWARF_RIP ? this.dwarf(register) : this.recover(register, 'same-value'),
      named: (name) => this.named(name),
    };
  }

  named(name: string): bigint | undefined {
    const part = registerPart(name);
    if (part) {
      const value = this.dwarf(part.register);
      return value === undefined ? undefined : BigInt.asUintN(part.width, value >> part.shift);
    }
    if (name === 'eflags' || name === 'rflags') return this.interruptedFlags();
    if (!THREAD_WIDE.has(name)) return undefined;
    return this.thread().named(name);
  }

  /** Follows the rules inwards until one of them names a place. */
  private recover(register: number, without: WithoutRule): bigint | undefined {
    const rule = this.step.rules.registers.get(register);
    if (rule?.kind === 'offset') return this.stated(register, rule);
    let link = this.lookUp(register, without);
    for (let steps = 1; ; steps++) {
      if (link.kind === 'value') {
        if (steps > LONG_WALK && without === 'abi') {
          (this.kept ??= new Map<number, bigint | undefined>()).set(register, link.value);
        }
        return link.value;
      }
      link = link.callee.lookUp(link.register, link.without);
    }
  }

  /** The value of a register, or the register of the callee that holds it. */
  private lookUp(register: number, without: WithoutRule): Link {
    const { step, callee } = this;
    if (this.kept?.has(register)) return { kind: 'value', value: this.kept.get(register) };
    const rule = step.rules.registers.get(register);
    const same = without === 'same-value' || CALLEE_SAVED.has(register);
    const kind = rule?.kind ?? (same ? 'same-value' : 'undefined');
    if (kind !== 'same-value' && kind !== 'register') return { kind: 'value', value: this.stated(register, rule) };
    const source = rule?.kind === 'register' ? rule.register : register;
    if (!(callee instanceof FrameRegisters)) return { kind: 'value', value: callee.dwarf(source) };
    if (source === DWARF_RSP) return { kind: 'value', value: callee.sp };
    if (source === DWARF_RIP) return { kind: 'value', value: callee.pc };
    // A rule that names another register vouches for it.
    return { kind: 'callee', callee, register: source, without: kind === 'register' ? 'same-value' : without };
  }

  /** The value of a register whose rule does not lead to the callee's registers. */
  private stated(register: number, rule: RegisterRule | undefined): bigint | undefined {
    switch (rule?.kind) {
      case 'offset':
        return this.step.stack.word(BigInt.asUintN(64, this.calleeCfa + rule.offset));
      case 'val-offset':
        return BigInt.asUintN(64, this.calleeCfa + rule.offset);
      case 'expression':
      case 'val-expression':
        return this.expressions?.get(register);
      default:
        return undefined;
    }
  }

  /** The flags of code that a signal interrupted are in the trampoline's ucontext; a call loses them. */
  private interruptedFlags(): bigint | undefined {
    if (!this.step.rules.signalFrame) return undefined;
    const ucontext = this.callee.dwarf(DWARF_RSP);
    return ucontext === undefined ? undefined : this.step.stack.word(BigInt.asUintN(64, ucontext + UCONTEXT_EFLAGS));
  }

  private thread(): RegisterReader {
    let reader = this.callee;
    while (reader instanceof FrameRegisters) reader = reader.callee;
    return reader;
  }
}

/** Little-endian bytes as one number. */
function wordOf(bytes: Uint8Array | undefined): bigint | undefined {
  return bytes?.reduceRight((word, byte) => (word << 8n) | BigInt(byte), 0n);
}

function evaluateExpressions(
  { rules, expressions, relocate, stack }: UnwindStep,
  cfa: bigint,
  callee: RegisterReader,
): ReadonlyMap<number, bigint | undefined> {
  const context = { memory: stack, registers: registersForRules(callee), initialStack: [cfa], relocate };
  const values = new Map<number, bigint | undefined>();
  for (const register of expressions) {
    const rule = rules.registers.get(register);
    if (rule?.kind !== 'expression' && rule?.kind !== 'val-expression') continue;
    const word = resultWord(evaluateExpression(rule.bytes, context));
    values.set(register, word !== undefined && rule.kind === 'expression' ? stack.word(word) : word);
  }
  return values;
}
