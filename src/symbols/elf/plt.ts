/**
 * Names for the entries of the procedure linkage table (psABI x86-64, 5.2), which have no symbols of their own.
 *
 * Linkers lay the sections out differently (`.plt`, `.plt.sec` for IBT, `.plt.got` for `-z now`; 8 or 16 bytes an
 * entry), so the layout is not guessed: each entry's `jmp *slot(%rip)` is decoded, and the relocation of that slot
 * tells the function.
 */
import { fileAddr, type FileAddr } from '../../common/addresses';
import type { ElfSymbol } from '../types';
import { R_X86_64_GLOB_DAT, SHT_NOBITS } from './constants';
import { asBuffer, readNumber } from './buffers';
import type { ElfFile, ElfSection } from './elffile';
import { StringTable } from './stringtable';

const R_X86_64_JUMP_SLOT = 7;
const R_X86_64_IRELATIVE = 37;

const RELA_SIZE = 24;
const SYM_SIZE = 24;

const PLT_SECTIONS = ['.plt', '.plt.sec', '.plt.got', '.iplt'] as const;
const RELOCATION_SECTIONS = ['.rela.plt', '.rela.dyn', '.rela.iplt'] as const;

/** The slots of the global offset table and what the loader will put there. */
interface Slots {
  /** By the address of the slot. */
  readonly byAddress: ReadonlyMap<number, Relocation>;
  /** By index in .rela.plt, which a lazy entry pushes. */
  readonly byIndex: readonly Relocation[];
}

/**
 * The symbols made up for PLT entries, in address order: `puts@plt`.
 * @param functionAt names the resolver of an IRELATIVE slot by its address
 */
export function pltSymbols(elf: ElfFile, functionAt: (address: FileAddr) => string | undefined): ElfSymbol[] {
  const sections = PLT_SECTIONS.flatMap((name) => {
    const section = elf.section(name);
    return section && section.type !== SHT_NOBITS && section.size > 0 ? [section] : [];
  });
  if (sections.length === 0) return [];
  const slots = readSlots(elf, functionAt);
  if (slots.byAddress.size === 0) return [];
  return sections.flatMap((section) => entriesOf(section, slots)).sort((a, b) => a.address - b.address);
}

function readSlots(elf: ElfFile, functionAt: (address: FileAddr) => string | undefined): Slots {
  const byAddress = new Map<number, Relocation>();
  const byIndex: Relocation[] = [];
  for (const sectionName of RELOCATION_SECTIONS) {
    const section = elf.section(sectionName);
    if (!section) continue;
    const table = new RelocationTable(elf, section, functionAt);
    const { bytes } = table;
    for (let at = 0, index = 0; at + RELA_SIZE <= bytes.length; at += RELA_SIZE, index++) {
      const type = bytes.readUInt32LE(at + 8);
      if (type !== R_X86_64_JUMP_SLOT && type !== R_X86_64_GLOB_DAT && type !== R_X86_64_IRELATIVE) continue;
      const relocation = { table, at };
      if (sectionName === '.rela.plt') byIndex[index] = relocation;
      byAddress.set(readNumber(bytes, at), relocation);
    }
  }
  return { byAddress, byIndex };
}

/** An entry of a relocation section: Elf64_Rela, `at` bytes from its begin. */
interface Relocation {
  readonly table: RelocationTable;
  readonly at: number;
}

/** Elf64_Rela: offset (8), type (4), symbol (4), addend (8). */
class RelocationTable {
  readonly bytes: Buffer;
  private readonly symbols: ElfSection | undefined;
  private readonly strings: StringTable | undefined;

  constructor(
    elf: ElfFile,
    section: ElfSection,
    private readonly functionAt: (address: FileAddr) => string | undefined,
  ) {
    this.bytes = bufferOf(section);
    this.symbols = elf.sections[section.link] ?? elf.section('.dynsym');
    const strings = this.symbols && elf.sections[this.symbols.link];
    this.strings = strings && new StringTable(strings.data);
  }

  /** What the slot leads to; where there is no symbol, in objdump's words. */
  targetOf(at: number): string {
    const addend = readNumber(this.bytes, at + 16);
    const isIndirect = this.bytes.readUInt32LE(at + 8) === R_X86_64_IRELATIVE;
    const name = isIndirect ? this.functionAt(fileAddr(addend)) : this.symbolName(this.bytes.readUInt32LE(at + 12));
    return name || `*ABS*+0x${addend.toString(16)}`;
  }

  private symbolName(index: number): string | undefined {
    const entry = this.symbols && asBuffer(this.symbols.data.read(index * SYM_SIZE, SYM_SIZE));
    if (index === 0 || !entry || entry.length < SYM_SIZE) return undefined;
    return this.strings?.at(entry.readUInt32LE(0));
  }
}

function entriesOf(section: ElfSection, slots: Slots): ElfSymbol[] {
  const bytes = bufferOf(section);
  const entrySize = entrySizeOf(section, bytes);
  const found: ElfSymbol[] = [];
  for (let start = 0; start < bytes.length; start += entrySize) {
    const target = targetOf(bytes.subarray(start, start + entrySize), section.address + start, slots);
    if (!target) continue;
    const size = Math.min(entrySize, bytes.length - start);
    found.push(new PltSymbol(fileAddr(section.address + start), size, target));
  }
  return found;
}

class PltSymbol implements ElfSymbol {
  readonly kind = 'plt';
  readonly binding = 'local';
  private known: string | undefined;

  constructor(
    readonly address: FileAddr,
    readonly size: number,
    private readonly target: Relocation,
  ) {}

  /** Read when somebody asks: a large program has tens of thousands of entries. */
  get name(): string {
    return (this.known ??= `${this.target.table.targetOf(this.target.at)}@plt`);
  }
}

/** `sh_entsize` where it is sensible; GNU ld leaves 8-byte entries in .plt.got, and 16 is every other one's size. */
function entrySizeOf(section: ElfSection, bytes: Buffer): number {
  if (section.entrySize === 8 || section.entrySize === 16) return section.entrySize;
  return section.name === '.plt.got' && bytes[0] === 0xff && bytes[8] === 0xff ? 8 : 16;
}

/** Which function an entry leads to; undefined for the first entry, which calls the loader's resolver. */
function targetOf(entry: Buffer, address: number, slots: Slots): Relocation | undefined {
  let at = 0;
  // endbr64
  if (entry.length >= 4 && entry.readUInt32LE(0) === 0xfa1e0ff3) at = 4;
  // push $index ; jmp to the first entry: what a lazily bound slot leads to before its first call, with IBT
  if (entry[at] === 0x68 && at + 5 <= entry.length) return slots.byIndex[entry.readUInt32LE(at + 1)];
  // bnd
  if (entry[at] === 0xf2) at++;
  // jmp *disp32(%rip)
  if (entry[at] !== 0xff || entry[at + 1] !== 0x25 || at + 6 > entry.length) return undefined;
  return slots.byAddress.get(address + at + 6 + entry.readInt32LE(at + 2));
}

function bufferOf(section: ElfSection): Buffer {
  return asBuffer(section.data.read(0, section.data.size));
}
