/**
 * The files of all line tables: which unit names which file, built from the headers alone. A file is an absolute path
 * here, so that one header reached through two include directories is one file.
 */
import { posix } from 'node:path';
import { messageOf } from '../common/errors';
import { log } from '../common/log';
import type { CompileUnit } from './dwarf/compileunit';
import * as C from './dwarf/constants';
import { DwarfError } from './dwarf/cursor';
import type { DebugInfo } from './dwarf/debuginfo';
import {
  type LineHeader,
  type LineNames,
  type NameList,
  NameKind,
  readLineHeader,
  readLineNames,
} from './dwarf/lineheader';
import { NameTable, PairTable } from './lines-intern';

/** Joins a name to the directory it is relative to and resolves `.` and `..` lexically, as compilers mean them. */
export function joinPath(directory: string, name: string): string {
  if (name === '') return directory;
  return posix.normalize(directory === '' || name.startsWith('/') ? name : `${directory}/${name}`);
}

/** The text of one name of a line header. @throws DwarfError */
export function nameText(debug: DebugInfo, unit: CompileUnit, names: NameList, index: number): string {
  const kind = names.kinds[index]!;
  const offset = names.offsets[index]!;
  if (kind === NameKind.line) return debug.sections.line?.string(offset) ?? '';
  if (kind === NameKind.index) return unit.string({ kind: 'stringIndex', value: offset }) ?? '';
  return debug.sections.strings(stringSections[kind])?.string(offset) ?? '';
}

const stringSections = { [NameKind.lineStr]: 'lineStr', [NameKind.str]: 'str', [NameKind.alt]: 'alt' } as const;

/** Whether a unit's line program describes code: type units and dwz's partial units only borrow its file names. */
export function hasOwnLines(unit: CompileUnit): boolean {
  return unit.tag === C.DW_TAG_compile_unit || unit.tag === C.DW_TAG_skeleton_unit;
}

/**
 * Absolute path of file `index` of a line header; undefined when the header has no such file. @throws DwarfError
 */
export function headerFilePath(
  debug: DebugInfo,
  unit: CompileUnit,
  header: LineHeader,
  names: LineNames,
  index: number,
): string | undefined {
  if (index < firstFileNumber(header) || index >= names.files.kinds.length) return undefined;
  const directory = directoryPath(debug, unit, header, names, names.fileDirectories[index]!);
  return joinPath(directory, nameText(debug, unit, names.files, index));
}

/** Files count from 0 in DWARF 5, from 1 before. */
function firstFileNumber(header: LineHeader): number {
  return header.version >= 5 ? 0 : 1;
}

/** Absolute path of a directory of a line header; the compilation directory when there is no such one. */
export function directoryPath(
  debug: DebugInfo,
  unit: CompileUnit,
  header: LineHeader,
  names: LineNames,
  index: number,
): string {
  const { directories } = names;
  let base = unit.compDir ?? '';
  if (header.version >= 5 && directories.kinds.length > 0) {
    base = joinPath(base, nameText(debug, unit, directories, 0));
  }
  if (index === 0 || index >= directories.kinds.length) return base;
  return joinPath(base, nameText(debug, unit, directories, index));
}

/** How a unit's line table refers to a file. */
export interface FileUse {
  /** .debug_info offset of the unit. */
  readonly unit: number;
  /** The file's numbers in the line program; a file can be listed twice. */
  readonly numbers: readonly number[];
}

/** What stands for file 0 before DWARF 5. */
const NO_FILE = -1;

export class FileIndex {
  /** Absolute paths by file id. */
  readonly paths: readonly string[];
  private readonly byBasename = new Map<string, string[]>();
  private readonly idOfPath: ReadonlyMap<string, number>;
  /** .debug_info offsets of the units that have line tables. */
  private readonly units: readonly number[];
  /** File ids of unit i: files[firstFile[i] … firstFile[i + 1]], in the order of its header. */
  private readonly firstFile: readonly number[];
  private readonly files: Int32Array;

  /** Reads the line headers of all units. Units whose debug information is damaged are left out and logged. */
  constructor(debug: DebugInfo) {
    const builder = new IndexBuilder(debug);
    if (debug.sections.line) {
      debug.eachUnit((header, read) => {
        try {
          builder.add(read());
        } catch (error) {
          if (!(error instanceof DwarfError)) throw error;
          log('dwarf', () => `the unit at 0x${header.offset.toString(16)} loses its lines: ${messageOf(error)}`);
        }
      });
    }
    ({ units: this.units, firstFile: this.firstFile, paths: this.paths, idOfPath: this.idOfPath } = builder);
    this.files = builder.finish();
    for (const path of this.paths) {
      const name = posix.basename(path);
      const same = this.byBasename.get(name);
      if (same) same.push(path);
      else this.byBasename.set(name, [path]);
    }
  }

