/** The registers that expressions know, by assembler name, with gdb's types for them. */
import {
  BOOL,
  CODE_POINTER,
  INT,
  INT8,
  LONG,
  SHORT,
  UNSIGNED_INT,
  UNSIGNED_INT128,
  UNSIGNED_LONG,
  VOID_POINTER,
  type Type,
} from './types';

/** A register or a part of one. */
export interface RegisterInfo {
  /** The name that `RegisterReader.named` knows: for a flag, `eflags`. */
  readonly name: string;
  readonly type: Type;
  /** Where the part lies in the register that is written: `ah` is 8 bits at bit 8 of `rax`. */
  readonly container: string;
  readonly bit: number;
  readonly bits: number;
}

const whole = (name: string, type: Type, bits = 64): [string, RegisterInfo] => [
  name,
  { name, type, container: name, bit: 0, bits },
];
const part = (name: string, type: Type, container: string, bits: number, bit = 0): [string, RegisterInfo] => [
  name,
  { name, type, container, bit, bits },
];
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** rax → eax, ax, al, ah. The full register is signed, as gdb has it, so that `$rax < 0` finds failed system calls. */
function legacyFamily(letter: string): [string, RegisterInfo][] {
  const full = `r${letter}x`;
  return [
    whole(full, LONG),
    part(`e${letter}x`, INT, full, 32),
    part(`${letter}x`, SHORT, full, 16),
    part(`${letter}l`, INT8, full, 8),
    part(`${letter}h`, INT8, full, 8, 8),
  ];
}

/** rsi → esi, si, sil. */
function pointerFamily(name: string, type: Type): [string, RegisterInfo][] {
  const full = `r${name}`;
  return [
    whole(full, type),
    part(`e${name}`, INT, full, 32),
    part(name, SHORT, full, 16),
    part(`${name}l`, INT8, full, 8),
  ];
}

function numberedFamily(full: string): [string, RegisterInfo][] {
  return [
    whole(full, LONG),
    part(`${full}d`, INT, full, 32),
    part(`${full}w`, SHORT, full, 16),
    part(`${full}b`, INT8, full, 8),
    part(`${full}l`, INT8, full, 8),
  ];
}

/** Bits of eflags (SDM volume 1, 3.4.3). */
const FLAGS: readonly (readonly [string, number])[] = [
  ['cf', 0],
  ['pf', 2],
  ['af', 4],
  ['zf', 6],
  ['sf', 7],
  ['tf', 8],
  ['if', 9],
  ['df', 10],
  ['of', 11],
];

const REGISTERS: ReadonlyMap<string, RegisterInfo> = new Map([
  ...['a', 'b', 'c', 'd'].flatMap(legacyFamily),
  ...['si', 'di'].flatMap((name) => pointerFamily(name, LONG)),
  ...['bp', 'sp'].flatMap((name) => pointerFamily(name, VOID_POINTER)),
  ...numbers(8).flatMap((i) => numberedFamily(`r${i + 8}`)),
  whole('rip', CODE_POINTER),
  whole('eflags', UNSIGNED_INT, 32),
  whole('orig_rax', LONG),
  ...['cs', 'ss', 'ds', 'es', 'fs', 'gs'].map((name) => whole(name, INT, 16)),
  ...['fs_base', 'gs_base'].map((name) => whole(name, UNSIGNED_LONG)),
  whole('mxcsr', UNSIGNED_INT, 32),
  ...numbers(8).map((i) => whole(`k${i}`, UNSIGNED_LONG)),
  ...numbers(32).map((i) => whole(`xmm${i}`, UNSIGNED_INT128, 128)),
]);

/** gdb's names for the roles of registers. `$sp` and `$ip` mean the whole register, whatever the assembler calls `sp`. */
const ROLES: ReadonlyMap<string, string> = new Map([
  ['pc', 'rip'],
  ['ip', 'rip'],
  ['sp', 'rsp'],
  ['fp', 'rbp'],
  ['flags', 'eflags'],
  ['rflags', 'eflags'],
]);

const FLAG_INFOS: ReadonlyMap<string, RegisterInfo> = new Map(
  FLAGS.map(([name, bit]) => [name, { name: 'eflags', type: BOOL, container: 'eflags', bit, bits: 1 }]),
);

/** Every name that may follow a dollar sign, for completions. */
export const REGISTER_NAMES: readonly string[] = [...REGISTERS.keys(), ...ROLES.keys(), ...FLAGS.map(([name]) => name)];

/** The register `$name`; undefined when there is none. */
export function registerAfterDollar(name: string): RegisterInfo | undefined {
  return REGISTERS.get(ROLES.get(name) ?? name) ?? FLAG_INFOS.get(name);
}

/** The register that the bare word `name` means where no symbol has that name. Flags need their dollar sign. */
export function registerByBareName(name: string): RegisterInfo | undefined {
  return REGISTERS.get(ROLES.get(name) ?? name);
}
