/** Where an object of the program is: what locating a variable gives, and what values are read from and written to. */
import type { VirtAddr } from '../../common/addresses';

/** A part of an object that is spread over several places (DWARF 5 §2.6.1.2). */
export interface StoragePiece {
  readonly storage: Storage;
  /** Bits of the object, in order. */
  readonly bitSize: number;
  /** Bits to skip in `storage`. */
  readonly bitOffset: number;
}

export type Storage =
  | { readonly kind: 'memory'; readonly address: VirtAddr }
  /**
   * A register of the frame by its DWARF number (psABI x86-64 figure 3.36: 0–15 general, 16 rip, 17–32 xmm0–15, 33–40
   * st0–7); objects wider or narrower take its low bytes.
   */
  | { readonly kind: 'register'; readonly register: number }
  /** No place, only this value: constants, what the compiler computed. Not writable. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'pieces'; readonly pieces: readonly StoragePiece[] }
  /**
   * A pointer that the compiler dropped but whose target it still describes (DW_OP_implicit_pointer): it has no value of
   * its own, and dereferences to `target` at `offset`.
   */
  | { readonly kind: 'implicitPointer'; readonly target: () => Storage; readonly offset: number }
  /** The compiler dropped it here. */
  | { readonly kind: 'optimizedOut' }
  /** It exists and cannot be told: the reason is a short clause, as in `<not available: rbx was not saved>`. */
  | { readonly kind: 'unavailable'; readonly reason: string };

export const OPTIMIZED_OUT: Storage = { kind: 'optimizedOut' };

export function unavailable(reason: string): Storage {
  return { kind: 'unavailable', reason };
}
