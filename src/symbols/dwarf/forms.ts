/**
 * Attribute forms (DWARF 5 §7.5.6, and 2 to 4 before it): reading a value as what it is, without following it to
 * another section, and stepping over it without reading it.
 */
import * as C from './constants';
import { Cursor, DwarfError } from './cursor';

/** What the size of a value depends on besides its form. */
export interface Encoding {
  readonly version: number;
  readonly addressSize: number;
  readonly offsetSize: 4 | 8;
}

/** A section that a string offset points into; `alt` is the .debug_str of the file dwz shared between binaries. */
export type StringSection = 'str' | 'lineStr' | 'alt';

/** An attribute's value as stored. Numbers are rounded above 2^53; offsets and indices never get there. */
export type FormValue =
  | { readonly kind: 'address'; readonly value: number }
  | { readonly kind: 'addressIndex'; readonly value: number }
  | ConstantValue
  /** DW_FORM_data16: a number wider than any other, not an expression. */
  | { readonly kind: 'data16'; readonly bytes: Uint8Array }
  /** DW_FORM_block*: data, or an expression before DWARF 4. */
  | { readonly kind: 'block'; readonly bytes: Uint8Array }
  | { readonly kind: 'expression'; readonly bytes: Uint8Array }
  | { readonly kind: 'flag'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'stringOffset'; readonly section: StringSection; readonly value: number }
  | { readonly kind: 'stringIndex'; readonly value: number }
  | { readonly kind: 'sectionOffset'; readonly value: number }
  | { readonly kind: 'listIndex'; readonly value: number }
  /** Relative to the unit's header. */
  | { readonly kind: 'unitReference'; readonly value: number }
  /** Relative to .debug_info. */
  | { readonly kind: 'infoReference'; readonly value: number }
  /** Relative to the shared file's .debug_info. */
  | { readonly kind: 'altReference'; readonly value: number }
  | { readonly kind: 'typeSignature'; readonly value: bigint };

/** DW_FORM_data1 to data8, udata, sdata, implicit_const. */
export interface ConstantValue {
  readonly kind: 'constant';
  /** Signed only where the form says so; rounded above 2^53. */
  readonly value: number;
  /** Bytes of DW_FORM_data1 to data8, which carry no sign of their own. */
  readonly size?: 1 | 2 | 4 | 8;
  /** Where `value` is rounded: every bit. */
  readonly exact?: bigint;
}

/**
 * Reads one attribute value.
 * @param implicit the abbreviation's value for DW_FORM_implicit_const
 * @throws DwarfError on an unknown form or the end of the bytes
 */
