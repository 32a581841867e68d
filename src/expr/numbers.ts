/** Number literals: C's and Rust's integers of every base, and floating-point numbers, hexadecimal ones included. */
import { ExpressionError } from './errors';
import { encodeFloat } from './floats';
import type { Token } from './lexer';
import {
  DOUBLE,
  FLOAT,
  INT,
  LONG,
  LONG_DOUBLE,
  LONG_LONG,
  UNSIGNED_INT,
  UNSIGNED_LONG,
  UNSIGNED_LONG_LONG,
  type FloatType,
  type IntegerType,
} from './types';
import { namedInteger, namedType } from './typewords';

const INTEGER =
  /(0[xX](?:[0-9a-fA-F]|['_](?=[0-9a-fA-F]))*|0[bB](?:[0-9]|['_](?=[0-9]))*|0[oO](?:[0-9]|['_](?=[0-9]))*|[0-9](?:[0-9]|['_](?=[0-9]))*)(_?[A-Za-z]\w*)?/y;

const DIGITS = "[0-9](?:['_]?[0-9])*";
const FLOATING = new RegExp(
  `((?:${DIGITS}\\.(?!\\.)(?:${DIGITS})?|\\.${DIGITS})(?:[eE][+-]?${DIGITS})?|${DIGITS}[eE][+-]?${DIGITS})(_?[A-Za-z]\\w*)?`,
  'y',
);
const HEX = "[0-9a-fA-F](?:['_]?[0-9a-fA-F])*";
const HEX_FLOATING = new RegExp(`0[xX]((?:${HEX})?)\\.?((?:${HEX})?)[pP]([+-]?\\d+)([A-Za-z]\\w*)?`, 'y');

/** The number that begins at `start`, where a digit stands or a point before one. */
export function numberToken(text: string, start: number): Token {
  return hexFloat(text, start) ?? decimalFloat(text, start) ?? integer(text, start);
}

function hexFloat(text: string, start: number): Token | undefined {
  HEX_FLOATING.lastIndex = start;
  const match = HEX_FLOATING.exec(text);
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const whole = match[1]!.replace(/['_]/g, '');
  const fraction = match[2]!.replace(/['_]/g, '');
  const significand = BigInt(`0x${whole}${fraction}`);
  const exponent = Number(match[3]) - fraction.length * 4;
  const span = { start, end: HEX_FLOATING.lastIndex };
  // Beyond this every format has long overflowed or vanished, and 2 ** n in two steps stays exact.
  const bounded = Math.max(-3000, Math.min(3000, exponent));
  const half = Math.trunc(bounded / 2);
  return floatToken(Number(significand) * 2 ** half * 2 ** (bounded - half), match[4] ?? '', span);
}

function decimalFloat(text: string, start: number): Token | undefined {
  FLOATING.lastIndex = start;
  const match = FLOATING.exec(text);
  if (match) {
    return floatToken(Number(match[1]!.replace(/['_]/g, '')), match[2] ?? '', { start, end: FLOATING.lastIndex });
  }
  // `1f32`, `2_f64`: Rust's.
  INTEGER.lastIndex = start;
  const whole = INTEGER.exec(text);
  const suffix = whole?.[2]?.replace(/^_/, '');
  if (!whole || !/^[0-9]/.test(whole[1]!) || /^0[xXbBoO]/.test(whole[1]!)) return undefined;
  if (suffix !== 'f32' && suffix !== 'f64') return undefined;
  return floatToken(Number(whole[1]!.replace(/['_]/g, '')), suffix, { start, end: INTEGER.lastIndex });
}

function floatToken(value: number, rawSuffix: string, span: { start: number; end: number }): Token {
  const type = floatTypeOf(rawSuffix.replace(/^_/, ''));
  if (!type) throw new ExpressionError(`'${rawSuffix}' is no suffix of a number`, span);
  return { kind: 'float', value: encodeFloat(value, type.format)!, type, ...span };
}

function floatTypeOf(suffix: string): FloatType | undefined {
  switch (suffix) {
    case '':
      return DOUBLE;
    case 'f':
    case 'F':
      return FLOAT;
    case 'l':
    case 'L':
      return LONG_DOUBLE;
    case 'f32':
    case 'f64': {
      const type = namedType(suffix);
      return type?.kind === 'float' ? type : undefined;
    }
    default:
      return undefined;
  }
}

function integer(text: string, start: number): Token {
  INTEGER.lastIndex = start;
  const match = INTEGER.exec(text)!;
  const span = { start, end: INTEGER.lastIndex };
  const [, body, rawSuffix = ''] = match as unknown as [string, string, string?];
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
  const rust = /^[iu](8|16|32|64|128|size)$/.test(suffix) ? namedInteger(suffix) : undefined;
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
