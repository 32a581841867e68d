/**
 * A Pratt parser for the expressions of C, C++ and Rust. What is a type and what is a value decides how `(a)(b)` reads,
 * so it asks the names of the frame; before there is a frame, only the syntax is checked.
 */
import type { ArithmeticOperator, BinaryOperator, CastStyle, Node, UnaryOperator } from './ast';
import type { Names } from './context';
import { ExpressionError, type Span } from './errors';
import type { Token } from './lexer';
import { MAX_HEIGHT, tooDeep, TokenStream } from './tokenstream';
import { TAGS, TypeParser, type NameOracle, type TemplateName } from './typeparser';
import { BOOL, INT, LONG, VOID, type Type } from './types';
import { namedType, TYPE_KEYWORDS } from './typewords';

export interface ParseOptions {
  /** What is visible where the expression will be evaluated, when that is known already. */
  readonly names?: Names;
}

const MAX_TEXT = 8192;

/** Binding powers of the infix operators (C17 6.5, C++20 [expr.compound], gdb's `@`, Rust's `as`), weakest first. */
const COMMA = 1;
const ASSIGNMENT = 2;
const CONDITIONAL = 3;
const REPEAT = 12;
const MEMBER_POINTER = 15;
const PREFIX = 16;
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
  ['@', REPEAT],
  ['+', 13],
  ['-', 13],
  ['*', 14],
  ['/', 14],
  ['%', 14],
  ['as', MEMBER_POINTER],
  ['.*', MEMBER_POINTER],
  ['->*', MEMBER_POINTER],
  ...['=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '<<=', '>>='].map((op): [string, number] => [
    op,
    ASSIGNMENT,
  ]),
  ['?', CONDITIONAL],
]);

const UNARY: ReadonlySet<string> = new Set(['+', '-', '!', '~', '*', '&']);
const CASTS: ReadonlyMap<string, CastStyle> = new Map<string, CastStyle>([
  ['static_cast', 'c'],
  ['reinterpret_cast', 'reinterpret'],
  ['const_cast', 'const'],
  ['dynamic_cast', 'dynamic'],
]);
const SIZES: ReadonlyMap<string, 'sizeof' | 'alignof'> = new Map<string, 'sizeof' | 'alignof'>([
  ['sizeof', 'sizeof'],
  ['alignof', 'alignof'],
  ['_Alignof', 'alignof'],
  ['__alignof__', 'alignof'],
]);
const PARTS: ReadonlyMap<string, '__real' | '__imag'> = new Map<string, '__real' | '__imag'>([
  ['__real', '__real'],
  ['__real__', '__real'],
  ['__imag', '__imag'],
  ['__imag__', '__imag'],
]);

/** Parses a whole expression; throws ExpressionError. Without an oracle, the tree is good for nothing but its errors. */
export function parseExpression(text: string, oracle?: NameOracle): Node {
  if (text.length > MAX_TEXT) {
    throw new ExpressionError(`the expression is longer than ${MAX_TEXT} characters`, { start: 0, end: text.length });
  }
  return new Parser(text, oracle).parseAll();
}

type Shape<N> = N extends Node ? Omit<N, 'height'> : never;

class Parser {
  private readonly tokens: TokenStream;
  private readonly types: TypeParser;
  private depth = 0;

  constructor(
    text: string,
    private readonly oracle: NameOracle | undefined,
  ) {
    this.tokens = new TokenStream(text);
    this.types = new TypeParser(this.tokens, oracle);
  }

  parseAll(): Node {
    const node = this.parse(0);
    const rest = this.tokens.peek();
    if (rest.kind !== 'end') {
      const { tokens } = this;
      const before = tokens.quote(node, tokens.previous());
      throw new ExpressionError(`expected an operator after '${before}', found '${tokens.quote(rest, rest)}'`, rest);
    }
    return node;
  }

  /** An expression whose operators all bind tighter than `power`. */
  private parse(power: number): Node {
    if (++this.depth > MAX_HEIGHT) throw tooDeep(this.tokens.peek());
    let left = this.parsePrefix();
    for (;;) {
      const token = this.tokens.peek();
      if (token.kind !== 'operator' && !this.tokens.isAt('as')) break;
      const its = POWERS.get((token as Token & { text: string }).text);
      if (its === undefined || its <= power) break;
      this.tokens.next();
      left = this.parseInfix(left, (token as Token & { text: string }).text, its);
    }
    this.depth--;
    return left;
  }

