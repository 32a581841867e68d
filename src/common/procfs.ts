/** Typed readers of procfs(5): text in, values out, plus thin functions that read the files. */
import type { VirtAddr } from './addresses';

/** One line of `/proc/pid/maps`. */
export interface MappedRegion {
  readonly start: VirtAddr;
  /** One past the last byte. */
  readonly end: VirtAddr;
  /** `r`, `w`, `x`, `p`/`s` as in the file, e.g. `r-xp`. */
  readonly permissions: string;
  /** Offset in the file, bytes. */
  readonly offset: number;
  /** `major:minor` in hexadecimal, as in the file. */
  readonly device: string;
  readonly inode: number;
  /** The path with octal escapes undone and ` (deleted)` removed, `[stack]`, `[vdso]`…, or an empty string. */
  readonly path: string;
  readonly deleted: boolean;
}
