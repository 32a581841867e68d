/**
 * What a module says of a name to the dynamic linker: where it defines it for others, and which slots it wants filled
 * with the address that the name was resolved to (psABI x86-64, 4.4, "Relocation").
 *
 * Two names are asked for in a session, not two thousand: tables are searched, no map is built.
 */
import { fileAddr, type FileAddr } from '../../common/addresses';
import { asBuffer, readNumber } from './buffers';
import {
  DF_SYMBOLIC,
  DT_FLAGS,
  DT_SYMBOLIC,
  R_X86_64_64,
  R_X86_64_GLOB_DAT,
  SHN_UNDEF,
  SHT_NOBITS,
  STB_LOCAL,
  STT_TLS,
  STV_PROTECTED,
} from './constants';
import { dynamicEntries } from './dynamic';
import type { ElfFile, ElfSection } from './elffile';
import { NAME_ENDS, StringTable } from './stringtable';
import { SYM_SIZE } from './symbolrecords';

const RELA_SIZE = 24;

export interface DynamicDefinition {
  readonly address: FileAddr;
  readonly size: number;
  readonly isThreadLocal: boolean;
  /** STV_PROTECTED: the module itself uses this one, whatever others define. */
  readonly isProtected: boolean;
}

/** Eight bytes that the dynamic linker fills with the address of a symbol plus `addend`. */
export interface AddressSlot {
  readonly address: FileAddr;
  readonly addend: bigint;
}

export class DynamicSymbols {
  private readonly known = new Map<
    string,
    { definitions: readonly DynamicDefinition[]; slot: AddressSlot | undefined }
  >();
  private tables: Tables | null | undefined;
  private knownSymbolic: boolean | undefined;

  constructor(private readonly elf: ElfFile) {}

  /** Whether the module uses its own definitions before all others (`-Bsymbolic`). */
  get isSymbolic(): boolean {
    this.knownSymbolic ??= dynamicEntries(this.elf).some(
      ({ tag, value }) => tag === DT_SYMBOLIC || (tag === DT_FLAGS && (value & DF_SYMBOLIC) !== 0),
    );
    return this.knownSymbolic;
  }

  /** The definitions that other modules see under a raw name; several when it has versions. Never throws. */
  definitions(name: string): readonly DynamicDefinition[] {
    return this.find(name).definitions;
  }

  /** A slot for the address of data of that name; undefined when the module needs none. Never throws. */
  slot(name: string): AddressSlot | undefined {
    return this.find(name).slot;
  }

  private find(name: string): { definitions: readonly DynamicDefinition[]; slot: AddressSlot | undefined } {
    let found = this.known.get(name);
    if (!found) this.known.set(name, (found = this.search(name)));
    return found;
  }

  private search(name: string): { definitions: readonly DynamicDefinition[]; slot: AddressSlot | undefined } {
    this.tables ??= openTables(this.elf) ?? null;
    const offsets = name === '' ? undefined : this.tables?.strings.offsetsOf(name, NAME_ENDS);
    if (!this.tables || !offsets || offsets.size === 0) return { definitions: [], slot: undefined };
    const definitions: DynamicDefinition[] = [];
    const indexes = new Set<number>();
    const { symbols } = this.tables;
    for (let at = SYM_SIZE, index = 1; at + SYM_SIZE <= symbols.length; at += SYM_SIZE, index++) {
      if (!offsets.has(symbols.readUInt32LE(at))) continue;
      indexes.add(index);
      const info = symbols[at + 4]!;
      if (symbols.readUInt16LE(at + 6) === SHN_UNDEF || info >>> 4 === STB_LOCAL) continue;
      definitions.push({
        address: fileAddr(readNumber(symbols, at + 8)),
        size: readNumber(symbols, at + 16),
        isThreadLocal: (info & 15) === STT_TLS,
        isProtected: (symbols[at + 5]! & 3) === STV_PROTECTED,
      });
    }
    return { definitions, slot: slotOf(this.tables.relocations, indexes) };
  }
}

interface Tables {
  /** Elf64_Sym: name (4), info (1), other (1), shndx (2), value (8), size (8). */
  readonly symbols: Buffer;
  readonly strings: StringTable;
  /** Elf64_Rela: offset (8), type (4), symbol (4), addend (8). */
  readonly relocations: Buffer;
}

function openTables(elf: ElfFile): Tables | undefined {
  const symbols = elf.section('.dynsym');
  const strings = symbols && elf.sections[symbols.link];
  if (!symbols || !strings || symbols.type === SHT_NOBITS) return undefined;
  const relocations = elf.section('.rela.dyn');
  return {
    symbols: bytesOf(symbols),
    strings: new StringTable(strings.data),
    relocations: relocations && relocations.type !== SHT_NOBITS ? bytesOf(relocations) : Buffer.alloc(0),
  };
}

function bytesOf({ data }: ElfSection): Buffer {
  return asBuffer(data.read(0, data.size));
}

/** Of the slots for a symbol, one of the global offset table before a pointer in the program's data. */
function slotOf(relocations: Buffer, indexes: ReadonlySet<number>): AddressSlot | undefined {
  let found: AddressSlot | undefined;
  for (let at = 0; at + RELA_SIZE <= relocations.length; at += RELA_SIZE) {
    const symbol = relocations.readUInt32LE(at + 12);
    if (symbol === 0 || !indexes.has(symbol)) continue;
    const type = relocations.readUInt32LE(at + 8);
    if (type !== R_X86_64_GLOB_DAT && type !== R_X86_64_64) continue;
    // The addend has no meaning in a GLOB_DAT.
    const addend = type === R_X86_64_64 ? relocations.readBigInt64LE(at + 16) : 0n;
    found = { address: fileAddr(readNumber(relocations, at)), addend };
    if (type === R_X86_64_GLOB_DAT) return found;
  }
  return found;
}
