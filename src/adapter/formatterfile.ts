/** Files of formatters: read, checked, and turned into formatters; every complaint names the file and the place in it. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { messageOf, UserError } from '../common/errors';
import type { Formatter } from '../expr/formatter';
import { declaredFormatters } from '../expr/formatters/declarative';
import { check, text } from './validation';

/** Looked for where the program is started, when `formatters` names no file. */
export const DEFAULT_FILE = '.vscode/ptrace-formatters.json';

/** Nobody writes more by hand. */
const MAX_BYTES = 4 * 1024 * 1024;

const element = { key: v.optional(text), value: v.optional(text) };
const named = v.strictObject({ name: text, value: text, if: v.optional(text) });
const children = v.union(
  [
    v.array(named),
    v.strictObject({ array: v.strictObject({ data: text, count: text, ...element }) }),
    v.strictObject({ list: v.strictObject({ head: text, next: text, count: v.optional(text), ...element }) }),
    v.strictObject({
      tree: v.strictObject({ root: text, left: text, right: text, count: v.optional(text), ...element }),
    }),
  ],
  'a list of { "name", "value" }, or one of { "array": { "data", "count" } }, { "list": { "head", "next" } } and { "tree": { "root", "left", "right" } }',
);
const entry = v.strictObject(
  {
    type: v.union([text, v.array(text)], 'a name, a pattern, or a list of them'),
    summary: v.optional(text),
    children: v.optional(children),
    pointee: v.optional(text),
    text: v.optional(
      v.union([text, v.strictObject({ data: text, length: text })], 'an expression, or { "data", "length" }'),
    ),
  },
  'an object with "type", "summary", "children", "pointee" and "text"',
);
const fileSchema = v.object({ formatters: v.array(entry, 'a list of formatters') });

/** JSON from what the editor lets people write: comments and trailing commas become spaces, so that positions stay. */
function strictJson(text: string): string {
  const strings = '"(?:[^"\\\\]|\\\\.)*"';
  const blank = (part: string) => (part.startsWith('"') ? part : part.replace(/[^\n]/g, ' '));
  const plain = text.replace(new RegExp(`${strings}|//[^\\n]*|/\\*[\\s\\S]*?\\*/`, 'g'), blank);
  return plain.replace(new RegExp(`${strings}|,(?=\\s*[}\\]])`, 'g'), blank);
}

/** The formatters of a file's text; `report` hears a sentence for each that is left out. Throws UserError for the whole. */
export function parseFormatters(json: string, path: string, report: (problem: string) => void): Formatter[] {
  let content: unknown;
  try {
    content = JSON.parse(strictJson(json));
  } catch (error) {
    throw new UserError(`${path} is not valid JSON: ${messageOf(error)}.`, { code: 'bad-formatters' });
  }
  const { formatters } = check(fileSchema, content, path);
  return declaredFormatters(formatters, (index, { place, message }) => {
    report(`${path}: formatters[${index}].${place}: ${message}.`);
  });
}

/**
 * The formatters of files, in their order. What is wrong is reported in sentences, and the rest is used. `paths`
 * undefined means the default file of the folder, which need not exist.
 */
export function readFormatters(
  paths: readonly string[] | undefined,
  folder: string,
  report: (problem: string) => void,
): Formatter[] {
  return (paths ?? [DEFAULT_FILE]).flatMap((name) => {
    const path = resolve(folder, name);
    try {
      const { size } = statSync(path);
      if (size > MAX_BYTES) throw new UserError(`${path} has ${size} bytes; at most ${MAX_BYTES} are read.`);
      return parseFormatters(readFileSync(path, 'utf8'), path, report);
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (isMissing && paths === undefined) return [];
      report(
        error instanceof UserError ? error.message : `The formatters of ${path} cannot be read: ${messageOf(error)}.`,
      );
      return [];
    }
  });
}
