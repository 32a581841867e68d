/**
 * One ELF file: its headers, and its sections as bytes, read in slices and inflated when somebody asks.
 * Everything that reads symbols, lines or unwind tables starts from here.
 */
import type { FileAddr } from '../../common/addresses';
import { BufferSource, type ByteSource } from '../../common/bytes';
import { messageOf } from '../../common/errors';
import { log } from '../../common/log';
import { inflateCompressedSection, inflateZdebugSection } from './compression';
import { PT_LOAD, SHF_ALLOC, SHF_COMPRESSED, SHF_TLS, SHT_NOBITS } from './constants';
import { readHeaders, type ElfSegment, type ElfType, type SectionHeader } from './headers';

export { ElfError, type ElfSegment, type ElfType } from './headers';

/** A section and its contents. Sizes and offsets in bytes. */
export interface ElfSection extends SectionHeader {
  /**
   * The contents: slices of the file, or the inflated bytes of a compressed section. Empty for SHT_NOBITS, cut where
   * the file ends, and empty when a compressed section is damaged.
   */
  readonly data: ByteSource;
}

export class ElfFile {
  readonly type: ElfType;
  /** `e_machine`, always EM_X86_64. */
  readonly machine: number;
  readonly entry: FileAddr;
  readonly segments: readonly ElfSegment[];
  /** As in the file; index = section header index. Nothing is inflated by walking them. */
  readonly sections: readonly ElfSection[];

  private readonly byName = new Map<string, LazySection>();
  private readonly wholeSections = new Map<LazySection, Uint8Array | undefined>();
  private allocated: ElfSection[] | undefined;

  private constructor(
    readonly source: ByteSource,
    /** How messages call the file. */
    readonly name: string,
  ) {
    const headers = readHeaders(source, name);
    this.type = headers.type;
    this.machine = headers.machine;
    this.entry = headers.entry;
    this.segments = headers.segments;
    const sections = headers.sections.map((header) => new LazySection(header, source, name));
    this.sections = sections;
    for (const section of sections) {
      if (section.name !== '' && !this.byName.has(section.name)) this.byName.set(section.name, section);
    }
    if (headers.sectionProblem !== undefined) {
      log('symbols', () => `${name}: reading it without sections, as ${headers.sectionProblem}`);
    }
  }

  /**
   * Reads the headers.
   * @param name how messages call the file, usually its path
   * @throws ElfError with a sentence for the user when this is no usable x86-64 ELF file
   */
  static parse(source: ByteSource, name: string): ElfFile {
    return new ElfFile(source, name);
  }

  /**
   * The first section of that name; `.debug_x` also finds `.zdebug_x`. A compressed section is inflated here, and is
   * absent when that fails (the reason is logged).
   */
  section(name: string): ElfSection | undefined {
    const section = this.find(name);
    return section && !section.damaged ? section : undefined;
  }

  /** Whether the section headers state a section of that name with contents in this file. Inflates nothing. */
  has(name: string): boolean {
    const section = this.find(name);
    return section !== undefined && section.type !== SHT_NOBITS && section.size > 0;
  }

  /** The whole contents of a section, inflated and kept; undefined when there is none or it is damaged. */
  sectionData(name: string): Uint8Array | undefined {
    const section = this.find(name);
    if (!section) return undefined;
    if (!this.wholeSections.has(section)) {
      const data = section.damaged || section.type === SHT_NOBITS ? undefined : section.data;
      this.wholeSections.set(section, data?.read(0, data.size));
    }
    return this.wholeSections.get(section);
  }

  /** The allocated section that contains an address (not TLS templates, whose addresses overlap others). */
  sectionAt(address: FileAddr): ElfSection | undefined {
    this.allocated ??= this.sections
      .filter((s) => s.flags & SHF_ALLOC && !(s.flags & SHF_TLS) && s.size > 0)
      .sort((a, b) => a.address - b.address);
    let low = 0;
    let high = this.allocated.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.allocated[middle]!.address <= address) low = middle + 1;
      else high = middle;
    }
    const section = this.allocated[low - 1];
    return section && address < section.address + section.size ? section : undefined;
  }

  /** Reads up to `length` bytes as the file initialises them at an address, through the PT_LOAD segments. */
  readAt(address: number, length: number): Uint8Array {
    for (const segment of this.segments) {
      if (segment.type !== PT_LOAD) continue;
      const within = address - segment.address;
      if (within < 0 || within >= segment.fileSize) continue;
      return this.source.read(segment.offset + within, Math.min(length, segment.fileSize - within));
    }
    return new Uint8Array(0);
  }

  private find(name: string): LazySection | undefined {
    const found = this.byName.get(name);
    if (found || !name.startsWith('.debug_')) return found;
    return this.byName.get('.z' + name.slice(1));
  }
}

/** A section whose contents are opened when first asked for. */
class LazySection implements ElfSection {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: FileAddr;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly entrySize: number;
  readonly addressAlign: number;

  private opened: ByteSource | undefined;
  private isDamaged = false;

  constructor(
    header: SectionHeader,
    private readonly source: ByteSource,
    private readonly fileName: string,
  ) {
    this.name = header.name;
    this.type = header.type;
    this.flags = header.flags;
    this.address = header.address;
    this.offset = header.offset;
    this.size = header.size;
    this.link = header.link;
    this.info = header.info;
    this.entrySize = header.entrySize;
    this.addressAlign = header.addressAlign;
  }

  get data(): ByteSource {
    return (this.opened ??= this.open());
  }

  /** Whether this is a compressed section that cannot be inflated. Finds out by trying. */
  get damaged(): boolean {
    if (this.isCompressed) this.opened ??= this.open();
    return this.isDamaged;
  }

  private get isCompressed(): boolean {
    return (this.flags & SHF_COMPRESSED) !== 0 || this.name.startsWith('.zdebug_');
  }

  private open(): ByteSource {
    if (this.type === SHT_NOBITS) return new BufferSource(new Uint8Array(0));
    const raw = new SliceSource(this.source, this.offset, this.size);
    if (!this.isCompressed) return raw;
    try {
      if (raw.size < this.size) throw new Error('the file ends inside it');
      const bytes = raw.read(0, raw.size);
      const inflated = this.flags & SHF_COMPRESSED ? inflateCompressedSection(bytes) : inflateZdebugSection(bytes);
      return new BufferSource(inflated);
    } catch (error) {
      this.isDamaged = true;
      log('symbols', () => `${this.fileName}: ignoring the compressed section ${this.name}: ${messageOf(error)}`);
      return new BufferSource(new Uint8Array(0));
    }
  }
}

/** A range of another source, cut where that one ends. */
class SliceSource implements ByteSource {
  readonly size: number;
  readonly readInto?: (offset: number, target: Uint8Array) => number;

  constructor(
    private readonly source: ByteSource,
    private readonly start: number,
    size: number,
  ) {
    this.size = Math.max(0, Math.min(size, source.size - start));
    if (!source.readInto) return;
    this.readInto = (offset, target) => {
      const length = Math.min(target.length, Math.max(this.size - offset, 0));
      return source.readInto!(this.start + offset, target.subarray(0, length));
    };
  }

  read(offset: number, length: number): Uint8Array {
    const begin = Math.min(Math.max(offset, 0), this.size);
    return this.source.read(this.start + begin, Math.min(Math.max(length, 0), this.size - begin));
  }
}
