/** Texts in comparisons: `name == "bob"` compares what a string of the program holds, whatever holds it. */
import { readCharacters } from './characters';
import { bareType, type IntegerType } from '../symbols/data/types';
import { typeName } from '../symbols/data/typenames';
import type { ComparisonOperator, Node } from './ast';
import { truth } from './arithmetic';
import type { Compiler, Evaluator } from './compile';
import type { EvaluationContext } from './context';
import { ExpressionError, type Span } from './errors';
import { decode } from './literals';
import { formatted } from './memberaccess';
import { load, toObject } from './places';
import type { Located, Value } from './values';

/** What is looked at of a text whose length nobody states. */
const MAX_UNITS = 0x1_0000;

/** The type of a character of text; undefined for other types. */
function characterOf(located: Located): IntegerType | undefined {
  const bare = bareType(located.type);
  const element =
    bare.kind === 'array' ? bareType(bare.element) : bare.kind === 'pointer' ? bareType(bare.target) : undefined;
  if (element?.kind !== 'integer') return undefined;
  return element.display === 'character' || element.display === 'unicode' || element.size === 1 ? element : undefined;
}

/** The text that a value holds, at least as much of it as `wanted` characters and one more; undefined when it holds none. */
function textOf(context: EvaluationContext, located: Located, wanted: number, span: Span): string | undefined {
  const unit = characterOf(located);
  if (unit) {
    const bare = bareType(located.type);
    const limit = Math.min(MAX_UNITS, wanted * 4 + 1);
    if (bare.kind === 'array') {
      const object = toObject(context, located);
      const count = Math.min(limit, object.count ?? limit);
      return decode(upToZero(object.as({ ...bare, count, size: undefined }).bytes(), unit.size), unit.size);
    }
    const address = load(context, located, span).bits;
    const bytes = readCharacters(context.memory, address, limit, unit.size);
    if (!bytes) throw new ExpressionError(`cannot read the text at 0x${address.toString(16)}`, span);
    return decode(bytes, unit.size);
  }
  const text = formatted(context, located)?.text;
  if (!text) return undefined;
  if (text.isCut && text.value.length <= wanted) {
    throw new ExpressionError('the text is too long to be compared', span);
  }
  return text.value;
}

function upToZero(bytes: Uint8Array, size: number): Uint8Array {
  for (let at = 0; at + size <= bytes.length; at += size) {
    if (bytes.subarray(at, at + size).every((byte) => byte === 0)) return bytes.subarray(0, at);
  }
  return bytes;
}

/**
 * A comparison of which one side is a literal, or both are strings of the program's libraries; undefined for others.
 * The order is that of code points.
 */
export function compileTextComparison(
  compiler: Compiler,
  node: Node & { kind: 'binary' },
  operator: ComparisonOperator,
): Evaluator | undefined {
  const literal = node.left.kind === 'string' ? node.left : node.right.kind === 'string' ? node.right : undefined;
  if (!literal) return undefined;
  const left = compiler.reach(node.left);
  const right = compiler.reach(node.right);
  const wanted = literal.text.length;
  return (context) => {
    const side = (operand: Node, located: Located): string => {
      if (operand.kind === 'string') return operand.text;
      const text = textOf(context, located, wanted, operand);
      if (text !== undefined) return text;
      throw new ExpressionError(`'${typeName(located.type)}' holds no text to compare`, operand);
    };
    return compared(operator, side(node.left, left(context)), side(node.right, right(context)));
  };
}

/** Compares two strings of the program's libraries, or one with characters in memory; undefined when they are none. */
export function compareFormatted(
  context: EvaluationContext,
  operator: ComparisonOperator,
  left: Value,
  right: Value,
  span: Span,
): Value | undefined {
  const kinds = [bareType(left.type).kind, bareType(right.type).kind];
  if (!kinds.includes('struct')) return undefined;
  const a = textOf(context, left, MAX_UNITS, span);
  const b = a === undefined ? undefined : textOf(context, right, MAX_UNITS, span);
  return a === undefined || b === undefined ? undefined : compared(operator, a, b);
}

function compared(operator: ComparisonOperator, left: string, right: string): Value {
  const order = left === right ? 0 : codePoints(left) < codePoints(right) ? -1 : 1;
  switch (operator) {
    case '==':
      return truth(order === 0);
    case '!=':
      return truth(order !== 0);
    case '<':
      return truth(order < 0);
    case '<=':
      return truth(order <= 0);
    case '>':
      return truth(order > 0);
    case '>=':
      return truth(order >= 0);
  }
}

/** UTF-16 code units do not sort as code points do; the bytes of UTF-8 do. */
function codePoints(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
