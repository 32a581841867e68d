/**
 * Finds where the parts of an x86-64 instruction lie: prefixes, opcode, ModRM, displacement, immediate, and so its length.
 *
 * This exists beside iced-x86 because stepping and breakpoints need only lengths, flow and rip-relative operands, and
 * need them in every session, whereas loading the disassembler costs about 30 ms and 15 MB: more than a whole launch may
 * take. The tests hold it against iced-x86: whatever iced can decode has the same length here.
 *
 * Sources: Intel SDM volume 2, chapter 2 (instruction format) and appendix A (opcode maps); AMD APM volume 3 for XOP,
 * 3DNow! and SSE4a. Opcodes that are reserved inside the vector maps get a length too; the CPU raises #UD for them.
 */

/** Opcode maps, with the numbers that VEX and EVEX give them; 8–10 are XOP's. */
export const MAP_ONE_BYTE = 0;
export const MAP_0F = 1;
const MAP_0F38 = 2;
const MAP_0F3A = 3;

/** Bits of `InstructionLayout.prefixes`. */
export const PREFIX_66 = 1;
export const PREFIX_67 = 2;
export const PREFIX_F2 = 4;
export const PREFIX_F3 = 8;
export const PREFIX_LOCK = 16;
/** A segment override that counts in 64-bit mode: fs or gs. */
export const PREFIX_FS = 32;
export const PREFIX_GS = 64;

/** Where the parts of one instruction are. Offsets are from its first byte. */
export interface InstructionLayout {
  length: number;
  /** `PREFIX_*` bits. */
  prefixes: number;
  /** The REX byte in effect, 0 when there is none. */
  rex: number;
  /** Legacy encodings only; VEX, EVEX and XOP set `isVector`. */
  map: number;
  isVector: boolean;
  opcode: number;
  opcodeOffset: number;
  /** -1 when there is no ModRM byte. */
  modrm: number;
  /** The SIB byte, -1 when there is none. */
  sib: number;
  displacementOffset: number;
  /** 0, 1 or 4. */
  displacementSize: number;
  isRipRelative: boolean;
  immediateOffset: number;
  immediateSize: number;
}

/** A layout to be filled by `scanInstruction`. */
export function emptyLayout(): InstructionLayout {
  return {
    length: 0,
    prefixes: 0,
    rex: 0,
    map: 0,
    isVector: false,
    opcode: 0,
    opcodeOffset: 0,
    modrm: -1,
    sib: -1,
    displacementOffset: 0,
    displacementSize: 0,
    isRipRelative: false,
    immediateOffset: 0,
    immediateSize: 0,
  };
}

/*
 * One character an opcode, sixteen a row:
 *   .  undefined in 64-bit mode        n  nothing follows           m  ModRM
 *   b  imm8    w  imm16                z  imm16/32                  v  imm16/32/64 (mov r, imm)
 *   B  ModRM, imm8                     Z  ModRM, imm16/32           o  moffs, address-sized
 *   j  rel8    J  rel32                e  imm16, imm8 (enter)       p  prefix      x  escape to another map
 *   g  ModRM, imm8 when reg is 0 or 1 (test)                        G  the same with imm16/32
 *   c  ModRM whose mod bits are ignored (mov cr/dr)                 q  0F 78: vmread, or SSE4a extrq/insertq with two imm8
 */
const ONE_BYTE =
  'mmmmbz..mmmmbz.x' +
  'mmmmbz..mmmmbz..' +
  'mmmmbzp.mmmmbzp.' +
  'mmmmbzp.mmmmbzp.' +
  'pppppppppppppppp' +
  'nnnnnnnnnnnnnnnn' +
  '..xmppppzZbBnnnn' +
  'jjjjjjjjjjjjjjjj' +
  'BZ.Bmmmmmmmmmmmm' +
  'nnnnnnnnnn.nnnnn' +
  'oooonnnnbznnnnnn' +
  'bbbbbbbbvvvvvvvv' +
  'BBwnxxBZenwnnb.n' +
  'mmmm...nmmmmmmmm' +
  'jjjjbbbbJJ.jnnnn' +
  'pnppnngGnnnnnnmm';

const TWO_BYTE =
  'mmmm.nnnnn.n.mnB' +
  'mmmmmmmmmmmmmmmm' +
  'cccc....mmmmmmmm' +
  'nnnnnn.nx.x.....' +
  'mmmmmmmmmmmmmmmm' +
  'mmmmmmmmmmmmmmmm' +
  'mmmmmmmmmmmmmmmm' +
  'BBBBmmmnqm..mmmm' +
  'JJJJJJJJJJJJJJJJ' +
  'mmmmmmmmmmmmmmmm' +
  'nnnmBmmmnnnmBmmm' +
  'mmmmmmmmmmBmmmmm' +
  'mmBmBBBmnnnnnnnn' +
  'mmmmmmmmmmmmmmmm' +
  'mmmmmmmmmmmmmmmm' +
  'mmmmmmmmmmmmmmmm';