export function readForm(cursor: Cursor, form: number, encoding: Encoding, implicit: number | bigint = 0): FormValue {
  switch (form) {
    case C.DW_FORM_addr:
      return { kind: 'address', value: cursor.uint(encoding.addressSize) };
    case C.DW_FORM_addrx:
    case C.DW_FORM_GNU_addr_index:
      return { kind: 'addressIndex', value: cursor.uleb() };
    case C.DW_FORM_addrx1:
    case C.DW_FORM_addrx2:
    case C.DW_FORM_addrx3:
    case C.DW_FORM_addrx4:
      return { kind: 'addressIndex', value: cursor.uint(form - C.DW_FORM_addrx1 + 1) };
    case C.DW_FORM_data1:
      return { kind: 'constant', value: cursor.u8(), size: 1 };
    case C.DW_FORM_data2:
      return { kind: 'constant', value: cursor.u16(), size: 2 };
    case C.DW_FORM_data4:
      return { kind: 'constant', value: cursor.u32(), size: 4 };
    case C.DW_FORM_data8:
      return constantOf(cursor, 8, cursor.position, cursor.u64());
    case C.DW_FORM_udata:
      return constantOf(cursor, 'udata', cursor.position, cursor.uleb());
    case C.DW_FORM_sdata:
      return constantOf(cursor, 'sdata', cursor.position, cursor.sleb());
    case C.DW_FORM_implicit_const:
      if (typeof implicit === 'number') return { kind: 'constant', value: implicit };
      return { kind: 'constant', value: Number(implicit), exact: implicit };
    case C.DW_FORM_data16:
      return { kind: 'data16', bytes: cursor.block(16) };
    case C.DW_FORM_block1:
      return { kind: 'block', bytes: cursor.block(cursor.u8()) };
    case C.DW_FORM_block2:
      return { kind: 'block', bytes: cursor.block(cursor.u16()) };
    case C.DW_FORM_block4:
      return { kind: 'block', bytes: cursor.block(cursor.u32()) };
    case C.DW_FORM_block:
      return { kind: 'block', bytes: cursor.block(cursor.uleb()) };
    case C.DW_FORM_exprloc:
      return { kind: 'expression', bytes: cursor.block(cursor.uleb()) };
    case C.DW_FORM_flag:
      return { kind: 'flag', value: cursor.u8() !== 0 };
    case C.DW_FORM_flag_present:
      return { kind: 'flag', value: true };
    case C.DW_FORM_string:
      return { kind: 'string', value: cursor.cstring() };
    case C.DW_FORM_strp:
      return { kind: 'stringOffset', section: 'str', value: cursor.sectionOffset(encoding.offsetSize) };
    case C.DW_FORM_line_strp:
      return { kind: 'stringOffset', section: 'lineStr', value: cursor.sectionOffset(encoding.offsetSize) };
    case C.DW_FORM_strp_sup:
    case C.DW_FORM_GNU_strp_alt:
      return { kind: 'stringOffset', section: 'alt', value: cursor.sectionOffset(encoding.offsetSize) };
    case C.DW_FORM_strx:
    case C.DW_FORM_GNU_str_index:
      return { kind: 'stringIndex', value: cursor.uleb() };
    case C.DW_FORM_strx1:
    case C.DW_FORM_strx2:
    case C.DW_FORM_strx3:
    case C.DW_FORM_strx4:
      return { kind: 'stringIndex', value: cursor.uint(form - C.DW_FORM_strx1 + 1) };
    case C.DW_FORM_sec_offset:
      return { kind: 'sectionOffset', value: cursor.sectionOffset(encoding.offsetSize) };
    case C.DW_FORM_loclistx:
    case C.DW_FORM_rnglistx:
      return { kind: 'listIndex', value: cursor.uleb() };
    case C.DW_FORM_ref1:
      return { kind: 'unitReference', value: cursor.u8() };
    case C.DW_FORM_ref2:
      return { kind: 'unitReference', value: cursor.u16() };
    case C.DW_FORM_ref4:
      return { kind: 'unitReference', value: cursor.u32() };
    case C.DW_FORM_ref8:
      return { kind: 'unitReference', value: cursor.u64() };
    case C.DW_FORM_ref_udata:
      return { kind: 'unitReference', value: cursor.uleb() };
    case C.DW_FORM_ref_addr:
      return { kind: 'infoReference', value: cursor.uint(referenceSize(encoding)) };
    case C.DW_FORM_ref_sup4:
      return { kind: 'altReference', value: cursor.u32() };
    case C.DW_FORM_ref_sup8:
      return { kind: 'altReference', value: cursor.u64() };
    case C.DW_FORM_GNU_ref_alt:
      return { kind: 'altReference', value: cursor.sectionOffset(encoding.offsetSize) };
    case C.DW_FORM_ref_sig8:
      return { kind: 'typeSignature', value: cursor.bigU64() };
    case C.DW_FORM_indirect:
      return readForm(cursor, indirectForm(cursor), encoding);
    default:
      throw new DwarfError(`unknown form 0x${form.toString(16)} at offset 0x${cursor.offset.toString(16)}`);
  }
}

/** A constant that was just read; where it was rounded, its bytes are read again. */
function constantOf(cursor: Cursor, form: 8 | 'udata' | 'sdata', start: number, value: number): ConstantValue {
  const size = form === 8 ? form : undefined;
  if (Number.isSafeInteger(value)) return { kind: 'constant', value, size };
  const again = new Cursor(cursor.bytes, start, cursor.end, cursor.base);
  const exact = form === 8 ? again.bigU64() : form === 'udata' ? again.bigUleb() : again.bigSleb();
  return { kind: 'constant', value, size, exact };
}

