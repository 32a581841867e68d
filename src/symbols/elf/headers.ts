/**
 * The ELF header, the program headers and the section headers (System V gABI, chapter 4), through elfy: the only file
 * that imports it.
 *
 * elfy wants the whole file in one buffer. It gets a small image made for it instead: a header, the two tables moved
 * up behind it in batches that fit its 16-bit counts, and the section names. That also shields its faults: it throws
 * without section headers, knows no extended numbering (`e_shnum` 0, `e_phnum` and `e_shstrndx` 0xffff), reads
 * `sh_addralign` and `sh_entsize` two bytes early, and turns types and flags it has no name for into undefined; those
 * four fields are read here. Its numbers are doubles, exact below 2^53.
 */
import elfy from 'elfy';
import { fileAddr, type FileAddr } from '../../common/addresses';
import type { ByteSource } from '../../common/bytes';
import { UserError, messageOf } from '../../common/errors';
import { asBuffer, readNumber } from './buffers';
import { EM_X86_64, PN_XNUM, SHN_XINDEX, SHT_STRTAB, machineName } from './constants';

/** An ELF file this debugger cannot use, in a sentence that names it. */
export class ElfError extends UserError {
  constructor(
    message: string,
    code: 'not-elf' | 'not-64-bit' | 'big-endian' | 'wrong-machine' | 'truncated-elf' | 'malformed-elf',
  ) {
    super(message, { code });
  }
}

export type ElfType = 'exec' | 'dyn' | 'core' | 'rel';

/** One program header. Sizes, offsets and alignments in bytes. */
export interface ElfSegment {
  /** `p_type`, e.g. `PT_LOAD`. */
  readonly type: number;
  /** `PF_R | PF_W | PF_X` */
  readonly flags: number;
  readonly offset: number;
  readonly fileSize: number;
  readonly address: FileAddr;
  readonly memorySize: number;
  readonly align: number;
}

/** One section header, as stated in the file. */
export interface SectionHeader {
  readonly name: string;
  /** `sh_type`, e.g. `SHT_PROGBITS`. */
  readonly type: number;
  /** The low 32 bits of `sh_flags`; the psABI defines none above. */
  readonly flags: number;
  readonly address: FileAddr;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly entrySize: number;
  readonly addressAlign: number;
}

export interface ElfHeaders {
  readonly type: ElfType;
  readonly machine: number;
  readonly entry: FileAddr;
  readonly segments: readonly ElfSegment[];
  readonly sections: readonly SectionHeader[];
  /** Why there are no sections although the header announces some. */
  readonly sectionProblem?: string;
}

const EHDR_SIZE = 64;
const PHDR_SIZE = 56;
const SHDR_SIZE = 64;
/** Entries a batch: elfy reads 16-bit counts, and one section is added for the names. */
const BATCH = 0xff00;
/** No linker output comes near; more means a damaged count. */
const MAX_SECTIONS = 1 << 18;
const MAX_NAMES = 16 * 1024 * 1024;
/** Section names are cut here, so that a name table without terminators cannot multiply. */
const MAX_NAME = 4096;

/**
 * Reads the headers of an x86-64 ELF file.
 * @throws ElfError when the file is not usable at all. Damaged section headers only leave `sections` empty.
 */
export function readHeaders(source: ByteSource, name: string): ElfHeaders {
  const header = asBuffer(source.read(0, EHDR_SIZE));
  checkIdent(header, name);
  const machine = header.readUInt16LE(18);
  if (machine !== EM_X86_64) {
    throw new ElfError(
      `${name} is built for ${machineName(machine)}; only x86-64 programs can be debugged here.`,
      'wrong-machine',
    );
  }
  const firstSection = readFirstSection(source, header);
  const programs = readPrograms(source, header, firstSection, name);
  const sections = readSections(source, header, firstSection);

  const found = runElfy(header, programs, sections.table, sections.names, name);
  return {
    type: found.type,
    machine,
    entry: found.entry,
    segments: found.segments,
    sections: found.sections,
    sectionProblem: sections.problem,
  };
}

