/**
 * System calls that the debugger makes in the debuggee: on a stopped thread, or on one of a running program, which stands
 * still meanwhile. Neither the log nor stops nor rules see them. Text and buffers lie below the red zone of the thread's
 * stack, or in a mapping of their own when they are large; what was there is put back.
 */
import { virtAddr, type VirtAddr } from '../../common/addresses';
import type { MappedRegion } from '../../common/procfs';
import { decodeEntry, decodeExit, returnOf } from '../../syscalls/decode';
import { formatUnfinished } from '../../syscalls/format';
import type { DecodedCall } from '../../syscalls/model';
import { numberOf } from '../../syscalls/numbers';
import { signalOf } from '../../ptrace/signals';
import { findSyscallInstruction } from '../remotesyscall';
import type { RunControl } from '../runcontrol';
import type { TargetMemory } from '../sites';
import type { Thread } from '../thread';
import type { Tid } from '../types';
import { describeFd } from './fdnames';
import { checkCall, isAtEvent, obstacle, refusal, seccompWarning } from './remoteobstacles';
import { leaveEventStop, RemoteRun, type RemoteCall } from './remoterun';

/** Leaf functions use so much below the stack pointer without saying so (psABI x86-64, 3.2.2), bytes. */
const RED_ZONE = 128n;
/** Data beyond this is not put on the stack, which may be a small one, bytes. */
const STACK_ROOM = 4096;
/** Data of one call, bytes. */
const MAX_DATA = 1 << 20;
const ALIGNMENT = 16;
/** What decoding shows of strings and buffers, bytes. */
const SHOWN = 1024;

/** A call that takes longer is interrupted unless somebody says otherwise, milliseconds. */
export const REMOTE_CALL_LIMIT = 5000;
/** An interrupted call that has not come back after this long sleeps uninterruptibly, milliseconds. */
const PATIENCE = 2000;

/** Of one piece of code, where there is no vdso, bytes. */
const MAX_SEARCHED = 4 << 20;

const SYS_MMAP = numberOf('x86_64', 'mmap')!;
const SYS_MUNMAP = numberOf('x86_64', 'munmap')!;
/** mmap(2): PROT_READ|PROT_WRITE; MAP_PRIVATE|MAP_ANONYMOUS. */
const PROTECTION = 3n;
const MAP_FLAGS = 0x22n;

export interface RemoteCallsHost {
  readonly control: () => RunControl;
  readonly memory: TargetMemory;
  readonly vdso: () => VirtAddr | undefined;
  readonly maps: () => readonly MappedRegion[];
  /** Whether the call that a thread is in is being traced. */
  isInCall(thread: Thread): boolean;
  /** A call has been made: what was derived from memory and stacks is out of date. */
  changed(): void;
}

/** A register, or bytes whose address is passed. */
export type RemoteArgument = bigint | Uint8Array;

/** Makes a call: name and arguments, those left out being 0. Rejects with a UserError when it was not made or did not return. */
export type MakeCall = (name: string, ...args: readonly RemoteArgument[]) => Promise<DecodedCall>;

export interface RemoteOptions {
  /** The thread that makes the calls; any that can when absent. */
  readonly tid?: Tid | undefined;
  /** Milliseconds after which each call is interrupted. */
  readonly limit?: number | undefined;
  /** Makes them although the program's own seccomp filter may kill it for them. */
  readonly despiteSeccomp?: boolean | undefined;
  readonly cancel?: AbortSignal | undefined;
}

export class RemoteCalls {
  private current: { readonly done: Promise<unknown>; run: RemoteRun | undefined } | undefined;
  /** A call that cannot be interrupted, until it returns. */
  private stuck: Promise<unknown> | undefined;

  constructor(private readonly host: RemoteCallsHost) {}

  /** Interrupts the call that is being made; settles when its thread is as it was. Undefined: none is. */
  interrupt(): Promise<unknown> | undefined {
    this.current?.run?.interrupt();
    return this.current?.done;
  }

