/** Hashes of the strings of debug sections, each computed once however many entries refer to it. */
import { Cursor } from '../dwarf/cursor';
import type { CompileUnit } from '../dwarf/compileunit';
import type { FormValue } from '../dwarf/forms';
import type { DwarfSections } from '../dwarf/sections';
import { Growing, NumberTable } from './growing';
import { hashBytes, hashName, type NameHash } from './namehash';

/** .debug_str is read whole: entries refer to all of it, in no order. Beyond this, string by string. */
const MAX_WHOLE = 1 << 30;

export class StringHashes {
  private readonly byOffset = new NumberTable();
  private readonly base = new Growing(Uint32Array);
  private readonly full = new Growing(Uint32Array);
  private readonly second = new Growing(Uint32Array);
  private text: Uint8Array | undefined;

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
      if (!this.text && section.size <= MAX_WHOLE) this.text = section.bytes(0, section.size);
      const { text } = this;
      let hash: NameHash;
      if (text) {
        const cursor = new Cursor(text, Math.min(offset, text.length));
        cursor.skipCstring();
        hash = hashBytes(text, offset, cursor.position - 1);
      } else {
        hash = hashName(section.string(offset));
      }
      id = this.base.push(hash.base);
      this.full.push(hash.full);
      this.second.push(hash.second);
      this.byOffset.add(offset, id);
    }
    return { base: this.base.at(id), full: this.full.at(id), second: this.second.at(id) };
  }
}
