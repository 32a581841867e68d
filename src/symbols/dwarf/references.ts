/** Attributes that refer to another entry (DWARF 5 §7.5.5 "reference"), in the unit, the file, or another file. */
import { messageOf } from '../../common/errors';
import { log } from '../../common/log';
import type { CompileUnit } from './compileunit';
import { DwarfError } from './cursor';
import type { Die } from './die';
import type { FormValue } from './forms';

/** The entry a value refers to; undefined when it is no reference, and, logged, when it cannot be followed. */
export function followReference(unit: CompileUnit, value: FormValue): Die | undefined {
  try {
    return follow(unit, value);
  } catch (error) {
    if (!(error instanceof DwarfError)) throw error;
    log('dwarf', () => `a reference of the unit ${unit.key} cannot be followed: ${messageOf(error)}`);
    return undefined;
  }
}

function follow(unit: CompileUnit, value: FormValue): Die | undefined {
  const { debug, header } = unit;
  switch (value.kind) {
    case 'unitReference':
      return unit.dieAt(header.offset + value.value);
    case 'infoReference': {
      // Of the .dwo that the unit was in before it was packaged.
      const offset = value.value + (unit.contribution?.info ?? 0);
      return debug.unitContaining(offset).dieAt(offset);
    }
    case 'altReference':
      if (!debug.alternate) throw new DwarfError('the file that dwz shared debug information into is missing');
      return debug.alternate.unitContaining(value.value).dieAt(value.value);
    case 'typeSignature': {
      const type = debug.typeUnit(value.value);
      if (!type) throw new DwarfError(`there is no type unit 0x${value.value.toString(16)}`);
      return type.dieAt(type.header.offset + type.header.type!.offset);
    }
    default:
      return undefined;
  }
}
