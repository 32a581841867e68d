/** The suffixes that say how a value is to be shown: `rax,x`, `text,s`, `list,!`, `buffer,[16],x`. */
import { ExpressionError } from './errors';
import { tokenize, type Token } from './lexer';
import type { NumberFormat, ValueFormat } from './presentation/valueformat';

const LETTERS: ReadonlyMap<string, NumberFormat> = new Map<string, NumberFormat>([
  ['d', 'd'],
  ['u', 'u'],
  ['x', 'x'],
  ['X', 'x'],
  ['h', 'h'],
  ['o', 'o'],
  ['b', 'b'],
  ['c', 'c'],
  ['s', 's'],
  ['f', 'f'],
  ['e', 'e'],
]);

/** An expression and how its value is to be shown. */
export interface SplitText {
  /** The expression alone; it begins where the text does. */
  readonly body: string;
  readonly format: ValueFormat;
  /** The expression in `,[n]`, and where it begins in the text. */
  readonly count?: { readonly text: string; readonly offset: number };
}

interface Suffix {
  /** Position of its comma among the tokens. */
  readonly comma: number;
  readonly format?: ValueFormat;
  readonly count?: { readonly text: string; readonly offset: number };
}

/**
 * Takes the suffixes off the end of a text; of several of a kind the last counts. A last operand of the comma operator
 * that is one such letter needs parentheses. Text that cannot be read is left whole: compiling it says what is wrong.
 */
export function splitSuffixes(text: string): SplitText {
  let tokens: readonly Token[];
  try {
    tokens = tokenize(text);
  } catch (error) {
    if (error instanceof ExpressionError) return { body: text, format: {} };
    throw error;
  }
  let end = tokens.length - 1;
  let format: ValueFormat = {};
  let count: SplitText['count'];
  for (let suffix = lastSuffix(text, tokens, end); suffix; suffix = lastSuffix(text, tokens, end)) {
    end = suffix.comma;
    format = { ...suffix.format, ...format };
    count ??= suffix.count;
  }
  const body = end === tokens.length - 1 ? text : text.slice(0, tokens[end]!.start);
  return count ? { body, format, count } : { body, format };
}

function lastSuffix(text: string, tokens: readonly Token[], end: number): Suffix | undefined {
  const last = tokens[end - 1];
  const before = tokens[end - 2];
  if (!last || !before || end < 3) return undefined;
  if (isComma(before)) {
    const letter = last.kind === 'name' ? LETTERS.get(last.text) : undefined;
    if (letter) return { comma: end - 2, format: { number: letter } };
    if (isOperator(last, '!')) return { comma: end - 2, format: { isRaw: true } };
  }
  if (!isOperator(last, ']')) return undefined;
  let depth = 0;
  for (let at = end - 1; at > 1; at--) {
    if (isOperator(tokens[at]!, ']')) depth++;
    else if (isOperator(tokens[at]!, '[') && --depth === 0) {
      if (!isComma(tokens[at - 1]!) || at + 1 === end - 1) return undefined;
      const offset = tokens[at]!.end;
      return { comma: at - 1, count: { text: text.slice(offset, last.start), offset } };
    }
  }
  return undefined;
}

function isComma(token: Token): boolean {
  return isOperator(token, ',');
}

function isOperator(token: Token, text: string): boolean {
  return token.kind === 'operator' && token.text === text;
}
