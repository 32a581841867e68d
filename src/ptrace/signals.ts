/** The signals of Linux x86-64: names, words and default actions (signal(7)). */

/** What happens when a program neither handles nor ignores the signal. */
export type DefaultAction = 'terminate' | 'core' | 'ignore' | 'stop' | 'continue';

export interface Signal {
  readonly number: number;
  /** `SIGSEGV`, `SIGRTMIN+3`. */
  readonly name: string;
  /** The words of strsignal(3): `Segmentation fault`. */
  readonly description: string;
  readonly defaultAction: DefaultAction;
}

const STANDARD: readonly (readonly [name: string, description: string, action: DefaultAction])[] = [
  ['SIGHUP', 'Hangup', 'terminate'],
  ['SIGINT', 'Interrupt', 'terminate'],
  ['SIGQUIT', 'Quit', 'core'],
  ['SIGILL', 'Illegal instruction', 'core'],
  ['SIGTRAP', 'Trace/breakpoint trap', 'core'],
  ['SIGABRT', 'Aborted', 'core'],
  ['SIGBUS', 'Bus error', 'core'],
  ['SIGFPE', 'Floating point exception', 'core'],
  ['SIGKILL', 'Killed', 'terminate'],
  ['SIGUSR1', 'User defined signal 1', 'terminate'],
  ['SIGSEGV', 'Segmentation fault', 'core'],
  ['SIGUSR2', 'User defined signal 2', 'terminate'],
  ['SIGPIPE', 'Broken pipe', 'terminate'],
  ['SIGALRM', 'Alarm clock', 'terminate'],
  ['SIGTERM', 'Terminated', 'terminate'],
  ['SIGSTKFLT', 'Stack fault', 'terminate'],
  ['SIGCHLD', 'Child exited', 'ignore'],
  ['SIGCONT', 'Continued', 'continue'],
  ['SIGSTOP', 'Stopped (signal)', 'stop'],
  ['SIGTSTP', 'Stopped', 'stop'],
  ['SIGTTIN', 'Stopped (tty input)', 'stop'],
  ['SIGTTOU', 'Stopped (tty output)', 'stop'],
  ['SIGURG', 'Urgent I/O condition', 'ignore'],
  ['SIGXCPU', 'CPU time limit exceeded', 'core'],
  ['SIGXFSZ', 'File size limit exceeded', 'core'],
  ['SIGVTALRM', 'Virtual timer expired', 'terminate'],
  ['SIGPROF', 'Profiling timer expired', 'terminate'],
  ['SIGWINCH', 'Window changed', 'ignore'],
  ['SIGIO', 'I/O possible', 'terminate'],
  ['SIGPWR', 'Power failure', 'terminate'],
  ['SIGSYS', 'Bad system call', 'core'],
];

/** Other names of the same numbers. */
const ALIASES: Readonly<Record<string, number>> = { SIGIOT: 6, SIGCLD: 17, SIGPOLL: 29 };

const FIRST_REAL_TIME = 32;
/** As programs see it: glibc takes 32 and 33 for cancelling threads and for setuid(2) across threads. */
const SIGRTMIN = 34;
const SIGRTMAX = 64;

function realTimeSignal(number: number): Signal {
  const common = { number, defaultAction: 'terminate' } as const;
  if (number < SIGRTMIN) return { ...common, name: `SIG${number}`, description: `Real-time signal of the C library` };
  const offset = number - SIGRTMIN;
  // kill -l counts the upper half down from SIGRTMAX.
  const name =
    offset <= 15 ? `SIGRTMIN${offset ? `+${offset}` : ''}` : `SIGRTMAX${number < SIGRTMAX ? number - SIGRTMAX : ''}`;
  return { ...common, name, description: `Real-time signal ${offset}` };
}

/** All signals, 1 to 64 in order. */
export const SIGNALS: readonly Signal[] = [
  ...STANDARD.map(([name, description, defaultAction], index) => ({
    number: index + 1,
    name,
    description,
    defaultAction,
  })),
  ...Array.from({ length: SIGRTMAX - FIRST_REAL_TIME + 1 }, (_, index) => realTimeSignal(FIRST_REAL_TIME + index)),
];

/** The signal of a number; one outside of 1–64 gets a name that shows the number. */
export function signalOf(number: number): Signal {
  return (
    SIGNALS[number - 1] ?? {
      number,
      name: `SIG${number}`,
      description: `Unknown signal ${number}`,
      defaultAction: 'terminate',
    }
  );
}

/** The number of `SIGSEGV`, `segv`, `SIGRTMIN+2`, `SIGPOLL` or `11`; undefined when there is no such signal. */
export function signalNumber(text: string): number | undefined {
  const trimmed = text.trim().toUpperCase();
  if (/^\d+$/.test(trimmed)) return SIGNALS[Number(trimmed) - 1]?.number;
  const name = trimmed.startsWith('SIG') ? trimmed : `SIG${trimmed}`;
  const relative = /^SIGRT(?:MIN(?:\+(\d+))?|MAX(?:-(\d+))?)$/.exec(name);
  if (relative) {
    const number = name.startsWith('SIGRTMIN')
      ? SIGRTMIN + Number(relative[1] ?? 0)
      : SIGRTMAX - Number(relative[2] ?? 0);
    return number >= SIGRTMIN && number <= SIGRTMAX ? number : undefined;
  }
  return ALIASES[name] ?? SIGNALS.find((signal) => signal.name === name)?.number;
}

export { describeSiginfo, type SiginfoDescription } from './siginfo';
