/** Scopes with the names and call sites of inlined calls, read from the entries of one unit. */
import type { CompileUnit } from './dwarf/compileunit';
import * as C from './dwarf/constants';
import type { DebugInfo } from './dwarf/debuginfo';
import { type CodeScope, innermostScopes } from './dwarf/scopes';
import type { UnitLines } from './lines-unit';

/** What frames ask of a scope; `DataScope` has it too. */
export interface NamedScope {
  readonly kind: 'function' | 'inlined' | 'block';
  readonly parent: NamedScope | undefined;
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
  readonly function?: { readonly name: string; readonly qualifiedName: string; readonly linkageName: string | undefined };
  readonly call?: { readonly file: string | undefined; readonly line: number; readonly column: number };
}

/** The innermost scope at an address of the unit. @throws DwarfError */
export function namedScope(
  debug: DebugInfo,
  unit: CompileUnit,
  lines: UnitLines,
  address: number,
): NamedScope | undefined {
  const [innermost] = innermostScopes(debug, unit, [address]);
  const name = (scope: CodeScope | undefined): NamedScope | undefined => {
    if (!scope) return undefined;
    const { kind, ranges } = scope;
    const parent = name(scope.parent);
    if (kind !== 'inlined') return { kind, ranges, parent };
    const die = unit.dieAt(scope.offset);
    const simple = die.name ?? '<inlined>';
    const file = die.number(C.DW_AT_call_file);
    return {
      kind,
      ranges,
      parent,
      function: { name: simple, qualifiedName: simple, linkageName: die.linkageName },
      call: {
        file: file === undefined ? undefined : lines.path(file) || undefined,
        line: die.number(C.DW_AT_call_line) ?? 0,
        column: die.number(C.DW_AT_call_column) ?? 0,
      },
    };
  };
  return name(innermost);
}
