/** What stepping asks about code: kinds of instructions, statement ranges, functions, PLT entries, callers. */
import { fileAddr, offsetBy, virtAddr, type FileAddr, type VirtAddr } from '../../common/addresses';
import { readUint, type MemoryReader } from '../../common/readers';
import { decodeInstruction, type Instruction } from '../../disasm/decoder';
import type { FunctionBounds } from '../../disasm/listing';
import { prologueEnd } from '../../symbols/lines-prologue';
import type { Module } from '../../symbols/module';
import type { ModuleList } from '../../symbols/modulelist';
import { StackUnwinder, type UnwoundFrame } from '../../symbols/unwind/unwinder';
import { InlineFrames } from '../inlineframes';
import { MAX_INSTRUCTION } from '../sites';
import type { Thread } from '../thread';
import type { SkipRules } from './skiprules';

/** A contiguous stretch of code that belongs to one source position. */
export interface StatementRange {
  readonly start: VirtAddr;
  readonly end: VirtAddr;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly isStmt: boolean;
}

/** Answers of each kind that are kept. */
const REMEMBERED = 50_000;

export class CodeMap {
  private readonly instructions = new Map<VirtAddr, Instruction | undefined>();
  /** Disassembly asks for the same functions at every stop, and without symbols that means searching frame entries. */
  private readonly bounds = new Map<VirtAddr, FunctionBounds | undefined>();

  readonly inlines: InlineFrames;

  constructor(
    readonly modules: ModuleList,
    private readonly memory: MemoryReader,
  ) {
    this.inlines = new InlineFrames(modules);
  }

  /** Code has been unmapped, mapped or written to: decoded instructions are no longer to be trusted. */
  changed(): void {
    this.instructions.clear();
    this.bounds.clear();
    this.inlines.changed();
  }

  instruction(pc: VirtAddr): Instruction | undefined {
    let known = this.instructions.get(pc);
    if (known === undefined && !this.instructions.has(pc)) {
      if (this.instructions.size >= REMEMBERED) this.instructions.clear();
      known = decodeInstruction(this.memory.read(pc, MAX_INSTRUCTION), pc);
      this.instructions.set(pc, known);
    }
    return known;
  }

  /**
   * The line-table row around `pc` as addresses of the process; undefined where there is no line information. Rows of
   * one line are not joined: where the next one begins, an inlined call may begin. Code of line 0 belongs to the line
   * before it in the function, as in gdb.
   */
  row(pc: VirtAddr): StatementRange | undefined {
    const module = this.modules.at(pc);
    const place = module?.lines.rowAt(module.toFile(pc));
    if (!module || !place) return undefined;
    const { lines } = place;
    const { lines: numbers, addresses, columns, files } = lines.table;
    let { row } = place;
    while (row >= 0 && numbers[row] === 0) row = lines.previousRow(row);
    if (row < 0) return undefined;
    const start = module.toVirt(fileAddr(addresses[row]!));
    if (row !== place.row && start < (this.functionBounds(pc)?.start ?? pc)) return undefined;
    const line = numbers[row]!;
    return {
      start,
      end: module.toVirt(fileAddr(addresses[lines.nextRow(place.row)]!)),
      file: lines.path(files[row]!),
      line,
      column: columns[row]!,
      isStmt: lines.isStmt(row),
    };
  }

  hasLines(pc: VirtAddr): boolean {
    return this.row(pc) !== undefined;
  }

  /** Whether what a user sees as the innermost function at `pc`, inlined ones included, is skipped. */
  isSkipped(pc: VirtAddr, skip: SkipRules): boolean {
    if (skip.isEmpty) return false;
    const { calls } = this.inlines.at(pc);
    const innermost = calls[calls.length - 1];
    return skip.skips(innermost ? innermost.name : this.functionName(pc), this.row(pc)?.file);
  }

  /** Whether the function around `pc`, not what is inlined into it there, is skipped. */
  isSkippedFunction(pc: VirtAddr, skip: SkipRules): boolean {
    if (skip.isEmpty) return false;
    const [outermost] = this.inlines.at(pc).calls;
    return skip.skips(this.functionName(pc), outermost ? outermost.site.file : this.row(pc)?.file);
  }

  /**
   * Whether a step into that passes through skipped code passes through this as well: what the user is looking for is
   * neither skipped nor a library of the system, whose debug files may be installed.
   */
  isPassed(pc: VirtAddr, skip: SkipRules): boolean {
    return this.modules.at(pc)?.isSystem === true || this.isSkipped(pc, skip);
  }

