/** Log messages of breakpoints: text with `{expression}` holes, compiled when the breakpoint is set. */
import { ExpressionError } from './errors';
import { evaluate, type EvaluationContext } from './expression';
import { compileFormatted, formatValue, type FormattedExpression, type SymbolNamer } from './format';
import type { ParseOptions } from './parser';

/** A log message, ready to be rendered at each hit. */
export interface CompiledLogMessage {
  readonly text: string;
  /** The message with its holes filled; a hole that cannot be evaluated shows why, in angle brackets. */
  render(context: EvaluationContext, nameSymbol?: SymbolNamer): string;
}

/**
 * Compiles `count={counter} at {$rip}, flags {$eflags,x}`. `\{`, `\}` and `\\` stand for the characters themselves.
 * An error's position is one in the whole message.
 */
export function compileLogMessage(text: string, options: ParseOptions = {}): CompiledLogMessage | ExpressionError {
  const parts: (string | FormattedExpression)[] = [];
  let literal = '';
  for (let at = 0; at < text.length;) {
    const character = text[at]!;
    if (character === '\\' && '{}\\'.includes(text[at + 1] ?? ' ')) {
      literal += text[at + 1]!;
      at += 2;
    } else if (character === '{') {
      const end = endOfHole(text, at);
      if (end === undefined) {
        return new ExpressionError("expected '}' to close this '{'; write \\{ for the character itself", {
          start: at,
          end: at + 1,
        });
      }
      const hole = compileFormatted(text.slice(at + 1, end), options);
      if (hole instanceof ExpressionError) return hole.shiftedBy(at + 1);
      if (literal) parts.push(literal);
      literal = '';
      parts.push(hole);
      at = end + 1;
    } else {
      literal += character;
      at++;
    }
  }
  if (literal) parts.push(literal);
  return { text, render: (context, nameSymbol) => parts.map((part) => renderPart(part, context, nameSymbol)).join('') };
}

function renderPart(part: string | FormattedExpression, context: EvaluationContext, nameSymbol?: SymbolNamer): string {
  if (typeof part === 'string') return part;
  const value = evaluate(part.expression, context);
  return value instanceof ExpressionError
    ? `<${value.message}>`
    : formatValue(value, { format: part.format, nameSymbol, space: context });
}

/** Where the brace at `open` is closed, braces inside counted and character constants skipped. */
function endOfHole(text: string, open: number): number | undefined {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    const character = text[at];
    if (character === "'") at = endOfCharacter(text, at);
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return at;
  }
  return undefined;
}

const CHARACTER = /'(?:\\.[^']{0,3}|[^\\'])'/suy;

/** The closing quote of the character constant at `at`; `at` itself when there is none (a digit separator). */
function endOfCharacter(text: string, at: number): number {
  CHARACTER.lastIndex = at;
  return CHARACTER.test(text) ? CHARACTER.lastIndex - 1 : at;
}
