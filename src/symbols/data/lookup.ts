/**
 * Names as the code of a frame sees them: its blocks from the inside out, the members of the object it belongs to, its
 * classes and namespaces with what `using` brings in, its file, its module, and at last the other modules.
 */
import type { EnumType, StaticMember, StructType, Type } from './types';
import type { DataModule, FrameData, FunctionInfo, Variable } from './variables';

/** What a name of a value stands for. */
export type FoundVariable =
  | { readonly kind: 'variable'; readonly variable: Variable }
  /** A member of the object that the function belongs to: `object->path[0].path[1]…`, where `object` is a pointer. */
  | { readonly kind: 'member'; readonly object: Variable; readonly path: readonly string[] }
  /** A static member whose class declares it; its `storage` or its linkage name says where it is. */
  | { readonly kind: 'staticMember'; readonly member: StaticMember; readonly container: StructType }
  | { readonly kind: 'enumerator'; readonly type: EnumType; readonly value: bigint };

/** A name that can be written at this place, for completions. */
export interface VisibleName {
  readonly name: string;
  readonly kind: 'variable' | 'member' | 'type' | 'function' | 'enumerator' | 'namespace';
}

export class NameScope {
  /**
   * @param frame   whose names they are; undefined sees what is global in every module
   * @param modules in the order of look-up: the program, then its libraries; the frame's own comes first by itself
   */
  constructor(
    readonly frame: FrameData | undefined,
    private readonly modules: Iterable<DataModule>,
  ) {}

  /**
   * A variable, argument, member, static member or enumerator. Names may be qualified (`ns::counter`,
   * `Class::member`, `::global`) and, as gdb has it, chosen by file or function (`'file.c'::counter`,
   * `function::counter`). Never throws.
   */
  variable(name: string): FoundVariable | undefined {
    void name;
    return undefined;
  }

  /** A type by its name, qualified or not, template arguments included; without `struct` and the like. Never throws. */
  type(name: string): Type | undefined {
    void name;
    return undefined;
  }

  /** The functions of a name: the overloads of the innermost scope that has one. Never throws. */
  functions(name: string): readonly FunctionInfo[] {
    void name;
    return [];
  }

  /** Names that begin with `prefix`, innermost first, each once; at most `limit`. Qualified prefixes list that scope. */
  names(prefix: string, limit: number): readonly VisibleName[] {
    void prefix;
    void limit;
    void this.modules;
    return [];
  }
}
