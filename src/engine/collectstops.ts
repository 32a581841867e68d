/** Bringing threads to a standstill: PTRACE_INTERRUPT for each, and every event taken that is on its way meanwhile. */
import { ResumeKind } from '../ptrace/constants';
import { native } from '../ptrace/native';
import { ignoringDeath } from './ignoringdeath';
import type { RunControl } from './runcontrol';
import type { Thread } from './thread';
import { traceLoop } from './traceloop';

const SIGTRAP = 5;

/** How long a stop waits for threads that do not obey an interrupt at once (uninterruptible sleep, vfork), ms. */
const DRAIN_LIMIT = 100;

/**
 * Interrupts and waits for every running thread but `except`; their events are judged and kept. Threads that do not
 * obey within DRAIN_LIMIT are left running: their stops are judged when they come.
 */
export function collectStops(control: RunControl, except?: Thread): void {
  const isAwaited = (thread: Thread) => thread !== except && !thread.awaitsChild;
  for (const thread of control.runningThreads) {
    if (thread !== except) control.kernel(thread, () => native.interrupt(thread.tid));
  }
  const end = performance.now() + DRAIN_LIMIT;
  // Judging may add threads (clone), so look again until nobody runs.
  for (;;) {
    const thread = control.runningThreads.find(isAwaited);
    const left = end - performance.now();
    if (!thread || left <= 0) return;
    let raw: number;
    try {
      raw = native.waitSlice(thread.tid, Math.ceil(Math.min(left, 10)));
    } catch {
      // ECHILD: gone without a status of its own (exec by another thread).
      control.forget(thread);
      continue;
    }
    if (raw >= 0) take(control, thread, raw);
    else if (!skipStubborn(control, thread, except)) return;
  }
}

/** One thread does not stop (uninterruptible sleep): take what the others have; false when nobody answers. */
function skipStubborn(control: RunControl, stubborn: Thread, except: Thread | undefined): boolean {
  let answered = false;
  for (const thread of control.runningThreads) {
    if (thread === except || thread === stubborn) continue;
    const raw = native.poll(thread.tid);
    if (raw < 0) continue;
    answered = true;
    take(control, thread, raw);
  }
  return answered;
}

function take(control: RunControl, thread: Thread, raw: number): void {
  traceLoop.stopped(thread.tid);
  control.handleStatus(thread.tid, raw);
  takePendingTrap(control, thread);
}

/**
 * The kernel reports the interrupt before the SIGTRAP of an int3, a step or a debug register that came just before it
 * (get_signal in kernel/signal.c). Such a thread stands behind our int3, and would be killed by the SIGTRAP if it were
 * let go now: it is resumed to report it, which it does before it executes anything.
 */
function takePendingTrap(control: RunControl, thread: Thread): void {
  if (thread.state !== 'stopped' || thread.pendingSignal !== 0 || thread.groupStopped) return;
  ignoringDeath(() => {
    if (!native.hasPendingSignal(thread.tid, SIGTRAP)) return;
    thread.registers.store();
    thread.state = 'running';
    control.kernel(thread, () => native.resume(ResumeKind.Continue, thread.tid, 0));
  });
}