const codes = (table: string): Uint8Array => Uint8Array.from(table, (c) => c.charCodeAt(0));
const ONE_BYTE_CODES = codes(ONE_BYTE);
const TWO_BYTE_CODES = codes(TWO_BYTE);

const [UNDEFINED, NOTHING, MODRM, IMM8, IMM16, IMMZ, IMMV, MODRM_IMM8, MODRM_IMMZ, MOFFS, REL8, REL32, ENTER] = codes(
  '.nmbwzvBZojJe',
) as unknown as readonly number[];
const [PREFIX, TEST8, TESTZ, MODRM_REGISTER, EXTRQ] = codes('pgGcq') as unknown as readonly number[];

const MAX_LENGTH = 15;

/** The prefix bit of a legacy prefix byte; segment overrides that 64-bit mode ignores give 0. */
function prefixBit(byte: number): number {
  switch (byte) {
    case 0x66:
      return PREFIX_66;
    case 0x67:
      return PREFIX_67;
    case 0xf2:
      return PREFIX_F2;
    case 0xf3:
      return PREFIX_F3;
    case 0xf0:
      return PREFIX_LOCK;
    case 0x64:
      return PREFIX_FS;
    case 0x65:
      return PREFIX_GS;
    default:
      return 0;
  }
}

/**
 * Fills `layout` from the instruction at `start`. False when the bytes are no instruction or end in the middle of one;
 * the layout then holds nothing of use.
 */
export function scanInstruction(bytes: Uint8Array, start: number, layout: InstructionLayout): boolean {
  const limit = Math.min(bytes.length, start + MAX_LENGTH);
  let at = start;
  let prefixes = 0;
  let rex = 0;
  let opcode = 0;
  for (; ; at++) {
    if (at >= limit) return false;
    opcode = bytes[at]!;
    if (ONE_BYTE_CODES[opcode] !== PREFIX) break;
    if (opcode >= 0x40 && opcode <= 0x4f) {
      rex = opcode;
      continue;
    }
    // A REX prefix counts only right before the opcode (SDM 2.2.1).
    rex = 0;
    const bit = prefixBit(opcode);
    if (bit === PREFIX_FS || bit === PREFIX_GS) prefixes &= ~(PREFIX_FS | PREFIX_GS);
    // The last of f2 and f3 is the one in effect.
    if (bit === PREFIX_F2 || bit === PREFIX_F3) prefixes &= ~(PREFIX_F2 | PREFIX_F3);
    prefixes |= bit;
  }
  layout.prefixes = prefixes;
  layout.rex = rex;
  layout.isVector = false;
  layout.map = MAP_ONE_BYTE;
  layout.isRipRelative = false;
  layout.modrm = -1;
  layout.sib = -1;
  layout.displacementSize = 0;

  let form = ONE_BYTE_CODES[opcode]!;
  if (opcode === 0x0f) {
    if (++at >= limit) return false;
    opcode = bytes[at]!;
    if (opcode === 0x38 || opcode === 0x3a) {
      layout.map = opcode === 0x38 ? MAP_0F38 : MAP_0F3A;
      if (++at >= limit) return false;
      form = layout.map === MAP_0F38 ? MODRM! : MODRM_IMM8!;
      opcode = bytes[at]!;
    } else {
      layout.map = MAP_0F;
      form = TWO_BYTE_CODES[opcode]!;
    }
  } else {
    const vector = vectorPrefixLength(bytes, at, limit);
    if (vector < 0) return false;
    if (vector > 0) {
      // SDM 2.3.2, 2.7.1: legacy 66, f2, f3, lock and REX before VEX or EVEX are #UD.
      if (rex !== 0 || prefixes & (PREFIX_66 | PREFIX_F2 | PREFIX_F3 | PREFIX_LOCK)) return false;
      layout.isVector = true;
      layout.map = vectorMap(bytes, at);
      at += vector;
      if (at >= limit) return false;
      opcode = bytes[at]!;
      form = vectorForm(layout.map, opcode);
    }
  }
  layout.opcode = opcode;
  layout.opcodeOffset = at - start;
  at++;
  if (form === UNDEFINED) return false;

  if (hasModRM(form)) {
    if (at >= limit) return false;
    at = scanModRM(bytes, at, limit, layout, form === MODRM_REGISTER, start);
    if (at < 0) return false;
    if (layout.map === MAP_ONE_BYTE && !layout.isVector && !isDefinedInGroup(opcode, layout.modrm)) return false;
  }
  layout.immediateOffset = at - start;
  layout.immediateSize = immediateSize(form, layout);
  at += layout.immediateSize;
  if (at > limit) return false;
  layout.length = at - start;
  return true;
}

function hasModRM(form: number): boolean {
  switch (form) {
    case MODRM:
    case MODRM_IMM8:
    case MODRM_IMMZ:
    case MODRM_REGISTER:
    case TEST8:
    case TESTZ:
    case EXTRQ:
    case XOP_IMM32:
      return true;
    default:
      return false;
  }
}

