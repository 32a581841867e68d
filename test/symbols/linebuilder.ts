/** Writes .debug_line by hand, for what no compiler here emits, and the little ELF file it needs around it. */
import { runLineProgram, type LineTable } from '../../src/symbols/dwarf/lineprogram';
import { readLineHeader } from '../../src/symbols/dwarf/lineheader';
import { Section } from '../../src/symbols/dwarf/section';
import { BufferSource } from '../../src/common/bytes';

export function uleb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest % 0x80) + (rest >= 0x80 ? 0x80 : 0));
    rest = Math.floor(rest / 0x80);
  } while (rest > 0);
  return bytes;
}

export function sleb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && !(low & 0x40)) || (rest === -1 && low & 0x40)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

export function u32(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
}

export function u64(value: bigint): number[] {
  return [...u32(Number(value & 0xffffffffn)), ...u32(Number(value >> 32n))];
}

/** Opcodes by name. */
export const op = {
  copy: [1],
  advancePc: (by: number): number[] => [2, ...uleb(by)],
  advanceLine: (by: number): number[] => [3, ...sleb(by)],
  setFile: (file: number): number[] => [4, ...uleb(file)],
  setColumn: (column: number): number[] => [5, ...uleb(column)],
  negateStmt: [6],
  basicBlock: [7],
  constAddPc: [8],
  fixedAdvancePc: (by: number): number[] => [9, by & 0xff, by >> 8],
  prologueEnd: [10],
  epilogueBegin: [11],
  setIsa: (isa: number): number[] => [12, ...uleb(isa)],
  extended: (code: number, ...operands: number[]): number[] => [0, ...uleb(operands.length + 1), code, ...operands],
  setAddress: (address: bigint): number[] => [0, 9, 2, ...u64(address)],
  endSequence: [0, 1, 1],
};

export interface HeaderFields {
  readonly minInstructionLength?: number;
  readonly maxOperations?: number;
  readonly defaultIsStmt?: boolean;
  readonly lineBase?: number;
  readonly lineRange?: number;
  readonly opcodeLengths?: readonly number[];
}

const standardLengths = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];

/** A version 4 line unit with one file `f.c`. */
export function lineUnit(program: readonly (readonly number[])[], fields: HeaderFields = {}): Uint8Array {
  const lengths = fields.opcodeLengths ?? standardLengths;
  const fixed = [
    fields.minInstructionLength ?? 1,
    fields.maxOperations ?? 1,
    (fields.defaultIsStmt ?? true) ? 1 : 0,
    (fields.lineBase ?? -5) & 0xff,
    fields.lineRange ?? 14,
    lengths.length + 1,
    ...lengths,
  ];
  const names = [0, ...Buffer.from('f.c\0'), 0, 0, 0, 0];
  const header = [...fixed, ...names];
  const body = [4, 0, ...u32(header.length), ...header, ...program.flat()];
  return Uint8Array.from([...u32(body.length), ...body]);
}

/** Runs a unit made by `lineUnit`. */
export function runUnit(unit: Uint8Array, limits = { low: 0x1000, high: 2 ** 47 }): LineTable {
  const section = new Section('.debug_line', new BufferSource(unit));
  const header = readLineHeader(section, 0, 8);
  return runLineProgram(header, section.bytes(header.programOffset, header.end - header.programOffset), limits);
}

/** Rows as `address line flags`, sequences in the order of their addresses. */
export function rowTexts(table: LineTable): string[] {
  const texts: string[] = [];
  table.sequences.forEach((first, i) => {
    for (let row = first; row <= table.ends[i]!; row++) {
      texts.push(`${table.addresses[row]!.toString(16)} ${table.lines[row]} ${table.flags[row]}`);
    }
  });
  return texts;
}
