/**
 * The ELF header and the program headers of a core file (core(5), System V gABI chapters 4 and 5). They are read apart
 * from those of programs: addresses reach to the top of the address space, there may be more than 65,534 segments, and a
 * file that ends in the middle is a usual thing and still worth something.
 */
import { virtAddr, type VirtAddr } from '../../common/addresses';
import type { ByteSource } from '../../common/bytes';
import { UserError } from '../../common/errors';
import { asBuffer } from '../elf/buffers';
import { EM_X86_64, machineName, PN_XNUM } from '../elf/constants';

/** One program header. Sizes and offsets in bytes. */
export interface CoreSegment {
  /** `p_type`: PT_LOAD, PT_NOTE. */
  readonly type: number;
  /** `PF_R | PF_W | PF_X` */
  readonly flags: number;
  readonly offset: number;
  /** How many bytes of it the core was made to hold; the rest of `memorySize` was left out. */
  readonly fileSize: number;
  readonly address: VirtAddr;
  readonly memorySize: bigint;
}

export interface CoreHeaders {
  readonly segments: readonly CoreSegment[];
  /** Where the file would end if nothing were missing. */
  readonly announcedSize: number;
}

const EHDR_SIZE = 64;
const PHDR_SIZE = 56;
const ET_CORE = 4;
/** `vm.max_map_count` is 65530 unless raised; sixteen million is a damaged count. */
const MAX_SEGMENTS = 1 << 24;
/** Program headers that are read at a time. */
const BATCH = 8192;

/** Compressed cores, as systemd-coredump and apport keep them: first bytes, name and how to unpack them. */
const COMPRESSED: readonly (readonly [magic: string, name: string, command: string])[] = [
  ['28b52ffd', 'zstd', 'unzstd'],
  ['1f8b', 'gzip', 'gunzip'],
  ['fd377a585a00', 'xz', 'unxz'],
  ['04224d18', 'lz4', 'unlz4'],
  ['425a68', 'bzip2', 'bunzip2'],
];

/**
 * Reads the headers of a core file of an x86-64 process.
 * @param name how messages call the file
 * @throws UserError when it is none
 */
export function readCoreHeaders(source: ByteSource, name: string): CoreHeaders {
  const header = asBuffer(source.read(0, EHDR_SIZE));
  checkHeader(header, name);
  const tableOffset = numberAt(header, 32);
  const stride = header.readUInt16LE(54);
  const count = countOf(source, header);
  if (stride < PHDR_SIZE || count === 0 || count > MAX_SEGMENTS) {
    throw refusal(`${name} is a damaged core file: it has no usable program headers.`, 'damaged-core');
  }
  const segments = readSegments(source, tableOffset, stride, count);
  const announcedSize = segments.reduce(
    (end, segment) => Math.max(end, segment.offset + segment.fileSize),
    tableOffset + count * stride,
  );
  return { segments, announcedSize };
}

function checkHeader(header: Buffer, name: string): void {
  if (header.length === 0) throw refusal(`${name} is empty: no core was written to it.`, 'not-a-core');
  if (header.toString('latin1', 0, 4) !== '\x7fELF') {
    const start = header.toString('hex');
    const packed = COMPRESSED.find(([magic]) => start.startsWith(magic));
    if (packed) {
      const [, kind, command] = packed;
      throw refusal(`${name} is compressed (${kind}): unpack it first, with: ${command} ${name}`, 'compressed-core');
    }
    throw refusal(`${name} is no core file: it does not begin with the ELF magic bytes.`, 'not-a-core');
  }
  if (header.length < EHDR_SIZE) {
    throw refusal(`${name} is cut short: it ends after ${header.length} bytes, inside the ELF header.`, 'damaged-core');
  }
  const machine = header[5] === 2 ? header.readUInt16BE(18) : header.readUInt16LE(18);
  if (header[4] !== 2 || header[5] !== 1 || machine !== EM_X86_64) {
    const width = header[4] === 1 ? '32-bit' : '64-bit';
    const of = machine === EM_X86_64 ? 'x32' : machineName(machine);
    throw refusal(
      `${name} is a core file or program of a ${width} machine (${of}); only core files of x86-64 programs can be read.`,
      'foreign-core',
    );
  }
  const type = header.readUInt16LE(16);
  if (type !== ET_CORE) {
    const what = type === 2 || type === 3 ? 'a program or library' : `an ELF file of type ${type}`;
    throw refusal(`${name} is ${what}, not a core file.`, 'not-a-core');
  }
}

/** With PN_XNUM the real number is in `sh_info` of section header 0 (gABI, chapter 5). */
function countOf(source: ByteSource, header: Buffer): number {
  const count = header.readUInt16LE(56);
  if (count !== PN_XNUM) return count;
  const first = asBuffer(source.read(numberAt(header, 40), 64));
  return first.length === 64 ? first.readUInt32LE(44) : count;
}

/** All of them, or those that the file still has. */
function readSegments(source: ByteSource, offset: number, stride: number, count: number): CoreSegment[] {
  const segments: CoreSegment[] = [];
  for (let done = 0; done < count; done += BATCH) {
    const wanted = Math.min(BATCH, count - done);
    const table = asBuffer(source.read(offset + done * stride, wanted * stride));
    for (let at = 0; at + PHDR_SIZE <= table.length && segments.length < count; at += stride) {
      segments.push({
        type: table.readUInt32LE(at),
        flags: table.readUInt32LE(at + 4),
        offset: numberAt(table, at + 8),
        address: virtAddr(table.readBigUInt64LE(at + 16)),
        fileSize: numberAt(table, at + 32),
        memorySize: table.readBigUInt64LE(at + 40),
      });
    }
    if (table.length < wanted * stride) break;
  }
  return segments;
}

/** 64 bits as a number; what is no possible file offset is clipped to one that no file has. */
function numberAt(bytes: Buffer, offset: number): number {
  return Math.min(Number(bytes.readBigUInt64LE(offset)), Number.MAX_SAFE_INTEGER / 4);
}

function refusal(message: string, code: string): UserError {
  return new UserError(message, { code });
}
