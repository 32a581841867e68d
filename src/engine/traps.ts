/**
 * What a SIGTRAP means: our int3, the program's own, a debug register that fired, a finished single step, or a signal
 * somebody sent. Several of them at once are one stop that tells them all.
 */
import { offsetBy, type VirtAddr } from '../common/addresses';
import { native } from '../ptrace/native';
import type { DebugRegisters } from './debugregisters';
import type { RunControl } from './runcontrol';
import { trapsAreRewound } from './siteguard';
import type { Thread } from './thread';
import type { StopReason } from './types';
import { HOLD, RESUME, type Verdict } from './verdict';

const SIGTRAP = 5;
/** `si_code` of an executed int3 on x86: the kernel sends it with `SI_KERNEL` (asm-generic/siginfo.h). */
const SI_KERNEL = 0x80;
/** `si_code` after a single step; TRAP_BRKPT is what a step over a system call reports. */
const TRAP_BRKPT = 1;
const TRAP_TRACE = 2;
/** `si_code` when a debug register fired, unless a single step ended at the same time: then it is TRAP_TRACE. */
const TRAP_HWBKPT = 4;

/** EFLAGS.RF, bit 16: the next instruction does not fire its own execution breakpoint (Intel SDM volume 3, 18.3.1.1). */
const RESUME_FLAG = 1n << 16n;

/** Judges a SIGTRAP stop; the thread's registers are fetched. */
export function judgeTrap(control: RunControl, thread: Thread): Verdict {
  const code = native.getSignalCode(thread.tid);
  if (code === SI_KERNEL) return judgeInt3(control, thread);
  if (code === TRAP_HWBKPT && !control.debugRegisters.isIdle(thread)) return judgeDebugRegisters(control, thread);
  if (code === TRAP_TRACE || code === TRAP_BRKPT) return stepped(control, thread);
  return control.judgeSignal(thread, SIGTRAP);
}

function judgeInt3(control: RunControl, thread: Thread): Verdict {
  const address = offsetBy(thread.pc, trapsAreRewound() ? 0 : -1);
  thread.registers.pc = address;
  if (control.sites.insertedAt(address)) {
    control.sites.keeper?.trapped(thread);
    return reach(control, thread, address);
  }
  if (!control.sites.holdsInt3(address)) {
    // The site was removed after this thread ran into it and before its stop was read.
    return RESUME;
  }
  thread.registers.pc = offsetBy(address, 1);
  return control.programTrap(thread);
}

/** A data watch fires after its instruction, an execution breakpoint before it: they never come in one exception. */
function judgeDebugRegisters(control: RunControl, thread: Thread): Verdict {
  const fired = control.debugRegisters.fired(thread);
  if (fired.some(({ access, address }) => access === 'execute' && address === thread.pc)) {
    return reach(control, thread, thread.pc);
  }
  const reason = accessed(fired, thread);
  if (!reason) return RESUME;
  return { kind: 'stop', reason: mergeReasons(reason, visit(control, thread, thread.pc)) ?? reason };
}

/** A single step has ended, on the way past a site or for a plan; it may have fired a data watch as well. */
export function stepped(control: RunControl, thread: Thread): Verdict {
  const watched = accessed(control.debugRegisters.fired(thread), thread);
  if (!thread.plan && !watched) return RESUME;
  const reason = mergeReasons(watched, visit(control, thread, thread.pc));
  if (reason) return { kind: 'stop', reason };
  return control.plans.advance(thread, undefined);
}

/** A thread has run into a site or an execution breakpoint; its pc is at that address. */
function reach(control: RunControl, thread: Thread, address: VirtAddr): Verdict {
  const back = thread.returnsTo;
  const sameVisit = back !== undefined && back.pc === address && back.sp === thread.sp;
  let reason: StopReason | undefined;
  if (sameVisit) {
    thread.returnsTo = undefined;
    thread.visited = address;
  } else {
    reason = visit(control, thread, address);
  }
  if (reason) return { kind: 'stop', reason };
  return thread.state === 'stopped' ? control.plans.reached(thread, address) : HOLD;
}

/** Tells everybody who waits for the instruction at `address`, once for this visit. */
function visit(control: RunControl, thread: Thread, address: VirtAddr): StopReason | undefined {
  const site = control.sites.insertedAt(address);
  const watchers = [...control.debugRegisters.ownersAt(address)];
  if (!site && watchers.length === 0) return undefined;
  thread.visited = address;
  if (thread.isUnseen) return undefined;
  let reason: StopReason | undefined;
  for (const owner of [...(site?.owners ?? [])]) reason = mergeReasons(reason, owner.reached(thread, site!));
  for (const owner of watchers) reason = mergeReasons(reason, owner.triggered(thread));
  return reason;
}

/** Tells the owners of data watches, each once however many of its registers fired. */
function accessed(fired: ReturnType<DebugRegisters['fired']>, thread: Thread): StopReason | undefined {
  const owners = new Set(fired.flatMap((slot) => (slot.access === 'execute' ? [] : [...slot.owners])));
  let reason: StopReason | undefined;
  for (const owner of owners) reason = mergeReasons(reason, owner.triggered(thread));
  return reason;
}

/** Several reasons at one place are one stop that names them all. */
function mergeReasons(first: StopReason | undefined, next: StopReason | undefined): StopReason | undefined {
  if (!first || !next) return first ?? next;
  if (first.kind === 'data') return addTo(first, next);
  if (next.kind === 'data') return addTo(next, first);
  if (first.kind === 'breakpoint' && next.kind === 'breakpoint') {
    return { kind: 'breakpoint', hit: [...first.hit, ...next.hit] };
  }
  // Reaching the entry and a breakpoint there at once: the breakpoint is what the user set.
  return first.kind === 'entry' && next.kind === 'breakpoint' ? next : first;
}

function addTo(data: StopReason & { readonly kind: 'data' }, other: StopReason): StopReason {
  if (other.kind === 'breakpoint') return { ...data, breakpoints: [...data.breakpoints, ...other.hit] };
  if (other.kind !== 'data') return data;
  return {
    kind: 'data',
    accesses: [...data.accesses, ...other.accesses],
    ended: [...data.ended, ...other.ended],
    breakpoints: [...data.breakpoints, ...other.breakpoints],
  };
}

/** Before a thread runs from a place that it has been stopped at: the execution breakpoint there has had its say. */
export function resumePast(thread: Thread, debugRegisters: DebugRegisters): void {
  if (thread.visited !== thread.pc || !debugRegisters.executeAt(thread.pc)) return;
  thread.registers.flags |= RESUME_FLAG;
}

/** The instruction pointer was moved: whatever stands at the new place has not had its say. */
export function forgetResumeFlag(thread: Thread): void {
  thread.registers.flags &= ~RESUME_FLAG;
}
