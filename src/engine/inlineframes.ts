/**
 * Calls that the compiler inlined, as stacks and steps see them: the chain of them around an address, and which of them
 * begin there. The frame of a function and the calls inlined into it share registers, a CFA and a pc.
 *
 * Where an inlined call begins, nothing has been executed of it yet: the program is as much in front of the call as in
 * it. As in gdb, steps arrive in front of it and `step into` enters it without executing anything.
 */
import type { VirtAddr } from '../common/addresses';
import type { DataScope } from '../symbols/data/variables';
import { functionDisplayName, isMangled } from '../symbols/demangle';
import type { Module } from '../symbols/module';
import type { ModuleList } from '../symbols/modulelist';

/** One inlined call around an address. */
export interface InlinedCall {
  /** The same for the same call at every address in it. */
  readonly key: string;
  readonly scope: DataScope;
  /** As a stack frame shows it. */
  readonly name: string;
  /** Where the code around it calls: `file` as the line table names it, 1-based line, column 0 when unknown. */
  readonly site: { readonly file: string | undefined; readonly line: number; readonly column: number };
}

/** The scopes around an address. */
export interface CodePlace {
  /** The innermost one. */
  readonly scope: DataScope | undefined;
  /** Outermost first. */
  readonly calls: readonly InlinedCall[];
  /** How many of `calls`, the innermost ones, begin at the address. */
  readonly entered: number;
}

const NOWHERE: CodePlace = { scope: undefined, calls: [], entered: 0 };

/** Places that are kept. */
const REMEMBERED = 20_000;

/** More calls inlined into each other are taken for damage. */
const MAX_DEPTH = 256;

export class InlineFrames {
  private readonly places = new Map<VirtAddr, CodePlace>();

  constructor(private readonly modules: ModuleList) {}

  /** Code has been mapped or unmapped. */
  changed(): void {
    this.places.clear();
  }

  /** The scopes around an address. A module without line tables costs nothing. */
  at(pc: VirtAddr): CodePlace {
    let place = this.places.get(pc);
    if (!place) {
      if (this.places.size >= REMEMBERED) this.places.clear();
      this.places.set(pc, (place = this.find(pc)));
    }
    return place;
  }

  private find(pc: VirtAddr): CodePlace {
    const module = this.modules.at(pc);
    if (!module?.lines.hasLines) return NOWHERE;
    const address = module.toFile(pc);
    const scope = module.data.scopeAt(address);
    if (!scope) return NOWHERE;
    const calls = chainOf(module, scope);
    return { scope, calls, entered: beginning(calls, address) };
  }
}

function chainOf(module: Module, innermost: DataScope): readonly InlinedCall[] {
  const scopes: DataScope[] = [];
  for (let scope: DataScope | undefined = innermost; scope && scope.kind !== 'function'; scope = scope.parent) {
    if (scope.kind === 'inlined' && scopes.length < MAX_DEPTH) scopes.push(scope);
  }
  return scopes.reverse().map((scope, depth) => {
    const [first] = scope.ranges;
    return {
      // Two calls side by side do not share code; a call and one in it may have the same ranges.
      key: `${module.id}:${depth}:${first?.start}:${first?.end}`,
      scope,
      name: nameOf(scope),
      site: scope.call ?? { file: undefined, line: 0, column: 0 },
    };
  });
}

/** As functions that were not inlined are called by their symbols. */
export function nameOf({ function: called }: DataScope): string {
  if (!called) return '<inlined function>';
  const { linkageName, qualifiedName } = called;
  const displayed = linkageName === undefined ? undefined : functionDisplayName(linkageName);
  return displayed === undefined || isMangled(displayed) || displayed === linkageName ? qualifiedName : displayed;
}

/** The innermost calls whose code does not include the byte before the address. */
function beginning(calls: readonly InlinedCall[], address: number): number {
  let count = 0;
  while (count < calls.length) {
    const { ranges } = calls[calls.length - 1 - count]!.scope;
    if (ranges.some(({ start, end }) => address - 1 >= start && address - 1 < end)) break;
    count++;
  }
  return count;
}

/** Whether `inner` is `outer` with more calls inlined into it. */
export function isWithin(outer: readonly InlinedCall[], inner: readonly InlinedCall[]): boolean {
  return inner.length >= outer.length && outer.every((call, depth) => call.key === inner[depth]!.key);
}

/** Whether both are the same frame, given that they have the same CFA. */
export function isSameFrame(a: readonly InlinedCall[], b: readonly InlinedCall[]): boolean {
  return a.length === b.length && isWithin(a, b);
}
