/**
 * Exception filters: signals, exceptions of languages, and what happens to the process. What the client has ticked is
 * kept apart from the process: it may come before there is one, and it outlives it in a restart.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import * as v from 'valibot';
import { UserError } from '../common/errors';
import { compileTypeCondition, EXCEPTION_FILTERS, isExceptionFilter } from '../engine/exceptions/filters';
import { signalFilters, signalOfFilter } from '../engine/signalpolicy';
import { compileSignalCondition } from '../engine/signals/condition';
import type { SignalSettings } from '../engine/signals/settings';
import type { Target } from '../engine/target';
import type { DebugTarget } from '../engine/targetinterface';
import type { StopEventKind } from '../engine/types';
import { request } from './request';
import { setSyscallFilters, syscallFilterProblem } from './syscalls/stopfilters';
import { text } from './validation';

type Filter = DebugProtocol.ExceptionBreakpointsFilter;

/** A filter as the client has ticked it. */
interface Ticked {
  readonly id: string;
  readonly condition?: string;
}

const SIGNAL_CONDITION = 'si_code == SEGV_MAPERR && address < 4096; sender, sender.uid, sender.command, value, tid';
const TYPE_CONDITION = 'Types, also as bases and with *: std::runtime_error, my::*, !std::bad_alloc';

const EVENTS: Readonly<Record<StopEventKind, readonly [label: string, description: string]>> = {
  fork: ['Fork', 'Stops where the program forks a process.'],
  vfork: ['Vfork', 'Stops where the program forks a process that borrows its memory (vfork, posix_spawn).'],
  clone: ['Thread Start', 'Stops where the program starts a thread.'],
  exec: ['Exec', 'Stops where the process has begun to execute another program.'],
  exit: ['Exit', 'Stops where the process is about to end, with its stack still there.'],
};

/** Stops at system calls; the condition says which. */
const SYSCALLS: Readonly<Record<string, readonly [label: string, description: string]>> = {
  syscall_entry: ['System Call: Entry', 'Stops before system calls go in; the condition says which.'],
  syscall_exit: ['System Call: Exit', 'Stops where system calls return; the condition says which.'],
};

const SYSCALL_CONDITION = 'openat,%network if path ~ "*.conf" && ret < 0; every call without a condition';

function isSyscallFilter(id: string): boolean {
  return Object.hasOwn(SYSCALLS, id);
}

function isEvent(id: string): id is StopEventKind {
  return Object.hasOwn(EVENTS, id);
}

/** Every filter, in the order in which clients show them; with settings, those of the signals that they name too. */
export function exceptionFilters(settings?: SignalSettings): Filter[] {
  return [
    ...EXCEPTION_FILTERS.map(({ id: filter, label, description, default: isDefault, hasTypes }) => ({
      filter,
      label,
      description,
      default: isDefault,
      supportsCondition: hasTypes,
      ...(hasTypes && { conditionDescription: TYPE_CONDITION }),
    })),
    ...signalFilters(settings).map(({ id: filter, label, description, default: isDefault }) => ({
      filter,
      label,
      description,
      default: isDefault,
      supportsCondition: true,
      conditionDescription: SIGNAL_CONDITION,
    })),
    ...Object.entries(EVENTS).map(([filter, [label, description]]) => ({ filter, label, description, default: false })),
    ...Object.entries(SYSCALLS).map(([filter, [label, description]]) => ({
      filter,
      label,
      description,
      default: false,
      supportsCondition: true,
      conditionDescription: SYSCALL_CONDITION,
    })),
  ];
}

/** What the client has asked for; undefined until it has. */
export class ExceptionFilterBook {
  private ticked: readonly Ticked[] | undefined;

  /** Replaces what the client has ticked. */
  set(ticked: readonly Ticked[], target: DebugTarget | undefined): void {
    this.ticked = ticked;
    if (target?.startMethod !== undefined) give(ticked, target.live);
  }

  /** There is another process, with the settings of its session. */
  begin(target: Target, settings: SignalSettings): void {
    target.signals.policy.configure(settings);
    if (this.ticked) give(this.ticked, target);
  }
}

function give(ticked: readonly Ticked[], target: Target): void {
  target.signals.policy.setFilters(ticked.filter(({ id }) => signalOfFilter(id) !== undefined));
  target.exceptions.setFilters(ticked.filter(({ id }) => isExceptionFilter(id)));
  target.stopEvents = ticked.map(({ id }) => id).filter(isEvent);
  setSyscallFilters(
    target,
    ticked.filter(({ id }) => isSyscallFilter(id)),
  );
}

/** What is wrong with the condition of a filter; undefined when nothing is. */
function problemOf({ id, condition }: Ticked): string | undefined {
  if (condition === undefined) return undefined;
  if (isEvent(id)) return 'This filter takes no condition.';
  if (isSyscallFilter(id)) return syscallFilterProblem({ id, condition });
  const compiled = isExceptionFilter(id) ? compileTypeCondition(condition) : compileSignalCondition(condition);
  return typeof compiled === 'string' ? `${compiled} It stops without it.` : undefined;
}

/** Throws UserError for a filter that there is none of. */
function known(id: string): string {
  if (signalOfFilter(id) !== undefined || isExceptionFilter(id) || isEvent(id) || isSyscallFilter(id)) return id;
  throw new UserError(`There is no exception filter ${id}.`, { code: 'no-such-filter' });
}

export const setExceptionBreakpoints = request(
  'initialized',
  v.object({
    filters: v.optional(v.array(text)),
    filterOptions: v.optional(
      v.array(v.object({ filterId: text, condition: v.optional(text) }), 'a list of { "filterId", "condition" }'),
    ),
  }),
  (session, { filters = [], filterOptions = [] }) => {
    const ticked: Ticked[] = [
      ...filters.map((id) => ({ id: known(id) })),
      ...filterOptions.map(({ filterId, condition }) => ({
        id: known(filterId),
        ...(condition?.trim() && { condition }),
      })),
    ];
    const target = session.debuggee?.ending === undefined ? session.debuggee?.target : undefined;
    session.exceptionFilters.set(ticked, target);
    return {
      breakpoints: ticked.map((filter) => {
        const problem = problemOf(filter);
        return problem === undefined ? { verified: true } : { verified: false, message: problem };
      }),
    };
  },
);