  /**
   * Makes calls on one thread, nothing else running meanwhile: `work` is given the means. A running program goes on
   * afterwards. Rejects with a UserError when no thread can make them, and with what `work` rejects with.
   */
  async perform<T>(options: RemoteOptions, work: (make: MakeCall) => Promise<T>): Promise<T> {
    const { host } = this;
    const control = host.control();
    if (this.current) throw refusal('Another system call is still being made in this process.', 'busy');
    const { phase } = control;
    if (phase !== 'stopped' && phase !== 'running') throw refusal('The program has not been started yet.', 'held');
    if (phase === 'running' && !control.interrupt()) throw refusal('The process has ended.', 'exited');
    control.phase = 'draining';
    let finish: (value?: unknown) => void = () => undefined;
    this.current = { done: new Promise((resolve) => (finish = resolve)), run: undefined };
    try {
      const thread = this.choose(options.tid);
      if (isAtEvent(thread)) await leaveEventStop(control, thread);
      return await work((name, ...args) => this.make(thread, name, args, options));
    } finally {
      // A call that cannot be interrupted keeps everything standing until it returns.
      const { stuck } = this;
      const settle = (): void => {
        this.current = undefined;
        if (control.phase === 'draining') {
          control.phase = phase;
          host.changed();
          if (phase === 'running') control.resumeAll();
        }
        finish();
      };
      if (stuck) void stuck.then(settle, settle);
      else settle();
    }
  }

  /** The thread asked for, else the first that can make calls. Throws UserError. */
  private choose(tid: Tid | undefined): Thread {
    const { threads } = this.host.control();
    const why = (thread: Thread): string | undefined => obstacle(thread, this.host.isInCall(thread));
    if (tid !== undefined) {
      const thread = threads.get(tid);
      if (!thread) throw refusal(`There is no thread ${tid} any more.`, 'no-such-thread');
      const sentence = why(thread);
      if (sentence !== undefined) throw refusal(sentence);
      return thread;
    }
    let first: string | undefined;
    for (const thread of threads.values()) {
      const sentence = why(thread);
      if (sentence === undefined) return thread;
      first ??= sentence;
    }
    throw refusal(first ?? 'The process has ended.');
  }

  // ---- one call ----

  private async make(
    thread: Thread,
    name: string,
    args: readonly RemoteArgument[],
    options: RemoteOptions,
  ): Promise<DecodedCall> {
    const { memory } = this.host;
    const number = numberOf('x86_64', name) ?? Number(/^syscall_(0x[0-9a-f]+)$/.exec(name)?.[1] ?? NaN);
    if (Number.isNaN(number)) throw refusal(`There is no system call '${name}'.`, 'no-such-call');
    if (options.cancel?.aborted) throw refusal('Cancelled.', 'cancelled');
    checkCall(thread, name);
    const warning = options.despiteSeccomp ? undefined : seccompWarning(thread, name);
    if (warning !== undefined) {
      throw refusal(`${warning} Ask again with "force": true to make it nevertheless.`, 'seccomp');
    }
    const instruction = this.syscallInstruction();
    const data = await this.place(thread, instruction, args, options);
    let call: DecodedCall | undefined;
    try {
      const decoding = {
        stringLimit: SHOWN,
        arrayLimit: SHOWN,
        describeFd: (fd: number) => describeFd(thread.tid, fd),
      };
      call = decodeEntry('x86_64', number, data.values, memory, decoding);
      const value = await this.execute(thread, instruction, { number, args: data.values }, call, options);
      return decodeExit(call, returnOf(value), memory, decoding);
    } finally {
      // A thread that is still in the call, or gone, is left alone: below the red zone nothing is the program's.
      if (!this.stuck && thread.state === 'stopped') await data.putBack();
    }
  }

  /** Runs a call and returns what it returned. Rejects with a UserError when it did not. */
  private async execute(
    thread: Thread,
    instruction: VirtAddr,
    call: RemoteCall,
    shown: DecodedCall,
    { limit = REMOTE_CALL_LIMIT, cancel }: RemoteOptions,
  ): Promise<bigint> {
    const run = new RemoteRun(this.host.control(), thread, instruction, call);
    if (this.current) this.current.run = run;
    let why = 'it was interrupted';
    let giveUp: NodeJS.Timeout | undefined;
    let reject: (error: Error) => void = () => undefined;
    const hopeless = new Promise<never>((_resolve, fail) => (reject = fail));
    const text = formatUnfinished(shown).replace(' <unfinished ...>', shown.args.length > 0 ? '…)' : ')');
    const interrupt = (sentence: string): void => {
      why = sentence;
      run.interrupt();
      giveUp = setTimeout(() => {
        this.stuck = ended;
        reject(
          refusal(
            `The call ${text} cannot be interrupted: it sleeps in the kernel. The thread is put back when it returns.`,
            'call-stuck',
          ),
        );
      }, PATIENCE);
    };
    const timer = setTimeout(() => interrupt(`it was interrupted after ${limit / 1000} seconds`), limit);
    const aborted = (): void => interrupt('it was cancelled');
    cancel?.addEventListener('abort', aborted);
    const ended = run.run().finally(() => {
      clearTimeout(timer);
      clearTimeout(giveUp);
      cancel?.removeEventListener('abort', aborted);
      if (this.current) this.current.run = undefined;
      this.stuck = undefined;
    });
    if (cancel?.aborted) aborted();
    const end = await Promise.race([ended, hopeless]);
    switch (end.kind) {
      case 'returned':
        return end.value;
      case 'interrupted':
        throw refusal(`The call ${text} did not return: ${why}. The thread is as it was before.`, 'call-interrupted');
      case 'trapped':
        throw refusal(
          `The program's own seccomp filter answered the call ${text} with SIGSYS, which the program did not get. The thread is as it was before.`,
          'seccomp',
        );
      case 'ended': {
        const how = end.signal === undefined ? 'it ended' : `${signalOf(end.signal).name} ended it`;
        throw refusal(`The thread is gone: ${how} during the call ${text}.`, 'gone');
      }
    }
  }