  /** The same of the function around `pc`, whatever is inlined into it there. */
  isPassedFunction(pc: VirtAddr, skip: SkipRules): boolean {
    return this.modules.at(pc)?.isSystem === true || this.isSkippedFunction(pc, skip);
  }

  /** As a stack frame shows it. */
  functionName(pc: VirtAddr): string | undefined {
    return this.modules.at(pc)?.symbolAt(pc)?.displayName;
  }

  /** The bounds of the function around `pc`, by symbol size or by call frame information. */
  functionBounds(pc: VirtAddr): FunctionBounds | undefined {
    if (this.bounds.has(pc)) return this.bounds.get(pc);
    if (this.bounds.size >= REMEMBERED) this.bounds.clear();
    const found = this.findBounds(pc);
    this.bounds.set(pc, found);
    return found;
  }

  private findBounds(pc: VirtAddr): FunctionBounds | undefined {
    const module = this.modules.at(pc);
    if (!module) return undefined;
    const found = module.symbolAt(pc);
    if (found && found.symbol.size > 0) {
      return { start: found.address, end: offsetBy(found.address, found.symbol.size) };
    }
    const range = module.cfi.functionRange(module.toFile(pc));
    return range && { start: module.toVirt(range.start), end: module.toVirt(range.end) };
  }

  /** The first address past the prologue of the function that begins at `start`. */
  pastPrologue(start: VirtAddr): VirtAddr {
    const module = this.modules.at(start);
    const bounds = this.functionBounds(start);
    if (!module || !bounds) return start;
    return module.toVirt(prologueEnd(module.lines, module.toFile(start), module.toFile(bounds.end)));
  }

  isPlt(pc: VirtAddr): boolean {
    const module = this.modules.at(pc);
    return module !== undefined && inPlt(module, module.toFile(pc));
  }

  /**
   * Where a call through the PLT entry at `pc` ends up: what its GOT slot holds once it is bound, else the symbol's
   * definition in the modules' load order. Undefined when neither is known (an ifunc that is not resolved yet).
   */
  pltTarget(pc: VirtAddr): VirtAddr | undefined {
    const module = this.modules.at(pc);
    const slot = this.gotSlot(pc);
    if (!module || slot === undefined) return undefined;
    const bound = readUint(this.memory, slot, 8);
    if (bound !== undefined) {
      const target = virtAddr(bound);
      const owner = this.modules.at(target);
      if (owner && !inPlt(owner, owner.toFile(target))) return target;
    }
    const name = module.symbolAt(pc)?.symbol.name.replace(/@.*$/, '');
    if (!name) return undefined;
    for (const each of this.modules.modules) {
      const symbol = each.symbolsNamed(name).find((one) => one.kind === 'function' && one.name === name);
      if (symbol) return each.toVirt(symbol.address);
    }
    return undefined;
  }

  /** The slot that the entry's `jmp *slot(%rip)` reads; the entry may begin with endbr64. */
  private gotSlot(pc: VirtAddr): VirtAddr | undefined {
    let at = pc;
    for (let i = 0; i < 4; i++) {
      const instruction = this.instruction(at);
      if (!instruction) return undefined;
      if (instruction.flow === 'jump') return instruction.isIndirect ? instruction.ripTarget : undefined;
      if (instruction.flow !== 'next') return undefined;
      at = offsetBy(at, instruction.length);
    }
    return undefined;
  }

  /** The frames of a stopped thread, unwound on demand. */
  stack(thread: Thread): StackUnwinder {
    return new StackUnwinder(thread.registers, this.memory, (pc) => this.modules.at(pc));
  }

  /** The nearest caller that has line information, counted from frame `from`. */
  callerWithLines(thread: Thread, from: number): { frame: UnwoundFrame; callee: UnwoundFrame } | undefined {
    const stack = this.stack(thread);
    // Bounded: beyond this many frames without line information there is nothing a user would step back to.
    for (let index = Math.max(from, 1); index < from + 200; index++) {
      const frame = stack.frame(index);
      const callee = stack.frame(index - 1);
      if (!frame || !callee) return undefined;
      if (this.hasLines(frame.lookupPc)) return { frame, callee };
    }
    return undefined;
  }

  /** Every address at which a dynamic symbol of this name lives, in the order of the modules. */
  addressesOf(name: string): VirtAddr[] {
    return this.modules.modules.flatMap((module) =>
      module
        .symbolsNamed(name)
        .filter((symbol) => symbol.kind === 'function' && symbol.name === name)
        .map((symbol) => module.toVirt(symbol.address)),
    );
  }
}

function inPlt(module: Module, address: FileAddr): boolean {
  return module.sectionAt(address)?.name.startsWith('.plt') ?? false;
}