/** Reads ModRM, SIB and the size of the displacement; returns the offset behind the displacement, or -1. */
function scanModRM(
  bytes: Uint8Array,
  modrmAt: number,
  limit: number,
  layout: InstructionLayout,
  isRegisterOnly: boolean,
  start: number,
): number {
  let at = modrmAt;
  const modrm = bytes[at++]!;
  layout.modrm = modrm;
  const mod = modrm >> 6;
  if (mod === 3 || isRegisterOnly) return at;
  let size = mod === 1 ? 1 : mod === 2 ? 4 : 0;
  if ((modrm & 7) === 4) {
    if (at >= limit) return -1;
    const sib = bytes[at++]!;
    layout.sib = sib;
    if (mod === 0 && (sib & 7) === 5) size = 4;
  } else if (mod === 0 && (modrm & 7) === 5) {
    size = 4;
    layout.isRipRelative = true;
  }
  layout.displacementOffset = at - start;
  layout.displacementSize = size;
  at += size;
  return at > limit ? -1 : at;
}

/** Members of the one-byte groups that are reserved (SDM table A-6): pop Ev, mov Ev, inc/dec Eb, group 5, lea of a register. */
function isDefinedInGroup(opcode: number, modrm: number): boolean {
  const reg = (modrm >> 3) & 7;
  switch (opcode) {
    case 0x8d:
      return modrm < 0xc0;
    case 0x8f:
      return reg === 0;
    case 0xc6:
    case 0xc7:
      return reg === 0 || modrm === 0xf8;
    case 0xfe:
      return reg < 2;
    case 0xff:
      return reg !== 7 && !(modrm >= 0xc0 && (reg === 3 || reg === 5));
    default:
      return true;
  }
}

/** XOP map 10 takes a 32-bit immediate (AMD APM volume 6). */
const XOP_IMM32 = 'i'.charCodeAt(0);

/** Bytes of a VEX, EVEX or XOP prefix before its opcode: 0 when `at` has none, -1 when it is cut off. */
function vectorPrefixLength(bytes: Uint8Array, at: number, limit: number): number {
  switch (bytes[at]) {
    case 0xc5:
      return at + 1 < limit ? 2 : -1;
    case 0xc4:
      return at + 2 < limit ? 3 : -1;
    case 0x62:
      return at + 3 < limit ? 4 : -1;
    case 0x8f:
      if (at + 1 >= limit) return -1;
      // Below 8 the map field is ModRM.reg = 0 of `pop Ev`.
      if ((bytes[at + 1]! & 0x1f) < 8) return 0;
      return at + 2 < limit ? 3 : -1;
    default:
      return 0;
  }
}

function vectorMap(bytes: Uint8Array, at: number): number {
  switch (bytes[at]) {
    case 0xc5:
      return MAP_0F;
    case 0x62:
      return bytes[at + 1]! & 7;
    default:
      return bytes[at + 1]! & 0x1f;
  }
}

function vectorForm(map: number, opcode: number): number {
  switch (map) {
    case MAP_0F:
      // vzeroupper/vzeroall is the only one without operands; EVEX does not have it but reserves it.
      if (opcode === 0x77) return NOTHING!;
      return TWO_BYTE_CODES[opcode] === MODRM_IMM8 && isVectorImm8(opcode) ? MODRM_IMM8! : MODRM!;
    case MAP_0F38:
    case 5:
    case 6:
    case 9:
      return MODRM!;
    case MAP_0F3A:
    case 8:
      return MODRM_IMM8!;
    case 10:
      return XOP_IMM32;
    default:
      return UNDEFINED!;
  }
}

/** The shift groups, vcmpps, vpinsrw, vpextrw and vshufps; shld, bt and 3DNow! have no vector form. */
function isVectorImm8(opcode: number): boolean {
  return (opcode >= 0x70 && opcode <= 0x73) || opcode === 0xc2 || (opcode >= 0xc4 && opcode <= 0xc6);
}

function immediateSize(form: number, layout: InstructionLayout): number {
  const isWide = (layout.rex & 8) !== 0;
  const isWord = !isWide && (layout.prefixes & PREFIX_66) !== 0;
  const reg = (layout.modrm >> 3) & 7;
  switch (form) {
    case IMM8:
    case MODRM_IMM8:
    case REL8:
      return 1;
    case IMM16:
      return 2;
    case ENTER:
      return 3;
    case IMMZ:
    case MODRM_IMMZ:
      return isWord ? 2 : 4;
    case IMMV:
      return isWide ? 8 : isWord ? 2 : 4;
    case MOFFS:
      return layout.prefixes & PREFIX_67 ? 4 : 8;
    case REL32:
      // In 64-bit mode Intel ignores 66 here; AMD would take rel16, which no compiler emits.
      return 4;
    case TEST8:
      return reg < 2 ? 1 : 0;
    case TESTZ:
      return reg < 2 ? (isWord ? 2 : 4) : 0;
    case EXTRQ:
      return layout.prefixes & (PREFIX_66 | PREFIX_F2) ? 2 : 0;
    case XOP_IMM32:
      return 4;
    default:
      return 0;
  }
}