  /** A `syscall` instruction: of the vdso, or of any code where there is none. Throws UserError. */
  private syscallInstruction(): VirtAddr {
    const { memory, maps, vdso } = this.host;
    const image = vdso();
    const known = image === undefined ? undefined : findSyscallInstruction(memory, image);
    if (known !== undefined) return known;
    for (const { start, end } of maps().filter(isCode)) {
      const found = findSyscallInstruction(memory, start, Math.min(Number(end - start), MAX_SEARCHED));
      if (found !== undefined) return found;
    }
    throw refusal('No syscall instruction was found in the memory of the program, so that no call can be made.');
  }

  // ---- data ----

  /** Puts the data of a call into memory; `values` are the registers. Throws UserError when there is no room for it. */
  private async place(
    thread: Thread,
    instruction: VirtAddr,
    args: readonly RemoteArgument[],
    options: RemoteOptions,
  ): Promise<{ readonly values: bigint[]; putBack(): Promise<void> }> {
    const values: bigint[] = [];
    const offsets: number[] = [];
    let size = 0;
    for (const arg of args) {
      offsets.push(size);
      if (typeof arg !== 'bigint') size += Math.max(1, Math.ceil(arg.length / ALIGNMENT)) * ALIGNMENT;
    }
    if (size > MAX_DATA) throw refusal(`The data of a call may have ${MAX_DATA} bytes at most, not ${size}.`);
    const room = size === 0 ? undefined : await this.room(thread, instruction, size, options);
    const block = new Uint8Array(size);
    for (const [index, arg] of args.entries()) {
      if (typeof arg === 'bigint') values.push(arg);
      else {
        block.set(arg, offsets[index]);
        values.push(room!.start + BigInt(offsets[index]!));
      }
    }
    if (room) this.host.memory.writeQuietly(room.start, block);
    return { values, putBack: async () => room?.putBack() };
  }

  private async room(
    thread: Thread,
    instruction: VirtAddr,
    size: number,
    options: RemoteOptions,
  ): Promise<{ readonly start: VirtAddr; putBack(): Promise<void> }> {
    const { memory } = this.host;
    const start = virtAddr((thread.sp - RED_ZONE - BigInt(size)) & -BigInt(ALIGNMENT));
    const before = size <= STACK_ROOM ? memory.read(start, size) : new Uint8Array(0);
    if (before.length === size) {
      const kept = Uint8Array.from(before);
      const putBack = (): Promise<void> => {
        memory.writeQuietly(start, kept);
        return Promise.resolve();
      };
      return { start, putBack };
    }
    const own = async (number: number, args: readonly bigint[]): Promise<bigint> => {
      const shown = decodeEntry('x86_64', number, args, memory);
      return this.execute(thread, instruction, { number, args }, shown, { limit: options.limit });
    };
    const length = BigInt(size);
    const mapped = await own(SYS_MMAP, [0n, length, PROTECTION, MAP_FLAGS, 0xffff_ffff_ffff_ffffn, 0n]);
    if (mapped < 0n) throw refusal('There is no room for the data of the call: mmap failed in the program.');
    return {
      start: virtAddr(mapped),
      putBack: async () => {
        await own(SYS_MUNMAP, [mapped, length]);
      },
    };
  }
}

function isCode({ permissions }: MappedRegion): boolean {
  return permissions.startsWith('r-x');
}
