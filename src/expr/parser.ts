/**
 * A Pratt parser for C expressions: each operator has a binding power, and one loop climbs them. Casts need to know
 * which names are types; `isType` asks whoever knows the program's own types.
 */
import type { ArithmeticOperator, BinaryOperator, Node, UnaryOperator } from './ast';
import { ExpressionError, type Span } from './errors';
import { tokenize, type Token } from './lexer';
import { namedType, pointerTo, TYPE_KEYWORDS, typeOfKeywords, type Type } from './types';

export interface ParseOptions {
  /** The type of that name in the program being debugged; the built-in names are known already. */
  readonly isType?: (name: string) => Type | undefined;
}

/** Trees higher than this are refused, so that no walk over one can exhaust the stack. */
const MAX_HEIGHT = 256;
const MAX_TEXT = 8192;

/** Binding powers of the infix operators (C17 6.5), weakest first. */
const COMMA = 1;
const ASSIGNMENT = 2;
const CONDITIONAL = 3;
const POWERS: ReadonlyMap<string, number> = new Map<string, number>([
  [',', COMMA],
  ['||', 4],
  ['&&', 5],
  ['|', 6],
  ['^', 7],
  ['&', 8],
  ['==', 9],
  ['!=', 9],
  ['<', 10],
  ['<=', 10],
  ['>', 10],
  ['>=', 10],
  ['<<', 11],
  ['>>', 11],
  ['+', 12],
  ['-', 12],
  ['*', 13],
  ['/', 13],
  ['%', 13],
  ...['=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '<<=', '>>='].map((op): [string, number] => [
    op,
    ASSIGNMENT,
  ]),
  ['?', CONDITIONAL],
]);
const PREFIX = 14;

const UNARY: ReadonlySet<string> = new Set(['+', '-', '!', '~', '*', '&']);
const QUALIFIERS: ReadonlySet<string> = new Set(['const', 'volatile', 'restrict']);
const TAGS: ReadonlySet<string> = new Set(['struct', 'union', 'enum', 'class']);

/** Parses a whole expression; throws ExpressionError. */
export function parseExpression(text: string, options: ParseOptions = {}): Node {
  if (text.length > MAX_TEXT) {
    throw new ExpressionError(`the expression is longer than ${MAX_TEXT} characters`, { start: 0, end: text.length });
  }
  return new Parser(text, options).parseAll();
}

type Shape<N> = N extends Node ? Omit<N, 'height'> : never;

class Parser {
  private readonly tokens: Token[];
  private at = 0;
  private depth = 0;

  constructor(
    private readonly text: string,
    private readonly options: ParseOptions,
  ) {
    this.tokens = tokenize(text);
  }

  parseAll(): Node {
    const node = this.parse(0);
    const rest = this.peek();
    if (rest.kind !== 'end') throw this.unexpected(rest, node);
    return node;
  }

  /** An expression whose operators all bind tighter than `power`. */
  private parse(power: number): Node {
    if (++this.depth > MAX_HEIGHT) throw tooDeep(this.peek());
    let left = this.parsePrefix();
    for (;;) {
      const token = this.peek();
      if (token.kind !== 'operator') break;
      const its = POWERS.get(token.text);
      if (its === undefined || its <= power) break;
      this.at++;
      left = this.parseInfix(left, token.text, its);
    }
    this.depth--;
    return left;
  }

  private parseInfix(left: Node, operator: string, power: number): Node {
    if (operator === '?') {
      const yes = this.parse(0);
      this.expect(':', left);
      const no = this.parse(CONDITIONAL - 1);
      return node({ kind: 'conditional', test: left, yes, no, start: left.start, end: no.end }, left, yes, no);
    }
    if (power === ASSIGNMENT) {
      const value = this.parse(ASSIGNMENT - 1);
      const arithmetic = operator === '=' ? undefined : (operator.slice(0, -1) as ArithmeticOperator);
      const shape = {
        kind: 'assign',
        operator: arithmetic,
        target: left,
        value,
        start: left.start,
        end: value.end,
      } as const;
      return node(shape, left, value);
    }
    const right = this.parse(power);
    const shape = {
      kind: 'binary',
      operator: operator as BinaryOperator,
      left,
      right,
      start: left.start,
      end: right.end,
    } as const;
    return node(shape, left, right);
  }

