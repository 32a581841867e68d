/**
 * Exception filters: signals, exceptions of languages, and what happens to the process. What the client has ticked is
 * kept apart from the process: it may come before there is one, and it outlives it in a restart.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import * as v from 'valibot';
import { UserError } from '../common/errors';
import { EXCEPTION_FILTERS, isExceptionFilter } from '../engine/exceptions/filters';
import { signalFilters, signalOfFilter } from '../engine/signalpolicy';
import type { SignalSettings } from '../engine/signals/settings';
import type { Target } from '../engine/target';
import type { DebugTarget } from '../engine/targetinterface';
import type { StopEventKind } from '../engine/types';
import { request } from './request';
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
  ];
}

/** What the client has asked for; undefined until it has. */
export class ExceptionFilterBook {
  private ticked: readonly Ticked[] | undefined;

  /** @returns what is wrong with each filter, in order */
  set(ticked: readonly Ticked[], target: DebugTarget | undefined): (string | undefined)[] {
    this.ticked = ticked;
    const live = target?.startMethod === undefined ? undefined : target.live;
    return live ? this.give(ticked, live) : ticked.map(() => undefined);
  }

  /** There is another process, with the settings of its session. */
  begin(target: Target, settings: SignalSettings): void {
    target.signals.policy.configure(settings);
    if (this.ticked) this.give(this.ticked, target);
  }

  private give(ticked: readonly Ticked[], target: Target): (string | undefined)[] {
    const problems = new Map<Ticked, string | undefined>();
    const put = (mine: readonly Ticked[], set: (filters: readonly Ticked[]) => (string | undefined)[]): void =>
      set(mine).forEach((problem, i) => problems.set(mine[i]!, problem));
    put(
      ticked.filter(({ id }) => signalOfFilter(id) !== undefined),
      (filters) => target.signals.policy.setFilters(filters),
    );
    put(
      ticked.filter(({ id }) => isExceptionFilter(id)),
      (filters) => target.exceptions.setFilters(filters),
    );
    target.stopEvents = ticked.map(({ id }) => id).filter(isEvent);
    return ticked.map((filter) => problems.get(filter));
  }
}

/** Throws UserError for a filter that there is none of. */
function known(id: string): string {
  if (signalOfFilter(id) !== undefined || isExceptionFilter(id) || isEvent(id)) return id;
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
    const problems = session.exceptionFilters.set(ticked, target);
    return {
      breakpoints: problems.map((message) =>
        message === undefined ? { verified: true } : { verified: false, message: `${message} It stops without it.` },
      ),
    };
  },
);
