/** The DWARF expression machine, operation by operation, and on noise. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MemoryReader, RegisterReader } from '../../src/common/readers';
import {
  evaluateExpression,
  resultWord,
  type ExpressionContext,
  type ExpressionResult,
} from '../../src/symbols/dwarf/expression';
import type { BaseType } from '../../src/symbols/dwarf/expressiontyped';
import { DW_OP, operationName } from '../../src/symbols/dwarf/expressionopcodes';

const registers: RegisterReader = {
  dwarf: (register) => (register < 17 ? BigInt(register) * 0x1000n : undefined),
  named: () => undefined,
};
/** Byte n of memory is n, up to 0x10000. */
const memory: MemoryReader = {
  read: (address, length) =>
    Uint8Array.from(
      { length: Math.max(0, Math.min(length, 0x10000 - Number(address))) },
      (_, i) => Number(address) + i,
    ),
};

function run(bytes: readonly number[], context: Partial<ExpressionContext> = {}): ExpressionResult {
  return evaluateExpression(Uint8Array.from(bytes), { memory, registers, ...context });
}

function word(bytes: readonly number[], context: Partial<ExpressionContext> = {}): bigint | undefined {
  return resultWord(run(bytes, context));
}

const MINUS_ONE = (1n << 64n) - 1n;
const { const1s, const1u, const2u, const8u, consts, constu } = DW_OP;
const minus = (value: number): number[] => [const1s, 256 - value];

describe('operations', () => {
  const table: [what: string, bytes: number[], expected: bigint][] = [
    ['const1u', [const1u, 0xff], 255n],
    ['const1s', [const1s, 0xff], MINUS_ONE],
    ['const2u', [const2u, 0xfe, 0xff], 0xfffen],
    ['const2s', [DW_OP.const2s, 0xfe, 0xff], MINUS_ONE - 1n],
    ['const4u', [DW_OP.const4u, 1, 0, 0, 0x80], 0x80000001n],
    ['const4s', [DW_OP.const4s, 0, 0, 0, 0x80], 0xffffffff80000000n],
    ['const8u', [const8u, 1, 2, 3, 4, 5, 6, 7, 0x88], 0x8807060504030201n],
    ['const8s', [DW_OP.const8s, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], MINUS_ONE],
    ['constu', [constu, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1], 1n << 63n],
    ['consts', [consts, 0x7f], MINUS_ONE],
    ['addr', [DW_OP.addr, 8, 7, 6, 5, 4, 3, 2, 1], 0x0102030405060708n],
    ['lit', [DW_OP.lit0 + 31], 31n],
    ['breg', [DW_OP.breg0 + 7, 0x78], 0x7000n - 8n],
    ['bregx', [DW_OP.bregx, 16, 4], 0x10004n],
    ['dup', [0x33, DW_OP.dup, DW_OP.plus], 6n],
    ['drop', [0x33, 0x34, DW_OP.drop], 3n],
    ['over', [0x33, 0x34, DW_OP.over], 3n],
    ['pick', [0x33, 0x34, 0x35, DW_OP.pick, 2], 3n],
    ['swap', [0x33, 0x34, DW_OP.swap, DW_OP.minus], 1n],
    // 1 2 3 becomes 3 1 2: the top goes below the two others.
    ['rot, top', [0x31, 0x32, 0x33, DW_OP.rot], 2n],
    ['rot, second', [0x31, 0x32, 0x33, DW_OP.rot, DW_OP.drop], 1n],
    ['rot, third', [0x31, 0x32, 0x33, DW_OP.rot, DW_OP.drop, DW_OP.drop], 3n],
    ['deref', [const1u, 0x10, DW_OP.deref], 0x1716151413121110n],
    ['deref_size', [const1u, 0x10, DW_OP.deref_size, 2], 0x1110n],
    ['abs', [...minus(5), DW_OP.abs], 5n],
    ['neg', [0x35, DW_OP.neg], MINUS_ONE - 4n],
    ['not', [0x30, DW_OP.not], MINUS_ONE],
    ['and', [0x3c, 0x3a, DW_OP.and], 8n],
    ['or', [0x3c, 0x33, DW_OP.or], 15n],
    ['xor', [0x3c, 0x3a, DW_OP.xor], 6n],
    ['plus wraps', [...minus(1), 0x32, DW_OP.plus], 1n],
    ['minus wraps', [0x31, 0x32, DW_OP.minus], MINUS_ONE],
    ['mul wraps', [...minus(1), ...minus(1), DW_OP.mul], 1n],
    ['div is signed', [...minus(7), 0x32, DW_OP.div], MINUS_ONE - 2n],
    ['mod is unsigned', [...minus(1), 0x37, DW_OP.mod], MINUS_ONE % 7n],
    ['plus_uconst', [0x31, DW_OP.plus_uconst, 0x81, 1], 130n],
    ['shl', [0x31, 0x34, DW_OP.shl], 16n],
    ['shl by 64', [0x31, const1u, 64, DW_OP.shl], 0n],
    ['shr is logical', [...minus(1), const1u, 60, DW_OP.shr], 15n],
    ['shra is arithmetic', [...minus(16), 0x32, DW_OP.shra], MINUS_ONE - 3n],
    ['shra by more than there is', [...minus(16), const1u, 200, DW_OP.shra], MINUS_ONE],
    ['eq', [0x31, 0x31, DW_OP.eq], 1n],
    ['ne', [0x31, 0x31, DW_OP.ne], 0n],
    ['lt is signed', [...minus(1), 0x31, DW_OP.lt], 1n],
    ['le', [0x31, 0x31, DW_OP.le], 1n],
    ['gt', [0x32, 0x31, DW_OP.gt], 1n],
    ['ge is signed', [...minus(1), 0x31, DW_OP.ge], 0n],
    ['skip', [0x31, DW_OP.skip, 1, 0, 0x32, DW_OP.nop], 1n],
    ['bra taken', [0x35, 0x31, DW_OP.bra, 1, 0, 0x36], 5n],
    ['bra not taken', [0x35, 0x30, DW_OP.bra, 1, 0, 0x36], 6n],
    // Counts down from 3 by a backward branch: lit3; lit1; minus; dup; bra -5
    ['a loop', [0x33, 0x31, DW_OP.minus, DW_OP.dup, DW_OP.bra, 0xfa, 0xff], 0n],
  ];
  it.each(table)('%s', (_what, bytes, expected) => {
    expect(word(bytes)).toBe(expected);
  });

  it('asks whoever knows', () => {
    expect(word([DW_OP.call_frame_cfa], { cfa: () => 5n })).toBe(5n);
    expect(word([DW_OP.fbreg, 0x7c], { frameBase: () => 100n })).toBe(96n);
    expect(word([DW_OP.addr, 4, 0, 0, 0, 0, 0, 0, 0], { relocate: (a) => a + 0x1000n })).toBe(0x1004n);
    expect(word([DW_OP.addrx, 3], { addressAt: (i) => BigInt(i) * 8n })).toBe(24n);
    expect(word([DW_OP.constx, 3], { constantAt: (i) => BigInt(i) })).toBe(3n);
    expect(word([0x35, DW_OP.form_tls_address], { threadLocal: (o) => o + 0x100n })).toBe(0x105n);
    expect(word([DW_OP.push_object_address], { objectAddress: () => 9n })).toBe(9n);
    expect(word([DW_OP.entry_value, 1, 0x55], { entryValue: (e) => BigInt(e[0]!) })).toBe(0x55n);
    expect(word([0x31, DW_OP.plus], { initialStack: [0x10n] })).toBe(0x11n);
  });
});

