/**
 * Which function of a unit an address lies in. The unit's entries are walked once, the attributes of functions with code
 * alone being read; what is inside of a function is read when somebody stops there (scopetree.ts).
 */
import type { CompileUnit } from '../dwarf/compileunit';
import * as C from '../dwarf/constants';
import { DwarfError } from '../dwarf/cursor';
import type { EntryPlan } from '../dwarf/entryplan';
import { type FormValue, readForm, skipForm } from '../dwarf/forms';
import { languageOf } from './language';
import { isTypeEntry } from './scopetree';
import { NumberList, permuted, sortedOrder } from '../dwarf/sorting';

/** More ranges than this in one unit are taken for damage. */
const MAX_RANGES = 1 << 22;

export class FunctionTable {
  private readonly starts: Float64Array;
  private readonly ends: Float64Array;
  /** Section offsets of the functions' entries. */
  private readonly entries: Float64Array;
  /** The highest end among the ranges up to each. */
  private readonly highestEnd: Float64Array;

  /** @throws DwarfError when the unit's entries cannot be walked */
  constructor(readonly unit: CompileUnit) {
    const starts = new NumberList();
    const ends = new NumberList();
    const entries = new NumberList();
    eachFunction(unit, (entry, ranges) => {
      for (const { start, end } of ranges) {
        if (starts.length >= MAX_RANGES) throw new DwarfError('a unit has an implausible number of ranges');
        starts.push(start);
        ends.push(end);
        entries.push(entry);
      }
    });
    const order = sortedOrder(starts.values);
    this.starts = permuted(starts.values, order);
    this.ends = permuted(ends.values, order);
    this.entries = permuted(entries.values, order);
    this.highestEnd = new Float64Array(order.length);
    let highest = -1;
    for (let i = 0; i < order.length; i++) this.highestEnd[i] = highest = Math.max(highest, this.ends[i]!);
  }

  /** Numbers held, for a cache's budget. */
  get size(): number {
    return this.starts.length;
  }

  /** Section offset of the entry of the function at a file address: of several the one with the smallest range. */
  at(address: number): number | undefined {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.starts[middle]! <= address) low = middle + 1;
      else high = middle;
    }
    let found = -1;
    for (let i = low - 1; i >= 0 && this.highestEnd[i]! > address; i--) {
      if (this.ends[i]! <= address) continue;
      if (found < 0 || this.ends[i]! - this.starts[i]! < this.ends[found]! - this.starts[found]!) found = i;
    }
    return found < 0 ? undefined : this.entries[found];
  }
}

/** Shows every function entry with code, at any depth: methods in classes, lambdas in functions. */
function eachFunction(
  unit: CompileUnit,
  visit: (entry: number, ranges: readonly { start: number; end: number }[]) => void,
): void {
  const { plans } = unit.entries;
  const cursor = unit.entries.cursor(unit.header.rootOffset);
  const withCode = new Map<EntryPlan, boolean>();
  const language = languageOf(unit.language);
  // C++ compilers describe the code of member functions outside of classes; rustc has done it inside.
  const skipsTypes = language === 'c' || language === 'c++';
  let depth = 0;
  /** Depth of the function that is being walked; lambdas and local classes have their code in it. */
  let functionDepth = Infinity;
  while (cursor.remaining > 0) {
    const offset = cursor.offset;
    const code = cursor.uleb();
    if (code === 0) {
      if (--depth <= 0) return;
      if (depth < functionDepth) functionDepth = Infinity;
      continue;
    }
    const plan = plans.of(code);
    if (skipsTypes && functionDepth === Infinity && isTypeEntry(plan.tag)) {
      plans.skipTree(cursor, plan);
      continue;
    }
    if (plan.hasChildren) {
      depth++;
      if (plan.tag === C.DW_TAG_subprogram && functionDepth === Infinity) functionDepth = depth;
    }
    let wanted = withCode.get(plan);
    if (wanted === undefined) withCode.set(plan, (wanted = hasCode(plan)));
    if (!wanted) {
      plans.skipAttributes(cursor, plan);
      continue;
    }
    let low: FormValue | undefined;
    let high: FormValue | undefined;
    let list: FormValue | undefined;
    const { attributes } = plan;
    for (let i = 0; i < attributes.length; i += 3) {
      const form = attributes[i + 1]!;
      const name = attributes[i];
      if (name === C.DW_AT_low_pc) low = readForm(cursor, form, unit.header);
      else if (name === C.DW_AT_high_pc) high = readForm(cursor, form, unit.header, attributes[i + 2]);
      else if (name === C.DW_AT_ranges) list = readForm(cursor, form, unit.header);
      else skipForm(cursor, form, unit.header);
    }
    visit(offset, unit.rangesOf(low, high, list));
  }
}

function hasCode({ tag, attributes }: EntryPlan): boolean {
  if (tag !== C.DW_TAG_subprogram) return false;
  for (let i = 0; i < attributes.length; i += 3) {
    if (attributes[i] === C.DW_AT_low_pc || attributes[i] === C.DW_AT_ranges) return true;
  }
  return false;
}
