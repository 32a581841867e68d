/** Types and objects made by hand, over memory that is a few bytes in a Map: what values look like needs no process. */
import type { VirtAddr } from '../../src/common/addresses';
import { DataObject } from '../../src/expr/dataobject';
import type { Formatter, FormatLimits } from '../../src/expr/formatter';
import { FormatterRegistry } from '../../src/expr/formatters/registry';
import type { ObjectSpace } from '../../src/expr/objectspace';
import { Presenter } from '../../src/expr/presentation/presenter';
import { DEFAULT_LIMITS, type ValueFormat } from '../../src/expr/presentation/valueformat';
import { memoryAt } from '../../src/expr/storage';
import type { Storage } from '../../src/symbols/data/storage';
import type {
  ArrayType,
  EnumType,
  FloatFormat,
  IntegerType,
  Language,
  Member,
  PointerType,
  StructType,
  Type,
} from '../../src/symbols/data/types';

export const integer = (
  name: string,
  size: number,
  isSigned: boolean,
  display: IntegerType['display'] = 'number',
): IntegerType => ({ kind: 'integer', name, size, isSigned, rank: 3, display });

export const INT = integer('int', 4, true);
export const CHAR = integer('char', 1, true, 'character');
export const BYTE = integer('unsigned char', 1, false, 'character');

export const pointer = (target: Type, name?: string): PointerType => ({
  kind: 'pointer',
  target,
  ...(name !== undefined && { name }),
});

export const array = (element: Type, count: number | undefined): ArrayType => ({
  kind: 'array',
  element,
  count,
  lowerBound: 0,
});

export const float = (format: FloatFormat, size: number): Type => ({ kind: 'float', name: format, size, format });

export function struct(
  name: string | undefined,
  size: number,
  members: Member[],
  more: Partial<StructType> = {},
): StructType {
  return {
    kind: 'struct',
    tag: 'struct',
    name,
    qualifiedName: name,
    language: 'c++',
    size,
    isIncomplete: false,
    members,
    staticMembers: [],
    templateArguments: [],
    variantPart: undefined,
    isPolymorphic: false,
    nestedType: () => undefined,
    methods: [],
    ...more,
  };
}

export const member = (name: string | undefined, type: Type, offset: number, more: Partial<Member> = {}): Member => ({
  name,
  type,
  offset,
  ...more,
});

export function enumeration(
  name: string | undefined,
  values: Record<string, bigint>,
  more: Partial<EnumType> = {},
): EnumType {
  return {
    kind: 'enum',
    name,
    qualifiedName: name,
    language: 'c',
    size: 4,
    isSigned: true,
    isScoped: false,
    enumerators: Object.entries(values).map(([key, value]) => ({ name: key, value })),
    ...more,
  };
}

/** Where the bytes of an object are put. */
export const HERE = 0x1000n;

/** A space with regions of memory. */
export function space(
  regions: Record<string, Uint8Array | readonly number[] | string>,
  more: Partial<ObjectSpace> = {},
): ObjectSpace {
  const bytesAt = Object.entries(regions).map(([address, content]) => ({
    start: BigInt(address),
    bytes: typeof content === 'string' ? Buffer.from(content, 'latin1') : Uint8Array.from(content),
  }));
  return {
    registers: { dwarf: () => undefined, named: () => undefined },
    memory: {
      read: (address, length) => {
        const region = bytesAt.find(({ start, bytes }) => address >= start && address < start + BigInt(bytes.length));
        if (!region) return new Uint8Array(0);
        const offset = Number(address - region.start);
        return region.bytes.subarray(offset, Math.min(region.bytes.length, offset + length));
      },
    },
    ...more,
  };
}

/** An object at HERE whose bytes are given; `regions` is what else there is in memory. */
export function object(
  type: Type,
  bytes: readonly number[] | Uint8Array | string,
  regions: Record<string, Uint8Array | readonly number[] | string> = {},
  more: Partial<ObjectSpace> = {},
): DataObject {
  return new DataObject(space({ [String(HERE)]: bytes, ...regions }, more), type, memoryAt(HERE));
}

export function at(type: Type, storage: Storage, in_: ObjectSpace = space({})): DataObject {
  return new DataObject(in_, type, storage);
}

export interface Showing {
  readonly format?: ValueFormat;
  readonly language?: Language;
  readonly formatters?: readonly Formatter[];
  readonly limits?: Partial<FormatLimits>;
  readonly placeOf?: (code: bigint) => string | undefined;
}

export function presenter({ format, language, formatters = [], limits, placeOf }: Showing = {}): Presenter {
  return new Presenter({
    registry: new FormatterRegistry(formatters),
    limits: { ...DEFAULT_LIMITS, ...limits },
    ...(format && { format }),
    ...(language && { language }),
    ...(placeOf && { placeOf }),
  });
}

export const text = (value: DataObject, showing?: Showing): string => presenter(showing).text(value);

/** Little-endian bytes. */
export function le(value: bigint | number, size: number): number[] {
  const bits = BigInt.asUintN(size * 8, BigInt(value));
  return Array.from({ length: size }, (_, i) => Number((bits >> BigInt(8 * i)) & 0xffn));
}

export const address = (value: bigint): VirtAddr => value as VirtAddr;
