/** Rust's strings, slices, Vec and VecDeque, and the paths and OS strings made of them. */
import { sizeOfType, type Type } from '../../../symbols/data/types';
import { DataError, type DataValue } from '../../data';
import type { FormatContext, Formatted, Formatter } from '../../formatter';
import { elementSize, plausibleCount, sequence, typeArgument } from '../support';
import { textAt } from '../text';
import { pointerIn, rustFormatter, integerIn } from './layout';

const BYTE: Type = { kind: 'integer', name: 'u8', size: 1, isSigned: false, rank: 1, display: 'unicode' };

/** Text of bytes that are UTF-8, or mean to be. */
function utf8(value: DataValue, begin: bigint, length: bigint, context: FormatContext): Formatted {
  return textAt(value, { unit: BYTE, begin, length }, context);
}

function elements(value: DataValue, element: Type, begin: bigint, count: number): Formatted {
  const size = BigInt(elementSizeOrZero(element));
  return sequence(count, (index) => value.object(element, begin + BigInt(index) * size));
}

/** Rust has types without size, and vectors of them. */
function elementSizeOrZero(element: Type): number {
  return sizeOfType(element) === 0 ? 0 : elementSize(element);
}

function vec(value: DataValue): Formatted {
  const count = plausibleCount(value.member('len').bits());
  return elements(value, typeArgument(value, 0), pointerIn(value.member('buf')).bits(), count);
}

function string(value: DataValue, context: FormatContext): Formatted {
  return bytesOfVec(value.member('vec'), context);
}

function bytesOfVec(vector: DataValue, context: FormatContext): Formatted {
  return utf8(vector, pointerIn(vector.member('buf')).bits(), vector.member('len').bits(), context);
}

/** OsString and PathBuf: wrappers of a Vec<u8>, one in the other. */
function wrappedVec(value: DataValue, context: FormatContext): Formatted {
  let inner = value;
  for (let depth = 0; depth < 4; depth++) {
    if (inner.memberIfAny('buf') && inner.memberIfAny('len')) return bytesOfVec(inner, context);
    inner = inner.member('inner');
  }
  throw new DataError('an unknown layout');
}

/** A fat pointer: `&str`, `&[T]`, `Box<[T]>`, `&Path`, all of them `{ data_ptr, length }`. */
function slice(value: DataValue, context: FormatContext): Formatted {
  const pointer = value.member('data_ptr');
  const length = value.member('length').bits();
  if (pointer.bare.kind !== 'pointer') throw new DataError('an unknown layout');
  const { qualifiedName = '' } = value.bare.kind === 'struct' ? value.bare : {};
  if (/(?:^|[&<\s*])(?:str|std::path::Path|std::ffi::os_str::OsStr)(?:[,>]|$)/.test(qualifiedName)) {
    return utf8(value, pointer.bits(), length, context);
  }
  return elements(value, pointer.bare.target, pointer.bits(), plausibleCount(length));
}

const slices: Formatter = {
  name: 'Rust &str, &[T]',
  matches: (type) =>
    type.kind === 'struct' &&
    type.language === 'rust' &&
    type.members.length === 2 &&
    type.members[0]!.name === 'data_ptr' &&
    type.members[1]!.name === 'length',
  format: slice,
};

/** A ring: `head` is the first element. Before 1.67 `tail` was, and `head` one past the last. */
function vecDeque(value: DataValue): Formatted {
  const element = typeArgument(value, 0);
  const size = BigInt(elementSizeOrZero(element));
  const buffer = value.member('buf');
  const begin = pointerIn(buffer).bits();
  const capacity = integerIn(capacityOf(buffer)).bits();
  const tail = value.memberIfAny('tail');
  const head = value.member('head').bits();
  const first = tail ? tail.bits() : head;
  const length = tail ? (head - first + capacity) % (capacity || 1n) : value.member('len').bits();
  if (size > 0n && (length > capacity || first > capacity))
    throw new DataError('not initialized: it exceeds its capacity');
  return sequence(plausibleCount(length), (index) => {
    const at = first + BigInt(index);
    return value.object(element, begin + (size > 0n && at >= capacity ? at - capacity : at) * size);
  });
}

function capacityOf(buffer: DataValue): DataValue {
  return (buffer.memberIfAny('inner') ?? buffer).member('cap');
}

export const rustSequences: readonly Formatter[] = [
  rustFormatter('alloc::vec::Vec', vec),
  rustFormatter('alloc::string::String', string),
  rustFormatter(['std::ffi::os_str::OsString', 'std::path::PathBuf'], wrappedVec),
  rustFormatter(['alloc::collections::vec_deque::VecDeque', 'alloc::vec::deque::VecDeque'], vecDeque),
  slices,
];