/** Checks `e_ident` and the length of the header. */
function checkIdent(header: Buffer, name: string): void {
  if (header.length < 4 || header.readUInt32BE(0) !== 0x7f454c46) {
    throw new ElfError(`${name} is not an ELF file: ${describeContent(header)}.`, 'not-elf');
  }
  if (header.length < 20) throw truncated(name, 'inside the ELF header');
  if (header[4] === 1) {
    const what =
      header.readUInt16LE(18) === EM_X86_64
        ? 'built for the x32 ABI'
        : `a 32-bit program (${machineName(header[5] === 2 ? header.readUInt16BE(18) : header.readUInt16LE(18))})`;
    throw new ElfError(`${name} is ${what}; only 64-bit x86-64 programs can be debugged here.`, 'not-64-bit');
  }
  if (header[4] !== 2) throw malformed(name, `its class byte is ${header[4]}`);
  if (header[5] === 2) {
    const machine = machineName(header.readUInt16BE(18));
    throw new ElfError(
      `${name} is a big-endian program (${machine}); only x86-64 programs can be debugged here.`,
      'big-endian',
    );
  }
  if (header[5] !== 1) throw malformed(name, `its data encoding byte is ${header[5]}`);
  if (header.length < EHDR_SIZE) throw truncated(name, 'inside the ELF header');
}

function describeContent(header: Buffer): string {
  if (header.length === 0) return 'it is empty';
  if (header.length >= 2 && header[0] === 0x23 && header[1] === 0x21) return 'it is a script (it begins with #!)';
  if (header.toString('latin1', 0, 7) === '!<arch>') return 'it is an ar archive (a static library)';
  return 'it does not begin with the ELF magic bytes';
}

function truncated(name: string, where: string): ElfError {
  return new ElfError(`${name} is truncated: the file ends ${where}.`, 'truncated-elf');
}

function malformed(name: string, why: string): ElfError {
  return new ElfError(`${name} is not a valid ELF file: ${why}.`, 'malformed-elf');
}

/** Section header 0, which holds the counts that do not fit the ELF header. */
function readFirstSection(source: ByteSource, header: Buffer): Buffer | undefined {
  const offset = readNumber(header, 40);
  if (offset === 0) return undefined;
  const first = asBuffer(source.read(offset, SHDR_SIZE));
  return first.length === SHDR_SIZE ? first : undefined;
}

function readPrograms(source: ByteSource, header: Buffer, firstSection: Buffer | undefined, name: string): Buffer {
  const offset = readNumber(header, 32);
  const stride = header.readUInt16LE(54);
  let count = header.readUInt16LE(56);
  if (count === PN_XNUM && firstSection) count = firstSection.readUInt32LE(44);
  if (offset === 0 || count === 0) return Buffer.alloc(0);
  if (stride < PHDR_SIZE) throw malformed(name, `its program headers are ${stride} bytes each instead of ${PHDR_SIZE}`);
  const table = readTable(source, offset, count, stride, PHDR_SIZE);
  if (!table) throw truncated(name, 'before the end of its program headers');
  return table;
}

interface SectionTable {
  readonly table: Buffer;
  readonly names: Buffer;
  readonly problem?: string;
}

function readSections(source: ByteSource, header: Buffer, firstSection: Buffer | undefined): SectionTable {
  const none = (problem?: string): SectionTable => ({ table: Buffer.alloc(0), names: Buffer.alloc(1), problem });
  const offset = readNumber(header, 40);
  const stride = header.readUInt16LE(58);
  if (offset === 0) return none();
  if (!firstSection) return none('the file ends before its section headers');
  if (stride < SHDR_SIZE) return none(`its section headers are ${stride} bytes each instead of ${SHDR_SIZE}`);
  const count = header.readUInt16LE(60) || readNumber(firstSection, 32);
  if (count > MAX_SECTIONS) return none(`it claims ${count} sections`);
  const table = readTable(source, offset, count, stride, SHDR_SIZE);
  if (!table) return none('the file ends inside its section headers');
  const stated = header.readUInt16LE(62);
  const namesIndex = stated === SHN_XINDEX ? firstSection.readUInt32LE(40) : stated;
  return { table, names: readNames(source, table, namesIndex) };
}

/** The section name string table, with a NUL at least every MAX_NAME bytes and at the end. */
function readNames(source: ByteSource, table: Buffer, index: number): Buffer {
  const at = index * SHDR_SIZE;
  if (at + SHDR_SIZE > table.length || table.readUInt32LE(at + 4) !== SHT_STRTAB) return Buffer.alloc(1);
  const stated = Math.min(readNumber(table, at + 32), MAX_NAMES);
  const names = Buffer.concat([source.read(readNumber(table, at + 24), stated), Buffer.alloc(1)]);
  for (let start = 0; start < names.length;) {
    const end = names.indexOf(0, start);
    if (end - start > MAX_NAME) {
      names[start + MAX_NAME] = 0;
      start += MAX_NAME + 1;
    } else {
      start = end + 1;
    }
  }
  return names;
}

