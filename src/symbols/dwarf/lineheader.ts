/**
 * The header of a line number program (DWARF 5 §6.2.4, DWARF 2 to 4 §6.2.4): how its opcodes are encoded, and the
 * directories and files they refer to. Names stay where they are, as references: a large binary repeats the same
 * header files in thousands of units, and turning each into a string would cost more than all line programs.
 */
import * as C from './constants';
import { type Cursor, DwarfError } from './cursor';
import { type Encoding, readForm, skipForm } from './forms';
import type { Section } from './section';

/** Where a name lies. `line` is .debug_line itself; `index` is an index into .debug_str_offsets. */
export const enum NameKind {
  line,
  lineStr,
  str,
  alt,
  index,
}

/** A list of names without strings. */
export interface NameList {
  readonly kinds: readonly NameKind[];
  /** Section offsets, or indices for NameKind.index. */
  readonly offsets: readonly number[];
}

export interface LineHeader extends Encoding {
  /** Section offset of the header. */
  readonly offset: number;
  /** Section offset of the first opcode. */
  readonly programOffset: number;
  /** Section offset one past the program. */
  readonly end: number;
  readonly minInstructionLength: number;
  readonly maxOperationsPerInstruction: number;
  readonly defaultIsStmt: boolean;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  /** Operands (LEB128) of each standard opcode, by opcode; index 0 is unused. */
  readonly standardOpcodeLengths: Uint8Array;
  /** Section offset of the directory and file tables, which end where the program begins at the latest. */
  readonly namesOffset: number;
}

/** The names a line program refers to by index. */
export interface LineNames {
  /** In DWARF 5 from index 0, the compilation directory; before it from index 1. Index 0 is then a placeholder. */
  readonly directories: NameList;
  /** In DWARF 5 from index 0, before it from index 1 with a placeholder at 0. */
  readonly files: NameList;
  /** The directory of each file. */
  readonly fileDirectories: readonly number[];
}

/** The longest header without its tables: 29 bytes, and a length for each of 254 opcodes. */
const MAX_FIXED = 29 + 254;

/**
 * Parses the header at a section offset.
 * @param addressSize of the unit, which headers before DWARF 5 do not state
 * @throws DwarfError
 */
export function readLineHeader(section: Section, offset: number, addressSize: number): LineHeader {
  const cursor = section.cursor(offset, offset + MAX_FIXED);
  const { length, offsetSize } = cursor.initialLength();
  const end = cursor.offset + length;
  if (end > section.size) throw new DwarfError(`the line program at 0x${offset.toString(16)} ends outside the section`);
  const version = cursor.u16();
  if (version < 2 || version > 5) {
    throw new DwarfError(`the line program at 0x${offset.toString(16)} has version ${version}; 2 to 5 are known`);
  }
  let ownAddressSize = addressSize;
  if (version >= 5) {
    ownAddressSize = cursor.u8();
    if (cursor.u8() !== 0) throw new DwarfError('segmented addresses are not supported');
  }
  const headerLength = cursor.sectionOffset(offsetSize);
  const programOffset = cursor.offset + headerLength;
  if (programOffset > end) throw new DwarfError(`the line header at 0x${offset.toString(16)} is longer than its unit`);
  const minInstructionLength = cursor.u8();
  const maxOperationsPerInstruction = version >= 4 ? cursor.u8() : 1;
  const defaultIsStmt = cursor.u8() !== 0;
  const lineBase = cursor.i8();
  const lineRange = cursor.u8();
  const opcodeBase = cursor.u8();
  if (opcodeBase === 0) throw new DwarfError(`the line header at 0x${offset.toString(16)} has an opcode base of 0`);
  const standardOpcodeLengths = new Uint8Array(opcodeBase);
  standardOpcodeLengths.set(cursor.block(opcodeBase - 1), 1);
  return {
    offset,
    version,
    addressSize: ownAddressSize,
    offsetSize,
    programOffset,
    end,
    minInstructionLength,
    maxOperationsPerInstruction,
    defaultIsStmt,
    lineBase,
    lineRange,
    opcodeBase,
    standardOpcodeLengths,
    namesOffset: cursor.offset,
  };
}

