/**
 * Children the debuggee makes. They are not followed yet: a child runs on as if there were no debugger, with every
 * int3 of ours out of its memory.
 */
import { PtraceError } from '../common/errors';
import { log } from '../common/log';
import { native } from '../ptrace/native';
import { ProcessMemory } from '../ptrace/memory';
import { decodeWaitStatus } from '../ptrace/waitstatus';
import { clearDebugRegisters } from './debugregisters';
import type { SiteTable } from './sites';
import type { Tid } from './types';

/** How long the kernel may take to show a new child's first stop, milliseconds; it is already on its way. */
const FIRST_STOP_LIMIT = 2000;

/** A forked child has a copy of the memory: its own int3 bytes are undone before it runs. */
export function releaseFork(child: Tid, sites: SiteTable): void {
  if (!awaitFirstStop(child)) return;
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
    log('engine', () => `child ${child}: ${String(error)}`);
  }
  detach(child);
}

/**
 * A vfork child borrows the parent's memory while the parent's thread waits: the int3 bytes leave that memory until
 * the child has executed something or ended.
 */
export function releaseVfork(child: Tid, sites: SiteTable): void {
  for (const site of sites.all()) sites.lift(site);
  if (awaitFirstStop(child)) detach(child);
}

/** The vfork child no longer uses our memory. */
export function vforkDone(sites: SiteTable): void {
  for (const site of sites.all()) sites.insert(site);
}

function awaitFirstStop(child: Tid): boolean {
  try {
    const raw = native.waitSlice(child, FIRST_STOP_LIMIT);
    const kind = raw < 0 ? 'none' : decodeWaitStatus(raw).kind;
    return kind !== 'none' && kind !== 'exited' && kind !== 'killed';
  } catch (error) {
    if (error instanceof PtraceError) return false;
    throw error;
  }
}

function detach(child: Tid): void {
  try {
    // The kernel gives a child no watch of its parent's, only a copy of what PTRACE_PEEKUSER shows of DR7.
    clearDebugRegisters(child);
    native.detach(child, 0);
  } catch (error) {
    // ESRCH: it was killed first.
    if (!(error instanceof PtraceError)) throw error;
  }
}
