/** What DWARF expressions ask of their surroundings, and what they come to: shapes only. */
import type { VirtAddr } from '../../common/addresses';
import type { MemoryReader, RegisterReader } from '../../common/readers';
import type { BaseType, TypedValue } from './expressiontyped';

/** What an expression may refer to. A resolver that is absent, or returns undefined, makes its operation fail. */
export interface ExpressionContext {
  readonly memory: MemoryReader;
  readonly registers: RegisterReader;
  /** Pushed before the first operation, last element on top: the CFA for register rules. */
  readonly initialStack?: readonly bigint[];
  /** DW_OP_call_frame_cfa. */
  readonly cfa?: () => bigint | undefined;
  /** DW_OP_fbreg: the address that DW_AT_frame_base gives. */
  readonly frameBase?: () => bigint | undefined;
  /** DW_OP_addr: from the address in the file to the one in the process. */
  readonly relocate?: (address: bigint) => bigint | undefined;
  /** DW_OP_addrx: entry `index` of the unit's .debug_addr, already relocated. */
  readonly addressAt?: (index: number) => bigint | undefined;
  /** DW_OP_constx: the same entry as stored. */
  readonly constantAt?: (index: number) => bigint | undefined;
  /** DW_OP_form_tls_address: an offset in the module's TLS block to this thread's copy, or why there is none. */
  readonly threadLocal?: (offset: bigint) => bigint | Missing | undefined;
  /** DW_OP_push_object_address. */
  readonly objectAddress?: () => bigint | undefined;
  /** DW_OP_entry_value: what the expression gave on entry to the function; undefined counts as dropped. */
  readonly entryValue?: (expression: Uint8Array) => bigint | TypedValue | undefined;
  /** DW_OP_GNU_parameter_ref: what the caller passed for the parameter whose entry is at an offset of the unit. */
  readonly parameterValue?: (offset: number) => bigint | undefined;
  /** DW_OP_call2, call4 (an offset in the unit), call_ref (in .debug_info): DW_AT_location of that entry, empty if none. */
  readonly procedure?: (offset: number, from: 'unit' | 'info') => Uint8Array | undefined;
  /** DW_OP_GNU_variable_value: the value of the variable whose entry is at an offset of .debug_info. */
  readonly variableValue?: (offset: number) => bigint | undefined;
  /** The base type at an offset of the unit, for typed operations. */
  readonly baseType?: (offset: number) => BaseType | undefined;
  /** Of the unit: the size of DW_OP_call_ref's and DW_OP_implicit_pointer's operand; 4 unless stated. */
  readonly offsetSize?: 4 | 8;
}

/** Why something that exists cannot be told; a short clause. */
export interface Missing {
  readonly reason: string;
}

/** Where something is, or what it is. */
export type SimpleLocation =
  | { readonly kind: 'address'; readonly address: VirtAddr }
  /** The object is a register: its DWARF number. */
  | { readonly kind: 'register'; readonly register: number }
  /** The object has no place, only this value: its low `size` bytes are what the expression computed. */
  | {
      readonly kind: 'value';
      readonly value: bigint;
      readonly size: number;
      /** Of what is not of the generic type. */
      readonly type?: BaseType;
    }
  /** The object has no place, only these bytes. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** A pointer that was dropped; it points `offset` bytes into the object whose entry is at `entry` of .debug_info. */
  | { readonly kind: 'implicitPointer'; readonly entry: number; readonly offset: number }
  /** The compiler dropped it. */
  | { readonly kind: 'absent' };

/** A part of an object that is spread over several places (DWARF 5, section 2.6.1.2). */
export interface LocationPiece {
  readonly location: SimpleLocation;
  /** Bits of the object, in order. */
  readonly bitSize: number;
  /** Bits to skip in `location`. */
  readonly bitOffset: number;
}

export type ExpressionResult =
  | SimpleLocation
  | { readonly kind: 'pieces'; readonly pieces: readonly LocationPiece[] }
  /** What the expression needs is not known in this frame or thread. */
  | { readonly kind: 'unavailable'; readonly reason: string }
  /** The expression is damaged. */
  | { readonly kind: 'error'; readonly reason: string };
