/** How a person wants a value shown: the suffixes of an expression, and what a view asks of all its values. */
import type { FormatLimits } from '../formatter';

/**
 * `d` decimal, `u` unsigned decimal, `x` hexadecimal (also the bits of floats), `h` hexadecimal where it is an integer or
 * an address, `o` octal, `b` binary, `c` character, `s` text, `f` floating point, `e` floating point with an exponent.
 */
export type NumberFormat = 'd' | 'u' | 'x' | 'h' | 'o' | 'b' | 'c' | 's' | 'f' | 'e';

/** Applies to a value and to everything inside it, but for `count`. */
export interface ValueFormat {
  readonly number?: NumberFormat;
  /** `,!`: members as they are, without formatters. */
  readonly isRaw?: boolean;
  /** `,[n]`: what a pointer points to is an array of n. Of an array or a container: its first n. */
  readonly count?: number;
}

/** What everything is shown with that nobody has formatted. */
export const PLAIN: ValueFormat = {};

/** One line of a view. */
export const DEFAULT_LIMITS: FormatLimits = { stringLength: 200, summaryItems: 20, depth: 4, nodes: 100_000 };

/** What is copied: as much as anybody may want to paste. */
export const CLIPBOARD_LIMITS: FormatLimits = {
  stringLength: 4 * 1024 * 1024,
  summaryItems: 10_000,
  depth: 16,
  nodes: 1_000_000,
};
