/** What an instruction does with memory and which registers it uses: for telling why it faulted. */
import { formatAddress, type VirtAddr } from '../common/addresses';
import type { MemoryReader } from '../common/readers';
import type { DisassemblyFlavor, SymbolResolver } from './formatter';
import { loadIced, type IcedModule } from './iced';
import { disassemble } from './listing';

export type AccessKind = 'read' | 'write' | 'readWrite';

/** Bytes that an instruction accesses. The address is that of the registers that were given. */
export interface MemoryAccess {
  readonly address: bigint;
  /** Bytes; 0 when it depends on more than the encoding. */
  readonly size: number;
  readonly access: AccessKind;
}

export interface InstructionOperands {
  /** As a disassembly shows it. */
  readonly text: string;
  /** `idiv` */
  readonly mnemonic: string;
  readonly length: number;
  readonly memory: readonly MemoryAccess[];
  /** Names of the general registers whose values it uses, whole ones: `rax`. */
  readonly registers: readonly string[];
  /** The first operand, when it is a register. */
  readonly firstRegister: string | undefined;
  /** Only the kernel may execute it. */
  readonly isPrivileged: boolean;
}

type UsedMemory = InstanceType<IcedModule['UsedMemory']>;

/** Reads a register by name. */
export type ReadRegister = (name: string) => bigint | undefined;

const SEGMENTS_WITH_BASE = new Set(['fs', 'gs']);

/** Where an instruction is and how it is to be written. */
export interface InstructionPlace {
  readonly memory: MemoryReader;
  readonly address: VirtAddr;
  readonly flavor: DisassemblyFlavor;
  readonly resolve?: SymbolResolver;
}

/** Undefined when there is no instruction. */
export async function instructionOperands(
  place: InstructionPlace,
  read: ReadRegister,
): Promise<InstructionOperands | undefined> {
  const { memory, address } = place;
  const [line] = await disassemble({ ...place, instructionCount: 1 });
  if (line?.kind !== 'instruction') return undefined;
  const iced = await loadIced();
  const decoder = new iced.Decoder(64, memory.read(address, line.length), iced.DecoderOptions.None);
  decoder.ip = address;
  const instruction = decoder.decode();
  const factory = new iced.InstructionInfoFactory();
  const info = factory.info(instruction);
  try {
    return {
      text: line.text.replace(/ +/g, ' '),
      mnemonic: iced.Mnemonic[instruction.mnemonic].toLowerCase(),
      length: line.length,
      memory: info.usedMemory().flatMap((used: UsedMemory) => accessOf(iced, used, read)),
      registers: usedRegisters(iced, info.usedRegisters() as InstanceType<IcedModule['UsedRegister']>[]),
      firstRegister: instruction.op0Kind === iced.OpKind.Register ? nameOf(iced, instruction.op0Register) : undefined,
      isPrivileged: instruction.isPrivileged,
    };
  } finally {
    info.free();
    factory.free();
    instruction.free();
    decoder.free();
  }
}

function nameOf(iced: IcedModule, register: number): string {
  return iced.Register[register]!.toLowerCase();
}

function usedRegisters(iced: IcedModule, used: readonly InstanceType<IcedModule['UsedRegister']>[]): string[] {
  const { OpAccess, RegisterExt } = iced;
  const names = used.flatMap((each) => {
    const isRead = each.access !== OpAccess.Write && each.access !== OpAccess.CondWrite;
    const whole = RegisterExt.fullRegister(each.register);
    const name = nameOf(iced, whole);
    each.free();
    return isRead && RegisterExt.isGPR(whole) ? [name] : [];
  });
  return [...new Set(names)];
}

function accessOf(iced: IcedModule, used: UsedMemory, read: ReadRegister): MemoryAccess[] {
  const { OpAccess, Register, MemorySizeExt } = iced;
  const value = (register: UsedMemory['base']): bigint | undefined =>
    register === Register.None ? 0n : read(nameOf(iced, register));
  const [base, index] = [value(used.base), value(used.index)];
  const segment = nameOf(iced, used.segment);
  const segmentBase = SEGMENTS_WITH_BASE.has(segment) ? read(`${segment}_base`) : 0n;
  const { scale, displacement, access } = used;
  const size = MemorySizeExt.size(used.memorySize);
  used.free();
  const kind = kindOf(OpAccess, access);
  if (kind === undefined || base === undefined || index === undefined || segmentBase === undefined) return [];
  const address = BigInt.asUintN(64, segmentBase + base + index * BigInt(scale) + displacement);
  return [{ address, size, access: kind }];
}

function kindOf(OpAccess: IcedModule['OpAccess'], access: UsedMemory['access']): AccessKind | undefined {
  switch (access) {
    case OpAccess.Read:
    case OpAccess.CondRead:
      return 'read';
    case OpAccess.Write:
    case OpAccess.CondWrite:
      return 'write';
    case OpAccess.ReadWrite:
    case OpAccess.ReadCondWrite:
      return 'readWrite';
    default:
      return undefined;
  }
}

/** `rax = 0x10`, for each register that an instruction uses. */
export function registerValues({ registers }: InstructionOperands, read: ReadRegister): string[] {
  return registers.flatMap((name) => {
    const value = read(name);
    return value === undefined ? [] : [`${name} = ${formatAddress(value)}`];
  });
}
