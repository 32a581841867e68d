/**
 * What of a process's memory belongs in a core file: each mapping whole, or by its bounds alone. The rules are the
 * kernel's (`vma_dump_size` in fs/coredump.c, Linux 6.12; core(5)) but for one: text and read-only data of loaded programs
 * and libraries are taken along, so that the core can be read when the files are gone or have been built again.
 */
import { readFileSync } from 'node:fs';
import { parseMaps, type MappedRegion } from '../../common/procfs';
import { PF_R, PF_W, PF_X } from '../../symbols/elf/constants';

export interface DumpRegion extends MappedRegion {
  /** `PF_R | PF_W | PF_X` */
  readonly flags: number;
  /** Its memory goes into the core. */
  readonly isDumped: boolean;
  /** Pages that the process has never touched are zeros, and known without reading them. */
  readonly isAnonymous: boolean;
}

/** Bits of /proc/PID/coredump_filter. */
const ANONYMOUS_PRIVATE = 1;
const ANONYMOUS_SHARED = 2;
const FILE_PRIVATE = 4;
const FILE_SHARED = 8;
const DEFAULT_FILTER = 0x33;

/** One mapping of /proc/PID/smaps. */
interface Mapped {
  readonly region: MappedRegion;
  /** kB that are the process's own: not the file's, whether in memory or swapped out. */
  readonly own: number;
  /** VmFlags: `dd` VM_DONTDUMP, `io` VM_IO, `pf` VM_PFNMAP. */
  readonly flags: ReadonlySet<string>;
}

/** Pure: the text of /proc/PID/smaps and of /proc/PID/coredump_filter in, what is dumped out. */
export function dumpRegions(smaps: string, coredumpFilter: string | undefined): DumpRegion[] {
  const parsed = Number.parseInt(coredumpFilter ?? '', 16);
  const filter = Number.isNaN(parsed) ? DEFAULT_FILTER : parsed;
  const all = parseSmaps(smaps);
  const loaded = new Set(all.filter(({ region }) => isCode(region)).map(({ region }) => region.path));
  return all.map((mapped) => {
    const { region } = mapped;
    return {
      ...region,
      flags: flagsOf(region.permissions),
      isDumped: isDumped(mapped, filter, loaded),
      isAnonymous: region.inode === 0 && isPrivate(region),
    };
  });
}

/** Throws the error of reading /proc/PID/smaps. */
export function readDumpRegions(pid: number): DumpRegion[] {
  let filter: string | undefined;
  try {
    filter = readFileSync(`/proc/${pid}/coredump_filter`, 'utf8');
  } catch {
    // A kernel without CONFIG_ELF_CORE: the default holds.
  }
  return dumpRegions(readFileSync(`/proc/${pid}/smaps`, 'utf8'), filter);
}

function parseSmaps(text: string): Mapped[] {
  const all: { region: MappedRegion; own: number; flags: Set<string> }[] = [];
  for (const line of text.split('\n')) {
    const [region] = /^[0-9a-f]+-/.test(line) ? parseMaps(line) : [];
    if (region) {
      all.push({ region, own: 0, flags: new Set() });
      continue;
    }
    const last = all.at(-1);
    const size = /^(?:Anonymous|Swap): +(\d+) kB/.exec(line);
    if (last && size) last.own += Number(size[1]);
    if (last && line.startsWith('VmFlags:')) last.flags = new Set(line.slice(8).trim().split(/ +/));
  }
  return all;
}

function isDumped({ region, own, flags }: Mapped, filter: number, loaded: ReadonlySet<string>): boolean {
  const { path, inode, deleted, permissions } = region;
  if (path === '[vdso]') return true;
  if (path === '[vsyscall]' || path.startsWith('[vvar') || flags.has('io') || flags.has('pf')) return false;
  if (flags.has('dd')) return false;
  if (!isPrivate(region)) return (filter & (deleted ? ANONYMOUS_SHARED : FILE_SHARED)) !== 0;
  if (inode === 0) return (own > 0 || permissions.startsWith('r')) && (filter & ANONYMOUS_PRIVATE) !== 0;
  if (own > 0 && filter & ANONYMOUS_PRIVATE) return true;
  return permissions.startsWith('r') && (loaded.has(path) || (filter & FILE_PRIVATE) !== 0);
}

function isCode({ inode, permissions }: MappedRegion): boolean {
  return inode !== 0 && permissions.includes('x');
}

function isPrivate({ permissions }: MappedRegion): boolean {
  return permissions.endsWith('p');
}

function flagsOf(permissions: string): number {
  const has = (letter: string, flag: number): number => (permissions.includes(letter) ? flag : 0);
  return has('r', PF_R) | has('w', PF_W) | has('x', PF_X);
}
