/**
 * Where the calls of a function begin that the compiler inlined: the index of names knows functions, their inlined copies
 * are only in the units that have them. Those are walked, reading of each inlined call no more than what it is a copy of.
 */
import { fileAddr, type FileAddr } from '../../common/addresses';
import type { CompileUnit } from '../dwarf/compileunit';
import * as C from '../dwarf/constants';
import type { Die } from '../dwarf/die';
import { readForm, skipForm, type FormValue } from '../dwarf/forms';

/**
 * The entries (DW_AT_entry_pc, or where the code begins) of the inlined calls in a unit.
 * @param isWanted of the abstract instance that a call is a copy of; asked once for each
 * @throws DwarfError when the unit is damaged
 */
export function inlinedCopies(unit: CompileUnit, isWanted: (origin: Die) => boolean): FileAddr[] {
  const { plans } = unit.entries;
  const cursor = unit.entries.cursor(unit.header.rootOffset);
  const known = new Map<string, boolean>();
  const wanted = (entry: Die): boolean => {
    const origin = entry.reference(C.DW_AT_abstract_origin);
    return origin !== undefined && isWanted(origin);
  };
  const found: FileAddr[] = [];
  for (let depth = 0; cursor.remaining > 0;) {
    const { offset } = cursor;
    const code = cursor.uleb();
    if (code === 0) {
      if (--depth <= 0) break;
      continue;
    }
    const plan = plans.of(code);
    if (plan.hasChildren) depth++;
    if (plan.tag !== C.DW_TAG_inlined_subroutine) {
      plans.skipAttributes(cursor, plan);
      continue;
    }
    let origin: FormValue | undefined;
    const { attributes } = plan;
    for (let i = 0; i < attributes.length; i += 3) {
      const form = attributes[i + 1]!;
      if (attributes[i] === C.DW_AT_abstract_origin) origin = readForm(cursor, form, unit.header);
      else skipForm(cursor, form, unit.header);
    }
    if (!origin || !('value' in origin)) continue;
    const key = `${origin.kind}:${String(origin.value)}`;
    let verdict = known.get(key);
    if (verdict === undefined) known.set(key, (verdict = wanted(unit.dieAt(offset))));
    const entry = verdict ? entryOf(unit.dieAt(offset)) : undefined;
    if (entry !== undefined) found.push(entry);
  }
  return found;
}

/** Undefined for a call of which no code is left. */
function entryOf(die: Die): FileAddr | undefined {
  const ranges = die.ranges();
  const [first] = ranges;
  if (!first) return undefined;
  // DWARF 5 §2.18: an address, or an offset from where the code begins.
  const stated = die.address(C.DW_AT_entry_pc) ?? first.start + (die.number(C.DW_AT_entry_pc) ?? 0);
  return fileAddr(ranges.some(({ start, end }) => stated >= start && stated < end) ? stated : first.start);
}
