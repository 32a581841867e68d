/**
 * .debug_abbrev (DWARF 5 §7.5.3): which attributes the entries of a unit have, and in which forms.
 * A table is scanned only as far as it was asked for, and a declaration is built when it is used: to read a root entry
 * takes one of hundreds.
 */
import { DW_FORM_implicit_const } from './constants';
import { DwarfError } from './cursor';
import type { Section } from './section';

export interface Abbreviation {
  readonly code: number;
  /** `DW_TAG_*` */
  readonly tag: number;
  readonly hasChildren: boolean;
  /** Triples: `DW_AT_*`, `DW_FORM_*`, and the value of a DW_FORM_implicit_const (else 0), rounded above 2^53. */
  readonly attributes: readonly number[];
  /** Values that are rounded in `attributes`, by the index of their triple there. */
  readonly exact?: ReadonlyMap<number, bigint>;
}

/** Bytes read at first; a declaration that does not fit makes it more. */
const FIRST_READ = 2048;

/** One unit's table, scanned on demand. */
export class AbbreviationTable {
  private readonly declarations = new Map<number, Abbreviation>();
  /** Where the declaration of each code begins, relative to the table; codes are almost always 1, 2, 3… */
  private readonly places: number[] = [];
  private readonly oddPlaces = new Map<number, number>();
  /** Up to where the table was scanned, relative to it. */
  private scanned = 0;
  private finished = false;
  private readLength = FIRST_READ;

  constructor(
    private readonly section: Section,
    /** Section offset where the table begins. */
    readonly offset: number,
  ) {}

  /** @throws DwarfError when the table does not declare `code` or is damaged before it */
  find(code: number): Abbreviation {
    let declaration = this.declarations.get(code);
    if (!declaration) {
      declaration = this.parse(code, this.place(code));
      this.declarations.set(code, declaration);
    }
    return declaration;
  }

  private place(code: number): number {
    let place = this.places[code - 1] ?? this.oddPlaces.get(code);
    while (place === undefined && !this.finished) {
      this.scan(code);
      place = this.places[code - 1] ?? this.oddPlaces.get(code);
    }
    if (place === undefined) throw new DwarfError(`no abbreviation ${code} in the table at ${this.hexOffset}`);
    return place;
  }

  /** Scans declarations until `wanted`, the end of the table, or the end of what was read; then reads more. */
  private scan(wanted: number): void {
    const bytes = this.section.bytes(this.offset, this.readLength);
    let at = this.scanned;
    while (at < bytes.length) {
      const start = at;
      const code = ulebAt(bytes, at);
      // Every unit's table is scanned up to its root entry's, which may be the last: no calls in these loops.
      while (bytes[at++]! >= 0x80);
      if (code === 0) {
        this.finished = true;
        return;
      }
      while (bytes[at++]! >= 0x80);
      at++; // tag, children
      while (at < bytes.length) {
        const name = bytes[at]!;
        while (bytes[at++]! >= 0x80);
        const form = bytes[at]!;
        while (bytes[at++]! >= 0x80);
        // A LEB128 of 0 is one byte, and nobody pads it here; anything longer is not 0.
        if (name === 0 && form === 0) break;
        if (form === DW_FORM_implicit_const) while (bytes[at++]! >= 0x80);
      }
      if (at > bytes.length || (at === bytes.length && (bytes[at - 1] !== 0 || bytes[at - 2] !== 0))) break;
      this.scanned = at;
      if (code === this.places.length + 1) this.places.push(start);
      else if (!this.oddPlaces.has(code)) this.oddPlaces.set(code, start);
      if (code === wanted) return;
    }
    if (bytes.length < this.readLength) throw new DwarfError(`the abbreviation table at ${this.hexOffset} has no end`);
    this.readLength *= 4;
  }

  private parse(code: number, place: number): Abbreviation {
    const cursor = this.section.cursor(this.offset + place, this.offset + Math.max(this.scanned, place));
    cursor.skipLeb();
    const tag = cursor.uleb();
    const hasChildren = cursor.u8() !== 0;
    const attributes: number[] = [];
    let exact: Map<number, bigint> | undefined;
    for (;;) {
      const name = cursor.uleb();
      const form = cursor.uleb();
      if (name === 0 && form === 0) break;
      const value = form === DW_FORM_implicit_const ? cursor.bigSleb() : 0n;
      if (!Number.isSafeInteger(Number(value))) (exact ??= new Map()).set(attributes.length, value);
      attributes.push(name, form, Number(value));
    }
    return { code, tag, hasChildren, attributes, exact };
  }

  private get hexOffset(): string {
    return `0x${this.offset.toString(16)}`;
  }
}

function ulebAt(bytes: Uint8Array, start: number): number {
  let value = 0;
  let scale = 1;
  for (let at = start; ; at++) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 0x80;
  }
}

/** How many scanned tables are kept; compilers give every unit its own, dwz and LTO share one among many. */
const CACHED_TABLES = 32;

/** The tables of one .debug_abbrev, by offset, the most recently used kept. */
export class AbbreviationTables {
  private readonly tables = new Map<number, AbbreviationTable>();

  constructor(private readonly section: Section) {}

  at(offset: number): AbbreviationTable {
    let table = this.tables.get(offset);
    if (table) this.tables.delete(offset);
    else table = new AbbreviationTable(this.section, offset);
    this.tables.set(offset, table);
    if (this.tables.size > CACHED_TABLES) this.tables.delete(this.tables.keys().next().value!);
    return table;
  }
}
