/**
 * Calls functions of the program on one of its stopped threads, as the System V ABI for x86-64 has calls made, and puts
 * the thread back exactly as it was: all registers, the x87 and vector state, the signal that was pending. The call runs
 * below the red zone of the thread's stack. It returns to a breakpoint behind the program's entry point, where nothing
 * runs any more and where unwinding ends. Whatever stops the program before that ends the call.
 */
import { offsetBy, virtAddr, type VirtAddr } from '../common/addresses';
import { messageOf, UserError } from '../common/errors';
import { log } from '../common/log';
import type { CallRequest } from '../expr/context';
import { readStorage, toBits, toBytes } from '../expr/storage';
import { native } from '../ptrace/native';
import { passArguments, returnStorage, type ArgumentPlan } from '../symbols/data/callingconvention';
import { bareType, sizeOfType, type Type } from '../symbols/data/types';
import type { RunControl } from './runcontrol';
import type { TargetMemory } from './sites';
import type { Move, RunStop, StepPlan } from './stepping/plan';
import type { Thread } from './thread';
import type { StopReason } from './types';

/** Leaf functions use so much below the stack pointer without saying so (psABI x86-64, 3.2.2), bytes. */
const RED_ZONE = 128n;
/** Direction and trap flags (SDM volume 1, 3.4.3): calls are made with the first clear, and nobody single-steps here. */
const DF = 1n << 10n;
const TF = 1n << 8n;
/** What orig_rax holds outside of a system call: the kernel restarts none then. */
const NO_SYSCALL = 0xffff_ffff_ffff_ffffn;
/** A call that takes longer is interrupted unless somebody says otherwise, milliseconds. */
export const CALL_LIMIT = 5000;

/** What the caller of functions asks of the target. */
export interface CallHost {
  readonly control: RunControl;
  readonly memory: TargetMemory;
  /** The program's entry point. */
  readonly entry: () => VirtAddr | undefined;
  /** Where `std::terminate` begins, in each library that has one. */
  readonly terminates: () => readonly VirtAddr[];
  /** Names what stopped a call. */
  readonly describe: (thread: Thread, reason: StopReason) => string;
  /** Hears the stops of the process until it is taken back; true for those that nobody else is to hear of. */
  intercept(listener: StopListener | undefined): void;
  /** Everything that was derived from the thread's registers or from memory is out of date. */
  disturbed(thread: Thread): void;
}

export type StopListener = (thread: Thread, reason: StopReason) => boolean;

export interface CallOptions {
  /** Milliseconds after which the call is interrupted. */
  readonly limit?: number;
  readonly cancel?: AbortSignal;
}

/** What a function returned. */
export interface CallResult {
  readonly type: Type;
  /** Empty for void. */
  readonly bytes: Uint8Array;
}

/** What a thread was like before a call. */
interface Saved {
  readonly words: BigUint64Array;
  readonly xstate: Uint8Array;
  readonly pendingSignal: number;
  readonly siginfo: Thread['siginfo'];
  readonly visited: Thread['visited'];
  readonly stoppedFor: Thread['stoppedFor'];
  readonly hiddenCalls: Thread['hiddenCalls'];
  readonly returned: Thread['returned'];
}

export class FunctionCalls {
  private busy = false;

  constructor(private readonly host: CallHost) {}

  /**
   * Calls a function on a stopped thread and resolves to what it returned. Rejects with a UserError when it cannot be
   * called, or did not return: the thread is then as it was before, unless the process is gone.
   */
  async call(thread: Thread, request: CallRequest, options: CallOptions = {}): Promise<CallResult> {
    const entry = this.host.entry();
    if (this.busy) throw failure('Another call is still running.');
    if (thread.groupStopped) throw failure('The thread is in a job-control stop; continue it before calling anything.');
    if (entry === undefined) throw failure("The program's entry point is not known, so a call could not return.");
    this.busy = true;
    const saved = save(thread);
    try {
      // One byte on, so that the unwinder, which looks before return addresses, finds the entry point's own rules.
      const back = offsetBy(entry, 1);
      const sp = this.prepare(thread, request, back);
      return await this.run(thread, request, saved, { back, sp }, options);
    } catch (error) {
      this.restore(thread, saved);
      throw error;
    } finally {
      this.busy = false;
    }
  }

  // ---- the way in ----

