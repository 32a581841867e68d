/**
 * Hit conditions: on which hits a breakpoint stops. A plain number stops from that hit on, as VS Code defined it when it
 * introduced hit counts (its issue 13211) and as the ignore counts of gdb and lldb do; the Nth hit only is `== N`.
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
    case '<':
      return (hits) => hits < count;
    case '<=':
      return (hits) => hits <= count;
    case '%':
      if (count === 0) return new ExpressionError('every 0th hit is no hit; write a number from 1', span);
      return (hits) => hits % count === 0;
    case '>=':
      return (hits) => hits >= count;
    default:
      if (count === 0) return new ExpressionError('hits are counted from 1', span);
      return match[1] === undefined ? (hits) => hits >= count : (hits) => hits === count;
  }
}
