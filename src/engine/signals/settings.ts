/**
 * The spellings of what is to become of a signal: `"stop, pass"` for one signal, `"SIGUSR1 nostop noprint"` as gdb's
 * `handle` has it. Pure.
 */
import { UserError } from '../../common/errors';
import { SIGNALS, signalNumber } from '../../ptrace/signals';
import { nearest } from '../../expr/members';

/** What becomes of a signal. */
export interface SignalAction {
  /** Everything stops before the program gets it. */
  readonly stop: boolean;
  /** The debug console tells of it. */
  readonly log: boolean;
  /** The program gets it. */
  readonly pass: boolean;
}

/** By signal number; what a setting leaves open stays as it is. */
export type SignalSettings = ReadonlyMap<number, Partial<SignalAction>>;

/** Launch and attach argument `signals`. */
export type SignalsArgument = Readonly<Record<string, string>> | readonly string[];

type Mutable = { -readonly [K in keyof SignalAction]?: SignalAction[K] };

const WORDS: Readonly<Record<string, Mutable>> = {
  stop: { stop: true },
  nostop: { stop: false },
  log: { log: true },
  print: { log: true },
  nolog: { log: false },
  noprint: { log: false },
  pass: { pass: true },
  noignore: { pass: true },
  nopass: { pass: false },
  ignore: { pass: false },
  suppress: { pass: false },
};

/** Groups of signals that settings may name. */
const GROUPS: Readonly<Record<string, (number: number) => boolean>> = {
  all: (number) => !UNTOUCHED.has(number),
  realtime: (number) => number >= 34,
};

/** SIGKILL is never seen; SIGTRAP is what debuggers work with; 32 and 33 are the C library's own. */
const UNTOUCHED = new Set([5, 9, 32, 33]);
const SIGKILL = 9;

/** The numbers of `SIGUSR1`, `34`, `SIGRTMIN-SIGRTMAX`, `14-15`, `all` or `realtime`. Throws UserError. */
function numbersOf(name: string): number[] {
  const group = GROUPS[name.trim().toLowerCase().replace('-', '')];
  if (group) return SIGNALS.map(({ number }) => number).filter(group);
  const single = signalNumber(name);
  if (single !== undefined) return [single];
  // SIGRTMAX-1 is a signal, SIGRTMIN-SIGRTMAX a range: the hyphen with a name or another number on both sides.
  for (const { index } of name.matchAll(/-/g)) {
    const [low, high] = [signalNumber(name.slice(0, index)), signalNumber(name.slice(index + 1))];
    if (low !== undefined && high !== undefined && low <= high) {
      return Array.from({ length: high - low + 1 }, (_, i) => low + i);
    }
  }
  const similar = nearest(
    name.toUpperCase(),
    SIGNALS.map((signal) => signal.name),
  );
  throw wrong(`there is no signal “${name}”${similar === undefined ? '' : `; did you mean “${similar}”?`}`);
}

function wrong(what: string): UserError {
  return new UserError(`"signals": ${what}.`, { code: 'bad-signals' });
}

function actionOf(words: readonly string[], where: string): Mutable {
  const action: Mutable = {};
  if (words.length === 0)
    throw wrong(`“${where}” says nothing of what to do: stop, log, pass, nostop, nolog or nopass`);
  for (const word of words) {
    const meaning = WORDS[word.toLowerCase()];
    if (!meaning) throw wrong(`“${word}” of “${where}” is none of stop, log, pass, nostop, nolog and nopass`);
    Object.assign(action, meaning);
  }
  return action;
}

/**
 * Reads the argument. In an object, the words of a signal are all that becomes of it: without `stop` it does not stop,
 * without `log` nothing is said; it is passed unless `nopass` says otherwise. A list has the lines of gdb's `handle`,
 * which leave open what they do not mention. Throws UserError.
 */
export function readSignalSettings(argument: SignalsArgument | undefined): SignalSettings {
  const settings = new Map<number, Partial<SignalAction>>();
  const put = (name: string, action: Partial<SignalAction>): void => {
    for (const number of numbersOf(name)) {
      if (number === SIGKILL && action.pass !== true) {
        throw wrong('SIGKILL cannot be stopped at, told of or kept from a program');
      }
      settings.set(number, { ...settings.get(number), ...action });
    }
  };
  if (argument === undefined) return settings;
  if (isList(argument)) {
    for (const line of argument) {
      const [names = '', ...words] = line
        .replace(/^\s*handle\s+/, '')
        .split(/\s+/)
        .filter(Boolean);
      const action = actionOf(words, line);
      // As in gdb: a stop is always told, and what is not to be told does not stop.
      if (action.stop) action.log ??= true;
      if (action.log === false) action.stop ??= false;
      for (const name of names.split(',')) put(name, action);
    }
    return settings;
  }
  for (const [name, words] of Object.entries(argument)) {
    const action = actionOf(words.split(/[\s,]+/).filter(Boolean), words);
    const { stop = false, log = false, pass = true } = action;
    put(name, name.toUpperCase() === 'SIGKILL' ? action : { stop, log, pass });
  }
  return settings;
}

function isList(argument: SignalsArgument): argument is readonly string[] {
  return Array.isArray(argument);
}
