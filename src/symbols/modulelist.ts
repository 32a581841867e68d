/**
 * The modules of a process, from its memory map: which ELF files are mapped where. The map, not the loader's list, is
 * what they are taken from, so that it also holds before the loader has run, in static programs and while the list is
 * being changed.
 */
import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import type { VirtAddr } from '../common/addresses';
import { messageOf } from '../common/errors';
import { FileSource } from '../common/filesource';
import { log } from '../common/log';
import type { MappedRegion } from '../common/procfs';
import type { MemoryReader } from '../common/readers';
import type { IndexObserver } from './index/moduleindex';
import { loadBiases } from './loadbias';
import { openMapped, type MappedFile } from './mappedfile';
import { Module, type ModuleKind } from './module';

/** What else is known of the process. */
export interface ProcessFacts {
  /** The target of `/proc/PID/exe`. */
  readonly executablePath: string;
  /** AT_SYSINFO_EHDR */
  readonly vdso?: VirtAddr;
  /** AT_BASE: where the kernel mapped the loader. */
  readonly loaderBase?: VirtAddr;
}

export interface ModuleListOptions {
  /** Lets deleted files be opened through `/proc/PID`, and files of other mount namespaces. */
  readonly pid?: number;
  readonly debugFileDirectories?: readonly string[];
  /** Where a file of the build is on this machine, as `sourceMap` says. */
  readonly mapPath?: (path: string) => string;
  readonly indexObserver?: IndexObserver;
  /** Opens a file by its mappings where there is no process to open it from; throws when there is nothing to be had. */
  readonly openFile?: (group: readonly MappedRegion[], memory: MemoryReader) => MappedFile;
  /** Told what of the debugging information is missing. */
  readonly noteProblem?: (problem: string) => void;
}

export interface ModuleChanges {
  readonly added: Module[];
  readonly removed: Module[];
}

/** The vdso is two or three pages. */
const MAX_VDSO = 1024 * 1024;
const VDSO = 'vdso';

export class ModuleList {
  /** By `device:inode`; usually one each, more when a file is loaded several times. */
  private files = new Map<string, readonly Module[]>();
  private ordered: readonly Module[] = [];
  private byAddress: readonly Module[] = [];
  private lastHit: Module | undefined;
  private lastMap = '';
  /** Files that are no usable ELF: named once in the log, not opened again. */
  private readonly unusable = new Set<string>();

  constructor(private readonly options: ModuleListOptions = {}) {}

  /** The executable first, then in address order. */
  get modules(): readonly Module[] {
    return this.ordered;
  }

