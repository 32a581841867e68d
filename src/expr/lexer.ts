/** Splits an expression into tokens. Never throws anything but an ExpressionError, and looks at each character once. */
import { ExpressionError, type Span } from './errors';
import {
  CHAR,
  INT,
  LONG,
  LONG_LONG,
  namedType,
  UNSIGNED_INT,
  UNSIGNED_LONG,
  UNSIGNED_LONG_LONG,
  type IntegerType,
} from './types';

export type Token =
  | (Span & { readonly kind: 'number'; readonly value: bigint; readonly type: IntegerType })
  /** An identifier, C++ scopes included: `ns::Class::method`, `::global`. */
  | (Span & { readonly kind: 'name'; readonly text: string })
  /** `$name`; the text is without the dollar sign, in lower case. */
  | (Span & { readonly kind: 'register'; readonly text: string })
  | (Span & { readonly kind: 'operator'; readonly text: string })
  | (Span & { readonly kind: 'end' });

const OPERATORS = [
  '<<=',
  '>>=',
  '->',
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
  ...'+-*/%&|^~!<>=?:,()[].',
];

const SPACE = /\s+/y;
const NAME = /(?:::)?[\p{L}_][\p{L}\p{N}_]*(?:::~?[\p{L}_][\p{L}\p{N}_]*)*/uy;
const REGISTER = /\$([A-Za-z_]\w*)/y;
const NUMBER =
  /(0[xX](?:[0-9a-fA-F]|['_](?=[0-9a-fA-F]))*|0[bB](?:[0-9]|['_](?=[0-9]))*|0[oO](?:[0-9]|['_](?=[0-9]))*|[0-9](?:[0-9]|['_](?=[0-9]))*)(_?[A-Za-z]\w*)?/y;

/** All the tokens of `text`, ending in one of kind `end`; throws ExpressionError. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while ((at = skipSpace(text, at)) < text.length) {
    const token = nextToken(text, at);
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

function nextToken(text: string, start: number): Token {
  const first = text[start]!;
  if (first >= '0' && first <= '9') return numberToken(text, start);
  if (first === "'") return characterToken(text, start);
  if (first === '$') return registerToken(text, start);
  if (first === '"') {
    throw new ExpressionError("text in double quotes is not supported; compare single characters, as in 'a'", {
      start,
      end: start + 1,
    });
  }
  NAME.lastIndex = start;
  const name = NAME.exec(text);
  if (name) return { kind: 'name', text: name[0], start, end: NAME.lastIndex };
  for (const operator of OPERATORS) {
    if (text.startsWith(operator, start)) {
      return { kind: 'operator', text: operator, start, end: start + operator.length };
    }
  }
  const character = String.fromCodePoint(text.codePointAt(start)!);
  throw new ExpressionError(`'${character}' means nothing in an expression`, {
    start,
    end: start + character.length,
  });
}

function registerToken(text: string, start: number): Token {
  REGISTER.lastIndex = start;
  const match = REGISTER.exec(text);
  if (!match) throw new ExpressionError("expected a register's name after '$'", { start, end: start + 1 });
  return { kind: 'register', text: match[1]!.toLowerCase(), start, end: REGISTER.lastIndex };
}

function numberToken(text: string, start: number): Token {
  NUMBER.lastIndex = start;
  const match = NUMBER.exec(text)!;
  const span = { start, end: NUMBER.lastIndex };
  const [, body, rawSuffix = ''] = match as unknown as [string, string, string?];
  const isFraction = text[span.end] === '.' || (/^[eE]\d*$/.test(rawSuffix) && /^[1-9]|^0$/.test(body));
  if (isFraction) throw new ExpressionError('floating-point numbers are not supported', span);
  const digits = body.replace(/['_]/g, '');
  const isDecimal = /^(0|[1-9]\d*)$/.test(digits);
  const value = digitsValue(digits);
  if (value === undefined) throw new ExpressionError(`'${body}' is no number`, span);
  const type = literalType(value, isDecimal, rawSuffix.toLowerCase().replace(/^_/, ''));
  if (type === 'suffix') throw new ExpressionError(`'${rawSuffix}' is no suffix of a number`, span);
  if (!type) throw new ExpressionError(`${match[0]} is too large for its type`, span);
  return { kind: 'number', value, type, ...span };
}

function digitsValue(digits: string): bigint | undefined {
  const prefix = digits.slice(0, 2).toLowerCase();
  if (prefix === '0x') return /^..[0-9a-f]+$/i.test(digits) ? BigInt(digits) : undefined;
  if (prefix === '0b') return /^..[01]+$/.test(digits) ? BigInt(digits) : undefined;
  if (prefix === '0o') return /^..[0-7]+$/.test(digits) ? BigInt(digits) : undefined;
  if (digits.length > 1 && digits.startsWith('0')) {
    return /^[0-7]+$/.test(digits) ? BigInt('0o' + digits.slice(1)) : undefined;
  }
  return BigInt(digits);
}

/** C17 6.4.4.1: the first type of the list that holds the value. Decimals beyond `long` are unsigned long, as in gdb. */
function literalType(value: bigint, isDecimal: boolean, suffix: string): IntegerType | 'suffix' | undefined {
  const rust = /^[iu](8|16|32|64|128|size)$/.test(suffix) ? namedType(suffix) : undefined;
  const candidates = rust ? [rust] : candidatesFor(suffix, isDecimal);
  return candidates === undefined ? 'suffix' : candidates.find((type) => value <= maximumOf(type));
}

