/** What the decoder tells about an instruction: stepping asks the kind and the target, never the text. */
import type { VirtAddr } from '../common/addresses';

/** Processor mode in bits. Only long mode's 64-bit sub-mode is decoded so far. */
export type Bitness = 64;

/**
 * Where control may go after the instruction:
 * - `next`: only the following instruction (`rep` string instructions included: see `isRep`);
 * - `jump`: only the target (`jmp`, near or far, direct or indirect);
 * - `conditional-jump`: target or following (`jcc`, `jrcxz`/`jecxz`, `loop*`, `xbegin`, whose target is its abort handler);
 * - `call`, `return`: near or far;
 * - `syscall`: enters the kernel for a system call (`syscall`, `sysenter`, `int 0x80`);
 * - `trap`: raises an exception, so that nothing after it runs by itself (`int3`, `int1`, `int n`, `ud0/1/2`, and `hlt`,
 *   which is privileged);
 * - `interrupt-return`: `iret*`, `uiret`, `eret*`, `sysret*`, `sysexit*`, `rsm`.
 */
export type FlowKind =
  'next' | 'jump' | 'conditional-jump' | 'call' | 'return' | 'syscall' | 'trap' | 'interrupt-return';

/** One decoded instruction. */
export interface Instruction {
  readonly address: VirtAddr;
  /** Bytes, 1 … 15. */
  readonly length: number;
  /** The instruction's own bytes: a view into what was decoded, `length` long. */
  readonly bytes: Uint8Array;
  readonly flow: FlowKind;
  /** Where a direct branch goes; undefined for indirect ones and for everything that is no branch. */
  readonly target?: VirtAddr;
  /** A jump or call through a register or memory. */
  readonly isIndirect: boolean;
  /** A string instruction with a `rep`, `repe` or `repne` prefix: a single step ends after one iteration. */
  readonly isRep: boolean;
  /** Changes `cs` (far jump, far call, far return). */
  readonly isFar: boolean;
  /** The address that a `[rip+disp]` operand names; undefined when there is no such operand. */
  readonly ripTarget?: VirtAddr;
}

/** One past the instruction's last byte, wrapping at 2^64. */
export function endOf(instruction: Instruction): VirtAddr {
  return BigInt.asUintN(64, instruction.address + BigInt(instruction.length)) as VirtAddr;
}
