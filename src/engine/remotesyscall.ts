/**
 * Makes a stopped thread execute one system call and undoes its registers. Used for scratch memory; the instruction
 * comes from the vdso, so no code of the program is patched for it.
 */
import { virtAddr, type VirtAddr } from '../common/addresses';
import type { MemoryReader } from '../common/readers';
import { ResumeKind } from '../ptrace/constants';
import { native } from '../ptrace/native';
import { decodeWaitStatus } from '../ptrace/waitstatus';
import type { Thread } from './thread';

/** Offsets in user_regs_struct (<sys/user.h>), in 8-byte words. */
const WORD = { r10: 7, r9: 8, r8: 9, rax: 10, rdx: 12, rsi: 13, rdi: 14, origRax: 15, rip: 16 } as const;

/** A call that has not returned by now is given up, milliseconds. */
const LIMIT = 1000;

/** Of the vdso image, bytes. */
const IMAGE_SIZE = 0x2000;

/** Finds a `syscall` instruction in the vdso image, or in other code, that begins at `start`. */
export function findSyscallInstruction(
  memory: MemoryReader,
  start: VirtAddr,
  size: number = IMAGE_SIZE,
): VirtAddr | undefined {
  const image = memory.read(start, size);
  for (let i = 0; i + 1 < image.length; i++) {
    if (image[i] === 0x0f && image[i + 1] === 0x05) return virtAddr(start + BigInt(i));
  }
  return undefined;
}

/**
 * Executes `syscall` at `instruction` in a stopped thread that is not inside a system call, and waits for it: only for
 * calls that return at once. Returns what rax holds after it (-errno on failure), or undefined when the thread was
 * disturbed (killed, signalled); its registers are as before either way.
 */
export function remoteSyscall(
  thread: Thread,
  instruction: VirtAddr,
  number: number,
  args: readonly bigint[],
): bigint | undefined {
  const saved = new Uint8Array(216);
  thread.registers.store();
  native.getRegisters(thread.tid, saved);
  const bytes = saved.slice();
  const words = new BigUint64Array(bytes.buffer);
  words[WORD.rax] = BigInt(number);
  // No restart of whatever call the thread made last.
  words[WORD.origRax] = 0xffffffffffffffffn;
  words[WORD.rip] = instruction;
  const order = [WORD.rdi, WORD.rsi, WORD.rdx, WORD.r10, WORD.r8, WORD.r9];
  args.forEach((value, index) => (words[order[index]!] = BigInt.asUintN(64, value)));
  native.setRegisters(thread.tid, bytes);
  let result: bigint | undefined;
  for (let attempt = 0; attempt < 3 && result === undefined; attempt++) {
    native.resume(ResumeKind.SingleStep, thread.tid, 0);
    const raw = native.waitSlice(thread.tid, LIMIT);
    if (raw < 0) return undefined;
    const status = decodeWaitStatus(raw);
    if (status.kind === 'exited' || status.kind === 'killed') return undefined;
    if (status.kind === 'signal' && status.signal === 5) {
      native.getRegisters(thread.tid, bytes);
      result = BigInt.asIntN(64, words[WORD.rax]!);
    } else if (status.kind === 'signal') {
      // A signal came in first: it is delivered when the thread is resumed for good.
      thread.pendingSignal ||= status.signal;
    }
  }
  native.setRegisters(thread.tid, saved);
  return result;
}
