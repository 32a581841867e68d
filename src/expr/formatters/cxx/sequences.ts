/** Containers whose elements have an order: vector, array, deque, list, forward_list, span, initializer_list, adapters. */
import { DataError, type DataValue } from '../../data';
import type { FormatContext, Formatted, Formatter } from '../../formatter';
import {
  aligned,
  brokenChain,
  countBetween,
  elementSize,
  plausibleCount,
  readWord,
  sequence,
  stdFormatter,
  typeArgument,
  valueArgument,
  Walk,
} from '../support';
import { has, memberIfAny, memberOf } from './compressed';
import type { Type } from '../../../symbols/data/types';

/** A run of elements in memory. */
function contiguous(value: DataValue, element: Type, begin: bigint, count: number): Formatted {
  const size = BigInt(elementSize(element));
  return sequence(count, (index) => value.object(element, begin + BigInt(index) * size));
}

function vector(value: DataValue): Formatted {
  const element = typeArgument(value, 0);
  const parts = has(value, '_M_impl') ? value.member('_M_impl') : undefined;
  const begin = parts ? parts.member('_M_start') : memberOf(value, '__begin_');
  if (begin.bare.kind !== 'pointer') return bits(value, parts);
  const end = parts ? parts.member('_M_finish') : memberOf(value, '__end_');
  return contiguous(value, element, begin.bits(), countBetween(begin.bits(), end.bits(), elementSize(element)));
}

/** std::vector<bool>: iterators are a word's address and a bit's number. */
function bits(value: DataValue, parts: DataValue | undefined): Formatted {
  if (!parts) throw new DataError('an unknown layout');
  const start = parts.member('_M_start');
  const finish = parts.member('_M_finish');
  const begin = start.member('_M_p').bits();
  const words = countBetween(begin, finish.member('_M_p').bits(), 8);
  const first = Number(start.member('_M_offset').bits());
  return bitSequence(value, begin, first, words * 64 + Number(finish.member('_M_offset').bits()) - first);
}

/** Bits of memory as true and false. */
export function bitSequence(value: DataValue, begin: bigint, first: number, count: number): Formatted {
  const length = plausibleCount(BigInt(count));
  const bit = (index: number): string => {
    const at = first + index;
    const [byte] = value.read(begin + BigInt(at >> 3), 1);
    if (byte === undefined) throw new DataError(`cannot read memory at 0x${begin.toString(16)}`);
    return (byte >> (at & 7)) & 1 ? 'true' : 'false';
  };
  return {
    summary: undefined,
    prefix: `[${length}] `,
    children: {
      kind: 'indexed',
      count: length,
      slice: (start, wanted) =>
        Array.from({ length: Math.max(0, Math.min(wanted, length - start)) }, (_, i) => ({
          name: `[${start + i}]`,
          value: bit(start + i),
        })),
    },
  };
}

function libcxxBits(value: DataValue): Formatted {
  const begin = memberOf(value, '__begin_').bits();
  return bitSequence(value, begin, 0, plausibleCount(memberOf(value, '__size_').bits()));
}

function array(value: DataValue): Formatted {
  const count = plausibleCount(valueArgument(value, 1) ?? 0n);
  const elements = memberIfAny(value, '_M_elems', '__elems_');
  return sequence(count, (index) => {
    if (!elements) throw new DataError('an unknown layout');
    return elements.element(index);
  });
}

function deque(value: DataValue): Formatted {
  const element = typeArgument(value, 0);
  const size = elementSize(element);
  if (!has(value, '_M_impl')) return libcxxDeque(value, element, size);
  const perBlock = size < 512 ? Math.floor(512 / size) : 1;
  const start = value.member('_M_impl', '_M_start');
  const finish = value.member('_M_impl', '_M_finish');
  const firstNode = start.member('_M_node').bits();
  const blocks = countBetween(firstNode, finish.member('_M_node').bits(), 8);
  const skipped = countBetween(start.member('_M_first').bits(), start.member('_M_cur').bits(), size);
  const last = countBetween(finish.member('_M_first').bits(), finish.member('_M_cur').bits(), size);
  return blockwise(value, { element, size, perBlock, firstNode, skipped, count: blocks * perBlock - skipped + last });
}

function libcxxDeque(value: DataValue, element: Type, size: number): Formatted {
  const perBlock = size < 256 ? Math.floor(4096 / size) : 16;
  const firstNode = value.member('__map_', '__begin_').bits();
  const skipped = plausibleCount(memberOf(value, '__start_').bits(), 'start');
  const count = plausibleCount(memberOf(value, '__size_').bits());
  return blockwise(value, { element, size, perBlock, firstNode, skipped, count });
}

interface Blocks {
  readonly element: Type;
  /** Bytes of an element. */
  readonly size: number;
  readonly perBlock: number;
  /** Address of the pointer to the first block. */
  readonly firstNode: bigint;
  /** Unused elements at the beginning of the first block. */
  readonly skipped: number;
  readonly count: number;
}

