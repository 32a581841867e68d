/**
 * The files that the process of a core had mapped: found on this machine, and compared with what the core has of them,
 * because a file may have been built again or updated since. Values read through another build would be wrong without
 * anybody noticing, so a file that does not match is not used.
 */
import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ByteSource } from '../../common/bytes';
import { messageOf, UserError } from '../../common/errors';
import { FileSource } from '../../common/filesource';
import type { MappedRegion } from '../../common/procfs';
import type { MemoryReader } from '../../common/readers';
import { segmentAt, type CoreFile } from '../../symbols/core/corefile';
import type { CoreMapping } from '../../symbols/core/notes';
import { PF_R, PF_W, PF_X, PT_LOAD } from '../../symbols/elf/constants';
import { ElfFile } from '../../symbols/elf/elffile';
import { buildId } from '../../symbols/elf/notes';
import type { MappedFile } from '../../symbols/mappedfile';
import { MemoryImage } from '../../symbols/memoryimage';
import type { CoreMemory, FileBacking } from './corememory';

export interface MappedFileSearch {
  /** The program that the user names. */
  readonly program: string | undefined;
  /** Whose mappings those of the program are. */
  readonly isProgram: (group: readonly CoreMapping[]) => boolean;
  /** Where a file of the other machine is on this one. */
  readonly mapPath: (path: string) => string;
  /** Directories with `.build-id` in them. */
  readonly directories: readonly string[];
}

type Verdict =
  | { readonly kind: 'same' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'different'; readonly found: string | undefined; readonly wanted: string | undefined };

/** One file and its mappings. */
interface Group {
  readonly mappings: readonly CoreMapping[];
  readonly isElf: boolean;
  /** Where it is on this machine; undefined when it is not. */
  readonly path: string | undefined;
}

const SYSTEM_DIRECTORY = '/usr/lib/debug';
const PAGE = 4096;
/** Enough to tell two builds apart without build ids: the ELF header, the program headers and what follows. */
const COMPARED = 1024;
const ELF_MAGIC = 0x7f454c46;

export class MappedFiles {
  /** Sentences on files that are missing or others than they were. */
  readonly problems: string[] = [];
  readonly regions: readonly MappedRegion[];
  private readonly groups = new Map<string, Group>();
  private readonly opened = new Map<string, FileSource | undefined>();

  constructor(
    private readonly core: CoreFile,
    private readonly memory: CoreMemory,
    private readonly search: MappedFileSearch,
    /** When the core was written, ms. */
    private readonly coreTime: number,
  ) {
    for (const mappings of groupByPath(core.mappings ?? [])) this.locate(mappings);
    memory.backBy(this.backing());
    this.regions = this.makeRegions();
  }

  /** The path by which the regions name the program. */
  get program(): string | undefined {
    for (const [path, { mappings }] of this.groups) if (this.search.isProgram(mappings)) return path;
    return undefined;
  }

  /** What ModuleList opens files with. Throws when neither the file nor what the core has of it can be used. */
  readonly open = (group: readonly MappedRegion[], memory: MemoryReader): MappedFile => {
    const { path } = group[0]!;
    const found = this.groups.get(path)?.path;
    if (found !== undefined) return { elf: ElfFile.parse(FileSource.open(found), found), fromProcess: false };
    return { elf: ElfFile.parse(new MemoryImage(memory, firstCopy(group)), path), fromProcess: true };
  };

  close(): void {
    for (const source of this.opened.values()) source?.close();
  }

  // ---- finding them ----

  private locate(mappings: readonly CoreMapping[]): void {
    const { path } = mappings[0]!;
    const isElf = this.isElf(mappings);
    const found = isElf ? this.findElf(mappings) : undefined;
    const named = this.search.mapPath(path);
    // A file and the deleted one that it has replaced may both be mapped.
    const key = this.groups.has(found ?? path) ? `${path} (deleted)` : (found ?? path);
    this.groups.set(key, { mappings, isElf, path: isElf ? found : named });
  }

