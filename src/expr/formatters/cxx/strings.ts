/** std::string and its kin of other characters, both ABIs of libstdc++ and libc++; string_view; filesystem::path. */
import { DataError, type DataValue } from '../../data';
import type { FormatContext, Formatted, Formatter } from '../../formatter';
import { elementSize, readWord, stdFormatter, typeArgument } from '../support';
import { textAt, wordBytes } from '../text';
import { has, memberOf } from './compressed';
import type { Type } from '../../../symbols/data/types';

function string(value: DataValue, context: FormatContext): Formatted {
  const unit = typeArgument(value, 0);
  if (has(value, '_M_string_length')) return gnuString(value, unit, context);
  if (has(value, '_M_dataplus')) return copyOnWriteString(value, unit, context);
  return libcxxString(value, unit, context);
}

function gnuString(value: DataValue, unit: Type, context: FormatContext): Formatted {
  const begin = value.member('_M_dataplus', '_M_p').bits();
  const size = value.member('_M_string_length');
  const local = value.member('_M_local_buf');
  const isLocal = local.address !== undefined && local.address === begin;
  const capacity = isLocal ? BigInt(Math.trunc(15 / elementSize(unit))) : value.member('_M_allocated_capacity').bits();
  if (size.bits() > capacity) throw new DataError('not initialized: its length exceeds its capacity');
  return textAt(
    value,
    { unit, begin, length: size.bits(), room: { capacity, setLength: lengthSetter(size) } },
    context,
  );
}

function lengthSetter(
  size: DataValue,
): (length: number, write: (address: bigint, bytes: Uint8Array) => boolean) => void {
  return (length, write) => {
    if (size.address === undefined || !write(size.address, wordBytes(BigInt(length)))) {
      throw new DataError('the length of the string cannot be written');
    }
  };
}

/** The ABI before GCC 5: length, capacity and reference count lie before the characters. */
function copyOnWriteString(value: DataValue, unit: Type, context: FormatContext): Formatted {
  const begin = value.member('_M_dataplus', '_M_p').bits();
  const length = readWord(value, begin - 24n);
  if (length > readWord(value, begin - 16n)) throw new DataError('not initialized: its length exceeds its capacity');
  return textAt(value, { unit, begin, length }, context);
}

function libcxxString(value: DataValue, unit: Type, context: FormatContext): Formatted {
  const representation = memberOf(value, '__rep_', '__r_');
  const short = representation.member('__s');
  const flag = short.memberIfAny('__is_long_');
  const shortSize = short.member('__size_').bits();
  const isLong = (flag ? flag.bits() : shortSize & 1n) !== 0n;
  if (isLong) {
    const long = representation.member('__l');
    const size = long.member('__size_');
    const begin = long.member('__data_').bits();
    // Allocated in whole units of two or more, one of them for the NUL; older versions kept the flag in the lowest bit.
    const allocated = long.member('__cap_').bits() & ~1n;
    const capacity = (flag && long.memberIfAny('__is_long_') ? allocated * 2n : allocated) - 1n;
    if (size.bits() > capacity) throw new DataError('not initialized: its length exceeds its capacity');
    return textAt(
      value,
      { unit, begin, length: size.bits(), room: { capacity, setLength: lengthSetter(size) } },
      context,
    );
  }
  const data = short.member('__data_');
  if (data.address === undefined) throw new DataError('it is not in memory');
  const length = flag ? shortSize : shortSize >> 1n;
  const capacity = BigInt((data.count ?? 1) - 1);
  // Both layouts have the length above the lowest bit of the first byte.
  const setLength = (size: number, write: (address: bigint, bytes: Uint8Array) => boolean): void => {
    if (short.address === undefined || !write(short.address, Uint8Array.of(size << 1))) {
      throw new DataError('the length of the string cannot be written');
    }
  };
  return textAt(value, { unit, begin: data.address, length, room: { capacity, setLength } }, context);
}

function stringView(value: DataValue, context: FormatContext): Formatted {
  const begin = memberOf(value, '_M_str', '__data_', '__data').bits();
  const length = memberOf(value, '_M_len', '__size_', '__size').bits();
  return textAt(value, { unit: typeArgument(value, 0), begin, length }, context);
}

/** A path is its name; libstdc++ keeps the parts as well. */
function path(value: DataValue, context: FormatContext): Formatted {
  return string(memberOf(value, '_M_pathname', '__pn_'), context);
}

export const strings: readonly Formatter[] = [
  stdFormatter('basic_string', string),
  stdFormatter('basic_string_view', stringView),
  stdFormatter(['filesystem::path', 'experimental::filesystem::v1::path'], path),
];
