/**
 * What comes from the client is checked once, here, and every complaint is a sentence that names the attribute, says
 * what it should be and shows what it is.
 */
import * as v from 'valibot';
import { UserError } from '../common/errors';

/** A value as it stood in the JSON, short enough for a sentence. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** `env.PATH`, `args[2]`: the place of an issue as one would write it in JavaScript. */
function placeOf(issue: v.BaseIssue<unknown>): string {
  let place = '';
  for (const item of issue.path ?? []) {
    const key: unknown = item.key;
    if (typeof key === 'number') place += `[${key}]`;
    else place += (place === '' ? '' : '.') + String(key);
  }
  return place;
}

function inputAt(issue: v.BaseIssue<unknown>): unknown {
  const last = issue.path?.at(-1);
  return last ? (last as { value: unknown }).value : issue.input;
}

/**
 * The checked value; unknown fields are dropped. Throws UserError. A schema's message, where it gives one, is the
 * phrase after "must be".
 */
export function check<S extends v.GenericSchema>(schema: S, input: unknown, what: string): v.InferOutput<S> {
  const result = v.safeParse(schema, input ?? {}, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  const place = placeOf(issue);
  const value = inputAt(issue);
  if (value === undefined && place !== '') {
    throw new UserError(`${what.charAt(0).toUpperCase()}${what.slice(1)} needs "${place}".`, { code: 'bad-argument' });
  }
  const expected = issue.message.startsWith('Invalid ') ? readable(issue.expected) : issue.message;
  const subject = place === '' ? `The arguments of ${what}` : `"${place}" of ${what}`;
  throw new UserError(`${subject} must be ${expected}, not ${shown(value)}.`, { code: 'bad-argument' });
}

function readable(expected: string | null): string {
  switch (expected) {
    case 'string':
      return 'a string';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    case 'Array':
      return 'a list';
    case 'Object':
      return 'an object';
    default:
      return expected ?? 'something else';
  }
}

/** A whole number ≥ 0, as line counts, offsets and ids are. */
export const natural = v.pipe(
  v.number('a whole number'),
  v.integer('a whole number'),
  v.minValue(0, 'a whole number, 0 or more'),
);
export const integer = v.pipe(v.number('a whole number'), v.safeInteger('a whole number'));
export const text = v.string('a string');
export const flag = v.boolean('true or false');
