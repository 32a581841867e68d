/** Constructors of nodes, so that kinds read as what they make. */
import type {
  AddressNode,
  ArrayNode,
  ConstantNode,
  DecodedNode,
  ExpressionNode,
  NumberNode,
  PendingNode,
  StringNode,
  StructNode,
  TextNode,
} from '../model';

export type Named = { readonly name?: string };
const named = (name: string | undefined): Named => (name === undefined ? {} : { name });

export function decimal(value: bigint, name?: string, kind = 'int'): NumberNode {
  return { type: 'number', kind, ...named(name), raw: BigInt.asUintN(64, value), value, base: 'dec' };
}

export function hexadecimal(value: bigint, name?: string, kind = 'hex'): NumberNode {
  return { type: 'number', kind, ...named(name), raw: value, value, base: 'hex' };
}

export function octal(value: bigint, name?: string, kind = 'mode'): NumberNode {
  return { type: 'number', kind, ...named(name), raw: value, value, base: 'oct' };
}

export function address(value: bigint, name?: string, kind = 'address'): AddressNode {
  return { type: 'address', kind, ...named(name), raw: value, value };
}

export function text(words: string, name?: string, kind = 'text', raw?: bigint): TextNode {
  return { type: 'text', kind, ...named(name), text: words, ...(raw === undefined ? {} : { raw }) };
}

export function string(
  bytes: Uint8Array,
  truncated: boolean,
  name?: string,
  kind = 'string',
  raw?: bigint,
): StringNode {
  return { type: 'string', kind, ...named(name), bytes, truncated, ...(raw === undefined ? {} : { raw }) };
}

export function struct(
  fields: readonly DecodedNode[],
  more: boolean,
  name?: string,
  kind = 'struct',
  raw?: bigint,
): StructNode {
  return { type: 'struct', kind, ...named(name), fields, more, ...(raw === undefined ? {} : { raw }) };
}

export function array(
  items: readonly DecodedNode[],
  more: boolean,
  name?: string,
  kind = 'array',
  raw?: bigint,
): ArrayNode {
  return { type: 'array', kind, ...named(name), items, more, ...(raw === undefined ? {} : { raw }) };
}

export function expression(callee: string, args: readonly DecodedNode[], name?: string, raw?: bigint): ExpressionNode {
  return {
    type: 'expression',
    kind: 'expression',
    ...named(name),
    callee,
    args,
    ...(raw === undefined ? {} : { raw }),
  };
}

export function constant(parts: Omit<ConstantNode, 'type' | 'name'>, name?: string): ConstantNode {
  return { type: 'constant', ...named(name), ...parts };
}

/** What the kernel has not written yet; `before` is what was there when the call went in. */
export function pending(raw: bigint, name?: string, before?: DecodedNode): PendingNode {
  return { type: 'pending', kind: 'pending', ...named(name), raw, ...(before === undefined ? {} : { before }) };
}

/** The same node under another name; without one, as an element of an array. */
export function renamed(node: DecodedNode, name: string | undefined): DecodedNode {
  return { ...node, name };
}