function blockwise(value: DataValue, blocks: Blocks): Formatted {
  const { element, size, perBlock, firstNode, skipped, count } = blocks;
  if (count < 0) throw new DataError('not initialized: its end is before its beginning');
  return sequence(plausibleCount(BigInt(count)), (index) => {
    const at = skipped + index;
    const block = readWord(value, firstNode + 8n * BigInt(Math.floor(at / perBlock)));
    return value.object(element, block + BigInt((at % perBlock) * size));
  });
}

/** Elements in nodes that are linked one to the next. The count is what the container says, else what is found. */
function linked(
  value: DataValue,
  context: FormatContext,
  links: {
    readonly element: Type;
    /** Bytes from a node's start to its element. */
    readonly offset: number;
    /** Bytes from a node's start to the address of the next. */
    readonly next: number;
    readonly first: bigint;
    /** The address that ends the chain. */
    readonly end: bigint;
    readonly count?: number;
  },
): Formatted {
  const { element, offset, next, first, end } = links;
  const walk = new Walk<bigint>((node) => {
    const following = node === undefined ? first : readWord(value, node + BigInt(next));
    return following === end || following === 0n ? undefined : following;
  });
  const { nodes } = context.limits;
  const count = links.count ?? walk.take(nodes).length;
  return sequence(Math.min(count, nodes), (index) => {
    const node = walk.at(index);
    if (node === undefined) throw brokenChain(index - 1);
    return value.object(element, node + BigInt(offset));
  });
}

function list(value: DataValue, context: FormatContext): Formatted {
  const element = typeArgument(value, 0);
  const isGnu = has(value, '_M_impl');
  const head = isGnu ? value.member('_M_impl', '_M_node') : memberOf(value, '__end_');
  const { address } = head;
  if (address === undefined) throw new DataError('it is not in memory');
  // Since GCC 5 the head node holds the size; the old ABI counts.
  const size = isGnu ? sizeInHead(head) : memberIfAny(value, '__size_alloc_', '__size_');
  return linked(value, context, {
    element,
    offset: aligned(16, element),
    next: isGnu ? 0 : 8,
    first: head.member(isGnu ? '_M_next' : '__next_').bits(),
    end: address,
    ...(size && { count: plausibleCount(size.bits()) }),
  });
}

function sizeInHead(head: DataValue): DataValue | undefined {
  return head.memberIfAny('_M_size') ?? (head.bare.kind === 'struct' ? head.memberIfAny('_M_data') : undefined);
}

function forwardList(value: DataValue, context: FormatContext): Formatted {
  const element = typeArgument(value, 0);
  const first = has(value, '_M_impl')
    ? value.member('_M_impl', '_M_head', '_M_next')
    : memberOf(value, '__before_begin_').member('__next_');
  return linked(value, context, { element, offset: aligned(8, element), next: 0, first: first.bits(), end: 0n });
}

/** The extent of a span is a template argument, or -1 for one that is known at run time. */
function span(value: DataValue): Formatted {
  const element = typeArgument(value, 0);
  const extent = BigInt.asUintN(64, valueArgument(value, 1) ?? 0n);
  const begin = memberOf(value, '_M_ptr', '__data_', '__data').bits();
  const dynamic =
    value.memberIfAny('_M_extent')?.memberIfAny('_M_extent_value') ?? memberIfAny(value, '__size_', '__size');
  const count = extent === 2n ** 64n - 1n ? dynamic?.bits() : extent;
  if (count === undefined) throw new DataError('an unknown layout');
  return contiguous(value, element, begin, plausibleCount(count));
}

function initializerList(value: DataValue): Formatted {
  const begin = memberOf(value, '_M_array', '__begin_').bits();
  return contiguous(value, typeArgument(value, 0), begin, plausibleCount(memberOf(value, '_M_len', '__size_').bits()));
}

/** stack, queue and priority_queue are what they hold their elements in. */
function adapter(value: DataValue): Formatted {
  const container = value.member('c');
  return { summary: undefined, pointee: () => container, children: delegated(container) };
}

function delegated(container: DataValue): NonNullable<Formatted['children']> {
  return {
    kind: 'named',
    count: 1,
    slice: (start) => (start > 0 ? [] : [{ name: 'c', value: container, expression: (parent) => `${parent}.c` }]),
  };
}

export const sequences: readonly Formatter[] = [
  {
    name: 'libc++ std::vector<bool>',
    matches: (type) =>
      type.kind === 'struct' &&
      /^std::(?:__\w+::)?vector<bool,/.test(type.qualifiedName ?? '') &&
      type.members.some(({ name }) => name === '__begin_'),
    format: libcxxBits,
  },
  stdFormatter('vector', vector),
  stdFormatter('array', array),
  stdFormatter('deque', deque),
  stdFormatter('list', list),
  stdFormatter('forward_list', forwardList),
  stdFormatter('span', span),
  stdFormatter('initializer_list', initializerList),
  stdFormatter(['stack', 'queue', 'priority_queue'], adapter),
];