  private parseInfix(left: Node, operator: string, power: number): Node {
    const { start } = left;
    switch (power) {
      case CONDITIONAL: {
        const yes = this.parse(0);
        this.tokens.expect(':', left);
        const no = this.parse(CONDITIONAL - 1);
        return node({ kind: 'conditional', test: left, yes, no, start, end: no.end }, left, yes, no);
      }
      case ASSIGNMENT: {
        const value = this.parse(ASSIGNMENT - 1);
        const arithmetic = operator === '=' ? undefined : (operator.slice(0, -1) as ArithmeticOperator);
        return node({ kind: 'assign', operator: arithmetic, target: left, value, start, end: value.end }, left, value);
      }
      case MEMBER_POINTER: {
        if (operator === 'as') return this.cast('c', this.typeAfter(left), left, start, this.tokens.previous().end);
        const pointer = this.parse(power);
        return node({ kind: 'memberPointer', object: left, pointer, start, end: pointer.end }, left, pointer);
      }
      case REPEAT: {
        const count = this.parse(power);
        return node({ kind: 'repeat', first: left, count, start, end: count.end }, left, count);
      }
      default: {
        const right = this.parse(power);
        const shape = {
          kind: 'binary',
          operator: operator as BinaryOperator,
          left,
          right,
          start,
          end: right.end,
        } as const;
        return node(shape, left, right);
      }
    }
  }

  private parsePrefix(): Node {
    const token = this.tokens.next();
    const { start, end } = token;
    switch (token.kind) {
      case 'number':
        return this.parsePostfix(node({ kind: 'number', value: token.value, type: token.type, start, end }));
      case 'float':
        return this.parsePostfix(node({ kind: 'float', value: token.value, type: token.type, start, end }));
      case 'string':
        return this.parsePostfix(this.strings(token));
      case 'dollar':
        return this.parsePostfix(node({ kind: 'dollar', name: token.text, start, end }));
      case 'name':
        return this.parseWord(token);
      case 'operator':
        return this.parsePrefixOperator(token);
      case 'end':
        throw this.tokens.expectedOperand(token);
    }
  }

  private parsePrefixOperator(token: Token & { kind: 'operator' }): Node {
    const { start, text } = token;
    if (text === '(') return this.parseParenthesis(token);
    if (UNARY.has(text)) {
      if (text === '&') this.tokens.accept('mut');
      const operand = this.parse(PREFIX);
      return node({ kind: 'unary', operator: text as UnaryOperator, operand, start, end: operand.end }, operand);
    }
    if (text === '++' || text === '--') {
      const operand = this.parse(PREFIX);
      const operator = text === '++' ? '+' : '-';
      return node({ kind: 'increment', operator, result: 'new', operand, start, end: operand.end }, operand);
    }
    if (text === '&&') throw new ExpressionError("addresses of labels ('&&') are not supported", token);
    throw this.tokens.expectedOperand(token);
  }

  /** Adjacent literals are one (C17 6.4.5). */
  private strings(first: Token & { kind: 'string' }): Node {
    let { bytes, text, end } = first;
    for (let token = this.tokens.peek(); token.kind === 'string'; token = this.tokens.peek()) {
      if (token.element.size !== first.element.size) {
        throw new ExpressionError('strings of different characters cannot be joined', token);
      }
      this.tokens.next();
      bytes = Buffer.concat([bytes, token.bytes]);
      text += token.text;
      end = token.end;
    }
    return node({ kind: 'string', bytes, text, element: first.element, start: first.start, end });
  }

  private parseWord(token: Token & { kind: 'name' }): Node {
    const { text, start, end } = token;
    const size = SIZES.get(text);
    if (size) return this.parseSizeof(size, token);
    const style = CASTS.get(text);
    if (style && this.tokens.isAt('<')) return this.parseCppCast(style, token);
    const part = PARTS.get(text);
    if (part) {
      const operand = this.parse(PREFIX);
      return node({ kind: 'unary', operator: part, operand, start, end: operand.end }, operand);
    }
    const constant = this.constant(token);
    if (constant) return this.parsePostfix(constant);
    const construction = this.parseFunctionalCast(token);
    if (construction) return this.parsePostfix(construction);
    if (TYPE_KEYWORDS.has(text) || TAGS.has(text) || (!this.oracle?.isValue(text) && this.isType(text))) {
      throw new ExpressionError(`'${text}' is a type; write a cast as (type)expression`, token);
    }
    const template = this.templateValue();
    if (template) return this.parsePostfix(node({ kind: 'name', name: template.name, start, end: template.end }));
    return this.parsePostfix(node({ kind: 'name', name: text, start, end }));
  }

