/** Texts as a person writes them in quotes, with C's escapes. Pure. */
import { UserError } from '../common/errors';

const SIMPLE: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  e: '\x1b',
  '0': '\0',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/**
 * The text of `"…"`, with `...` behind it taken for what a view adds to what it has cut; undefined for anything else.
 * Throws UserError for an escape that does not exist.
 */
export function parseQuoted(text: string): string | undefined {
  const body = /^(?:u8|u|U|L)?"((?:[^"\\]|\\.)*)"$/su.exec(text.trim())?.[1];
  return body?.replace(
    /\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/gsu,
    (
      all,
      byte: string | undefined,
      short: string | undefined,
      long: string | undefined,
      simple: string | undefined,
    ) => {
      const number = byte ?? short ?? long;
      const code = number === undefined ? undefined : parseInt(number, 16);
      if (code !== undefined && code <= 0x10_ffff) return String.fromCodePoint(code);
      const known = simple === undefined ? undefined : SIMPLE[simple];
      if (known === undefined) throw new UserError(`${all} is no escape sequence.`, { code: 'bad-value' });
      return known;
    },
  );
}
