/**
 * The CFA of a thread's innermost frame, for conditions: a local variable is found by it at every hit of a breakpoint,
 * and nothing else of the stack is looked at. What the place says is looked up once; after that only registers are read.
 */
import { virtAddr, type VirtAddr } from '../../common/addresses';
import type { MemoryReader, RegisterReader } from '../../common/readers';
import { DWARF_RBP, DWARF_RSP } from './registernames';
import { isSignalTrampoline } from './signaltrampoline';
import { codeModule, rowAt, type UnwindModule } from './unwindplan';
import type { CfaRule } from './unwindrow';

type RegisterCfa = CfaRule & { readonly kind: 'register' };

/** Places that are kept: those of breakpoints. */
const MAX_PLACES = 1024;

export class InnermostCfa {
  /** By pc; undefined where the unwinder has to look. */
  private readonly rules = new Map<VirtAddr, RegisterCfa | undefined>();

  constructor(
    private readonly memory: MemoryReader,
    private readonly moduleAt: (pc: VirtAddr) => UnwindModule | undefined,
  ) {}

  /** Code has been mapped, unmapped or written. */
  forget(): void {
    this.rules.clear();
  }

  /** What `StackUnwinder` says of frame 0, where that follows from registers alone; undefined elsewhere. */
  at(pc: VirtAddr, registers: RegisterReader): VirtAddr | undefined {
    let rule = this.rules.get(pc);
    if (rule === undefined && !this.rules.has(pc)) {
      if (this.rules.size >= MAX_PLACES) this.rules.clear();
      this.rules.set(pc, (rule = this.ruleAt(pc)));
    }
    const base = rule && registers.dwarf(rule.register);
    return rule === undefined || base === undefined ? undefined : virtAddr(base + rule.offset);
  }

  private ruleAt(pc: VirtAddr): RegisterCfa | undefined {
    const row = rowAt(codeModule(this.moduleAt, pc), pc);
    const rule = row?.cfa;
    if (rule?.kind !== 'register' || (rule.register !== DWARF_RSP && rule.register !== DWARF_RBP)) return undefined;
    return row?.signalFrame !== true && isSignalTrampoline(this.memory, pc) ? undefined : rule;
  }
}
