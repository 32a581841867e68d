/** A cursor over the tokens of an expression, with the complaints that both parsers share. */
import { ExpressionError, type Span } from './errors';
import { tokenize, type Token } from './lexer';

/** Trees higher than this are refused, so that no walk over one can exhaust the stack. */
export const MAX_HEIGHT = 256;

export function tooDeep(span: Span): ExpressionError {
  return new ExpressionError('the expression is nested too deeply', span);
}

export class TokenStream {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(readonly text: string) {
    this.tokens = tokenize(text);
  }

  get position(): number {
    return this.at;
  }

  /** Goes back to (or on to) a position. */
  moveTo(position: number): void {
    this.at = position;
  }

  peek(ahead = 0): Token {
    return this.tokens[Math.min(this.at + ahead, this.tokens.length - 1)]!;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.at++;
    return token;
  }

  previous(): Token {
    return this.tokens[Math.max(0, this.at - 1)]!;
  }

  get isEmpty(): boolean {
    return this.tokens.length === 1;
  }

  /** Whether an operator or a word stands `ahead` tokens from here. */
  isAt(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return (token.kind === 'operator' || token.kind === 'name') && token.text === text;
  }

  /** Passes an operator or a word if it stands here. */
  accept(text: string): boolean {
    if (!this.isAt(text)) return false;
    this.at++;
    return true;
  }

  expect(text: string, after: Span): Token {
    const token = this.peek();
    if (this.isAt(text)) return this.next();
    throw new ExpressionError(`expected '${text}' after '${this.quote(after, this.previous())}'`, token);
  }

  /** The position of the first token at or after a place in the text; undefined when a token straddles that place. */
  positionAt(offset: number): number | undefined {
    const index = this.tokens.findIndex((token) => token.start >= offset || token.kind === 'end');
    const before = this.tokens[index - 1];
    return before && before.end > offset ? undefined : index;
  }

  expectedOperand(token: Token): ExpressionError {
    if (this.isEmpty) return new ExpressionError('expected an expression', token);
    const found = token.kind === 'end' ? '' : `, found '${this.quote(token, token)}'`;
    const before = this.tokens[this.tokens.indexOf(token) - 1];
    if (!before) return new ExpressionError(`expected a value${found}`, token);
    return new ExpressionError(`expected a value after '${this.quote(before, before)}'${found}`, token);
  }

  /** The text from one place to another, shortened in the middle where it is long. */
  quote(from: Span, to: Span): string {
    const text = this.text.slice(from.start, to.end);
    return text.length <= 40 ? text : `${text.slice(0, 18)}…${text.slice(-18)}`;
  }
}
