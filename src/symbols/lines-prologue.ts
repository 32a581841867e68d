/**
 * Where a function's prologue ends: past the instructions that make its frame, so that arguments can be read, and not
 * past anything the user wrote.
 *
 * LLVM says so in the line table (prologue_end). gcc does not: there, unoptimised code begins with a row for the
 * opening line and the next row is the body; optimised code mixes both, and its location lists are valid from the
 * first instruction on, so nothing is skipped. gdb decides alike, by the instructions that set up %rbp.
 */
import { type FileAddr, fileAddr } from '../common/addresses';
import { DW_LANG_Mips_Assembler } from './dwarf/constants';
import type { CompileUnit, LineIndex } from './lines';
import type { UnitLines } from './lines-unit';

/** Bytes that hold any frame setup recognised here. */
const SETUP_BYTES = 32;

/**
 * The first address of a function behind its prologue, for breakpoints on the function and for stepping into it.
 * @param functionEnd one past the function's last byte
 * @returns `functionStart` when there is nothing to skip or nothing is known
 */
export function prologueEnd(lines: LineIndex, functionStart: FileAddr, functionEnd: FileAddr): FileAddr {
  const place = lines.rowAt(functionStart);
  if (!place) return functionStart;
  const table = place.lines;
  const { addresses, files } = table.table;
  const unit = table.unit.full;
  // Whoever wrote the instructions wants to see all of them.
  if (unit.language === DW_LANG_Mips_Assembler) return functionStart;
  const stated = statedEnd(table, place.row, functionStart, functionEnd);
  const setupLength = frameSetupLength(lines.codeAt(functionStart, SETUP_BYTES));
  if (stated >= 0) {
    // In optimised code the mark may sit in a function inlined from elsewhere. Arguments are readable from the entry
    // on there, and the user's own line is where the stop should show.
    const isElsewhere = table.path(files[stated]!) !== table.path(files[place.row]!);
    return isElsewhere && setupLength === 0 ? functionStart : fileAddr(addresses[stated]!);
  }
  if (!emitsLikeGcc(unit) || isOptimised(unit)) return functionStart;

  const setup = functionStart + setupLength;
  const behindSetup = table.rowAt(setup);
  if (behindSetup < 0) return functionStart;
  if (setup > functionStart && addresses[behindSetup] === setup) return fileAddr(setup);
  const body = addresses[table.nextRow(behindSetup)]!;
  return fileAddr(body < functionEnd ? body : setup);
}

/** The first row marked prologue_end, -1 when none is. */
function statedEnd(lines: UnitLines, from: number, start: FileAddr, end: FileAddr): number {
  const { addresses } = lines.table;
  // The row in force is the last at its address; the mark may be on one before it.
  let row = from;
  while (row > 0 && addresses[row - 1] === addresses[row] && !lines.isEnd(row - 1)) row--;
  for (; !lines.isEnd(row) && addresses[row]! < end; row++) {
    if (addresses[row]! >= start && lines.isPrologueEnd(row)) return row;
  }
  return -1;
}

/** Whether a producer leaves prologue_end out because it never states it, rather than because there is no prologue. */
function emitsLikeGcc(unit: CompileUnit): boolean {
  return !/\b(clang|LLVM|rustc)\b/.test(unit.producer ?? '');
}

/** gcc records its options in DW_AT_producer; the last -O counts. */
function isOptimised(unit: CompileUnit): boolean {
  const levels = unit.producer?.match(/(?<=\s)-O\S*/g);
  const last = levels?.[levels.length - 1];
  return last !== undefined && last !== '-O0';
}

/**
 * Length of the instructions that begin a function and set up its frame pointer; 0 when it has none.
 * `[endbr64] [lea 8(%rsp),%r10; and $-n,%rsp; push -8(%r10)] push %rbp; mov %rsp,%rbp`
 */
export function frameSetupLength(code: Uint8Array): number {
  let at = 0;
  const accept = (...bytes: readonly (number | undefined)[]): boolean => {
    if (!bytes.every((byte, i) => byte === undefined || code[at + i] === byte)) return false;
    at += bytes.length;
    return true;
  };
  const any = undefined;
  accept(0xf3, 0x0f, 0x1e, 0xfa);
  if (accept(0x4c, 0x8d, 0x54, 0x24, 0x08)) {
    if (!accept(0x48, 0x83, 0xe4, any) && !accept(0x48, 0x81, 0xe4, any, any, any, any)) return 0;
    if (!accept(0x41, 0xff, 0x72, 0xf8)) return 0;
  }
  if (!accept(0x55)) return 0;
  return accept(0x48, 0x89, 0xe5) || accept(0x48, 0x8b, 0xec) ? at : 0;
}
