/**
 * Signal trampolines that carry no call frame information (musl's, static and hand-written ones): known by their code,
 * unwound by the layout in which the kernel saves registers.
 */
import type { VirtAddr } from '../../common/addresses';
import type { MemoryReader } from '../../common/readers';
import { DWARF_RIP, DWARF_RSP } from './registernames';
import type { RegisterRule, UnwindRules } from './unwindrow';

/** `mov $15, %rax` and `mov $15, %eax`: __NR_rt_sigreturn is 15. */
const LOADS: readonly (readonly number[])[] = [
  [0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00],
  [0xb8, 0x0f, 0x00, 0x00, 0x00],
];
const SYSCALL = [0x0f, 0x05];

/** Whether the thread, or a handler that returns to `pc`, is about to run `rt_sigreturn`. */
export function isSignalTrampoline(memory: MemoryReader, pc: VirtAddr): boolean {
  const first = memory.read(pc, 1)[0];
  if (first === SYSCALL[0]) {
    return LOADS.some((load) => matches(memory, pc - BigInt(load.length), [...load, ...SYSCALL]));
  }
  return LOADS.some((load) => load[0] === first && matches(memory, pc, [...load, ...SYSCALL]));
}

function matches(memory: MemoryReader, address: bigint, expected: readonly number[]): boolean {
  const bytes = memory.read(BigInt.asUintN(64, address) as VirtAddr, expected.length);
  return bytes.length === expected.length && expected.every((byte, i) => bytes[i] === byte);
}

/**
 * Offsets in `struct ucontext`, at which rsp points in the trampoline (Linux, arch/x86/include/uapi/asm/sigcontext.h:
 * `uc_mcontext` is 40 bytes in), by DWARF register number.
 */
const UCONTEXT_OFFSETS: readonly (readonly [register: number, offset: bigint])[] = [
  [8, 40n],
  [9, 48n],
  [10, 56n],
  [11, 64n],
  [12, 72n],
  [13, 80n],
  [14, 88n],
  [15, 96n],
  [5, 104n], // rdi
  [4, 112n], // rsi
  [6, 120n], // rbp
  [3, 128n], // rbx
  [1, 136n], // rdx
  [0, 144n], // rax
  [2, 152n], // rcx
  [DWARF_RSP, 160n],
  [DWARF_RIP, 168n],
];

/** Of eflags, which call frame information has no column for. */
export const UCONTEXT_EFLAGS = 176n;

/** The frame's CFA is the address of its ucontext. */
export const SIGNAL_TRAMPOLINE_RULES: UnwindRules = {
  cfa: { kind: 'register', register: DWARF_RSP, offset: 0n },
  registers: new Map(
    UCONTEXT_OFFSETS.map(([register, offset]): [number, RegisterRule] => [register, { kind: 'offset', offset }]),
  ),
  returnAddressRegister: DWARF_RIP,
  signalFrame: true,
};