  /** Sets up stack and registers; returns the stack pointer as it is after the return. */
  private prepare(thread: Thread, request: CallRequest, back: VirtAddr): VirtAddr {
    const { args, result } = request;
    const plan = passArguments(
      args.map((argument) => argument.type),
      result,
    );
    let top = thread.sp - RED_ZONE;
    const reserve = (size: number, alignment: bigint): bigint => {
      top = (top - BigInt(size)) & -alignment;
      return top;
    };
    const values = args.map(({ bytes, isPlacedInMemory }) => {
      if (!isPlacedInMemory) return bytes;
      const address = reserve(bytes.length, 16n);
      this.write(address, bytes);
      return toBytes(address, 8);
    });
    const resultAddress = plan.returnsInMemory ? reserve(sizeOfType(result) ?? 0, 64n) : undefined;
    const { registers } = thread;
    this.place(thread, plan, values, reserve);
    const sp = reserve(plan.stackSize, BigInt(plan.stackAlignment));
    plan.places.forEach((place, i) => {
      if (place.kind === 'stack') this.write(sp + BigInt(place.offset), padded(values[i]!, place.size));
    });
    this.write(sp - 8n, toBytes(back, 8));
    if (resultAddress !== undefined) registers.set('rdi', resultAddress);
    registers.set('rax', BigInt(plan.vectorCount));
    registers.flags &= ~(DF | TF);
    registers.origRax = NO_SYSCALL;
    registers.sp = virtAddr(sp - 8n);
    registers.pc = request.address;
    emptyX87(thread);
    return virtAddr(sp);
  }

  /** Puts into registers what goes there; what is passed by a hidden reference is copied to the stack first. */
  private place(
    thread: Thread,
    plan: ArgumentPlan,
    values: readonly Uint8Array[],
    reserve: (size: number, alignment: bigint) => bigint,
  ): void {
    plan.places.forEach((place, i) => {
      const bytes = values[i]!;
      if (place.kind === 'reference') {
        const copy = reserve(bytes.length, 16n);
        this.write(copy, bytes);
        if (place.address.kind !== 'registers') throw failure('Too many arguments are passed by reference.');
        setPart(thread, place.address.parts[0]!.register, toBytes(copy, 8));
      } else if (place.kind === 'registers') {
        for (const { register, offset, size } of place.parts) {
          setPart(thread, register, bytes.subarray(offset, offset + size));
        }
      }
    });
  }

  private write(address: bigint, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    let count = 0;
    try {
      count = this.host.memory.write(virtAddr(address), bytes);
    } catch (error) {
      log('engine', () => messageOf(error));
    }
    if (count < bytes.length) throw failure('There is no room for the call on the stack of this thread.');
  }

  // ---- running ----

  private run(
    thread: Thread,
    request: CallRequest,
    saved: Saved,
    { back, sp }: { readonly back: VirtAddr; readonly sp: VirtAddr },
    { limit = CALL_LIMIT, cancel }: CallOptions,
  ): Promise<CallResult> {
    const { host } = this;
    const { control } = host;
    return new Promise((resolve, reject) => {
      let why: string | undefined;
      const finish = (action: () => void): void => {
        clearTimeout(timer);
        cancel?.removeEventListener('abort', aborted);
        host.intercept(undefined);
        action();
      };
      const plan = new CallPlan(back, sp, this.host.terminates(), () => {
        // Cancelled without a stop of which the listener hears: the thread or its whole program is gone.
        queueMicrotask(() => {
          if (!plan.isOver) finish(() => reject(gone(request)));
        });
      });
      host.intercept((stopped, reason) => {
        plan.isOver = true;
        finish(() => {
          try {
            const outcome = stopped === thread && plan.outcome;
            if (outcome === 'returned') {
              const bytes = resultOf(thread, host.memory, request.result);
              this.restore(thread, saved);
              resolve({ type: request.result, bytes });
              return;
            }
            const sentence = why ?? (outcome === 'terminate' ? TERMINATED : host.describe(stopped, reason));
            this.restore(thread, saved);
            // What another thread has to tell is told when the program goes on.
            if (stopped !== thread) stopped.deferred = reason;
            reject(failure(`The call of ${request.name} did not return: ${sentence}. The thread is as it was before.`));
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        });
        return true;
      });
      const interrupt = (sentence: string): void => {
        why = sentence;
        if (control.interrupt() && control.threads.has(thread.tid)) control.stopAll(thread, { kind: 'pause' });
      };
      const timer = setTimeout(() => interrupt(`it was interrupted after ${limit / 1000} seconds`), limit);
      const aborted = (): void => interrupt('it was cancelled');
      cancel?.addEventListener('abort', aborted);
      thread.pendingSignal = 0;
      control.runAlone(thread, plan);
    });
  }

  // ---- the way back ----

  private restore(thread: Thread, saved: Saved): void {
    const { control } = this.host;
    if (!control.threads.has(thread.tid) || thread.state !== 'stopped') return;
    native.setXstate(thread.tid, saved.xstate);
    thread.registers.fetch();
    thread.registers.restore(saved.words);
    thread.registers.store();
    thread.pendingSignal = saved.pendingSignal;
    thread.siginfo = saved.siginfo;
    thread.visited = saved.visited;
    thread.stoppedFor = saved.stoppedFor;
    thread.hiddenCalls = saved.hiddenCalls;
    thread.returned = saved.returned;
    this.host.disturbed(thread);
  }
}

const TERMINATED = 'std::terminate was called, as it is for an exception that nothing in the call catches';

function failure(message: string): UserError {
  return new UserError(message, { code: 'call-failed' });
}

function gone(request: CallRequest): UserError {
  return failure(`The call of ${request.name} did not return: the thread or the whole program ended in it.`);
}

function save(thread: Thread): Saved {
  const { registers, pendingSignal, siginfo, visited, stoppedFor, hiddenCalls, returned } = thread;
  registers.store();
  const xstate = Uint8Array.from(native.getXstate(thread.tid));
  return { words: registers.snapshot(), xstate, pendingSignal, siginfo, visited, stoppedFor, hiddenCalls, returned };
}

function padded(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length >= size) return bytes.subarray(0, size);
  const whole = new Uint8Array(size);
  whole.set(bytes);
  return whole;
}

