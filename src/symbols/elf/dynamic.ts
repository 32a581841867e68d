/**
 * The dynamic section (System V gABI, "Dynamic Section") and the symbol table it points to. Section headers are not
 * needed: this is how the loader itself sees a file, and the only way into an image read from memory.
 */
import { asBuffer, readNumber } from './buffers';
import { BufferSource } from '../../common/bytes';
import type { ElfFile } from './elffile';
import { DT_GNU_HASH, DT_HASH, DT_NULL, DT_STRSZ, DT_STRTAB, DT_SYMTAB, DT_VERSYM, PT_DYNAMIC } from './constants';
import { type RawSymbols, SYM_SIZE } from './symbolrecords';

export interface DynamicEntry {
  readonly tag: number;
  /** `d_val` or `d_ptr`. */
  readonly value: number;
}

const DYN_SIZE = 16;
/** The dynamic section of the largest programs has some hundred entries. */
const MAX_ENTRIES = 16 * 1024;
/** Symbols in one hash bucket: a handful when the table is not damaged. */
const MAX_CHAIN = 16 * 1024;
const MAX_STRINGS = 256 * 1024 * 1024;

/** The entries of PT_DYNAMIC up to DT_NULL; empty for a static program. */
export function dynamicEntries(elf: ElfFile): DynamicEntry[] {
  const segment = elf.segments.find((s) => s.type === PT_DYNAMIC);
  if (!segment) return [];
  const bytes = asBuffer(elf.source.read(segment.offset, Math.min(segment.fileSize, MAX_ENTRIES * DYN_SIZE)));
  const entries: DynamicEntry[] = [];
  for (let at = 0; at + DYN_SIZE <= bytes.length; at += DYN_SIZE) {
    const tag = readNumber(bytes, at);
    if (tag === DT_NULL) break;
    entries.push({ tag, value: readNumber(bytes, at + 8) });
  }
  return entries;
}

/**
 * The dynamic symbol table as DT_SYMTAB, DT_STRTAB and the hash tables describe it.
 * @param loadBias of an image read from a process: glibc's loader adds it to these pointers in place, musl's does not
 */
export function dynamicSymbols(elf: ElfFile, loadBias: bigint): RawSymbols | undefined {
  const entries = dynamicEntries(elf);
  const value = (tag: number): number | undefined => entries.find((e) => e.tag === tag)?.value;
  const pointer = (tag: number): number | undefined => {
    const stated = value(tag);
    const relocated = stated !== undefined && loadBias !== 0n && elf.readAt(stated, 1).length === 0;
    return relocated ? Number(BigInt(stated) - loadBias) : stated;
  };
  const symtab = pointer(DT_SYMTAB);
  const strtab = pointer(DT_STRTAB);
  if (symtab === undefined || strtab === undefined) return undefined;
  const hash = pointer(DT_HASH);
  const gnuHash = pointer(DT_GNU_HASH);
  const count =
    (hash === undefined ? undefined : sysvHashCount(elf, hash)) ??
    (gnuHash === undefined ? undefined : gnuHashCount(elf, gnuHash));
  if (count === undefined) return undefined;
  const versions = pointer(DT_VERSYM);
  return {
    symbols: new BufferSource(elf.readAt(symtab, count * SYM_SIZE)),
    versions: versions === undefined ? undefined : new BufferSource(elf.readAt(versions, count * 2)),
    strings: new BufferSource(elf.readAt(strtab, Math.min(value(DT_STRSZ) ?? 0, MAX_STRINGS))),
  };
}

/** `nchain` of DT_HASH, which equals the number of symbols. */
function sysvHashCount(elf: ElfFile, address: number): number | undefined {
  const header = asBuffer(elf.readAt(address, 8));
  return header.length === 8 ? header.readUInt32LE(4) : undefined;
}

/** One more than the largest index in the chains of DT_GNU_HASH. */
function gnuHashCount(elf: ElfFile, address: number): number | undefined {
  const header = asBuffer(elf.readAt(address, 16));
  if (header.length < 16) return undefined;
  const bucketCount = header.readUInt32LE(0);
  const firstSymbol = header.readUInt32LE(4);
  const bloomWords = header.readUInt32LE(8);
  const bucketsAt = address + 16 + bloomWords * 8;
  const buckets = asBuffer(elf.readAt(bucketsAt, bucketCount * 4));
  if (buckets.length < bucketCount * 4) return undefined;
  let last = 0;
  for (let i = 0; i < bucketCount; i++) last = Math.max(last, buckets.readUInt32LE(i * 4));
  if (last < firstSymbol) return firstSymbol;
  // The chain of the last bucket ends at the first hash value with its lowest bit set.
  const chainAt = bucketsAt + (bucketCount + last - firstSymbol) * 4;
  const chain = elf.readAt(chainAt, MAX_CHAIN * 4);
  for (let i = 0; i * 4 < chain.length; i++) if (chain[i * 4]! & 1) return last + i + 1;
  return undefined;
}
