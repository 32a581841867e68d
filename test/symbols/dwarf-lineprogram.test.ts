/** Line programs that compilers here do not write, and damaged ones. */
import { describe, expect, it } from 'vitest';
import { DwarfError } from '../../src/symbols/dwarf/cursor';
import { lineUnit, op, rowTexts, runUnit } from './linebuilder';

const start = op.setAddress(0x2000n);
const END = '4';

describe('the state machine', () => {
  it('advances by special opcodes, DWARF 5 §6.2.5.1', () => {
    // Line base -5, range 14, opcode base 13: opcode 13 + 14 * 3 + 6 is three addresses and one line on.
    const table = runUnit(lineUnit([start, op.copy, [13 + 14 * 3 + 6], op.advancePc(2), op.endSequence]));
    expect(rowTexts(table)).toEqual(['2000 1 1', '2003 2 1', `2005 2 ${END}`]);
  });

  it('advances by DW_LNS_const_add_pc and DW_LNS_fixed_advance_pc', () => {
    const program = [
      start,
      op.constAddPc,
      op.copy,
      op.fixedAdvancePc(0x1234),
      op.copy,
      op.advancePc(1),
      op.endSequence,
    ];
    expect(rowTexts(runUnit(lineUnit(program, { minInstructionLength: 4 })))).toEqual([
      // (255 - 13) / 14 = 17 instructions of 4 bytes; the fixed advance is not multiplied.
      '2044 1 1',
      '3278 1 1',
      `327c 1 ${END}`,
    ]);
  });

  it('marks statements and the end of the prologue, once', () => {
    const program = [
      start,
      ...[op.negateStmt, op.copy],
      ...[op.negateStmt, op.prologueEnd, op.advancePc(1), op.copy],
      ...[op.epilogueBegin, op.basicBlock, op.setIsa(3), op.extended(4, 7), op.advancePc(1), op.copy],
      ...[op.advancePc(1), op.endSequence],
    ];
    expect(rowTexts(runUnit(lineUnit(program)))).toEqual(['2000 1 0', '2001 1 3', '2002 1 1', `2003 1 ${END}`]);
    const inverted = runUnit(lineUnit([start, op.copy, op.advancePc(1), op.endSequence], { defaultIsStmt: false }));
    expect(rowTexts(inverted)[0]).toBe('2000 1 0');
  });

  it('starts every sequence afresh', () => {
    const program = [
      ...[start, op.advanceLine(9), op.setColumn(70000), op.setFile(3), op.copy, op.advancePc(4), op.endSequence],
      ...[op.setAddress(0x3000n), op.copy, op.advancePc(4), op.endSequence],
    ];
    const table = runUnit(lineUnit(program));
    expect(rowTexts(table)).toEqual(['2000 10 1', `2004 10 ${END}`, '3000 1 1', `3004 1 ${END}`]);
    expect([...table.columns]).toEqual([65535, 65535, 0, 0]);
    expect([...table.files]).toEqual([3, 3, 1, 1]);
  });

  it('leaves out rows inside VLIW bundles', () => {
    const program = [
      start,
      op.copy,
      op.advancePc(1),
      op.copy,
      op.advancePc(2),
      op.copy,
      op.advancePc(3),
      op.endSequence,
    ];
    const table = runUnit(lineUnit(program, { maxOperations: 3, minInstructionLength: 16 }));
    expect(rowTexts(table)).toEqual(['2000 1 1', '2010 1 1', `2020 1 ${END}`]);
  });

  it('steps over opcodes it does not know, by the lengths in the header', () => {
    const lengths = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 3, 0];
    const unknown = [13, 0x80, 0x01, 5, 0xff, 0x00, 14];
    const program = [start, unknown, op.copy, op.extended(0x99, 1, 2, 3), [0, 0], op.advancePc(1), op.endSequence];
    expect(rowTexts(runUnit(lineUnit(program, { opcodeLengths: lengths })))).toEqual(['2000 1 1', `2001 1 ${END}`]);
  });

  it('takes standard opcodes beyond the opcode base for special ones', () => {
    // Opcode base 10 as in DWARF 2: 10 is a special opcode, 0 addresses and -5 lines on.
    const program = [start, op.advanceLine(20), [10], op.advancePc(1), op.endSequence];
    const table = runUnit(lineUnit(program, { opcodeLengths: [0, 1, 1, 1, 1, 0, 0, 0, 1] }));
    expect(rowTexts(table)[0]).toBe('2000 16 1');
  });

  it('keeps files that the program defines', () => {
    const file = [...Buffer.from('late.c\0'), 0, 0, 0];
    const table = runUnit(lineUnit([op.extended(3, ...file), start, op.copy, op.advancePc(1), op.endSequence]));
    expect(table.definedFiles.offsets).toHaveLength(1);
  });
});

describe('sequences', () => {
  const sequence = (address: bigint): number[][] => [op.setAddress(address), op.copy, op.advancePc(8), op.endSequence];

  it('are found by ascending address', () => {
    const table = runUnit(lineUnit([...sequence(0x5000n), ...sequence(0x3000n), ...sequence(0x4000n)]));
    expect([...table.sequences].map((row) => table.addresses[row])).toEqual([0x3000, 0x4000, 0x5000]);
    expect([...table.ends].map((row) => table.addresses[row])).toEqual([0x3008, 0x4008, 0x5008]);
  });

  it('of discarded code are dropped', () => {
    const discarded = [0n, 0xffffffffffffffffn, 0xfffffffffffffffen, 0xffffffffn << 16n, 0x800n];
    const table = runUnit(lineUnit([...discarded.flatMap(sequence), ...sequence(0x2000n)]));
    expect(rowTexts(table)).toEqual(['2000 1 1', `2008 1 ${END}`]);
  });

  it('without code or without an end are dropped', () => {
    const program = [
      op.setAddress(0x3000n),
      op.copy,
      op.endSequence,
      ...sequence(0x2000n),
      op.setAddress(0x4000n),
      op.copy,
    ];
    expect(rowTexts(runUnit(lineUnit(program)))).toEqual(['2000 1 1', `2008 1 ${END}`]);
  });

  it('whose addresses go back are sorted', () => {
    const back = [
      op.setAddress(0x2010n),
      op.advanceLine(1),
      op.copy,
      op.setAddress(0x2000n),
      op.advanceLine(1),
      op.copy,
    ];
    const table = runUnit(lineUnit([...back, op.setAddress(0x2020n), op.endSequence]));
    expect(rowTexts(table)).toEqual(['2000 3 1', '2010 2 1', `2020 3 ${END}`]);
  });
});

describe('damage is an error', () => {
  for (const [name, program] of Object.entries({
    'an operand cut off': [start, [2, 0x80]],
    'an extended opcode longer than the program': [start, [0, 200, 2]],
    'a fixed advance cut off': [start, [9, 1]],
    'a defined file without an end': [[0, 4, 3, 65, 66, 67]],
  })) {
    it(name, () => expect(() => runUnit(lineUnit(program))).toThrow(DwarfError));
  }

  it('a line range of 0, when it is used', () => {
    expect(() => runUnit(lineUnit([start, [200]], { lineRange: 0 }))).toThrow(DwarfError);
    const unused = runUnit(
      lineUnit([start, op.copy, op.constAddPc, op.advancePc(1), op.endSequence], { lineRange: 0 }),
    );
    expect(rowTexts(unused)).toHaveLength(2);
  });
});
