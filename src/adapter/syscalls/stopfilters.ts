/** The exception filters `syscall_entry` and `syscall_exit`: their conditions are stops as in `syscalls.stops`. */
import { messageOf } from '../../common/errors';
import type { CallBreakpointSpec } from '../../engine/syscalls/callbreakpoints';
import type { Target } from '../../engine/target';
import { stopOf } from './settings';

interface Filter {
  readonly id: string;
  readonly condition?: string;
}

/** Replaces them; one with a wrong condition does not stop. */
export function setSyscallFilters(target: Target, filters: readonly Filter[]): void {
  const specs = filters.map(parse).filter((spec) => typeof spec !== 'string');
  target.syscalls.stopOn('filters', specs);
}

/** What is wrong with the condition of a filter; undefined when nothing is. */
export function syscallFilterProblem(filter: Filter): string | undefined {
  const parsed = parse(filter);
  return typeof parsed === 'string' ? parsed : undefined;
}

function parse({ id, condition }: Filter): CallBreakpointSpec | string {
  try {
    return specOf(condition?.trim() ?? '', id === 'syscall_entry' ? 'entry' : 'exit');
  } catch (error) {
    return messageOf(error);
  }
}

function specOf(condition: string, where: 'entry' | 'exit'): CallBreakpointSpec {
  const hasCalls = condition !== '' && !/^if\s/.test(condition);
  return stopOf(hasCalls ? condition : `all ${condition}`, where);
}
