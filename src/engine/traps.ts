/** What a SIGTRAP means: our int3, the program's own, a finished single step, or a signal somebody sent. */
import { offsetBy } from '../common/addresses';
import { native } from '../ptrace/native';
import { HOLD, RESUME, type RunControl, type Verdict } from './runcontrol';
import type { BreakpointSite } from './sites';
import type { Thread } from './thread';
import type { StopReason } from './types';

const SIGTRAP = 5;
/** `si_code` of an executed int3 on x86: the kernel sends it with `SI_KERNEL` (asm-generic/siginfo.h). */
const SI_KERNEL = 0x80;
/** `si_code` after a single step; TRAP_BRKPT is what a step over a system call reports. */
const TRAP_BRKPT = 1;
const TRAP_TRACE = 2;

/** Judges a SIGTRAP stop; the thread's registers are fetched. */
export function judgeTrap(control: RunControl, thread: Thread): Verdict {
  const code = native.getSignalCode(thread.tid);
  if (code === SI_KERNEL) return judgeInt3(control, thread);
  if (code === TRAP_TRACE || code === TRAP_BRKPT) return stepped(control, thread);
  return control.judgeSignal(thread, SIGTRAP);
}

function judgeInt3(control: RunControl, thread: Thread): Verdict {
  const address = offsetBy(thread.pc, -1);
  const site = control.sites.insertedAt(address);
  if (site) {
    thread.registers.pc = address;
    return reach(control, thread, site);
  }
  if (!control.sites.holdsInt3(address)) {
    // The site was removed after this thread ran into it and before its stop was read.
    thread.registers.pc = address;
    return RESUME;
  }
  return control.programTrap(thread);
}

/** A single step has ended, on the way past a site or for a plan. */
function stepped(control: RunControl, thread: Thread): Verdict {
  if (!thread.plan) return RESUME;
  const site = control.sites.insertedAt(thread.pc);
  const reason = site && visit(thread, site);
  if (reason) return { kind: 'stop', reason };
  return control.plans.advance(thread, undefined);
}

/** A thread has run into a site; its pc is back at the site's address. */
function reach(control: RunControl, thread: Thread, site: BreakpointSite): Verdict {
  const back = thread.returnsTo;
  const sameVisit = back !== undefined && back.pc === site.address && back.sp === thread.sp;
  let reason: StopReason | undefined;
  if (sameVisit) {
    thread.returnsTo = undefined;
    thread.visited = site.address;
  } else {
    reason = visit(thread, site);
  }
  if (reason) return { kind: 'stop', reason };
  return thread.state === 'stopped' ? control.plans.reached(thread, site.address) : HOLD;
}

/** Tells every owner, once for this visit; the first reason to stop wins. */
function visit(thread: Thread, site: BreakpointSite): StopReason | undefined {
  thread.visited = site.address;
  let first: StopReason | undefined;
  for (const owner of [...site.owners]) {
    const reason = owner.reached(thread, site);
    if (reason) first = mergeReasons(first, reason);
  }
  return first;
}

/** Several breakpoints at one address are one stop that names them all. */
function mergeReasons(first: StopReason | undefined, next: StopReason): StopReason {
  if (first?.kind === 'breakpoint' && next.kind === 'breakpoint') {
    return { kind: 'breakpoint', hit: [...first.hit, ...next.hit] };
  }
  // Reaching the entry and a breakpoint there at once: the breakpoint is what the user set.
  return first === undefined || (first.kind === 'entry' && next.kind === 'breakpoint') ? next : first;
}
