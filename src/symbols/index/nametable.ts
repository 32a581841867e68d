/** Look-ups in the tables of an index: candidates by hash, as entries of the module's debugging information. */
import { messageOf } from '../../common/errors';
import { log } from '../../common/log';
import type { NameIndex, NameKind } from '../data/nameindex';
import { DwarfError } from '../dwarf/cursor';
import type { DebugInfo } from '../dwarf/debuginfo';
import type { Die } from '../dwarf/die';
import { baseName, hashName, normalizeName, splitQualifiedName } from './namehash';
import { entriesOf, EntryKind, type IndexTables, KIND_MASK, TRANSPARENT, UnitPlace } from './tables';

const KINDS: Readonly<Record<NameKind, EntryKind>> = {
  variable: EntryKind.variable,
  type: EntryKind.type,
  function: EntryKind.function,
  enumerator: EntryKind.enumerator,
};

export class NameTable implements NameIndex {
  constructor(
    private readonly tables: IndexTables,
    private readonly debug: DebugInfo,
  ) {}

  /**
   * Entries whose name is the last part of `name`, `a::b::c`, and whose scopes end with the other parts; inline and
   * anonymous namespaces may be left out. With template arguments the name has to have them; without, it may have any.
   * Never throws.
   */
  *find(name: string, kind: NameKind, limit: number): Generator<Die, void, undefined> {
    const { tables } = this;
    const parts = splitQualifiedName(name);
    const simple = parts.pop() ?? '';
    const hash = hashName(simple);
    const hasArguments = hash.base !== hash.full;
    const scopes = parts.filter((part) => part !== '').map(hashName);
    const { start, end } = entriesOf(tables, hash.base);
    let found = 0;
    for (let entry = start; entry < end && found < limit; entry++) {
      if ((tables.kind[entry]! & KIND_MASK) !== KINDS[kind]) continue;
      if (hasArguments && tables.full[entry] !== hash.full) continue;
      if (!this.isWithin(entry, scopes)) continue;
      const die = this.dieOf(entry);
      if (!die || !isNamed(die, simple, hasArguments)) continue;
      found++;
      yield die;
    }
  }

  /** Whether the scopes around an entry end with the given ones. */
  private isWithin(entry: number, scopes: readonly { readonly base: number; readonly full: number }[]): boolean {
    const { parent, base, full, kind } = this.tables;
    let scope = parent[entry]!;
    for (let i = scopes.length - 1; i >= 0; i--) {
      const wanted = scopes[i]!;
      const matches = (at: number): boolean =>
        wanted.base === wanted.full ? base[at] === wanted.base : full[at] === wanted.full;
      while (scope >= 0 && !matches(scope) && kind[scope]! & TRANSPARENT) scope = parent[scope]!;
      if (scope < 0 || !matches(scope)) return false;
      scope = parent[scope]!;
    }
    return true;
  }

  private dieOf(entry: number): Die | undefined {
    const { units, unit, die } = this.tables;
    try {
      const reference = units[unit[entry]!]!;
      const owner = this.unitOf((reference % 4) as UnitPlace, Math.floor(reference / 4));
      return owner?.dieAt(owner.header.offset + die[entry]!);
    } catch (error) {
      if (!(error instanceof DwarfError)) throw error;
      log('dwarf', () => `an entry of the index cannot be read: ${messageOf(error)}`);
      return undefined;
    }
  }

  private unitOf(place: UnitPlace, offset: number): Die['unit'] | undefined {
    switch (place) {
      case UnitPlace.info:
        return this.debug.unitAt(offset);
      case UnitPlace.types:
        return this.debug.unitAt(offset, 'types');
      case UnitPlace.alternate:
        return this.debug.alternate?.unitAt(offset);
      case UnitPlace.split:
        return this.debug.unitAt(offset).full;
    }
  }
}

function isNamed(die: Die, simple: string, hasArguments: boolean): boolean {
  const { name } = die;
  if (name === undefined) return false;
  return hasArguments ? normalizeName(name) === normalizeName(simple) : baseName(name) === normalizeName(simple);
}
