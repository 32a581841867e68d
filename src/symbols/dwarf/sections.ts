/** The .debug_* sections of one file, opened lazily, each with the read size that suits how it is walked. */
import { BufferSource, type ByteSource } from '../../common/bytes';
import type { ElfFile } from '../elf/elffile';
import type { StringSection } from './forms';
import { Section } from './section';

export class DwarfSections {
  private readonly opened = new Map<string, Section | undefined>();

  /**
   * @param elf       the file with the debug sections
   * @param alternate the file its .gnu_debugaltlink or .debug_sup names (dwz -m), when it was found
   * @param suffix    which sections of the file: an object made by -gsplit-dwarf=single has both kinds
   */
  constructor(
    private readonly elf: ElfFile,
    private readonly alternate?: ElfFile,
    private readonly suffix: '' | '.dwo' = '',
  ) {}

  /** Whether these are the sections of a .dwo or .dwp file, which are called .debug_info.dwo and so on. */
  get isSplit(): boolean {
    return this.suffix !== '';
  }

  /** Whether the section exists and is not empty; opens (and inflates) nothing. */
  has(name: string): boolean {
    return this.elf.has(name + this.suffix);
  }

  /** One hop per unit, far apart, and a root entry behind each header. */
  get info(): Section | undefined {
    return this.open('.debug_info', 512);
  }

  /** Type units of DWARF 4. */
  get types(): Section | undefined {
    return this.open('.debug_types', 512);
  }

  /** Units refer to it in ascending order. */
  get abbrev(): Section | undefined {
    return this.open('.debug_abbrev', 65536);
  }

  get line(): Section | undefined {
    return this.open('.debug_line', 16384);
  }

  get strOffsets(): Section | undefined {
    return this.open('.debug_str_offsets', 4096);
  }

  get addr(): Section | undefined {
    return this.open('.debug_addr', 4096);
  }

  get ranges(): Section | undefined {
    return this.open('.debug_ranges', 65536);
  }

  get rnglists(): Section | undefined {
    return this.open('.debug_rnglists', 65536);
  }

  get loc(): Section | undefined {
    return this.open('.debug_loc', 16384);
  }

  get loclists(): Section | undefined {
    return this.open('.debug_loclists', 16384);
  }

  get aranges(): Section | undefined {
    return this.open('.debug_aranges', 65536);
  }

  /** Of a package's compilation units or type units. */
  packageIndex(kind: 'cu' | 'tu'): Section | undefined {
    return this.isSplit ? this.open(`.debug_${kind}_index`, 4096, this.elf, '') : undefined;
  }

  /** Strings are scattered over .debug_str, and together in .debug_line_str. */
  strings(section: StringSection): Section | undefined {
    if (section === 'lineStr') return this.open('.debug_line_str', 65536);
    if (section === 'str') return this.open('.debug_str', 256);
    return this.alternate && this.open('.debug_str', 256, this.alternate, '');
  }

  private open(name: string, windowSize: number, elf = this.elf, suffix = this.suffix): Section | undefined {
    const key = elf === this.elf ? name : `alternate ${name}`;
    if (!this.opened.has(key)) {
      const full = name + suffix;
      const data = suffix === '' ? contents(elf, full) : joinedContents(elf, full);
      this.opened.set(key, data && new Section(full, data, windowSize));
    }
    return this.opened.get(key);
  }
}

function contents(elf: ElfFile, name: string): ByteSource | undefined {
  return elf.has(name) ? elf.section(name)?.data : undefined;
}

/** A .dwo is no product of a linker: gcc puts each type unit into a section of its own, all of one name. */
function joinedContents(elf: ElfFile, name: string): ByteSource | undefined {
  const parts = elf.sections.filter((section) => section.name === name && section.size > 0);
  if (parts.length < 2) return contents(elf, name);
  return new BufferSource(Buffer.concat(parts.map(({ data }) => data.read(0, data.size))));
}
