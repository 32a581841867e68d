/** Where the copies of a mapped ELF file are: the difference between an address in the process and in the file. */
import type { MappedRegion } from '../common/procfs';
import { PF_X, PT_LOAD } from './elf/constants';
import type { ElfFile } from './elf/elffile';
import type { ElfSegment } from './elf/headers';

const PAGE = 4096;

/**
 * The load bias of every copy that the given mappings belong to, in the order of the mappings.
 *
 * A mapping shows which bytes of the file it holds, the program headers which address those bytes are meant for. Two
 * segments may share a page of the file, so a mapping can fit both; the right one is confirmed by the mapping that
 * holds the first segment.
 * @param group all mappings of the file
 * @param wanted those whose copy is asked for, usually the executable ones
 */
export function loadBiases(elf: ElfFile, group: readonly MappedRegion[], wanted: readonly MappedRegion[]): bigint[] {
  const loads = elf.segments.filter((s) => s.type === PT_LOAD && s.memorySize > 0);
  const first = loads.reduce<ElfSegment | undefined>((a, b) => (a && a.address <= b.address ? a : b), undefined);
  if (!first) return [];
  const biases: bigint[] = [];
  for (const region of wanted) {
    const isCode = region.permissions.includes('x');
    const fitting = loads
      .filter((s) => (!isCode || s.flags & PF_X) && holds(s, region.offset))
      .map((s) => region.start - BigInt(pageOf(s.address) + region.offset - pageOf(s.offset)));
    const bias = fitting.find((candidate) => isConfirmed(candidate, first, group)) ?? fitting[0];
    if (bias !== undefined && !biases.includes(bias)) biases.push(bias);
  }
  return biases;
}

/** Whether the whole pages around a segment's bytes include a file offset. */
function holds(segment: ElfSegment, offset: number): boolean {
  return offset >= pageOf(segment.offset) && offset < segment.offset + segment.fileSize;
}

function isConfirmed(bias: bigint, first: ElfSegment, group: readonly MappedRegion[]): boolean {
  const start = BigInt(pageOf(first.address)) + bias;
  return group.some(
    (r) => start >= r.start && start < r.end && r.offset + Number(start - r.start) === pageOf(first.offset),
  );
}

function pageOf(value: number): number {
  return Math.floor(value / PAGE) * PAGE;
}