  /** The paths whose last component is `name`. */
  withBasename(name: string): readonly string[] {
    return this.byBasename.get(name) ?? [];
  }

  /** The units whose line table names the file, and by which numbers. */
  unitsNaming(path: string): FileUse[] {
    const id = this.idOfPath.get(path);
    const found: FileUse[] = [];
    if (id === undefined) return found;
    for (let unit = 0; unit < this.units.length; unit++) {
      const start = this.firstFile[unit]!;
      const end = this.firstFile[unit + 1] ?? this.files.length;
      let numbers: number[] | undefined;
      for (let i = start; i < end; i++) if (this.files[i] === id) (numbers ??= []).push(i - start);
      if (numbers) found.push({ unit: this.units[unit]!, numbers });
    }
    return found;
  }
}

/** The id of no directory, above which absolute ones hang. */
const ROOT = -1;

class IndexBuilder {
  readonly units: number[] = [];
  readonly firstFile: number[] = [];
  readonly paths: string[] = [];
  readonly idOfPath = new Map<string, number>();
  private files = new Int32Array(4096);
  private fileCount = 0;
  private readonly names = new NameTable();
  /** Directories, as a node of a tree: the parent directory and the name below it. */
  private readonly directories = new PairTable();
  private readonly directoryPaths: string[] = [];
  private readonly entries = new PairTable();
  private readonly entryFiles: number[] = [];

  constructor(private readonly debug: DebugInfo) {}

  add(unit: CompileUnit): void {
    const section = this.debug.sections.line;
    const offset = unit.lineOffset;
    if (!section || offset === undefined || !hasOwnLines(unit)) return;
    const header = readLineHeader(section, offset, unit.header.addressSize);
    const names = readLineNames(section, header);
    const bytes = section.bytes(offset, header.programOffset - offset);
    const nodes = this.directoryNodes(unit, header, names, bytes);
    const { kinds, offsets } = names.files;
    this.units.push(unit.header.offset);
    this.firstFile.push(this.fileCount);
    this.reserve(kinds.length);
    const first = firstFileNumber(header);
    if (first > 0) this.files[this.fileCount++] = NO_FILE;
    for (let i = first; i < kinds.length; i++) {
      const node = nodes[names.fileDirectories[i]!] ?? nodes[0]!;
      const name = this.nameId(unit, header, bytes, kinds[i]!, offsets[i]!);
      const entry = this.entries.id(node, name);
      if (entry === this.entryFiles.length) {
        this.entryFiles.push(this.fileId(joinPath(this.directoryPaths[node]!, this.names.text(name))));
      }
      this.files[this.fileCount++] = this.entryFiles[entry]!;
    }
  }

  finish(): Int32Array {
    return this.files.slice(0, this.fileCount);
  }

  /** The node of each directory of a header; index 0 is the compilation directory in every version. */
  private directoryNodes(unit: CompileUnit, header: LineHeader, names: LineNames, bytes: Uint8Array): number[] {
    const { kinds, offsets } = names.directories;
    let base = this.directoryNode(ROOT, this.names.ofText(unit.compDir ?? ''));
    if (header.version >= 5 && kinds.length > 0) {
      base = this.directoryNode(base, this.nameId(unit, header, bytes, kinds[0]!, offsets[0]!));
    }
    const nodes = [base];
    for (let i = 1; i < kinds.length; i++) {
      nodes.push(this.directoryNode(base, this.nameId(unit, header, bytes, kinds[i]!, offsets[i]!)));
    }
    return nodes;
  }

  private directoryNode(parent: number, name: number): number {
    const node = this.directories.id(parent, name);
    if (node === this.directoryPaths.length) {
      const above = parent === ROOT ? '' : this.directoryPaths[parent]!;
      this.directoryPaths.push(joinPath(above, this.names.text(name)));
    }
    return node;
  }

  private nameId(unit: CompileUnit, header: LineHeader, bytes: Uint8Array, kind: NameKind, offset: number): number {
    if (kind === NameKind.line) return this.names.ofBytes(bytes, offset - header.offset);
    const read = (): string => nameText(this.debug, unit, { kinds: [kind], offsets: [offset] }, 0);
    // An index means something else in every unit.
    return kind === NameKind.index ? this.names.ofText(read()) : this.names.ofPlace(kind, offset, read);
  }

  private fileId(path: string): number {
    let id = this.idOfPath.get(path);
    if (id === undefined) {
      id = this.paths.length;
      this.paths.push(path);
      this.idOfPath.set(path, id);
    }
    return id;
  }

  private reserve(count: number): void {
    if (this.fileCount + count <= this.files.length) return;
    const files = new Int32Array(Math.max(2 * this.files.length, this.fileCount + count));
    files.set(this.files);
    this.files = files;
  }
}
