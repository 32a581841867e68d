import * as iced from 'iced-x86';
import { describe, expect, it } from 'vitest';
import { offsetBy, virtAddr, type VirtAddr } from '../../src/common/addresses';
import { decodeInstruction } from '../../src/disasm/decoder';
import { logicalPc, planDisplaced, type DisplacedPlan, type EmulationContext } from '../../src/disasm/displaced';
import { hex, libcPath, textSection } from './support';
import {
  CODE,
  DATA,
  DATA_SIZE,
  executeAll,
  FAR_SCRATCH,
  NEAR_SCRATCH,
  REGISTER_NAMES,
  type Execution,
  type MachineState,
  type Outcome,
} from './machine';

const RIP = REGISTER_NAMES.indexOf('rip');
const EFLAGS = REGISTER_NAMES.indexOf('eflags');
const RSP = REGISTER_NAMES.indexOf('rsp');
/** CF, PF, AF, ZF, SF, DF and OF: what instructions of user space change. */
const VISIBLE_FLAGS = 0xcd5n;

/** Where the instruction under test lies, with room for backward branches before it. */
const ADDRESS = virtAddr(CODE + 0x800n);

/** A small generator of numbers, so that a failure can be repeated. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Every state's memory is some part of this. */
const noise = generator(99);
const NOISE = Uint8Array.from({ length: 2 * DATA_SIZE }, () => noise(256));

/** Most registers point into the data page, so that memory operands mostly work; some are small numbers. */
function randomState(random: (below: number) => number): MachineState {
  const registers = REGISTER_NAMES.map(() => DATA + 0x400n + BigInt(random(0x400)) * 2n);
  for (const name of ['rcx', 'rdx', 'r9', 'r14'] as const) {
    if (random(2)) registers[REGISTER_NAMES.indexOf(name)] = BigInt(random(9));
  }
  registers[RSP] = DATA + 0x800n + BigInt(random(16)) * 8n;
  registers[RIP] = ADDRESS;
  registers[EFLAGS] = 0x202n | (BigInt(random(0x1000)) & 0x8d5n);
  const offset = random(DATA_SIZE);
  return { registers, data: NOISE.subarray(offset, offset + DATA_SIZE) };
}

/** One or more instructions of libc for each of iced's codes, rip-relative ones made to point into the data page. */
function realInstructions(each: number): Uint8Array[] {
  const { bytes } = textSection(libcPath);
  const decoder = new iced.Decoder(64, bytes, iced.DecoderOptions.None);
  const instruction = new iced.Instruction();
  const seen = new Map<string, number>();
  const found: Uint8Array[] = [];
  const { Code, Mnemonic } = iced;
  const unrepeatable = [Mnemonic.Rdtsc, Mnemonic.Rdtscp, Mnemonic.Cpuid, Mnemonic.Rdrand, Mnemonic.Xgetbv];
  while (decoder.canDecode) {
    const at = decoder.position;
    decoder.decodeOut(instruction);
    if (instruction.code === Code.INVALID || unrepeatable.includes(instruction.mnemonic)) continue;
    const key = `${instruction.code} ${instruction.isIpRelMemoryOperand} ${instruction.op0Kind} ${instruction.memoryBase}`;
    const count = seen.get(key) ?? 0;
    if (count >= each) continue;
    seen.set(key, count + 1);
    const copy = bytes.slice(at, at + instruction.length);
    if (instruction.isIpRelMemoryOperand) {
      const offset = decoder.getConstantOffsets(instruction).displacementOffset;
      const target = DATA + 0x600n - (ADDRESS + BigInt(copy.length));
      new DataView(copy.buffer).setInt32(offset, Number(target), true);
    }
    found.push(copy);
  }
  decoder.free();
  instruction.free();
  return found;
}

/** What an emulation sees: a state, changed in place. */
function contextOf(state: MachineState): { context: EmulationContext; after: MachineState } {
  const registers = [...state.registers];
  const data = state.data.slice();
  const offsetOf = (address: VirtAddr, length: number): number | undefined => {
    const offset = Number(address - DATA);
    return offset >= 0 && offset + length <= DATA_SIZE ? offset : undefined;
  };
  const context: EmulationContext = {
    registers: {
      get: (name) => registers[REGISTER_NAMES.indexOf(name as 'rax')]!,
      set: (name, value) => (registers[REGISTER_NAMES.indexOf(name as 'rax')] = value),
    },
    readMemory: (address, length) => {
      const offset = offsetOf(address, length);
      return offset === undefined ? undefined : data.slice(offset, offset + length);
    },
    writeMemory: (address, bytes) => {
      const offset = offsetOf(address, bytes.length);
      if (offset !== undefined) data.set(bytes, offset);
      return offset !== undefined;
    },
  };
  return { context, after: { registers, data } };
}

