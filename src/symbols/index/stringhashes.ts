/** Hashes of the strings of debug sections, each computed once however many entries refer to it. */
import type { CompileUnit } from '../dwarf/compileunit';
import type { FormValue } from '../dwarf/forms';
import type { Section } from '../dwarf/section';
import type { DwarfSections } from '../dwarf/sections';
import { Growing, NumberTable } from './growing';
import { hashBytes, hashName, type NameHash } from './namehash';

/**
 * .debug_str is read in parts of this many bytes, each when it is first referred to, and kept: all units together refer
 * to all of it in no order, one unit to little of what may be a hundred megabytes.
 */
const PART = 1 << 17;

export class StringHashes {
  private readonly byOffset = new NumberTable();
  private readonly base = new Growing(Uint32Array);
  private readonly full = new Growing(Uint32Array);
  private readonly second = new Growing(Uint32Array);
  private readonly parts: (Uint8Array | undefined)[] = [];

  constructor(private readonly sections: DwarfSections) {}

  /** The hash of a name in any form; undefined when it cannot be read or is empty. @throws DwarfError */
  of(value: FormValue, unit: CompileUnit): NameHash | undefined {
    if (value.kind === 'stringOffset' && value.section === 'str') return this.at(value.value);
    const text = unit.string(value);
    return text ? hashName(text) : undefined;
  }

  private at(offset: number): NameHash | undefined {
    let id = this.byOffset.get(offset);
    if (id < 0) {
      const section = this.sections.strings('str');
      if (!section) return undefined;
      const hash = this.hash(section, offset);
      id = this.base.push(hash.base);
      this.full.push(hash.full);
      this.second.push(hash.second);
      this.byOffset.add(offset, id);
    }
    return { base: this.base.at(id), full: this.full.at(id), second: this.second.at(id) };
  }

  private hash(section: Section, offset: number): NameHash {
    const index = Math.floor(offset / PART);
    const part = (this.parts[index] ??= section.bytes(index * PART, PART));
    const start = offset - index * PART;
    const end = part.indexOf(0, start);
    // It goes on in the next part, or is not there at all.
    return end < 0 ? hashName(section.string(offset)) : hashBytes(part, start, end);
  }
}
