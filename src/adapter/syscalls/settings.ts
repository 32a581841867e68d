/** `syscalls` of a launch.json and of `ptrace/syscalls/configure`: checked, and compiled into what the engine takes. */
import * as v from 'valibot';
import { UserError } from '../../common/errors';
import type { CallBreakpointSpec } from '../../engine/syscalls/callbreakpoints';
import type { ScopeSpec } from '../../engine/syscalls/places';
import { compileCondition } from '../../syscalls/condition/condition';
import { parseFilter, type SyscallFilter } from '../../syscalls/filter';
import { parseRule } from '../../syscalls/inject/parse';
import { findPreset, presets } from '../../syscalls/inject/presets';
import type { InjectionObject, InjectionRule } from '../../syscalls/inject/rule';
import { suggestion } from '../../syscalls/near';
import type { SyscallRule, SyscallScope, SyscallStop } from '../../protocol/syscalls';
import { flag, natural, shown, text } from '../validation';

const strings = v.array(text, 'a list of strings');
const calls = v.union([text, strings], 'names of system calls, as a text or a list');

const scope = v.union(
  [v.picklist(['process', 'main']), v.pipe(v.string(), v.regex(/^function:./)), v.object({ from: text, to: text })],
  '"process", "main", "function:NAME" or { "from": …, "to": … }',
);

const stop = v.union(
  [
    v.string(),
    v.object({
      calls,
      where: v.optional(v.picklist(['entry', 'exit'], '"entry" or "exit"')),
      condition: v.optional(text),
    }),
  ],
  'a text such as "openat if path ~ \\"*.conf\\"", or an object with "calls"',
);

const rule = v.union([v.string(), v.record(v.string(), v.unknown())], 'a rule, as a text or an object');

/** What can be changed while the program runs. */
export const changeableSettings = {
  trace: v.optional(v.union([v.boolean(), text, strings], 'true, false, a filter or a list of filters')),
  scope: v.optional(scope),
  durations: v.optional(flag),
  stringLimit: v.optional(natural),
  fds: v.optional(flag),
  stacks: v.optional(natural),
  stops: v.optional(v.array(stop, 'a list of stops')),
  inject: v.optional(v.union([v.array(rule), rule], 'a rule or a list of rules')),
};

/** The schema of `syscalls` in launch.json; `true` and a filter alone stand for `trace`. */
export const syscallsSchema = v.union(
  [v.boolean(), text, strings, v.object({ ...changeableSettings, log: v.optional(text) })],
  'true, a filter, or an object with "trace", "scope", "log", "stops", "inject"…',
);

/** What was asked for, compiled; what is undefined was not mentioned. */
export interface CompiledSettings {
  /** Null: nothing is traced. */
  readonly filter?: SyscallFilter | null;
  readonly scope?: ScopeSpec;
  readonly log?: string;
  readonly durations?: boolean;
  readonly stringLimit?: number;
  readonly fds?: boolean;
  readonly stacks?: number;
  readonly stops?: readonly CallBreakpointSpec[];
  readonly rules?: readonly InjectionRule[];
  /** A rule changes what the vDSO would answer without a system call. */
  readonly withoutVdso?: boolean;
}

type Settings = v.InferOutput<typeof syscallsSchema>;

/** Throws UserError, for mistakes in texts with their column. */
export function compileSettings(settings: Settings | undefined): CompiledSettings {
  if (settings === undefined || settings === false) return {};
  if (typeof settings !== 'object' || Array.isArray(settings)) {
    return { filter: parseFilter(settings === true ? 'all' : settings) };
  }
  const { trace, inject } = settings;
  const asked = inject === undefined ? undefined : Array.isArray(inject) ? inject : [inject];
  const rules = asked?.map((each) => rulesOf(each));
  return {
    ...(trace !== undefined && { filter: trace === false ? null : parseFilter(trace === true ? 'all' : trace) }),
    ...(settings.scope !== undefined && { scope: scopeOf(settings.scope as SyscallScope) }),
    ...(settings.log !== undefined && { log: settings.log }),
    ...(settings.durations !== undefined && { durations: settings.durations }),
    ...(settings.stringLimit !== undefined && { stringLimit: settings.stringLimit }),
    ...(settings.fds !== undefined && { fds: settings.fds }),
    ...(settings.stacks !== undefined && { stacks: settings.stacks }),
    ...(settings.stops !== undefined && { stops: settings.stops.map((each) => stopOf(each)) }),
    ...(rules && { rules: rules.flatMap((each) => each.rules), withoutVdso: rules.some((each) => each.withoutVdso) }),
  };
}

function scopeOf(asked: SyscallScope): ScopeSpec {
  if (typeof asked === 'object') return { kind: 'between', ...asked };
  if (asked === 'process' || asked === 'main') return { kind: asked };
  return { kind: 'function', name: asked.slice('function:'.length) };
}

/** `openat,open at exit if path ~ "*.conf"`: names, then where, then the condition. */
const STOP = /^(?<calls>.*?)(?:\s+at\s+(?<where>entry|exit))?(?:\s+if\s+(?<condition>.*))?$/s;

/**
 * `otherwise` is where the call stops when the text does not say; without it, a condition on the result makes the stop
 * one at exit. Throws UserError.
 */
export function stopOf(asked: SyscallStop, otherwise?: 'entry' | 'exit'): CallBreakpointSpec {
  const { calls: chosen, where = otherwise, condition } = typeof asked === 'string' ? partsOf(asked) : asked;
  const compiled = condition === undefined || condition.trim() === '' ? undefined : compileCondition(condition);
  const filter = parseFilter(chosen);
  const needsResult = compiled?.needsResult === true || filter.needsResult;
  if (needsResult && where === 'entry') {
    throw new UserError(
      `A stop at the entry of ${filter.text} cannot look at the result: the call has not been made. Say "at exit".`,
      { code: 'bad-syscall-text' },
    );
  }
  return { filter, where: where ?? (needsResult ? 'exit' : 'entry'), ...(compiled && { condition: compiled }) };
}

function partsOf(asked: string): { calls: string; where?: 'entry' | 'exit'; condition?: string } {
  const groups = STOP.exec(asked.trim())?.groups ?? {};
  const { where, condition } = groups;
  return {
    calls: groups['calls'] ?? '',
    ...(where !== undefined && { where: where as 'entry' | 'exit' }),
    ...(condition !== undefined && { condition }),
  };
}

function rulesOf(asked: SyscallRule): { readonly rules: InjectionRule[]; readonly withoutVdso: boolean } {
  const name = typeof asked === 'object' ? asked['preset'] : /^[a-z-]+$/.test(asked) ? asked : undefined;
  if (name === undefined) return { rules: [parseRule(asked as string | InjectionObject)], withoutVdso: false };
  const wanted = typeof name === 'string' ? name : shown(name);
  const preset = findPreset(wanted);
  if (!preset) {
    const names = presets.map((each) => each.name);
    const near = suggestion(wanted, names) || ` There are ${names.join(', ')}.`;
    throw new UserError(`There is no ready-made rule '${wanted}'.${near}`, { code: 'bad-syscall-text' });
  }
  return { rules: preset.rules.map(parseRule), withoutVdso: preset.withoutVdso };
}
