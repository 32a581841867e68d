/** Running a called function to its end: to the return address in the right frame, or to where it left for instead. */
import type { VirtAddr } from '../../common/addresses';
import type { Thread } from '../thread';
import type { NonlocalExits } from './nonlocal';
import type { Move, RunStop } from './plan';

export class CallRun {
  private readonly stops: RunStop[];
  private readonly landings: RunStop[] = [];

  /**
   * @param returnAddress where the call comes back to
   * @param bound the stack pointer right after the return; a deeper activation's return to the same place is not it
   */
  constructor(
    private readonly exits: NonlocalExits,
    returnAddress: VirtAddr,
    private readonly bound: VirtAddr,
    extra: readonly RunStop[] = [],
  ) {
    this.stops = [{ address: returnAddress, minSp: bound }, ...extra, ...exits.stops(bound)];
  }

  begin(): Move {
    return { kind: 'run', stops: this.stops };
  }

  /** Undefined when the call is over, by return or otherwise; else the move that goes on waiting. */
  arrived(thread: Thread, at: RunStop): Move | undefined {
    const landing = this.exits.landing(thread, at, this.bound);
    if (!landing) return undefined;
    this.landings.push(landing);
    return { kind: 'run', stops: [...this.landings, ...this.stops] };
  }
}
