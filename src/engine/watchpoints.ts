/**
 * Data breakpoints: bytes that debug registers watch. They compare values as bytes, so that a `write` breakpoint stops
 * where the value has changed, as gdb's `watch` does, and those of a local variable end with its frame.
 */
import { isDeepStrictEqual } from 'node:util';
import type { VirtAddr } from '../common/addresses';
import { messageOf, UserError } from '../common/errors';
import type { MemoryReader } from '../common/readers';
import { compileChecks, type BreakpointChecks } from './breakpointchecks';
import { nextBreakpointId, type BreakpointHost } from './breakpoints';
import { watchesOf, type DebugRegisterOwner } from './debugregisters';
import { ScopeEnd } from './scopeend';
import type { NonlocalExits } from './stepping/nonlocal';
import type { Thread } from './thread';
import type { Breakpoint, DataBreakpointSpec, DataStop, FrameIdentity, StopReason, Tid } from './types';

/** What watchpoints need of the target. */
export interface WatchpointHost extends BreakpointHost {
  /** False while the program runs without debugging: then nothing is set. */
  debugging(): boolean;
  readonly memory: MemoryReader;
  readonly exits: NonlocalExits;
  /** Where a frame that is on its thread's stack returns to; undefined when it has no caller. Throws UserError. */
  returnAddress(frame: FrameIdentity): VirtAddr | undefined;
  /** The instruction that a thread has just executed, where that can be told. */
  instructionBefore(thread: Thread): VirtAddr | undefined;
}

export class Watchpoint implements Breakpoint, DebugRegisterOwner {
  readonly id = nextBreakpointId();
  readonly kind = 'data';
  readonly pending = false;
  readonly addresses: readonly VirtAddr[] = [];
  verified = false;
  message: string | undefined;
  ended = false;
  hitCount = 0;
  private readonly checks: BreakpointChecks | undefined;
  private value: Uint8Array = new Uint8Array(0);
  private scope: ScopeEnd | undefined;

  constructor(
    readonly spec: DataBreakpointSpec,
    private readonly host: WatchpointHost,
  ) {
    const checks = compileChecks(spec);
    if (typeof checks === 'string') this.message = checks;
    else this.checks = checks;
  }

  get frame(): FrameIdentity | undefined {
    return this.spec.frame;
  }

  get title(): string {
    return this.spec.label;
  }

  /** Takes the debug registers; when that fails the breakpoint is unverified and says why. */
  place(): void {
    if (!this.checks) return;
    this.message = undefined;
    const { address, size, access, frame } = this.spec;
    try {
      if (!this.host.debugging()) throw new UserError('The program runs without debugging.');
      const returnAddress = frame && this.host.returnAddress(frame);
      this.host.registers.acquire(watchesOf(address, size, access === 'write' ? 'write' : 'readWrite'), this);
      this.verified = true;
      this.refresh();
      if (!frame) return;
      this.scope = new ScopeEnd(this.host.sites, this.host.exits, frame, returnAddress, () => this.scopeEnded());
      if (returnAddress === undefined) this.message = 'Its frame has no caller: the end of its scope may go unnoticed.';
    } catch (error) {
      this.remove();
      this.message = messageOf(error);
    }
  }

  remove(): void {
    this.scope?.forget();
    this.scope = undefined;
    this.host.registers.release(this);
    this.verified = false;
  }

  /** What is watched is gone for good. */
  end(why: string): void {
    if (!this.verified) return;
    this.ended = true;
    this.lose(why);
  }

  /** What is watched is not there now. */
  lose(why: string): void {
    if (!this.verified) return;
    this.remove();
    this.message = why;
    this.host.changed(this);
  }

  /** Takes the value as it is now for the one that the next access is compared with. */
  refresh(): void {
    if (this.verified) this.value = this.host.memory.read(this.spec.address, this.spec.size);
  }

  triggered(thread: Thread): StopReason | undefined {
    const before = this.value;
    this.refresh();
    const now = this.value;
    const isChanged = Buffer.compare(before, now) !== 0;
    const { access, label } = this.spec;
    if (isChanged ? access === 'read' : access === 'write') return undefined;
    if (!this.checks || !this.host.passes(thread, this.checks, this)) return undefined;
    const text = isChanged
      ? `${label} changed from ${this.show(before)} to ${this.show(now)}`
      : `${label} was accessed and is ${this.show(now)}`;
    const instruction = this.host.instructionBefore(thread);
    return dataStop({ accesses: [{ breakpoint: this, text, before, now, instruction, pc: thread.pc }] });
  }

  private scopeEnded(): StopReason {
    this.scope = undefined;
    this.end(`${this.spec.label} went out of scope: the function that it belonged to has ended.`);
    return dataStop({ ended: [this] });
  }

  private show(bytes: Uint8Array): string {
    if (bytes.length < this.spec.size) return '<unreadable>';
    return this.spec.format?.(bytes) ?? hexadecimal(bytes);
  }
}

export class WatchpointManager {
  private list: Watchpoint[] = [];

  constructor(private readonly host: WatchpointHost) {}

  /** Replaces all data breakpoints; an equal one keeps its id, hit count and value. In the order of `specs`. */
  set(specs: readonly DataBreakpointSpec[]): Breakpoint[] {
    const left = [...this.list];
    const found = specs.map((spec) => {
      const index = left.findIndex((each) => isSame(each.spec, spec));
      return index >= 0 ? left.splice(index, 1)[0] : undefined;
    });
    // First, so that there are registers for the new ones.
    for (const gone of left) gone.remove();
    this.list = specs.map((spec, i) => found[i] ?? new Watchpoint(spec, this.host));
    // Those that found no register before may find one now.
    for (const each of this.list) if (!each.verified && !each.ended) each.place();
    return [...this.list];
  }

  /** The debugger has written memory: that is no change by the program. */
  memoryWritten(): void {
    for (const each of this.list) each.refresh();
  }

  /** exec has replaced the address space. */
  executed(): void {
    for (const each of this.list) each.lose(`${each.spec.label} is gone: the process runs another program now.`);
  }

  /** A thread has ended, and its frames with it. */
  threadExited(tid: Tid): void {
    for (const each of this.list) {
      if (each.spec.frame?.tid === tid) each.end(`${each.spec.label} went out of scope: thread ${tid} has ended.`);
    }
  }
}

function dataStop(what: Partial<DataStop>): DataStop {
  return { kind: 'data', accesses: [], ended: [], breakpoints: [], ...what };
}

/** Two specifications are equal when all but their way to show values is. */
function isSame(a: DataBreakpointSpec, b: DataBreakpointSpec): boolean {
  return isDeepStrictEqual({ ...a, format: undefined }, { ...b, format: undefined });
}

/** Integers as one number, whatever is wider byte by byte. */
function hexadecimal(bytes: Uint8Array): string {
  const digits = (each: Uint8Array) => Buffer.from(each).toString('hex');
  if ([1, 2, 4, 8].includes(bytes.length)) return `0x${BigInt(`0x${digits(bytes.slice().reverse())}`).toString(16)}`;
  return digits(bytes).replace(/..(?=.)/g, '$& ');
}
