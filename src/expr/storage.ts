/** Reads and writes of the places that objects are in: memory, registers, constants and what is spread over several. */
import { formatAddress, offsetBy, virtAddr, type VirtAddr } from '../common/addresses';
import { OPTIMIZED_OUT, type Storage, type StoragePiece } from '../symbols/data/storage';
import { DataError } from './data';
import type { ObjectSpace } from './objectspace';

/** The most bytes that are read at once: what a damaged type calls an object may be of any size. */
export const MAX_READ = 0x10_0000;

const GENERAL = ['rax', 'rdx', 'rcx', 'rbx', 'rsi', 'rdi', 'rbp', 'rsp'];

/** The name of a register by its DWARF number, in the width that holds `size` bytes (psABI x86-64, figure 3.36). */
export function registerName(register: number, size: number): string | undefined {
  if (register < 8) return GENERAL[register];
  if (register < 16) return `r${register}`;
  if (register === 16) return 'rip';
  const vector = size <= 16 ? 'xmm' : size <= 32 ? 'ymm' : 'zmm';
  if (register <= 32) return `${vector}${register - 17}`;
  if (register <= 40) return `st${register - 33}`;
  if (register <= 48) return `mm${register - 41}`;
  if (register === 49) return 'eflags';
  if (register === 58) return 'fs_base';
  if (register === 59) return 'gs_base';
  if (register >= 67 && register <= 82) return `${vector}${register - 51}`;
  if (register >= 118 && register <= 125) return `k${register - 118}`;
  return undefined;
}

/** Bytes of a register, and of the part of a vector register that holds `size` bytes. */
function registerSize(register: number, size: number): number {
  if ((register >= 17 && register <= 32) || (register >= 67 && register <= 82)) {
    return size <= 16 ? 16 : size <= 32 ? 32 : 64;
  }
  if (register >= 33 && register <= 40) return 10;
  return 8;
}

function registerValue(space: ObjectSpace, register: number, size: number): bigint {
  const name = registerName(register, size);
  const value = size <= 16 || name === undefined ? space.registers.dwarf(register) : space.registers.named(name);
  if (value !== undefined) return value;
  const wide = name === undefined ? undefined : space.registers.named(name);
  if (wide === undefined) throw new DataError(`not available: ${name ?? `register ${register}`} was not saved`);
  return wide;
}

function refusal(storage: Storage & { kind: 'optimizedOut' | 'unavailable' | 'implicitPointer' }): DataError {
  switch (storage.kind) {
    case 'optimizedOut':
      return new DataError('optimized out');
    case 'unavailable':
      return new DataError(`not available: ${storage.reason}`);
    case 'implicitPointer':
      return new DataError('optimized out: only what it points to is known');
  }
}

/** Exactly `size` bytes; throws DataError where one of them cannot be had. */
export function readStorage(space: ObjectSpace, storage: Storage, size: number): Uint8Array {
  if (size > MAX_READ) throw new DataError(`too large to read at once (${size} bytes)`);
  if (storage.kind === 'memory') return readMemory(space, storage.address, size);
  if (storage.kind === 'bytes') {
    if (storage.bytes.length < size) throw describedInPart(storage.bytes.length, size);
    return storage.bytes.subarray(0, size);
  }
  return toBytes(readBits(space, storage, 0, size * 8), size);
}

function readMemory(space: ObjectSpace, address: VirtAddr, size: number): Uint8Array {
  const bytes = space.memory.read(address, size);
  if (bytes.length !== size) throw new DataError(`cannot read ${countBytes(size)} at ${formatAddress(address)}`);
  return bytes;
}

function describedInPart(known: number, size: number): DataError {
  return new DataError(`only ${known} of its ${countBytes(size)} ${known === 1 ? 'is' : 'are'} known`);
}

export function countBytes(count: number): string {
  return count === 1 ? '1 byte' : `${count} bytes`;
}

/** `count` bits from bit `offset` on, unsigned; throws DataError where one of them cannot be had. */
export function readBits(space: ObjectSpace, storage: Storage, offset: number, count: number): bigint {
  switch (storage.kind) {
    case 'memory':
    case 'bytes': {
      const first = offset >> 3;
      const end = (offset + count + 7) >> 3;
      const bytes =
        storage.kind === 'memory'
          ? readMemory(space, offsetBy(storage.address, first), end - first)
          : storage.bytes.subarray(first, end);
      if (bytes.length < end - first) throw describedInPart(bytes.length, end - first);
      const bits = toBits(bytes);
      return (offset | count) & 7 ? BigInt.asUintN(count, bits >> BigInt(offset & 7)) : bits;
    }
    case 'register': {
      const size = (offset + count + 7) >> 3;
      if (size > registerSize(storage.register, size))
        throw describedInPart(registerSize(storage.register, size), size);
      return BigInt.asUintN(count, registerValue(space, storage.register, size) >> BigInt(offset));
    }
    case 'pieces': {
      let bits = 0n;
      for (const part of overlapping(storage.pieces, offset, count)) {
        bits |= readBits(space, part.storage, part.bitOffset, part.bitSize) << BigInt(part.position);
      }
      return bits;
    }
    default:
      throw refusal(storage);
  }
}

/**
 * The pieces that hold `count` bits from `offset` on, cut to them; `position` is where each goes among those bits. What
 * compilers describe no piece for at the end of an object they have dropped.
 */
