/** Integer divisions that the CPU refused: by zero, or with a quotient that has no room (Intel SDM, DIV and IDIV). */
import { readUint } from '../../common/readers';
import { virtAddr } from '../../common/addresses';
import type { SiginfoDescription } from '../../ptrace/siginfo';
import type { FaultContext, FaultingInstruction } from './explain';

const FPE_INTDIV = 1;

/** The registers that hold the dividend, high half first, by the bytes of the divisor. */
const DIVIDENDS: Readonly<Record<number, readonly string[]>> = {
  1: ['ax'],
  2: ['dx', 'ax'],
  4: ['edx', 'eax'],
  8: ['rdx', 'rax'],
};
const SIZES: readonly (readonly [RegExp, 1 | 2 | 4 | 8])[] = [
  [/^(?:[abcd][lh]|(?:si|di|bp|sp)l|r\d+[bl])$/, 1],
  [/^(?:[abcd]x|si|di|bp|sp|r\d+w)$/, 2],
  [/^(?:e\w\w|r\d+d)$/, 4],
  [/^r\w+$/, 8],
];

/** Undefined when it was no integer division, or its operands are not known. */
export function describeDivision(
  said: SiginfoDescription,
  context: FaultContext,
  { operands }: FaultingInstruction,
): string | undefined {
  if (said.code !== FPE_INTDIV || !operands || !/^i?div$/.test(operands.mnemonic)) return undefined;
  const isSigned = operands.mnemonic === 'idiv';
  const divisor = divisorOf(context, operands);
  if (!divisor) return undefined;
  const { size, bits } = divisor;
  const halves = DIVIDENDS[size]!.map((name) => context.register(name));
  if (halves.some((half) => half === undefined)) return undefined;
  const width = size === 1 ? 16 : size * 8;
  const dividend = (halves as bigint[]).reduce((value, half) => (value << BigInt(width)) | half, 0n);
  const signed = (value: bigint, width: number): bigint =>
    isSigned ? BigInt.asIntN(width, value) : BigInt.asUintN(width, value);
  const [a, b] = [signed(dividend, size * 16), signed(bits, size * 8)];
  if (b === 0n) return `integer division by zero: ${a} / 0`;
  return `integer division overflow: ${a} / ${b} does not fit in ${size * 8} bits`;
}

function divisorOf(
  { memory, register }: FaultContext,
  operands: NonNullable<FaultingInstruction['operands']>,
): { readonly size: 1 | 2 | 4 | 8; readonly bits: bigint } | undefined {
  const { firstRegister } = operands;
  if (firstRegister !== undefined) {
    const size = SIZES.find(([pattern]) => pattern.test(firstRegister))?.[1];
    const bits = register(firstRegister);
    return size && bits !== undefined ? { size, bits } : undefined;
  }
  const [place] = operands.memory;
  const size = place?.size;
  if (size !== 1 && size !== 2 && size !== 4 && size !== 8) return undefined;
  const bits = readUint(memory, virtAddr(place!.address), size);
  return bits === undefined ? undefined : { size, bits };
}
