/** Breakpoints on system calls: by a filter, at entry or exit, with a condition on what was decoded. */

import type { Condition } from '../../syscalls/condition/condition';
import type { SyscallFilter } from '../../syscalls/filter';
import type { Abi, DecodedCall } from '../../syscalls/model';
import type { Thread } from '../thread';
import type { StopReason } from '../types';

export interface CallBreakpointSpec {
  readonly filter: SyscallFilter;
  readonly where: 'entry' | 'exit';
  readonly condition?: Condition;
}

export class CallBreakpoints {
  private specs: readonly CallBreakpointSpec[] = [];
  private readonly byOrigin = new Map<string, readonly CallBreakpointSpec[]>();

  get isEmpty(): boolean {
    return this.specs.length === 0;
  }

  /** These instead of those that the same origin set before. */
  set(origin: string, specs: readonly CallBreakpointSpec[]): void {
    this.byOrigin.set(origin, specs);
    this.specs = [...this.byOrigin.values()].flat();
  }

  copy(from: CallBreakpoints): void {
    for (const [origin, specs] of from.byOrigin) this.set(origin, specs);
  }

  /** Whether a call of this number may stop. */
  wants(abi: Abi, number: number): boolean {
    return this.specs.some(({ filter }) => filter.calls.has(abi, number));
  }

  /** A thread is about to make a call. */
  entered(thread: Thread, call: DecodedCall): StopReason | undefined {
    return this.check(thread, call, 'entry');
  }

  /** A call has returned. */
  left(thread: Thread, call: DecodedCall): StopReason | undefined {
    return this.check(thread, call, 'exit');
  }

  private check(thread: Thread, call: DecodedCall, where: 'entry' | 'exit'): StopReason | undefined {
    const stops = this.specs.some(
      (spec) =>
        spec.where === where &&
        spec.filter.calls.has(call.abi, call.number) &&
        spec.filter.match(call) &&
        (!spec.condition || spec.condition.test({ call, tid: thread.tid })),
    );
    return stops ? { kind: 'syscall', where, call } : undefined;
  }
}
