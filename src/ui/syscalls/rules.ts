/**
 * The stops and rules of a session as the view knows them. `ptrace/syscalls/configure` replaces lists as a whole, so
 * whoever adds to one has to know what is in it: what launch.json said, and what was added since.
 */
import type { SyscallRule, SyscallStop } from '../../protocol/syscalls';

export class CallRules {
  private stopList: readonly SyscallStop[];
  private ruleList: readonly SyscallRule[];

  /** `configured` is `syscalls` of the session's configuration, as somebody wrote it. */
  constructor(configured: unknown) {
    const settings = isRecord(configured) ? configured : {};
    const { stops, inject } = settings;
    this.stopList = Array.isArray(stops) ? (stops as SyscallStop[]) : [];
    this.ruleList = inject === undefined ? [] : ((Array.isArray(inject) ? inject : [inject]) as SyscallRule[]);
  }

  get stops(): readonly SyscallStop[] {
    return this.stopList;
  }

  get rules(): readonly SyscallRule[] {
    return this.ruleList;
  }

  /** The list of stops with one more; nothing is kept before the adapter has taken it. */
  withStop(stop: SyscallStop): readonly SyscallStop[] {
    return this.stopList.some((each) => sameAs(each, stop)) ? this.stopList : [...this.stopList, stop];
  }

  withRule(rule: SyscallRule): readonly SyscallRule[] {
    return [...this.ruleList, rule];
  }

  withoutStop(index: number): readonly SyscallStop[] {
    return this.stopList.filter((_stop, at) => at !== index);
  }

  withoutRule(index: number): readonly SyscallRule[] {
    return this.ruleList.filter((_rule, at) => at !== index);
  }

  /** The adapter has taken these lists; what is missing stays. */
  accept(lists: { readonly stops?: readonly SyscallStop[]; readonly inject?: readonly SyscallRule[] }): void {
    this.stopList = lists.stops ?? this.stopList;
    this.ruleList = lists.inject ?? this.ruleList;
  }
}

/** A stop in one line. */
export function describeStop(stop: SyscallStop): string {
  if (typeof stop === 'string') return stop;
  const { calls, where, condition } = stop;
  const names = typeof calls === 'string' ? calls : calls.join(',');
  return `${names}${where ? ` at ${where}` : ''}${condition ? ` if ${condition}` : ''}`;
}

/** A rule in one line. */
export function describeRule(rule: SyscallRule): string {
  if (typeof rule === 'string') return rule;
  if (typeof rule.preset === 'string') return rule.preset;
  const { calls, ...rest } = rule as Readonly<Record<string, unknown>>;
  const parts = Object.entries(rest).map(([key, value]) => `${key}=${String(isScalar(value) ? value : '…')}`);
  return [Array.isArray(calls) ? calls.join(',') : String(calls), ...parts].join(':');
}

/** How often a rule acts, in strace's words for `when`, counted for each thread. */
export const OCCURRENCES = [
  { label: 'Every call', when: '' },
  { label: 'Only the next call', when: '1' },
  { label: 'Every call but the next one', when: '2+' },
  { label: 'Every second call', when: '1+2' },
] as const;

/** `openat:error=ENOENT:when=1`. */
export function failRule(name: string, error: string, when: string): string {
  return `${name}:error=${error}${when ? `:when=${when}` : ''}`;
}

/** `openat:delay_enter=10ms`. */
export function delayRule(name: string, where: 'enter' | 'exit', duration: string): string {
  return `${name}:delay_${where}=${duration}`;
}

function sameAs(a: SyscallStop, b: SyscallStop): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
