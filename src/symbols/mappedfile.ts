/**
 * Opens the very file that a process has mapped, which is not always the one that its path names now: it may have been
 * replaced by a new build, deleted, or live in another mount namespace.
 */
import { messageOf } from '../common/errors';
import { FileSource } from '../common/filesource';
import { log } from '../common/log';
import type { MappedRegion } from '../common/procfs';
import type { MemoryReader } from '../common/readers';
import { ElfFile } from './elf/elffile';
import { MemoryImage } from './memoryimage';

export interface MappedFile {
  readonly elf: ElfFile;
  /** Whether its bytes come from the process, because the file could not be had. */
  readonly fromProcess: boolean;
  /** `/proc/PID/root` when the path is only valid there. */
  readonly root?: string;
}

export interface MappedFileOptions {
  readonly pid?: number;
  /** Whether `/proc/PID/exe` is this file. */
  readonly isExecutable: boolean;
}

interface Candidate {
  readonly path: string;
  readonly root?: string;
  readonly accept: (source: FileSource) => boolean;
}

/** Enough to tell two builds apart: the ELF header, the program headers and, in most files, the build id. */
const COMPARED = 1024;

/**
 * @param group the mappings of the file, in address order
 * @throws ElfError when it is no usable ELF file
 */
export function openMapped(
  group: readonly MappedRegion[],
  memory: MemoryReader,
  options: MappedFileOptions,
): MappedFile {
  const name = group[0]!.path;
  for (const candidate of candidates(group, memory, options)) {
    const source = tryOpen(candidate.path);
    if (!source) continue;
    if (candidate.accept(source)) return { elf: parse(source, name), fromProcess: false, root: candidate.root };
    source.close();
  }
  log('symbols', () => `${name}: the mapped file cannot be opened (replaced or deleted); reading it from memory`);
  return { elf: ElfFile.parse(new MemoryImage(memory, firstCopy(group)), name), fromProcess: true };
}

function candidates(
  group: readonly MappedRegion[],
  memory: MemoryReader,
  { pid, isExecutable }: MappedFileOptions,
): Candidate[] {
  const { path, inode, deleted } = group[0]!;
  const isSameInode = (source: FileSource): boolean => source.inode === inode;
  const isItself = (): boolean => true;
  const list: Candidate[] = deleted ? [] : [{ path, accept: isSameInode }];
  if (pid !== undefined) {
    const root = `/proc/${pid}/root`;
    if (!deleted) list.push({ path: root + path, root, accept: isSameInode });
    if (isExecutable) list.push({ path: `/proc/${pid}/exe`, accept: isItself });
    const range = `${group[0]!.start.toString(16)}-${group[0]!.end.toString(16)}`;
    list.push({ path: `/proc/${pid}/map_files/${range}`, accept: isItself });
  }
  // overlayfs may report another inode in the map than by stat(2); then the contents decide.
  if (!deleted) list.push({ path, accept: (source) => looksMapped(source, group, memory) });
  return list;
}

function looksMapped(source: FileSource, group: readonly MappedRegion[], memory: MemoryReader): boolean {
  const region = group.find((r) => r.offset === 0);
  if (!region) return false;
  const mapped = memory.read(region.start, COMPARED);
  return mapped.length > 0 && Buffer.compare(mapped, source.read(0, mapped.length)) === 0;
}

function tryOpen(path: string): FileSource | undefined {
  try {
    return FileSource.open(path);
  } catch {
    return undefined; // the next candidate may do
  }
}

function parse(source: FileSource, name: string): ElfFile {
  try {
    return ElfFile.parse(source, name);
  } catch (error) {
    log('symbols', () => `${source.path}: ${messageOf(error)}`);
    source.close();
    throw error;
  }
}

/** The mappings up to where the file begins anew. */
function firstCopy(group: readonly MappedRegion[]): readonly MappedRegion[] {
  const second = group.findIndex((r, i) => i > 0 && r.offset === 0);
  return second < 0 ? group : group.slice(0, second);
}
