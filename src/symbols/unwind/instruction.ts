/**
 * Lengths and fields of x86-64 instructions, no more than it takes to follow the stack pointer through a function
 * (Intel SDM volume 2, chapter 2 and appendix A). What an instruction does is `stackeffect.ts`'s business; showing
 * instructions to people is another room's.
 */

export interface Instruction {
  /** Bytes. */
  readonly length: number;
  /** Opcode map: 0 one byte, 1 after 0F, 2 after 0F 38, 3 after 0F 3A; above for VEX, EVEX and XOP. */
  readonly map: number;
  readonly opcode: number;
  /** REX.W */
  readonly wide: boolean;
  /** ModRM fields with their REX extensions; undefined when the instruction has no ModRM. */
  readonly modrm: ModRm | undefined;
  /** Where the immediate begins, from the instruction's first byte. */
  readonly immediateAt: number;
  readonly immediateSize: number;
}

export interface ModRm {
  readonly mode: number;
  /** Register or opcode extension, 0–15. */
  readonly reg: number;
  /** Register (mode 3) or base of the memory operand, 0–15; undefined for no base or rip. */
  readonly base: number | undefined;
  readonly hasIndex: boolean;
  readonly displacement: number;
}

const PREFIXES = new Set([0x66, 0xf2, 0xf3, 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65, 0x67, 0xf0]);
const LONGEST = 15;

/** What follows an opcode: M a ModRM byte, then an immediate of so many bytes, `z` for 4 or 2 with prefix 66. */
type Shape = '' | 'M' | 'M1' | 'Mz' | '1' | '2' | '3' | 'z' | 'v' | 'o' | 'F1' | 'Fz' | '!';

function oneByteShape(opcode: number): Shape {
  if (opcode < 0x40) return (['M', 'M', 'M', 'M', '1', 'z', '!', '!'] as const)[opcode & 7]!;
  if (opcode < 0x60) return '';
  if (opcode < 0x70) {
    const row: Shape[] = ['!', '!', '!', 'M', '!', '!', '!', '!', 'z', 'Mz', '1', 'M1', '', '', '', ''];
    return row[opcode & 15]!;
  }
  if (opcode < 0x80) return '1';
  if (opcode < 0x90) return (['M1', 'Mz', '!', 'M1'] as const)[opcode - 0x80] ?? 'M';
  if (opcode < 0xa0) return opcode === 0x9a ? '!' : '';
  if (opcode < 0xa4) return 'o';
  if (opcode < 0xb0) return opcode === 0xa8 ? '1' : opcode === 0xa9 ? 'z' : '';
  if (opcode < 0xb8) return '1';
  if (opcode < 0xc0) return 'v';
  if (opcode < 0xd0) {
    const row: Shape[] = ['M1', 'M1', '2', '', '!', '!', 'M1', 'Mz', '3', '', '2', '', '', '1', '!', ''];
    return row[opcode & 15]!;
  }
  if (opcode < 0xe0) return opcode < 0xd4 || opcode >= 0xd8 ? 'M' : opcode === 0xd7 ? '' : '!';
  if (opcode < 0xf0) {
    const row: Shape[] = ['1', '1', '1', '1', '1', '1', '1', '1', 'z', 'z', '!', '1', '', '', '', ''];
    return row[opcode & 15]!;
  }
  if (opcode === 0xf6) return 'F1';
  if (opcode === 0xf7) return 'Fz';
  return opcode >= 0xfe ? 'M' : '';
}

function twoByteShape(opcode: number): Shape {
  if (opcode >= 0x80 && opcode < 0x90) return 'z';
  if ([0x0f, 0x70, 0x71, 0x72, 0x73, 0xa4, 0xac, 0xba, 0xc2, 0xc4, 0xc5, 0xc6].includes(opcode)) return 'M1';
  const bare =
    (opcode >= 0x05 && opcode <= 0x0b) ||
    opcode === 0x0e ||
    (opcode >= 0x30 && opcode <= 0x37) ||
    opcode === 0x77 ||
    (opcode >= 0xa0 && opcode <= 0xa2) ||
    (opcode >= 0xa8 && opcode <= 0xaa) ||
    (opcode >= 0xc8 && opcode <= 0xcf);
  return bare ? '' : 'M';
}

function shapeOf(map: number, opcode: number): Shape {
  switch (map) {
    case 0:
      return oneByteShape(opcode);
    case 1:
      return twoByteShape(opcode);
    case 3:
    case 8:
      return 'M1';
    case 10:
      return 'Mz';
    default:
      return 'M';
  }
}

