/** Taking hold of a process that runs already. */
import { PtraceError, UserError } from '../common/errors';
import { listThreads, readStatus } from '../common/procfs';
import { native } from '../ptrace/native';
import { explainRefusal } from '../ptrace/refusal';
import { TRACE_OPTIONS } from './launch';
import type { Tid } from './types';

/**
 * Seizes every thread of a process without stopping any. Without PTRACE_O_EXITKILL: a process that was attached to
 * outlives the debugger. Rejects with a UserError that names the rule by which the kernel refuses.
 */
export function seizeAll(pid: number): Promise<Tid[]> {
  const tids = new Set<Tid>();
  try {
    // Threads come and go while we look: until a look finds nothing new.
    for (let fresh = listThreads(pid); fresh.length > 0; fresh = listThreads(pid).filter((tid) => !tids.has(tid))) {
      const before = tids.size;
      for (const tid of fresh) if (trySeize(tid, pid)) tids.add(tid);
      if (tids.size === before) break;
    }
    if (tids.size === 0) throw new UserError(`There is no process ${pid}.`, { code: 'no-such-process' });
    return Promise.resolve([...tids]);
  } catch (error) {
    for (const tid of tids) letGo(tid);
    return Promise.reject(error instanceof PtraceError ? explainRefusal(error, pid) : (error as Error));
  }
}

/** False when the thread has ended meanwhile; throws PtraceError when the kernel refuses the process. */
function trySeize(tid: Tid, pid: number): boolean {
  try {
    native.seize(tid, TRACE_OPTIONS);
    return true;
  } catch (error) {
    if (error instanceof PtraceError && error.errno === 'ESRCH' && tid !== pid) return false;
    // A thread that was cloned after its parent was seized is traced already, by us.
    if (
      error instanceof PtraceError &&
      error.errno === 'EPERM' &&
      tid !== pid &&
      readStatus(tid)?.tracerPid === process.pid
    )
      return true;
    throw error;
  }
}

/** Undoes a seize: a tracee must stop to be detached. */
function letGo(tid: Tid): void {
  try {
    native.interrupt(tid);
    native.waitSlice(tid, 100);
    native.detach(tid, 0);
  } catch (error) {
    // ESRCH: it has ended. What does not stop in time is let go by the kernel when this process ends.
    if (!(error instanceof PtraceError)) throw error;
  }
}
