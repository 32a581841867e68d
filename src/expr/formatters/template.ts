/** Summaries with holes: `({x}, {y:x})`. A hole is an expression over the object's members, perhaps with a format. */
import type { DataValue } from '../data';
import type { FormatContext } from '../formatter';
import { DataError } from '../data';
import { ExpressionError } from '../errors';
import { quoteText, singleLine } from '../presentation/characters';
import { Presenter } from '../presentation/presenter';
import type { NumberFormat } from '../presentation/valueformat';
import { textOf } from '../presentation/strings';
import { compileFor, type ObjectExpression } from './objectexpression';
import { FormatterRegistry } from './registry';

interface Hole {
  readonly expression: ObjectExpression;
  readonly format: NumberFormat | undefined;
}

export type Template = (value: DataValue, context: FormatContext) => string;

/** `{expression}` or `{expression:f}`, where f is a format's letter. `{{` and `}}` stand for braces. */
export function compileTemplate(text: string, captures: readonly string[]): Template | ExpressionError {
  const parts: (string | Hole)[] = [];
  let literal = '';
  for (let at = 0; at < text.length;) {
    const character = text[at]!;
    if ((character === '{' || character === '}') && text[at + 1] === character) {
      literal += character;
      at += 2;
      continue;
    }
    if (character !== '{') {
      literal += character;
      at++;
      continue;
    }
    const end = endOfHole(text, at);
    if (end < 0) return new ExpressionError("expected '}' to close this '{'", { start: at, end: at + 1 });
    const hole = compileHole(text.slice(at + 1, end), captures);
    if (hole instanceof ExpressionError) return hole.shiftedBy(at + 1);
    if (literal !== '') parts.push(literal);
    literal = '';
    parts.push(hole);
    at = end + 1;
  }
  if (literal !== '') parts.push(literal);
  return (value, context) =>
    parts.map((part) => (typeof part === 'string' ? part : render(part, value, context))).join('');
}

/** The brace that closes the one at `open`, nested ones and quoted ones skipped; -1 when there is none. */
function endOfHole(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"' || character === "'") {
      const close = text.indexOf(character, at + 1);
      if (close > 0) at = close;
    } else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return at;
  }
  return -1;
}

function compileHole(text: string, captures: readonly string[]): Hole | ExpressionError {
  // `a ? b : c` and `ns::x` have colons too: a format is one letter behind the last one.
  const suffix = /(?<!:):([duxhobcsfe])$/.exec(text);
  const expression = compileFor(suffix ? text.slice(0, suffix.index) : text, captures);
  if (expression instanceof ExpressionError) return expression;
  return { expression, format: suffix?.[1] as NumberFormat | undefined };
}

const NO_FORMATTERS = new FormatterRegistry([]);

/** A hole that cannot be filled says why; the rest of the summary stays. */
function render({ expression, format }: Hole, value: DataValue, context: FormatContext): string {
  try {
    const found = expression.evaluate(value).value;
    if (format === undefined) return context.summarize(found);
    const text = format === 's' ? textOf(found.referent(), context.limits.stringLength) : undefined;
    if (text) return quoteText(text.value, text.isCut);
    return new Presenter({ registry: NO_FORMATTERS, limits: context.limits, format: { number: format } }).text(found);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return `<${singleLine(error.message)}>`;
  }
}
