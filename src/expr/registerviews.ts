/** Vector and x87 registers as expressions see them: lanes in the names that gdb gives them, and long doubles. */
import type { Member, StructType } from '../symbols/data/types';
import {
  arrayOf,
  DOUBLE,
  FLOAT,
  INT,
  INT8,
  LONG,
  LONG_DOUBLE,
  SHORT,
  UNSIGNED_INT128,
  UNSIGNED_LONG,
  type Type,
} from './types';
import type { Located } from './values';

const LANES: readonly (readonly [string, Type, number])[] = [
  ['float', FLOAT, 4],
  ['double', DOUBLE, 8],
  ['int8', INT8, 1],
  ['int16', SHORT, 2],
  ['int32', INT, 4],
  ['int64', LONG, 8],
  ['int128', UNSIGNED_INT128, 16],
];

const unions = new Map<number, StructType>();

/** A union of the ways to look at a vector register: `v4_float`, `v16_int8`, `uint128`. */
function vectorType(size: number): StructType {
  const known = unions.get(size);
  if (known) return known;
  const members = LANES.map(([name, element, width]): Member => {
    const count = size / width;
    const isWhole = count === 1;
    return {
      name: isWhole ? `u${name}` : `v${count}_${name}`,
      type: isWhole ? element : { ...arrayOf(element, count), isVector: true },
      offset: 0,
    };
  });
  const type: StructType = {
    kind: 'struct',
    tag: 'union',
    name: `vec${size * 8}`,
    qualifiedName: `vec${size * 8}`,
    language: 'c',
    size,
    isIncomplete: false,
    members,
    staticMembers: [],
    templateArguments: [],
    variantPart: undefined,
    isPolymorphic: false,
    nestedType: () => undefined,
    methods: [],
  };
  unions.set(size, type);
  return type;
}

/** DWARF numbers of the first x87, MMX and vector registers (psABI x86-64, figure 3.36). */
const ST0 = 33;
const MM0 = 41;
const XMM0 = 17;
const XMM16 = 67;

/** A register that no integer holds; undefined for other names. */
export function registerView(name: string): Located | undefined {
  const match = /^(?:([yz])mm([12]?\d|3[01])|(st|mm)([0-7]))$/.exec(name);
  if (!match) return undefined;
  const [, width, index, stack, slot] = match;
  if (stack !== undefined) {
    const isX87 = stack === 'st';
    const register = (isX87 ? ST0 : MM0) + Number(slot);
    return { type: isX87 ? LONG_DOUBLE : UNSIGNED_LONG, place: { kind: 'register', register } };
  }
  return {
    type: vectorType(width === 'y' ? 32 : 64),
    place: { kind: 'register', register: vectorNumber(Number(index)) },
  };
}

function vectorNumber(index: number): number {
  return index < 16 ? XMM0 + index : XMM16 + index - 16;
}

/** `$xmm0` computes as an integer of 128 bits; its lanes are members. */
export function xmmLanes(name: string): Located | undefined {
  const index = /^xmm([12]?\d|3[01])$/.exec(name)?.[1];
  return index === undefined
    ? undefined
    : { type: vectorType(16), place: { kind: 'register', register: vectorNumber(Number(index)) } };
}
