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
  /** Section offsets of the variables' entries, by file address; found when the first one is asked for. */
  private offsets: ReadonlyMap<number, number> | undefined;

  constructor(
    private readonly debug: DebugInfo,
    private readonly reader: TypeReader,
  ) {}

  /** The type whose vtable begins at a file address. */
  at(address: number): Type | undefined {
    this.offsets ??= findVtables(this.debug);
    const offset = this.offsets.get(address);
    if (offset === undefined) return undefined;
    try {
      const vtable = this.reader.typeOf(this.debug.unitContaining(offset).dieAt(offset));
      return vtable.kind === 'struct' ? vtable.containingType : undefined;
    } catch (error) {
      if (!(error instanceof DwarfError)) throw error;
      log('dwarf', () => `the vtable at 0x${offset.toString(16)} cannot be read: ${messageOf(error)}`);
      return undefined;
    }
  }
}

function findVtables(debug: DebugInfo): Map<number, number> {
  const offsets = new Map<number, number>();
  debug.eachUnit((header, read) => {
    try {
      const unit = read();
      if (languageOf(unit.language) !== 'rust' || header.section !== 'info') return;
      for (const die of unit.root.children((tag) => tag === T.DW_TAG_variable)) {
        if (offsets.size >= MAX_VTABLES) return;
        const address = die.name?.endsWith('::{vtable}') ? addressOf(die) : undefined;
        if (address !== undefined) offsets.set(address, die.offset);
      }
    } catch (error) {
      if (!(error instanceof DwarfError)) throw error;
      log('dwarf', () => `vtables of the unit at 0x${header.offset.toString(16)}: ${messageOf(error)}`);
    }
  });
  return offsets;
}

function addressOf(die: Die): number | undefined {
  const expression = die.expression(T.DW_AT_location);
  if (!expression) return undefined;
  const cursor = new Cursor(expression);
  const opcode = cursor.u8();
  if (opcode === DW_OP.addr) return cursor.uint(die.unit.header.addressSize);
  return opcode === DW_OP.addrx || opcode === DW_OP.GNU_addr_index ? die.unit.addressAt(cursor.uleb()) : undefined;
}
