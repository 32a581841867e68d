/** Variables as their entries describe them (DWARF 5 §4.1). What is asked for is read; nothing throws. */
import * as C from '../dwarf/constants';
import type { Die } from '../dwarf/die';
import { DW_OP } from '../dwarf/expressionopcodes';
import { languageOfEntry, namespaceName } from './functions';
import { beginsWithAddress, locateEntry } from './locate';
import type { ModuleContext } from './modulecontext';
import { type Storage, unavailable } from './storage';
import type { Type } from './types';
import * as V from './variableconstants';
import type { FrameData, Variable } from './variables';

/** Where a variable is declared. */
export type Placement = 'argument' | 'local' | 'unit';

export class VariableEntry implements Variable {
  private knownName: string | undefined;
  private knownType: Type | undefined;

  constructor(
    protected readonly context: ModuleContext,
    readonly die: Die,
    private readonly placement: Placement,
  ) {}

  /** Empty for what has none. */
  get name(): string {
    return (this.knownName ??= this.guard(() => this.die.name, undefined) ?? '');
  }

  get kind(): Variable['kind'] {
    if (this.placement === 'argument') return 'argument';
    return this.guard((): Variable['kind'] => {
      const isLocal = this.placement === 'local';
      const { die } = this;
      if (die.tag === V.DW_TAG_constant || die.tag === V.DW_TAG_enumerator) return 'constant';
      if (flagOf(die, V.DW_AT_external)) return isLocal && !isDeclaration(die) ? 'static' : 'global';
      if (!isLocal) return 'static';
      return hasFixedPlace(die) ? 'static' : 'local';
    }, 'local');
  }

  get type(): Type {
    return (this.knownType ??= this.context.types.typeOf(this.die, languageOfEntry(this.die)));
  }

  get isArtificial(): boolean {
    return this.guard(() => flagOf(this.die, V.DW_AT_artificial), false);
  }

  get line(): number | undefined {
    return this.guard(() => this.die.inherited(V.DW_AT_decl_line)?.die.number(V.DW_AT_decl_line), undefined);
  }

  get file(): string | undefined {
    return this.guard(() => this.context.file(this.die, V.DW_AT_decl_file), undefined);
  }

  get qualifiedName(): string {
    if (this.placement !== 'unit') return this.name;
    return this.guard(() => namespaceName(this.context, this.die), this.name);
  }

  locate(frame: FrameData): Storage {
    return this.guard(
      () => locateEntry(this.context, this.die, this.type, frame),
      unavailable('its debugging information is damaged'),
    );
  }

  private guard<T>(read: () => T, fallback: T): T {
    return this.context.types.guard(this.die, read, fallback);
  }
}

/** A flag of the entry or of the one it is an instance of or completes. @throws DwarfError */
export function flagOf(die: Die, name: number): boolean {
  const value = die.inherited(name)?.value;
  return value?.kind === 'flag' && value.value;
}

/** Whether the entry only says that there is such a thing somewhere. @throws DwarfError */
export function isDeclaration(die: Die): boolean {
  if (die.flag(V.DW_AT_declaration)) return true;
  const origin = die.reference(C.DW_AT_abstract_origin);
  return origin !== undefined && origin.flag(V.DW_AT_declaration) && !die.has(V.DW_AT_location);
}

/** Whether its location is an address of the program or of a thread's block: a static variable. */
function hasFixedPlace(die: Die): boolean {
  const bytes = die.inherited(V.DW_AT_location)?.die.expression(V.DW_AT_location);
  if (!bytes || bytes.length === 0) return false;
  if (beginsWithAddress(bytes)) return true;
  const last = bytes[bytes.length - 1];
  return last === DW_OP.form_tls_address || last === DW_OP.GNU_push_tls_address;
}

/** An enumerator as a constant of its enumeration's type. */
export class EnumeratorEntry extends VariableEntry {
  constructor(context: ModuleContext, die: Die) {
    super(context, die, 'unit');
  }

  override get type(): Type {
    const parent = this.context.types.guard(this.die, () => this.die.parent, undefined);
    return parent ? this.context.types.type(parent) : super.type;
  }
}