/** Compares all that user space can see; the whole states are only spelled out where they differ. */
function expectSameState(where: string, actual: MachineState, expected: MachineState): void {
  const visible = (state: MachineState): bigint[] =>
    state.registers.map((value, i) => (i === EFLAGS ? value & VISIBLE_FLAGS : value));
  const [a, b] = [visible(actual), visible(expected)];
  if (a.every((value, i) => value === b[i]) && Buffer.compare(actual.data, expected.data) === 0) return;
  const spell = (registers: bigint[], data: Uint8Array): unknown => ({
    where,
    registers: Object.fromEntries(REGISTER_NAMES.map((name, i) => [name, registers[i]])),
    data: Buffer.from(data).toString('hex'),
  });
  expect(spell(a, actual.data)).toEqual(spell(b, expected.data));
}

const describeBytes = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

type OutOfLine = DisplacedPlan & { kind: 'outOfLine' };
interface Trial {
  readonly bytes: Uint8Array;
  readonly plan: DisplacedPlan;
  readonly state: MachineState;
}

function trialsOf(instructions: readonly Uint8Array[], statesEach: number, seed: number): Trial[] {
  const random = generator(seed);
  return instructions.flatMap((bytes) => {
    const plan = planDisplaced(bytes, ADDRESS);
    return Array.from({ length: statesEach }, () => ({ bytes, plan, state: randomState(random) }));
  });
}

const inPlace = ({ bytes, state }: Trial): Execution => ({ state, codeAddress: ADDRESS, code: bytes });
const inPlaceToEnd = (trial: Trial): Execution => ({
  ...inPlace(trial),
  stopAddress: ADDRESS + BigInt(trial.bytes.length),
});

/** The same trial with the instruction's copy in a slot, and an int3 where the original lies. */
function displaced(trial: Trial, code: Uint8Array, scratch: bigint): Execution {
  const registers = [...trial.state.registers];
  registers[RIP] = scratch;
  return {
    state: { ...trial.state, registers },
    codeAddress: scratch,
    code,
    stopAddress: ADDRESS + BigInt(trial.bytes.length),
  };
}

function expectSame(trial: Trial, original: Outcome, moved: Outcome, scratch: bigint): void {
  const length = trial.bytes.length;
  const slot = { scratch: virtAddr(scratch), address: ADDRESS, length };
  const registers = [...moved.registers];
  registers[RIP] = logicalPc(virtAddr(registers[RIP]!), slot) ?? registers[RIP]!;
  const where = describeBytes(trial.bytes);
  expectSameState(where, { ...moved, registers }, original);
  const rest = ({ signal, xstateHash }: Outcome): unknown => ({ where, signal, xstateHash });
  expect(rest(moved)).toEqual(rest(original));
}

describe('displaced execution in a real process', () => {
  const instructions = realInstructions(2);

  it('finds a wide choice of instructions', () => {
    expect(instructions.length).toBeGreaterThan(1000);
  });

  it.each([
    ['a near slot', NEAR_SCRATCH],
    ['a slot beyond 2 GiB', FAR_SCRATCH],
  ])('out of line in %s, everything ends as it does in place', (_name, scratch) => {
    const trials: Trial[] = [];
    const codes: Uint8Array[] = [];
    for (const trial of trialsOf(instructions, 2, 12345)) {
      if (trial.plan.kind !== 'outOfLine') continue;
      const code = trial.plan.code(virtAddr(scratch));
      const hasRip = decodeInstruction(trial.bytes, ADDRESS)?.ripTarget !== undefined;
      expect(code === undefined).toBe(hasRip && scratch === FAR_SCRATCH);
      if (!code) continue;
      expect(code.length).toBeLessThanOrEqual(trial.plan.maxLength);
      trials.push(trial);
      codes.push(code);
    }
    expect(trials.length).toBeGreaterThan(1000);
    const outcomes = executeAll([
      ...trials.map(inPlaceToEnd),
      ...trials.map((trial, i) => displaced(trial, codes[i]!, scratch)),
    ]);
    const originals = outcomes.slice(0, trials.length);
    const moved = outcomes.slice(trials.length);
    trials.forEach((trial, i) => expectSame(trial, originals[i]!, moved[i]!, scratch));
    expect(originals.filter((outcome) => outcome.signal === 0).length).toBeGreaterThan(trials.length / 2);
  });

  it('emulated, everything ends as it does on the CPU', () => {
    const handmade = [
      ...Array.from({ length: 16 }, (_, code) => Uint8Array.of(0x70 + code, 0x20)),
      ...Array.from({ length: 16 }, (_, code) => Uint8Array.of(0x0f, 0x80 + code, 0xf0, 0xff, 0xff, 0xff)),
      ...Array.from({ length: 16 }, (_, n) => Uint8Array.of(0x40 | (n >> 3), 0x50 + (n & 7))),
      ...Array.from({ length: 16 }, (_, n) => Uint8Array.of(0x40 | (n >> 3), 0x58 + (n & 7))),
      ...['e010', 'e110', 'e2f0', 'e310', '67e010', '67e2f0', '67e310'].map(hex),
      ...['90', '6690', 'f390', '0f1f8400 00000000', 'f30f1efa', 'f30f1efb'].map(hex),
      ...['ffd0', 'ffe1', '41ffd7', 'ff10', 'ff6108', 'ff5424 08', 'ff6424f8', '41ff1424'].map(hex),
      ...['e8 f0ffffff', '666648e8 00000000', 'eb10', 'e9 f0ffffff', 'c3', 'f2c3', 'f3c3', 'c21000', 'c9'].map(hex),
      ...['488d4424f0', '8d4424f0', '488d3c8d 10000000', '4a8d44b0 08', '488d05 10000000', '4c8d25f0ffffff'].map(hex),
      ...['4889e5', '89e5', '4c8bfc', 'b8 01000080', '48b8 8877665544332211', '48c7c0 ffffffff', '41c7c0 ffffffff'].map(
        hex,
      ),
      ...['488d0425 10000000', '488d442500', '4b8d4c2d 04'].map(hex),
    ];
    const trials = trialsOf([...handmade, ...instructions], 6, 777).filter(({ plan }) => plan.kind === 'emulate');
    expect(new Set(trials.map(({ bytes }) => describeBytes(bytes))).size).toBeGreaterThan(handmade.length + 20);
    for (const bytes of handmade)
      expect([describeBytes(bytes), planDisplaced(bytes, ADDRESS).kind]).toEqual([describeBytes(bytes), 'emulate']);
    const originals = executeAll(trials.map(inPlace));
    let faults = 0;
    trials.forEach((trial, i) => {
      if (trial.plan.kind !== 'emulate') return;
      const original = originals[i]!;
      const { context, after } = contextOf(trial.state);
      const isDone = trial.plan.apply(context);
      const where = describeBytes(trial.bytes);
      if (isDone) {
        expect([where, original.signal]).toEqual([where, 0]);
        expectSameState(where, after, original);
      } else {
        faults++;
        // Nothing may have changed: the CPU executes it in place.
        expectSameState(where, after, trial.state);
      }
    });
    expect(faults).toBeGreaterThan(0);
    expect(faults).toBeLessThan(trials.length / 3);
  });
});