  private parsePrefix(): Node {
    const token = this.next();
    const { start, end } = token;
    switch (token.kind) {
      case 'number':
        return this.parsePostfix(node({ kind: 'number', value: token.value, type: token.type, start, end }));
      case 'register':
        return this.parsePostfix(node({ kind: 'register', name: token.text, start, end }));
      case 'name':
        if (token.text === 'sizeof') return this.parseSizeof(token);
        if (TYPE_KEYWORDS.has(token.text) || TAGS.has(token.text)) {
          throw new ExpressionError(`'${token.text}' is a type; write a cast as (type)expression`, token);
        }
        return this.parsePostfix(node({ kind: 'name', name: token.text, start, end }));
      case 'operator':
        if (token.text === '(') return this.parseParenthesis(token);
        if (UNARY.has(token.text)) {
          const operand = this.parse(PREFIX);
          const operator = token.text as UnaryOperator;
          return node({ kind: 'unary', operator, operand, start, end: operand.end }, operand);
        }
        throw unsupported(token) ?? this.expectedOperand(token);
      case 'end':
        throw this.expectedOperand(token);
    }
  }

  private parseParenthesis(open: Token): Node {
    const type = this.parseTypeName();
    if (type) {
      this.expect(')', open);
      const operand = this.parse(PREFIX);
      return node({ kind: 'cast', type, operand, start: open.start, end: operand.end }, operand);
    }
    const inner = this.parse(0);
    const close = this.expect(')', inner);
    // The tree needs no node for parentheses, but messages quote them.
    return this.parsePostfix({ ...inner, start: open.start, end: close.end });
  }

  private parsePostfix(operand: Node): Node {
    let base = operand;
    for (;;) {
      const token = this.peek();
      if (token.kind !== 'operator') return base;
      if (token.text === '[') {
        this.at++;
        const index = this.parse(0);
        const close = this.expect(']', index);
        base = node({ kind: 'index', base, index, start: base.start, end: close.end }, base, index);
        continue;
      }
      const error = unsupported(token);
      if (error) throw error;
      if (token.text === '(') throw new ExpressionError('calling functions is not supported', token);
      return base;
    }
  }

  private parseSizeof(keyword: Token): Node {
    const open = this.peek();
    if (open.kind === 'operator' && open.text === '(') {
      this.at++;
      const type = this.parseTypeName();
      if (type) {
        const { end } = this.expect(')', open);
        return node({ kind: 'sizeofType', type, start: keyword.start, end });
      }
      this.at--;
    }
    const operand = this.parse(PREFIX);
    return node({ kind: 'sizeof', operand, start: keyword.start, end: operand.end }, operand);
  }

  /** A type name as in a cast (C17 6.7.7), without arrays and function types; undefined when none stands here. */
  private parseTypeName(): Type | undefined {
    const first = this.peek();
    const base = this.parseTypeSpecifiers();
    if (!base) return undefined;
    let type = base;
    for (let stars = 0; ; stars++) {
      const token = this.peek();
      if (token.kind === 'name' && QUALIFIERS.has(token.text)) this.at++;
      else if (token.kind === 'operator' && token.text === '*') {
        if (stars >= MAX_HEIGHT) throw tooDeep(first);
        this.at++;
        type = pointerTo(type);
      } else return type;
    }
  }

