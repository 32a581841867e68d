/**
 * Remembers what instructions look like, by their bytes. Since the bytes are the key, nothing can ever be stale: not with
 * code that modifies itself, nor when another module comes to lie there.
 *
 * The same few thousand encodings make up most code, and a client asks for overlapping windows at every stop. Decoding and
 * formatting take some 2 µs an instruction, finding it here 0.1. Read once from end to end, libc has 75 % of its
 * instructions found, thanks to branches, which are kept without their distances (60 % if they were not).
 */
import type { InstructionText } from './formatter';

/** An instruction wherever it lies. */
export interface KnownInstruction extends InstructionText {
  /** A near branch's without the distance that ends them. */
  readonly bytes: Uint8Array;
  /** The same as two digits a byte: `48 89 e5`. */
  readonly hex: string;
  /** What whoever lists it makes of `text` and `hex`; kept as long as they are. */
  derived: string | undefined;
}

/** A power of two. Each slot keeps the last instruction of its hash; all of them take some 5 MB. */
const SLOTS = 1 << 14;

const hexDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** `length` bytes of a window, at least one, as two digits each: `48 89 e5`. */
export function hexOf(window: Uint8Array, offset: number, length: number): string {
  const digits: string[] = [];
  for (let i = offset; i < offset + length; i++) digits.push(hexDigits[window[i]!]!);
  return digits.join(' ');
}

export class KnownInstructions {
  private readonly slots = new Array<KnownInstruction | undefined>(SLOTS).fill(undefined);

  /** The instruction whose `length` bytes are at `offset`. */
  find(window: Uint8Array, offset: number, length: number): KnownInstruction | undefined {
    const known = this.slots[slotOf(window, offset, length)];
    if (known?.bytes.length !== length) return undefined;
    const { bytes } = known;
    for (let i = 0; i < length; i++) if (bytes[i] !== window[offset + i]) return undefined;
    return known;
  }

  /** Remembers it in the place of another. */
  keep(window: Uint8Array, offset: number, length: number, { text, data }: InstructionText): KnownInstruction {
    const bytes = window.slice(offset, offset + length);
    const known = { text, data, bytes, hex: hexOf(window, offset, length), derived: undefined };
    this.slots[slotOf(window, offset, length)] = known;
    return known;
  }
}

/** FNV-1a, folded. */
function slotOf(window: Uint8Array, offset: number, length: number): number {
  let hash = 0x811c9dc5;
  for (let i = offset; i < offset + length; i++) hash = Math.imul(hash ^ window[i]!, 0x01000193);
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
}
