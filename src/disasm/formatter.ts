/**
 * The text of instructions, as gdb's users read it: a branch names its target, `call 0x401136 <main+0x10>`, and an operand
 * at a fixed address says what lies there, `mov rax, qword ptr [rip+0x2e4a]  # 0x404010 <stdout>`.
 */
import type { Instruction as IcedInstruction } from 'iced-x86';
import { formatAddress, type VirtAddr } from '../common/addresses';
import { MAX_INSTRUCTION_LENGTH } from './decoder';
import { loadIced, type IcedModule } from './iced';
import type { Bitness } from './types';

/** `disassemblyFlavor`: destination first, or AT&T's source first. */
export type DisassemblyFlavor = 'intel' | 'att';

/** Names the symbol in which an address lies; `offset` is in bytes from the symbol's start. */
export type SymbolResolver = (
  address: VirtAddr,
) => { readonly name: string; readonly offset: number | bigint } | undefined;

export interface FormatterOptions {
  readonly flavor?: DisassemblyFlavor;
  readonly resolve?: SymbolResolver;
}

/** Column at which operands begin, as in gdb. */
const OPERAND_COLUMN = 7;

/**
 * Formats iced-x86's instructions. Holds WebAssembly memory: `free` it.
 */
export class InstructionFormatter {
  private readonly formatter: InstanceType<IcedModule['Formatter']>;

  constructor(
    private readonly iced: IcedModule,
    private readonly options: FormatterOptions = {},
  ) {
    const isAtt = options.flavor === 'att';
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

  /** One line of text, without address and bytes. */
  format(instruction: IcedInstruction): string {
    const text = this.formatter.format(instruction);
    const { resolve } = this.options;
    const branch = this.branchTarget(instruction);
    if (branch !== undefined) return resolve ? text + this.symbolAfter(branch, resolve) : text;
    const data = this.dataAddress(instruction);
    if (data === undefined) return text;
    const symbol = resolve ? this.symbolAfter(data, resolve) : '';
    // What is written out as an absolute address already needs no repetition, only its name.
    if (!instruction.isIpRelMemoryOperand && symbol === '') return text;
    return `${text}  # ${formatAddress(data)}${symbol}`;
  }

  free(): void {
    this.formatter.free();
  }

  private branchTarget(instruction: IcedInstruction): VirtAddr | undefined {
    const { OpKind } = this.iced;
    switch (instruction.op0Kind) {
      case OpKind.NearBranch16:
      case OpKind.NearBranch32:
      case OpKind.NearBranch64:
        return instruction.nearBranchTarget as VirtAddr;
      default:
        return undefined;
    }
  }

  /** The address of a memory operand that no register but rip takes part in. */
  private dataAddress(instruction: IcedInstruction): VirtAddr | undefined {
    // 4 and 8 are the sizes of displacements that can be addresses by themselves.
    if (instruction.memoryDisplSize < 4) return undefined;
    if (instruction.isIpRelMemoryOperand) return instruction.ipRelMemoryAddress as VirtAddr;
    const { Register } = this.iced;
    const isAbsolute = instruction.memoryBase === Register.None && instruction.memoryIndex === Register.None;
    const segment = instruction.memorySegment;
    if (!isAbsolute || segment === Register.FS || segment === Register.GS) return undefined;
    return instruction.memoryDisplacement as VirtAddr;
  }

  private symbolAfter(address: VirtAddr, resolve: SymbolResolver): string {
    const symbol = resolve(address);
    if (!symbol) return '';
    return BigInt(symbol.offset) === 0n ? ` <${symbol.name}>` : ` <${symbol.name}+${symbol.offset}>`;
  }
}

/** The text of the instruction at the start of `bytes`; undefined when they are none. Loads the disassembler. */
export async function formatInstruction(
  bytes: Uint8Array,
  address: VirtAddr,
  options: FormatterOptions = {},
  bitness: Bitness = 64,
): Promise<string | undefined> {
  const iced = await loadIced();
  const decoder = new iced.Decoder(bitness, bytes.subarray(0, MAX_INSTRUCTION_LENGTH), iced.DecoderOptions.None);
  const instruction = new iced.Instruction();
  const formatter = new InstructionFormatter(iced, options);
  try {
    decoder.ip = address;
    decoder.decodeOut(instruction);
    return instruction.code === iced.Code.INVALID ? undefined : formatter.format(instruction);
  } finally {
    formatter.free();
    instruction.free();
    decoder.free();
  }
}