function candidatesFor(suffix: string, isDecimal: boolean): IntegerType[] | undefined {
  switch (suffix) {
    case '':
      return isDecimal ? [INT, LONG, UNSIGNED_LONG] : [INT, UNSIGNED_INT, LONG, UNSIGNED_LONG];
    case 'u':
      return [UNSIGNED_INT, UNSIGNED_LONG];
    case 'l':
      return [LONG, UNSIGNED_LONG];
    case 'll':
      return [LONG_LONG, UNSIGNED_LONG_LONG];
    case 'ul':
    case 'lu':
    case 'uz':
    case 'zu':
      return [UNSIGNED_LONG];
    case 'z':
      return [LONG, UNSIGNED_LONG];
    case 'ull':
    case 'llu':
      return [UNSIGNED_LONG_LONG];
    default:
      return undefined;
  }
}

function maximumOf(type: IntegerType): bigint {
  return (1n << BigInt(type.size * 8 - (type.isSigned ? 1 : 0))) - 1n;
}

const SIMPLE_ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  e: 27,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  "'": 39,
  '"': 34,
  '?': 63,
};

const CHARACTER = /'(?:\\x([0-9a-fA-F]{1,2})|\\([0-7]{1,3})|\\(.)|([^\\'\n]))'/uy;

/** A character constant has type char, as in C++ and gdb. */
function characterToken(text: string, start: number): Token {
  CHARACTER.lastIndex = start;
  const match = CHARACTER.exec(text);
  if (!match) {
    throw new ExpressionError("expected one character and a closing ' after '", { start, end: start + 1 });
  }
  const span = { start, end: CHARACTER.lastIndex };
  const [, hex, octal, escape, plain] = match;
  const code = hex
    ? parseInt(hex, 16)
    : octal
      ? parseInt(octal, 8)
      : escape
        ? SIMPLE_ESCAPES[escape]
        : plain!.codePointAt(0)!;
  if (code === undefined) throw new ExpressionError(`'\\${escape}' is no escape sequence`, span);
  const isByte = code <= (plain ? 0x7f : 0xff);
  if (!isByte) throw new ExpressionError(`${match[0]} is not a single byte`, span);
  return { kind: 'number', value: BigInt.asIntN(8, BigInt(code)), type: CHAR, ...span };
}
