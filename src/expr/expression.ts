/** The room's front door: compile an expression once, evaluate it many times. Neither throws. */
import { bareType } from '../symbols/data/types';
import { isTrue } from './arithmetic';
import { scalarOf } from './casts';
import { compileNode } from './compiler';
import type { Evaluator } from './compile';
import type { EvaluationContext, Names } from './context';
import { DataError } from './data';
import { ExpressionError } from './errors';
import { parseExpression, type ParseOptions } from './parser';
import type { NameOracle } from './typeparser';
import type { Value } from './values';

export { ExpressionError } from './errors';
export type { EvaluationContext, Names, ResolvedSymbol } from './context';
export type { Value } from './values';

/** An expression that is ready to be evaluated. */
export interface CompiledExpression {
  readonly text: string;
  readonly evaluator: Evaluator;
}

export type EvaluationResult = Value | ExpressionError;

/**
 * Compiles expression text; the error says what is wrong and where. What names mean is found out at each place of the
 * program where it is evaluated, once, unless their names are given here.
 */
export function compileExpression(text: string, options: ParseOptions = {}): CompiledExpression | ExpressionError {
  const { names } = options;
  return catching(text, () => {
    const node = parseExpression(text, names && oracleOf(names));
    // Complains about what is wrong everywhere.
    compileNode(node, names);
    return { text, evaluator: boundAnew(text) };
  });
}

/**
 * What is declared near is meant, a value before a type; only what is nowhere near is looked for in all modules, whose
 * names may not be known yet.
 */
function oracleOf(names: Names): NameOracle {
  const { nearest } = names;
  const has = (some: Names, name: string): boolean =>
    some.variable(name) !== undefined || some.functions(name).length > 0;
  return {
    type: (name) => nearest?.type(name) ?? names.type(name),
    isValue(name) {
      if (!nearest) return has(names, name);
      return has(nearest, name) || (nearest.type(name) === undefined && has(names, name));
    },
  };
}

const NO_NAMES: Names = { variable: () => undefined, type: () => undefined, functions: () => [], names: () => [] };

/** Compiles for the names of each context it meets, and keeps what it made for the last ones. */
function boundAnew(text: string): Evaluator {
  let lastNames: Names | undefined;
  let last: Evaluator | undefined;
  const kept = new WeakMap<Names, Evaluator>();
  return (context) => {
    const names = context.scope ?? NO_NAMES;
    if (!last || lastNames !== names) {
      let bound = kept.get(names);
      if (!bound) kept.set(names, (bound = compileNode(parseExpression(text, oracleOf(names)), names)));
      last = bound;
      lastNames = names;
    }
    return last(context);
  };
}

/** Evaluates in a frame: reads registers and memory, writes only where the context lets it. */
export function evaluate(compiled: CompiledExpression, context: EvaluationContext): EvaluationResult {
  return catching(compiled.text, () => compiled.evaluator(context));
}

/** Evaluates a breakpoint's condition. */
export function evaluateCondition(compiled: CompiledExpression, context: EvaluationContext): boolean | ExpressionError {
  return catching(compiled.text, () => {
    const span = { start: 0, end: compiled.text.length };
    const value = compiled.evaluator(context);
    return isTrue(bareType(value.type).kind === 'struct' ? scalarOf(context, value, span) : value, span);
  });
}

function catching<T>(text: string, action: () => T): T | ExpressionError {
  try {
    return action();
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    if (error instanceof DataError) return new ExpressionError(error.message, { start: 0, end: text.length });
    throw error;
  }
}
