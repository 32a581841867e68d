/** `/proc/pid/smaps`: the address space with what of it is in memory. Pure; see procfs.ts. */
import { parseMaps, type MappedRegion } from './procfs';

/** A region with its sizes in bytes; absent where the kernel does not tell. */
export interface MeasuredRegion extends MappedRegion {
  /** Resident in memory. */
  readonly rss?: number;
  /** Swapped out. */
  readonly swap?: number;
  /** Of the resident pages, those that the process has written to and that nothing else shares. */
  readonly privateDirty?: number;
}

const SIZE_LINE = /^([A-Z]\w*): +(\d+) kB$/;

/** Parses smaps, or maps, which has the first line of each region only. Lines that are not of the format are left out. */
export function parseSmaps(text: string): MeasuredRegion[] {
  const regions: MeasuredRegion[] = [];
  let sizes: Record<string, number> = {};
  let current: MappedRegion | undefined;
  const finish = () => {
    if (!current) return;
    const { Rss: rss, Swap: swap, Private_Dirty: privateDirty } = sizes;
    regions.push({
      ...current,
      ...(rss !== undefined && { rss }),
      ...(swap !== undefined && { swap }),
      ...(privateDirty !== undefined && { privateDirty }),
    });
  };
  for (const line of text.split('\n')) {
    const size = SIZE_LINE.exec(line);
    if (size) {
      sizes[size[1]!] = Number(size[2]) * 1024;
      continue;
    }
    const [region] = parseMaps(line);
    if (!region) continue;
    finish();
    current = region;
    sizes = {};
  }
  finish();
  return regions;
}
