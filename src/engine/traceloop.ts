/**
 * The one loop that hears the kernel. Quiet: SIGCHLD wakes it and it polls the tids it owns (level-checked, so a
 * merged or early SIGCHLD loses nothing). Busy: after a resume it blocks in waitpid for a slice, because a context
 * switch into a sleeping event loop costs more than the stop itself; the slice ends so that requests get in.
 *
 * It waits only for tids it owns, never for -1: libuv's own children stay libuv's.
 */
import { idle } from '../common/idle';
import { native } from '../ptrace/native';
import type { Tid } from './types';

/** Whoever owns a tid hears each of its wait statuses, once. */
export interface TraceeOwner {
  handleStatus(tid: Tid, rawStatus: number): void;
}

/** How long one busy slice may keep the event loop waiting, milliseconds. */
const SLICE = 5;

/**
 * The kernel names the first tracee of its list that has an event: in a storm the last ones would never be heard. After
 * this many events found so, every tracee is looked at once.
 */
const UNFAIR = 16;

export class TraceLoop {
  private readonly owners = new Map<Tid, TraceeOwner>();
  private readonly running = new Set<Tid>();
  private hot = false;
  /** A child that is not ours (libuv's) had an event while SIGCHLD was held. */
  private sawStranger = false;
  /** SIGCHLD is discarded. */
  private holding = false;
  private scheduled = false;
  private delivering = false;
  /** Events since every tracee was looked at. */
  private peeked = 0;
  /** The listener stays for good: it does not keep the process alive, and libuv must not reset the signal under us. */
  private listening = false;

  /** Starts to listen for a tid. It is taken as stopped until `resumed` is called. */
  own(tid: Tid, owner: TraceeOwner): void {
    if (!this.listening) process.on('SIGCHLD', () => this.childSignal());
    this.listening = true;
    this.owners.set(tid, owner);
  }

  /** Stops listening for a tid: it is gone or detached. */
  disown(tid: Tid): void {
    this.running.delete(tid);
    this.owners.delete(tid);
  }

  /** The tid was resumed: its next event is worth waiting for. */
  resumed(tid: Tid): void {
    this.running.add(tid);
  }

  /** The tid's stop was consumed elsewhere (a synchronous wait). */
  stopped(tid: Tid): void {
    this.running.delete(tid);
  }

  /** An event is expected soon: block in short slices, once the current handler has returned, until one stays empty. */
  heat(): void {
    this.hot = true;
    if (this.scheduled || this.delivering) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      this.busySlice();
    });
  }

  /**
   * Does work that takes many events by itself, with SIGCHLD discarded: each would cost more than the event. One at the
   * end makes everybody look once, libuv for its own children too.
   */
  withoutSignals(work: () => void): void {
    if (this.holding) {
      work();
      return;
    }
    this.holding = true;
    native.holdChildSignal(SLICE);
    try {
      work();
    } finally {
      this.holding = false;
      native.releaseChildSignal(true);
    }
  }

  /** In a storm there is one for every event: the slice that is due will find what they announce. */
  private childSignal(): void {
    if (!this.scheduled) this.pollAll();
  }

  /** Takes the events that are already there, for a slice at most: a storm of them must let requests in. */
  pollAll(): void {
    const end = performance.now() + SLICE;
    // Most SIGCHLDs announce an event that a busy slice has taken already: one look tells, however many threads there are.
    for (let tid = native.peekSlice(0); tid !== 0; tid = native.peekSlice(0)) {
      if (!this.pollFairly(tid)) {
        this.sweep();
        break;
      }
      if (performance.now() >= end) {
        this.continueSoon();
        return;
      }
    }
    if (this.hot && !this.scheduled && !this.delivering) this.heat();
  }

  /** Takes the event that a peek has found; false when it is not ours. */
  private pollFairly(tid: Tid): boolean {
    if (++this.peeked > UNFAIR) {
      this.peeked = 0;
      this.sweep();
      return this.owners.has(tid);
    }
    return this.poll(tid);
  }

  private sweep(): void {
    for (const each of [...this.owners.keys()]) this.poll(each);
  }

  /** Goes on after whatever else waits in the event loop. */
  private continueSoon(): void {
    this.hot = true;
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.busySlice();
    });
  }

  private poll(tid: Tid): boolean {
    const owner = this.owners.get(tid);
    if (!owner) return false;
    let raw: number;
    try {
      raw = native.poll(tid);
    } catch {
      // ECHILD: the kernel has already given the tid away (an exec by another thread reuses the leader's).
      raw = -1;
    }
    if (raw < 0) return false;
    this.deliver(owner, tid, raw);
    return true;
  }

  private deliver(owner: TraceeOwner, tid: Tid, raw: number): void {
    idle.disturbed();
    this.running.delete(tid);
    const nested = this.delivering;
    this.delivering = true;
    try {
      owner.handleStatus(tid, raw);
    } finally {
      this.delivering = nested;
    }
  }

  private busySlice(): void {
    const end = performance.now() + SLICE;
    let goesOn = false;
    // SIGCHLD would wake an event loop that is not asleep, for every stop. It is discarded within the slice only: other
    // code of this process may wait for a child of its own as soon as it runs.
    this.holding = true;
    native.holdChildSignal(SLICE);
    try {
      while (this.hot && this.running.size > 0 && !goesOn) {
        const left = end - performance.now();
        if (left <= 0) goesOn = true;
        else if (!this.waitOne(Math.ceil(left))) break;
      }
    } finally {
      native.releaseChildSignal(this.sawStranger);
      this.holding = false;
      this.sawStranger = false;
      this.hot = goesOn;
    }
    if (goesOn) {
      this.continueSoon();
    } else {
      // One look finds what the discarded signals would have announced.
      this.pollAll();
    }
  }

  /** Waits for one event of a running tid; false when the slice stayed empty or the event is a stranger's. */
  private waitOne(milliseconds: number): boolean {
    const [only] = this.running;
    if (this.running.size === 1 && only !== undefined) {
      const owner = this.owners.get(only)!;
      let raw: number;
      try {
        raw = native.waitSlice(only, milliseconds);
      } catch {
        this.running.delete(only);
        return false;
      }
      if (raw < 0) return false;
      this.deliver(owner, only, raw);
      return true;
    }
    const tid = native.peekSlice(milliseconds);
    this.sawStranger = tid !== 0 && !this.owners.has(tid);
    return tid !== 0 && this.pollFairly(tid);
  }
}

/** Tids are global to the process and so is SIGCHLD: every target of the adapter shares this loop. */
export const traceLoop = new TraceLoop();
