/**
 * Line number programs (DWARF 5 §6.2) decoded into parallel arrays, 19 bytes a row.
 *
 * The inner loop reads bytes by itself instead of through `Cursor`: a large C++ binary has millions of rows. Reading
 * past the end yields undefined, which ends every LEB128, and the position is checked once per opcode.
 */
import * as C from './constants';
import { Cursor, DwarfError } from './cursor';
import type { LineHeader, NameList } from './lineheader';
import { NameKind } from './lineheader';
import { sortedOrder } from './sorting';

export const ROW_IS_STMT = 1;
export const ROW_PROLOGUE_END = 2;
/** The row states where the sequence before it ends, one past its last byte; it has no line. */
export const ROW_END_SEQUENCE = 4;

/** Bytes of a row in all arrays together. */
const ROW_SIZE = 19;

/** Rows as parallel arrays: sequence after sequence as in the program, ascending addresses within each. */
export interface LineRows {
  readonly rowCount: number;
  readonly addresses: Float64Array;
  readonly lines: Uint32Array;
  /** 65535 stands for anything larger. */
  readonly columns: Uint16Array;
  /** As in the header: from 1 before DWARF 5, from 0 since. */
  readonly files: Uint32Array;
  /** `ROW_*` */
  readonly flags: Uint8Array;
}

/** The decoded rows of one unit with an index. */
export interface LineTable extends LineRows {
  /** Index of each sequence's first row, by ascending start address. */
  readonly sequences: Uint32Array;
  /** Index of each sequence's end row, in the same order. */
  readonly ends: Uint32Array;
  /** Files that the program itself defined (DW_LNE_define_file), which follow the header's. */
  readonly definedFiles: NameList & { readonly directories: readonly number[] };
}

/** The addresses at which a file can have code: sequences elsewhere belong to code the linker discarded. */
export interface CodeLimits {
  readonly low: number;
  readonly high: number;
}

/** Reused by every decode; the results are copies of the right size. */
class RowBuffer {
  addresses = new Float64Array(4096);
  lines = new Uint32Array(4096);
  columns = new Uint16Array(4096);
  files = new Uint32Array(4096);
  flags = new Uint8Array(4096);

  get capacity(): number {
    return this.addresses.length;
  }

  grow(): void {
    this.addresses = enlarged(this.addresses, new Float64Array(2 * this.capacity));
    this.lines = enlarged(this.lines, new Uint32Array(2 * this.lines.length));
    this.columns = enlarged(this.columns, new Uint16Array(2 * this.columns.length));
    this.files = enlarged(this.files, new Uint32Array(2 * this.files.length));
    this.flags = enlarged(this.flags, new Uint8Array(2 * this.flags.length));
  }
}

