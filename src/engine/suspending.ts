/** Leaving a process stopped: in a group-stop, as after SIGSTOP, in which it stays when it is let go. */
import { ResumeKind } from '../ptrace/constants';
import { native } from '../ptrace/native';
import { decodeWaitStatus } from '../ptrace/waitstatus';
import { collectStops } from './collectstops';
import { ignoringDeath } from './ignoringdeath';
import type { RunControl } from './runcontrol';
import type { Thread } from './thread';

const SIGSTOP = 19;

/** How long the kernel may take to report the signal, milliseconds: the thread is in no system call then. */
const LIMIT = 1000;

/** Stops that may come before the group-stop: of other signals, of SIGSTOP itself. */
const MOST_STOPS = 64;

/**
 * Stops every thread and puts the process into a group-stop. One thread takes SIGSTOP; the kernel holds the others, once
 * they are let go, before they execute anything (__ptrace_unlink in kernel/ptrace.c). Nothing happens to a process that
 * is in a group-stop already.
 */
export function suspendProcess(control: RunControl): void {
  if (control.phase === 'running') {
    control.phase = 'draining';
    collectStops(control);
    control.phase = 'stopped';
  }
  const threads = [...control.threads.values()];
  if (threads.some((thread) => thread.groupStopped)) return;
  const stopped = threads.filter((thread) => thread.state === 'stopped');
  const chosen = stopped.find((thread) => thread.pendingSignal === 0) ?? stopped[0];
  if (chosen) ignoringDeath(() => stopGroup(chosen, control.pid));
}

/** Resumes the thread only to take signals: SIGSTOP is pending, so it does not leave the kernel before. */
function stopGroup(thread: Thread, pid: number): void {
  thread.registers.store();
  process.kill(pid, SIGSTOP);
  let signal = thread.pendingSignal;
  thread.pendingSignal = 0;
  for (let count = 0; count < MOST_STOPS; count++) {
    native.resume(ResumeKind.Continue, thread.tid, signal);
    const raw = native.waitSlice(thread.tid, LIMIT);
    const status = raw < 0 ? undefined : decodeWaitStatus(raw);
    if (status?.kind === 'group-stop') thread.groupStopped = true;
    // An interrupt that was asked for may still be on its way.
    if (status?.kind !== 'signal' && status?.kind !== 'interrupted') break;
    signal = status.kind === 'signal' ? status.signal : 0;
  }
  thread.registers.fetch();
}
