/**
 * The four debug registers of an x86 thread (Intel SDM volume 3, 18.2): who uses which, what fired, and how they are
 * written. They belong to threads and are not inherited by new ones (Linux: flush_ptrace_hw_breakpoint in clone), so the
 * table here is what every thread is to have, and each is brought up to date before it runs.
 */
import { formatAddress, offsetBy, type VirtAddr } from '../common/addresses';
import { messageOf, PtraceError, UserError } from '../common/errors';
import { log } from '../common/log';
import { native } from '../ptrace/native';
import type { Thread } from './thread';
import type { StopReason, Tid } from './types';

/** What a debug register notices. x86 has none that notices reads alone. */
export type DebugAccess = 'execute' | 'write' | 'readWrite';

/** What one debug register watches: 1, 2, 4 or 8 bytes at a multiple of their number; 1 for `execute`. */
export interface DebugWatch {
  readonly address: VirtAddr;
  readonly length: number;
  readonly access: DebugAccess;
}

/** Someone who wants to hear of what a debug register notices. */
export interface DebugRegisterOwner {
  /** For the message that all registers are taken: `counter`, `the hardware breakpoint at 0x401136`. */
  readonly title: string;
  /**
   * Called once for each stop at which one of the owner's registers fired, before the instruction for `execute` and
   * after it otherwise; a reason makes everything stop.
   */
  triggered(thread: Thread): StopReason | undefined;
}

/** One register in use. */
interface DebugSlot extends DebugWatch {
  readonly owners: Set<DebugRegisterOwner>;
}

/** What the four registers hold. Replaced, never changed, so that identity tells whether a thread is up to date. */
export type DebugContents = readonly (DebugSlot | undefined)[];

export const DEBUG_REGISTERS = 4;

/** No register in use: what a new thread has. */
export const NOTHING_WATCHED: DebugContents = [undefined, undefined, undefined, undefined];

/** A thread whose registers hold something that was not written completely. */
const UNKNOWN: DebugContents = [];

const DR6 = 6;
const DR7 = 7;
/** DR6.B0–B3: the registers that fired. */
const FIRED = 0xfn;

/** R/Wn of DR7. */
const ACCESS_BITS: Readonly<Record<DebugAccess, bigint>> = { execute: 0b00n, write: 0b01n, readWrite: 0b11n };
/** LENn of DR7 by length. */
const LENGTH_BITS: Readonly<Record<number, bigint>> = { 1: 0b00n, 2: 0b01n, 4: 0b11n, 8: 0b10n };

/** The value of DR7 for these contents: each register in use is enabled locally (Ln). */
export function controlWord(contents: readonly (DebugWatch | undefined)[]): bigint {
  let word = 0n;
  contents.forEach((slot, index) => {
    if (!slot) return;
    const n = BigInt(index);
    const condition = ACCESS_BITS[slot.access] | (LENGTH_BITS[slot.length]! << 2n);
    word |= (1n << (2n * n)) | (condition << (16n + 4n * n));
  });
  return word;
}

/** How many bytes four registers can watch at most. */
const MOST_BYTES = DEBUG_REGISTERS * 8;

/**
 * Splits a range into the fewest aligned pieces of 1, 2, 4 or 8 bytes that cover exactly it. Throws a UserError when
 * that takes more than four.
 */
export function watchesOf(address: VirtAddr, size: number, access: 'write' | 'readWrite'): DebugWatch[] {
  const where = `${size} bytes at ${formatAddress(address)}`;
  if (size > MOST_BYTES) {
    throw new UserError(`${where} are too many: the four debug registers watch ${MOST_BYTES} bytes at most.`);
  }
  const watches: DebugWatch[] = [];
  for (let done = 0; done < size;) {
    const at = offsetBy(address, done);
    const length = [8, 4, 2].find((each) => each <= size - done && at % BigInt(each) === 0n) ?? 1;
    watches.push({ address: at, length, access });
    done += length;
  }
  if (watches.length > DEBUG_REGISTERS) {
    throw new UserError(
      `${where} are not aligned and would take ${watches.length} debug registers; there are ${DEBUG_REGISTERS}.`,
    );
  }
  return watches;
}

const same = (a: DebugWatch, b: DebugWatch): boolean =>
  a.address === b.address && a.length === b.length && a.access === b.access;

/** The registers of one process: the same in all of its threads. */
export class DebugRegisters {
  private contents: DebugContents = NOTHING_WATCHED;

  /** Brings the threads up to date; throws PtraceError when the kernel refuses. Set by run control. */
  publish: () => void = () => undefined;

  /** Adds an owner of some watches, all or none. Throws a UserError that says who has the registers, or why not. */
  acquire(watches: readonly DebugWatch[], owner: DebugRegisterOwner): void {
    const before = this.contents;
    const next = before.map((slot) => slot && { ...slot, owners: new Set(slot.owners) });
    const missing = watches.filter((watch) => {
      const known = next.find((slot) => slot && same(slot, watch));
      known?.owners.add(owner);
      return !known;
    });
    const free = next.filter((slot) => !slot).length;
    if (missing.length > free) throw new UserError(this.taken(owner, missing.length, free));
    for (const watch of missing) next[next.indexOf(undefined)] = { ...watch, owners: new Set([owner]) };
    this.contents = next;
    try {
      this.publish();
    } catch (error) {
      this.contents = before;
      this.publishQuietly();
      throw error instanceof PtraceError ? new UserError(refusal(error, owner)) : error;
    }
  }

