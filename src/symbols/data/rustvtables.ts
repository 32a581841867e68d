/**
 * Where a Rust program's vtables are and what they are of. They have no symbols; rustc describes each as a variable
 * `<Type as Trait>::{vtable}` whose structure names the type (DW_AT_containing_type).
 */
import { messageOf } from '../../common/errors';
import { log } from '../../common/log';
import { Cursor, DwarfError } from '../dwarf/cursor';
import type { DebugInfo } from '../dwarf/debuginfo';
import type { Die } from '../dwarf/die';
import { DW_OP } from '../dwarf/expressionopcodes';
import { languageOf } from './language';
import * as T from './typeconstants';
import type { TypeReader } from './typereader';
import type { Type } from './types';

/** Vtables of one module; large programs have some ten thousand. */
const MAX_VTABLES = 500_000;

export class RustVtables {
  /** By file address; found when the first one is asked for. */
  private places: ReadonlyMap<number, Place> | undefined;

  constructor(
    private readonly debug: () => DebugInfo,
    private readonly reader: TypeReader,
  ) {}

  /** The type whose vtable begins at a file address. */
  at(address: number): Type | undefined {
    this.places ??= findVtables(this.debug());
    const place = this.places.get(address);
    if (!place) return undefined;
    const { file, offset } = place;
    try {
      const vtable = this.reader.typeOf(file.unitContaining(offset).dieAt(offset));
      return vtable.kind === 'struct' ? vtable.containingType : undefined;
    } catch (error) {
      if (!(error instanceof DwarfError)) throw error;
      log('dwarf', () => `the vtable at 0x${offset.toString(16)} cannot be read: ${messageOf(error)}`);
      return undefined;
    }
  }
}

/** Where the entry of a variable is; entries themselves would keep their units. */
interface Place {
  /** Another one for split units (-C split-debuginfo). */
  readonly file: DebugInfo;
  readonly offset: number;
}

function findVtables(debug: DebugInfo): Map<number, Place> {
  const places = new Map<number, Place>();
  debug.eachUnit((header, read) => {
    try {
      const unit = read().full;
      if (languageOf(unit.language) !== 'rust') return;
      for (const die of unit.root.children((tag) => tag === T.DW_TAG_variable)) {
        if (places.size >= MAX_VTABLES) return;
        const address = die.name?.endsWith('::{vtable}') ? addressOf(die) : undefined;
        if (address !== undefined) places.set(address, { file: unit.debug, offset: die.offset });
      }
    } catch (error) {
      if (!(error instanceof DwarfError)) throw error;
      log('dwarf', () => `vtables of the unit at 0x${header.offset.toString(16)}: ${messageOf(error)}`);
    }
  });
  return places;
}

function addressOf(die: Die): number | undefined {
  const expression = die.expression(T.DW_AT_location);
  if (!expression) return undefined;
  const cursor = new Cursor(expression);
  const opcode = cursor.u8();
  if (opcode === DW_OP.addr) return cursor.uint(die.unit.header.addressSize);
  return opcode === DW_OP.addrx || opcode === DW_OP.GNU_addr_index ? die.unit.addressAt(cursor.uleb()) : undefined;
}
