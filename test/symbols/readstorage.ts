/** The bytes of an object wherever it is, for tests. */
import type { Storage } from '../../src/symbols/data/storage';
import type { FrameData } from '../../src/symbols/data/variables';

/** Undefined where the compiler dropped a byte, or it cannot be told; undefined when none is known. */
export function readStorage(storage: Storage, size: number, frame: FrameData): (number | undefined)[] | undefined {
  const padded = (bytes: Uint8Array | undefined): (number | undefined)[] | undefined =>
    bytes && Array.from({ length: size }, (_, i) => bytes[i]);
  switch (storage.kind) {
    case 'memory':
      return padded(frame.memory.read(storage.address, size));
    case 'bytes':
      return padded(storage.bytes);
    case 'register':
      return padded(frame.registers.bytes?.(storage.register) ?? wordBytes(frame.registers.dwarf(storage.register)));
    case 'pieces': {
      const bits: (0 | 1 | undefined)[] = [];
      for (const piece of storage.pieces) {
        const bytes = readStorage(piece.storage, Math.ceil((piece.bitOffset + piece.bitSize) / 8), frame);
        for (let bit = piece.bitOffset; bit < piece.bitOffset + piece.bitSize; bit++) {
          const byte = bytes?.[bit >> 3];
          bits.push(byte === undefined ? undefined : byte & (1 << (bit & 7)) ? 1 : 0);
        }
      }
      return Array.from({ length: size }, (_, i) => {
        const byte = bits.slice(8 * i, 8 * i + 8);
        return byte.length < 8 || byte.includes(undefined)
          ? undefined
          : byte.reduce<number>((value, bit, at) => value | (bit! << at), 0);
      });
    }
    default:
      return undefined;
  }
}

/** Vector and x87 registers are wider than a word. */
function wordBytes(word: bigint | undefined): Uint8Array | undefined {
  if (word === undefined) return undefined;
  return Uint8Array.from({ length: 16 }, (_, i) => Number((word >> BigInt(8 * i)) & 0xffn));
}
