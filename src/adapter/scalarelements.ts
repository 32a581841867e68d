/**
 * The elements of an array of numbers, all at once. Tables of thousands of them are common, and one object after the
 * other (its place, its node, its line) costs ten times as much as reading the bytes and writing them as text.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { formatAddress } from '../common/addresses';
import { operand } from '../expr/presentation/children';
import { typeText } from '../expr/presentation/typetexts';
import { bareType, type BareType } from '../symbols/data/types';
import type { ValueNode } from './valuenode';

/** Fewer than this are as quick one by one. */
const MANY = 32;

/** Bytes of one part of a listing, far below what may be read at once. */
const MAX_BYTES = 1 << 18;

type Scalar = Extract<BareType, { kind: 'integer' | 'float' | 'enum' }>;

/**
 * The lines of elements [start, start + count) below the line of an array, as `ValueNode.describe` would make them one
 * by one; undefined where they have to be made so: few, not numbers, formatted, not in memory that can be read.
 */
export function scalarElements(
  node: ValueNode,
  start: number,
  count: number,
  hex: boolean,
): DebugProtocol.Variable[] | undefined {
  const { value, presenter, expression } = node.parts;
  if (typeof value === 'string' || value.bare.kind !== 'array' || value.address === undefined) return undefined;
  const array = value.bare;
  const element = bareType(array.element);
  const read = isScalar(element)
    ? READERS[`${element.kind === 'float' ? 'u' : sign(element)}${element.size}`]
    : undefined;
  if (!isScalar(element) || !read || presenter.formats(array) || presenter.formats(element)) return undefined;
  const shown = Math.min(value.count ?? 0, presenter.format.count ?? Infinity);
  const wanted = Math.min(shown - start, count);
  const stride = array.stride ?? element.size;
  const length = wanted * stride;
  if (wanted < MANY || stride < element.size || length > MAX_BYTES) return undefined;
  const first = Number(value.address) + start * stride;
  if (!Number.isSafeInteger(first + length)) return undefined;
  const bytes = value.read(BigInt(first), length);
  if (bytes.length < length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const { suffix } = node;
  const begin = expression === undefined ? undefined : operand(expression);
  const shownBy = node.presenterFor(hex);
  const type = typeText(array.element);
  const lines: DebugProtocol.Variable[] = [];
  for (let i = 0; i < wanted; i++) {
    const name = `[${start + i + array.lowerBound}]`;
    lines.push({
      name,
      value: shownBy.scalarText(read(view, i * stride), element),
      type,
      evaluateName: begin === undefined ? undefined : begin + name + suffix,
      memoryReference: formatAddress(first + i * stride),
      variablesReference: 0,
    });
  }
  return lines;
}

function isScalar(type: BareType): type is Scalar {
  return type.kind === 'integer' || type.kind === 'float' || type.kind === 'enum';
}

function sign({ isSigned }: { readonly isSigned: boolean }): 's' | 'u' {
  return isSigned ? 's' : 'u';
}

/** By signedness and bytes. */
const READERS: Readonly<Record<string, (view: DataView, at: number) => bigint>> = {
  s1: (view, at) => BigInt(view.getInt8(at)),
  u1: (view, at) => BigInt(view.getUint8(at)),
  s2: (view, at) => BigInt(view.getInt16(at, true)),
  u2: (view, at) => BigInt(view.getUint16(at, true)),
  s4: (view, at) => BigInt(view.getInt32(at, true)),
  u4: (view, at) => BigInt(view.getUint32(at, true)),
  s8: (view, at) => view.getBigInt64(at, true),
  u8: (view, at) => view.getBigUint64(at, true),
};
