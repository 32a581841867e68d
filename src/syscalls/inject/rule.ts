/** What an injection rule says. Parsed by `parse.ts`, applied by the engine. */
import type { CallSet } from '../callset';
import type { Condition } from '../condition/condition';

/** Which of the matching calls of a thread: strace's `when=first..last+step`, counted from 1 for each thread. */
export interface Occurrence {
  readonly first: number;
  /** Undefined: for ever. */
  readonly last?: number;
  /** 1: each; 2: every second one… */
  readonly step: number;
}

/** Bytes that are written to where an argument points. */
export interface Poke {
  /** 0-based; strace's `@arg1` is 0. */
  readonly argument: number;
  readonly bytes: Uint8Array;
  /** The bytes are repeated to fill what the call returned (its result is a length), instead of written once. */
  readonly fill: boolean;
}

/** Text that is replaced in what a call has read, before the program sees it; the result becomes the new length. */
export interface Rewrite {
  /** 0-based, of the buffer. */
  readonly argument: number;
  readonly pattern: RegExp;
  readonly replacement: string;
}

export interface InjectionRule {
  /** As it was written, for lists and messages. */
  readonly text: string;
  readonly calls: CallSet;
  readonly when: Occurrence;
  /** Decided at entry, so it cannot look at the result. */
  readonly condition?: Condition;
  /** Only in this thread. */
  readonly tid?: number;
  /** The call is not executed and fails with this errno (1–4095). */
  readonly error?: { readonly number: number; readonly name: string };
  /** The call is not executed and returns this. */
  readonly retval?: bigint;
  /** Sent at entry. */
  readonly signal?: { readonly number: number; readonly name: string };
  /** Another call is executed in its place, with the same arguments. */
  readonly syscall?: string;
  /** Arguments that are changed at entry, 0-based. */
  readonly args: readonly { readonly argument: number; readonly value: bigint }[];
  /** Microseconds. */
  readonly delayEnter?: number;
  readonly delayExit?: number;
  readonly pokeEnter: readonly Poke[];
  readonly pokeExit: readonly Poke[];
  readonly rewrite?: Rewrite;
}

/** A rule as launch.json has it. Texts are spelled as in strace's `inject=`. */
export interface InjectionObject {
  readonly calls: string | readonly string[];
  readonly error?: string | number;
  readonly retval?: string | number;
  readonly signal?: string | number;
  readonly syscall?: string;
  /** A number of microseconds, or a text with a unit: `10ms`. */
  readonly delayEnter?: string | number;
  readonly delayExit?: string | number;
  /** `@arg2=0011` and so on, or by the number of the argument, 1-based: `{ "2": "0011" }`. */
  readonly pokeEnter?: string | Readonly<Record<string, string>>;
  readonly pokeExit?: string | Readonly<Record<string, string>>;
  /** New values of arguments by their 1-based number: `{ "3": 1 }`. */
  readonly args?: Readonly<Record<string, string | number>>;
  readonly when?: string | number;
  readonly condition?: string;
  readonly tid?: number;
  readonly rewrite?: { readonly argument: number; readonly pattern: string; readonly replacement: string };
}

/** True for the `count`-th matching call of a thread, counted from 1. */
export function occurs({ first, last, step }: Occurrence, count: number): boolean {
  return count >= first && (last === undefined || count <= last) && (count - first) % step === 0;
}
