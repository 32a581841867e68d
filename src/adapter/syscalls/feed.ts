/** Brings a session's settings of system calls to its target, and tells the client that the log grows. */
import { resolve } from 'node:path';
import type { Target } from '../../engine/target';
import type { SyscallsEvent } from '../../protocol/syscalls';
import type { Session } from '../session';
import type { CompiledSettings } from './settings';
import { lastRows } from './shownrow';

/** Between two events, milliseconds. */
const INTERVAL = 100;

/** Rows that are sent when the program has ended. */
const LAST_ROWS = 1000;

const DEFAULT_STRING_LIMIT = 32;

/** Settings that last until they are changed. */
const current = new WeakMap<Target, CompiledSettings>();

/**
 * Applies what was asked for; what was not mentioned stays as it is. Returns remarks for people. Throws UserError when
 * the log cannot be written or a place cannot be watched.
 */
export function applySettings(target: Target, settings: CompiledSettings, folder: string): string[] {
  const { syscalls } = target;
  const merged = { ...current.get(target), ...settings };
  current.set(target, merged);
  const notes: string[] = [];
  const { scope } = settings;
  if (scope && !syscalls.limit(scope)) notes.push(unknownPlace(scope));
  if (settings.log !== undefined) syscalls.writeTo(resolve(folder, settings.log));
  syscalls.log.showDurations = merged.durations ?? false;
  if (settings.rules) syscalls.inject(settings.rules);
  if (settings.withoutVdso !== undefined) syscalls.withoutVdso = settings.withoutVdso;
  if (settings.stops) syscalls.stopOn('settings', settings.stops);
  syscalls.trace(merged.filter ?? undefined, {
    stringLimit: merged.stringLimit ?? DEFAULT_STRING_LIMIT,
    describesFds: merged.fds ?? false,
    stackDepth: merged.stacks ?? 0,
  });
  return notes;
}

function unknownPlace(scope: NonNullable<CompiledSettings['scope']>): string {
  const what =
    scope.kind === 'between'
      ? `${scope.from} or ${scope.to}`
      : scope.kind === 'function'
        ? `the function ${scope.name}`
        : 'main';
  return `System calls are looked at once ${what} is known: no module that is loaded has it yet.`;
}

/** Sends `ptrace/syscalls` events while the log grows. */
export function feedSyscalls(session: Session, target: Target): void {
  let timer: NodeJS.Timeout | undefined;
  let sent = -1;
  const tell = (atEnd: boolean): void => {
    timer = undefined;
    const { store } = target.syscalls.log;
    const total = store.length;
    if (total === sent && !(atEnd && total > 0)) return;
    sent = total;
    const tracing = target.syscalls.filter !== undefined && !atEnd;
    // Clients disconnect at the end: who has not asked by then cannot ask any more.
    const last = atEnd && total > 0 && { last: lastRows(store, LAST_ROWS), firstTime: store.row(0).time };
    const body: SyscallsEvent = { total, tracing, ...last };
    session.emitEvent('ptrace/syscalls', body);
  };
  target.on('calls', () => {
    timer ??= setTimeout(() => tell(false), INTERVAL);
  });
  target.on('exited', () => {
    clearTimeout(timer);
    tell(true);
  });
}
