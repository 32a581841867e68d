/** The room's front door: compile an expression once, evaluate it many times. Neither throws. */
import { compileNode, type Evaluator } from './compiler';
import { isTrue } from './arithmetic';
import type { EvaluationContext } from './context';
import { ExpressionError } from './errors';
import { parseExpression, type ParseOptions } from './parser';
import type { Value } from './values';

export { ExpressionError } from './errors';
export type { EvaluationContext, ResolvedSymbol } from './context';
export type { Value } from './values';

/** An expression that is ready to be evaluated. */
export interface CompiledExpression {
  readonly text: string;
  readonly evaluator: Evaluator;
}

export type EvaluationResult = Value | ExpressionError;

/** Compiles C expression text; the error says what is wrong and where. */
export function compileExpression(text: string, options: ParseOptions = {}): CompiledExpression | ExpressionError {
  return catching(() => ({ text, evaluator: compileNode(parseExpression(text, options)) }));
}

/** Evaluates in a frame: reads registers and memory, writes only where the context lets it. */
export function evaluate(compiled: CompiledExpression, context: EvaluationContext): EvaluationResult {
  return catching(() => compiled.evaluator(context));
}

/** Evaluates a breakpoint's condition. */
export function evaluateCondition(compiled: CompiledExpression, context: EvaluationContext): boolean | ExpressionError {
  return catching(() => isTrue(compiled.evaluator(context), { start: 0, end: compiled.text.length }));
}

function catching<T>(action: () => T): T | ExpressionError {
  try {
    return action();
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
}
