/** The innermost frame of a thread that has just hit something: unwound only as far as a condition asks. */
import type { VirtAddr } from '../common/addresses';
import type { MemoryReader, RegisterReader } from '../common/readers';
import type { DataModule, FrameData } from '../symbols/data/variables';
import type { InnermostCfa } from '../symbols/unwind/innermostcfa';
import { frameData, type FrameProcess } from './framedata';
import type { ThreadStack } from './stack';
import type { Thread } from './thread';

export class HitFrame implements FrameData {
  readonly pc: VirtAddr;
  readonly lookupPc: VirtAddr;
  readonly registers: RegisterReader;
  readonly memory: MemoryReader;
  private known: FrameData | undefined;

  constructor(
    private readonly process: FrameProcess,
    thread: Thread,
    private readonly stack: () => ThreadStack,
    private readonly innermostCfa: InnermostCfa,
  ) {
    this.pc = thread.pc;
    this.lookupPc = thread.pc;
    this.registers = thread.registers;
    this.memory = process.memory;
  }

  private get whole(): FrameData | undefined {
    if (this.known) return this.known;
    const stack = this.stack();
    const frame = stack.frame(0);
    return (this.known = frame && frameData(this.process, stack, frame));
  }

  get cfa(): VirtAddr | undefined {
    if (this.known) return this.known.cfa;
    return this.innermostCfa.at(this.pc, this.registers) ?? this.stack().unwound(0)?.cfa;
  }

  readonly caller = (): FrameData | undefined => this.whole?.caller();

  readonly threadLocal: FrameData['threadLocal'] = (module, offset) => this.whole?.threadLocal(module, offset);

  readonly moduleAt = (address: VirtAddr): DataModule | undefined => this.process.modules.at(address);

  readonly modules = (): Iterable<DataModule> => this.process.modules.modules;
}
