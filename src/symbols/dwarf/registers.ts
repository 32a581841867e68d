/** Registers by their DWARF numbers (System V psABI x86-64, figure 3.36), to name them to people. */
const GENERAL = [
  ...['rax', 'rdx', 'rcx', 'rbx', 'rsi', 'rdi', 'rbp', 'rsp'],
  ...['r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15', 'rip'],
];

const NUMBERED = [
  ['xmm', 17, 16],
  ['st', 33, 8],
  ['mm', 41, 8],
  ['xmm', 67, 16],
  ['k', 118, 8],
] as const;

/** The assembler's name, or `register 200` where it has none. */
export function dwarfRegisterName(register: number): string {
  const general = GENERAL[register];
  if (general !== undefined) return general;
  for (const [prefix, first, count] of NUMBERED) {
    if (register >= first && register < first + count) return `${prefix}${register - first + (first === 67 ? 16 : 0)}`;
  }
  return `register ${register}`;
}
