/** Enumerations (DWARF 5 §5.9). */
import type { Die } from '../dwarf/die';
import * as T from './typeconstants';
import type { TypeReader } from './typereader';
import { bareType, type Enumerator, type EnumType, type Language } from './types';
import { qualifiedNameOf, scopeOf } from './typescopes';

/** What the entry says, or the definition of one that is only declared. */
interface EnumBody {
  readonly size: number;
  readonly isSigned: boolean;
  readonly enumerators: readonly Enumerator[];
}

export class EnumEntry implements EnumType {
  readonly kind = 'enum';
  readonly name: string | undefined;
  readonly isScoped: boolean;
  private qualifiedNameValue: string | undefined;
  private scopeValue: string | undefined;
  private bodyValue: EnumBody | undefined;

  constructor(
    private readonly reader: TypeReader,
    private readonly die: Die,
    readonly language: Language,
  ) {
    this.name = die.name;
    this.isScoped = die.flag(T.DW_AT_enum_class);
  }

  get scope(): string {
    return (this.scopeValue ??= scopeOf(this.reader, this.die, this.language));
  }

  get qualifiedName(): string | undefined {
    const { name } = this;
    if (name === undefined) return undefined;
    return (this.qualifiedNameValue ??= qualifiedNameOf(this.reader, this.die, name, this.language));
  }

  get size(): number {
    return this.body.size;
  }

  get isSigned(): boolean {
    return this.body.isSigned;
  }

  get enumerators(): readonly Enumerator[] {
    return this.body.enumerators;
  }

  private get body(): EnumBody {
    if (this.bodyValue) return this.bodyValue;
    const { reader, die } = this;
    if (die.flag(T.DW_AT_declaration)) {
      const definition = reader.definition(this.qualifiedName, die.tag, this.language);
      if (definition?.kind === 'enum' && definition !== this) return (this.bodyValue = definition);
      // Not kept: the definition may be found later.
      return reader.guard(die, () => readBody(reader, die, this.language), EMPTY);
    }
    return (this.bodyValue = reader.guard(die, () => readBody(reader, die, this.language), EMPTY));
  }
}

const EMPTY: EnumBody = { size: 4, isSigned: false, enumerators: [] };

function readBody(reader: TypeReader, die: Die, language: Language): EnumBody {
  const stored: Enumerator[] = [];
  reader.eachChild(
    die,
    (tag) => tag === T.DW_TAG_enumerator,
    (child) => {
      const { name } = child;
      const value = storedValue(child);
      if (name !== undefined && value !== undefined) stored.push({ name, value });
    },
  );
  const underlying = die.has(T.DW_AT_type) ? bareType(reader.typeOf(die, language)) : undefined;
  const integer = underlying?.kind === 'integer' ? underlying : undefined;
  const size = die.number(T.DW_AT_byte_size) ?? integer?.size ?? 4;
  const isSigned = integer ? integer.isSigned : statedSign(die, stored);
  const bits = 8 * Math.min(size, 16);
  const wrap = (value: bigint): bigint => (isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value));
  return { size, isSigned, enumerators: stored.map(({ name, value }) => ({ name, value: wrap(value) })) };
}

/** Before DWARF 5 a C enumeration says neither its underlying type nor an encoding: it has a sign when a value has. */
function statedSign(die: Die, stored: readonly Enumerator[]): boolean {
  const encoding = die.number(T.DW_AT_encoding);
  if (encoding !== undefined) return encoding === T.DW_ATE_signed || encoding === T.DW_ATE_signed_char;
  return stored.some(({ value }) => value < 0n);
}

/** As stored: compilers write a value that is not negative in a form without a sign, of whatever size it fits in. */
function storedValue(die: Die): bigint | undefined {
  const value = die.attribute(T.DW_AT_const_value);
  if (value?.kind === 'constant') return value.exact ?? BigInt(value.value);
  return die.unsigned(T.DW_AT_const_value);
}
