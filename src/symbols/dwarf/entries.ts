/**
 * The entries of one unit: how they are read, the ones in use, and which is below which. A unit's bytes are borrowed
 * from a cache for every step, so that thousands of units with an entry in use do not keep all of .debug_info.
 */
import type { CompileUnit } from './compileunit';
import { Cursor, DwarfError } from './cursor';
import { Die } from './die';
import { type EntryPlan, EntryPlans } from './entryplan';
import { NumberList } from './sorting';

/** Entries kept by offset. */
const CACHED_DIES = 1024;

export class UnitEntries {
  readonly plans: EntryPlans;
  private readonly dies = new Map<number, Die>();
  private tree: EntryTree | undefined;

  constructor(private readonly unit: CompileUnit) {
    this.plans = new EntryPlans(unit.debug.abbreviations(unit.header), unit.header);
  }

  /** A reader from a section offset to the unit's end. @throws DwarfError outside of the unit */
  cursor(offset: number): Cursor {
    const { header, debug } = this.unit;
    const bytes = debug.unitBytes(header);
    return new Cursor(bytes, offset - header.offset, bytes.length, header.offset);
  }

  /** The entry at a section offset. @throws DwarfError when there is none */
  at(offset: number): Die {
    const known = this.dies.get(offset);
    if (known) return known;
    const { header } = this.unit;
    if (!(offset >= header.rootOffset && offset < header.end)) {
      throw new DwarfError(`0x${offset.toString(16)} is not in the unit at 0x${header.offset.toString(16)}`);
    }
    const cursor = this.cursor(offset);
    const code = cursor.uleb();
    if (code === 0) throw new DwarfError(`there is no entry at 0x${offset.toString(16)}`);
    return this.entry(offset, cursor.offset, this.plans.of(code));
  }

  /** The entry whose code was just read. */
  entry(offset: number, attributesOffset: number, plan: EntryPlan): Die {
    let die = this.dies.get(offset);
    if (!die) {
      die = new Die(this.unit, offset, attributesOffset, plan);
      if (this.dies.size >= CACHED_DIES) this.dies.clear();
      this.dies.set(offset, die);
    }
    return die;
  }

  /** @throws DwarfError when the unit's entries cannot be walked as far as the entry */
  parentOf(die: Die): Die | undefined {
    if (die.offset === this.unit.header.rootOffset) return undefined;
    this.tree ??= new EntryTree(this);
    const parent = this.tree.parentOf(die.offset);
    return parent === undefined ? undefined : this.at(parent);
  }

  get rootOffset(): number {
    return this.unit.header.rootOffset;
  }
}

/** Where the entries that have children begin and end, relative to the root, in the order of the unit. */
class EntryTree {
  private readonly starts: Uint32Array;
  private readonly ends: Uint32Array;
  /** Index of the entry around each; the root's own for the root. */
  private readonly parents: Uint32Array;

  constructor(private readonly entries: UnitEntries) {
    const { plans, rootOffset } = entries;
    const cursor = entries.cursor(rootOffset);
    const starts = new NumberList();
    const closed = new NumberList();
    const ends = new NumberList();
    const parents = new NumberList();
    const open: number[] = [];
    while (cursor.remaining > 0) {
      const start = cursor.offset - rootOffset;
      const code = cursor.uleb();
      if (code === 0) {
        closed.push(open.pop() ?? 0);
        ends.push(start);
        if (open.length === 0) break;
        continue;
      }
      const plan = plans.of(code);
      plans.skipAttributes(cursor, plan);
      if (!plan.hasChildren) continue;
      parents.push(open[open.length - 1] ?? 0);
      open.push(starts.length);
      starts.push(start);
    }
    this.starts = Uint32Array.from(starts.values);
    this.parents = Uint32Array.from(parents.values);
    this.ends = new Uint32Array(starts.length).fill(0xffffffff);
    closed.values.forEach((index, i) => (this.ends[index] = ends.values[i]!));
  }

  /** Section offset of the entry around the one at a section offset. */
  parentOf(offset: number): number | undefined {
    const at = offset - this.entries.rootOffset;
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.starts[middle]! < at) low = middle + 1;
      else high = middle;
    }
    let index = low - 1;
    while (index > 0 && this.ends[index]! <= at) index = this.parents[index]!;
    return index >= 0 && this.ends[index]! > at ? this.starts[index]! + this.entries.rootOffset : undefined;
  }
}
