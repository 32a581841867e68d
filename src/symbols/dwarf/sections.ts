/** The .debug_* sections of one file, opened lazily, each with the read size that suits how it is walked. */
import type { ElfFile } from '../elf/elffile';
import type { StringSection } from './forms';
import { Section } from './section';

export class DwarfSections {
  private readonly opened = new Map<string, Section | undefined>();

  /**
   * @param elf       the file with the debug sections
   * @param alternate the file its .gnu_debugaltlink or .debug_sup names (dwz -m), when it was found
   */
  constructor(
    private readonly elf: ElfFile,
    private readonly alternate?: ElfFile,
  ) {}

  /** Whether the section exists and is not empty; opens (and inflates) nothing. */
  has(name: string): boolean {
    return this.elf.has(name);
  }

  /** One hop per unit, far apart, and a root entry behind each header. */
  get info(): Section | undefined {
    return this.open('.debug_info', 512);
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

  get aranges(): Section | undefined {
    return this.open('.debug_aranges', 65536);
  }

  /** Strings are scattered over .debug_str, and together in .debug_line_str. */
  strings(section: StringSection): Section | undefined {
    if (section === 'lineStr') return this.open('.debug_line_str', 65536);
    if (section === 'str') return this.open('.debug_str', 256);
    return this.alternate && this.open('.debug_str', 256, this.alternate);
  }

  private open(name: string, windowSize: number, elf = this.elf): Section | undefined {
    const key = elf === this.elf ? name : `alternate ${name}`;
    if (!this.opened.has(key)) {
      const data = elf.has(name) ? elf.section(name)?.data : undefined;
      this.opened.set(key, data && new Section(name, data, windowSize));
    }
    return this.opened.get(key);
  }
}
