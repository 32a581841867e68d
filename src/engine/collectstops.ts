/** Bringing threads to a standstill: PTRACE_INTERRUPT for each, and every event taken that is on its way meanwhile. */
import { PtraceError } from '../common/errors';
import { readStatus } from '../common/procfs';
import { ResumeKind } from '../ptrace/constants';
import { native } from '../ptrace/native';
import { ignoringDeath } from './ignoringdeath';
import type { RunControl } from './runcontrol';
import type { Thread } from './thread';
import { traceLoop } from './traceloop';

const SIGTRAP = 5;

/** How long a stop waits for threads that do not obey an interrupt at once (uninterruptible sleep, vfork), ms. */
const DRAIN_LIMIT = 100;

/** One thread is waited for at most so long while others may have something to tell, ms. */
const TURN = 10;

/**
 * Interrupts and waits for every running thread but `except`; their events are judged and kept. Threads that do not
 * obey within DRAIN_LIMIT are left running: their stops are judged when they come.
 */
export function collectStops(control: RunControl, except?: Thread): void {
  traceLoop.withoutSignals(() => collect(control, except));
}

function collect(control: RunControl, except: Thread | undefined): void {
  for (const thread of control.runningThreads) {
    if (thread !== except) control.kernel(thread, () => native.interrupt(thread.tid));
  }
  const isAwaited = (thread: Thread) =>
    thread !== except && thread.state === 'running' && !thread.awaitsChild && !thread.hasEnded;
  const end = performance.now() + DRAIN_LIMIT;
  // Judging may add threads (clone), so look again until nobody runs.
  for (let answered = true; answered;) {
    answered = false;
    for (const thread of [...control.threads.values()].filter(isAwaited)) {
      // Events of others may have ended it meanwhile, or told what it waits for.
      if (!isAwaited(thread) || control.threads.get(thread.tid) !== thread) continue;
      const left = end - performance.now();
      if (left <= 0) return;
      answered = takeNext(control, thread, answered ? 0 : Math.ceil(Math.min(left, TURN))) || answered;
    }
  }
}

/** Takes the thread's next event, for which it waits `milliseconds`; false when there is none. */
function takeNext(control: RunControl, thread: Thread, milliseconds: number): boolean {
  try {
    // Most have stopped by the time they are asked: then no timer is needed.
    let raw = native.poll(thread.tid);
    if (raw < 0 && milliseconds > 0) raw = native.waitSlice(thread.tid, milliseconds);
    if (raw >= 0) take(control, thread, raw);
    else if (milliseconds > 0) thread.hasEnded = isEndedLeader(control, thread);
    return raw >= 0 || thread.hasEnded;
  } catch (error) {
    // ECHILD: gone without a status of its own (exec by another thread).
    if (!(error instanceof PtraceError) || error.errno !== 'ECHILD') throw error;
    control.forget(thread);
    return true;
  }
}

/**
 * The first thread may end before the others: it stays as a zombie, which no interrupt reaches, until the process is
 * gone, and the kernel says nothing of it.
 */
function isEndedLeader(control: RunControl, { tid }: Thread): boolean {
  return tid === control.pid && control.threads.size > 1 && readStatus(tid)?.state === 'Z';
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
    // One that the program blocks was sent by somebody, and is kept for its sigwait: no trap of the CPU waits like this.
    if ((native.getSignalMask(thread.tid) >> BigInt(SIGTRAP - 1)) & 1n) return;
    thread.registers.store();
    thread.state = 'running';
    control.kernel(thread, () => native.resume(ResumeKind.Continue, thread.tid, 0));
  });
}
