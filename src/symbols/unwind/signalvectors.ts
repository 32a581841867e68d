/**
 * The vector and x87 registers of code that a signal interrupted, where the kernel saved them: `struct _fpstate_64` and
 * the XSAVE area behind it, in the standard format (Linux, asm/sigcontext.h).
 */
import type { StackMemory } from './stackmemory';

/** uc_mcontext.fpregs in `struct ucontext`. */
const UCONTEXT_FPREGS = 224n;
const ST = 32n;
const XMM = 160n;
/** sw_reserved: magic1, and which parts were saved. */
const MAGIC = 464n;
const FEATURES = 472n;
const FP_XSTATE_MAGIC1 = 0x46505853n;
const AVX = 1n << 2n;
/** Where the upper halves of the ymm registers are. */
const YMM_HIGH = 576n;

/**
 * @param ucontext address of the signal frame's `struct ucontext`
 * @param register DWARF number: 17–32 xmm0–15, with their ymm, or 33–40 st0–7
 */
export function interruptedVector(stack: StackMemory, ucontext: bigint, register: number): Uint8Array | undefined {
  const area = stack.word(BigInt.asUintN(64, ucontext + UCONTEXT_FPREGS));
  if (area === undefined || area === 0n) return undefined;
  const words = (offset: bigint, count: number): bigint[] | undefined => {
    const found = Array.from({ length: count }, (_, i) => stack.word(area + offset + BigInt(8 * i)));
    return found.every((word) => word !== undefined) ? found : undefined;
  };
  if (register >= 33 && register <= 40) {
    return asBytes(words(ST + 16n * BigInt(register - 33), 2))?.subarray(0, 10);
  }
  if (register < 17 || register > 32) return undefined;
  const index = 16n * BigInt(register - 17);
  const low = words(XMM + index, 2);
  const magic = stack.word(area + MAGIC);
  const features = stack.word(area + FEATURES);
  const hasHigh = magic !== undefined && BigInt.asUintN(32, magic) === FP_XSTATE_MAGIC1;
  if (!low || !hasHigh || !(features! & AVX)) return asBytes(low);
  const high = words(YMM_HIGH + index, 2);
  return asBytes(high && [...low, ...high]);
}

function asBytes(words: readonly bigint[] | undefined): Uint8Array | undefined {
  return words && new Uint8Array(BigUint64Array.from(words).buffer);
}
