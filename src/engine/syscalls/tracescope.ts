/**
 * Where in a program's life its system calls are looked at: all the time, from the entry of `main` to its return, in a
 * function, or from one place to another. Places are reached by breakpoint sites of their own.
 */
import { virtAddr, type VirtAddr } from '../../common/addresses';
import type { MemoryReader } from '../../common/readers';
import { log } from '../../common/log';
import { messageOf } from '../../common/errors';
import type { BreakpointSite, SiteOwner, SiteTable } from '../sites';
import type { Thread } from '../thread';
import type { Tid } from '../types';

/** What a launch.json asks for, resolved to addresses. */
export type ScopePlaces =
  | { readonly kind: 'process' }
  /** All threads, while a call of the function at one of these entries is on the stack of the thread that entered it. */
  | { readonly kind: 'main'; readonly entries: readonly VirtAddr[] }
  /** The same, of the threads that are in the function alone. */
  | { readonly kind: 'function'; readonly entries: readonly VirtAddr[] }
  /** All threads, once one has been at `from`, until one is at `to`. */
  | { readonly kind: 'between'; readonly from: readonly VirtAddr[]; readonly to: readonly VirtAddr[] };

/** A call that has not returned: where it returns to, and the stack pointer that its return address was at. */
interface Visit {
  readonly returnAddress: VirtAddr;
  readonly at: VirtAddr;
}

const WORD = 8;

export class TraceScope {
  private places: ScopePlaces = { kind: 'process' };
  private open = true;
  private readonly visits = new Map<Tid, Visit[]>();
  private readonly entries: SiteOwner = { reached: (thread) => this.entered(thread) };
  private readonly returns: SiteOwner = { reached: (thread, site) => this.returned(thread, site) };
  private readonly starts: SiteOwner = { reached: () => this.setOpen(true) };
  private readonly ends: SiteOwner = { reached: () => this.setOpen(false) };
  private held: { readonly address: VirtAddr; readonly owner: SiteOwner }[] = [];

  constructor(
    private readonly sites: SiteTable,
    private readonly memory: MemoryReader,
    /** All threads are looked at from now on, or no longer: those that run have to be told. */
    private readonly changed: () => void,
  ) {}

  /** Whether calls of some thread are looked at now. */
  get isOpen(): boolean {
    return this.places.kind === 'function' ? this.visits.size > 0 : this.open;
  }

  /** Whether the calls of a thread are looked at now. */
  includes(thread: Thread): boolean {
    if (this.places.kind === 'function') return this.visits.has(thread.tid);
    return this.open;
  }

  /** Looks at other places from now on. Throws UserError when a site cannot be set. */
  set(places: ScopePlaces): void {
    this.release();
    this.places = places;
    this.open = places.kind === 'process';
    if (places.kind === 'main' || places.kind === 'function') {
      for (const address of places.entries) this.acquire(address, this.entries);
    } else if (places.kind === 'between') {
      for (const address of places.from) this.acquire(address, this.starts);
      for (const address of places.to) this.acquire(address, this.ends);
    }
  }

  /** The address space is another one: sites are gone with the old one. */
  forget(): void {
    this.held = [];
    this.visits.clear();
    this.open = this.places.kind === 'process';
  }

  threadEnded(tid: Tid): void {
    if (this.visits.delete(tid) && this.places.kind === 'main' && this.visits.size === 0) this.setOpen(false);
  }

  private entered(thread: Thread): undefined {
    const at = thread.sp;
    const bytes = this.memory.read(at, WORD);
    if (bytes.length < WORD) return undefined;
    const returnAddress = virtAddr(new DataView(bytes.buffer, bytes.byteOffset, WORD).getBigUint64(0, true));
    // Calls that were left by longjmp or an exception lie below what is on the stack now.
    const visits = (this.visits.get(thread.tid) ?? []).filter((visit) => visit.at > at);
    visits.push({ returnAddress, at });
    this.visits.set(thread.tid, visits);
    try {
      this.acquire(returnAddress, this.returns);
    } catch (error) {
      log('engine', () => `the return of a traced function is not noticed: ${messageOf(error)}`);
    }
    if (this.places.kind === 'main') this.setOpen(true);
    return undefined;
  }

  private returned(thread: Thread, site: BreakpointSite): undefined {
    const visits = this.visits.get(thread.tid);
    if (!visits) return undefined;
    // After its return the stack pointer is above where the return address was.
    const left = visits.filter((visit) => visit.at >= thread.sp);
    if (left.length === visits.length) return undefined;
    if (left.length > 0) this.visits.set(thread.tid, left);
    else this.visits.delete(thread.tid);
    const isNeeded = [...this.visits.values()].flat().some(({ returnAddress }) => returnAddress === site.address);
    if (!isNeeded) this.drop(site.address, this.returns);
    if (this.places.kind === 'main' && this.visits.size === 0) this.setOpen(false);
    return undefined;
  }

  private setOpen(open: boolean): undefined {
    if (this.open === open) return undefined;
    this.open = open;
    this.changed();
    return undefined;
  }

  private acquire(address: VirtAddr, owner: SiteOwner): void {
    if (this.held.some((held) => held.address === address && held.owner === owner)) return;
    this.sites.acquire(address, owner);
    this.held.push({ address, owner });
  }

  private drop(address: VirtAddr, owner: SiteOwner): void {
    this.sites.release(address, owner);
    this.held = this.held.filter((held) => held.address !== address || held.owner !== owner);
  }

  private release(): void {
    for (const { address, owner } of this.held) this.sites.release(address, owner);
    this.forget();
  }
}
