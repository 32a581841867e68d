/** Stops that a user asks for at what happens to the process: fork, vfork, the start of a thread, exec, exit. */
import { PTRACE_O_TRACEEXIT } from '../ptrace/constants';
import { native } from '../ptrace/native';
import { signalOf } from '../ptrace/signals';
import { decodeWaitStatus } from '../ptrace/waitstatus';
import { ignoringDeath } from './ignoringdeath';
import type { RunControl } from './runcontrol';
import type { Thread } from './thread';
import type { StopEventKind } from './types';
import { RESUME, type Verdict } from './verdict';

const SIGKILL = 9;

/** exit_group(2) on x86-64, and on i386. */
const EXIT_GROUP = new Set([231n, 252n]);

export class EventStops {
  private wanted: ReadonlySet<StopEventKind> = new Set();
  private exitTold = false;

  constructor(
    private readonly control: RunControl,
    /** PTRACE_O_* without PTRACE_O_TRACEEXIT, which costs a stop for every thread that ends. */
    private readonly options: () => number,
  ) {}

  /** Replaces what is to be stopped at. A process that runs is stopped for it, which nobody is told. */
  set(kinds: Iterable<StopEventKind>): void {
    const before = this.wanted.has('exit');
    this.wanted = new Set(kinds);
    const isWanted = this.wanted.has('exit');
    if (before === isWanted) return;
    const { control } = this;
    const options = this.options() | (isWanted ? PTRACE_O_TRACEEXIT : 0);
    const interrupted = control.interrupt();
    for (const { tid, state } of control.threads.values()) {
      if (state === 'stopped') ignoringDeath(() => native.setOptions(tid, options));
    }
    if (interrupted && control.phase === 'running') control.resumeAll();
  }

  /** Something has happened to a thread. */
  at(thread: Thread, event: StopEventKind, text: string): Verdict {
    if (!this.wanted.has(event) || thread.isUnseen) return RESUME;
    return { kind: 'stop', reason: { kind: 'event', event, text } };
  }

  /** A thread is about to end. Told once: when it takes the process with it. */
  exiting(thread: Thread): Verdict {
    if (this.exitTold || thread.borrower || !this.wanted.has('exit')) return RESUME;
    const status = decodeWaitStatus(native.getEventMessage(thread.tid));
    // Threads are killed so by an exec of another one too; and the kernel promises no stop for it (ptrace(2)).
    if (status.kind === 'killed' && status.signal === SIGKILL) return RESUME;
    const isLast = [...this.control.threads.values()].every((each) => each === thread || each.borrower);
    const isWhole = status.kind === 'killed' || isLast || EXIT_GROUP.has(BigInt.asUintN(32, thread.registers.origRax));
    // Others that go down with the process come here too; their status is the same.
    if (!isWhole) return RESUME;
    this.exitTold = true;
    const { pid } = this.control;
    const how =
      status.kind === 'killed'
        ? `be ended by ${signalOf(status.signal).name} (${signalOf(status.signal).description})`
        : `exit with code ${status.kind === 'exited' ? status.code : 0}`;
    return this.at(thread, 'exit', `Process ${pid} is about to ${how}`);
  }

  /** Another program has begun. */
  executed(): void {
    this.exitTold = false;
  }
}
