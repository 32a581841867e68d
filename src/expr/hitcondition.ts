/**
 * Hit conditions: on which hits a breakpoint stops. A plain number stops on that hit only, which is what the editor's
 * hint, JavaScript's, Go's and Python's debuggers have taught users of VS Code; "from the Nth hit on" is `>= N`.
 */
import { ExpressionError } from './errors';

/** Whether the breakpoint stops on its nth hit, counted from 1. */
export type HitCondition = (hits: number) => boolean;

const SYNTAX = /^\s*(>=|<=|>|<|={1,3}|%)?\s*(0[xX][0-9a-fA-F]+|\d+)\s*$/;

/** Parses `N`, `= N`, `== N`, `> N`, `>= N`, `< N`, `<= N` or `% N` (every Nth hit). */
export function parseHitCondition(text: string): HitCondition | ExpressionError {
  const span = { start: 0, end: text.length };
  const match = SYNTAX.exec(text);
  if (!match) {
    return new ExpressionError(
      `'${text.trim()}' is no hit condition; write a number, or one after ==, >, >=, <, <= or %`,
      span,
    );
  }
  const count = Number(match[2]);
  if (!Number.isSafeInteger(count)) return new ExpressionError(`${match[2]} is too large a hit count`, span);
  switch (match[1]) {
    case '>':
      return (hits) => hits > count;
    case '>=':
      return (hits) => hits >= count;
    case '<':
      return (hits) => hits < count;
    case '<=':
      return (hits) => hits <= count;
    case '%':
      if (count === 0) return new ExpressionError('every 0th hit is no hit; write a number from 1', span);
      return (hits) => hits % count === 0;
    default:
      if (count === 0) return new ExpressionError('hits are counted from 1', span);
      return (hits) => hits === count;
  }
}
