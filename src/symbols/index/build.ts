/**
 * Builds the index of a module's names: one walk over the entries of every unit, hopping over whatever can hold no
 * definition that somebody may ask for by name (function bodies, members, declarations). What many units repeat, the
 * types of headers above all, is kept once.
 *
 * A pure function of the debugging information, so that it can run in a worker.
 */
import { messageOf } from '../../common/errors';
import { log } from '../../common/log';
import type { CompileUnit } from '../dwarf/compileunit';
import { DwarfError } from '../dwarf/cursor';
import type { DebugInfo } from '../dwarf/debuginfo';
import { sortedOrder } from '../dwarf/sorting';
import { Growing, NumberTable } from './growing';
import { StringHashes } from './stringhashes';
import { type IndexTables, UnitPlace } from './tables';
import { UnitWalk } from './unitwalk';

/** Collects entries; the same definition in the same scope is kept once. */
export class IndexBuilder {
  private readonly units = new Growing(Float64Array);
  private readonly base = new Growing(Uint32Array);
  private readonly full = new Growing(Uint32Array);
  private readonly unit = new Growing(Uint32Array);
  private readonly die = new Growing(Uint32Array);
  private readonly parent = new Growing(Int32Array);
  private readonly kind = new Growing(Uint8Array);
  private readonly known = new NumberTable();

  /** Starts a unit: entries that follow are in it. */
  beginUnit(place: UnitPlace, offset: number): void {
    const reference = offset * 4 + place;
    if (this.units.length === 0 || this.units.at(this.units.length - 1) !== reference) this.units.push(reference);
  }

  /** Adds an entry and returns its index. */
  add(name: { base: number; full: number }, die: number, parent: number, kind: number): number {
    this.base.push(name.base);
    this.full.push(name.full);
    this.unit.push(this.units.length - 1);
    this.die.push(die);
    this.parent.push(parent);
    return this.kind.push(kind);
  }

  /**
   * The index of an equal definition that was added before, or -1. Definitions are told apart by 53 bits: among a million
   * names, one in twenty thousand programs loses one to another.
   */
  find(key: number): number {
    return this.known.get(key);
  }

  remember(key: number, index: number): void {
    this.known.add(key, index);
  }

  parentOf(index: number): number {
    return this.parent.at(index);
  }

  setFlag(index: number, flag: number): void {
    this.kind.set(index, this.kind.at(index) | flag);
  }

  finish(): IndexTables {
    const order = sortedOrder(Float64Array.from(this.base.values));
    const places = new Int32Array(order.length);
    order.forEach((from, to) => (places[from] = to));
    const parents = this.parent.values;
    const take = <T extends Uint32Array | Uint8Array>(values: T): T => {
      const result = new (values.constructor as new (length: number) => T)(order.length);
      for (let i = 0; i < order.length; i++) result[i] = values[order[i]!]!;
      return result;
    };
    return {
      units: this.units.values.slice(),
      base: take(this.base.values),
      full: take(this.full.values),
      unit: take(this.unit.values),
      die: take(this.die.values),
      parent: Int32Array.from(order, (from) => (parents[from]! < 0 ? -1 : places[parents[from]!]!)),
      kind: take(this.kind.values),
    };
  }
}

/** Called now and then with the bytes walked so far and in all. */
export type IndexProgress = (done: number, total: number) => void;

/** Indexes every unit; one that is damaged is indexed up to there. */
export function buildIndex(debug: DebugInfo, progress: IndexProgress = () => undefined): IndexTables {
  const builder = new IndexBuilder();
  const strings = new Map<DebugInfo, StringHashes>();
  const walk = (unit: CompileUnit, place: UnitPlace, offset: number): void => {
    let hashes = strings.get(unit.debug);
    if (!hashes) strings.set(unit.debug, (hashes = new StringHashes(unit.debug.sections)));
    builder.beginUnit(place, offset);
    new UnitWalk(builder, hashes, unit).run();
  };
  const total = debug.sections.info?.size ?? 0;
  const attempt = (offset: number, action: () => void): void => {
    try {
      action();
    } catch (error) {
      if (!(error instanceof DwarfError)) throw error;
      log('dwarf', () => `the names of the unit at 0x${offset.toString(16)} are incomplete: ${messageOf(error)}`);
    }
  };
  debug.eachHeader(({ section, offset, end }) => {
    attempt(offset, () => {
      const unit = debug.unitAt(offset, section);
      const { full } = unit;
      if (full !== unit) walk(full, UnitPlace.split, offset);
      else walk(unit, section === 'info' ? UnitPlace.info : UnitPlace.types, offset);
    });
    if (section === 'info') progress(end, total);
  });
  const { alternate } = debug;
  alternate?.eachHeader(({ section, offset }) => {
    if (section === 'info') attempt(offset, () => walk(alternate.unitAt(offset), UnitPlace.alternate, offset));
  });
  return builder.finish();
}