  /** Words that mean a value unless the program gives them another meaning. */
  private constant({ text, start, end }: Token & { kind: 'name' }): Node | undefined {
    switch (text) {
      case 'true':
      case 'false':
        return node({ kind: 'number', value: text === 'true' ? 1n : 0n, type: BOOL, start, end });
      case 'nullptr':
        return node({ kind: 'null', start, end });
      case 'NULL':
        return this.oracle?.isValue(text) ? undefined : node({ kind: 'null', start, end });
      default:
        return undefined;
    }
  }

  private isType(name: string): boolean {
    return (this.oracle?.type(name) ?? namedType(name)) !== undefined;
  }

  /** `name<arguments>` where the program has such a value, or it is called like one. The name has just been passed. */
  private templateValue(): TemplateName | undefined {
    const { tokens } = this;
    const after = tokens.position;
    tokens.moveTo(after - 1);
    const template = this.types.templateName();
    if (template) {
      tokens.moveTo(template.position);
      if (this.oracle?.isValue(template.name) === true || tokens.isAt('(')) return template;
    }
    tokens.moveTo(after);
    return undefined;
  }

  private cast(style: CastStyle, type: Type, operand: Node, start: number, end: number): Node {
    return node({ kind: 'cast', style, type, operand, start, end }, operand);
  }

  private typeAfter(span: Span): Type {
    const type = this.types.parse();
    if (type) return type;
    const token = this.tokens.peek();
    const found = token.kind === 'end' ? '' : `, found '${this.tokens.quote(token, token)}'`;
    throw new ExpressionError(
      `expected a type after '${this.tokens.quote(span, this.tokens.previous())}'${found}`,
      token,
    );
  }

  private parseParenthesis(open: Token): Node {
    const { tokens } = this;
    const start = tokens.position;
    const first = tokens.peek();
    const type = this.types.parse();
    if (type) {
      if (tokens.accept(')')) {
        const operand = this.parse(PREFIX);
        return this.cast('c', type, operand, open.start, operand.end);
      }
      const isConstruction = tokens.isAt('(') || tokens.isAt('{');
      if (first.kind === 'name' && TYPE_KEYWORDS.has(first.text) && !isConstruction) tokens.expect(')', open);
      tokens.moveTo(start);
    }
    const inner = this.parse(0);
    const close = tokens.expect(')', inner);
    // The tree needs no node for parentheses, but messages quote them.
    return this.parsePostfix({ ...inner, start: open.start, end: close.end });
  }

  /** `int(x)`, `Point{}`: a type and what it is made of. The first word has just been passed. */
  private parseFunctionalCast(first: Token & { kind: 'name' }): Node | undefined {
    const { tokens } = this;
    const after = tokens.position;
    // With nobody to ask, braces can follow nothing but a type.
    const type = this.constructedType(first) ?? (this.oracle === undefined && tokens.isAt('{') ? VOID : undefined);
    const open = tokens.peek();
    if (!type || !(tokens.isAt('(') || tokens.isAt('{'))) {
      tokens.moveTo(after);
      return undefined;
    }
    tokens.next();
    const isBraced = tokens.previous().end - open.start === 1 && tokens.text[open.start] === '{';
    const close = isBraced ? '}' : ')';
    const operand = tokens.isAt(close)
      ? node({ kind: 'number', value: 0n, type: INT, start: open.start, end: open.end })
      : this.parse(COMMA);
    const { end } = tokens.expect(close, open);
    return this.cast('c', type, operand, first.start, end);
  }

  private constructedType(first: Token & { kind: 'name' }): Type | undefined {
    const { tokens } = this;
    if (TYPE_KEYWORDS.has(first.text)) {
      if (!tokens.isAt('(') && !tokens.isAt('{')) return undefined;
    } else if (this.oracle?.isValue(first.text)) return undefined;
    const after = tokens.position;
    tokens.moveTo(after - 1);
    const template = TYPE_KEYWORDS.has(first.text) ? undefined : this.types.templateName();
    const type = template && this.oracle?.type(template.name);
    tokens.moveTo(type ? template.position : after);
    return (
      type ??
      (TYPE_KEYWORDS.has(first.text)
        ? this.keywordType(after)
        : (this.oracle?.type(first.text) ?? namedType(first.text)))
    );
  }

