/**
 * Notices the end of a frame: its return to the caller, or a longjmp or an exception that leaves it. For whatever was
 * about the frame's own memory, which belongs to somebody else from then on.
 */
import type { VirtAddr } from '../common/addresses';
import { messageOf } from '../common/errors';
import { log } from '../common/log';
import type { BreakpointSite, SiteOwner, SiteTable } from './sites';
import type { NonlocalExits } from './stepping/nonlocal';
import type { RunStop } from './stepping/plan';
import type { Thread } from './thread';
import type { FrameIdentity, StopReason } from './types';

export class ScopeEnd implements SiteOwner {
  private readonly exitStops: readonly RunStop[];
  /** Where control arrives outside the frame: the return address, and where nonlocal exits have been seen to go. */
  private readonly arrivals = new Map<VirtAddr, VirtAddr>();
  private readonly acquired = new Set<VirtAddr>();

  /**
   * @param returnAddress where the frame returns to; undefined for an outermost frame, which can only be left otherwise
   * @param ended called once, with the thread at the first instruction outside; its reason stops everything
   */
  constructor(
    private readonly sites: SiteTable,
    private readonly exits: NonlocalExits,
    private readonly frame: FrameIdentity,
    returnAddress: VirtAddr | undefined,
    private readonly ended: () => StopReason,
  ) {
    this.exitStops = exits.stops(frame.cfa);
    for (const { address } of this.exitStops) this.acquire(address);
    if (returnAddress !== undefined) this.arriveAt(returnAddress, frame.cfa);
  }

  reached(thread: Thread, site: BreakpointSite): StopReason | undefined {
    if (thread.tid !== this.frame.tid) return undefined;
    const minSp = this.arrivals.get(site.address);
    // Deeper activations of the same code come by here with a lower stack pointer.
    if (minSp !== undefined && thread.sp >= minSp) {
      this.forget();
      return this.ended();
    }
    const exit = this.exitStops.find(({ address }) => address === site.address);
    if (exit && (exit.accept?.(thread) ?? true)) {
      const landing = this.exits.landing(thread, exit, this.frame.cfa);
      if (landing) this.arriveAt(landing.address, landing.minSp ?? this.frame.cfa);
    }
    return undefined;
  }

  /** Stops watching. */
  forget(): void {
    for (const address of this.acquired) this.sites.release(address, this);
    this.acquired.clear();
    this.arrivals.clear();
  }

  private arriveAt(address: VirtAddr, minSp: VirtAddr): void {
    this.arrivals.set(address, minSp);
    this.acquire(address);
  }

  private acquire(address: VirtAddr): void {
    if (this.acquired.has(address)) return;
    try {
      this.sites.acquire(address, this);
      this.acquired.add(address);
    } catch (error) {
      // Code that cannot be patched: one way out of the frame is not seen.
      log('engine', () => messageOf(error));
    }
  }
}
