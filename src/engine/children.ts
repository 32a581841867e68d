/**
 * What a target's threads make: threads, processes with a copy of its memory, and processes that run in its memory
 * until they execute a program (vfork, posix_spawn). The last ones are threads to run control: they run over the same
 * int3 bytes, which therefore stay, and step off them unseen. gdb takes breakpoints out for that time.
 */
import type { EventEmitter } from 'node:events';
import { messageOf } from '../common/errors';
import { log } from '../common/log';
import { readStatus } from '../common/procfs';
import { native } from '../ptrace/native';
import { cloneCall, describeCloneCall } from './clonecall';
import type { ProcessFamily } from './family';
import type { Handling } from './processtree';
import type { RunControl } from './runcontrol';
import type { SiteTable, TargetMemory } from './sites';
import type { Target } from './target';
import type { TargetEvents } from './targetinterface';
import type { Thread } from './thread';
import type { ExitEvent } from './types';

export interface ChildrenParts {
  readonly pid: number;
  readonly sites: SiteTable;
  readonly memory: TargetMemory;
  readonly emitter: EventEmitter<TargetEvents>;
  readonly self: Target;
  readonly family: ProcessFamily;
}

/** What has come into being, in words. */
export interface Birth {
  readonly kind: 'clone' | 'fork' | 'vfork';
  readonly child: number;
  readonly text: string;
}

const FATES: Readonly<Record<Handling, string>> = {
  session: 'which is followed',
  watched: 'which is watched until it executes a program to follow',
  detached: 'which runs on without the debugger',
};

export class Children {
  constructor(
    private readonly parts: ChildrenParts,
    private readonly control: RunControl,
  ) {}

  /** A thread is in its fork, vfork or clone event: takes care of what it has made. */
  born(thread: Thread, event: 'fork' | 'vfork' | 'clone'): Birth {
    const { memory, family, sites, self } = this.parts;
    const child = native.getEventMessage(thread.tid);
    const call = cloneCall(thread, memory);
    const how = call ? describeCloneCall(call) : event;
    if (event === 'clone' && (call ? call.makesThread : readStatus(child)?.tgid !== child)) {
      this.control.cloned(thread, child);
      return { kind: 'clone', child, text: `Thread ${thread.tid} started thread ${child}: ${how}` };
    }
    const parent = thread.borrower?.pid ?? this.parts.pid;
    const kind = event === 'vfork' ? 'vfork' : 'fork';
    if (call ? call.sharesMemory : event === 'vfork') {
      this.lend(thread, child, event === 'vfork');
      const fate = `which runs in the memory of process ${this.parts.pid} for now`;
      return { kind, child, text: `Process ${parent} made process ${child}, ${fate}: ${how}` };
    }
    const handling = family.forked(self, child, sites);
    return { kind, child, text: `Process ${parent} made process ${child}, ${FATES[handling]}: ${how}` };
  }

  /** The child runs in our memory: to run control it is a thread, until it has a memory of its own. */
  private lend(thread: Thread, child: number, waits: boolean): void {
    const { family, pid } = this.parts;
    family.tree.add(child, thread.borrower?.pid ?? pid, family.copies);
    const isFollowed = family.copies === 'session';
    this.control.adopt(child, 'running').borrower = { pid: child, isFollowed };
    if (isFollowed) this.parts.emitter.emit('threadStarted', child);
    thread.awaitsChild = waits;
    // A thread that steps alone now waits for one that must not wait for it.
    if (waits) this.control.releaseOthers();
  }

  /** A process that ran in our memory has executed a program: what becomes of it is not this target's matter. */
  executed(thread: Thread): void {
    const { pid } = thread.borrower!;
    for (const other of [...this.control.threads.values()]) {
      if (other.borrower?.pid === pid) this.forget(other);
    }
    try {
      this.parts.family.leftMemory(this.parts.self, pid);
    } catch (error) {
      log('engine', () => `process ${pid}: ${messageOf(error)}`);
    }
  }

  /** A thread of a process that runs in our memory has ended. */
  ended(thread: Thread, exit: ExitEvent): void {
    const { pid } = thread.borrower!;
    if (thread.tid === pid) this.parts.family.tree.exited(pid, exit);
    if (thread.borrower!.isFollowed) this.parts.emitter.emit('threadExited', thread.tid);
  }

  private forget(thread: Thread): void {
    this.control.forget(thread);
    if (thread.borrower!.isFollowed) this.parts.emitter.emit('threadExited', thread.tid);
  }
}
