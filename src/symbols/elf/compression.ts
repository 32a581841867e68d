/**
 * Compressed sections: SHF_COMPRESSED with its Elf64_Chdr (System V gABI, "Section Compression"; zlib 1, zstd 2) and
 * the older GNU form, a `.zdebug_*` section that begins with "ZLIB" and a big-endian size.
 *
 * A stated size is believed only when the compressed bytes could reach it, so that a damaged header cannot ask for an
 * absurd allocation.
 */
import * as zlib from 'node:zlib';
import { decompress as fzstdDecompress } from 'fzstd';

/** Deflate never gets beyond 1032:1. */
const MAX_DEFLATE_RATIO = 1032;
/** A section larger than this is refused: it would not leave room for anything else. */
const MAX_SIZE = 0xffff_f000;
/** RFC 8878, 3.1.1.2.4: Block_Maximum_Size. */
const ZSTD_MAX_BLOCK = 128 * 1024;

const ELFCOMPRESS_ZLIB = 1;
const ELFCOMPRESS_ZSTD = 2;

/** Decoders that can be chosen; the runtime's own one exists from Node 22.15. */
export type ZstdDecoder = (frame: Uint8Array, size: number) => Uint8Array;

const runtimeZstd = (zlib as unknown as { zstdDecompressSync?: (b: Uint8Array, o: object) => Uint8Array })
  .zstdDecompressSync;

/** The runtime's decoder when it has one, else the JavaScript one. */
export const zstdDecoder: ZstdDecoder = runtimeZstd
  ? (frame, size) => runtimeZstd(frame, { maxOutputLength: size })
  : (frame, size) => fzstdDecompress(frame, new Uint8Array(size));

/**
 * Inflates the contents of an SHF_COMPRESSED section.
 * @throws Error saying what is wrong with it.
 */
export function inflateCompressedSection(bytes: Uint8Array, decodeZstd: ZstdDecoder = zstdDecoder): Uint8Array {
  if (bytes.length < 24) throw new Error('the compression header is truncated');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const type = view.getUint32(0, true);
  const size = view.getUint32(8, true) + view.getUint32(12, true) * 0x1_0000_0000;
  const payload = bytes.subarray(24);
  if (type === ELFCOMPRESS_ZLIB) return inflateZlib(payload, size);
  if (type === ELFCOMPRESS_ZSTD) return inflateZstd(payload, size, decodeZstd);
  throw new Error(`compression type ${type} is unknown`);
}

/**
 * Inflates the contents of a `.zdebug_*` section.
 * @throws Error saying what is wrong with it.
 */
export function inflateZdebugSection(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 12 || Buffer.from(bytes.subarray(0, 4)).toString('latin1') !== 'ZLIB') {
    throw new Error('it does not begin with "ZLIB" and a size');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return inflateZlib(bytes.subarray(12), view.getUint32(4) * 0x1_0000_0000 + view.getUint32(8));
}

function inflateZlib(payload: Uint8Array, size: number): Uint8Array {
  checkSize(size, payload.length * MAX_DEFLATE_RATIO);
  if (size === 0) return new Uint8Array(0);
  return checkResult(zlib.inflateSync(payload, { maxOutputLength: size, chunkSize: chunkSizeFor(size) }), size);
}

/** One output chunk when the size is moderate, so that the result is not glued together from thousands. */
function chunkSizeFor(size: number): number {
  return Math.min(Math.max(size, 64), 8 * 1024 * 1024);
}

function inflateZstd(payload: Uint8Array, size: number, decode: ZstdDecoder): Uint8Array {
  checkSize(size, zstdFrameCapacity(payload));
  if (size === 0) return new Uint8Array(0);
  return checkResult(decode(payload, size), size);
}

function checkSize(size: number, capacity: number): void {
  if (size > capacity || size > MAX_SIZE) throw new Error(`it claims an implausible size of ${size} bytes`);
}

function checkResult(result: Uint8Array, size: number): Uint8Array {
  if (result.length !== size) throw new Error(`it holds ${result.length} bytes instead of ${size}`);
  return result;
}

/**
 * Walks the block headers of the one zstd frame that linkers write (RFC 8878, 3.1.1) and returns the most it can
 * decode to.
 */
function zstdFrameCapacity(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 6 || view.getUint32(0, true) !== 0xfd2fb528) throw new Error('it is not a zstd frame');
  const descriptor = bytes[4]!;
  const singleSegment = (descriptor >> 5) & 1;
  const contentSizeFlag = descriptor >> 6;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  if (dictionaryBytes !== 0) throw new Error('it needs a zstd dictionary');
  const contentSizeBytes = contentSizeFlag === 0 ? singleSegment : 1 << contentSizeFlag;
  let at = 5 + (singleSegment ? 0 : 1) + contentSizeBytes;
  let capacity = 0;
  for (;;) {
    if (at + 3 > bytes.length) throw new Error('its zstd frame is truncated');
    const header = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
    const type = (header >> 1) & 3;
    const blockSize = header >>> 3;
    if (type === 3 || blockSize > ZSTD_MAX_BLOCK) throw new Error('its zstd frame has a damaged block');
    capacity += type === 2 ? ZSTD_MAX_BLOCK : blockSize;
    at += 3 + (type === 1 ? 1 : blockSize);
    if (header & 1) break;
  }
  if (at > bytes.length) throw new Error('its zstd frame is truncated');
  return capacity;
}
