/** Rust's HashMap and HashSet (hashbrown's tables), BTreeMap and BTreeSet. */
import { sizeOfType, type Type } from '../../../symbols/data/types';
import { DataError, type DataValue } from '../../data';
import type { Child, FormatContext, Formatted, Formatter } from '../../formatter';
import { plausibleCount, sequence, structOf, typeArgument, Walk } from '../support';
import { integerIn, pointerIn, rustFormatter, unwrapped } from './layout';

/** A key and its value; a set has no values. */
interface Entry {
  readonly key: DataValue;
  readonly value: DataValue | undefined;
}

function entries(count: number, at: (index: number) => Entry, context: FormatContext): Formatted {
  const shown = Math.min(count, context.limits.nodes);
  if (shown > 0 && at(0).value === undefined) return sequence(shown, (index) => at(index).key);
  return {
    summary: `[${count}] {${summaryOf(shown, at, context)}}`,
    children: {
      kind: 'indexed',
      count: shown,
      slice: (start, wanted) => {
        const children: Child[] = [];
        for (let i = start; i < Math.min(shown, start + wanted); i++) {
          const { key, value } = at(i);
          const text = context.summarize(key);
          children.push({ name: `[${text}]`, value: value ?? '', expression: (parent) => `${parent}[${text}]` });
        }
        return children;
      },
    },
    index: (wanted) => {
      const text =
        typeof wanted === 'object'
          ? context.summarize(wanted)
          : typeof wanted === 'string'
            ? JSON.stringify(wanted)
            : `${wanted}`;
      for (let i = 0; i < shown; i++) {
        const { key, value } = at(i);
        if (value && context.summarize(key) === text) return value;
      }
      throw new DataError(`there is no key ${text}`);
    },
  };
}

/** As `{:?}` writes a map. */
function summaryOf(count: number, at: (index: number) => Entry, context: FormatContext): string {
  const parts: string[] = [];
  for (let i = 0; i < Math.min(count, context.limits.summaryItems); i++) {
    const { key, value } = at(i);
    parts.push(value ? `${context.summarize(key)}: ${context.summarize(value)}` : context.summarize(key));
  }
  return [...parts, ...(parts.length < count ? ['...'] : [])].join(', ');
}

function pair(value: DataValue): Entry {
  const { members } = structOf(value);
  const [key, held] = members;
  if (!key) throw new DataError('an unknown layout');
  // `()` and other types without size are what sets have for values.
  const isSet = !held || (sizeOfType(held.type) ?? 0) === 0;
  return { key: value.at(key), value: isSet ? undefined : value.at(held) };
}

/**
 * A table of hashbrown: one control byte for each bucket, at `ctrl`, whose top bit says that the bucket is free; buckets
 * lie before it, backwards.
 */
function hashTable(value: DataValue, context: FormatContext): Formatted {
  const table = rawTable(value);
  const type = typeArgument(table, 0);
  const size = BigInt(sizeOfType(type) ?? 0);
  const inner = table.memberIfAny('table') ?? table;
  const mask = inner.member('bucket_mask').bits();
  const items = plausibleCount(inner.member('items').bits());
  const control = pointerIn(inner.member('ctrl')).bits();
  const buckets = plausibleCount(mask + 1n, 'number of buckets');
  if (items > buckets) throw new DataError('not initialized: it has more elements than buckets');
  const walk = new Walk<number>((bucket) => nextFull(value, control, bucket === undefined ? 0 : bucket + 1, buckets));
  return entries(
    items,
    (index) => {
      const bucket = walk.at(index);
      if (bucket === undefined) throw new DataError('broken: it has fewer elements than it says');
      return pair(value.object(type, control - BigInt(bucket + 1) * size));
    },
    context,
  );
}

/** Control bytes read at a time. */
const CONTROL_READ = 4096;

function nextFull(value: DataValue, control: bigint, from: number, buckets: number): number | undefined {
  for (let at = from; at < buckets; at += CONTROL_READ) {
    const bytes = value.read(control + BigInt(at), Math.min(CONTROL_READ, buckets - at));
    const found = bytes.findIndex((byte) => byte < 0x80);
    if (found >= 0) return at + found;
    if (bytes.length === 0) throw new DataError(`cannot read memory at 0x${control.toString(16)}`);
  }
  return undefined;
}

