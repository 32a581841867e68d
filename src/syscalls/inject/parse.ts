/** Parses injection rules: strace's `inject=SET:error=ENOSPC:when=3..` and the object form of launch.json. */
import { compileCondition } from '../condition/condition';
import { describeErrno, errnoByName, maxErrno } from '../errno';
import { SyscallTextError } from '../errors';
import { parseFilter } from '../filter';
import { suggestion } from '../near';
import { table } from '../constants';
import { allCallNames } from '../callset';
import { parseDuration, parseInteger, parseOccurrence, parsePokes } from './values';
import type { InjectionObject, InjectionRule } from './rule';

type Draft = { -readonly [key in keyof InjectionRule]?: InjectionRule[key] };

/** A piece of a rule: its text, and where that begins in what messages show. */
interface Piece {
  readonly value: string;
  readonly text: string;
  readonly start: number;
}

const fail = (sentence: string, { text, start, value }: Piece): SyscallTextError =>
  new SyscallTextError(sentence, text, start, start + Math.max(1, value.length));

function parseError(piece: Piece): { readonly number: number; readonly name: string } {
  const { value } = piece;
  const number = /^\d+$/.test(value) ? Number(value) : errnoByName(value);
  if (number === undefined) {
    const names = [...table('errno').byName.keys()];
    throw fail(`There is no error '${value}'.${suggestion(value, names)}`, piece);
  }
  if (number < 1 || number > maxErrno)
    throw fail(`An error number lies between 1 and ${maxErrno}, not at ${value}`, piece);
  return { number, name: describeErrno(number).name };
}

function parseSignal(piece: Piece): { readonly number: number; readonly name: string } {
  const { value } = piece;
  const signals = table('signal');
  const upper = value.toUpperCase();
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  const real = /^SIGRT(?:MIN(?:\+(\d+))?|_(\d+))$/.exec(name);
  const number = /^\d+$/.test(value)
    ? Number(value)
    : real
      ? 32 + Number(real[1] ?? real[2] ?? 0)
      : Number(signals.byName.get(name) ?? 0);
  if (number < 1 || number > 64)
    throw fail(`There is no signal '${value}'.${suggestion(name, signals.byName.keys())}`, piece);
  return { number, name: signals.byValue.get(BigInt(number)) ?? `SIGRT_${number - 32}` };
}

function parseCall(piece: Piece): string {
  const names = allCallNames();
  if (names.has(piece.value)) return piece.value;
  throw fail(`There is no system call '${piece.value}'.${suggestion(piece.value, names)}`, piece);
}

const setters: Readonly<Record<string, (draft: Draft, piece: Piece) => void>> = {
  error: (draft, piece) => (draft.error = parseError(piece)),
  retval: (draft, piece) => (draft.retval = parseInteger(piece.value, piece.text, piece.start)),
  signal: (draft, piece) => (draft.signal = parseSignal(piece)),
  syscall: (draft, piece) => (draft.syscall = parseCall(piece)),
  delay_enter: (draft, piece) => (draft.delayEnter = parseDuration(piece.value, piece.text, piece.start)),
  delay_exit: (draft, piece) => (draft.delayExit = parseDuration(piece.value, piece.text, piece.start)),
  poke_enter: (draft, piece) => (draft.pokeEnter = parsePokes(piece.value, piece.text, piece.start)),
  poke_exit: (draft, piece) => (draft.pokeExit = parsePokes(piece.value, piece.text, piece.start)),
  when: (draft, piece) => (draft.when = parseOccurrence(piece.value, piece.text, piece.start)),
};

function finish(draft: Draft, text: string, at: number): InjectionRule {
  const { calls } = draft;
  if (!calls) throw new SyscallTextError('The rule does not say which calls', text, at);
  const ends = [draft.error && 'error', draft.retval !== undefined && 'retval', draft.syscall && 'syscall'].filter(
    Boolean,
  );
  if (ends.length > 1) {
    throw new SyscallTextError(
      `A rule cannot have '${ends[0] as string}' and '${ends[1] as string}' at once`,
      text,
      at,
      text.length,
    );
  }
  const rule: InjectionRule = {
    ...draft,
    text,
    calls,
    when: draft.when ?? { first: 1, step: 1 },
    args: draft.args ?? [],
    pokeEnter: draft.pokeEnter ?? [],
    pokeExit: draft.pokeExit ?? [],
  };
  const acts =
    ends.length > 0 || rule.signal || rule.delayEnter !== undefined || rule.delayExit !== undefined || rule.rewrite;
  if (!acts && rule.args.length + rule.pokeEnter.length + rule.pokeExit.length === 0) {
    const words = 'error, retval, signal, syscall, delay_enter, delay_exit, poke_enter or poke_exit';
    throw new SyscallTextError(`The rule does nothing; it needs ${words}`, text, at, Math.max(at + 1, text.length));
  }
  return rule;
}

/** Pieces between colons. */
function pieces(text: string, from: number): Piece[] {
  const found: Piece[] = [];
  let start = from;
  for (const value of text.slice(from).split(':')) {
    found.push({ value, text, start });
    start += value.length + 1;
  }
  return found;
}

