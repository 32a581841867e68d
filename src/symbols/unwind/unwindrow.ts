/**
 * One row of the call frame table (DWARF 5, section 6.4.1): how to find the caller's registers while the pc is in
 * [start, end). Data only; applying it to a process is the unwinder's work.
 */
import type { FileAddr } from '../../common/addresses';

/** How the canonical frame address is computed from the registers of the frame itself. */
export type CfaRule =
  | { readonly kind: 'register'; readonly register: number; /** Bytes added. */ readonly offset: bigint }
  /** A DWARF expression whose result is the CFA. */
  | { readonly kind: 'expression'; readonly bytes: Uint8Array };

/** How one register of the caller is recovered (DWARF 5, section 6.4.1, "register rules"). */
export type RegisterRule =
  /** The value is lost. For the return address: there is no caller. */
  | { readonly kind: 'undefined' }
  /** The callee left it alone. */
  | { readonly kind: 'same-value' }
  /** Saved in memory at CFA + offset. */
  | { readonly kind: 'offset'; readonly offset: bigint }
  /** The value is CFA + offset. */
  | { readonly kind: 'val-offset'; readonly offset: bigint }
  /** The value is in another register of the callee. */
  | { readonly kind: 'register'; readonly register: number }
  /** Saved in memory at the address that the expression computes, with the CFA on its stack. */
  | { readonly kind: 'expression'; readonly bytes: Uint8Array }
  /** The value is what the expression computes, with the CFA on its stack. */
  | { readonly kind: 'val-expression'; readonly bytes: Uint8Array };

/** Rules to unwind one frame, from call frame information or worked out from the code. */
export interface UnwindRules {
  readonly cfa: CfaRule;
  /** By DWARF register number; a register that is absent has no rule of its own and the ABI decides. */
  readonly registers: ReadonlyMap<number, RegisterRule>;
  /** The column that holds the return address: 16 on x86-64. */
  readonly returnAddressRegister: number;
  /** Augmentation `S`: the kernel pushed this frame, and its caller was interrupted rather than calling. */
  readonly signalFrame: boolean;
}

export interface UnwindRow extends UnwindRules {
  readonly start: FileAddr;
  /** One past the last address for which this row holds. */
  readonly end: FileAddr;
}
