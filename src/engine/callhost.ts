/** What calls of functions need of a target, put together from its parts. */
import { formatAddress, type VirtAddr } from '../common/addresses';
import type { CallHost } from './functioncall';
import type { KernelEvents } from './kernelevents';
import type { Inspection } from './inspection';
import type { TargetMemory } from './sites';
import type { CodeMap } from './stepping/codemap';
import type { Thread } from './thread';
import type { StopReason } from './types';

/** `std::terminate()`, which every C++ runtime spells so. */
const TERMINATE = '_ZSt9terminatev';

export function callHost(parts: {
  readonly events: () => KernelEvents;
  readonly memory: TargetMemory;
  readonly code: CodeMap;
  readonly inspection: Inspection;
}): CallHost {
  const { memory, code, inspection } = parts;
  return {
    get control() {
      return parts.events().control;
    },
    memory,
    entry: () => code.modules.modules.find((module) => module.kind === 'executable')?.entry,
    terminates: () => code.addressesOf(TERMINATE),
    describe: (thread, reason) => describeStop(inspection, thread, reason),
    intercept: (listener) => (parts.events().intercept = listener),
    disturbed: () => inspection.forgetStacks(),
  };
}

/** `it stopped at a breakpoint in work`, `it received SIGSEGV (Segmentation fault) in work`. */
function describeStop(inspection: Inspection, thread: Thread, reason: StopReason): string {
  const place = ` in ${whereabouts(inspection, thread.pc)}`;
  switch (reason.kind) {
    case 'breakpoint':
      return `it stopped at a breakpoint${place}`;
    case 'signal':
      return `it received ${reason.signal.name} (${reason.signal.description})${place}`;
    case 'trap':
      return `it executed an int3 of the program's own${place}`;
    case 'syscall':
      return `it stopped ${reason.where === 'entry' ? 'before' : 'after'} the system call ${reason.call.name}${place}`;
    case 'pause':
      return `it was paused${place}`;
    default:
      return `the program stopped${place}`;
  }
}

function whereabouts(inspection: Inspection, pc: VirtAddr): string {
  return inspection.symbolize(pc)?.name ?? formatAddress(pc);
}
