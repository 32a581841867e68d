/**
 * The two interfaces through which `symbols`, `disasm`, `expr` and `syscalls` see a process, so that the same code
 * serves live processes, core files and tests.
 */
import type { VirtAddr } from './addresses';

export interface MemoryReader {
  /**
   * Reads up to `length` bytes. Never throws: the result is short where the first unreadable byte is, and empty when
   * not even the first byte can be read. The debugger's own int3 bytes are never part of the result.
   */
  read(address: VirtAddr, length: number): Uint8Array;
}

export interface RegisterReader {
  /**
   * The value of a register by its DWARF number (System V psABI x86-64, figure 3.36: 0 rax, 1 rdx, 2 rcx, 3 rbx,
   * 4 rsi, 5 rdi, 6 rbp, 7 rsp, 8–15 r8–r15, 16 the return address column, i.e. rip). Undefined when it is not known
   * in this frame.
   */
  dwarf(register: number): bigint | undefined;

  /**
   * The value of a register by its assembler name in lower case, sub-registers included (`rax`, `eax`, `al`, `ah`,
   * `rip`, `eflags`, `fs_base`, `cs`, `xmm0`…). Undefined when there is no such register or it is not known.
   */
  named(name: string): bigint | undefined;

  /**
   * The bytes of a register by its DWARF number, all that are known of it: 8 of a general one, 16, 32 or 64 of a vector
   * register (17–32 xmm0–xmm15, 67–82 xmm16–xmm31, which stand for ymm and zmm too), 10 of 33–40 st0–st7. Undefined when
   * it is not known in this frame; absent from readers that have no more than `dwarf` tells.
   */
  bytes?(register: number): Uint8Array | undefined;
}

/** Memory that can be changed as well. */
export interface MemoryAccess extends MemoryReader {
  /** Writes up to the first byte that cannot be and returns how many were written; throws a UserError when that is none. */
  write(address: VirtAddr, bytes: Uint8Array): number;
}

/** Reads exactly `length` bytes or returns undefined. */
export function readExactly(memory: MemoryReader, address: VirtAddr, length: number): Uint8Array | undefined {
  const bytes = memory.read(address, length);
  return bytes.length === length ? bytes : undefined;
}

/** Reads a little-endian unsigned integer of 1, 2, 4 or 8 bytes. */
export function readUint(memory: MemoryReader, address: VirtAddr, size: 1 | 2 | 4 | 8): bigint | undefined {
  const bytes = readExactly(memory, address, size);
  if (!bytes) return undefined;
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  return value;
}

/** Reads a NUL-terminated string of at most `limit` bytes as UTF-8; undefined when the first byte is unreadable. */
export function readCString(memory: MemoryReader, address: VirtAddr, limit = 4096): string | undefined {
  const bytes = memory.read(address, limit);
  if (bytes.length === 0) return undefined;
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('utf8');
}
