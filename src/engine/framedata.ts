/** Frames of a stopped thread as the rooms of data see them. */
import type { VirtAddr } from '../common/addresses';
import type { MemoryReader, RegisterReader } from '../common/readers';
import { type NoThreadLocal, ThreadLocalStorage } from '../symbols/data/tls';
import type { DataModule, DataScope, FrameData } from '../symbols/data/variables';
import type { Module } from '../symbols/module';
import type { ModuleList } from '../symbols/modulelist';
import type { AuxiliaryVector } from '../symbols/rendezvous';
import type { StackFrame, ThreadStack } from './stack';

/** What frames of one process share. */
export interface FrameProcess {
  readonly memory: MemoryReader;
  readonly modules: ModuleList;
  readonly auxiliary: () => AuxiliaryVector;
}

/** What the data rooms see of a frame; valid while the stack is. */
export function frameData(process: FrameProcess, stack: ThreadStack, frame: StackFrame): FrameData {
  const storage = new ThreadLocalStorage(process.memory, () => process.modules.modules, process.auxiliary);
  const { scope } = frame;
  return new PhysicalFrame(process, storage, stack, frame.physicalIndex, { ...frame, scope });
}

/** A view of data without a frame: statics and globals of a process that has no stack to look at, or none was chosen. */
export function globalData(process: FrameProcess): FrameData {
  return {
    lookupPc: 0n as VirtAddr,
    registers: { dwarf: () => undefined, named: () => undefined },
    memory: process.memory,
    cfa: undefined,
    caller: () => undefined,
    threadLocal: () => ({ reason: 'no thread is chosen' }),
    moduleAt: (address) => process.modules.at(address),
    modules: () => process.modules.modules,
  };
}

interface FramePlace {
  readonly pc: VirtAddr;
  readonly lookupPc: VirtAddr;
  readonly cfa: VirtAddr;
  readonly registers: RegisterReader;
  readonly scope?: DataScope;
}

class PhysicalFrame implements FrameData {
  readonly pc: VirtAddr;
  readonly lookupPc: VirtAddr;
  readonly cfa: VirtAddr;
  readonly registers: RegisterReader;
  readonly memory: MemoryReader;
  readonly scope?: DataScope;
  private knownCaller: { readonly frame: FrameData | undefined } | undefined;

  constructor(
    private readonly process: FrameProcess,
    private readonly storage: ThreadLocalStorage,
    private readonly stack: ThreadStack,
    private readonly physicalIndex: number,
    place: FramePlace,
  ) {
    this.pc = place.pc;
    this.lookupPc = place.lookupPc;
    this.cfa = place.cfa;
    this.registers = place.registers;
    this.memory = process.memory;
    if (place.scope) this.scope = place.scope;
  }

  readonly caller = (): FrameData | undefined => {
    if (!this.knownCaller) {
      const { process, storage, stack } = this;
      const index = this.physicalIndex + 1;
      const raw = stack.unwound(index);
      this.knownCaller = { frame: raw && new PhysicalFrame(process, storage, stack, index, raw) };
    }
    return this.knownCaller.frame;
  };

  readonly threadLocal = (module: DataModule, offset: bigint): bigint | NoThreadLocal | undefined => {
    const found = this.process.modules.modules.find((each) => each === module);
    return found && this.storage.address(found, offset, this.registers.named('fs_base'));
  };

  readonly moduleAt = (address: VirtAddr): Module | undefined => this.process.modules.at(address);

  readonly modules = (): readonly Module[] => this.process.modules.modules;
}
