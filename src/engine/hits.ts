/** What happens when a thread reaches a user breakpoint: condition, count, hit condition, log message, in this order. */
import { evaluateCondition, ExpressionError, type EvaluationContext } from '../expr/expression';
import type { BreakpointChecks } from './breakpointchecks';

/**
 * Counts the hit and decides whether it stops. A condition that cannot be evaluated (it reads memory that is not
 * there) stops and says so: missing a stop would be worse.
 */
export function decideHit(
  checks: BreakpointChecks,
  breakpoint: { id: number; hitCount: number },
  context: () => EvaluationContext,
  print: (text: string) => void,
): boolean {
  if (checks.condition) {
    const value = evaluateCondition(checks.condition, context());
    if (value instanceof ExpressionError) {
      print(`Breakpoint ${breakpoint.id} stops because its condition cannot be evaluated: ${value.message}.\n`);
    } else if (!value) {
      return false;
    }
  }
  breakpoint.hitCount++;
  if (checks.hits && !checks.hits(breakpoint.hitCount)) return false;
  if (!checks.log) return true;
  print(checks.log.render(context()) + '\n');
  return false;
}