  private parseTypeSpecifiers(): Type | undefined {
    const first = this.peek();
    const keywords: string[] = [];
    let found: Type | undefined;
    let last = first;
    for (;;) {
      const token = this.peek();
      if (token.kind !== 'name') break;
      if (TYPE_KEYWORDS.has(token.text) && !found) keywords.push(token.text);
      else if (!QUALIFIERS.has(token.text)) {
        if (found || keywords.length > 0) break;
        found = this.parseNamedType(token);
        if (!found) break;
      }
      last = token;
      this.at++;
    }
    if (found) return found;
    if (keywords.length === 0) {
      if (last === first) return undefined;
      throw new ExpressionError(`expected a type after '${this.quote(first, last)}'`, last);
    }
    const span = { start: first.start, end: last.end };
    if (keywords.includes('float') || keywords.includes('double')) {
      throw new ExpressionError('floating-point types are not supported', span);
    }
    const type = typeOfKeywords(keywords);
    if (!type) throw new ExpressionError(`'${this.quote(first, last)}' is no type`, span);
    return type;
  }

  /** A type that goes by one name, or `struct name`; leaves the cursor on its last token. */
  private parseNamedType(token: Token & { kind: 'name' }): Type | undefined {
    if (!TAGS.has(token.text)) return this.options.isType?.(token.text) ?? namedType(token.text);
    const tag = this.tokens[this.at + 1];
    if (tag?.kind !== 'name') throw new ExpressionError(`expected a name after '${token.text}'`, token);
    const type = this.options.isType?.(`${token.text} ${tag.text}`);
    if (!type) {
      const span = { start: token.start, end: tag.end };
      throw new ExpressionError(`there is no type '${token.text} ${tag.text}'`, span);
    }
    this.at++;
    return type;
  }

  private peek(): Token {
    return this.tokens[this.at]!;
  }

  private next(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.at++;
    return token;
  }

  private expect(text: string, after: Span): Token {
    const token = this.peek();
    if (token.kind === 'operator' && token.text === text) return this.next();
    throw new ExpressionError(`expected '${text}' after '${this.quote(after, this.previous())}'`, token);
  }

  private previous(): Span {
    return this.tokens[Math.max(0, this.at - 1)]!;
  }

  private expectedOperand(token: Token): ExpressionError {
    if (this.tokens.length === 1) return new ExpressionError('expected an expression', token);
    const found = token.kind === 'end' ? '' : `, found '${this.quote(token, token)}'`;
    const before = this.tokens[this.tokens.indexOf(token) - 1];
    if (!before) return new ExpressionError(`expected a value${found}`, token);
    return new ExpressionError(`expected a value after '${this.quote(before, before)}'${found}`, token);
  }

  private unexpected(token: Token, after: Span): ExpressionError {
    const found = this.quote(token, token);
    return new ExpressionError(
      `expected an operator after '${this.quote(after, this.previous())}', found '${found}'`,
      token,
    );
  }

  /** The text from one place to another, shortened in the middle where it is long. */
  private quote(from: Span, to: Span): string {
    const text = this.text.slice(from.start, to.end);
    return text.length <= 40 ? text : `${text.slice(0, 18)}…${text.slice(-18)}`;
  }
}

/** What C has and these expressions do not; undefined for other tokens. */
function unsupported(token: Token & { kind: 'operator' }): ExpressionError | undefined {
  switch (token.text) {
    case '++':
    case '--':
      return new ExpressionError(`'${token.text}' is not supported; write += 1 or -= 1`, token);
    case '.':
    case '->':
      return new ExpressionError(`members of structures are not supported here`, token);
    default:
      return undefined;
  }
}

function tooDeep(span: Span): ExpressionError {
  return new ExpressionError('the expression is nested too deeply', span);
}

function node(shape: Shape<Node>, ...children: readonly Node[]): Node {
  let height = 1;
  for (const child of children) height = Math.max(height, child.height + 1);
  if (height > MAX_HEIGHT) throw tooDeep(shape);
  return { ...shape, height };
}
