/**
 * Finds `main` without reading a symbol table: the C runtime's `_start` hands its address to `__libc_start_main` in
 * rdi (psABI x86-64, 3.4.1 leaves `_start` to the runtime; this is the code of glibc's start.S and of its static
 * twin). It works for stripped programs too.
 */
import { fileAddr, type FileAddr } from '../../common/addresses';
import { PF_X, PT_LOAD } from './constants';
import { asBuffer } from './buffers';
import type { ElfFile } from './elffile';

/** `_start` of glibc is 34 to 46 bytes. */
const START_LENGTH = 64;

/** The address of `main` that the entry code passes on; undefined when it does not look like glibc's. */
export function mainFromEntryCode(elf: ElfFile): FileAddr | undefined {
  const code = asBuffer(elf.readAt(elf.entry, START_LENGTH));
  // It begins with: xor %ebp,%ebp ; mov %rdx,%r9 ; pop %rsi, after an optional endbr64.
  let at = code.length >= 4 && code.readUInt32LE(0) === 0xfa1e0ff3 ? 4 : 0;
  if (!code.subarray(at).toString('hex').startsWith('31ed4989d15e')) return undefined;
  for (at += 6; at + 7 <= code.length; at++) {
    let main: number | undefined;
    const opcode = code.readUIntBE(at, 3);
    // lea disp32(%rip),%rdi
    if (opcode === 0x488d3d) main = elf.entry + at + 7 + code.readInt32LE(at + 3);
    // mov $imm32,%rdi
    else if (opcode === 0x48c7c7) main = code.readInt32LE(at + 3);
    // call: past it, the address was not found
    else if (code[at] === 0xe8 || code.readUInt16BE(at) === 0xff15) return undefined;
    if (main !== undefined && isCode(elf, main)) return fileAddr(main);
  }
  return undefined;
}

function isCode(elf: ElfFile, address: number): boolean {
  return elf.segments.some(
    (s) => s.type === PT_LOAD && s.flags & PF_X && address >= s.address && address < s.address + s.fileSize,
  );
}