describe('planDisplaced', () => {
  const kindOf = (bytes: string): string => planDisplaced(hex(bytes), ADDRESS).kind;

  it.each([
    '0f05',
    '0f34',
    'cd80',
    'cd21',
    'cc',
    'f1',
    '0f0b',
    'f4',
    '48cf',
    'cb',
    '48cb',
    'ff2c24',
    'ff1c24',
    'c7f800000000',
    '67488d0500000000',
    '66e8 00000000',
    '64ff10',
    '06',
    '',
    '0f',
  ])('lifts %s', (bytes) => {
    expect(planDisplaced(hex(bytes), ADDRESS)).toMatchObject({ kind: 'lift', why: expect.any(String) as string });
  });

  it.each([
    '4883ec10',
    'f348ab',
    '9c',
    '9d',
    '0fa2',
    '488b0510000000',
    'c745fc05000000',
    '58660f6f00'.slice(2),
    '6650',
    'f090',
    '4190',
    '668cd0',
  ])('moves %s out of line', (bytes) => {
    expect(kindOf(bytes)).toBe('outOfLine');
  });

  it('keeps a rip-relative operand pointing where it pointed', () => {
    const plan = planDisplaced(hex('c705 10000000 2a000000'), ADDRESS) as OutOfLine;
    const code = plan.code(virtAddr(NEAR_SCRATCH))!;
    expect(decodeInstruction(code, virtAddr(NEAR_SCRATCH))?.ripTarget).toBe(ADDRESS + 10n + 0x10n);
    expect(Buffer.from(code.subarray(6, 10)).toString('hex')).toBe('2a000000');
    expect(plan.code(offsetBy(ADDRESS, 0x80000100n))).toBeUndefined();
    expect(plan.code(offsetBy(ADDRESS, -0x7ffffff8n))).toBeUndefined();
  });

  it('jumps back to the instruction behind', () => {
    const plan = planDisplaced(hex('4883ec10'), ADDRESS) as OutOfLine;
    const near = plan.code(virtAddr(NEAR_SCRATCH))!;
    expect(near.length).toBe(4 + 5);
    expect(decodeInstruction(near.subarray(4), virtAddr(NEAR_SCRATCH + 4n))?.target).toBe(ADDRESS + 4n);
    const far = plan.code(virtAddr(FAR_SCRATCH))!;
    expect(far.length).toBe(plan.maxLength);
    expect(new DataView(far.buffer).getBigUint64(10, true)).toBe(ADDRESS + 4n);
  });
});

describe('logicalPc', () => {
  const slot = { scratch: virtAddr(0x9000), address: virtAddr(0x401000), length: 4 };

  it.each([
    [0x9000, 0x401000n],
    [0x9003, 0x401000n],
    [0x9004, 0x401004n],
    [0x9005, undefined],
    [0x8fff, undefined],
  ])('%s', (pc, expected) => {
    expect(logicalPc(virtAddr(pc), slot)).toBe(expected);
  });
});
