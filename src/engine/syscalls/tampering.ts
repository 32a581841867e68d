/**
 * Rules that change system calls: make them fail or succeed without running them, run another one, change arguments
 * and memory, delay, send a signal. Registers that a rule changes for the kernel are put back at the exit: programs
 * count on a call to keep all but rax, rcx and r11 (System V psABI x86-64, A.2.1).
 */
import { virtAddr, type VirtAddr } from '../../common/addresses';
import { messageOf } from '../../common/errors';
import { log } from '../../common/log';
import type { MemoryReader } from '../../common/readers';
import { native } from '../../ptrace/native';
import { occurs, type InjectionRule, type Poke, type Rewrite } from '../../syscalls/inject/rule';
import type { Abi, DecodedCall } from '../../syscalls/model';
import { numberOf } from '../../syscalls/numbers';
import type { Thread } from '../thread';
import type { Tid } from '../types';
import type { ExitChange, OpenCall } from './opencall';

/** Memory that rules read and write. */
export interface TamperedMemory extends MemoryReader {
  write(address: VirtAddr, bytes: Uint8Array): unknown;
}

/** Where the arguments are in the registers, in the kernel's order. */
const ARGUMENTS = {
  x86_64: ['rdi', 'rsi', 'rdx', 'r10', 'r8', 'r9'],
  i386: ['rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rbp'],
} as const;

/** As the number of a call: the kernel runs none and leaves rax as it is. */
const NO_CALL = 0xffff_ffff_ffff_ffffn;

/** The most that is read to be rewritten, or filled with a pattern. */
const MAX_CHANGED = 1 << 20;

export class Tampering {
  rules: readonly InjectionRule[] = [];
  private readonly counts = new Map<InjectionRule, Map<Tid, number>>();
  private readonly timers = new Map<Tid, NodeJS.Timeout>();

  constructor(
    private readonly pid: number,
    private readonly memory: TamperedMemory,
    private readonly endDelay: (thread: Thread) => void,
  ) {}

  get isEmpty(): boolean {
    return this.rules.length === 0;
  }

  /** These rules instead of those before. A rule that was there already goes on counting. */
  set(rules: readonly InjectionRule[]): void {
    this.rules = rules;
    for (const rule of this.counts.keys()) if (!rules.includes(rule)) this.counts.delete(rule);
  }

  /** Whether a rule may change calls of this number. */
  wants(abi: Abi, number: number): boolean {
    return this.rules.some((rule) => rule.calls.has(abi, number));
  }

  /** A thread is about to make a call; true when it is to wait. */
  entered(thread: Thread, open: OpenCall): boolean {
    let delay = 0;
    for (const rule of this.rules) {
      if (!this.applies(rule, thread, open.call)) continue;
      open.tampered = true;
      this.change(rule, thread, open);
      delay += rule.delayEnter ?? 0;
    }
    return this.delay(thread, delay);
  }

  /** A call that was tampered with returns; true when the thread is to wait. */
  left(thread: Thread, open: OpenCall, change: ExitChange): boolean {
    const { registers } = thread;
    registers.fetch();
    for (const act of open.atExit) act(change);
    registers.set('rax', BigInt.asUintN(64, change.result));
    registers.store();
    return this.delay(thread, change.delay);
  }

  threadEnded(tid: Tid): void {
    for (const counts of this.counts.values()) counts.delete(tid);
    clearTimeout(this.timers.get(tid));
    this.timers.delete(tid);
  }

  private applies(rule: InjectionRule, { tid }: Thread, call: DecodedCall): boolean {
    if (!rule.calls.has(call.abi, call.number)) return false;
    if (rule.tid !== undefined && rule.tid !== tid) return false;
    if (rule.condition && !rule.condition.test({ call, tid })) return false;
    let counts = this.counts.get(rule);
    if (!counts) this.counts.set(rule, (counts = new Map<Tid, number>()));
    const count = (counts.get(tid) ?? 0) + 1;
    counts.set(tid, count);
    return occurs(rule.when, count);
  }

  private change(rule: InjectionRule, thread: Thread, open: OpenCall): void {
    const { registers } = thread;
    const { atExit } = open;
    const { abi } = open.entry;
    registers.fetch();
    for (const { argument, value } of rule.args) {
      const name = ARGUMENTS[abi][argument]!;
      const before = registers.get(name)!;
      registers.set(name, BigInt.asUintN(64, value));
      atExit.unshift(() => registers.set(name, before));
    }
    const instead = rule.syscall === undefined ? undefined : numberOf(abi, rule.syscall);
    if (instead !== undefined) registers.origRax = BigInt(instead);
    const result = rule.error ? -BigInt(rule.error.number) : rule.retval;
    if (result !== undefined) {
      registers.origRax = NO_CALL;
      atExit.push((change) => (change.result = result));
    }
    registers.store();
    this.poke(rule.pokeEnter, open, 0n);
    if (rule.signal) this.sendSignal(thread, rule.signal.number);
    atExit.push((change) => {
      this.poke(rule.pokeExit, open, change.result);
      if (rule.rewrite) this.rewrite(rule.rewrite, open, change);
      change.delay += rule.delayExit ?? 0;
    });
  }

  private poke(pokes: readonly Poke[], { entry }: OpenCall, result: bigint): void {
    for (const { argument, bytes, fill } of pokes) {
      const length = fill ? Math.min(Math.max(0, Number(result)), MAX_CHANGED) : bytes.length;
      this.write(entry.args[argument]!, fill ? Buffer.alloc(length, bytes) : bytes, argument);
    }
  }

  /** Replaces text in what the call has read; more than the program has room for is left out. */
  private rewrite({ argument, pattern, replacement }: Rewrite, { entry }: OpenCall, change: ExitChange): void {
    if (change.result <= 0n) return;
    const address = entry.args[argument]!;
    const length = Math.min(Number(change.result), MAX_CHANGED);
    const before = Buffer.from(this.memory.read(virtAddr(address), length)).toString('latin1');
    const after = before.replace(pattern, replacement);
    if (after === before) return;
    // The size of a buffer is the argument behind it.
    const room = Number(entry.args[argument + 1] ?? change.result);
    const bytes = Buffer.from(after, 'latin1').subarray(0, room);
    this.write(address, bytes, argument);
    change.result = BigInt(bytes.length);
  }

  private write(address: bigint, bytes: Uint8Array, argument: number): void {
    try {
      this.memory.write(virtAddr(address), bytes);
    } catch (error) {
      log('engine', () => `a rule cannot write where argument ${argument + 1} points: ${messageOf(error)}`);
    }
  }

  private delay(thread: Thread, microseconds: number): boolean {
    if (microseconds <= 0) return false;
    thread.delayed = true;
    const timer = setTimeout(() => {
      this.timers.delete(thread.tid);
      this.endDelay(thread);
    }, microseconds / 1000);
    this.timers.set(thread.tid, timer);
    return true;
  }

  private sendSignal({ tid }: Thread, signal: number): void {
    try {
      native.tgkill(this.pid, tid, signal);
    } catch (error) {
      log('engine', () => `a rule cannot send signal ${signal} to ${tid}: ${messageOf(error)}`);
    }
  }
}