function overlapping(
  pieces: readonly StoragePiece[],
  offset: number,
  count: number,
): (StoragePiece & { readonly position: number })[] {
  const found: (StoragePiece & { position: number })[] = [];
  let at = 0;
  for (const { storage, bitSize, bitOffset } of pieces) {
    const from = Math.max(at, offset);
    const to = Math.min(at + bitSize, offset + count);
    if (from < to)
      found.push({ storage, bitSize: to - from, bitOffset: bitOffset + from - at, position: from - offset });
    at += bitSize;
  }
  const from = Math.max(at, offset);
  const missing = offset + count - from;
  if (missing > 0) found.push({ storage: OPTIMIZED_OUT, bitSize: missing, bitOffset: 0, position: from - offset });
  return found;
}

/** The place of what lies `offset` bytes into an object and is `size` bytes long. Nothing is read. */
export function partOf(storage: Storage, offset: number, size: number | undefined): Storage {
  switch (storage.kind) {
    case 'memory':
      return offset === 0 ? storage : { kind: 'memory', address: offsetBy(storage.address, offset) };
    case 'bytes':
      return {
        kind: 'bytes',
        bytes: storage.bytes.subarray(Math.max(0, offset), size === undefined ? undefined : offset + size),
      };
    case 'register':
      if (offset === 0) return storage;
      return { kind: 'pieces', pieces: [{ storage, bitSize: (size ?? 0) * 8, bitOffset: offset * 8 }] };
    case 'pieces': {
      const bits =
        size === undefined ? storage.pieces.reduce((sum, each) => sum + each.bitSize, 0) - offset * 8 : size * 8;
      const pieces = overlapping(storage.pieces, offset * 8, bits);
      const [only] = pieces;
      if (pieces.length === 1 && only?.bitOffset === 0) return only.storage;
      return { kind: 'pieces', pieces };
    }
    case 'implicitPointer':
    case 'optimizedOut':
    case 'unavailable':
      return storage;
  }
}

/** Replaces the bytes of an object; throws DataError where that is not possible. */
export function writeStorage(space: ObjectSpace, storage: Storage, bytes: Uint8Array): void {
  if (storage.kind === 'memory') writeMemory(space, storage.address, bytes);
  else writeBits(space, storage, 0, bytes.length * 8, toBits(bytes));
}

function writeMemory(space: ObjectSpace, address: VirtAddr, bytes: Uint8Array): void {
  if (!space.write?.memory(address, bytes)) throw new DataError(`cannot write to ${formatAddress(address)}`);
}

/** Replaces `count` bits from bit `offset` on and leaves those around them as they are. */
export function writeBits(space: ObjectSpace, storage: Storage, offset: number, count: number, bits: bigint): void {
  const value = BigInt.asUintN(count, bits);
  switch (storage.kind) {
    case 'memory': {
      const first = offset >> 3;
      const size = ((offset + count + 7) >> 3) - first;
      const address = offsetBy(storage.address, first);
      const old = (offset | count) & 7 ? toBits(readMemory(space, address, size)) : 0n;
      writeMemory(space, address, toBytes(replaceBits(old, offset & 7, count, value), size));
      return;
    }
    case 'register': {
      const size = (offset + count + 7) >> 3;
      const name = registerName(storage.register, size);
      const width = registerSize(storage.register, size);
      if (name === undefined || size > width) throw new DataError(`register ${storage.register} cannot be written`);
      const old = offset === 0 && count === width * 8 ? 0n : registerValue(space, storage.register, size);
      if (!space.write?.register(name, replaceBits(old, offset, count, value))) {
        throw new DataError(`cannot set ${name} in this frame`);
      }
      return;
    }
    case 'pieces':
      for (const part of overlapping(storage.pieces, offset, count)) {
        writeBits(space, part.storage, part.bitOffset, part.bitSize, value >> BigInt(part.position));
      }
      return;
    case 'bytes':
      throw new DataError('a constant cannot be changed');
    default:
      throw refusal(storage);
  }
}

function replaceBits(old: bigint, offset: number, count: number, value: bigint): bigint {
  const mask = ((1n << BigInt(count)) - 1n) << BigInt(offset);
  return (old & ~mask) | (value << BigInt(offset));
}

/** Little-endian bytes as an unsigned number. */
export function toBits(bytes: Uint8Array): bigint {
  const size = bytes.length;
  if (size <= 6) {
    let low = 0;
    for (let i = size - 1; i >= 0; i--) low = low * 256 + bytes[i]!;
    return BigInt(low);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, size);
  if (size === 8) return view.getBigUint64(0, true);
  if (size === 16) return view.getBigUint64(0, true) | (view.getBigUint64(8, true) << 64n);
  return BigInt('0x' + Buffer.from(bytes).reverse().toString('hex'));
}

/** The low `size` bytes of a number, little-endian. */
export function toBytes(bits: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  if (size > 16) {
    bytes.set(
      Buffer.from(
        BigInt.asUintN(size * 8, bits)
          .toString(16)
          .padStart(size * 2, '0'),
        'hex',
      ).reverse(),
    );
    return bytes;
  }
  let rest = BigInt.asUintN(size * 8, bits);
  for (let i = 0; i < size && rest !== 0n; i++) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

export function memoryAt(address: bigint): Storage {
  return { kind: 'memory', address: virtAddr(address) };
}
