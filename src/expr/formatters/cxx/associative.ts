/** Containers whose elements are found by key: map, set and their unordered and multi kin. */
import { bareType, type Type } from '../../../symbols/data/types';
import { DataError, type DataValue } from '../../data';
import type { Child, FormatContext, Formatted, Formatter } from '../../formatter';
import { aligned, brokenChain, plausibleCount, readWord, sequence, stdFormatter, typeArgument, Walk } from '../support';
import { has, memberIfAny, memberOf } from './compressed';

/** Elements in the order of the container, each reached from the one before. */
interface Elements {
  readonly count: number;
  readonly at: (index: number) => DataValue;
}

interface Nodes {
  readonly count: number;
  /** Bytes from a node's start to its element. */
  readonly offset: number;
  readonly walk: Walk<bigint>;
}

function elementsOf(value: DataValue, type: Type, { count, offset, walk }: Nodes, context: FormatContext): Elements {
  return {
    count: Math.min(count, context.limits.nodes),
    at: (index) => {
      const node = walk.at(index);
      if (node === undefined) throw brokenChain(index - 1);
      return value.object(type, node + BigInt(offset));
    },
  };
}

/** Offsets of the links of a node of a red-black tree. */
interface TreeLayout {
  readonly parent: number;
  readonly left: number;
  readonly right: number;
}

const GNU_TREE: TreeLayout = { parent: 8, left: 16, right: 24 };
const LIBCXX_TREE: TreeLayout = { left: 0, right: 8, parent: 16 };
/** A balanced tree of 2^40 nodes is not higher than this. */
const MAX_HEIGHT = 100;

/** In-order walk of a tree by its links; `header` is the node whose left (libc++) or own parent (GNU) is the root. */
function treeWalk(value: DataValue, layout: TreeLayout, first: bigint, header: bigint): Walk<bigint> {
  const link = (node: bigint, offset: number): bigint => readWord(value, node + BigInt(offset));
  const leftmost = (from: bigint): bigint => {
    let node = from;
    for (let height = 0; height < MAX_HEIGHT; height++) {
      const left = link(node, layout.left);
      if (left === 0n) return node;
      node = left;
    }
    throw new DataError('broken: its tree has no end');
  };
  const successor = (from: bigint): bigint => {
    const right = link(from, layout.right);
    if (right !== 0n) return leftmost(right);
    let node = from;
    for (let height = 0; height < MAX_HEIGHT; height++) {
      const parent = link(node, layout.parent);
      if (parent === header || link(parent, layout.right) !== node) return parent;
      node = parent;
    }
    throw new DataError('broken: its tree has no root');
  };
  return new Walk((node) => {
    const next = node === undefined ? first : successor(node);
    return next === header ? undefined : next;
  });
}

function treeNodes(value: DataValue, type: Type): Nodes {
  if (has(value, '_M_t')) {
    const parts = value.member('_M_t', '_M_impl');
    const header = parts.member('_M_header');
    const count = plausibleCount(parts.member('_M_node_count').bits());
    const first = count === 0 ? header.address : header.member('_M_left').bits();
    const walk = treeWalk(value, GNU_TREE, first ?? 0n, header.address ?? 0n);
    return { count, offset: aligned(32, type), walk };
  }
  const tree = value.member('__tree_');
  const end = memberOf(tree, '__end_node_', '__pair1_');
  const count = plausibleCount(memberOf(tree, '__size_', '__pair3_').bits());
  const walk = treeWalk(value, LIBCXX_TREE, memberOf(tree, '__begin_node_').bits(), end.address ?? 0n);
  // Three links and a colour; an element may begin in what would be padding behind it.
  return { count, offset: aligned(25, type), walk };
}

