/**
 * Which formatter shows which type. Formatters are asked in order: the user's own first, then those in the box; the first
 * that takes a type has it. A type is asked about once, since `matches` looks at names and members.
 */
import { log } from '../../common/log';
import { messageOf } from '../../common/errors';
import type { BareType } from '../../symbols/data/types';
import type { Formatter } from '../formatter';

export class FormatterRegistry {
  private readonly known = new WeakMap<BareType, Formatter | null>();

  /** @param formatters in the order in which they are asked */
  constructor(readonly formatters: readonly Formatter[]) {}

  /** The formatter of a type; undefined when its members are to be shown. Never throws. */
  find(type: BareType): Formatter | undefined {
    let formatter = this.known.get(type);
    if (formatter === undefined) {
      formatter = this.formatters.find((each) => takes(each, type)) ?? null;
      this.known.set(type, formatter);
    }
    return formatter ?? undefined;
  }

  /** A registry that asks `first` before the formatters of this one: for those of a workspace. */
  withFirst(first: readonly Formatter[]): FormatterRegistry {
    return first.length === 0 ? this : new FormatterRegistry([...first, ...this.formatters]);
  }
}

/** A formatter that fails on a type does not take it: damaged type information must not take the view with it. */
function takes(formatter: Formatter, type: BareType): boolean {
  try {
    return formatter.matches(type);
  } catch (error) {
    log('expr', () => `the formatter ${formatter.name} failed to look at a type: ${messageOf(error)}`);
    return false;
  }
}
