/** A line of a listing before its text is complete. */
import { hexOf, type KnownInstruction } from './knowninstructions';

/** One shape for all kinds: walks make hundreds of them a request. */
export interface Line {
  /** From the request's address, bytes. */
  readonly delta: number;
  /** Bytes. */
  readonly length: number;
  readonly kind: 'instruction' | 'bad' | 'unreadable';
  /** The bytes as two digits each, `48 89 e5`; empty where memory is not readable. */
  readonly hex: string;
  /** What an instruction looks like; undefined for the other kinds. */
  readonly known: KnownInstruction | undefined;
  /** From a near branch to its target, bytes. */
  readonly distance: number | undefined;
}

/** A line for a byte that begins no instruction. */
export function badByte(delta: number, window: Uint8Array, offset: number): Line {
  return { delta, length: 1, kind: 'bad', hex: hexOf(window, offset, 1), known: undefined, distance: undefined };
}

/** A line for a byte that cannot be read. */
export function unreadableByte(delta: number): Line {
  return { delta, length: 1, kind: 'unreadable', hex: '', known: undefined, distance: undefined };
}
