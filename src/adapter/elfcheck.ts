/**
 * Whether the kernel of this machine could run an ELF file, told from its first headers and before any process exists:
 * execve(2) itself only says ENOEXEC or, for a missing loader, a misleading ENOENT. Offsets are those of elf(5).
 */

export type ElfVerdict =
  | { readonly ok: true; /** Path of the dynamic loader (PT_INTERP), if it names one. */ readonly loader?: string }
  /** `problem` continues a sentence that begins with the file's path. */
  | { readonly ok: false; readonly code: string; readonly problem: string };

/** `e_machine` → what people call it. */
const machines: Record<number, string> = {
  2: 'SPARC',
  3: '32-bit x86 (i386)',
  8: 'MIPS',
  20: 'PowerPC',
  21: '64-bit PowerPC',
  22: 'IBM S/390',
  40: '32-bit Arm',
  43: '64-bit SPARC',
  50: 'Itanium',
  62: 'x86-64',
  183: '64-bit Arm (AArch64)',
  243: 'RISC-V',
  247: 'eBPF',
  258: 'LoongArch',
};

const refuse = (code: string, problem: string): ElfVerdict => ({ ok: false, code, problem });

/** `read(offset, length)` gives up to `length` bytes of the file; `size` is the file's size in bytes. */
export function checkElf(read: (offset: number, length: number) => Buffer, size: number): ElfVerdict {
  const header = read(0, 64);
  const truncated = (what: string) =>
    refuse('truncated', `is damaged: ${what} (the file has ${size} bytes). Build or copy it again.`);
  if (header.length < 20) return truncated('it ends within the ELF header');
  const littleEndian = header[5] === 1;
  const machine = littleEndian ? header.readUInt16LE(18) : header.readUInt16BE(18);
  const name = machines[machine] ?? `machine type ${machine}`;
  if (!littleEndian || machine !== 62) {
    const width = header[4] === 1 ? '32-bit' : '64-bit';
    return machine === 3
      ? refuse('elf32', 'is a 32-bit program (i386); only 64-bit x86-64 programs can be debugged. Build it with -m64.')
      : refuse('foreign-machine', `is a ${width} program for ${name}; only programs for x86-64 can be debugged here.`);
  }
  if (header[4] !== 2) {
    return refuse('elf32', 'is a 32-bit program (the x32 ABI); only 64-bit x86-64 programs can be debugged.');
  }
  if (header.length < 64) return truncated('it ends within the ELF header');
  const type = header.readUInt16LE(16);
  if (type === 1) return refuse('object-file', 'is an object file, not a program yet: link it first.');
  if (type === 4) return refuse('core-file', 'is a core file, not a program.');
  if (type !== 2 && type !== 3) return refuse('not-executable-elf', `is an ELF file of type ${type}, not a program.`);
  return checkSegments(header, read, size, truncated);
}

function checkSegments(
  header: Buffer,
  read: (offset: number, length: number) => Buffer,
  size: number,
  truncated: (what: string) => ElfVerdict,
): ElfVerdict {
  const tableOffset = Number(header.readBigUInt64LE(32));
  const entrySize = header.readUInt16LE(54);
  const count = header.readUInt16LE(56);
  if (count === 0 || entrySize < 56) return truncated('it has no program headers');
  const table = read(tableOffset, count * entrySize);
  if (table.length < count * entrySize) return truncated('its program headers lie beyond its end');
  let loader: string | undefined;
  let loadable = false;
  for (let at = 0; at + 56 <= table.length; at += entrySize) {
    const kind = table.readUInt32LE(at);
    const offset = Number(table.readBigUInt64LE(at + 8));
    const fileSize = Number(table.readBigUInt64LE(at + 32));
    if (kind !== 1 && kind !== 3) continue;
    if (offset + fileSize > size) return truncated('a segment that the kernel must load lies beyond its end');
    if (kind === 1) loadable = true;
    else loader = read(offset, Math.min(fileSize, 4096)).toString('utf8').replace(/\0.*$/s, '');
  }
  if (!loadable) return truncated('it has nothing to load');
  const isProgram = header.readUInt16LE(16) === 2 || loader !== undefined || header.readBigUInt64LE(24) !== 0n;
  if (!isProgram) {
    return refuse('shared-library', 'is a shared library, not a program: it has no entry point.');
  }
  return { ok: true, loader };
}
