/** Arrays, vectors and strings (DWARF 5 §5.5, §5.11, §5.13), whose bounds may be numbers, unknown, or computed at run time. */
import { log } from '../../common/log';
import type { Die } from '../dwarf/die';
import { defaultLowerBound } from './language';
import * as T from './typeconstants';
import { typeName } from './typenames';
import type { TypeReader } from './typereader';
import { sizeOfType, type ArrayCount, type ArrayType, type DynamicValue, type Language, type Type } from './types';

/** Dimensions; Fortran allows 15. */
const MAX_DIMENSIONS = 64;
/** An upper bound of -1 in a form without a sign: gcc's `int a[0]` in DWARF 2. */
const ALL_ONES = 0xffff_ffff_ffff_ffffn;

interface Dimension {
  readonly count: ArrayCount;
  readonly lowerBound: number;
  /** Bytes. */
  readonly stride: number | undefined;
}

export function readArray(reader: TypeReader, die: Die, language: Language): Type {
  const dimensions: Dimension[] = [];
  const accept = (tag: number): boolean =>
    tag === T.DW_TAG_subrange_type || tag === T.DW_TAG_enumeration_type || tag === T.DW_TAG_generic_subrange;
  reader.eachChild(die, accept, (child) => {
    if (dimensions.length < MAX_DIMENSIONS) dimensions.push(readDimension(reader, child, language));
    else log('dwarf', () => `the array at 0x${die.offset.toString(16)} has more than ${MAX_DIMENSIONS} dimensions`);
  });
  if (dimensions.length === 0) dimensions.push({ count: undefined, lowerBound: 0, stride: undefined });
  // The last dimension varies fastest, but for Fortran, where it is the first.
  const isColumnMajor = die.number(T.DW_AT_ordering) === T.DW_ORD_col_major || language === 'fortran';
  const fastestLast = isColumnMajor ? dimensions.reverse() : dimensions;
  const stride = strideOf(die);
  const isVector = die.flag(T.DW_AT_GNU_vector);
  const size = isVector || dimensions.length === 1 ? die.number(T.DW_AT_byte_size) : undefined;
  let type = reader.typeOf(die, language);
  for (let i = fastestLast.length - 1; i >= 0; i--) {
    const dimension = fastestLast[i]!;
    const own = i === fastestLast.length - 1 ? (dimension.stride ?? stride) : dimension.stride;
    const extra: Pick<ArrayType, 'stride' | 'isVector' | 'size'> = {
      ...(own !== undefined && own !== sizeOfType(type) && { stride: own }),
      ...(isVector && { isVector }),
      ...(size !== undefined && { size }),
    };
    const { count, lowerBound } = dimension;
    type = named({ kind: 'array', element: type, count, lowerBound, ...extra }, die.name, language);
  }
  return type;
}

/** Rust spells arrays its own way; elsewhere it is the declarator's matter. */
function named(type: ArrayType, own: string | undefined, language: Language): ArrayType {
  if (own !== undefined) return { ...type, name: own };
  if (language !== 'rust') return type;
  const element = typeName(type.element);
  return { ...type, name: typeof type.count === 'number' ? `[${element}; ${type.count}]` : `[${element}]` };
}

function readDimension(reader: TypeReader, die: Die, language: Language): Dimension {
  if (die.tag === T.DW_TAG_enumeration_type) return enumDimension(reader, die, language);
  const stated = reader.property(die, T.DW_AT_lower_bound);
  const lower = stated ?? BigInt(defaultLowerBound(die.unit.language));
  const count = reader.property(die, T.DW_AT_count);
  return {
    count: count === undefined ? countTo(lower, reader.property(die, T.DW_AT_upper_bound)) : countOf(count),
    lowerBound: typeof lower === 'bigint' ? Number(BigInt.asIntN(64, lower)) : 0,
    stride: strideOf(die),
  };
}

/** Pascal's and Ada's `array (Color) of Integer`. */
function enumDimension(reader: TypeReader, die: Die, language: Language): Dimension {
  const type = reader.type(die, language);
  const values = type.kind === 'enum' ? type.enumerators.map(({ value }) => value) : [];
  const low = values.reduce((least, value) => (value < least ? value : least), values[0] ?? 0n);
  const high = values.reduce((most, value) => (value > most ? value : most), low);
  const count = values.length === 0 ? undefined : countOf(high - low + 1n);
  return { count, lowerBound: Number(low), stride: undefined };
}

function countTo(lower: bigint | DynamicValue, upper: bigint | DynamicValue | undefined): ArrayCount {
  if (upper === undefined) return undefined;
  if (typeof upper === 'bigint' && typeof lower === 'bigint') {
    return countOf((upper === ALL_ONES ? -1n : upper) - lower + 1n);
  }
  const valueOf = (bound: bigint | DynamicValue, context: Parameters<DynamicValue['evaluate']>[0]) =>
    typeof bound === 'bigint' ? bound : signed(bound.evaluate(context));
  return {
    evaluate: (context) => {
      const [first, last] = [valueOf(lower, context), valueOf(upper, context)];
      if (first === undefined || last === undefined) return undefined;
      return last < first ? 0n : last - first + 1n;
    },
  };
}

function signed(value: bigint | undefined): bigint | undefined {
  return value === undefined ? undefined : BigInt.asIntN(64, value);
}

/** A count that no address space holds is damage: unknown. */
function countOf(count: bigint | DynamicValue): ArrayCount {
  if (typeof count !== 'bigint') return count;
  if (count < 0n) return 0;
  return count <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(count) : undefined;
}

/** DW_AT_byte_stride or DW_AT_bit_stride in whole bytes; one that is computed at run time is not followed. */
function strideOf(die: Die): number | undefined {
  const bytes = die.number(T.DW_AT_byte_stride);
  if (bytes !== undefined) return bytes;
  const bits = die.number(T.DW_AT_bit_stride);
  return bits !== undefined && bits % 8 === 0 ? bits / 8 : undefined;
}

/** Fortran's CHARACTER(n), and other languages' strings of a fixed or stated length. */
export function readString(reader: TypeReader, die: Die): Type {
  const size = reader.property(die, T.DW_AT_byte_size);
  const length = die.has(T.DW_AT_string_length) ? reader.property(die, T.DW_AT_string_length) : size;
  const name = die.name;
  return {
    kind: 'array',
    element: { kind: 'integer', name: 'character', size: 1, isSigned: false, rank: 1, display: 'character' },
    count: length === undefined ? undefined : countOf(length),
    lowerBound: 1,
    ...(name !== undefined && { name }),
  };
}