  /** By what the core has of its beginning; else by the file that has its name. */
  private isElf(mappings: readonly CoreMapping[]): boolean {
    const first = mappings.find(({ offset }) => offset === 0);
    const bytes = first ? this.memory.read(first.start, 4) : new Uint8Array(0);
    const start = bytes.length === 4 ? bytes : this.sourceOf(this.search.mapPath(mappings[0]!.path))?.read(0, 4);
    return start?.length === 4 && Buffer.from(start).readUInt32BE(0) === ELF_MAGIC;
  }

  private findElf(mappings: readonly CoreMapping[]): string | undefined {
    const { path, deleted } = mappings[0]!;
    const isProgram = this.search.isProgram(mappings);
    const image = this.imageOf(mappings);
    const wanted = image && buildId(image);
    const { program } = this.search;
    const named = [...(isProgram && program !== undefined ? [program] : []), this.search.mapPath(path), path];
    let other: { path: string; verdict: Verdict & { kind: 'different' } } | undefined;
    for (const candidate of new Set([...named, ...this.byBuildId(wanted)])) {
      const source = this.sourceOf(candidate);
      const verdict = source && this.compare(source, candidate, mappings, wanted);
      // Of a deleted file, only proof will do: its path is another's by now.
      if (!verdict || (deleted && verdict.kind === 'unknown')) continue;
      if (verdict.kind === 'different') {
        other ??= { path: candidate, verdict };
        continue;
      }
      if (other && other.path === program) this.problems.push(describeDifference(other.path, other.verdict, candidate));
      else if (verdict.kind === 'unknown' && this.isNewer(candidate)) this.problems.push(describeNewer(candidate));
      return candidate;
    }
    if (other) this.problems.push(describeDifference(other.path, other.verdict));
    else this.problems.push(describeMissing(path, deleted));
    return undefined;
  }

  private byBuildId(id: string | undefined): string[] {
    if (id === undefined || id.length < 3) return [];
    return [...this.search.directories, SYSTEM_DIRECTORY].flatMap((directory) => [
      join(directory, '.build-id', id.slice(0, 2), id.slice(2)),
      join(directory, id, 'executable'),
    ]);
  }

  /** What the core has of a file, as an ELF file; undefined when its headers were left out. */
  private imageOf(mappings: readonly CoreMapping[]): ElfFile | undefined {
    const regions = firstCopy(mappings.map((mapping) => this.region(mapping, mapping.path, 1, undefined)));
    try {
      return ElfFile.parse(new MemoryImage(this.memory, regions), mappings[0]!.path);
    } catch {
      return undefined; // not in the core
    }
  }

  private compare(
    source: ByteSource,
    name: string,
    mappings: readonly CoreMapping[],
    wanted: string | undefined,
  ): Verdict | undefined {
    let found: string | undefined;
    try {
      found = buildId(ElfFile.parse(source, name));
    } catch (error) {
      if (name === this.search.program) throw new UserError(messageOf(error), { code: 'bad-program' });
      return undefined;
    }
    if (wanted !== undefined && found !== undefined) {
      return wanted === found ? { kind: 'same' } : { kind: 'different', found, wanted };
    }
    const first = mappings.find(({ offset }) => offset === 0);
    const start = first && this.memory.read(first.start, COMPARED);
    if (!start || start.length < COMPARED) return { kind: 'unknown' };
    return haveSameStart(start, source.read(0, start.length)) ? { kind: 'same' } : { kind: 'different', found, wanted };
  }

  private isNewer(path: string): boolean {
    return (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) > this.coreTime;
  }

  private sourceOf(path: string): FileSource | undefined {
    if (!this.opened.has(path)) this.opened.set(path, tryOpen(path));
    return this.opened.get(path);
  }

  // ---- what they are for ----