function tableNodes(value: DataValue, type: Type): Nodes {
  if (has(value, '_M_h')) {
    const table = value.member('_M_h');
    const first = table.member('_M_before_begin', '_M_nxt').bits();
    return {
      count: plausibleCount(table.member('_M_element_count').bits()),
      offset: aligned(8, type),
      walk: chain(value, first),
    };
  }
  const table = value.member('__table_');
  const first = memberOf(table, '__first_node_', '__p1_').member('__next_').bits();
  const count = plausibleCount(memberOf(table, '__size_', '__p2_').bits());
  return { count, offset: aligned(16, type), walk: chain(value, first) };
}

function chain(value: DataValue, first: bigint): Walk<bigint> {
  return new Walk((node) => {
    const next = node === undefined ? first : readWord(value, node);
    return next === 0n ? undefined : next;
  });
}

/** The type of a map's elements: `value_type`, else the pair as its allocator names it. */
function pairType(value: DataValue): Type {
  const { bare } = value;
  const nested = bare.kind === 'struct' ? bare.nestedType('value_type') : undefined;
  if (nested && bareType(nested).kind === 'struct') return nested;
  const arguments_ = bare.kind === 'struct' ? bare.templateArguments : [];
  for (const { type } of arguments_.slice().reverse()) {
    const allocator = bareType(type);
    const pair = allocator.kind === 'struct' ? allocator.templateArguments[0]?.type : undefined;
    if (pair && bareType(pair).kind === 'struct') return pair;
  }
  throw new DataError('the type of its elements is not described');
}

function set(nodes: (value: DataValue, type: Type) => Nodes) {
  return (value: DataValue, context: FormatContext): Formatted => {
    const type = typeArgument(value, 0);
    const { count, at } = elementsOf(value, type, nodes(value, type), context);
    return sequence(count, at);
  };
}

function map(nodes: (value: DataValue, type: Type) => Nodes) {
  return (value: DataValue, context: FormatContext): Formatted => {
    const type = pairType(value);
    const { count, at } = elementsOf(value, type, nodes(value, type), context);
    return {
      summary: undefined,
      prefix: `[${count}] `,
      children: {
        kind: 'indexed',
        count,
        slice: (start, wanted) => {
          const children: Child[] = [];
          for (let i = start; i < Math.min(count, start + wanted); i++) children.push(keyed(at(i), context));
          return children;
        },
      },
      index: (key) => findKey(at, count, key, context),
    };
  };
}

/** An element of a map goes by its key. */
function keyed(pair: DataValue, context: FormatContext): Child {
  const key = memberIfAny(pair, 'first') ?? pair;
  const text = context.summarize(key);
  return { name: `[${text}]`, value: pair.member('second'), expression: (parent) => `${parent}[${text}]` };
}

/** Looks a key up by walking: hashing and comparing are the program's own code. Texts and numbers can be compared. */
function findKey(
  at: (index: number) => DataValue,
  count: number,
  key: DataValue | bigint | string,
  context: FormatContext,
): DataValue {
  const wanted = typeof key === 'bigint' ? key.toString() : typeof key === 'string' ? JSON.stringify(key) : undefined;
  const text = wanted ?? context.summarize(key as DataValue);
  for (let i = 0; i < count; i++) {
    const pair = at(i);
    const first = pair.member('first');
    if (isKey(first, key) || context.summarize(first) === text) return pair.member('second');
  }
  throw new DataError(`there is no key ${text}`);
}

function isKey(first: DataValue, key: DataValue | bigint | string): boolean {
  if (typeof key === 'string') return false;
  switch (first.bare.kind) {
    case 'integer':
    case 'enum':
    case 'pointer':
      return first.bits() === (typeof key === 'bigint' ? key : key.bits());
    default:
      return false;
  }
}

export const associative: readonly Formatter[] = [
  stdFormatter(['map', 'multimap'], map(treeNodes)),
  stdFormatter(['set', 'multiset'], set(treeNodes)),
  stdFormatter(['unordered_map', 'unordered_multimap'], map(tableNodes)),
  stdFormatter(['unordered_set', 'unordered_multiset'], set(tableNodes)),
];
