/**
 * Reads the names of types as casts spell them: C's and C++'s type names (C17 6.7.7), with the abstract declarators
 * around them, template arguments in angle brackets, and Rust's spellings.
 */
import { bareType, type Type } from '../symbols/data/types';
import { ExpressionError } from './errors';
import type { Token } from './lexer';
import { MAX_HEIGHT, tooDeep, type TokenStream } from './tokenstream';
import { arrayOf, pointerTo, VOID } from './types';
import { namedType, TYPE_KEYWORDS, typeOfKeywords } from './typewords';

/** What the parsers ask about a word; what they cannot ask (before any frame is known) they tell by its looks. */
export interface NameOracle {
  /** The type of that name in the program. */
  readonly type: (name: string) => Type | undefined;
  /** Whether the program has a variable, a function or an enumerator of that name here. */
  readonly isValue: (name: string) => boolean;
}

const QUALIFIERS: ReadonlySet<string> = new Set(['const', 'volatile', 'restrict', '__restrict', 'mut', 'dyn']);
export const TAGS: ReadonlySet<string> = new Set(['struct', 'union', 'enum', 'class', 'typename']);

/** Longer lists of template arguments are no such thing. */
const MAX_TEMPLATE_TEXT = 4096;

/** A name with its template arguments, as it stands in the text. */
export interface TemplateName {
  readonly name: string;
  /** Position of the token after it. */
  readonly position: number;
  readonly end: number;
}

export class TypeParser {
  private depth = 0;

  constructor(
    private readonly tokens: TokenStream,
    private readonly oracle: NameOracle | undefined,
  ) {}

  /** The type name that stands here, up to what cannot be part of one; undefined when none does. */
  parse(): Type | undefined {
    if (++this.depth > MAX_HEIGHT) throw tooDeep(this.tokens.peek());
    const start = this.tokens.position;
    const type = this.rustType() ?? this.specifiers();
    const declared = type && this.declarator(type);
    this.depth--;
    if (!declared) this.tokens.moveTo(start);
    return declared;
  }

  /** `*const T`, `*mut T`, `&T`, `&mut T`, `[T]`, `[T; N]`. */
  private rustType(): Type | undefined {
    const { tokens } = this;
    if (tokens.isAt('*') && (tokens.isAt('const', 1) || tokens.isAt('mut', 1))) {
      tokens.moveTo(tokens.position + 2);
      const target = this.parse();
      return target && pointerTo(target);
    }
    if (tokens.isAt('&') && tokens.peek(1).kind === 'name') {
      tokens.next();
      tokens.accept('mut');
      const target = this.parse();
      return target && pointerTo(target);
    }
    if (!tokens.isAt('[')) return undefined;
    tokens.next();
    const element = this.parse();
    const count = element && tokens.accept(';') ? tokens.next() : undefined;
    if (!element || count?.kind !== 'number' || !tokens.accept(']')) return undefined;
    return arrayOf(element, Number(count.value));
  }

  /** `const unsigned long`, `struct point const`, `std::vector<int>`. */
  private specifiers(): Type | undefined {
    const { tokens } = this;
    const first = tokens.peek();
    const keywords: string[] = [];
    let found: Type | undefined;
    let isConst = false;
    let last = first;
    for (;;) {
      const token = tokens.peek();
      if (token.kind !== 'name') break;
      if (QUALIFIERS.has(token.text)) {
        isConst ||= token.text === 'const';
        tokens.next();
      } else if (TYPE_KEYWORDS.has(token.text)) {
        if (found) break;
        keywords.push(token.text);
        tokens.next();
      } else {
        if (found || keywords.length > 0) break;
        found = this.named(token);
        if (!found) break;
      }
      last = tokens.previous();
    }
    if (!found && keywords.length === 0) {
      if (last === first) return undefined;
      throw new ExpressionError(`expected a type after '${tokens.quote(first, last)}'`, last);
    }
    found ??= typeOfKeywords(keywords);
    if (!found) {
      throw new ExpressionError(`'${tokens.quote(first, last)}' is no type`, { start: first.start, end: last.end });
    }
    return isConst ? { kind: 'qualified', qualifier: 'const', target: found } : found;
  }

