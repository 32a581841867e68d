/** Tokens of conditions on decoded calls. */
import { SyscallTextError } from '../errors';

export interface Token {
  readonly kind: 'name' | 'number' | 'string' | 'operator' | 'end';
  /** As written; of a string, its contents. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const operators = [
  '||',
  '&&',
  '==',
  '!=',
  '<=',
  '>=',
  '=~',
  '!~',
  '<',
  '>',
  '~',
  '!',
  '&',
  '|',
  '+',
  '-',
  '(',
  ')',
  '[',
  ']',
  '.',
];

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '0': '\0',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** `"…"` or `'…'`. An escape that is not one keeps its backslash, so that regular expressions need no doubling. */
function stringAt(source: string, start: number): Token {
  const quote = source[start]!;
  let text = '';
  for (let i = start + 1; i < source.length; i++) {
    const char = source[i]!;
    if (char === quote) return { kind: 'string', text, start, end: i + 1 };
    if (char === '\\' && i + 1 < source.length) {
      const next = source[++i]!;
      text += escapes[next] ?? `\\${next}`;
    } else {
      text += char;
    }
  }
  throw new SyscallTextError(`The string has no closing ${quote}`, source, start, source.length);
}

/** Cuts a condition into tokens; the last is `end`. Throws a SyscallTextError. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const rest = source.slice(at);
    const space = /^\s+/.exec(rest);
    if (space) {
      at += space[0].length;
      continue;
    }
    const char = source[at]!;
    if (char === '"' || char === "'") {
      const token = stringAt(source, at);
      tokens.push(token);
      at = token.end;
      continue;
    }
    const name = /^[A-Za-z_]\w*/.exec(rest);
    const number = /^(0[xX][0-9a-fA-F]+|\d+)(?!\w)/.exec(rest);
    const operator = operators.find((one) => rest.startsWith(one));
    const found = name?.[0] ?? number?.[0] ?? operator;
    if (found === undefined) {
      const word = /^\w+/.exec(rest)?.[0] ?? char;
      const why = /^\d/.test(word) ? `'${word}' is not a number` : `'${word}' does not belong here`;
      const hint = char === '=' ? ". To compare, write '=='" : '';
      throw new SyscallTextError(`${why}${hint}`, source, at, at + word.length);
    }
    const kind = name ? 'name' : number ? 'number' : 'operator';
    tokens.push({ kind, text: found, start: at, end: at + found.length });
    at += found.length;
  }
  tokens.push({ kind: 'end', text: '', start: source.length, end: source.length + 1 });
  return tokens;
}
