/**
 * Rules that change system calls: make them fail or succeed without running them, run another one, change arguments
 * and memory, delay, send a signal. Registers that a rule changes for the kernel are put back at the exit: programs
 * count on a call to keep all but rax, rcx and r11 (System V psABI x86-64, A.2.1).
 */
import { messageOf } from '../../common/errors';
import { log } from '../../common/log';
import { virtAddr } from '../../common/addresses';
import { native } from '../../ptrace/native';
import type { Abi, DecodedCall } from '../../syscalls/model';
import type { Thread } from '../thread';
import type { Tid } from '../types';
import type { ExitChange, OpenCall } from './opencall';

/** Memory that rules write to. */
export interface TamperedMemory {
  write(address: bigint, bytes: Uint8Array): void;
}

/** Bytes that a rule writes to where an argument points. */
export interface Poke {
  /** 1 to 6. */
  readonly argument: number;
  readonly bytes: Uint8Array;
}

/** What a rule does to the calls that it takes. */
export interface TamperRule {
  wants(abi: Abi, number: number): boolean;
  accepts(call: DecodedCall): boolean;
  /** Of the calls of one thread that it takes, counted from 1: whether it acts on this one. */
  readonly when: (count: number) => boolean;
  /** The only threads it acts on; all when absent. */
  readonly threads?: ReadonlySet<Tid>;
  /** What the call returns, in rax: −2 for ENOENT. It is not executed unless another call takes its place. */
  readonly result?: bigint | ((call: DecodedCall) => bigint);
  /** The number of the call that is executed instead. */
  readonly redirect?: number;
  /** New values of arguments, by their number from 1. */
  readonly args?: ReadonlyMap<number, bigint>;
  readonly pokeEnter?: readonly Poke[];
  readonly pokeExit?: readonly Poke[];
  /** Microseconds. */
  readonly delayEnter?: number;
  readonly delayExit?: number;
  /** The number of a signal that the thread is sent when it enters the call. */
  readonly signal?: number;
}

/** Where the arguments are in the registers, in the kernel's order. */
const ARGUMENTS = {
  x86_64: ['rdi', 'rsi', 'rdx', 'r10', 'r8', 'r9'],
  i386: ['rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rbp'],
} as const;

const NO_CALL = 0xffff_ffff_ffff_ffffn;

export class Tampering {
  private rules: readonly TamperRule[] = [];
  private counts = new Map<TamperRule, Map<Tid, number>>();
  private readonly timers = new Map<Tid, NodeJS.Timeout>();

  constructor(
    private readonly pid: number,
    private readonly memory: TamperedMemory,
    private readonly endDelay: (thread: Thread) => void,
  ) {}

  get isEmpty(): boolean {
    return this.rules.length === 0;
  }

  /** These rules instead of those before; their calls are counted from 1 again. */
  set(rules: readonly TamperRule[]): void {
    this.rules = rules;
    this.counts = new Map(rules.map((rule) => [rule, new Map<Tid, number>()]));
  }

  wants(abi: Abi, number: number): boolean {
    return this.rules.some((rule) => rule.wants(abi, number));
  }

  /** A thread is about to make a call; true when it is to wait. */
  entered(thread: Thread, open: OpenCall): boolean {
    if (this.rules.length === 0) return false;
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
    thread.registers.fetch();
    for (const act of open.atExit) act(change);
    thread.registers.set('rax', BigInt.asUintN(64, change.result));
    thread.registers.store();
    return this.delay(thread, change.delay);
  }

  threadEnded(tid: Tid): void {
    for (const counts of this.counts.values()) counts.delete(tid);
    clearTimeout(this.timers.get(tid));
    this.timers.delete(tid);
  }

  private applies(rule: TamperRule, { tid }: Thread, call: DecodedCall): boolean {
    if (!rule.wants(call.abi, call.number) || !rule.accepts(call)) return false;
    if (rule.threads && !rule.threads.has(tid)) return false;
    const counts = this.counts.get(rule)!;
    const count = (counts.get(tid) ?? 0) + 1;
    counts.set(tid, count);
    return rule.when(count);
  }

  private change(rule: TamperRule, thread: Thread, open: OpenCall): void {
    const { registers } = thread;
    const { entry, atExit, call } = open;
    registers.fetch();
    for (const [index, value] of rule.args ?? []) {
      const name = ARGUMENTS[entry.abi][index - 1]!;
      const before = registers.get(name)!;
      registers.set(name, value);
      atExit.unshift(() => registers.set(name, before));
    }
    if (rule.redirect !== undefined) registers.origRax = BigInt(rule.redirect);
    if (rule.result !== undefined) {
      const result = typeof rule.result === 'function' ? rule.result(call) : rule.result;
      if (rule.redirect === undefined) registers.origRax = NO_CALL;
      atExit.push((change) => (change.result = result));
    }
    registers.store();
    this.poke(rule.pokeEnter, open);
    if (rule.pokeExit) atExit.push(() => this.poke(rule.pokeExit, open));
    if (rule.delayExit) atExit.push((change) => (change.delay += rule.delayExit!));
    if (rule.signal !== undefined) this.sendSignal(thread, rule.signal);
  }

  private poke(pokes: readonly Poke[] | undefined, { entry }: OpenCall): void {
    for (const { argument, bytes } of pokes ?? []) {
      const address = virtAddr(entry.args[argument - 1]!);
      try {
        this.memory.write(address, bytes);
      } catch (error) {
        log('engine', () => `a rule cannot write where argument ${argument} points: ${messageOf(error)}`);
      }
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
