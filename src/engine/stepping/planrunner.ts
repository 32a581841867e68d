/** Carries out the moves of step plans: places their temporary sites, recognises arrivals, cleans up. */
import type { VirtAddr } from '../../common/addresses';
import type { RunControl } from '../runcontrol';
import type { SiteOwner } from '../sites';
import type { Thread } from '../thread';
import type { StopReason } from '../types';
import { HOLD, RESUME, type Verdict } from '../verdict';
import type { RunStop } from './plan';

interface Progress {
  /** `detour`: a signal handler runs and the instruction step that it delayed comes after it. */
  readonly mode: 'instruction' | 'run' | 'detour';
  readonly stops: readonly RunStop[];
}

/** The owner of temporary sites. Arrivals are recognised by thread, so it has nothing to say itself. */
const planOwner = (): SiteOwner => ({ reached: () => undefined });

export class PlanRunner {
  private readonly progress = new Map<Thread, Progress>();
  private readonly owners = new Map<Thread, SiteOwner>();

  constructor(private readonly control: RunControl) {}

  /** Asks the thread's plan for its next move and prepares it. */
  advance(thread: Thread, arrived: RunStop | undefined): Verdict {
    const plan = thread.plan;
    if (!plan) return RESUME;
    const move = plan.advance(thread, arrived);
    switch (move.kind) {
      case 'instruction':
        this.enter(thread, { mode: 'instruction', stops: [] });
        return RESUME;
      case 'run':
        this.enter(thread, { mode: 'run', stops: move.stops });
        if (!move.isAlone) this.control.resumeOthers(thread);
        return thread.state === 'stopped' ? RESUME : HOLD;
      case 'release':
        this.finish(thread);
        this.control.resumeOthers(thread);
        return RESUME;
      case 'done':
        this.finish(thread);
        return { kind: 'stop', reason: move.reason ?? { kind: 'step' } };
    }
  }

  /** The thread stands at a site that no user breakpoint wanted to stop at. */
  reached(thread: Thread, address: VirtAddr): Verdict {
    const progress = this.progress.get(thread);
    if (!progress) return RESUME;
    const stop = progress.stops.find((each) => each.address === address && arrives(each, thread));
    if (!stop) return RESUME;
    if (progress.mode === 'detour') {
      this.enter(thread, { mode: 'instruction', stops: [] });
      return RESUME;
    }
    return this.advance(thread, stop);
  }

  /** Whether the next thing this thread does is one instruction of its plan. */
  stepsNext(thread: Thread): boolean {
    return this.progress.get(thread)?.mode === 'instruction';
  }

  /** Lets a signal handler run before the instruction that is due. */
  detour(thread: Thread): void {
    this.enter(thread, { mode: 'detour', stops: [{ address: thread.pc, minSp: thread.sp }] });
  }

  /** Ends the plan early and tells it why. */
  cancel(thread: Thread, reason: StopReason | undefined): void {
    const plan = thread.plan;
    this.finish(thread);
    plan?.abandoned?.(reason);
  }

  private finish(thread: Thread): void {
    thread.plan = undefined;
    this.enter(thread, undefined);
  }

  /** Changes from one set of temporary sites to another. */
  private enter(thread: Thread, next: Progress | undefined): void {
    const before = this.progress.get(thread);
    if (next) this.progress.set(thread, next);
    else this.progress.delete(thread);
    if (!before?.stops.length && !next?.stops.length) return;
    let owner = this.owners.get(thread);
    if (!owner) this.owners.set(thread, (owner = planOwner()));
    const wanted = new Set(next?.stops.map((stop) => stop.address));
    for (const address of wanted) {
      this.control.sites.acquire(address, owner);
      // Reaching it is an arrival only after running: standing on it now is not.
    }
    for (const { address } of before?.stops ?? []) {
      if (!wanted.has(address)) this.control.sites.release(address, owner);
    }
    if (!next) this.owners.delete(thread);
  }
}

function arrives(stop: RunStop, thread: Thread): boolean {
  if (stop.minSp !== undefined && thread.sp < stop.minSp) return false;
  return stop.accept?.(thread) ?? true;
}
