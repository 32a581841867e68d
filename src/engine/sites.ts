/**
 * Breakpoint sites: the int3 bytes in the debuggee's memory, each shared by the owners that want it. Nothing above
 * this file knows that code is patched: reads are masked, writes keep both the byte and the int3.
 */
import type { VirtAddr } from '../common/addresses';
import type { MemoryReader } from '../common/readers';
import { UserError } from '../common/errors';
import { formatAddress, offsetBy } from '../common/addresses';
import type { DisplacedPlan } from '../disasm/displaced';
import type { Thread } from './thread';
import type { StopReason } from './types';

const INT3 = 0xcc;
/** x86 instructions are at most 15 bytes long (Intel SDM vol. 2, section 2.3.11). */
export const MAX_INSTRUCTION = 15;

/** Someone who wants to hear of a thread reaching a site. */
export interface SiteOwner {
  /** Called with the thread stopped at the site, the instruction not yet executed; a reason makes everything stop. */
  reached(thread: Thread, site: BreakpointSite): StopReason | undefined;
}

export class BreakpointSite {
  readonly owners = new Set<SiteOwner>();
  inserted = false;
  /** How to execute the displaced instruction; planned at the first hit. */
  displaced: DisplacedPlan | undefined;

  constructor(
    readonly address: VirtAddr,
    /** The program's own byte under the int3. */
    public original: number,
  ) {}
}

/** The memory a SiteTable patches: raw, with nothing masked. */
export interface RawMemory extends MemoryReader {
  /** Writes all of `bytes` or throws. */
  write(address: VirtAddr, bytes: Uint8Array): void;
}

/** Keeps the int3s of a process harmless should we die: `SiteGuard`. */
export interface SiteKeeper {
  /** An int3 is about to be written over this byte. */
  inserting(address: VirtAddr, original: number): void;
  /** It has been taken out. */
  removed(address: VirtAddr): void;
  /** The address space is gone. */
  forgotten(): void;
  /** A thread has run into an int3 and stands on it. */
  trapped(thread: Thread): void;
  /** Whether the program itself, as far as it knows, handles SIGTRAP. Asked with a stopped thread. */
  programHandlesTraps(thread: Thread): boolean;
  /** Threads are about to get debug registers. */
  debugRegistersUsed(): void;
  /** The process is let go; its int3s are out of memory. */
  end(threads: Iterable<Thread>): void;
}

export class SiteTable {
  private readonly sites = new Map<VirtAddr, BreakpointSite>();

  constructor(
    private readonly raw: RawMemory,
    readonly keeper?: SiteKeeper,
  ) {}

  get size(): number {
    return this.sites.size;
  }

  all(): IterableIterator<BreakpointSite> {
    return this.sites.values();
  }

  /** The site at exactly this address, when its int3 is in memory. */
  insertedAt(address: VirtAddr): BreakpointSite | undefined {
    const site = this.sites.get(address);
    return site?.inserted ? site : undefined;
  }

  /** Whether memory really holds an int3 at `address`, ours or the program's own. */
  holdsInt3(address: VirtAddr): boolean {
    return this.raw.read(address, 1)[0] === INT3;
  }

  /** Adds an owner, patching memory for the first one. Throws a UserError when the byte cannot be written. */
  acquire(address: VirtAddr, owner: SiteOwner): BreakpointSite {
    let site = this.sites.get(address);
    if (!site) {
      const [original] = this.raw.read(address, 1);
      if (original === undefined) throw new UserError(`There is no memory at ${formatAddress(address)}.`);
      site = new BreakpointSite(address, original);
      this.insert(site);
      this.sites.set(address, site);
    }
    site.owners.add(owner);
    return site;
  }

  /** Drops an owner; the last one takes the int3 with it. */
  release(address: VirtAddr, owner: SiteOwner): void {
    const site = this.sites.get(address);
    if (!site?.owners.delete(owner) || site.owners.size > 0) return;
    this.sites.delete(address);
    this.lift(site);
  }

