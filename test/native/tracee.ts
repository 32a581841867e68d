/** What the tests of native/ and src/ptrace/ share: starting, waiting for and surely ending a real tracee. */
import { closeSync, readSync } from 'node:fs';
import { afterEach } from 'vitest';
import { PTRACE_O_EXITKILL, PTRACE_O_TRACEEXEC, ResumeKind } from '../../src/ptrace/constants';
import { native, type SpawnRequest, type SpawnResult } from '../../src/ptrace/native';
import { decodeWaitStatus, type WaitStatus } from '../../src/ptrace/waitstatus';

export const OPTIONS = PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;

const running = new Set<number>();

/** Starts a program stopped at its exec event; it is killed and reaped after the test. */
export function start(file: string, request: Partial<SpawnRequest> = {}): SpawnResult {
  const result = native.spawn({
    file,
    argv: [file],
    env: [],
    stdio: [-1, -1, -1],
    disableAslr: false,
    options: OPTIONS,
    newSession: true,
    ...request,
  });
  running.add(result.pid);
  return result;
}

/** Takes over a process that was seized by other means, so that it is ended after the test. */
export function adopt(pid: number): void {
  running.add(pid);
}

/** The next event of a thread; throws after ten seconds without one. */
export function waitFor(tid: number): WaitStatus {
  for (let slice = 0; slice < 1000; slice++) {
    const raw = native.waitSlice(tid, 10);
    if (raw < 0) continue;
    const status = decodeWaitStatus(raw);
    if (status.kind === 'exited' || status.kind === 'killed') running.delete(tid);
    return status;
  }
  throw new Error(`no event of ${tid} in ten seconds`);
}

/** Resumes a stopped thread and returns its next event. */
export function resumeAndWait(tid: number, signal = 0, kind: ResumeKind = ResumeKind.Continue): WaitStatus {
  native.resume(kind, tid, signal);
  return waitFor(tid);
}

/** Runs a stopped process to its end, delivering every signal it gets. */
export function runToEnd(pid: number): WaitStatus {
  for (let signal = 0; ;) {
    const status = resumeAndWait(pid, signal);
    if (status.kind === 'exited' || status.kind === 'killed') return status;
    signal = status.kind === 'signal' ? status.signal : 0;
  }
}

/** Runs a program to its end and returns what it wrote to standard output. */
export function outputOf(file: string, request: Partial<SpawnRequest> = {}): { text: string; status: WaitStatus } {
  const [read, write] = native.pipe();
  try {
    const { pid } = start(file, { ...request, stdio: [request.stdio?.[0] ?? -1, write, request.stdio?.[2] ?? -1] });
    closeSync(write);
    const status = runToEnd(pid);
    return { text: readAll(read), status };
  } finally {
    closeSync(read);
  }
}

/** Everything up to the end of file. */
export function readAll(fd: number): string {
  const chunks: Buffer[] = [];
  for (;;) {
    const chunk = Buffer.alloc(65536);
    const count = readSync(fd, chunk);
    if (count === 0) return Buffer.concat(chunks).toString('utf8');
    chunks.push(chunk.subarray(0, count));
  }
}

afterEach(() => {
  for (const pid of running) {
    try {
      process.kill(pid, 'SIGKILL');
      for (let kind = ''; kind !== 'exited' && kind !== 'killed';) kind = waitFor(pid).kind;
    } catch {
      // It has ended and been collected by the test itself.
    }
  }
  running.clear();
});
