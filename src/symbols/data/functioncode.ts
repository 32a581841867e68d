/** Where the code of functions is that a person named: their own, and that of their inlined copies. */
import type { FileAddr } from '../../common/addresses';
import type { CompileUnit } from '../dwarf/compileunit';
import * as C from '../dwarf/constants';
import type { Die } from '../dwarf/die';
import { baseName } from '../index/namehash';
import type { NamePattern } from '../symbolsearch';
import { FunctionEntry, originOf } from './functions';
import { inlinedCopies } from './inlinedcopies';
import type { ModuleContext } from './modulecontext';
import type { NameIndex } from './nameindex';

export interface FunctionCode {
  /** File addresses [start, end) of each instance, its entry's range. */
  readonly instances: readonly { readonly start: number; readonly end: number }[];
  /** Where inlined calls begin, ascending. */
  readonly inlined: readonly FileAddr[];
}

/** Functions that are looked at for one name: instances of a template, overloads, copies in every unit. */
const MAX_FUNCTIONS = 20_000;

/** The units that may have calls of functions that are declared in a file; of all files when it is undefined. */
export type UnitsNaming = (file: string | undefined) => Iterable<CompileUnit>;

/** Never throws: what is damaged is left out. */
export function functionCode(
  context: ModuleContext,
  index: NameIndex,
  pattern: NamePattern,
  unitsNaming: UnitsNaming,
): FunctionCode {
  const isMeant = (die: Die): boolean => {
    const { linkageName, qualifiedName } = new FunctionEntry(context, die);
    return pattern.matches(linkageName, qualifiedName);
  };
  const instances: { start: number; end: number }[] = [];
  const files = new Set<string | undefined>();
  for (const die of index.find(pattern.simpleName, 'function', MAX_FUNCTIONS)) {
    context.types.guard(
      die,
      () => {
        if (!isMeant(die)) return;
        const [range] = die.ranges();
        if (range) instances.push(range);
        // Whatever it says: gcc calls constructors not inlined (2) whose complete and base variants are.
        if (originOf(die).has(C.DW_AT_inline)) files.add(new FunctionEntry(context, die).declaration?.file);
      },
      undefined,
    );
  }
  const simple = baseName(pattern.simpleName);
  const isWanted = (origin: Die): boolean =>
    context.types.guard(origin, () => baseName(originOf(origin).name ?? '') === simple && isMeant(origin), false);
  const inlined = new Set<FileAddr>();
  for (const unit of unitsOf(files, unitsNaming)) {
    const copies = context.types.guard(unit.root, () => inlinedCopies(unit, isWanted), []);
    for (const copy of copies) inlined.add(copy);
  }
  return { instances, inlined: [...inlined].sort((a, b) => a - b) };
}

function unitsOf(files: ReadonlySet<string | undefined>, unitsNaming: UnitsNaming): Iterable<CompileUnit> {
  if (files.has(undefined)) return unitsNaming(undefined);
  const units = new Map<string, CompileUnit>();
  for (const file of files) for (const unit of unitsNaming(file)) units.set(unit.key, unit);
  return units.values();
}
