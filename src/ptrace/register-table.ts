/**
 * What registers x86-64 has, as tables: where each lies in user_regs_struct, the parts of it that have names of their
 * own, its DWARF number, and the groups in which people look at them.
 */

/** A register of up to 64 bits as a field of a word of user_regs_struct. */
export interface WordField {
  /** Index of the 64-bit word, in the order of struct user_regs_struct in <sys/user.h>. */
  readonly word: number;
  /** Lowest bit of the field. */
  readonly shift: number;
  readonly bits: number;
  /** Writing eax and the like clears bits 32–63, as the CPU does (Intel SDM volume 1, 3.4.1.1). */
  readonly zeroExtends: boolean;
}

// prettier-ignore
const USER_REGS = [
  'r15', 'r14', 'r13', 'r12', 'rbp', 'rbx', 'r11', 'r10', 'r9', 'r8', 'rax', 'rcx', 'rdx', 'rsi', 'rdi', 'orig_rax',
  'rip', 'cs', 'eflags', 'rsp', 'ss', 'fs_base', 'gs_base', 'ds', 'es', 'fs', 'gs',
] as const;

export const USER_REGS_SIZE = USER_REGS.length * 8;

/** Index of a word of user_regs_struct. */
export const Word = Object.fromEntries(USER_REGS.map((name, index) => [name, index])) as Readonly<
  Record<(typeof USER_REGS)[number], number>
>;

/** A named bit or bits of a flags register. */
export interface FlagField {
  readonly name: string;
  /** Lowest bit. */
  readonly bit: number;
  readonly bits: number;
  /** `Carry`… */
  readonly title: string;
}

function flag(name: string, bit: number, title: string, bits = 1): FlagField {
  return { name, bit, bits, title };
}

/** Intel SDM volume 1, 3.4.3. */
export const EFLAGS_FIELDS: readonly FlagField[] = [
  flag('cf', 0, 'Carry'),
  flag('pf', 2, 'Parity'),
  flag('af', 4, 'Auxiliary carry'),
  flag('zf', 6, 'Zero'),
  flag('sf', 7, 'Sign'),
  flag('tf', 8, 'Trap'),
  flag('if', 9, 'Interrupt enable'),
  flag('df', 10, 'Direction'),
  flag('of', 11, 'Overflow'),
  flag('iopl', 12, 'I/O privilege level', 2),
  flag('nt', 14, 'Nested task'),
  flag('rf', 16, 'Resume'),
  flag('vm', 17, 'Virtual-8086 mode'),
  flag('ac', 18, 'Alignment check'),
  flag('vif', 19, 'Virtual interrupt'),
  flag('vip', 20, 'Virtual interrupt pending'),
  flag('id', 21, 'CPUID available'),
];

/** The flags that are registers by name as well; the others are only seen inside eflags. */
const NAMED_FLAGS = new Set(['cf', 'pf', 'af', 'zf', 'sf', 'tf', 'if', 'df', 'of']);

/** Intel SDM volume 1, 10.2.3. */
export const MXCSR_FIELDS: readonly FlagField[] = [
  flag('ie', 0, 'Invalid operation'),
  flag('de', 1, 'Denormal'),
  flag('ze', 2, 'Divide by zero'),
  flag('oe', 3, 'Overflow'),
  flag('ue', 4, 'Underflow'),
  flag('pe', 5, 'Precision'),
  flag('daz', 6, 'Denormals are zeros'),
  flag('im', 7, 'Invalid operation mask'),
  flag('dm', 8, 'Denormal mask'),
  flag('zm', 9, 'Divide by zero mask'),
  flag('om', 10, 'Overflow mask'),
  flag('um', 11, 'Underflow mask'),
  flag('pm', 12, 'Precision mask'),
  flag('rc', 13, 'Rounding control', 2),
  flag('fz', 15, 'Flush to zero'),
];

function wordFields(): Map<string, WordField> {
  const fields = new Map<string, WordField>();
  const add = (name: string, word: number, bits: number, shift = 0): void => {
    fields.set(name, { word, shift, bits, zeroExtends: bits === 32 && shift === 0 });
  };
  for (const [word, name] of USER_REGS.entries()) add(name, word, 64);
  for (const letter of ['a', 'b', 'c', 'd']) {
    const word = Word[`r${letter}x` as 'rax'];
    add(`e${letter}x`, word, 32);
    add(`${letter}x`, word, 16);
    add(`${letter}l`, word, 8);
    add(`${letter}h`, word, 8, 8);
  }
  for (const name of ['si', 'di', 'bp', 'sp']) {
    const word = Word[`r${name}` as 'rsi'];
    add(`e${name}`, word, 32);
    add(name, word, 16);
    add(`${name}l`, word, 8);
  }
  for (let number = 8; number < 16; number++) {
    const word = Word[`r${number}` as 'r8'];
    add(`r${number}d`, word, 32);
    add(`r${number}w`, word, 16);
    add(`r${number}b`, word, 8);
    add(`r${number}l`, word, 8);
  }
  add('eip', Word.rip, 32);
  add('ip', Word.rip, 16);
  add('pc', Word.rip, 64);
  add('rflags', Word.eflags, 64);
  fields.set('eflags', { word: Word.eflags, shift: 0, bits: 32, zeroExtends: true });
  for (const segment of ['cs', 'ss', 'ds', 'es', 'fs', 'gs'] as const) add(segment, Word[segment], 16);
  for (const { name, bit, bits } of EFLAGS_FIELDS) if (NAMED_FLAGS.has(name)) add(name, Word.eflags, bits, bit);
  return fields;
}

/** Every register that is part of user_regs_struct, by name in lower case. */
export const WORD_FIELDS: ReadonlyMap<string, WordField> = wordFields();

/** Name by DWARF number (System V psABI x86-64, figure 3.36). */
export const DWARF_NAMES: readonly (string | undefined)[] = dwarfNames();

function dwarfNames(): (string | undefined)[] {
  // prettier-ignore
  const names: (string | undefined)[] = [
    'rax', 'rdx', 'rcx', 'rbx', 'rsi', 'rdi', 'rbp', 'rsp', 'r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15', 'rip',
  ];
  const put = (first: number, prefix: string, from: number, count: number): void => {
    for (let i = 0; i < count; i++) names[first + i] = `${prefix}${from + i}`;
  };
  put(17, 'xmm', 0, 16);
  put(33, 'st', 0, 8);
  put(41, 'mm', 0, 8);
  for (const [i, name] of ['rflags', 'es', 'cs', 'ss', 'ds', 'fs', 'gs'].entries()) names[49 + i] = name;
  names[58] = 'fs_base';
  names[59] = 'gs_base';
  names[64] = 'mxcsr';
  names[65] = 'fctrl';
  names[66] = 'fstat';
  put(67, 'xmm', 16, 16);
  put(118, 'k', 0, 8);
  return names;
}
