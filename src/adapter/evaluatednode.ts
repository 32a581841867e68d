/** The line that an expression's value makes: of a watch, a hover, the console. */
import { UserError } from '../common/errors';
import { evaluate, ExpressionError, type EvaluationContext, type Value } from '../expr/expression';
import { compileFormatted, formatIn, objectOfValue, type ValueFormat } from '../expr/format';
import type { FormatLimits } from '../expr/formatter';
import { complaint } from './expressions';
import type { FrameView } from './frameview';
import { ValueNode } from './valuenode';

/** First part of the path of what was evaluated; the expression follows. */
export const EVALUATED = '=';

/** What an expression came to, and how it is to be shown. */
export interface Evaluated {
  readonly value: Value;
  readonly format: ValueFormat;
  /** The expression without its formats. */
  readonly body: string;
}

/** Evaluates an expression with its formats; the error says where in the whole text. */
export function evaluateText(text: string, context: EvaluationContext): Evaluated | ExpressionError {
  const compiled = compileFormatted(text);
  if (compiled instanceof ExpressionError) return compiled;
  const format = formatIn(compiled, context);
  if (format instanceof ExpressionError) return format;
  const value = evaluate(compiled.expression, context);
  return value instanceof ExpressionError ? value : { value, format, body: compiled.expression.text.trim() };
}

/** The line of an expression that only reads. Throws UserError. */
export function evaluatedNode(view: FrameView, text: string, limits?: FormatLimits): ValueNode {
  const result = evaluateText(text, view.space);
  if (result instanceof ExpressionError) throw complaint(result);
  return nodeOfValue(view, result, limits);
}

export function nodeOfValue(view: FrameView, { value, format, body }: Evaluated, limits?: FormatLimits): ValueNode {
  return new ValueNode(view, {
    name: body,
    value: objectOfValue(view.space, value),
    expression: body,
    presenter: view.presenter(format, limits),
  });
}

/** Throws UserError for an expression of nothing. */
export function refuseEmpty(expression: string): void {
  if (expression.trim() === '') throw new UserError('There is nothing to evaluate.', { code: 'bad-expression' });
}
