/** Threads one by one: letting some run while others stand still, and what each of them is doing. */
import { readFileSync } from 'node:fs';
import { readComm } from '../common/procfs';
import { UserError } from '../common/errors';
import type { MemoryReader } from '../common/readers';
import type { RunControl } from './runcontrol';
import type { ThreadSummary } from './targetinterface';
import type { Thread } from './thread';
import { blockedIn, waitOf, type BlockedCall, type ThreadWait } from './threadwaits';
import type { Tid } from './types';

/** What is known of a thread at this moment. */
export interface ThreadDetails extends ThreadSummary {
  readonly frozen: boolean;
  /** It stands still while others run. */
  readonly stopped: boolean;
  /** `R` running, `S` sleeping, `D` in uninterruptible sleep, `T` stopped, `t` held by the debugger… (proc(5)). */
  readonly kernelState: string | undefined;
  /** The system call it sits in. */
  readonly call?: BlockedCall;
  /** What it waits for, where that can be told. */
  readonly wait?: ThreadWait;
}

export class ThreadControl {
  constructor(
    private readonly pid: number,
    private readonly memory: MemoryReader,
    private readonly control: () => RunControl,
    private readonly debugging: () => boolean,
  ) {}

  /** The threads that a user debugs, in the order in which they began. */
  list(): ThreadSummary[] {
    const running = this.isRunning;
    return this.visible().map((thread) => ({
      id: thread.tid,
      name: this.nameOf(thread),
      running,
      held: thread.frozen,
    }));
  }

  /** The same, with what each is doing. */
  details(): ThreadDetails[] {
    const threads = this.visible();
    const tids = new Set(threads.map(({ tid }) => tid));
    const running = this.isRunning;
    return threads.map((thread) => {
      const call = blockedIn(thread, this.pid);
      const wait = call && waitOf(call, this.memory, tids);
      return {
        id: thread.tid,
        name: this.plainName(thread),
        running,
        frozen: thread.frozen,
        stopped: thread.state === 'stopped',
        kernelState: kernelState(this.processOf(thread), thread.tid),
        ...(call && { call }),
        ...(wait && { wait }),
      };
    });
  }

  /** Keeps a thread where it is from now on, whatever the others do. Throws UserError. */
  freeze(tid: Tid): void {
    const thread = this.known(tid);
    if (thread.frozen) return;
    const control = this.control();
    const interrupted = control.interrupt();
    thread.frozen = true;
    if (interrupted && control.phase === 'running') control.resumeAll();
  }

  /** Lets a frozen thread go on with the others. Throws UserError. */
  thaw(tid: Tid): void {
    const thread = this.known(tid);
    if (!thread.frozen) return;
    const control = this.control();
    thread.frozen = false;
    if (control.phase === 'running' && thread.state === 'stopped' && control.mayRun(thread)) control.resumeAll();
  }

  /** Before a thread is told to run. Throws a UserError when it is frozen. */
  checkNotFrozen(thread: Thread): void {
    if (thread.frozen) throw new UserError(`Thread ${thread.tid} is frozen: thaw it first.`, { code: 'frozen' });
  }

  /** Before all are told to run. Throws a UserError when none could. */
  checkNotAllFrozen(): void {
    if (this.visible().every((thread) => thread.frozen)) {
      throw new UserError('Every thread is frozen: thaw one first.', { code: 'frozen' });
    }
  }

  /** A thread stands still, because the user wants it so, while others run: it may be looked at. */
  isHeldBack(thread: Thread): boolean {
    const control = this.control();
    return control.phase === 'running' && thread.state === 'stopped' && !control.choice.allows(thread);
  }

  private visible(): Thread[] {
    return [...this.control().threads.values()].filter((thread) => !thread.isUnseen && !this.hasEnded(thread));
  }

  /** The leader may end before the others: its tid stays until the process is gone, with nothing behind it. */
  private hasEnded(thread: Thread): boolean {
    if (thread.tid !== this.pid || thread.state === 'stopped' || this.control().threads.size === 1) return false;
    return (thread.hasEnded ||= kernelState(this.pid, thread.tid) === 'Z');
  }

  private get isRunning(): boolean {
    const { phase } = this.control();
    return phase === 'running' || phase === 'held';
  }

  private nameOf(thread: Thread): string {
    const name = this.plainName(thread);
    if (thread.frozen) return `${name} (frozen)`;
    return thread.borrower ? `${name} (process ${thread.borrower.pid}, in vfork)` : name;
  }

  private plainName(thread: Thread): string {
    return readComm(this.processOf(thread), thread.tid) ?? String(thread.tid);
  }

  private processOf(thread: Thread): number {
    return thread.borrower?.pid ?? this.pid;
  }

  private known(tid: Tid): Thread {
    const thread = this.control().threads.get(tid);
    if (!thread || thread.isUnseen)
      throw new UserError(`There is no thread ${tid} any more.`, { code: 'no-such-thread' });
    if (!this.debugging()) throw new UserError('The program runs without debugging.', { code: 'no-debug' });
    return thread;
  }
}

/** The letter of proc(5); undefined when the thread is gone. */
function kernelState(pid: number, tid: Tid): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/task/${tid}/stat`, 'latin1');
    return text.charAt(text.lastIndexOf(')') + 2);
  } catch {
    return undefined;
  }
}