/** General registers by their DWARF numbers (psABI figure 3.36). */
const GENERAL = ['rax', 'rdx', 'rcx', 'rbx', 'rsi', 'rdi', 'rbp', 'rsp', 'r8', 'r9'];
const XMM0 = 17;

/** Bytes as the low ones of an argument register; wide vectors take the ymm and zmm registers. */
function setPart(thread: Thread, register: number, bytes: Uint8Array): void {
  const { registers } = thread;
  const general = GENERAL[register];
  if (general !== undefined) {
    registers.set(general, toBits(padded(bytes, 8)));
    return;
  }
  const width = bytes.length <= 16 ? 16 : bytes.length <= 32 ? 32 : 64;
  const prefix = width === 16 ? 'xmm' : width === 32 ? 'ymm' : 'zmm';
  registers.setBytes(`${prefix}${register - XMM0}`, padded(bytes, width));
}

/** The x87 stack is empty when a function is called (psABI 3.2.1); the thread may have stopped amid a computation. */
function emptyX87({ registers }: Thread): void {
  if (registers.get('ftag') !== 0xffffn) registers.set('ftag', 0xffffn);
}

function resultOf(thread: Thread, memory: TargetMemory, type: Type): Uint8Array {
  const bare = bareType(type);
  if (bare.kind === 'void' && bare.size === undefined) return new Uint8Array(0);
  const size = bare.kind === 'reference' ? 8 : (sizeOfType(type) ?? 0);
  // Of an x87 number the ten bytes that a register has; the rest is padding.
  const isX87 = bare.kind === 'float' && bare.format === 'x87';
  const storage = returnStorage(type, thread.registers);
  const bytes = readStorage(
    { registers: thread.registers, memory },
    storage,
    isX87 && storage.kind === 'register' ? 10 : size,
  );
  return padded(Uint8Array.from(bytes), size);
}

/** Runs until the call has returned, or its program gives up. */
class CallPlan implements StepPlan {
  outcome: 'returned' | 'terminate' | undefined;
  /** The stop that ends the call has been taken note of. */
  isOver = false;
  private readonly stops: readonly RunStop[];

  constructor(
    private readonly back: VirtAddr,
    sp: VirtAddr,
    terminates: readonly VirtAddr[],
    private readonly cancelled: () => void,
  ) {
    this.stops = [{ address: back, minSp: sp }, ...terminates.map((address) => ({ address }))];
  }

  advance(_thread: Thread, arrived: RunStop | undefined): Move {
    if (!arrived) return { kind: 'run', stops: this.stops, isAlone: true };
    this.outcome = arrived.address === this.back ? 'returned' : 'terminate';
    return { kind: 'done' };
  }

  abandoned(): void {
    this.cancelled();
  }
}
