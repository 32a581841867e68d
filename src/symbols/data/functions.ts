/** Functions as their entries describe them (DWARF 5 §3.3). */
import { fileAddr, type FileAddr } from '../../common/addresses';
import { demangle } from '../demangle';
import * as C from '../dwarf/constants';
import type { Die } from '../dwarf/die';
import { languageOf } from './language';
import type { ModuleContext } from './modulecontext';
import * as V from './variableconstants';
import { qualifiedNameOf } from './typescopes';
import type { FunctionType, Language, Type } from './types';
import type { DataModule, FunctionInfo } from './variables';

/** DW_AT_abstract_origin chains have two links. */
const MAX_ORIGINS = 8;

/** The entry that an instance of inlined or cloned code is an instance of, itself when it is none. */
export function originOf(die: Die): Die {
  let origin = die;
  for (let i = 0; i < MAX_ORIGINS; i++) {
    const next = origin.reference(C.DW_AT_abstract_origin);
    if (!next) break;
    origin = next;
  }
  return origin;
}

export function languageOfEntry(die: Die): Language {
  return languageOf(originOf(die).unit.language) ?? languageOf(die.unit.language) ?? 'other';
}

/** The qualified name of a namespace, type, variable or function. */
export function namespaceName(context: ModuleContext, die: Die): string {
  const origin = originOf(die);
  const name = origin.name ?? (origin.tag === V.DW_TAG_namespace ? '(anonymous namespace)' : '');
  return qualifiedNameOf(context.types, origin, name, languageOfEntry(die));
}

export class FunctionEntry implements FunctionInfo {
  private knownQualifiedName: string | undefined;

  constructor(
    private readonly context: ModuleContext,
    /** Of its code, its abstract instance, or its declaration. */
    readonly die: Die,
  ) {}

  get module(): DataModule {
    return this.context.module;
  }

  get key(): string {
    return originOf(this.die).key;
  }

  get name(): string {
    const { name } = this.die;
    if (name !== undefined) return name;
    const { linkageName } = this;
    return linkageName === undefined ? '' : demangle(linkageName);
  }

  get qualifiedName(): string {
    return (this.knownQualifiedName ??= qualifiedNameOf(
      this.context.types,
      originOf(this.die),
      this.name,
      this.language,
    ));
  }

  get linkageName(): string | undefined {
    return this.context.types.guard(this.die, () => this.die.linkageName, undefined);
  }

  get type(): FunctionType {
    return this.context.types.functionType(originOf(this.die));
  }

  get language(): Language {
    return languageOfEntry(this.die);
  }

  get address(): FileAddr | undefined {
    if (this.die.tag !== C.DW_TAG_subprogram) return undefined;
    const start = this.context.types.guard(
      this.die,
      () => this.die.address(C.DW_AT_low_pc) ?? this.die.ranges()[0]?.start,
      undefined,
    );
    return start === undefined ? undefined : fileAddr(start);
  }

  get declaration(): FunctionInfo['declaration'] {
    return this.context.types.guard(
      this.die,
      () => {
        const line = this.die.inherited(V.DW_AT_decl_line);
        const number = line?.die.number(V.DW_AT_decl_line);
        return number === undefined
          ? undefined
          : { file: this.context.file(this.die, V.DW_AT_decl_file), line: number };
      },
      undefined,
    );
  }

  get memberOf(): Type | undefined {
    const { types } = this.context;
    return types.guard(
      this.die,
      () => {
        const origin = originOf(this.die);
        const declared = origin.reference(C.DW_AT_specification) ?? origin;
        const { parent } = declared;
        return parent && isClass(parent.tag) ? types.type(parent, this.language) : undefined;
      },
      undefined,
    );
  }
}

export function isClass(tag: number): boolean {
  switch (tag) {
    case C.DW_TAG_class_type:
    case C.DW_TAG_structure_type:
    case C.DW_TAG_union_type:
    case V.DW_TAG_interface_type:
      return true;
    default:
      return false;
  }
}