  /** Takes the int3 out of memory while the site stays known. */
  lift(site: BreakpointSite): void {
    if (!site.inserted) return;
    site.inserted = false;
    // Only our own int3 is undone: the page may be gone or hold other code by now.
    if (this.raw.read(site.address, 1)[0] === INT3) {
      try {
        this.raw.write(site.address, Uint8Array.of(site.original));
      } catch {
        // The memory went away with its mapping or its process.
      }
    }
    this.keeper?.removed(site.address);
  }

  /** Puts the int3 of a known site into memory. Throws a UserError when the byte cannot be written. */
  insert(site: BreakpointSite): void {
    if (site.inserted) return;
    this.keeper?.inserting(site.address, site.original);
    try {
      this.raw.write(site.address, Uint8Array.of(INT3));
    } catch (error) {
      throw new UserError(
        `A breakpoint cannot be written at ${formatAddress(site.address)}: ${error instanceof Error ? error.message : String(error)}.`,
      );
    }
    site.inserted = true;
  }

  /** Forgets every site without touching memory: the address space is gone (exec, exit). */
  forgetAll(): void {
    this.sites.clear();
    this.keeper?.forgotten();
  }

  /** Forgets sites in an unmapped range, without touching memory. */
  forgetRange(start: VirtAddr, end: VirtAddr): void {
    for (const address of this.sites.keys()) {
      if (address < start || address >= end) continue;
      this.sites.delete(address);
      this.keeper?.removed(address);
    }
  }

  /** Replaces our int3 bytes in `bytes`, which were read from `address`, by the program's own. */
  mask(address: VirtAddr, bytes: Uint8Array): Uint8Array {
    if (this.sites.size === 0) return bytes;
    const end = offsetBy(address, bytes.length);
    if (this.sites.size < bytes.length) {
      for (const site of this.sites.values()) {
        if (site.inserted && site.address >= address && site.address < end) {
          bytes[Number(site.address - address)] = site.original;
        }
      }
    } else {
      for (let i = 0; i < bytes.length; i++) {
        const site = this.sites.get(offsetBy(address, i));
        if (site?.inserted) bytes[i] = site.original;
      }
    }
    return bytes;
  }

  /**
   * Writes for the user: the int3 bytes in the range stay in memory and what was to be written becomes the byte
   * under them. Throws when some byte cannot be written.
   */
  write(address: VirtAddr, bytes: Uint8Array): void {
    const patched = Uint8Array.from(bytes);
    const end = offsetBy(address, bytes.length);
    const covered: BreakpointSite[] = [];
    for (const site of this.sites.values()) {
      // An instruction that begins before the range and reaches into it is changed too: its plan is made anew.
      if (site.address < end && offsetBy(site.address, MAX_INSTRUCTION) > address) site.displaced = undefined;
      if (site.inserted && site.address >= address && site.address < end) {
        patched[Number(site.address - address)] = INT3;
        covered.push(site);
      }
    }
    this.raw.write(address, patched);
    for (const site of covered) {
      site.original = bytes[Number(site.address - address)]!;
      this.keeper?.inserting(site.address, site.original);
    }
  }
}

/** What everyone but the SiteTable reads: the program's own bytes. */
export class TargetMemory implements MemoryReader {
  constructor(
    private readonly raw: RawMemory,
    private readonly sites: SiteTable,
    /** Called after each `write`: what was read and decoded before may have changed. */
    private readonly changed: () => void = () => undefined,
  ) {}

  read(address: VirtAddr, length: number): Uint8Array {
    return this.sites.mask(address, this.raw.read(address, length));
  }

  /** Writes up to the first byte that is not mapped and returns how many were written; throws when that is none. */
  write(address: VirtAddr, bytes: Uint8Array): number {
    const count = this.raw.read(address, bytes.length).length;
    if (count === 0 && bytes.length > 0) throw new UserError(`There is no memory at ${formatAddress(address)}.`);
    this.sites.write(address, bytes.subarray(0, count));
    this.changed();
    return count;
  }

  /** Writes all of `bytes` on the program's behalf (an emulated push): what the program does itself changes no cache. */
  writeQuietly(address: VirtAddr, bytes: Uint8Array): void {
    this.sites.write(address, bytes);
  }
}
