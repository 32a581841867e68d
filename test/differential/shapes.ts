/** What a debugger says of a stopped program, in a form that two debuggers can be compared in. */

export interface ShownVariable {
  readonly name: string;
  readonly isArgument: boolean;
  readonly type: string;
  /** Hexadecimal; undefined for what is not in memory, and for references. */
  readonly address?: string;
  /**
   * The scalars that it is made of: path (`.next`, `[2].x`, `.<Base>.y`; empty for a scalar) → its bits as an unsigned
   * hexadecimal number; null where the compiler dropped it; `!` and why it cannot be had; `?` where the oracle has no way
   * to say.
   */
  readonly leaves: Readonly<Record<string, string | null>>;
  /** Of integers, characters, booleans, enumerations and floating point: as people read it. */
  readonly text?: string;
  /** Whether it can be told only from what the caller passed (DW_OP_entry_value). */
  readonly isFromCaller?: boolean;
}

export interface ShownFrame {
  readonly name: string | null;
  /** File name without folders; null without line information. */
  readonly file: string | null;
  /** 1-based; 0 without line information. Of a frame that called an inlined function: the line of that call. */
  readonly line: number;
  readonly isInlined: boolean;
  /** gdb alone shows frames of functions that left the stack by a tail call. */
  readonly isTailCall?: boolean;
  /** Whether the pc is that of the function's first instruction; our side says it alone. */
  readonly isAtEntry?: boolean;
  /** Whether the row of the line table is a statement; our side says it alone. */
  readonly isStatement?: boolean;
  /** Variables of the function's blocks that are not around the pc; our side says it alone. */
  readonly elsewhere?: readonly string[];
  readonly pc: string;
  /** Innermost first, the function's or inlined call's own last. */
  readonly scopes: readonly (readonly ShownVariable[])[];
}

/** Where the program stands after so many single instructions from a stop. */
export interface Shown {
  readonly after: number;
  readonly frames: readonly ShownFrame[];
}

export interface Stop {
  readonly pc: string;
  /** The how-manieth one at this address. */
  readonly hit: number;
  /** The stop itself, then after steps. */
  readonly shown: readonly Shown[];
}

export interface Run {
  /** By line or function: where its breakpoints are, and which line that is. */
  readonly lines: Readonly<Record<string, readonly { readonly address: string; readonly line: number }[]>>;
  readonly stops: readonly Stop[];
}

/** What is done with a program. */
export interface Plan {
  readonly program: string;
  readonly source: string;
  readonly args: readonly string[];
  /** Lines of the source with breakpoints. */
  readonly lines: readonly number[];
  /** Functions with breakpoints. */
  readonly functions: readonly string[];
  /** After how many single instructions from the first stop at an address it is looked at again. */
  readonly steps: readonly number[];
  /** Which stops at an address are looked at: the first and the third, say. */
  readonly hits: readonly number[];
}

/** Frames that are looked at. */
export const MAX_FRAMES = 12;
/** Elements of an array that are looked at. */
export const MAX_ELEMENTS = 12;
/** Scalars of a variable that are looked at. */
export const MAX_LEAVES = 400;
