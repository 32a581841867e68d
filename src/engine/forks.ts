/** Children that the kernel has just made: their first stop, their copies of our int3 bytes, and letting them go. */
import { messageOf, PtraceError } from '../common/errors';
import { log } from '../common/log';
import { ProcessMemory } from '../ptrace/memory';
import { native } from '../ptrace/native';
import { decodeWaitStatus } from '../ptrace/waitstatus';
import { clearDebugRegisters } from './debugregisters';
import type { SiteTable } from './sites';
import type { Tid } from './types';

/** How long the kernel may take to show a new child's first stop, milliseconds; it is already on its way. */
const FIRST_STOP_LIMIT = 2000;

/** How long letting go waits for a thread to stop, milliseconds. */
const LET_GO_LIMIT = 100;

/** A forked child has a copy of the memory, with our int3 bytes in it: they are undone before it runs. */
export function cleanCopy(child: Tid, sites: SiteTable): void {
  try {
    const memory = new ProcessMemory(child);
    try {
      for (const site of sites.all()) {
        if (site.inserted) memory.write(site.address, Uint8Array.of(site.original));
      }
    } finally {
      memory.close();
    }
  } catch (error) {
    log('engine', () => `child ${child}: ${messageOf(error)}`);
  }
}

/** Waits for the stop in which a child begins; false when it has been killed before. */
export function awaitFirstStop(child: Tid): boolean {
  try {
    const raw = native.waitSlice(child, FIRST_STOP_LIMIT);
    const kind = raw < 0 ? 'none' : decodeWaitStatus(raw).kind;
    return kind !== 'none' && kind !== 'exited' && kind !== 'killed';
  } catch (error) {
    if (error instanceof PtraceError) return false;
    throw error;
  }
}

/** Lets a stopped child run on without a debugger. */
export function detachChild(child: Tid): void {
  try {
    // The kernel gives a child no watch of its parent's, only a copy of what PTRACE_PEEKUSER shows of DR7.
    clearDebugRegisters(child);
    native.detach(child, 0);
  } catch (error) {
    // ESRCH: it was killed first.
    if (!(error instanceof PtraceError)) throw error;
  }
}

/** Stops a running tracee, in which nothing of ours is set, and lets it go; and a child that it makes just then. */
export function letGo(tid: Tid): void {
  try {
    native.interrupt(tid);
    const raw = native.waitSlice(tid, LET_GO_LIMIT);
    const status = raw < 0 ? undefined : decodeWaitStatus(raw);
    if (status?.kind === 'event' && ['fork', 'vfork', 'clone'].includes(status.event)) {
      const child = native.getEventMessage(tid);
      if (awaitFirstStop(child)) detachChild(child);
    }
    native.detach(tid, status?.kind === 'signal' ? status.signal : 0);
  } catch (error) {
    // ESRCH: it has ended. What does not stop in time is let go by the kernel when the debugger ends.
    log('engine', () => `letting go of ${tid}: ${messageOf(error)}`);
  }
}
