/**
 * What a formatter is: how a type of a library is shown instead of its members. Formatters read only through DataValue,
 * within limits, and may throw DataError: the reader then sees the clause and the members themselves.
 */
import type { DataValue } from './data';
import type { BareType } from '../symbols/data/types';

/** One line below a value. */
export interface Child {
  /** `[0]`, `["key"]`, `first`, `x`. */
  readonly name: string;
  /** The object, or text for what is no object of the program (a size, a capacity). */
  readonly value: DataValue | string;
  /**
   * The expression for the child, given that of the parent (parenthesised where needed): `v => v + "[3]"`. Undefined when
   * there is no way to write it.
   */
  readonly expression?: (parent: string) => string;
  /** What it is besides a member or an element. */
  readonly kind?: 'base' | 'static' | 'virtual';
  /** How a class declares it. */
  readonly access?: 'public' | 'protected' | 'private';
  /** It is shown by its members whatever formatters there are. */
  readonly isRaw?: boolean;
}

/** The lines below a value, fetched a page at a time. Either all are indexed (elements) or all are named (members). */
export interface Children {
  readonly kind: 'indexed' | 'named';
  /** How many there are, as far as anybody wants to know: cut at the limit for what has to be walked. */
  readonly count: number;
  /** Children [start, start + count). */
  readonly slice: (start: number, count: number) => readonly Child[];
}

export interface Formatted {
  /** The value in one line: `"text"`, `{1, 2, 3}`, `Some(5)`. Undefined: made of the children. */
  readonly summary: string | undefined;
  /** Put before a summary that is made of the children: `[3] `. */
  readonly prefix?: string;
  readonly children?: Children;
  /** What `value[key]` means in an expression, when the type is indexed in some way of its own. */
  readonly index?: (key: DataValue | bigint | string) => DataValue;
  /** What `*value` and `value->` mean: smart pointers, iterators, optionals. */
  readonly pointee?: () => DataValue;
  /** The text a string-like value holds, without quotes, and whether more was cut off. */
  readonly text?: { readonly value: string; readonly isCut: boolean };
  /** Replaces the text in place where that is possible without allocation: same length or shorter. Throws DataError. */
  readonly setText?: (text: string, write: (address: bigint, bytes: Uint8Array) => boolean) => void;
}

/** Bounds that keep a wild value from taking the debugger with it. */
export interface FormatLimits {
  /** Characters of a string that are shown. */
  readonly stringLength: number;
  /** Elements and members in a one-line summary. */
  readonly summaryItems: number;
  /** Nesting of summaries. */
  readonly depth: number;
  /** Nodes of a linked structure that are walked before it is given up as cyclic or broken. */
  readonly nodes: number;
}

/** What a formatter may ask of whoever shows values. */
export interface FormatContext {
  readonly limits: FormatLimits;
  /** A value in one line, one level deeper. Never throws: what cannot be shown is a clause in angle brackets. */
  readonly summarize: (value: DataValue) => string;
}

export interface Formatter {
  /** For the log and for `formatters` settings: `libstdc++ std::vector`. */
  readonly name: string;
  /**
   * Whether it takes a type, by its qualified name and shape; asked once a type. A type of the right name but another
   * layout should be refused, so that its members are shown.
   */
  readonly matches: (type: BareType) => boolean;
  readonly format: (value: DataValue, context: FormatContext) => Formatted;
}