/** Parses strace's spelling; `inject=` in front may be left out, `fault=` stands for `error=ENOSYS`. */
export function parseInjection(text: string): InjectionRule {
  const [, prefix = '', word] = /^((inject|fault)=)?/.exec(text)!;
  const [calls, ...options] = pieces(text, prefix.length);
  if (!calls || calls.value.trim() === '')
    throw new SyscallTextError('The rule does not say which calls', text, prefix.length);
  const draft: Draft = { calls: callsOf(calls) };
  const seen = new Set<string>();
  for (const option of options) {
    const equals = option.value.indexOf('=');
    const key = equals < 0 ? option.value : option.value.slice(0, equals);
    const setter = Object.hasOwn(setters, key) ? setters[key] : undefined;
    if (!setter) {
      const near = suggestion(key, Object.keys(setters)) || ` There are ${Object.keys(setters).join(', ')}.`;
      throw fail(`A rule knows no '${key}'.${near}`, { ...option, value: key });
    }
    if (equals < 0) throw fail(`'${key}' needs a value: '${key}=…'`, option);
    if (seen.has(key)) throw fail(`'${key}' is there twice`, { ...option, value: key });
    seen.add(key);
    setter(draft, { text, value: option.value.slice(equals + 1), start: option.start + equals + 1 });
  }
  if (word === 'fault' && !draft.error) draft.error = { number: 38, name: 'ENOSYS' };
  return finish(draft, text, prefix.length);
}

/** The set in front of the first colon: the same language as `syscalls.trace`, without what looks inside. */
function callsOf({ value, text, start }: Piece): InjectionRule['calls'] {
  try {
    const filter = parseFilter(value);
    if (filter.looksInside) {
      throw new SyscallTextError(
        'Rules choose calls by name; use a condition for what is inside of them',
        value,
        0,
        value.length,
      );
    }
    return filter.calls;
  } catch (error) {
    if (error instanceof SyscallTextError) throw error.within(text, start);
    throw error;
  }
}

/** Keys of the object form and what strace calls them. */
const textKeys: Readonly<Record<string, string>> = {
  error: 'error',
  retval: 'retval',
  signal: 'signal',
  syscall: 'syscall',
  delayEnter: 'delay_enter',
  delayExit: 'delay_exit',
  when: 'when',
};

const objectKeys = [...Object.keys(textKeys), 'calls', 'pokeEnter', 'pokeExit', 'args', 'condition', 'tid', 'rewrite'];

/** A mistake in the value of a key says which key: columns count within the value. */
function inKey<T>(key: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof SyscallTextError)) throw error;
    throw new SyscallTextError(`${key}: ${error.sentence}`, error.text, error.start, error.end);
  }
}

const argumentIndex = (word: string, key: string): number => {
  const [, digits] = /^(?:@?arg)?([1-6])$/.exec(word) ?? [];
  if (digits === undefined)
    throw new SyscallTextError(`${key}: arguments are '1' to '6', not '${word}'`, word, 0, word.length);
  return Number(digits) - 1;
};

function pokesOf(value: string | Readonly<Record<string, string>>, key: string): InjectionRule['pokeEnter'] {
  if (typeof value === 'string') return parsePokes(value, value, 0);
  return Object.entries(value).flatMap(([word, hex]) =>
    parsePokes(`@arg${argumentIndex(word, key) + 1}=${hex}`, hex, 0),
  );
}

/** Parses the object form of `syscalls.inject`. */
export function parseInjectionObject(object: InjectionObject): InjectionRule {
  const shown = JSON.stringify(object);
  for (const key of Object.keys(object)) {
    if (!objectKeys.includes(key)) {
      const near = suggestion(key, objectKeys) || ` There are ${objectKeys.join(', ')}.`;
      throw new SyscallTextError(`A rule knows no '${key}'.${near}`, shown, shown.indexOf(`"${key}"`));
    }
  }
  if (object.calls === undefined || object.calls.length === 0) {
    throw new SyscallTextError("The rule does not say which calls; give it 'calls'", shown, 0);
  }
  const texts = typeof object.calls === 'string' ? [object.calls] : object.calls;
  const draft: Draft = { calls: inKey('calls', () => parseFilter(texts).calls) };
  for (const [key, word] of Object.entries(textKeys)) {
    const value = (object as unknown as Readonly<Record<string, string | number | undefined>>)[key];
    if (value === undefined) continue;
    const text = String(value);
    inKey(key, () => setters[word]!(draft, { value: text, text, start: 0 }));
  }
  if (object.pokeEnter !== undefined)
    draft.pokeEnter = inKey('pokeEnter', () => pokesOf(object.pokeEnter!, 'pokeEnter'));
  if (object.pokeExit !== undefined) draft.pokeExit = inKey('pokeExit', () => pokesOf(object.pokeExit!, 'pokeExit'));
  if (object.args) {
    draft.args = Object.entries(object.args).map(([word, value]) => ({
      argument: argumentIndex(word, 'args'),
      value: inKey('args', () => parseInteger(String(value), String(value), 0)),
    }));
  }
  if (object.condition !== undefined) {
    const condition = inKey('condition', () => compileCondition(object.condition!));
    if (condition.needsResult) {
      const sentence = 'condition: a rule is decided when the call goes in, so it cannot look at its result';
      throw new SyscallTextError(sentence, object.condition, 0, object.condition.length);
    }
    draft.condition = condition;
  }
  if (object.tid !== undefined) draft.tid = object.tid;
  if (object.rewrite) draft.rewrite = rewriteOf(object.rewrite);
  return finish(draft, shown, 0);
}

function rewriteOf({
  argument,
  pattern,
  replacement,
}: NonNullable<InjectionObject['rewrite']>): InjectionRule['rewrite'] {
  try {
    return { argument: argumentIndex(String(argument), 'rewrite'), pattern: new RegExp(pattern, 'g'), replacement };
  } catch (error) {
    if (error instanceof SyscallTextError) throw error;
    const why = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : '';
    throw new SyscallTextError(`rewrite: the regular expression is not valid: ${why}`, pattern, 0, pattern.length);
  }
}

/** Either form. */
export function parseRule(source: string | InjectionObject): InjectionRule {
  return typeof source === 'string' ? parseInjection(source) : parseInjectionObject(source);
}
