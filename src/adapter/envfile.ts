/**
 * The text of an `envFile`, by the rules that dotenv files follow: `NAME=value` lines, `export` in front allowed, `#`
 * comments, single quotes literal, double quotes with escapes, both over several lines. Nothing is expanded.
 */
import { UserError } from '../common/errors';

const assignment = /^[ \t]*(?:export[ \t]+)?([^\s=#'"]+)[ \t]*=[ \t]*/;
const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$', '`': '`' };

function problem(path: string, line: number, what: string): UserError {
  return new UserError(`envFile ${path}, line ${line}: ${what}`, { code: 'bad-env-file' });
}

/** Parses a whole file. `path` is for messages only. Throws UserError naming the line that is wrong. */
export function parseEnvFile(content: string, path: string): Record<string, string> {
  const text = content.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const variables: Record<string, string> = {};
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const end = endOfLine(text, at);
    const row = text.slice(at, end);
    if (/^[ \t]*(#|$)/.test(row)) {
      at = end + 1;
      line++;
      continue;
    }
    const match = assignment.exec(row);
    if (!match) throw problem(path, line, `expected NAME=value, found ${JSON.stringify(row.slice(0, 60))}.`);
    const name = match[1]!;
    if (name.includes('\0')) throw problem(path, line, 'a name cannot contain a NUL character.');
    const value = readValue(text, at + match[0].length, path, line);
    variables[name] = value.text;
    // A quoted value may have crossed lines.
    line += text.slice(at, value.next).split('\n').length;
    at = endOfLine(text, value.next) + 1;
  }
  return variables;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

function readValue(text: string, start: number, path: string, line: number): { text: string; next: number } {
  const quote = text[start];
  if (quote !== '"' && quote !== "'") {
    const next = endOfLine(text, start);
    // ` #` begins a comment; a # inside a word (a colour, an anchor) does not.
    return {
      text: text
        .slice(start, next)
        .replace(/(^|[ \t])#.*$/, '')
        .trimEnd(),
      next,
    };
  }
  const value = quote === "'" ? singleQuoted(text, start) : doubleQuoted(text, start);
  if (!value) {
    throw problem(path, line, `the value's ${quote === "'" ? 'single' : 'double'} quote is never closed.`);
  }
  const rest = text.slice(value.next, endOfLine(text, value.next));
  if (!/^[ \t]*(#.*)?$/.test(rest)) {
    throw problem(path, line, `unexpected ${JSON.stringify(rest.trim().slice(0, 60))} after the closing quote.`);
  }
  return value;
}

function singleQuoted(text: string, start: number): { text: string; next: number } | undefined {
  const end = text.indexOf("'", start + 1);
  return end < 0 ? undefined : { text: text.slice(start + 1, end), next: end + 1 };
}

function doubleQuoted(text: string, start: number): { text: string; next: number } | undefined {
  let result = '';
  for (let i = start + 1; i < text.length; i++) {
    const char = text[i]!;
    if (char === '"') return { text: result, next: i + 1 };
    const escaped = char === '\\' ? escapes[text[i + 1] ?? ''] : undefined;
    result += escaped ?? char;
    if (escaped !== undefined) i++;
  }
  return undefined;
}
