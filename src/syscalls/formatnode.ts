/** The text of a decoded value, as strace writes it. */
import type { ArrayNode, ConstantNode, DecodedNode, SetNode, StringNode, StructNode } from './model';
import { quoteBytes } from './quote';

function inBase(value: bigint, base: 'dec' | 'hex' | 'oct' | undefined): string {
  switch (base) {
    case 'oct':
      return `0${value.toString(8)}`.padStart(3, '0');
    case 'hex':
      return value === 0n ? '0' : value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
    default:
      return value.toString();
  }
}

const withComment = (text: string, comment: string | undefined): string =>
  comment === undefined ? text : `${text} /* ${comment} */`;

function formatConstant({ names, rest, restBase, comment }: ConstantNode): string {
  const named = names.join('|');
  if (rest === undefined) return withComment(named, comment);
  if (restBase === 'oct') return names.length === 0 ? inBase(rest, 'oct') : `${named}|${inBase(rest, 'oct')}`;
  const number = inBase(rest, restBase);
  return withComment(named === '' ? number : `${named}|${number}`, comment);
}

function formatStruct({ fields, more, comment }: StructNode): string {
  const parts = fields.map(formatNamed);
  if (more) parts.push('...');
  return withComment(`{${parts.join(', ')}}`, comment);
}

function formatArray({ items, more, unreadable }: ArrayNode): string {
  const parts = items.map(formatNamed);
  if (more) parts.push('...');
  if (unreadable !== undefined) parts.push(`... /* 0x${unreadable.toString(16)} */`);
  return `[${parts.join(', ')}]`;
}

function formatSet({ members, inverted }: SetNode): string {
  return `${inverted ? '~' : ''}[${members.join(' ')}]`;
}

function formatString({ kind, bytes, truncated }: StringNode): string {
  if (kind === 'random')
    return `"${Buffer.from(bytes).toString('hex').replace(/../g, '\\x$&')}"${truncated ? '...' : ''}`;
  return `${kind === 'abstract' ? '@' : ''}${quoteBytes(bytes, truncated)}`;
}

/** A value without its name. */
export function formatNode(node: DecodedNode): string {
  switch (node.type) {
    case 'number':
      return withComment(inBase(node.value, node.base), node.comment);
    case 'address':
      return withComment(node.value === 0n ? 'NULL' : `0x${node.value.toString(16)}`, node.comment);
    case 'constant':
      return formatConstant(node);
    case 'string':
      return formatString(node);
    case 'fd':
      return node.target === undefined ? String(node.value) : `${node.value}<${node.target}>`;
    case 'struct':
      return formatStruct(node);
    case 'array':
      return formatArray(node);
    case 'set':
      return formatSet(node);
    case 'expression':
      return `${node.callee}(${node.args.map(formatNode).join(', ')})`;
    case 'change':
      return formatChange(formatNode(node.before), formatNode(node.after), node.bracketed);
    case 'text':
      return node.text;
    case 'pending':
      return node.before ? formatNode(node.before) : '';
  }
}

function formatChange(before: string, after: string, bracketed: boolean): string {
  const both = before === after ? after : `${before} => ${after}`;
  return bracketed ? `[${both}]` : both;
}

/** `name=value` of a field; the value alone where it has no name. */
export function formatNamed(node: DecodedNode): string {
  return node.name === undefined ? formatNode(node) : `${node.name}=${formatNode(node)}`;
}
