/**
 * Single-stepping sets the trap flag in the CPU's flags. The kernel hides it from PTRACE_GETREGS, but two kinds of
 * instructions copy the flags where the program sees them: `pushf` to the stack and `syscall` to r11. The copies are
 * mended after the step, so that a program cannot tell that it was stepped.
 */
import { virtAddr } from '../common/addresses';
import type { TargetMemory } from './sites';
import type { CodeMap } from './stepping/codemap';
import type { Thread } from './thread';

/** Where the instruction that is being stepped puts its copy of the flags. */
export type TrapFlagLeak = 'stack' | 'r11';

/** EFLAGS.TF, bit 8. */
const TRAP_FLAG = 0x100n;

/** What a step of the instruction at the thread's pc will leak; undefined when nothing, or when the flag is its own. */
export function trapFlagLeak(thread: Thread, code: CodeMap): TrapFlagLeak | undefined {
  const bytes = code.instruction(thread.pc)?.bytes;
  if (!bytes || thread.registers.flags & TRAP_FLAG) return undefined;
  if (bytes[0] === 0x9c || (bytes[0] === 0x66 && bytes[1] === 0x9c)) return 'stack';
  return bytes[0] === 0x0f && bytes[1] === 0x05 ? 'r11' : undefined;
}

/** Mends the copy after the step. */
export function mendTrapFlag(thread: Thread, leak: TrapFlagLeak, memory: TargetMemory): void {
  if (leak === 'r11') {
    const r11 = thread.registers.get('r11') ?? 0n;
    if (r11 & TRAP_FLAG) thread.registers.set('r11', r11 & ~TRAP_FLAG);
    return;
  }
  // Bit 8 is the lowest of the second byte, whatever the operand size.
  const address = virtAddr(thread.sp + 1n);
  const [byte] = memory.read(address, 1);
  if (byte !== undefined) memory.writeQuietly(address, Uint8Array.of(byte & 0xfe));
}