describe('locations', () => {
  it('are addresses, registers, values, bytes or nothing', () => {
    expect(run([DW_OP.breg0 + 7, 8])).toEqual({ kind: 'address', address: 0x7008n });
    expect(run([DW_OP.reg0 + 3])).toEqual({ kind: 'register', register: 3 });
    expect(run([DW_OP.regx, 17])).toEqual({ kind: 'register', register: 17 });
    expect(run([0x35, DW_OP.stack_value])).toEqual({ kind: 'value', value: 5n, size: 8 });
    expect(run([DW_OP.implicit_value, 2, 7, 8])).toEqual({ kind: 'bytes', bytes: Uint8Array.of(7, 8) });
    expect(run([])).toEqual({ kind: 'absent' });
  });

  it('come in pieces', () => {
    const piece = (size: number): number[] => [DW_OP.piece, size];
    expect(run([DW_OP.reg0, ...piece(8), ...piece(4), DW_OP.breg0 + 1, 0, DW_OP.bit_piece, 3, 5])).toEqual({
      kind: 'pieces',
      pieces: [
        { location: { kind: 'register', register: 0 }, bitSize: 64, bitOffset: 0 },
        { location: { kind: 'absent' }, bitSize: 32, bitOffset: 0 },
        { location: { kind: 'address', address: 0x1000n }, bitSize: 3, bitOffset: 5 },
      ],
    });
  });
});

