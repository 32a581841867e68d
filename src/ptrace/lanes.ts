/** Vector registers as lanes: splitting and replacing the parts of little-endian bytes; pure. */

export type LaneElement = 'int8' | 'int16' | 'int32' | 'int64' | 'float' | 'double';

/** One way to look at a vector register. */
export interface LaneView {
  /** `v16_int8`, `v4_float`: how many of what, gdb's spelling. */
  readonly name: string;
  readonly element: LaneElement;
  /** Bits of one lane. */
  readonly bits: number;
  readonly count: number;
}

const ELEMENTS: readonly (readonly [LaneElement, number])[] = [
  ['int8', 8],
  ['int16', 16],
  ['int32', 32],
  ['int64', 64],
  ['float', 32],
  ['double', 64],
];

/** The views of a register of `bits` bits (64, 128, 256 or 512). MMX registers hold integers only. */
export function laneViews(bits: number): LaneView[] {
  return ELEMENTS.filter(([element]) => bits > 64 || element.startsWith('int')).map(([element, size]) => ({
    name: `v${bits / size}_${element}`,
    element,
    bits: size,
    count: bits / size,
  }));
}

/** The lanes from the lowest up: signed bigints for integers, numbers for floating point. */
export function splitLanes(bytes: Uint8Array, view: LaneView): (bigint | number)[] {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: view.count }, (_, lane) => {
    const offset = (lane * view.bits) / 8;
    switch (view.element) {
      case 'int8':
        return BigInt(data.getInt8(offset));
      case 'int16':
        return BigInt(data.getInt16(offset, true));
      case 'int32':
        return BigInt(data.getInt32(offset, true));
      case 'int64':
        return data.getBigInt64(offset, true);
      case 'float':
        return data.getFloat32(offset, true);
      case 'double':
        return data.getFloat64(offset, true);
    }
  });
}

/** A copy of `bytes` with one lane replaced; integers wrap to the lane's width. */
export function replaceLane(bytes: Uint8Array, view: LaneView, lane: number, value: bigint | number): Uint8Array {
  if (!Number.isInteger(lane) || lane < 0 || lane >= view.count)
    throw new RangeError(`lane ${lane} is not one of the ${view.count} of ${view.name}`);
  const copy = bytes.slice();
  const data = new DataView(copy.buffer);
  const offset = (lane * view.bits) / 8;
  if (view.element === 'float') data.setFloat32(offset, Number(value), true);
  else if (view.element === 'double') data.setFloat64(offset, Number(value), true);
  else {
    let rest = BigInt.asUintN(view.bits, BigInt(value));
    for (let i = 0; i < view.bits / 8; i++, rest >>= 8n) copy[offset + i] = Number(rest & 0xffn);
  }
  return copy;
}

/** The little-endian unsigned integer that the bytes spell. */
export function bytesToBigint(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  return value;
}

/** The low `size` bytes of `value`, little-endian. */
export function bigintToBytes(value: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let rest = BigInt.asUintN(size * 8, value);
  for (let i = 0; i < size; i++, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}
