/**
 * The text of instructions, as gdb's users read it: a branch names its target, `call 0x401136 <main+16>`, and an operand
 * at a fixed address says what lies there, `mov rax, qword ptr [rip+0x2e4a]  # 0x404010 <stdout>`.
 *
 * It is made in two steps, so that the expensive one need not be repeated for equal bytes elsewhere: `describe` says what
 * follows from the bytes alone, and `textAt` adds the addresses and symbols of one place.
 */
import type { Instruction as IcedInstruction } from 'iced-x86';
import { formatAddress, offsetBy, type VirtAddr } from '../common/addresses';
import type { IcedModule } from './iced';

/** `disassemblyFlavor`: destination first, or AT&T's source first. */
export type DisassemblyFlavor = 'intel' | 'att';

/** Names the symbol in which an address lies; `offset` is in bytes from the symbol's start. */
export type SymbolResolver = (
  address: VirtAddr,
) => { readonly name: string; readonly offset: number | bigint } | undefined;

/** The address of an operand that no register but rip takes part in. */
export interface DataAddress {
  /** The address itself, or its distance from the instruction's. */
  readonly value: bigint;
  readonly isRelative: boolean;
  /** The width at which it wraps: 32 for eip-relative operands. */
  readonly bits: 32 | 64;
}

/** What follows from an instruction's bytes alone; of a near branch, from those before the distance of its target. */
export interface InstructionText {
  /** A near branch's without its target. */
  readonly text: string;
  readonly data: DataAddress | undefined;
}

/** Column at which operands begin, as in gdb. */
const OPERAND_COLUMN = 7;

/** Formats iced-x86's instructions. Holds WebAssembly memory: `free` it. */
export class InstructionFormatter {
  private readonly formatter: InstanceType<IcedModule['Formatter']>;

  constructor(
    private readonly iced: IcedModule,
    flavor: DisassemblyFlavor,
  ) {
    const isAtt = flavor === 'att';
    const formatter = new iced.Formatter(isAtt ? iced.FormatterSyntax.Gas : iced.FormatterSyntax.Intel);
    formatter.hexPrefix = '0x';
    formatter.hexSuffix = '';
    formatter.uppercaseHex = false;
    formatter.smallHexNumbersInDecimal = false;
    formatter.addLeadingZeroToHexNumbers = false;
    formatter.branchLeadingZeros = false;
    formatter.showBranchSize = false;
    formatter.ripRelativeAddresses = true;
    formatter.memorySizeOptions = iced.MemorySizeOptions.Always;
    formatter.spaceAfterOperandSeparator = !isAtt;
    formatter.firstOperandCharIndex = OPERAND_COLUMN;
    this.formatter = formatter;
  }

  /** What can be said of an instruction wherever it lies; it has been decoded with its `ip` set. */
  describe(instruction: IcedInstruction): InstructionText {
    const text = this.formatter.format(instruction);
    const target = this.branchTarget(instruction);
    if (target === undefined) return { text, data: this.dataAddress(instruction) };
    return { text: text.slice(0, -formatAddress(target).length), data: undefined };
  }

  free(): void {
    this.formatter.free();
  }

  private branchTarget(instruction: IcedInstruction): bigint | undefined {
    const { OpKind } = this.iced;
    switch (instruction.op0Kind) {
      case OpKind.NearBranch16:
      case OpKind.NearBranch32:
      case OpKind.NearBranch64:
        return instruction.nearBranchTarget;
      default:
        return undefined;
    }
  }

  private dataAddress(instruction: IcedInstruction): DataAddress | undefined {
    // 4 and 8 are the sizes of displacements that can be addresses by themselves.
    if (instruction.memoryDisplSize < 4) return undefined;
    const { Register } = this.iced;
    const base = instruction.memoryBase;
    if (instruction.isIpRelMemoryOperand) {
      const value = instruction.ipRelMemoryAddress - instruction.ip;
      return { value, isRelative: true, bits: base === Register.EIP ? 32 : 64 };
    }
    const isAbsolute = base === Register.None && instruction.memoryIndex === Register.None;
    const segment = instruction.memorySegment;
    if (!isAbsolute || segment === Register.FS || segment === Register.GS) return undefined;
    return { value: instruction.memoryDisplacement, isRelative: false, bits: 64 };
  }
}

/**
 * The text of the instruction at `address`, one line without address and bytes. `distance` is a near branch's, from the
 * instruction to its target, in bytes.
 */
export function textAt(
  { text, data }: InstructionText,
  address: VirtAddr,
  distance: number | undefined,
  resolve: SymbolResolver | undefined,
): string {
  if (distance !== undefined) {
    const target = offsetBy(address, distance);
    return text + formatAddress(target) + symbolAfter(target, resolve);
  }
  if (!data) return text;
  const named = BigInt.asUintN(data.bits, data.isRelative ? address + data.value : data.value) as VirtAddr;
  const symbol = symbolAfter(named, resolve);
  // What is written out as an absolute address already needs no repetition, only its name.
  return data.isRelative || symbol !== '' ? `${text}  # ${formatAddress(named)}${symbol}` : text;
}

function symbolAfter(address: VirtAddr, resolve: SymbolResolver | undefined): string {
  const symbol = resolve?.(address);
  if (!symbol) return '';
  return BigInt(symbol.offset) === 0n ? ` <${symbol.name}>` : ` <${symbol.name}+${symbol.offset}>`;
}
