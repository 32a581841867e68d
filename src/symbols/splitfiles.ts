/**
 * Where the files of split debugging information are (-gsplit-dwarf): a package beside the program, or a .dwo for every
 * object, in the directory it was compiled in or wherever the build has been moved since.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import type { ByteSource } from '../common/bytes';
import { messageOf } from '../common/errors';
import { FileSource } from '../common/filesource';
import { log } from '../common/log';
import type { DebugFileSearch } from './debugfiles';
import type { SplitFiles } from './dwarf/splitunits';
import { ElfFile } from './elf/elffile';

export interface SplitFileSearch extends DebugFileSearch {
  /** The separate debug file of the program, when its debugging information is there. */
  readonly debugFile?: string;
  /** From the path of a file where it was compiled to where it is, as `sourceMap` says; absent: nothing was moved. */
  readonly mapPath?: (path: string) => string;
  /** Told what is missing, in sentences for the user. */
  readonly note?: (problem: string) => void;
}

/** Problems that are listed one by one; a moved build directory makes as many as there are objects. */
const MAX_PROBLEMS = 100;

export class SplitDebugFiles implements SplitFiles {
  /** What is missing, in sentences for the user. */
  readonly problems: string[] = [];
  private packageValue: ElfFile | null | undefined;

  constructor(private readonly search: SplitFileSearch) {}

  get package(): ElfFile | undefined {
    if (this.packageValue === undefined) {
      this.packageValue = null;
      for (const path of this.packagePaths()) this.packageValue ??= open(path) ?? null;
    }
    return this.packageValue ?? undefined;
  }

  *candidates(dwoName: string, compDir: string | undefined): Generator<ElfFile, void, undefined> {
    for (const path of this.unitPaths(dwoName, compDir)) {
      const elf = open(path);
      if (elf) yield elf;
    }
  }

  report(problem: string): void {
    log('symbols', () => problem);
    if (this.problems.length > MAX_PROBLEMS) return;
    const told = this.problems.length < MAX_PROBLEMS ? problem : 'More files are missing; the log names them.';
    this.problems.push(told);
    this.search.note?.(told);
  }

  private packagePaths(): Set<string> {
    const { path, root = '', debugFile, directories = [] } = this.search;
    const paths = [join(root, `${path}.dwp`)];
    // `prog.debug` may be called for what it was stripped from: `prog.debug.dwp` or `prog.dwp`.
    if (debugFile !== undefined) paths.push(`${debugFile}.dwp`, `${debugFile.replace(/\.debug$/, '')}.dwp`);
    for (const directory of directories) paths.push(join(directory, `${basename(path)}.dwp`));
    return new Set(paths);
  }

  private unitPaths(dwoName: string, compDir = ''): Set<string> {
    const { path, root = '', directories = [], mapPath } = this.search;
    const compiled = isAbsolute(dwoName) ? dwoName : join(compDir, dwoName);
    const paths: string[] = [];
    const add = (found: string): void => {
      if (isAbsolute(found)) paths.push(found);
    };
    if (mapPath) add(mapPath(compiled));
    if (root !== '') add(join(root, compiled));
    add(compiled);
    const beside = join(root, dirname(path));
    if (!isAbsolute(dwoName)) add(join(beside, dwoName));
    add(join(beside, basename(dwoName)));
    for (const directory of directories) {
      add(join(directory, compiled));
      if (!isAbsolute(dwoName)) add(join(directory, dwoName));
      add(join(directory, basename(dwoName)));
    }
    return new Set(paths);
  }
}

function open(path: string): ElfFile | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return ElfFile.parse(new TransientFile(path), path);
  } catch (error) {
    log('symbols', () => `cannot use ${path}: ${messageOf(error)}`);
    return undefined;
  }
}

/** A file that is opened for every read: a program may have more .dwo files than a process may have descriptors. */
class TransientFile implements ByteSource {
  readonly size: number;
  private readonly inode: number;

  /** @throws UserError */
  constructor(private readonly path: string) {
    const file = FileSource.open(path);
    this.size = file.size;
    this.inode = file.inode;
    file.close();
  }

  read(offset: number, length: number): Uint8Array {
    let file: FileSource | undefined;
    try {
      file = FileSource.open(this.path);
      if (file.size === this.size && file.inode === this.inode) return file.read(offset, length);
      log('symbols', () => `${this.path} was replaced while it was in use`);
    } catch (error) {
      log('symbols', () => messageOf(error));
    } finally {
      file?.close();
    }
    return new Uint8Array(0);
  }
}
