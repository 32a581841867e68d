/** Letting go of a process: every byte put back, every thread as if nobody had been there. */
import { log } from '../common/log';
import { ResumeKind } from '../ptrace/constants';
import { native } from '../ptrace/native';
import { collectStops } from './collectstops';
import { detachChild, letGo } from './forks';
import type { RunControl } from './runcontrol';

/**
 * Stops what runs, takes every int3 out of memory and detaches each stopped thread with its pending signal. Threads
 * that cannot be stopped now stay; call again.
 */
export function detachAll(control: RunControl): void {
  if (control.phase === 'running') {
    control.phase = 'draining';
    collectStops(control);
  }
  control.phase = 'stopped';
  control.endAlone();
  const { sites, threads, plans, debugRegisters } = control;
  for (const thread of threads.values()) plans.cancel(thread, undefined);
  for (const site of sites.all()) sites.lift(site);
  sites.keeper?.end(threads.values());
  for (const thread of [...threads.values()]) {
    if (thread.state !== 'stopped') continue;
    try {
      thread.registers.store();
      debugRegisters.clear(thread);
      native.detach(thread.tid, thread.pendingSignal);
    } catch (error) {
      // ESRCH: it has been killed; nothing is left to let go.
      log('engine', () => `detach(${thread.tid}): ${String(error)}`);
    }
    control.forget(thread);
  }
}

/** Lets go of the processes that run in the target's memory, which is not the target's any more. */
export function dropGuests(control: RunControl): void {
  const guests = [...control.threads.values()].filter((thread) => thread.borrower);
  if (guests.length > 0) for (const site of control.sites.all()) control.sites.lift(site);
  for (const guest of guests) {
    control.forget(guest);
    if (guest.state === 'running') letGo(guest.tid);
    else detachChild(guest.tid);
  }
}

/** SIGKILL has been sent: it does not wake a thread that stands in its exit stop, which is past all signals. */
export function letDie(control: RunControl): void {
  for (const thread of control.threads.values()) {
    if (thread.state !== 'stopped') continue;
    thread.state = 'running';
    control.kernel(thread, () => native.resume(ResumeKind.Continue, thread.tid, 0));
  }
}
