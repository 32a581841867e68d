/**
 * An ELF file whose bytes can only be had from a process that maps it: deleted or replaced on disk and closed to us.
 * What the program wrote (relocated pointers, its data) is what one gets.
 */
import { offsetBy } from '../common/addresses';
import type { ByteSource } from '../common/bytes';
import type { MappedRegion } from '../common/procfs';
import type { MemoryReader } from '../common/readers';

/** File offsets, answered from the mapping that holds them; bytes that are mapped nowhere end a read. */
export class MemoryImage implements ByteSource {
  readonly size: number;

  /** @param regions the mappings of one file by one copy of it */
  constructor(
    private readonly memory: MemoryReader,
    private readonly regions: readonly MappedRegion[],
  ) {
    this.size = Math.max(0, ...regions.map(fileEnd));
  }

  read(offset: number, length: number): Uint8Array {
    const start = Math.max(offset, 0);
    const region = this.regions.find((r) => start >= r.offset && start < fileEnd(r));
    if (!region) return new Uint8Array(0);
    const wanted = Math.min(Math.max(length, 0), this.size - start);
    const bytes = this.memory.read(
      offsetBy(region.start, start - region.offset),
      Math.min(wanted, fileEnd(region) - start),
    );
    if (bytes.length === wanted || bytes.length < fileEnd(region) - start) return bytes;
    // The next part of the file may be mapped elsewhere.
    return Buffer.concat([bytes, this.read(start + bytes.length, wanted - bytes.length)]);
  }
}

function fileEnd(region: MappedRegion): number {
  return region.offset + Number(region.end - region.start);
}
