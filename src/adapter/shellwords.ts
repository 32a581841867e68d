/**
 * `args` as one string, split into words the way a POSIX shell does it (XCU 2.2 Quoting), and nothing more: variables,
 * globs and commands stay as they are, because no shell runs.
 */
import { UserError } from '../common/errors';

const blank = /[ \t\r\n]/;
/** What a backslash escapes inside double quotes (XCU 2.2.3); before anything else it stands for itself. */
const escapableInDoubleQuotes = '$`"\\';

function unterminated(text: string, start: number, kind: string): UserError {
  const shown = text.slice(start, start + 20) + (text.length > start + 20 ? '…' : '');
  return new UserError(
    `"args" has a ${kind} quote that is never closed, at position ${start + 1}: ${shown} ` +
      `Close it, or write "args" as a list of strings.`,
    { code: 'unterminated-quote' },
  );
}

/** Splits one command line. Throws UserError for a quote that is never closed and for a backslash at the very end. */
export function splitShellWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let i = 0;
  while (i < text.length) {
    const char = text[i]!;
    if (blank.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      i++;
    } else if (char === "'") {
      const end = text.indexOf("'", i + 1);
      if (end < 0) throw unterminated(text, i, 'single');
      word = (word ?? '') + text.slice(i + 1, end);
      i = end + 1;
    } else if (char === '"') {
      const quoted = doubleQuoted(text, i);
      word = (word ?? '') + quoted.text;
      i = quoted.next;
    } else if (char === '\\') {
      const next = text[i + 1];
      if (next === undefined) {
        throw new UserError('"args" ends with a lone backslash; write \\\\ for a backslash itself.', {
          code: 'trailing-backslash',
        });
      }
      // A backslash and a newline together are a line continuation: they vanish.
      if (next !== '\n') word = (word ?? '') + next;
      i += 2;
    } else {
      word = (word ?? '') + char;
      i++;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

function doubleQuoted(text: string, start: number): { text: string; next: number } {
  let result = '';
  for (let i = start + 1; i < text.length; i++) {
    const char = text[i]!;
    if (char === '"') return { text: result, next: i + 1 };
    const next = text[i + 1];
    if (char === '\\' && next !== undefined && (next === '\n' || escapableInDoubleQuotes.includes(next))) {
      if (next !== '\n') result += next;
      i++;
    } else {
      result += char;
    }
  }
  throw unterminated(text, start, 'double');
}