/** A table of `count` entries, moved to the stride elfy is told; undefined when the source ends before it does. */
function readTable(
  source: ByteSource,
  offset: number,
  count: number,
  stride: number,
  size: number,
): Buffer | undefined {
  const length = (count - 1) * stride + size;
  if (count === 0) return Buffer.alloc(0);
  if (offset + length > source.size) return undefined;
  const bytes = source.read(offset, length);
  if (bytes.length < length) return undefined;
  const table = Buffer.alloc(count * size);
  for (let i = 0; i < count; i++) table.set(bytes.subarray(i * stride, i * stride + size), i * size);
  return table;
}

interface ElfyResult {
  type: ElfType;
  entry: FileAddr;
  segments: ElfSegment[];
  sections: SectionHeader[];
}

function runElfy(header: Buffer, programs: Buffer, sections: Buffer, names: Buffer, name: string): ElfyResult {
  const result: ElfyResult = { type: 'dyn', entry: fileAddr(0), segments: [], sections: [] };
  const batches = Math.max(
    1,
    Math.ceil(programs.length / PHDR_SIZE / BATCH),
    Math.ceil(sections.length / SHDR_SIZE / BATCH),
  );
  for (let batch = 0; batch < batches; batch++) {
    const somePrograms = programs.subarray(batch * BATCH * PHDR_SIZE, (batch + 1) * BATCH * PHDR_SIZE);
    const someSections = sections.subarray(batch * BATCH * SHDR_SIZE, (batch + 1) * BATCH * SHDR_SIZE);
    let elf;
    try {
      elf = elfy.parse(compactImage(header, somePrograms, someSections, names));
    } catch (error) {
      throw malformed(name, messageOf(error));
    }
    const type = elf.type;
    if (type !== 'exec' && type !== 'dyn' && type !== 'core' && type !== 'rel') {
      throw malformed(name, `its type is ${header.readUInt16LE(16)}`);
    }
    result.type = type;
    result.entry = fileAddr(elf.entry);
    elf.body.programs.forEach((program, i) => {
      result.segments.push({
        type: somePrograms.readUInt32LE(i * PHDR_SIZE),
        flags: somePrograms.readUInt32LE(i * PHDR_SIZE + 4),
        offset: program.offset,
        fileSize: program.filesz,
        address: fileAddr(program.vaddr),
        memorySize: program.memsz,
        align: program.align,
      });
    });
    // The last one is the string table made for elfy.
    elf.body.sections.slice(0, -1).forEach((section, i) => {
      result.sections.push({
        name: section.name,
        type: someSections.readUInt32LE(i * SHDR_SIZE + 4),
        flags: someSections.readUInt32LE(i * SHDR_SIZE + 8),
        address: fileAddr(section.addr),
        offset: section.off,
        size: section.size,
        link: section.link,
        info: section.info,
        entrySize: readNumber(someSections, i * SHDR_SIZE + 56),
        addressAlign: readNumber(someSections, i * SHDR_SIZE + 48),
      });
    });
  }
  return result;
}

/** An ELF image that holds only a header, the given program and section headers, and their names. */
function compactImage(header: Buffer, programs: Buffer, sections: Buffer, names: Buffer): Buffer {
  const programsAt = EHDR_SIZE;
  const sectionsAt = programsAt + programs.length;
  const namesAt = sectionsAt + sections.length + SHDR_SIZE;
  const image = Buffer.alloc(namesAt + names.length);
  const sectionCount = sections.length / SHDR_SIZE;

  header.copy(image, 0);
  image.writeBigUInt64LE(BigInt(programsAt), 32);
  image.writeBigUInt64LE(BigInt(sectionsAt), 40);
  image.writeUInt16LE(PHDR_SIZE, 54);
  image.writeUInt16LE(programs.length / PHDR_SIZE, 56);
  image.writeUInt16LE(SHDR_SIZE, 58);
  image.writeUInt16LE(sectionCount + 1, 60);
  image.writeUInt16LE(sectionCount, 62);
  programs.copy(image, programsAt);
  sections.copy(image, sectionsAt);

  const namesHeader = sectionsAt + sections.length;
  image.writeUInt32LE(SHT_STRTAB, namesHeader + 4);
  image.writeBigUInt64LE(BigInt(namesAt), namesHeader + 24);
  image.writeBigUInt64LE(BigInt(names.length), namesHeader + 32);
  names.copy(image, namesAt);
  return image;
}
