/** The line that an expression's value makes: of a watch, a hover, the console. */
import { UserError } from '../common/errors';
import {
  evaluate,
  ExpressionError,
  type CompiledExpression,
  type EvaluationContext,
  type EvaluationResult,
  type Value,
} from '../expr/expression';
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
  const prepared = prepare(text, context);
  if (prepared instanceof ExpressionError) return prepared;
  return evaluated(prepared, evaluate(prepared.expression, context));
}

/** An expression that is ready to be evaluated, and how its value is to be shown. */
export interface Prepared {
  readonly expression: CompiledExpression;
  readonly format: ValueFormat;
}

/** Compiles an expression with its formats; `,[n]` is evaluated in the context. */
export function prepare(text: string, context: EvaluationContext): Prepared | ExpressionError {
  const compiled = compileFormatted(text);
  if (compiled instanceof ExpressionError) return compiled;
  const format = formatIn(compiled, context);
  return format instanceof ExpressionError ? format : { expression: compiled.expression, format };
}

export function evaluated({ expression, format }: Prepared, value: EvaluationResult): Evaluated | ExpressionError {
  return value instanceof ExpressionError ? value : { value, format, body: expression.text.trim() };
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
