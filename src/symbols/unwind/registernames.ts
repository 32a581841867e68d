/**
 * Assembler names onto DWARF register numbers for the registers that an unwinder can recover (System V psABI x86-64,
 * figure 3.36), sub-registers included.
 */

export const DWARF_RBP = 6;
export const DWARF_RSP = 7;
export const DWARF_RIP = 16;

/**
 * rbx, rbp, r12–r15: a function must give them back as it found them (psABI, figure 3.4), so without a rule they hold
 * in the caller what they hold in the callee. Everything else is lost at a call.
 */
export const CALLEE_SAVED: ReadonlySet<number> = new Set([3, DWARF_RBP, 12, 13, 14, 15]);

/** A slice of a 64-bit register. */
export interface RegisterPart {
  /** DWARF number. */
  readonly register: number;
  /** Bits. */
  readonly shift: bigint;
  /** Bits. */
  readonly width: number;
}

const parts = new Map<string, RegisterPart>();

function add(register: number, width: number, shift: bigint, name: string): void {
  parts.set(name, { register, width, shift });
}

for (const [register, letter] of ['a', 'd', 'c', 'b'].entries()) {
  add(register, 64, 0n, `r${letter}x`);
  add(register, 32, 0n, `e${letter}x`);
  add(register, 16, 0n, `${letter}x`);
  add(register, 8, 0n, `${letter}l`);
  add(register, 8, 8n, `${letter}h`);
}
for (const [index, name] of ['si', 'di', 'bp', 'sp'].entries()) {
  add(index + 4, 64, 0n, `r${name}`);
  add(index + 4, 32, 0n, `e${name}`);
  add(index + 4, 16, 0n, name);
  add(index + 4, 8, 0n, `${name}l`);
}
for (let register = 8; register < 16; register++) {
  add(register, 64, 0n, `r${register}`);
  add(register, 32, 0n, `r${register}d`);
  add(register, 16, 0n, `r${register}w`);
  add(register, 8, 0n, `r${register}b`);
}
add(DWARF_RIP, 64, 0n, 'rip');
add(DWARF_RIP, 32, 0n, 'eip');
add(DWARF_RIP, 16, 0n, 'ip');

/** The place of a general register or a part of one, by its name in lower case. */
export function registerPart(name: string): RegisterPart | undefined {
  return parts.get(name);
}

/**
 * Registers that user code does not change from one call to the next in practice, so that an outer frame shows what
 * the thread has: segment selectors and the thread's bases.
 */
export const THREAD_WIDE: ReadonlySet<string> = new Set(['cs', 'ss', 'ds', 'es', 'fs', 'gs', 'fs_base', 'gs_base']);