describe('calls', () => {
  const procedures = new Map([
    [1, [0x35, DW_OP.plus]],
    [2, [DW_OP.call4, 1, 0, 0, 0, DW_OP.call_ref, 1, 0, 0, 0]],
    [3, [DW_OP.call2, 3, 0]],
    [4, []],
  ]);
  const procedure = (offset: number): Uint8Array | undefined => {
    const bytes = procedures.get(offset);
    return bytes && Uint8Array.from(bytes);
  };

  it('run on the same stack', () => {
    expect(word([0x31, DW_OP.call2, 1, 0], { procedure })).toBe(6n);
    expect(word([0x31, DW_OP.call2, 2, 0, 0x31, DW_OP.plus], { procedure })).toBe(12n);
    expect(word([0x31, DW_OP.call2, 4, 0], { procedure })).toBe(1n);
  });

  it('end', () => {
    expect(run([DW_OP.call2, 3, 0], { procedure })).toEqual({
      kind: 'error',
      reason: 'more than 16 calls in an expression',
    });
  });
});

describe('typed values', () => {
  const types: Readonly<Record<number, BaseType>> = {
    0x10: { encoding: 'signed', size: 4 },
    0x11: { encoding: 'unsigned', size: 2 },
    0x12: { encoding: 'float', size: 4 },
    0x13: { encoding: 'float', size: 8 },
    0x14: { encoding: 'float', size: 16 },
    0x15: { encoding: 'signed', size: 16 },
    0x16: { encoding: 'signed', size: 8 },
  };
  const [int, ushort, float, double, longDouble, int128, long] = [0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16];
  const context = { baseType: (offset: number): BaseType | undefined => types[offset] };
  const doubleBits = (number: number): number[] => [...new Uint8Array(Float64Array.of(number).buffer)];
  const constant = (number: number): number[] => [DW_OP.const_type, double, 8, ...doubleBits(number)];
  const value = (bytes: readonly number[]): bigint | undefined =>
    resultWord(run([...bytes, DW_OP.stack_value], { ...context, registers: vectors }));
  const vectors: RegisterReader = {
    dwarf: (register) => (register === 17 ? 0x1234_40490fdbn : 5n),
    named: () => undefined,
  };
  const asDouble = (bits: bigint | undefined): number => new Float64Array(BigUint64Array.of(bits ?? 0n).buffer)[0]!;

  it('compute in their type', () => {
    expect(asDouble(value([...constant(1.5), ...constant(0.25), DW_OP.plus]))).toBe(1.75);
    expect(asDouble(value([...constant(1), ...constant(3), DW_OP.div]))).toBe(1 / 3);
    expect(asDouble(value([...constant(2), DW_OP.neg]))).toBe(-2);
    expect(asDouble(value([...constant(-2), DW_OP.abs]))).toBe(2);
    expect(value([...constant(1), ...constant(3), DW_OP.lt])).toBe(1n);
    const max = [0x31, DW_OP.convert, int, 0x30 + 31, DW_OP.shl];
    expect(value(max)).toBe(0x80000000n);
    expect(value([...max, ...max, DW_OP.plus])).toBe(0n);
    expect(value([...minus(1), DW_OP.convert, ushort, DW_OP.convert, 0])).toBe(0xffffn);
    expect(value([...minus(1), DW_OP.convert, int, DW_OP.convert, 0])).toBe(MINUS_ONE);
    expect(value([...minus(2), DW_OP.convert, int, 0x31, DW_OP.convert, int, DW_OP.shra])).toBe(0xffffffffn);
    expect(value([0x35, DW_OP.convert, int, DW_OP.plus_uconst, 3, DW_OP.not])).toBe(0xfffffff7n);
  });

  it('are converted and reinterpreted', () => {
    expect(asDouble(value([0x35, DW_OP.convert, double]))).toBe(5);
    expect(value([...constant(-1.9), DW_OP.convert, long, DW_OP.convert, 0])).toBe(MINUS_ONE);
    expect(value([...constant(1), DW_OP.convert, float])).toBe(0x3f800000n);
    expect(value([...constant(1), DW_OP.reinterpret, 0])).toBe(0x3ff0000000000000n);
    expect(value([...constant(1), DW_OP.convert, longDouble])).toBe((16383n << 64n) | (1n << 63n));
    const there = (number: number): number =>
      asDouble(value([...constant(number), DW_OP.convert, longDouble, DW_OP.convert, double]));
    for (const number of [0, -0, 1.1, -3e300, 5e-324, 2.5e-310, Infinity, NaN, Number.MAX_VALUE]) {
      expect(there(number)).toBe(number);
    }
    const big = [...minus(1), DW_OP.convert, long, DW_OP.convert, longDouble, DW_OP.convert, int128];
    expect(value(big)).toBe((1n << 128n) - 1n);
  });

  it('come from registers and memory', () => {
    expect(value([DW_OP.regval_type, 17, float])).toBe(0x40490fdbn);
    expect(value([DW_OP.GNU_regval_type, 17, ushort])).toBe(0x0fdbn);
    expect(value([const1u, 0x10, DW_OP.deref_type, 4, int])).toBe(0x13121110n);
    expect(run([const1u, 0x10, DW_OP.deref_type, 4, int, DW_OP.stack_value], context)).toEqual({
      kind: 'value',
      value: 0x13121110n,
      size: 4,
      type: types[int],
    });
  });

  it('do not mix', () => {
    expect(run([...constant(1), 0x31, DW_OP.plus], context)).toMatchObject({ kind: 'error' });
    expect(run([...constant(1), 0x31, DW_OP.convert, int, DW_OP.plus], context)).toMatchObject({ kind: 'error' });
    expect(run([...constant(1), DW_OP.deref], context)).toMatchObject({ kind: 'error' });
    expect(run([...constant(NaN), DW_OP.convert, int], context)).toMatchObject({ kind: 'error' });
  });

  it('never throw on noise', () => {
    const operations = [0xa4, 0xa5, 0xa6, 0xa8, 0xa9, 0x1b, 0x1c, 0x1d, 0x1e, 0x22, 0x24, 0x26, 0x2a, 0x31, 0x12];
    const byte = fc.oneof(fc.constantFrom(...operations), fc.integer({ min: 0x10, max: 0x16 }), fc.nat(255));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 40 }), (bytes) => {
        expect(run(bytes, context)).toHaveProperty('kind');
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('what is wrong is said', () => {
  it.each([
    [[DW_OP.plus], 'empty'],
    [[0x31, DW_OP.pick, 1], 'too short'],
    [[0x31, 0x30, DW_OP.div], 'division by zero'],
    [[0x31, 0x30, DW_OP.mod], 'division by zero'],
    [[const2u, 1], 'past the end'],
    [[0x31, DW_OP.deref_size, 3], 'DW_OP_deref_size of 3 bytes'],
    [[DW_OP.skip, 0x00, 0x10], 'leaves the expression'],
    [[DW_OP.skip, 0xfd, 0xff], 'more than 10000 operations'],
    [[0x31, DW_OP.dup, DW_OP.skip, 0xfc, 0xff], 'stack overflows'],
    [[DW_OP.reg0, 0x31], 'DW_OP_lit1 after a complete location'],
    [[0x02], 'DW_OP 0x2 is not supported'],
    [[DW_OP.call2, 0, 0], 'the entry at 0x0, which cannot be read'],
    [[DW_OP.convert, 0x10], 'the expression stack is empty'],
    [[0x31, DW_OP.convert, 0x10], 'no base type at 0x10'],
    [[0x31, 0x30, DW_OP.xderef], 'address space 1'],
  ])('%j', (bytes, reason) => {
    const result = run(bytes);
    expect(result.kind).toBe('error');
    expect(result.kind === 'error' && result.reason).toContain(reason);
  });

  it.each([
    [[const8u, 0, 0, 0, 0, 1, 0, 0, 0, DW_OP.deref], 'cannot read 8 bytes at 0x100000000'],
    [[DW_OP.breg0 + 20, 0], 'xmm3 was not saved'],
    [[DW_OP.fbreg, 0], 'DW_OP_fbreg cannot be resolved here'],
    [[0x31, DW_OP.form_tls_address], 'not allocated yet'],
  ])('%j is not known here', (bytes, reason) => {
    const threadLocal = (): { reason: string } => ({ reason: 'not allocated yet' });
    expect(run(bytes, { threadLocal })).toEqual({ kind: 'unavailable', reason });
  });

  it('what cannot be recovered was dropped', () => {
    expect(run([DW_OP.entry_value, 1, 0x55])).toEqual({ kind: 'absent' });
    expect(run([DW_OP.GNU_parameter_ref, 1, 0, 0, 0])).toEqual({ kind: 'absent' });
    expect(run([DW_OP.GNU_variable_value, 1, 0, 0, 0])).toEqual({ kind: 'absent' });
  });

  it('never throws on noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(run([...bytes])).toHaveProperty('kind');
      }),
      { numRuns: 5_000 },
    );
  });
});

it('names operations as the standard does', () => {
  expect(operationName(DW_OP.plus)).toBe('DW_OP_plus');
  expect(operationName(0x77)).toBe('DW_OP_breg7');
  expect(operationName(0x30)).toBe('DW_OP_lit0');
  expect(operationName(0x6f)).toBe('DW_OP_reg31');
});