function enlarged<T extends { set(source: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Rows above which the shared buffer is not kept: 5 MB. */
const KEPT_CAPACITY = 1 << 18;
let shared = new RowBuffer();

/**
 * Runs a line number program.
 * @param header of the program
 * @param bytes  the program's own bytes, from `header.programOffset` to `header.end`
 * @param limits sequences that do not lie inside are dropped, and so are empty and unended ones
 * @throws DwarfError when the program runs over its end or divides by a line range of 0
 */
export function runLineProgram(header: LineHeader, bytes: Uint8Array, limits: CodeLimits): LineTable {
  return visitRows(header, bytes, limits, collect);
}

/**
 * Runs a line number program whose rows are needed once: they are shown to `visit` where they were decoded, and are
 * gone when it returns. Otherwise as `runLineProgram`.
 */
export function scanLineProgram(
  header: LineHeader,
  bytes: Uint8Array,
  limits: CodeLimits,
  visit: (rows: LineRows) => void,
): void {
  visitRows(header, bytes, limits, visit);
}

function visitRows<T>(
  header: LineHeader,
  bytes: Uint8Array,
  limits: CodeLimits,
  visit: (rows: LineRows, run: Run) => T,
): T {
  const buffer = shared;
  try {
    const run = execute(header, bytes, limits, buffer);
    const { addresses, lines, columns, files, flags } = buffer;
    return visit({ rowCount: run.count, addresses, lines, columns, files, flags }, run);
  } finally {
    if (buffer.capacity > KEPT_CAPACITY) shared = new RowBuffer();
  }
}

interface Run {
  /** Rows kept. */
  readonly count: number;
  /** First row of each sequence kept, in program order. */
  readonly starts: number[];
  readonly definedFiles: { kinds: NameKind[]; offsets: number[]; directories: number[] };
}

function execute(header: LineHeader, bytes: Uint8Array, limits: CodeLimits, rows: RowBuffer): Run {
  const { minInstructionLength, lineBase, lineRange, opcodeBase, standardOpcodeLengths } = header;
  const maxOperations = Math.max(header.maxOperationsPerInstruction, 1);
  const stmtFlag = header.defaultIsStmt ? ROW_IS_STMT : 0;
  const end = bytes.length;
  const starts: number[] = [];
  const definedFiles: Run['definedFiles'] = { kinds: [], offsets: [], directories: [] };

  let { addresses, lines, columns, files, flags, capacity } = rows;
  let count = 0;
  let position = 0;
  let sequenceStart = 0;
  let isOrdered = true;

  // The state machine's registers, DWARF 5 §6.2.2.
  let address = 0;
  let opIndex = 0;
  let file = 1;
  let line = 1;
  let column = 0;
  let flag = stmtFlag;

  // No closures in here: they would move these registers to the heap and halve the speed.
  while (position < end) {
    const opcode = bytes[position++]!;
    let operations = 0;
    let rowFlags = -1;
    if (opcode >= opcodeBase) {
      if (lineRange === 0) throw new DwarfError(`line program at 0x${header.offset.toString(16)}: line range 0`);
      const adjusted = opcode - opcodeBase;
      operations = (adjusted / lineRange) | 0;
      line += lineBase + (adjusted - operations * lineRange);
      rowFlags = flag;
    } else {
      // Every opcode with an operand but one begins it with a LEB128 number; 0 begins with a length.
      let operand = 0;
      let signed = 0;
      const operands = opcode === 0 ? 1 : standardOpcodeLengths[opcode]!;
      if (operands > 0 && opcode !== C.DW_LNS_fixed_advance_pc) {
        let scale = 1;
        let byte: number;
        do {
          byte = bytes[position++]!;
          operand += (byte & 0x7f) * scale;
          scale *= 0x80;
        } while (byte >= 0x80);
        signed = byte & 0x40 ? operand - scale : operand;
      }
      switch (opcode) {
        case 0: {
          const next = position + operand;
          if (next > end) throw overrun(header);
          const extended = operand === 0 ? 0 : bytes[position]!;
          if (extended === C.DW_LNE_end_sequence) {
            rowFlags = ROW_END_SEQUENCE;
          } else if (extended === C.DW_LNE_set_address) {
            address = 0;
            opIndex = 0;
            for (let i = next - 1; i > position; i--) address = address * 256 + bytes[i]!;
          } else if (extended === C.DW_LNE_define_file) {
            const cursor = new Cursor(bytes, position + 1, next);
            definedFiles.kinds.push(NameKind.line);
            definedFiles.offsets.push(header.programOffset + position + 1);
            cursor.skipCstring();
            definedFiles.directories.push(cursor.uleb());
          }
          position = next;
          break;
        }
        case C.DW_LNS_copy:
          rowFlags = flag;
          break;
        case C.DW_LNS_advance_pc:
          operations = operand;
          break;
        case C.DW_LNS_advance_line:
          line += signed;
          break;
        case C.DW_LNS_set_file:
          file = operand;
          break;
        case C.DW_LNS_set_column:
          column = operand;
          break;
        case C.DW_LNS_negate_stmt:
          flag ^= ROW_IS_STMT;
          break;
        case C.DW_LNS_const_add_pc:
          operations = lineRange === 0 ? 0 : ((255 - opcodeBase) / lineRange) | 0;
          break;
        case C.DW_LNS_fixed_advance_pc:
          if (position + 2 > end) throw overrun(header);
          address += bytes[position]! + bytes[position + 1]! * 256;
          position += 2;
          opIndex = 0;
          break;
        case C.DW_LNS_set_prologue_end:
          flag |= ROW_PROLOGUE_END;
          break;
        case C.DW_LNS_set_basic_block:
        case C.DW_LNS_set_epilogue_begin:
          break;
        default:
          // DW_LNS_set_isa, and opcodes of later versions: the header counts their operands.
          for (let left = operands; left > 1; left--) while (bytes[position++]! >= 0x80);
          break;
      }
      if (position > end) throw overrun(header);
    }

    if (operations !== 0) {
      if (maxOperations === 1) {
        address += minInstructionLength * operations;
      } else {
        address += minInstructionLength * Math.floor((opIndex + operations) / maxOperations);
        opIndex = (opIndex + operations) % maxOperations;
      }
    }
    if (rowFlags < 0) continue;
    flag &= ROW_IS_STMT;
    // A row inside a VLIW bundle is no address where one could stop.
    if (opIndex !== 0 && rowFlags !== ROW_END_SEQUENCE) continue;

    if (count === capacity) {
      rows.grow();
      ({ addresses, lines, columns, files, flags, capacity } = rows);
    }
    if (count > sequenceStart && address < addresses[count - 1]!) isOrdered = false;
    addresses[count] = address;
    lines[count] = line;
    columns[count] = column > 0xffff ? 0xffff : column;
    files[count] = file;
    flags[count] = rowFlags;
    count++;
    if (rowFlags !== ROW_END_SEQUENCE) continue;

    if (!isOrdered) sortRows(rows, sequenceStart, count);
    const start = addresses[sequenceStart]!;
    if (start >= limits.low && address <= limits.high && start < address) starts.push(sequenceStart);
    else count = sequenceStart;
    sequenceStart = count;
    isOrdered = true;
    address = 0;
    opIndex = 0;
    file = 1;
    line = 1;
    column = 0;
    flag = stmtFlag;
  }
  return { count: sequenceStart, starts, definedFiles };
}

function overrun(header: LineHeader): DwarfError {
  return new DwarfError(`the line program at 0x${header.offset.toString(16)} runs over its end`);
}

/** Orders the rows of a sequence whose producer did not, keeping rows of equal addresses in program order. */
function sortRows(rows: RowBuffer, start: number, end: number): void {
  // The end row stays last even though code may claim to lie behind it.
  const order = Array.from({ length: end - start - 1 }, (_, i) => start + i);
  order.sort((a, b) => rows.addresses[a]! - rows.addresses[b]! || a - b);
  for (const column of [rows.addresses, rows.lines, rows.columns, rows.files, rows.flags]) {
    const sorted = order.map((row) => column[row]!);
    sorted.forEach((value, i) => (column[start + i] = value));
  }
}

/** Copies what was kept into arrays of the right size, all in one allocation. */
function collect(rows: LineRows, run: Run): LineTable {
  const { starts, count, definedFiles } = run;
  const buffer = new ArrayBuffer(count * ROW_SIZE);
  const table = {
    rowCount: count,
    addresses: new Float64Array(buffer, 0, count),
    lines: new Uint32Array(buffer, 8 * count, count),
    files: new Uint32Array(buffer, 12 * count, count),
    columns: new Uint16Array(buffer, 16 * count, count),
    flags: new Uint8Array(buffer, 18 * count, count),
    definedFiles,
  };
  table.addresses.set(rows.addresses.subarray(0, count));
  table.lines.set(rows.lines.subarray(0, count));
  table.files.set(rows.files.subarray(0, count));
  table.columns.set(rows.columns.subarray(0, count));
  table.flags.set(rows.flags.subarray(0, count));
  return { ...table, ...sortSequences(table.addresses, starts) };
}

function sortSequences(addresses: Float64Array, starts: readonly number[]): Pick<LineTable, 'sequences' | 'ends'> {
  const startAddresses = new Float64Array(starts.length);
  for (let i = 0; i < starts.length; i++) startAddresses[i] = addresses[starts[i]!]!;
  const order = sortedOrder(startAddresses);
  const sequences = new Uint32Array(starts.length);
  const ends = new Uint32Array(starts.length);
  for (let i = 0; i < order.length; i++) {
    sequences[i] = starts[order[i]!]!;
    ends[i] = (starts[order[i]! + 1] ?? addresses.length) - 1;
  }
  return { sequences, ends };
}
