/** What may be written next in an expression: names that are visible, members, registers. */
import { bareType, type StructType } from '../symbols/data/types';
import { typeName } from '../symbols/data/typenames';
import type { EvaluationContext } from './context';
import { completeType, type DataObject } from './dataobject';
import { ExpressionError } from './errors';
import { compileExpression, evaluate } from './expression';
import { tokenize, type Token } from './lexer';
import { findMember, memberNames } from './members';
import { toObject } from './places';
import { REGISTER_NAMES } from './registers';

export type CompletionKind = 'variable' | 'member' | 'function' | 'type' | 'enumerator' | 'namespace' | 'register';

export interface Completion {
  readonly label: string;
  readonly kind: CompletionKind;
  /** The type of a member. */
  readonly detail?: string;
  /** What it replaces: a 0-based offset into the text, and a length. */
  readonly start: number;
  readonly length: number;
}

const MAX_ITEMS = 500;

/** The word before the cursor, scopes included. */
const WORD = /(?:::)?(?:[\p{L}_][\p{L}\p{N}_]*(?:<[^<>]*>)?::)*(?:[\p{L}_][\p{L}\p{N}_]*)?$/u;

/**
 * Completions at a position of an expression. Never throws; nothing of the program is changed or called.
 * @param column 0-based offset of the cursor into the text
 */
export function completions(text: string, column: number, context: EvaluationContext): readonly Completion[] {
  const before = text.slice(0, column);
  const dollar = /\$(\w*)$/.exec(before);
  if (dollar) return dollarNames(dollar[1]!, dollar.index, context);
  const member = /(?:\.|->)\s*([\p{L}_][\p{L}\p{N}_]*|\d*)$/u.exec(before);
  // A decimal point has nothing behind it but digits.
  if (/(?:^|[^\w.$)\]])\d[\d']*\.\w*$/.test(before)) return [];
  if (member) {
    const object = objectBefore(before.slice(0, member.index));
    return object === undefined ? [] : membersOf(object, member[1]!, column, context);
  }
  const word = WORD.exec(before)![0];
  const at = word.lastIndexOf('::');
  const last = word.slice(at < 0 ? 0 : at + 2);
  const place = { start: column - last.length, length: last.length };
  const visible = context.scope?.names(word, MAX_ITEMS) ?? [];
  // Names of a scope may come with it or without: what is replaced is the last part.
  const found = visible.map(({ name, kind }) => ({ label: name.replace(/^.*::/s, ''), kind, ...place }));
  const inside = at < 0 ? [] : membersOfScope(word.slice(0, at), last, context).map((each) => ({ ...each, ...place }));
  return [...found, ...inside];
}

/** What a type's name and `::` lead to: enumerators, static members, member functions. Types of other files are not waited for. */
function membersOfScope(
  qualifier: string,
  prefix: string,
  context: EvaluationContext,
): readonly { readonly label: string; readonly kind: CompletionKind }[] {
  const type = (context.scope?.nearest ?? context.scope)?.type(qualifier.replace(/^::/, ''));
  const bare = type && bareType(type);
  const named = (kind: CompletionKind, names: readonly { readonly name: string }[]) =>
    names.filter(({ name }) => name.startsWith(prefix)).map(({ name }) => ({ label: name, kind }));
  if (bare?.kind === 'enum') return named('enumerator', bare.enumerators);
  if (bare?.kind !== 'struct') return [];
  return [...named('member', bare.staticMembers), ...named('function', bare.methods)];
}

function dollarNames(prefix: string, start: number, context: EvaluationContext): readonly Completion[] {
  const own = [...(context.variables?.names() ?? [])].map((name) => ({ name, kind: 'variable' as const }));
  const registers = REGISTER_NAMES.map((name) => ({ name, kind: 'register' as const }));
  return [...own, ...registers]
    .filter(({ name }) => name.toLowerCase().startsWith(prefix.toLowerCase()))
    .map(({ name, kind }) => ({ label: `$${name}`, kind, start, length: prefix.length + 1 }));
}

/** The operand of a member access: the longest text before it that is postfix expressions only. */
function objectBefore(text: string): string | undefined {
  let tokens: readonly Token[];
  try {
    tokens = tokenize(text);
  } catch {
    return undefined;
  }
  let at = tokens.length - 2;
  let start: number | undefined;
  for (;;) {
    const operand = operandEndingAt(tokens, at);
    if (operand === undefined) return start === undefined ? undefined : text.slice(start);
    start = tokens[operand]!.start;
    const before = tokens[operand - 1];
    if (before?.kind !== 'operator' || (before.text !== '.' && before.text !== '->')) return text.slice(start);
    at = operand - 2;
  }
}

/** Where the operand begins that ends at a token: a name, a parenthesis, either with indices behind. */
function operandEndingAt(tokens: readonly Token[], end: number): number | undefined {
  let at = end;
  for (;;) {
    const token = tokens[at];
    if (!token) return undefined;
    if (token.kind === 'name' || token.kind === 'dollar' || token.kind === 'string') return at;
    if (token.kind !== 'operator' || (token.text !== ']' && token.text !== ')')) return undefined;
    const open = opening(tokens, at);
    if (open === undefined) return undefined;
    const previous = tokens[open - 1];
    const isCalled = previous?.kind === 'name' || (previous?.kind === 'operator' && /^[\])]$/.test(previous.text));
    if (token.text === ')' && !isCalled) return open;
    at = open - 1;
  }
}

function opening(tokens: readonly Token[], close: number): number | undefined {
  let depth = 0;
  for (let at = close; at >= 0; at--) {
    const token = tokens[at]!;
    if (token.kind !== 'operator') continue;
    if (token.text === ')' || token.text === ']') depth++;
    else if ((token.text === '(' || token.text === '[') && --depth === 0) return at;
  }
  return undefined;
}

function membersOf(object: string, prefix: string, column: number, context: EvaluationContext): readonly Completion[] {
  const compiled = compileExpression(object);
  if (compiled instanceof ExpressionError) return [];
  const value = evaluate(compiled, { ...context, write: undefined, call: undefined });
  if (value instanceof ExpressionError) return [];
  const items = new Map<string, Completion>();
  try {
    for (const struct of structuresOf(context, toObject(context, value))) {
      for (const name of memberNames(struct)) {
        if (!name.toLowerCase().startsWith(prefix.toLowerCase()) || items.has(name)) continue;
        const label = name.replace(/^__(?=\d+$)/, '');
        items.set(name, { label, ...describe(struct, name), start: column - prefix.length, length: prefix.length });
      }
    }
  } catch {
    // A wild pointer on the way: what was found so far is what there is.
  }
  return [...items.values()].slice(0, MAX_ITEMS);
}

function describe(struct: StructType, name: string): { readonly kind: CompletionKind; readonly detail?: string } {
  const member = findMember(struct, name)?.at(-1);
  if (member) return { kind: 'member', detail: typeName(member.type) };
  return struct.methods.some((method) => method.name === name) ? { kind: 'function' } : { kind: 'member' };
}

/** The structures whose members may follow: the object's own, what it points to, and what it really is. */
function structuresOf(context: EvaluationContext, value: DataObject): StructType[] {
  const object = value.referent();
  const target = object.bare.kind === 'pointer' ? object.dereference().referent() : object;
  const found: StructType[] = [];
  const add = (each: DataObject): void => {
    const bare = completeType(context, bareType(each.type));
    if (bare.kind === 'struct') found.push(bare);
  };
  add(target);
  add(target.dynamic());
  const pointee = context.format?.(target)?.pointee?.();
  if (pointee) add(target.as(pointee.type));
  return found;
}
