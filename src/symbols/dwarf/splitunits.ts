/**
 * Split DWARF (DWARF 5 §3.1.2, -gsplit-dwarf; GNU's form of it before): the program has skeletons, which know where
 * code is, and .dwo files or one .dwp package have the units with the entries. A pair shares a 64-bit id.
 */
import { messageOf } from '../../common/errors';
import type { ElfFile } from '../elf/elffile';
import { LruCache } from '../lines-cache';
import type { CompileUnit } from './compileunit';
import { DwarfError } from './cursor';
import { DebugInfo } from './debuginfo';

/** Finds the files; what is in them is not its business. */
export interface SplitFiles {
  /** The package of the program, when there is one. */
  readonly package: ElfFile | undefined;
  /** Files that may be the .dwo of a unit, the most likely first; none of them needs to exist twice. */
  candidates(dwoName: string, compDir: string | undefined): Iterable<ElfFile>;
  /** Is told, in a sentence for the user, of what is missing. */
  report(problem: string): void;
}

/** .dwo files kept open, so to say: each has some 100 KB of windows. */
const KEPT_FILES = 64;

export class SplitUnits {
  /** Split units by the offset of their skeleton: the file's debugging information and the offset there. */
  private readonly places = new Map<number, { readonly path: string; readonly offset: number } | undefined>();
  private readonly files = new LruCache<string, DebugInfo>(KEPT_FILES * 65, () => 1);
  /** Numbers for paths, of which keys are made. */
  private readonly ordinals = new Map<string, number>();
  /** Offsets of skeletons whose split units cannot be read. */
  private readonly damaged = new Set<number>();
  private packageInfo: DebugInfo | null | undefined;

  constructor(
    private readonly main: DebugInfo,
    private readonly finder: SplitFiles,
  ) {}

  /** The split unit of a skeleton; undefined when the unit is none, or, reported once, its file is missing. */
  fullOf(skeleton: CompileUnit): CompileUnit | undefined {
    const id = skeleton.dwoId;
    const { offset } = skeleton.header;
    if (id === undefined || skeleton.dwoName === undefined || this.damaged.has(offset)) return undefined;
    try {
      const packaged = this.inPackage(id, offset);
      if (packaged) return packaged;
      if (!this.places.has(offset)) this.places.set(offset, this.search(skeleton, skeleton.dwoName, id));
      const place = this.places.get(offset);
      if (!place) return undefined;
      const file = this.files.get(place.path) ?? this.reopen(skeleton, skeleton.dwoName, place.path);
      return file && this.pair(file, place.offset, offset);
    } catch (error) {
      if (!(error instanceof DwarfError)) throw error;
      this.damaged.add(offset);
      this.finder.report(`${skeleton.dwoName} is damaged, variables cannot be shown: ${messageOf(error)}.`);
      return undefined;
    }
  }

  private pair(file: DebugInfo, offset: number, skeleton: number): CompileUnit {
    file.skeletons.set(offset, { debug: this.main, offset: skeleton });
    return file.unitAt(offset);
  }

  private inPackage(id: bigint, skeleton: number): CompileUnit | undefined {
    if (this.packageInfo === undefined) {
      const elf = this.finder.package;
      this.packageInfo = elf ? this.open(elf) : null;
    }
    const place = this.packageInfo?.packagedUnits?.find(id);
    if (!this.packageInfo || place?.info === undefined) return undefined;
    return this.pair(this.packageInfo, place.info, skeleton);
  }

  private search(skeleton: CompileUnit, dwoName: string, id: bigint): { path: string; offset: number } | undefined {
    const source = skeleton.name ?? dwoName.replace(/\.dwo$/, '');
    let foreign: string | undefined;
    for (const elf of this.finder.candidates(dwoName, skeleton.compDir)) {
      const file = this.files.get(elf.name) ?? this.open(elf);
      const unit = unitWithId(file, id);
      if (unit !== undefined) {
        this.files.set(elf.name, file);
        return { path: elf.name, offset: unit };
      }
      foreign ??= elf.name;
    }
    this.finder.report(
      foreign === undefined
        ? `${dwoName} is missing: variables of ${source} cannot be shown.`
        : `${foreign} is of another build than the program: variables of ${source} cannot be shown. Build both again.`,
    );
    return undefined;
  }

  private reopen(skeleton: CompileUnit, dwoName: string, path: string): DebugInfo | undefined {
    for (const elf of this.finder.candidates(dwoName, skeleton.compDir)) {
      if (elf.name !== path) continue;
      const file = this.open(elf);
      this.files.set(path, file);
      return file;
    }
    return undefined;
  }

  private open(elf: ElfFile): DebugInfo {
    let ordinal = this.ordinals.get(elf.name);
    if (ordinal === undefined) this.ordinals.set(elf.name, (ordinal = this.ordinals.size));
    return DebugInfo.ofSplitFile(this.main, elf, ordinal);
  }
}

/** Offset of the unit with an id in a .dwo, which has one, or a few where units were merged (-flto). */
function unitWithId(file: DebugInfo, id: bigint): number | undefined {
  let found: number | undefined;
  file.eachUnit((header, read) => {
    if (found !== undefined) return;
    if (header.version >= 5 ? header.dwoId === id : read().dwoId === id) found = header.offset;
  });
  return found;
}