/** The size of a form that does not depend on the value; undefined when it does. */
export function fixedFormSize(form: number, encoding: Encoding): number | undefined {
  switch (form) {
    case C.DW_FORM_flag_present:
    case C.DW_FORM_implicit_const:
      return 0;
    case C.DW_FORM_data1:
    case C.DW_FORM_flag:
    case C.DW_FORM_ref1:
    case C.DW_FORM_strx1:
    case C.DW_FORM_addrx1:
      return 1;
    case C.DW_FORM_data2:
    case C.DW_FORM_ref2:
    case C.DW_FORM_strx2:
    case C.DW_FORM_addrx2:
      return 2;
    case C.DW_FORM_strx3:
    case C.DW_FORM_addrx3:
      return 3;
    case C.DW_FORM_data4:
    case C.DW_FORM_ref4:
    case C.DW_FORM_ref_sup4:
    case C.DW_FORM_strx4:
    case C.DW_FORM_addrx4:
      return 4;
    case C.DW_FORM_data8:
    case C.DW_FORM_ref8:
    case C.DW_FORM_ref_sup8:
    case C.DW_FORM_ref_sig8:
      return 8;
    case C.DW_FORM_data16:
      return 16;
    case C.DW_FORM_addr:
      return encoding.addressSize;
    case C.DW_FORM_ref_addr:
      return referenceSize(encoding);
    case C.DW_FORM_strp:
    case C.DW_FORM_line_strp:
    case C.DW_FORM_strp_sup:
    case C.DW_FORM_GNU_strp_alt:
    case C.DW_FORM_GNU_ref_alt:
    case C.DW_FORM_sec_offset:
      return encoding.offsetSize;
    default:
      return undefined;
  }
}

/** Steps over one attribute value. */
export function skipForm(cursor: Cursor, form: number, encoding: Encoding): void {
  const size = fixedFormSize(form, encoding);
  if (size !== undefined) {
    cursor.skip(size);
    return;
  }
  switch (form) {
    case C.DW_FORM_sdata:
    case C.DW_FORM_udata:
    case C.DW_FORM_ref_udata:
    case C.DW_FORM_strx:
    case C.DW_FORM_addrx:
    case C.DW_FORM_loclistx:
    case C.DW_FORM_rnglistx:
    case C.DW_FORM_GNU_addr_index:
    case C.DW_FORM_GNU_str_index:
      cursor.skipLeb();
      return;
    case C.DW_FORM_string:
      cursor.skipCstring();
      return;
    case C.DW_FORM_block1:
      cursor.skip(cursor.u8());
      return;
    case C.DW_FORM_block2:
      cursor.skip(cursor.u16());
      return;
    case C.DW_FORM_block4:
      cursor.skip(cursor.u32());
      return;
    case C.DW_FORM_block:
    case C.DW_FORM_exprloc:
      cursor.skip(cursor.uleb());
      return;
    case C.DW_FORM_indirect:
      skipForm(cursor, indirectForm(cursor), encoding);
      return;
    default:
      throw new DwarfError(`unknown form 0x${form.toString(16)} at offset 0x${cursor.offset.toString(16)}`);
  }
}

/** An address in DWARF 2, an offset since (DWARF 3 §7.5.4). */
function referenceSize(encoding: Encoding): number {
  return encoding.version <= 2 ? encoding.addressSize : encoding.offsetSize;
}

/** DW_FORM_indirect states the form with the value; chains of it and constants without a value make no sense. */
function indirectForm(cursor: Cursor): number {
  const form = cursor.uleb();
  if (form === C.DW_FORM_indirect || form === C.DW_FORM_implicit_const) {
    throw new DwarfError(`DW_FORM_indirect to form 0x${form.toString(16)}`);
  }
  return form;
}
