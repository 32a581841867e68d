/** What else procfs says of a process: limits, cgroups, and the lines of `status`. Pure; see procfs.ts. */

/** One line of `/proc/pid/limits`; `unlimited` is undefined. */
export interface ResourceLimit {
  /** As the kernel spells it: `Max open files`. */
  readonly name: string;
  readonly soft: number | undefined;
  readonly hard: number | undefined;
  /** `bytes`, `files`, `seconds`…; empty when it is a number of nothing. */
  readonly unit: string;
}

/** Columns are apart by two blanks at least. Lines that are not of the format, the heading too, are left out. */
export function parseLimits(text: string): ResourceLimit[] {
  const limits: ResourceLimit[] = [];
  for (const line of text.split('\n')) {
    const match = /^(\S+(?: \S+)*) {2,}(\d+|unlimited) +(\d+|unlimited)(?: +(\S+))? *$/.exec(line);
    if (!match) continue;
    const [, name, soft, hard, unit = ''] = match as unknown as readonly string[];
    const value = (field: string) => (field === 'unlimited' ? undefined : Number(field));
    limits.push({ name: name!, soft: value(soft!), hard: value(hard!), unit });
  }
  return limits;
}

/** One line of `/proc/pid/cgroup` (cgroups(7)). */
export interface CgroupMembership {
  /** 0 for version 2. */
  readonly hierarchy: number;
  /** Controllers of a version 1 hierarchy. */
  readonly controllers: readonly string[];
  readonly path: string;
}

export function parseCgroup(text: string): CgroupMembership[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\d+):([^:]*):(.*)$/.exec(line);
    if (!match) return [];
    const controllers = match[2] === '' ? [] : match[2]!.split(',');
    return [{ hierarchy: Number(match[1]), controllers, path: match[3]! }];
  });
}

/** The lines `Name:\tvalue` of a status file, in its order. */
export function parseFields(text: string): { name: string; value: string }[] {
  return text.split('\n').flatMap((line) => {
    const colon = line.indexOf(':');
    return colon <= 0 ? [] : [{ name: line.slice(0, colon), value: line.slice(colon + 1).trim() }];
  });
}

/** `NAME=value` strings up to NULs; one without `=` has no value. */
export function parseEnviron(text: string): { name: string; value: string }[] {
  return text.split('\0').flatMap((entry) => {
    if (entry === '') return [];
    const equals = entry.indexOf('=');
    return [equals < 0 ? { name: entry, value: '' } : { name: entry.slice(0, equals), value: entry.slice(equals + 1) }];
  });
}
