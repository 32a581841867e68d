/**
 * A process that is traced only to see what becomes of it: nothing stops it, nothing of ours is in its memory, every
 * signal passes. So a build tree is followed through its shells and compilers to the one program that is wanted.
 */
import { readStatus } from '../common/procfs';
import { ResumeKind } from '../ptrace/constants';
import { native } from '../ptrace/native';
import { decodeWaitStatus, type WaitStatus } from '../ptrace/waitstatus';
import { letGo } from './forks';
import { ignoringDeath } from './ignoringdeath';
import { traceLoop, type TraceeOwner } from './traceloop';
import type { ExitEvent, Tid } from './types';

/** What a watched process tells. */
export interface Watcher {
  /** It has made another process, which stops before its first instruction. */
  forked(parent: WatchedProcess, child: number): void;
  /** It runs another program, and stands before its first instruction; true takes it over, stopped as it is. */
  executed(process: WatchedProcess): boolean;
  ended(process: WatchedProcess, exit: ExitEvent): void;
}

export class WatchedProcess implements TraceeOwner {
  private readonly tids = new Set<Tid>();

  constructor(
    readonly pid: number,
    private readonly watcher: Watcher,
  ) {}

  /** Takes a tid over, whose next event is awaited. */
  own(tid: Tid): void {
    this.tids.add(tid);
    traceLoop.own(tid, this);
    traceLoop.resumed(tid);
    traceLoop.heat();
  }

  /** Takes over the leader, which is stopped, and lets it run. */
  begin(): void {
    this.own(this.pid);
    this.resume(this.pid, 0);
  }

  handleStatus(tid: Tid, rawStatus: number): void {
    const status = decodeWaitStatus(rawStatus);
    switch (status.kind) {
      case 'exited':
      case 'killed':
        this.forget(tid);
        if (tid === this.pid) this.watcher.ended(this, exitOf(status));
        return;
      case 'signal':
        this.resume(tid, status.signal);
        return;
      case 'group-stop':
        traceLoop.resumed(tid);
        ignoringDeath(() => native.listen(tid));
        return;
      case 'event':
        if (status.event === 'exec' && this.executed()) return;
        if (status.event === 'fork' || status.event === 'vfork' || status.event === 'clone') this.born(tid);
        this.resume(tid, 0);
        return;
      case 'interrupted':
      case 'syscall':
        this.resume(tid, 0);
    }
  }

  /** Lets it run on without a debugger. */
  release(): void {
    for (const tid of [...this.tids]) {
      this.forget(tid);
      letGo(tid);
    }
  }

  private born(parent: Tid): void {
    ignoringDeath(() => {
      const child = native.getEventMessage(parent);
      if (readStatus(child)?.tgid === this.pid) this.own(child);
      else this.watcher.forked(this, child);
    });
  }

  private executed(): boolean {
    // The other threads are gone, and who executed has the leader's tid.
    for (const tid of [...this.tids]) if (tid !== this.pid) this.forget(tid);
    // Whoever takes it over owns its tid from then on.
    this.forget(this.pid);
    if (this.watcher.executed(this)) return true;
    this.own(this.pid);
    return false;
  }

  private resume(tid: Tid, signal: number): void {
    traceLoop.resumed(tid);
    ignoringDeath(() => native.resume(ResumeKind.Continue, tid, signal));
    traceLoop.heat();
  }

  private forget(tid: Tid): void {
    this.tids.delete(tid);
    traceLoop.disown(tid);
  }
}

export function exitOf(status: WaitStatus & { kind: 'exited' | 'killed' }): ExitEvent {
  return status.kind === 'exited' ? { code: status.code } : { signal: status.signal };
}