/** Parses the directory and file tables of a header. @throws DwarfError */
export function readLineNames(section: Section, header: LineHeader): LineNames {
  const cursor = section.cursor(header.namesOffset, Math.max(header.programOffset, header.namesOffset));
  return header.version >= 5 ? parseEntryFormats(cursor, header) : parseLegacyTables(cursor);
}

interface EntryTable {
  readonly kinds: NameKind[];
  readonly offsets: number[];
  readonly directories: number[];
}

function newTable(): EntryTable {
  return { kinds: [], offsets: [], directories: [] };
}

function addName(table: EntryTable, kind: NameKind, offset: number, directory: number): void {
  table.kinds.push(kind);
  table.offsets.push(offset);
  table.directories.push(directory);
}

/** DWARF 2 to 4: NUL-terminated names, lists ended by an empty one. */
function parseLegacyTables(cursor: Cursor): LineNames {
  const directories = newTable();
  const files = newTable();
  // Index 0 of both is not in the table: the compilation directory, and no file.
  addName(directories, NameKind.line, 0, 0);
  addName(files, NameKind.line, 0, 0);
  for (;;) {
    const at = cursor.offset;
    cursor.skipCstring();
    if (cursor.offset === at + 1) break;
    addName(directories, NameKind.line, at, 0);
  }
  for (;;) {
    const at = cursor.offset;
    cursor.skipCstring();
    if (cursor.offset === at + 1) break;
    addName(files, NameKind.line, at, cursor.uleb());
    cursor.skipLeb(); // time of last modification
    cursor.skipLeb(); // length
  }
  return { directories, files, fileDirectories: files.directories };
}

/** DWARF 5: tables whose columns are described by content type and form. */
function parseEntryFormats(cursor: Cursor, encoding: Encoding): LineNames {
  const directories = parseEntryTable(cursor, encoding);
  const files = parseEntryTable(cursor, encoding);
  return { directories, files, fileDirectories: files.directories };
}

function parseEntryTable(cursor: Cursor, encoding: Encoding): EntryTable {
  const formatCount = cursor.u8();
  const format: number[] = [];
  for (let i = 0; i < formatCount; i++) format.push(cursor.uleb(), cursor.uleb());
  const count = cursor.uleb();
  const table = newTable();
  for (let entry = 0; entry < count; entry++) {
    const start = cursor.position;
    let kind = NameKind.line;
    let offset = -1;
    let directory = 0;
    for (let i = 0; i < format.length; i += 2) {
      const content = format[i]!;
      const form = format[i + 1]!;
      if (content === C.DW_LNCT_path) {
        const at = cursor.offset;
        kind = nameKind(form);
        if (kind === NameKind.line) {
          cursor.skipCstring();
          offset = at;
        } else {
          offset = readNameOffset(cursor, form, encoding);
        }
      } else if (content === C.DW_LNCT_directory_index) {
        directory = form === C.DW_FORM_udata ? cursor.uleb() : readNameOffset(cursor, form, encoding);
      } else {
        skipForm(cursor, form, encoding);
      }
    }
    if (cursor.position === start) throw new DwarfError(`${count} table entries without contents`);
    if (offset < 0) throw new DwarfError('a table of names has no column for them');
    addName(table, kind, offset, directory);
  }
  return table;
}

function nameKind(form: number): NameKind {
  switch (form) {
    case C.DW_FORM_string:
      return NameKind.line;
    case C.DW_FORM_line_strp:
      return NameKind.lineStr;
    case C.DW_FORM_strp:
      return NameKind.str;
    case C.DW_FORM_strp_sup:
    case C.DW_FORM_GNU_strp_alt:
      return NameKind.alt;
    case C.DW_FORM_strx:
    case C.DW_FORM_strx1:
    case C.DW_FORM_strx2:
    case C.DW_FORM_strx3:
    case C.DW_FORM_strx4:
      return NameKind.index;
    default:
      throw new DwarfError(`form 0x${form.toString(16)} is no form for a name`);
  }
}

/** Numbers only: offsets, indices and counts. */
function readNameOffset(cursor: Cursor, form: number, encoding: Encoding): number {
  if (form === C.DW_FORM_line_strp || form === C.DW_FORM_strp) return cursor.sectionOffset(encoding.offsetSize);
  const value = readForm(cursor, form, encoding);
  if (!('value' in value) || typeof value.value !== 'number') {
    throw new DwarfError(`form 0x${form.toString(16)} is no form for a number`);
  }
  return value.value;
}