  /** A type that goes by a name, or `struct name`; passes it when it is one. */
  private named(token: Token & { kind: 'name' }): Type | undefined {
    const { tokens } = this;
    const start = tokens.position;
    const tag = TAGS.has(token.text) ? token.text : undefined;
    if (tag !== undefined) tokens.next();
    const name = tokens.peek();
    if (name.kind !== 'name') {
      if (tag === undefined) return undefined;
      throw new ExpressionError(`expected a name after '${tag}'`, token);
    }
    const template = this.templateName();
    for (const each of template ? [template, plain(name, tokens.position)] : [plain(name, tokens.position)]) {
      const type = this.typeNamed(each, tag, tokens);
      if (type) {
        tokens.moveTo(each.position);
        return type;
      }
    }
    if (tag !== undefined && tag !== 'typename') {
      const spelled = template?.name ?? name.text;
      throw new ExpressionError(`there is no type '${tag} ${spelled}'`, {
        start: token.start,
        end: template?.end ?? name.end,
      });
    }
    tokens.moveTo(start);
    return undefined;
  }

  private typeNamed({ name, position }: TemplateName, tag: string | undefined, tokens: TokenStream): Type | undefined {
    const { oracle } = this;
    if (tag !== undefined) {
      if (!oracle) return VOID;
      const found = oracle.type(name);
      const bare = found && bareType(found);
      return bare?.kind === 'struct' || bare?.kind === 'enum' || tag === 'typename' ? found : undefined;
    }
    // A variable hides a type of its name, unless a declarator follows as only types have them.
    const isDeclared = /^[*&]/.test(operatorText(tokens, position)) && endsDeclarator(tokens, position);
    if (oracle?.isValue(name) && !isDeclared) return undefined;
    const type = oracle?.type(name) ?? namedType(name);
    return type ?? (oracle === undefined && (isDeclared || looksLikeType(name, tokens, position)) ? VOID : undefined);
  }

  /** A name that is followed by something in angle brackets, taken as template arguments: `std::map<int, char>::node`. */
  templateName(): TemplateName | undefined {
    const { tokens } = this;
    const name = tokens.peek();
    if (name.kind !== 'name') return undefined;
    // Rust's turbofish, `Vec::<T>`, names the same type.
    const turbofish = tokens.isAt('::', 1) && tokens.isAt('<', 2);
    if (!turbofish && !tokens.isAt('<', 1)) return undefined;
    const open = tokens.peek(turbofish ? 2 : 1).start;
    const close = closingAngle(tokens.text, open);
    if (close === undefined) return undefined;
    let text = name.text + tokens.text.slice(open, close);
    let end = close;
    // What is declared inside the specialisation: `::iterator`, `::node<int>`.
    const rest = /^(?:::~?[\p{L}_][\p{L}\p{N}_]*)+/u.exec(tokens.text.slice(close));
    if (rest) {
      text += rest[0];
      end += rest[0].length;
      const again = tokens.text[end] === '<' ? closingAngle(tokens.text, end) : undefined;
      if (again !== undefined) {
        text += tokens.text.slice(end, again);
        end = again;
      }
    }
    const position = tokens.positionAt(end);
    return position === undefined ? undefined : { name: text, position, end };
  }

  /** Pointers, references and arrays around a type, also in parentheses: `*`, `(*)[3]`, `*const &`, `(*)(int)`. */
  private declarator(base: Type): Type | undefined {
    const { tokens } = this;
    if (++this.depth > MAX_HEIGHT) throw tooDeep(tokens.peek());
    const type = this.pointers(base);
    const inner = tokens.position;
    let skipped = 0;
    if (tokens.isAt('(') && (tokens.isAt('*', 1) || tokens.isAt('&', 1))) {
      skipped = this.skipParenthesis();
    }
    const outer = this.suffixes(type);
    this.depth--;
    if (skipped === 0) return outer;
    // The declarator in parentheses applies to what is made of the suffixes after it.
    const after = tokens.position;
    tokens.moveTo(inner + 1);
    const whole = this.declarator(outer);
    if (!tokens.isAt(')') || tokens.position !== skipped - 1) return undefined;
    tokens.moveTo(after);
    return whole;
  }

  private pointers(base: Type): Type {
    const { tokens } = this;
    const first = tokens.peek();
    let type = base;
    for (let count = 0; ; count++) {
      if (count > MAX_HEIGHT) throw tooDeep(first);
      const token = tokens.peek();
      if (token.kind === 'name' && QUALIFIERS.has(token.text)) tokens.next();
      else if (tokens.accept('*')) type = pointerTo(type);
      else if (tokens.accept('&&')) type = { kind: 'reference', target: type, isRvalue: true };
      else if (tokens.accept('&')) type = { kind: 'reference', target: type, isRvalue: false };
      else return type;
    }
  }

