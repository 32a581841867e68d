/** Splits an expression into tokens. Never throws anything but an ExpressionError, and looks at each character once. */
import { ExpressionError, type Span } from './errors';
import { characterToken, stringToken } from './literals';
import { numberToken } from './numbers';
import type { FloatType, IntegerType } from './types';

export type Token =
  | (Span & { readonly kind: 'number'; readonly value: bigint; readonly type: IntegerType })
  | (Span & { readonly kind: 'float'; readonly value: bigint; readonly type: FloatType })
  | (Span & {
      readonly kind: 'string';
      readonly bytes: Uint8Array;
      readonly text: string;
      readonly element: IntegerType;
    })
  /**
   * An identifier, C++ scopes included: `ns::Class::method`, `::global`, gdb's `'file.c'::name`, and after `.` the
   * number of a tuple's field.
   */
  | (Span & { readonly kind: 'name'; readonly text: string })
  /** `$name`, `$1`, `$`, `$$`; the text is without the first dollar sign. */
  | (Span & { readonly kind: 'dollar'; readonly text: string })
  | (Span & { readonly kind: 'operator'; readonly text: string })
  | (Span & { readonly kind: 'end' });

const OPERATORS = [
  '->*',
  '<<=',
  '>>=',
  '...',
  '..=',
  '->',
  '.*',
  '..',
  '::',
  '++',
  '--',
  '<<',
  '>>',
  '<=',
  '>=',
  '==',
  '!=',
  '&&',
  '||',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '&=',
  '|=',
  '^=',
  ...'+-*/%&|^~!<>=?:,;()[]{}.@',
];

const SPACE = /\s+/y;
const NAME =
  /(?:(?:::)?[\p{L}_][\p{L}\p{N}_]*|'[^'\n]+'(?=::[\p{L}_]))(?:::(?:~?[\p{L}_][\p{L}\p{N}_]*|\(anonymous namespace\)))*/uy;
/** The same for texts in ASCII: making an expression of Unicode's letters takes longer than most evaluations. */
const ASCII_NAME = /(?:(?:::)?[A-Za-z_]\w*|'[^'\n]+'(?=::[A-Za-z_]))(?:::(?:~?[A-Za-z_]\w*|\(anonymous namespace\)))*/y;
const BEYOND_ASCII = /[^\0-\x7f]/;
/** The spelling of an unnamed namespace may begin a name. */
const ANONYMOUS = /\(anonymous namespace\)(?:::~?[\p{L}_][\p{L}\p{N}_]*)+/uy;
const DOLLAR = /\$([A-Za-z_]\w*|\$?\d*)/y;
const FIELD_NUMBER = /\d+/y;

/** All the tokens of `text`, ending in one of kind `end`; throws ExpressionError. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while ((at = skipSpace(text, at)) < text.length) {
    const token = nextToken(text, at, tokens[tokens.length - 1]);
    tokens.push(token);
    at = token.end;
  }
  tokens.push({ kind: 'end', start: at, end: at });
  return tokens;
}

function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at;
  return SPACE.test(text) ? SPACE.lastIndex : at;
}

/** Whether a value may end with this token, so that what follows is an operator. */
function endsOperand(token: Token | undefined): boolean {
  if (!token) return false;
  return token.kind === 'operator' ? token.text === ')' || token.text === ']' : true;
}

function nextToken(text: string, start: number, previous: Token | undefined): Token {
  const first = text[start]!;
  const isMember = previous?.kind === 'operator' && (previous.text === '.' || previous.text === '->');
  if (first >= '0' && first <= '9') return isMember ? fieldNumber(text, start) : numberToken(text, start);
  if (first === '.' && /^\.\d/.test(text.slice(start, start + 2)) && !endsOperand(previous)) {
    return numberToken(text, start);
  }
  if (first === '$') return dollarToken(text, start);
  const literal = stringToken(text, start);
  if (literal) return literal;
  const pattern = BEYOND_ASCII.test(text) ? NAME : ASCII_NAME;
  const name = match(pattern, text, start) ?? (first === '(' ? match(ANONYMOUS, text, start) : undefined);
  const character = characterToken(text, start, name !== undefined);
  if (character) return character;
  if (name !== undefined) return { kind: 'name', text: name, start, end: start + name.length };
  for (const operator of OPERATORS) {
    if (text.startsWith(operator, start)) {
      return { kind: 'operator', text: operator, start, end: start + operator.length };
    }
  }
  const unknown = String.fromCodePoint(text.codePointAt(start)!);
  throw new ExpressionError(`'${unknown}' means nothing in an expression`, { start, end: start + unknown.length });
}

function match(pattern: RegExp, text: string, start: number): string | undefined {
  pattern.lastIndex = start;
  return pattern.exec(text)?.[0];
}

function dollarToken(text: string, start: number): Token {
  const found = match(DOLLAR, text, start)!;
  return { kind: 'dollar', text: found.slice(1), start, end: start + found.length };
}

function fieldNumber(text: string, start: number): Token {
  const digits = match(FIELD_NUMBER, text, start)!;
  return { kind: 'name', text: digits, start, end: start + digits.length };
}
