/** Condition, hit condition and log message of a breakpoint: compiled once when it is set, run at each hit. */
import {
  compileExpression,
  evaluate,
  type EvaluationContext,
  ExpressionError,
  type CompiledExpression,
} from '../expr/expression';
import { parseHitCondition, type HitCondition } from '../expr/hitcondition';
import { compileLogMessage, type CompiledLogMessage } from '../expr/logmessage';
import type { BreakpointOptions } from './types';

export interface BreakpointChecks {
  readonly condition?: CompiledExpression;
  /** Takes the number of this hit, from 1. */
  readonly hits?: HitCondition;
  readonly log?: CompiledLogMessage;
}

/** Compiles what a client asked for; a string says what is wrong with it. */
export function compileChecks(options: BreakpointOptions): BreakpointChecks | string {
  const condition = options.condition?.trim() ? compileExpression(options.condition) : undefined;
  if (condition instanceof ExpressionError) return `The condition is wrong: ${condition.message}.`;
  const hits = options.hitCondition?.trim() ? parseHitCondition(options.hitCondition) : undefined;
  if (hits instanceof ExpressionError) return `The hit condition is wrong: ${hits.message}.`;
  const log = options.logMessage ? compileLogMessage(options.logMessage) : undefined;
  if (log instanceof ExpressionError) return `The log message is wrong: ${log.message}.`;
  return { condition, hits, log };
}

/** Looks up what condition and log message name, so that it is known at the first hit. What they come to is no matter. */
export function lookUpNames({ condition, log }: BreakpointChecks, context: EvaluationContext): void {
  if (condition) evaluate(condition, context);
  log?.render(context);
}