  private keywordType(after: number): Type | undefined {
    const { tokens } = this;
    const word = tokens.previous();
    tokens.moveTo(after);
    return new TypeParser(new TokenStream(tokens.text.slice(word.start, word.end)), undefined).parse();
  }

  private parsePostfix(operand: Node): Node {
    let base = operand;
    for (;;) {
      const token = this.tokens.peek();
      if (token.kind !== 'operator') return base;
      switch (token.text) {
        case '[':
          base = this.parseIndex(base, token);
          break;
        case '.':
        case '->':
          base = this.parseMember(base, token);
          break;
        case '(':
          base = this.parseCall(base);
          break;
        case '++':
        case '--': {
          this.tokens.next();
          const operator = token.text === '++' ? '+' : '-';
          const shape = { kind: 'increment', operator, result: 'old', operand: base } as const;
          base = node({ ...shape, start: base.start, end: token.end }, base);
          break;
        }
        default:
          return base;
      }
    }
  }

  private parseIndex(base: Node, open: Token): Node {
    const { tokens } = this;
    tokens.next();
    const from = tokens.isAt('..') || tokens.isAt('..=') ? undefined : this.parse(0);
    const isInclusive = tokens.isAt('..=');
    if (isInclusive || tokens.isAt('..')) {
      const dots = tokens.next();
      const last = this.parse(0);
      const one = node({ kind: 'number', value: 1n, type: LONG, start: dots.start, end: dots.end });
      const to = isInclusive
        ? node({ kind: 'binary', operator: '+', left: last, right: one, start: last.start, end: last.end }, last, one)
        : last;
      const { end } = tokens.expect(']', open);
      const children = from ? [base, from, to] : [base, to];
      return node({ kind: 'range', base, from, to, start: base.start, end }, ...children);
    }
    const index = from!;
    const { end } = tokens.expect(']', index);
    return node({ kind: 'index', base, index, start: base.start, end }, base, index);
  }

  private parseMember(object: Node, operator: Token & { kind: 'operator' }): Node {
    const { tokens } = this;
    tokens.next();
    tokens.accept('template');
    const isDestructor = tokens.isAt('~') && tokens.peek(1).kind === 'name';
    if (isDestructor) tokens.next();
    const name = tokens.next();
    if (name.kind !== 'name') {
      throw new ExpressionError(`expected the name of a member after '${operator.text}'`, name);
    }
    const template = this.templateValue();
    const text = `${isDestructor ? '~' : ''}${template?.name ?? name.text}`;
    const end = template?.end ?? name.end;
    return node(
      {
        kind: 'member',
        object,
        name: text,
        nameSpan: { start: name.start, end },
        isArrow: operator.text === '->',
        start: object.start,
        end,
      },
      object,
    );
  }

  private parseCall(callee: Node): Node {
    const { tokens } = this;
    const open = tokens.next();
    const args: Node[] = [];
    if (!tokens.isAt(')')) {
      do args.push(this.parse(COMMA));
      while (tokens.accept(','));
    }
    const { end } = tokens.expect(')', args[args.length - 1] ?? open);
    return node({ kind: 'call', callee, args, start: callee.start, end }, callee, ...args);
  }

  private parseSizeof(kind: 'sizeof' | 'alignof', keyword: Token): Node {
    const { tokens } = this;
    const open = tokens.peek();
    if (tokens.isAt('(')) {
      const start = tokens.position;
      tokens.next();
      const type = this.types.parse();
      if (type && tokens.isAt(')')) {
        const { end } = tokens.expect(')', open);
        return node({ kind: kind === 'sizeof' ? 'sizeofType' : 'alignofType', type, start: keyword.start, end });
      }
      tokens.moveTo(start);
    }
    const operand = this.parse(PREFIX);
    return node({ kind, operand, start: keyword.start, end: operand.end }, operand);
  }

  /** `static_cast<type>(operand)` */
  private parseCppCast(style: CastStyle, keyword: Token): Node {
    const { tokens } = this;
    const open = tokens.next();
    const type = this.typeAfter(keyword);
    tokens.expect('>', open);
    const parenthesis = tokens.expect('(', keyword);
    const operand = this.parse(0);
    const { end } = tokens.expect(')', parenthesis);
    return this.parsePostfix(this.cast(style, type, operand, keyword.start, end));
  }
}

function node(shape: Shape<Node>, ...children: readonly Node[]): Node {
  let height = 1;
  for (const child of children) height = Math.max(height, child.height + 1);
  if (height > MAX_HEIGHT) throw tooDeep(shape);
  return { ...shape, height };
}