/** Decodes the instruction at `at`; undefined when it is invalid or leaves the bytes. */
export function decodeInstruction(view: DataView, at: number): Instruction | undefined {
  const limit = Math.min(view.byteLength - at, LONGEST);
  const byte = (offset: number): number => (offset < limit ? view.getUint8(at + offset) : -1);
  let position = 0;
  let shortOperand = false;
  let shortAddress = false;
  while (PREFIXES.has(byte(position))) {
    shortOperand ||= byte(position) === 0x66;
    shortAddress ||= byte(position) === 0x67;
    position++;
  }
  let rex = 0;
  if ((byte(position) & 0xf0) === 0x40) rex = byte(position++);

  let map = 0;
  let opcode = byte(position++);
  const second = byte(position);
  if (opcode === 0xc5) {
    map = 1;
    rex = second & 0x80 ? 0 : 4;
    opcode = byte(position + 1);
    position += 2;
  } else if (opcode === 0xc4 || (opcode === 0x8f && (second & 0x1f) >= 8) || opcode === 0x62) {
    const evex = opcode === 0x62;
    map = second & (evex ? 7 : 0x1f);
    // R, X and B are stored inverted.
    rex = ((~second >> 5) & 7) | (byte(position + 1) & 0x80 ? 8 : 0);
    const opcodeAt = position + (evex ? 3 : 2);
    opcode = byte(opcodeAt);
    position = opcodeAt + 1;
  } else if (opcode === 0x0f) {
    map = second === 0x38 ? 2 : second === 0x3a ? 3 : 1;
    position += map === 1 ? 1 : 2;
    opcode = byte(position - 1);
  }
  if (opcode < 0) return undefined;

  const shape = shapeOf(map, opcode);
  if (shape === '!') return undefined;
  const wide = (rex & 8) !== 0;
  const first = shape[0];
  let modrm: ModRm | undefined;
  if (first === 'M' || first === 'F') {
    const decoded = readModRm(view, at + position, rex);
    if (!decoded) return undefined;
    modrm = decoded;
    position += decoded.size;
  }
  const z = shortOperand && !wide ? 2 : 4;
  let immediateSize = 0;
  if (shape === 'v') immediateSize = wide ? 8 : z;
  else if (shape === 'o') immediateSize = shortAddress ? 4 : 8;
  // TEST, the first two of group 3, is the only one with an immediate.
  else if (first !== 'F' || (modrm!.reg & 7) < 2) {
    const last = shape[shape.length - 1];
    // Near branches ignore the operand size prefix (Intel's do).
    const branch = (map === 0 && (opcode & 0xfe) === 0xe8) || (map === 1 && (opcode & 0xf0) === 0x80);
    immediateSize = last === 'z' ? (branch ? 4 : z) : Number(last) || 0;
  }
  const length = position + immediateSize;
  return length <= limit ? { length, map, opcode, wide, modrm, immediateAt: position, immediateSize } : undefined;
}

function readModRm(view: DataView, at: number, rex: number): (ModRm & { readonly size: number }) | undefined {
  if (at + 1 > view.byteLength) return undefined;
  const value = view.getUint8(at);
  const mode = value >> 6;
  const reg = ((value >> 3) & 7) | (rex & 4 ? 8 : 0);
  const extension = rex & 1 ? 8 : 0;
  const rm = value & 7;
  if (mode === 3) return { mode, reg, base: rm | extension, hasIndex: false, displacement: 0, size: 1 };
  let size = 1;
  let base: number | undefined = rm | extension;
  let hasIndex = false;
  let displacementSize = mode === 1 ? 1 : mode === 2 ? 4 : 0;
  if (rm === 4) {
    if (at + 2 > view.byteLength) return undefined;
    const sib = view.getUint8(at + 1);
    size = 2;
    base = (sib & 7) | extension;
    hasIndex = ((sib >> 3) & 7) !== 4 || (rex & 2) !== 0;
    if (mode === 0 && (sib & 7) === 5) [base, displacementSize] = [undefined, 4];
  } else if (mode === 0 && rm === 5) [base, displacementSize] = [undefined, 4];
  if (at + size + displacementSize > view.byteLength) return undefined;
  let displacement = 0;
  if (displacementSize === 1) displacement = view.getInt8(at + size);
  else if (displacementSize === 4) displacement = view.getInt32(at + size, true);
  return { mode, reg, base, hasIndex, displacement, size: size + displacementSize };
}
