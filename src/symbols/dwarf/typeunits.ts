/** Type units by the signature that DW_FORM_ref_sig8 refers to them with (DWARF 5 §3.1.4, DWARF 4 §7.5.1.2). */
import type { DebugInfo } from './debuginfo';
import type { UnitHeader, UnitSection } from './units';

export interface UnitPlace {
  readonly section: UnitSection;
  /** Of the unit's header in the section. */
  readonly offset: number;
}

export class TypeUnits {
  /** Section offsets; those in .debug_types are stored as -1 - offset, as there can be a hundred thousand. */
  private readonly places = new Map<bigint, number>();

  /** Reads the headers of all type units of a file. Of two with one signature, which are equal, the first counts. */
  constructor(debug: DebugInfo) {
    debug.eachHeader((header) => this.add(header));
  }

  find(signature: bigint): UnitPlace | undefined {
    const place = this.places.get(signature);
    if (place === undefined) return undefined;
    return place >= 0 ? { section: 'info', offset: place } : { section: 'types', offset: -1 - place };
  }

  private add({ section, offset, type }: UnitHeader): void {
    if (!type || this.places.has(type.signature)) return;
    this.places.set(type.signature, section === 'info' ? offset : -1 - offset);
  }
}
