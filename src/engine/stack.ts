/** The call stack of a stopped thread with names and places, unwound and named only as far as somebody looks. */
import type { VirtAddr } from '../common/addresses';
import type { MemoryReader, RegisterReader } from '../common/readers';
import type { Module } from '../symbols/module';
import type { ModuleList } from '../symbols/modulelist';
import type { SourcePaths } from '../symbols/sourcepaths';
import { StackUnwinder, type UnwoundFrame } from '../symbols/unwind/unwinder';

export interface StackFrame {
  /** 0 is the innermost. */
  readonly index: number;
  readonly pc: VirtAddr;
  /** The address that stands for the frame in symbol and line look-ups: inside the call instruction for callers. */
  readonly lookupPc: VirtAddr;
  /** Canonical frame address: the stack pointer as it was before the call that made this frame. */
  readonly cfa: VirtAddr;
  readonly module?: Module;
  readonly functionName?: string;
  readonly functionAddress?: VirtAddr;
  /** `pc` minus the function's address. */
  readonly functionOffset?: bigint;
  /** A file that exists here where one could be found, else the path the compiler recorded. */
  readonly source?: { readonly path: string; readonly line: number; readonly column: number };
  /** As they were in this frame; what the callee may have overwritten is undefined. */
  readonly registers: RegisterReader;
  readonly isSignalFrame: boolean;
}

export class ThreadStack {
  private readonly unwinder: StackUnwinder;
  private readonly named: StackFrame[] = [];

  constructor(
    registers: RegisterReader,
    memory: MemoryReader,
    private readonly modules: ModuleList,
    private readonly paths: SourcePaths,
  ) {
    this.unwinder = new StackUnwinder(registers, memory, (pc) => modules.at(pc));
  }

  /** The number of frames once the end of the stack has been reached. */
  get knownDepth(): number | undefined {
    return this.unwinder.depthKnown;
  }

  /** Why there are no more frames, once the end has been reached. */
  get stoppedBecause(): string {
    return this.unwinder.stoppedBecause;
  }

  frame(index: number): StackFrame | undefined {
    const known = this.named[index];
    if (known) return known;
    const raw = this.unwinder.frame(index);
    if (!raw) return undefined;
    return (this.named[index] = this.name(raw));
  }

  /** `count` frames from `start`, fewer at the end of the stack. */
  frames(start: number, count: number): StackFrame[] {
    const result: StackFrame[] = [];
    for (let index = start; index < start + count; index++) {
      const frame = this.frame(index);
      if (!frame) break;
      result.push(frame);
    }
    return result;
  }

  /** The frame without names: for stepping, which needs the CFA and the return address only. */
  unwound(index: number): UnwoundFrame | undefined {
    return this.unwinder.frame(index);
  }

  private name(raw: UnwoundFrame): StackFrame {
    const module = this.modules.at(raw.lookupPc);
    const symbol = module?.symbolAt(raw.lookupPc);
    const line = module?.lines.lineAt(module.toFile(raw.lookupPc));
    return {
      index: raw.index,
      pc: raw.pc,
      lookupPc: raw.lookupPc,
      cfa: raw.cfa,
      module,
      functionName: symbol?.displayName,
      functionAddress: symbol?.address,
      functionOffset: symbol && raw.pc - symbol.address,
      source:
        line && line.line > 0
          ? { path: this.paths.toLocal(line.file), line: line.line, column: line.column }
          : undefined,
      registers: raw.registers,
      isSignalFrame: raw.isSignalFrame,
    };
  }
}