  /** Files of data prove themselves by not having been changed since. */
  private backing(): FileBacking[] {
    return [...this.groups.values()].flatMap(({ mappings, isElf, path }) =>
      mappings.map(({ start, end, offset }) => ({
        start,
        end,
        offset,
        source: () => (path !== undefined && (isElf || !this.isNewer(path)) ? this.sourceOf(path) : undefined),
      })),
    );
  }

  /** The mappings as /proc/PID/maps would have them, files numbered as if by inode. */
  private makeRegions(): MappedRegion[] {
    const regions: MappedRegion[] = [];
    let inode = 0;
    for (const [path, { mappings, path: found, isElf }] of this.groups) {
      inode++;
      const source = isElf && found !== undefined ? this.sourceOf(found) : undefined;
      const elf = source && ElfFile.parse(source, path);
      for (const mapping of mappings) regions.push(this.region(mapping, path, inode, elf));
    }
    return regions.sort((a, b) => (a.start < b.start ? -1 : 1));
  }

  private region(mapping: CoreMapping, path: string, inode: number, elf: ElfFile | undefined): MappedRegion {
    const { start, end, offset, deleted } = mapping;
    const flags = segmentAt(this.core.loads, start)?.flags ?? flagsIn(elf, offset);
    return { start, end, offset, permissions: permissionsOf(flags), device: 'core', inode, path, deleted };
  }
}

/** As /proc/PID/maps spells them; whether a mapping was shared, no core tells. */
export function permissionsOf(flags: number): string {
  return `${flags & PF_R ? 'r' : '-'}${flags & PF_W ? 'w' : '-'}${flags & PF_X ? 'x' : '-'}p`;
}

/** Cores of gdb's name mappings whose memory they leave out entirely: the file says what they were for. */
function flagsIn(elf: ElfFile | undefined, offset: number): number {
  const segment = elf?.segments.find((s) => s.type === PT_LOAD && Math.floor(s.offset / PAGE) * PAGE === offset);
  return segment?.flags ?? PF_R;
}

/** Equal but for where the section headers are, which stripping moves. */
function haveSameStart(a: Uint8Array, b: Uint8Array): boolean {
  const isSkipped = (i: number): boolean => (i >= 40 && i < 48) || (i >= 60 && i < 64);
  return a.length === b.length && a.every((byte, i) => byte === b[i] || isSkipped(i));
}

function groupByPath(mappings: readonly CoreMapping[]): CoreMapping[][] {
  const groups = new Map<string, CoreMapping[]>();
  for (const mapping of mappings) {
    const key = `${mapping.path}${mapping.deleted ? '\0' : ''}`;
    const group = groups.get(key);
    if (group) group.push(mapping);
    else groups.set(key, [mapping]);
  }
  return [...groups.values()];
}

/** The mappings up to where the file begins anew. */
function firstCopy(group: readonly MappedRegion[]): readonly MappedRegion[] {
  const second = group.findIndex((region, i) => i > 0 && region.offset === 0);
  return second < 0 ? group : group.slice(0, second);
}

function tryOpen(path: string): FileSource | undefined {
  try {
    return FileSource.open(path);
  } catch {
    return undefined; // the next candidate may do
  }
}

function describeDifference(path: string, { found, wanted }: Verdict & { kind: 'different' }, used?: string): string {
  const ids = found !== undefined && wanted !== undefined ? ` (build id ${found}, in the core ${wanted})` : '';
  const instead = used === undefined ? 'It is not used: find the one of that build' : `${used} is used instead`;
  return `${path} is another build than the one that the process ran${ids}. ${instead}.`;
}

function describeNewer(path: string): string {
  return `${path} was written after the core, and neither has a build id: if it was built again, names and values are wrong.`;
}

function describeMissing(path: string, deleted: boolean): string {
  const why = deleted ? 'had been deleted or replaced when the core was written' : 'is not on this machine';
  return `${path} ${why}: of ${basename(path)} there is only what the core holds.`;
}
