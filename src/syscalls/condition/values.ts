/** What names in conditions stand for: numbers and texts of decoded nodes. */
import { formatNode } from '../formatnode';
import type { DecodedCall, DecodedNode } from '../model';

/** A value may be a number, a text, or both: `O_RDONLY` of a constant, the path behind a descriptor. */
export interface Value {
  readonly number?: bigint;
  readonly text?: string;
}

/** What a name stands for; several where any of them may match (`path`), none where the call has no such thing. */
export type Values = readonly Value[];

export interface Subject {
  readonly call: DecodedCall;
  readonly tid: number;
}

const asText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

export function valueOfNode(node: DecodedNode): Value | undefined {
  switch (node.type) {
    case 'number':
    case 'address':
      return { number: node.value };
    case 'constant':
      return { text: formatNode(node), ...(node.raw === undefined ? {} : { number: signedWhereNamed(node.raw) }) };
    case 'string':
      return { text: asText(node.bytes) };
    case 'fd':
      return { number: BigInt(node.value), ...(node.target === undefined ? {} : { text: node.target }) };
    case 'expression': {
      // htons(80) is 80 to whoever writes a condition; makedev(…) is the device number.
      const only = node.args.length === 1 ? valueOfNode(node.args[0]!) : undefined;
      const number = only?.number ?? node.raw;
      return { text: only?.text ?? formatNode(node), ...(number === undefined ? {} : { number }) };
    }
    case 'change':
      return valueOfNode(node.after);
    case 'pending':
      return node.before ? valueOfNode(node.before) : undefined;
    case 'array': {
      const only = node.kind === 'pointer' ? node.items[0] : undefined;
      return only ? valueOfNode(only) : { text: formatNode(node), ...rawOf(node) };
    }
    case 'struct':
    case 'set':
    case 'text':
      return { text: formatNode(node), ...rawOf(node) };
  }
}

const rawOf = ({ raw }: DecodedNode): { number?: bigint } => (raw === undefined ? {} : { number: raw });

/** AT_FDCWD and the like are kept as the register has them; 32-bit negatives read as such. */
function signedWhereNamed(raw: bigint): bigint {
  return raw > 0xffff_ffff_0000_0000n ? BigInt.asIntN(64, raw) : raw === 0xffff_ff9cn ? -100n : raw;
}

function find(nodes: readonly DecodedNode[], name: string): DecodedNode | undefined {
  return nodes.find((node) => node.name === name);
}

const childrenOf = (node: DecodedNode): readonly DecodedNode[] => {
  switch (node.type) {
    case 'struct':
      return node.fields;
    case 'array':
      return node.items;
    case 'expression':
      return node.args;
    case 'change':
      return childrenOf(node.after);
    case 'pending':
      return node.before ? childrenOf(node.before) : [];
    default:
      return [];
  }
};

/** A step from a node to a part of it: a field's name or an index. */
export type Step = string | number;

/** The node of an argument, followed down to a field or element. */
export function nodeAt(call: DecodedCall, name: string, steps: readonly Step[]): DecodedNode | undefined {
  let node = find(call.args, name);
  for (const step of steps) {
    if (!node) return undefined;
    const children = childrenOf(node);
    node = typeof step === 'number' ? children[step] : find(children, step);
  }
  return node;
}

/** Every path among the arguments, of structures and arrays too. */
export function pathsOf(call: DecodedCall): Value[] {
  const found: Value[] = [];
  const visit = (nodes: readonly DecodedNode[]): void => {
    for (const node of nodes) {
      if (node.type === 'string' && node.kind === 'path') found.push({ text: asText(node.bytes) });
      else visit(childrenOf(node));
    }
  };
  visit(call.args);
  return found;
}

/** Every descriptor among the arguments. */
export function descriptorsOf(call: DecodedCall): Value[] {
  return call.args.flatMap((node) => (node.type === 'fd' ? [valueOfNode(node)!] : []));
}