  /** Drops an owner from every register. */
  release(owner: DebugRegisterOwner): void {
    if (!this.contents.some((slot) => slot?.owners.has(owner))) return;
    const next = this.contents.map((slot) => {
      if (!slot?.owners.has(owner)) return slot;
      const owners = new Set(slot.owners);
      owners.delete(owner);
      return owners.size > 0 ? { ...slot, owners } : undefined;
    });
    this.contents = next.some(Boolean) ? next : NOTHING_WATCHED;
    this.publishQuietly();
  }

  /** exec has replaced the address space, and the kernel has cleared the registers. */
  forget(threads: Iterable<Thread>): void {
    this.contents = NOTHING_WATCHED;
    for (const thread of threads) thread.debugRegisters = NOTHING_WATCHED;
  }

  /** Whether an instruction at `address` would be noticed before it is executed. */
  executeAt(address: VirtAddr): boolean {
    return this.executeSlot(address) !== undefined;
  }

  /** Who waits for the instruction at `address`. */
  ownersAt(address: VirtAddr): Iterable<DebugRegisterOwner> {
    return this.executeSlot(address)?.owners ?? [];
  }

  /** Whether an access to these bytes by the program would be noticed. */
  watchesData(address: VirtAddr, length: number, access: 'read' | 'write'): boolean {
    const end = offsetBy(address, length);
    return this.contents.some(
      (slot) =>
        slot !== undefined &&
        (slot.access === 'readWrite' || (slot.access === 'write' && access === 'write')) &&
        slot.address < end &&
        offsetBy(slot.address, slot.length) > address,
    );
  }

  /** Whether nothing of ours is in a thread's registers. */
  isIdle(thread: Thread): boolean {
    return thread.debugRegisters === NOTHING_WATCHED;
  }

  /** Whether a thread's registers are what they should be. */
  isUpToDate(thread: Thread): boolean {
    return thread.debugRegisters === this.contents;
  }

  /** Writes a stopped thread's registers when they are out of date. Throws PtraceError. */
  store(thread: Thread): void {
    if (this.isUpToDate(thread)) return;
    thread.debugRegisters = UNKNOWN;
    writeContents(thread.tid, this.contents);
    thread.debugRegisters = this.contents;
  }

  /** The same for a thread that is about to run: what the kernel refuses now was possible before, so it is only logged. */
  storeQuietly(thread: Thread): void {
    try {
      this.store(thread);
    } catch (error) {
      if (error instanceof PtraceError && error.errno === 'ESRCH') throw error;
      log('engine', () => `debug registers of ${thread.tid}: ${messageOf(error)}`);
      thread.debugRegisters = this.contents;
    }
  }

  /** Empties a stopped thread's registers before it is let go. Throws PtraceError. */
  clear(thread: Thread): void {
    if (thread.debugRegisters === NOTHING_WATCHED) return;
    writeContents(thread.tid, NOTHING_WATCHED);
    thread.debugRegisters = NOTHING_WATCHED;
  }

  /** What fired in a stopped thread and is still wanted, each told once: DR6 is cleared. */
  fired(thread: Thread): readonly DebugSlot[] {
    const written = thread.debugRegisters;
    if (written === NOTHING_WATCHED) return [];
    let status: bigint;
    try {
      status = native.getDebugRegister(thread.tid, DR6);
      if ((status & FIRED) === 0n) return [];
      // The kernel leaves the bits until the next debug exception, which a step over a system call is not.
      native.setDebugRegister(thread.tid, DR6, status & ~FIRED);
    } catch (error) {
      // ESRCH: it is being killed; its exit status is on its way.
      if (error instanceof PtraceError && error.errno === 'ESRCH') return [];
      throw error;
    }
    const slots = written.filter((slot, index) => slot && (status >> BigInt(index)) & 1n);
    // A thread may have run into a watch that was removed before its stop was read: then nobody is found.
    return slots.flatMap((slot) => this.contents.find((each) => each && slot && same(each, slot)) ?? []);
  }

  private executeSlot(address: VirtAddr): DebugSlot | undefined {
    return this.contents.find((slot) => slot?.access === 'execute' && slot.address === address);
  }

  private publishQuietly(): void {
    try {
      this.publish();
    } catch (error) {
      log('engine', () => `debug registers: ${messageOf(error)}`);
    }
  }

  private taken(owner: DebugRegisterOwner, needed: number, free: number): string {
    const count = new Map<DebugRegisterOwner, number>();
    for (const slot of this.contents) {
      for (const each of slot?.owners ?? []) count.set(each, (count.get(each) ?? 0) + 1);
    }
    const takers = [...count].map(([{ title }, registers]) => (registers > 1 ? `${title} (${registers})` : title));
    const wish =
      free === 0
        ? 'All four debug registers are taken'
        : `${owner.title} needs ${needed} debug registers and ${free === 1 ? 'one is' : `${free} are`} free`;
    return `${wish}; taken by ${takers.join(', ')}. Remove one of them, then set this one again.`;
  }
}

/** Empties the debug registers of a stopped tracee. Throws PtraceError. */
export function clearDebugRegisters(tid: Tid): void {
  native.setDebugRegister(tid, DR7, 0n);
}

/** Disabled first: the kernel checks each address against the length that is in force. */
function writeContents(tid: Tid, contents: DebugContents): void {
  native.setDebugRegister(tid, DR7, 0n);
  contents.forEach((slot, index) => {
    if (slot) native.setDebugRegister(tid, index, slot.address);
  });
  if (contents !== NOTHING_WATCHED) native.setDebugRegister(tid, DR7, controlWord(contents));
}

function refusal(error: PtraceError, owner: DebugRegisterOwner): string {
  if (error.errno === 'ENOSPC') {
    return `The kernel has no debug register left for ${owner.title}: something outside this debugger (perf, a virtual machine) holds them.`;
  }
  return `The kernel refuses a debug register for ${owner.title}: ${messageOf(error)}.`;
}
