/**
 * The text of instructions, as gdb's users read it: a branch names its target, `call 0x401136 <main+16>`, and an operand
 * at a fixed address says what lies there, `mov rax, qword ptr [rip+0x2e4a]  # 0x404010 <stdout>`.
 *
 * It is made in two steps, so that the expensive one need not be repeated for equal bytes elsewhere: `describe` says what
 * follows from the bytes alone, and `textAt` adds the addresses and symbols of one place.
 */
import type { Instruction as IcedInstruction } from 'iced-x86';
import { formatAddress, offsetBy, type VirtAddr } from '../common/addresses';
import type { AddressTexts } from './addresstexts';
import type { IcedModule } from './iced';
import { MAP_ONE_BYTE, type InstructionLayout } from './layout';

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

  /**
   * What can be said of an instruction wherever it lies. Each question to iced-x86 is a call into WebAssembly, so that
   * those which the layout answers are not asked.
   */
  describe(instruction: IcedInstruction, layout: InstructionLayout, isNearBranch: boolean): InstructionText {
    const text = this.formatter.format(instruction);
    // The target comes last in both syntaxes.
    if (isNearBranch) return { text: text.slice(0, text.lastIndexOf('0x')), data: undefined };
    return { text, data: mayNameAddress(layout) ? this.dataAddress(instruction) : undefined };
  }

  free(): void {
    this.formatter.free();
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

/** Whether an operand is a displacement of 4 bytes, or `mov`'s address that follows the opcode (A0 … A3). */
function mayNameAddress({ displacementSize, isVector, map, opcode }: InstructionLayout): boolean {
  return displacementSize === 4 || (!isVector && map === MAP_ONE_BYTE && (opcode & 0xfc) === 0xa0);
}

/** What the texts of one listing have in common. */
export interface TextPlace {
  /** What distances count from. */
  readonly address: VirtAddr;
  /** From there. */
  readonly targets: AddressTexts;
  readonly resolve: SymbolResolver | undefined;
}

/**
 * The text of the instruction `delta` bytes from the place's address, one line without address and bytes. `distance` is
 * a near branch's, from the instruction to its target, in bytes.
 */
export function textAt(
  { text, data }: InstructionText,
  delta: number,
  distance: number | undefined,
  { address, targets, resolve }: TextPlace,
): string {
  if (distance !== undefined) {
    const target = delta + distance;
    return text + targets.at(target) + (resolve ? symbolAfter(offsetBy(address, target), resolve) : '');
  }
  if (!data) return text;
  const named = (
    data.isRelative
      ? BigInt.asUintN(data.bits, address + BigInt(delta) + data.value)
      : BigInt.asUintN(data.bits, data.value)
  ) as VirtAddr;
  const symbol = resolve ? symbolAfter(named, resolve) : '';
  // What is written out as an absolute address already needs no repetition, only its name.
  return data.isRelative || symbol !== '' ? `${text}  # ${formatAddress(named)}${symbol}` : text;
}

function symbolAfter(address: VirtAddr, resolve: SymbolResolver): string {
  const symbol = resolve(address);
  if (!symbol) return '';
  const { name, offset } = symbol;
  return offset === 0 || offset === 0n ? ` <${name}>` : ` <${name}+${offset}>`;
}