  /** Passes a parenthesised declarator; the position after it, or 0 when it does not close. */
  private skipParenthesis(): number {
    const { tokens } = this;
    const start = tokens.position;
    let depth = 0;
    do {
      if (tokens.isAt('(') || tokens.isAt('[')) depth++;
      else if (tokens.isAt(')') || tokens.isAt(']')) depth--;
      else if (tokens.peek().kind === 'end') {
        tokens.moveTo(start);
        return 0;
      }
      tokens.next();
    } while (depth > 0);
    return tokens.position;
  }

  private suffixes(element: Type): Type {
    const { tokens } = this;
    if (tokens.isAt('[')) {
      const start = tokens.position;
      tokens.next();
      const count = tokens.peek();
      if (count.kind === 'number') tokens.next();
      if (!tokens.accept(']')) {
        tokens.moveTo(start);
        return element;
      }
      const inner = this.suffixes(element);
      return {
        kind: 'array',
        element: inner,
        count: count.kind === 'number' ? Number(count.value) : undefined,
        lowerBound: 0,
      };
    }
    if (tokens.isAt('(') && (tokens.isAt(')', 1) || this.isParameterList())) return this.parameters(element);
    return element;
  }

  private isParameterList(): boolean {
    const start = this.tokens.position;
    this.tokens.next();
    const isType = this.tokens.isAt('...') || this.parse() !== undefined;
    this.tokens.moveTo(start);
    return isType;
  }

  private parameters(result: Type): Type {
    const { tokens } = this;
    const open = tokens.next();
    const parameters: Type[] = [];
    let isVariadic = false;
    while (!tokens.isAt(')')) {
      if (tokens.accept('...')) isVariadic = true;
      else {
        const type = this.parse();
        if (!type) throw new ExpressionError('expected the type of a parameter', tokens.peek());
        parameters.push(type);
      }
      if (!tokens.accept(',')) break;
    }
    tokens.expect(')', open);
    const [only] = parameters;
    const none = parameters.length === 1 && only && bareType(only).kind === 'void';
    return { kind: 'function', result, parameters: none ? [] : parameters, isVariadic };
  }
}

function plain(name: Token & { kind: 'name' }, position: number): TemplateName {
  return { name: name.text, position: position + 1, end: name.end };
}

function operatorText(tokens: TokenStream, position: number): string {
  const token = tokens.peek(position - tokens.position);
  return token.kind === 'operator' ? token.text : '';
}

/** With nobody to ask: `(name)operand` and `(name<arguments>)` can be nothing but types, as `(name *)` can. */
function looksLikeType(name: string, tokens: TokenStream, position: number): boolean {
  if (name.includes('<')) return endsDeclarator(tokens, position);
  if (operatorText(tokens, position) !== ')') return false;
  const next = tokens.peek(position + 1 - tokens.position);
  if (next.kind === 'operator') return next.text === '!' || next.text === '~';
  return next.kind !== 'end' && !(next.kind === 'name' && next.text === 'as');
}

/** Whether pointers and references from a position on are all there is before a closing parenthesis or bracket. */
function endsDeclarator(tokens: TokenStream, position: number): boolean {
  for (let at = position; ; at++) {
    const token = tokens.peek(at - tokens.position);
    if (token.kind === 'name' && QUALIFIERS.has(token.text)) continue;
    if (token.kind !== 'operator') return false;
    if (token.text === ')' || token.text === '>' || token.text === '[') return true;
    if (token.text === '(') return tokens.isAt('*', at + 1 - tokens.position);
    if (!['*', '&', '&&'].includes(token.text)) return false;
  }
}

/** Where the angle bracket at `open` is closed, one past it; brackets inside parentheses do not count. */
function closingAngle(text: string, open: number): number | undefined {
  let angles = 0;
  let parentheses = 0;
  const limit = Math.min(text.length, open + MAX_TEMPLATE_TEXT);
  for (let at = open; at < limit; at++) {
    const character = text[at]!;
    if (character === '(' || character === '[') parentheses++;
    else if (character === ')' || character === ']') {
      if (--parentheses < 0) return undefined;
    } else if (parentheses > 0) continue;
    else if (character === '<') angles++;
    else if (character === '>' && text[at - 1] !== '-' && --angles === 0) return at + 1;
    else if (/[=;"|?]/.test(character)) return undefined;
  }
  return undefined;
}