/** `HashMap { base: hashbrown::HashMap { table } }`; a set is a map in a wrapper more. */
function rawTable(value: DataValue): DataValue {
  let inner = value;
  for (let depth = 0; depth < 5; depth++) {
    const table = inner.memberIfAny('table');
    if (table) return table;
    inner = inner.memberIfAny('base') ?? inner.member('map');
  }
  throw new DataError('an unknown layout');
}

/** A node has at most this many keys (B = 6 in the library). */
const CAPACITY = 11;
const MAX_HEIGHT = 64;

interface Node {
  readonly address: bigint;
  /** 0 for leaves. */
  readonly height: number;
}

interface Position {
  readonly node: Node;
  readonly index: number;
  /** The nodes above, each with the index of the edge that was taken. */
  readonly above: readonly Position[];
}

function btreeMap(value: DataValue, context: FormatContext): Formatted {
  const count = plausibleCount(value.member('length').bits());
  if (count === 0) return { summary: '[0] {}' };
  const root = value.member('root').activeVariant();
  if (!root || root.name !== 'Some') throw new DataError('broken: it has elements and no root');
  const held = value.member('root').at(root.member);
  const reference = held.memberIfAny('__0') ?? held;
  const pointer = pointerIn(reference.member('node'));
  const leafType = pointer.dereference().type;
  const height = plausibleCount(integerIn(reference.member('height')).bits(), 'height');
  if (height > MAX_HEIGHT) throw new DataError(`not initialized: its height is ${height}`);
  const tree = new Tree(value, leafType);
  const walk = new Walk<Position>((position) =>
    position ? tree.next(position) : tree.first({ address: pointer.bits(), height }),
  );
  return entries(
    count,
    (index) => {
      const position = walk.at(index);
      if (!position) throw new DataError('broken: it has fewer elements than it says');
      return tree.entry(position);
    },
    context,
  );
}

class Tree {
  constructor(
    private readonly value: DataValue,
    private readonly leafType: Type,
  ) {}

  first(root: Node): Position | undefined {
    return this.leftmost(root, []);
  }

  next({ node, index, above }: Position): Position | undefined {
    if (node.height > 0)
      return this.leftmost(this.edge(node, index + 1), [...above, { node, index: index + 1, above: [] }]);
    if (index + 1 < this.length(node)) return { node, index: index + 1, above };
    for (let depth = above.length - 1; depth >= 0; depth--) {
      const parent = above[depth]!;
      if (parent.index < this.length(parent.node)) return { ...parent, above: above.slice(0, depth) };
    }
    return undefined;
  }

  entry({ node, index }: Position): Entry {
    const leaf = this.leaf(node);
    const key = unwrapped(leaf.member('keys').element(index));
    const held = unwrapped(leaf.member('vals').element(index));
    return { key, value: held.size === 0 ? undefined : held };
  }

  private leftmost(from: Node, above: readonly Position[]): Position | undefined {
    const path = [...above];
    let node = from;
    while (node.height > 0) {
      path.push({ node, index: 0, above: [] });
      node = this.edge(node, 0);
    }
    return this.length(node) === 0 ? undefined : { node, index: 0, above: path };
  }

  private leaf({ address }: Node): DataValue {
    return this.value.object(this.leafType, address);
  }

  private length(node: Node): number {
    const length = Number(this.leaf(node).member('len').bits());
    if (length > CAPACITY) throw new DataError(`broken: a node has ${length} keys`);
    return length;
  }

  /** An internal node is a leaf followed by its edges. */
  private edge({ address, height }: Node, index: number): Node {
    const size = Math.ceil((sizeOfType(this.leafType) ?? 0) / 8) * 8;
    const at = address + BigInt(size + 8 * index);
    const bytes = this.value.read(at, 8);
    if (bytes.length < 8) throw new DataError(`cannot read 8 bytes at 0x${at.toString(16)}`);
    return { address: new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true), height: height - 1 };
  }
}

export const rustMaps: readonly Formatter[] = [
  rustFormatter(
    [
      'std::collections::hash::map::HashMap',
      'std::collections::hash::set::HashSet',
      'hashbrown::map::HashMap',
      'hashbrown::set::HashSet',
    ],
    hashTable,
  ),
  rustFormatter('alloc::collections::btree::map::BTreeMap', btreeMap),
  rustFormatter('alloc::collections::btree::set::BTreeSet', (value, context) => btreeMap(value.member('map'), context)),
];
