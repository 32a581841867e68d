/** The exception filters `syscall_entry` and `syscall_exit`: their conditions are stops as in `syscalls.stops`. */
import { messageOf } from '../../common/errors';
import type { CallBreakpointSpec } from '../../engine/syscalls/callbreakpoints';
import type { Target } from '../../engine/target';
import { stopOf } from './settings';

/** @returns what is wrong with each filter, in order */
export function setSyscallFilters(
  target: Target,
  filters: readonly { readonly id: string; readonly condition?: string }[],
): (string | undefined)[] {
  const specs: CallBreakpointSpec[] = [];
  const problems = filters.map(({ id, condition }) => {
    const where = id === 'syscall_entry' ? 'entry' : 'exit';
    try {
      specs.push(specOf(condition?.trim() ?? '', where));
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  });
  target.syscalls.stopOn('filters', specs);
  return problems;
}

function specOf(condition: string, where: 'entry' | 'exit'): CallBreakpointSpec {
  const hasCalls = condition !== '' && !/^if\s/.test(condition);
  return stopOf(hasCalls ? condition : `all ${condition}`, where);
}