  /** The module whose segments span an address. */
  at(address: VirtAddr): Module | undefined {
    if (this.lastHit?.contains(address)) return this.lastHit;
    let low = 0;
    let high = this.byAddress.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.byAddress[middle]!.start <= address) low = middle + 1;
      else high = middle;
    }
    const found = this.byAddress[low - 1];
    if (!found?.contains(address)) return undefined;
    this.lastHit = found;
    return found;
  }

  /**
   * Brings the list up to date with the memory map. A module that is still mapped stays the same object. Files that
   * cannot be used are left out, with a line in the log; nothing is thrown.
   */
  update(regions: readonly MappedRegion[], memory: MemoryReader, facts: ProcessFacts): ModuleChanges {
    const relevant = regions.filter((r) => r.inode !== 0 || isVdso(r, facts));
    const map = relevant.map(signature).join('\n');
    if (map === this.lastMap) return { added: [], removed: [] };
    this.lastMap = map;

    const executables = pathsOfExecutable(facts.executablePath);
    const next = new Map<string, readonly Module[]>();
    for (const [key, group] of groupByFile(relevant)) {
      const modules = this.modulesOf(key, group, memory, kindOf(group, executables, facts));
      if (modules.length > 0) next.set(key, modules);
    }
    const vdso = this.vdso(relevant, memory, facts);
    if (vdso) next.set(VDSO, [vdso]);
    return this.replace(next);
  }

  /** Closes all files. The list is empty afterwards. */
  close(): void {
    this.lastMap = '';
    this.replace(new Map());
  }

  private replace(next: Map<string, readonly Module[]>): ModuleChanges {
    const before = new Set(this.byAddress);
    const after = new Set([...next.values()].flat());
    const added = [...after].filter((module) => !before.has(module));
    const removed = [...before].filter((module) => !after.has(module));
    for (const module of removed) module.close();
    this.files = next;
    this.lastHit = undefined;
    this.byAddress = [...after].sort((a, b) => (a.start < b.start ? -1 : 1));
    this.ordered = [
      ...this.byAddress.filter((m) => m.kind === 'executable'),
      ...this.byAddress.filter((m) => m.kind !== 'executable'),
    ];
    return { added, removed };
  }

  /** The modules that one file's mappings amount to; the ones known already where they are still mapped. */
  private modulesOf(
    key: string,
    group: readonly MappedRegion[],
    memory: MemoryReader,
    kind: ModuleKind,
  ): readonly Module[] {
    const kept = (this.files.get(key) ?? []).filter((m) => group.some((r) => m.contains(r.start)));
    let fresh = group.filter((r) => r.permissions.includes('x') && !kept.some((m) => m.contains(r.start)));
    // Text moved to huge pages is an anonymous mapping; the program is one all the same.
    if (fresh.length === 0 && kept.length === 0 && kind === 'executable') fresh = [...group];
    if (fresh.length === 0 || this.unusable.has(key)) return kept;

    const { pid, openFile } = this.options;
    const open = (): MappedFile =>
      openFile?.(group, memory) ?? openMapped(group, memory, { pid, isExecutable: kind === 'executable' });
    try {
      const probe = open();
      const biases = loadBiases(probe.elf, group, fresh).filter((bias) => !kept.some((m) => m.bias === bias));
      // Every module closes its own file, so copies do not share one.
      const files = biases.map((_, index) => (index === 0 ? probe : open()));
      if (files.length === 0 && probe.elf.source instanceof FileSource) probe.elf.source.close();
      return [...kept, ...files.map((file, index) => this.create(file, group[0]!.path, biases[index]!, kind))];
    } catch (error) {
      this.unusable.add(key);
      log('symbols', () => `${group[0]!.path} is left out of the modules: ${messageOf(error)}`);
      return kept;
    }
  }

  private create(file: MappedFile, path: string, bias: bigint, kind: ModuleKind): Module {
    const { debugFileDirectories, mapPath, indexObserver, noteProblem } = this.options;
    const { root, fromProcess: readFromProcess } = file;
    return new Module(file.elf, {
      path,
      bias,
      kind,
      debugFileDirectories,
      mapPath,
      indexObserver,
      noteProblem,
      root,
      readFromProcess,
    });
  }

  private vdso(regions: readonly MappedRegion[], memory: MemoryReader, facts: ProcessFacts): Module | undefined {
    const region = regions.find((r) => isVdso(r, facts));
    if (!region || this.unusable.has(VDSO)) return undefined;
    const kept = this.files.get(VDSO)?.[0];
    if (kept?.contains(region.start)) return kept;
    const image = memory.read(region.start, Math.min(Number(region.end - region.start), MAX_VDSO));
    try {
      // Linked at 0, but before Linux 3.16 at an address of its own.
      const linkedAt = Module.fromImage(image, '[vdso]', 0n).start;
      return Module.fromImage(image, '[vdso]', region.start - linkedAt);
    } catch (error) {
      this.unusable.add(VDSO);
      log('symbols', () => `the vdso is left out of the modules: ${messageOf(error)}`);
      return undefined;
    }
  }
}

function isVdso(region: MappedRegion, facts: ProcessFacts): boolean {
  return facts.vdso === undefined ? region.path === '[vdso]' : region.start === facts.vdso;
}

function signature(region: MappedRegion): string {
  const { start, end, permissions, offset } = region;
  return `${start.toString(36)} ${end.toString(36)} ${permissions} ${offset} ${fileKey(region)}`;
}

function fileKey(region: MappedRegion): string {
  return `${region.device}:${region.inode}`;
}

function groupByFile(regions: readonly MappedRegion[]): Map<string, MappedRegion[]> {
  const groups = new Map<string, MappedRegion[]>();
  for (const region of regions) {
    if (region.inode === 0) continue;
    const group = groups.get(fileKey(region));
    if (group) group.push(region);
    else groups.set(fileKey(region), [region]);
  }
  return groups;
}

/** The spellings of the executable's path that the memory map may use. */
function pathsOfExecutable(path: string): ReadonlySet<string> {
  const paths = new Set([path, path.replace(/ \(deleted\)$/, '')]);
  try {
    paths.add(realpathSync(path));
  } catch {
    // deleted, or in another mount namespace: its path is all there is
  }
  return paths;
}

function kindOf(group: readonly MappedRegion[], executables: ReadonlySet<string>, facts: ProcessFacts): ModuleKind {
  if (executables.has(group[0]!.path)) return 'executable';
  if (facts.loaderBase !== undefined && facts.loaderBase !== 0n) {
    return group.some((r) => r.start === facts.loaderBase) ? 'loader' : 'library';
  }
  return /^ld(?:-linux|-musl|64|-\d)/.test(basename(group[0]!.path)) ? 'loader' : 'library';
}
