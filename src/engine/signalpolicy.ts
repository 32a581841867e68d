/**
 * What becomes of each signal: stop, log, pass. The table is made of three layers: the defaults, the settings of the
 * session, and the client's exception filters, which decide about stopping where they differ from what they are at first.
 */
import { signalOf, signalNumber } from '../ptrace/signals';
import { compileSignalCondition, type SignalCondition, type SignalFacts } from './signals/condition';
import type { SignalAction, SignalSettings } from './signals/settings';

/** A signal's filter, or the one for all signals that have none of their own. */
export interface SignalFilter {
  /** `SIGSEGV`, or `signals`. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  /** Whether it is ticked before anybody has chosen. */
  readonly default: boolean;
}

/** A filter that the client has ticked. */
export interface TickedFilter {
  readonly id: string;
  readonly condition?: string;
}

/** Errors of the program: SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS. A SIGTRAP that somebody sent stops too. */
const STOPPING = new Set([4, 5, 6, 7, 8, 11, 31]);

/** Signals that the filter for all others does not mean: the C library's own. */
const INTERNAL = new Set([32, 33]);

/** The filter of all signals that have none. */
export const OTHER_SIGNALS = 'signals';

/** Those that people choose most, in the order in which they are shown. */
const LISTED = [
  ...['SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGABRT', 'SIGSYS', 'SIGTRAP'],
  ...['SIGINT', 'SIGTERM', 'SIGPIPE', 'SIGUSR1', 'SIGUSR2', 'SIGCHLD'],
];

function filterOf(number: number): SignalFilter {
  const { name, description } = signalOf(number);
  return { id: name, label: name, description, default: STOPPING.has(number) };
}

/** The filters that a client is offered; with settings, those of the signals that they name as well. */
export function signalFilters(settings?: SignalSettings): SignalFilter[] {
  const named = [...(settings?.keys() ?? [])].map((number) => signalOf(number).name);
  // A setting for all signals would make a list that nobody can read.
  const extra = named.length > 16 ? [] : named.filter((name) => !LISTED.includes(name) && name !== 'SIGKILL');
  return [
    ...[...LISTED, ...extra].map((name) => filterOf(signalNumber(name)!)),
    {
      id: OTHER_SIGNALS,
      label: 'Other Signals',
      description: 'Every signal that is not listed, real-time signals too. A condition chooses: signal == SIGRTMIN+1',
      default: false,
    },
  ];
}

/** The signal of a filter id: `SIGSEGV`, `SIGRTMIN+3`; undefined for an id that is none. */
export function signalOfFilter(id: string): number | typeof OTHER_SIGNALS | undefined {
  if (id === OTHER_SIGNALS) return OTHER_SIGNALS;
  return id.startsWith('SIG') ? signalNumber(id) : undefined;
}

export class SignalPolicy {
  private settings: SignalSettings = new Map();
  /** Undefined until a client has said which it wants. */
  private ticked: Map<number | typeof OTHER_SIGNALS, SignalCondition | undefined> | undefined;

  /** Replaces the settings of the session. */
  configure(settings: SignalSettings): void {
    this.settings = settings;
  }

  /** Replaces the ticked filters; one with a wrong condition stops without its being asked. */
  setFilters(filters: readonly TickedFilter[]): void {
    this.ticked = new Map();
    for (const { id, condition } of filters) {
      const key = signalOfFilter(id);
      if (key === undefined) continue;
      const compiled = condition?.trim() ? compileSignalCondition(condition) : undefined;
      this.ticked.set(key, typeof compiled === 'string' ? undefined : compiled);
    }
  }

  /** Whether a signal is passed without a stop and without a word, whatever it carries. */
  isQuiet(signal: number): boolean {
    const { stop, log, pass } = this.table(signal);
    return !stop && !log && pass;
  }

  /** @param facts asked for only where there is a condition */
  decide(signal: number, facts: () => SignalFacts): SignalAction {
    const action = this.table(signal);
    const condition = this.ticked?.get(this.keyOf(signal));
    if (!action.stop || !condition) return action;
    return { ...action, stop: condition(facts()) };
  }

  private keyOf(signal: number): number | typeof OTHER_SIGNALS {
    const isOwn = this.ticked?.has(signal) || LISTED.includes(signalOf(signal).name);
    return isOwn ? signal : OTHER_SIGNALS;
  }

  /** What becomes of a signal, conditions left aside. */
  table(signal: number): SignalAction {
    const { stop, log = false, pass = true } = this.settings.get(signal) ?? {};
    return { stop: this.stops(signal, stop), log, pass };
  }

  private stops(signal: number, setting: boolean | undefined): boolean {
    const usual = setting ?? STOPPING.has(signal);
    if (!this.ticked) return usual;
    const key = this.keyOf(signal);
    const isTicked = this.ticked.has(key) && !(key === OTHER_SIGNALS && INTERNAL.has(signal));
    // A box that is as it was at first says nothing.
    const first = key === OTHER_SIGNALS ? false : STOPPING.has(signal);
    return isTicked === first ? usual : isTicked;
  }
}
