/**
 * Brings the tracer and a thread that makes one system call after the other onto one CPU: waking a sleeping CPU is most
 * of what a stop costs (docs/internals.md has the figures). It lasts while the calls keep coming, for programs that were
 * launched: what was attached to must not stay confined when the adapter is killed.
 */
import { log } from '../../common/log';
import { messageOf } from '../../common/errors';
import { native } from '../../ptrace/native';
import type { Tid } from '../types';

/** Stops that are looked at together, and what they may take for it to pay, milliseconds. */
const BURST = 256;
const BURST_TIME = 100;

/** Looks whether the calls keep coming, milliseconds; fewer stops than this in between end it. */
const CHECK = 20;
const FEW = 16;

/** The tracer's own affinity while any thread shares its CPU. */
let own: { readonly mask: Uint8Array; users: number } | undefined;

export class SharedCpu {
  private stops = 0;
  private since = performance.now();
  private seen = 0;
  private timer: NodeJS.Timeout | undefined;
  private held: { readonly tid: Tid; readonly mask: Uint8Array } | undefined;

  /** A thread has stopped at a call; `mayShare`: it is the only one of its process, which ends with the tracer. */
  stopped(tid: Tid, mayShare: boolean): void {
    this.seen++;
    if (++this.stops < BURST) return;
    const now = performance.now();
    const isBurst = now - this.since < BURST_TIME;
    this.stops = 0;
    this.since = now;
    if (this.held && (!mayShare || this.held.tid !== tid)) this.release();
    if (isBurst && mayShare && !this.held) this.share(tid);
  }

  /** The thread may use the CPUs it was given again. A thread or process that it has made meanwhile needs the same. */
  release(child?: Tid): void {
    const { held } = this;
    if (!held) return;
    this.held = undefined;
    clearInterval(this.timer);
    quietly(() => native.setAffinity(held.tid, held.mask));
    if (child !== undefined) quietly(() => native.setAffinity(child, held.mask));
    if (own && --own.users === 0) {
      const { mask } = own;
      own = undefined;
      quietly(() => native.setAffinity(0, mask));
    }
  }

  private share(tid: Tid): void {
    quietly(() => {
      const mask = native.getAffinity(tid);
      const mine = own?.mask ?? native.getAffinity(0);
      const one = Buffer.alloc(mask.length);
      const cpu = native.currentCpu();
      // Not ours to give: somebody has confined one of the two elsewhere.
      if (!hasBit(mask, cpu) || !hasBit(mine, cpu)) return;
      one[cpu >> 3] = 1 << (cpu & 7);
      native.setAffinity(tid, one);
      this.held = { tid, mask };
      if (own) own.users++;
      else own = { mask: mine, users: 1 };
      native.setAffinity(0, one);
      this.seen = 0;
      this.timer = setInterval(() => this.check(), CHECK);
    });
  }

  private check(): void {
    if (this.seen < FEW) this.release();
    this.seen = 0;
  }
}

const hasBit = (mask: Uint8Array, bit: number): boolean => ((mask[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;

/** Sharing is only faster: a kernel that refuses it, or a thread that is being killed, is no matter. */
function quietly(act: () => void): void {
  try {
    act();
  } catch (error) {
    log('engine', () => `sharing a CPU: ${messageOf(error)}`);
  }
}
