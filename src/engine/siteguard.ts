/**
 * What makes int3s in a process that was attached to harmless should this adapter be killed. The kernel lets go of a
 * dead tracer's tracees at once, each with the signal it had stopped for unless somebody had waited for that stop. Hence
 * three measures, which together leave no moment uncovered:
 *
 * - The guardian undoes the int3s (guardian.ts).
 * - A thread whose SIGTRAP nobody had waited for takes it. A handler in the process survives it: it puts the thread back
 *   onto the int3 and yields until that is undone (native/trap_handler.cc). It also survives the trap of a single step.
 * - A thread whose SIGTRAP was waited for does not take it and would run on behind the int3. So it is put back onto the
 *   int3 before its stop is waited for (`native.rewindTraps`); from then on its registers are consistent at any time.
 *
 * A program that handles SIGTRAP itself keeps its handler and has only the first and the third.
 */
import { readFileSync } from 'node:fs';
import { formatAddress, offsetBy, virtAddr, type VirtAddr } from '../common/addresses';
import { messageOf, PtraceError } from '../common/errors';
import { log } from '../common/log';
import { listThreads, readAuxv, readStatus } from '../common/procfs';
import { ResumeKind } from '../ptrace/constants';
import type { ProcessMemory } from '../ptrace/memory';
import { native } from '../ptrace/native';
import { decodeWaitStatus } from '../ptrace/waitstatus';
import { guardian } from './guardian';
import { findSyscallInstruction, remoteSyscall } from './remotesyscall';
import type { SiteKeeper } from './sites';
import { Thread } from './thread';
import type { Tid } from './types';

const AT_SYSINFO_EHDR = 33;
const SIGTRAP = 5;
/** Bit n - 1 stands for signal n. */
const SIGTRAP_BIT = 1n << 4n;
const SYS_MMAP = 9n;
const SYS_MUNMAP = 11n;
const SYS_RT_SIGACTION = 13n;
/** PROT_READ|PROT_EXEC; MAP_PRIVATE|MAP_ANONYMOUS. */
const PROTECTION = 5n;
const FLAGS = 0x22n;
/** The page of code and the addresses of int3s behind it. */
const CODE_SIZE = 0x1000;
const SIZE = 0x10000;
const MOST_SITES = (SIZE - CODE_SIZE) / 8 - 1;
/** The handler's struct sigaction lies in the page of code, behind the code. */
const ACTION = 0x800;
/** SA_SIGINFO|SA_RESTORER|SA_ONSTACK|SA_RESTART|SA_NODEFER. */
const ACTION_FLAGS = 0x4n | 0x0400_0000n | 0x0800_0000n | 0x1000_0000n | 0x4000_0000n;
/** Bytes of the kernel's struct sigaction: handler, flags, restorer, mask. */
const ACTION_SIZE = 32;
/** Below the stack pointer and its red zone of 128 bytes (System V ABI, AMD64, 3.2.2). */
const BELOW_STACK = 512;
/** `cs` of 64-bit code. */
const USER_CS = 0x33n;

/** System calls that fail with EINTR after a stop, whatever SA_RESTART says (signal(7)): a thread in one is left alone. */
const NOT_RESTARTED = new Set(['65', '128', '208', '220', '232', '281', '333', '416', '441']);

/** How long a thread may take to stop, milliseconds. */
const STOP_LIMIT = 100;

let rewound = false;

/** Whether a thread that has run into an int3 stands on it when its stop is read, not behind it. */
export function trapsAreRewound(): boolean {
  return rewound;
}

/** Int3s in one process. What `SiteTable` tells it, it is told before the byte is written and after it is undone. */
export class SiteGuard implements SiteKeeper {
  /** The page of the handler, while it is installed. */
  private page: VirtAddr | undefined;
  /** What to put back: the disposition that the program had. */
  private previous: Uint8Array | undefined;
  /** Addresses that the handler knows, in its order. They stay: a thread may have trapped there before the removal. */
  private readonly known = new Map<VirtAddr, number>();
  private readonly checked = new Set<Tid>();
  private hasOwnHandler = false;
  private tracksDebugRegisters = false;

  constructor(
    private readonly pid: number,
    private readonly memory: ProcessMemory,
  ) {
    rewound = true;
    native.rewindTraps(true);
  }

  // ---- the table ----

  inserting(address: VirtAddr, original: number): void {
    guardian.tell('insert', this.pid, address, original);
    this.publish(address);
  }

  removed(address: VirtAddr): void {
    guardian.tell('remove', this.pid, address);
  }

  /** The address space is gone, and the handler with it. */
  forgotten(): void {
    guardian.tell('forget', this.pid);
    this.page = undefined;
    this.previous = undefined;
    this.hasOwnHandler = false;
    this.tracksDebugRegisters = false;
    this.known.clear();
    this.checked.clear();
  }

  /** Threads have debug registers set from now on. */
  debugRegistersUsed(): void {
    if (this.tracksDebugRegisters) return;
    this.tracksDebugRegisters = true;
    guardian.tell('debugRegisters', this.pid);
  }

  /** Whether the memory of the handler begins at this address. */
  owns(address: VirtAddr): boolean {
    return this.page === address;
  }

  // ---- the handler ----

  programHandlesTraps(thread: Thread): boolean {
    if (!catchesTraps(this.pid)) return false;
    if (this.page === undefined) return true;
    try {
      const action = this.callsOf(thread)?.action();
      return !action || this.ourPage(action) !== this.page;
    } catch (error) {
      log('engine', () => `the disposition of SIGTRAP in ${this.pid}: ${messageOf(error)}`);
      return false;
    }
  }

  /**
   * Installs the handler while every thread runs: one is stopped for the moment it takes, of those that do not notice.
   * The result is a stop that the thread had meanwhile and that remains to be judged.
   */
  begin(): { readonly tid: Tid; readonly status: number } | undefined {
    const tid = this.unobtrusiveThread();
    if (tid === undefined) return undefined;
    try {
      native.interrupt(tid);
      const status = native.waitSlice(tid, STOP_LIMIT);
      if (status < 0) return undefined;
      if (decodeWaitStatus(status).kind !== 'interrupted') return { tid, status };
      const thread = new Thread(tid);
      thread.registers.fetch();
      this.install(thread);
      native.resume(ResumeKind.Continue, tid, thread.pendingSignal);
    } catch (error) {
      // It has ended; a thread that traps later does it.
      if (!(error instanceof PtraceError)) throw error;
    }
    return undefined;
  }

  /**
   * A thread has run into an int3; it is stopped and not in a system call. The kernel resets the disposition where the
   * thread blocks SIGTRAP (force_sig in kernel/signal.c), so it is looked after once for every thread.
   */
  trapped(thread: Thread): void {
    if (this.checked.has(thread.tid)) return;
    this.checked.add(thread.tid);
    if (this.hasOwnHandler || (this.page !== undefined && catchesTraps(this.pid))) return;
    this.install(thread);
  }

  /** Before the process is let go: a stopped thread takes the handler out again. The int3s are out of memory. */
  end(threads: Iterable<Thread>): void {
    const { page, previous } = this;
    if (page !== undefined && previous) {
      for (const thread of threads) {
        if (thread.state !== 'stopped' || thread.groupStopped || thread.pendingSignal !== 0) continue;
        if (this.remove(thread, page, previous)) break;
      }
    }
    this.forgotten();
  }

  private remove(thread: Thread, page: VirtAddr, previous: Uint8Array): boolean {
    const calls = this.callsOf(thread);
    if (!calls) return false;
    try {
      // The program may have set its own meanwhile: that stays.
      if (this.ourPage(calls.action()) === page) {
        this.memory.write(offsetBy(page, ACTION), previous);
        calls.call(SYS_RT_SIGACTION, BigInt(SIGTRAP), page + BigInt(ACTION), 0n, 8n);
      }
      return calls.call(SYS_MUNMAP, page, BigInt(SIZE)) === 0n;
    } catch (error) {
      log('engine', () => `the SIGTRAP handler stays: ${messageOf(error)}`);
      return true;
    }
  }

  private install(thread: Thread): void {
    try {
      const calls = this.callsOf(thread);
      if (!calls) return;
      const before = calls.action();
      const left = this.ourPage(before);
      if (!left && new BigUint64Array(before.slice().buffer)[0]! > 1n) {
        this.hasOwnHandler = true;
        return;
      }
      const page = left ?? this.page ?? this.map(calls.call);
      if (page === undefined) return;
      this.previous = left ? (this.previous ?? new Uint8Array(ACTION_SIZE)) : before;
      this.fill(page);
      guardian.tell('handler', this.pid, page);
      if (calls.call(SYS_RT_SIGACTION, BigInt(SIGTRAP), page + BigInt(ACTION), 0n, 8n) === 0n) this.page = page;
    } catch (error) {
      log('engine', () => `no SIGTRAP handler in ${this.pid}: ${messageOf(error)}`);
    }
  }

  private map(call: Call): VirtAddr | undefined {
    const none = 0xffff_ffff_ffff_ffffn;
    const result = call(SYS_MMAP, 0n, BigInt(SIZE), PROTECTION, FLAGS, none, 0n);
    return result === undefined || result < 0n ? undefined : virtAddr(result);
  }

  /** Writes the code, the addresses and the struct sigaction. */
  private fill(page: VirtAddr): void {
    const { code, entry, restorer } = native.trapHandler();
    const addresses = new BigUint64Array([BigInt(this.known.size), ...this.known.keys()]);
    this.memory.write(offsetBy(page, CODE_SIZE), new Uint8Array(addresses.buffer));
    this.memory.write(page, code);
    const action = new BigUint64Array([page + BigInt(entry), ACTION_FLAGS, page + BigInt(restorer), 0n]);
    this.memory.write(offsetBy(page, ACTION), new Uint8Array(action.buffer));
  }

  /** Makes an address known to the handler, before its int3 is written. */
  private publish(address: VirtAddr): void {
    if (this.known.has(address) || this.known.size >= MOST_SITES) return;
    this.known.set(address, this.known.size);
    if (this.page === undefined) return;
    const word = (value: bigint) => new Uint8Array(new BigUint64Array([value]).buffer);
    try {
      this.memory.write(offsetBy(this.page, CODE_SIZE + 8 * this.known.size), word(address));
      this.memory.write(offsetBy(this.page, CODE_SIZE), word(BigInt(this.known.size)));
    } catch (error) {
      log('engine', () => `${formatAddress(address)} is not known to the SIGTRAP handler: ${messageOf(error)}`);
    }
  }

  /** The page that a disposition's handler lies in, when that is ours or an earlier adapter's. */
  private ourPage(action: Uint8Array): VirtAddr | undefined {
    const { code, entry } = native.trapHandler();
    const handler = new BigUint64Array(action.slice().buffer)[0]!;
    if (handler <= BigInt(entry)) return undefined;
    const page = virtAddr(handler - BigInt(entry));
    return Buffer.from(this.memory.read(page, code.length)).equals(code) ? page : undefined;
  }

  /** System calls by a stopped thread; undefined for 32-bit code and where no vdso has the instruction. */
  private callsOf(thread: Thread): { readonly call: Call; action(): Uint8Array } | undefined {
    if (thread.registers.get('cs') !== USER_CS) return undefined;
    const vdso = readAuxv(this.pid).get(AT_SYSINFO_EHDR);
    const instruction = vdso === undefined ? undefined : findSyscallInstruction(this.memory, virtAddr(vdso));
    if (instruction === undefined) return undefined;
    const call: Call = (number, ...args) => remoteSyscall(thread, instruction, Number(number), args);
    return {
      call,
      /** The disposition of SIGTRAP, through memory below the stack, which is put back. */
      action: () => {
        const place = virtAddr((thread.sp - BigInt(BELOW_STACK)) & ~15n);
        const saved = this.memory.read(place, ACTION_SIZE);
        if (call(SYS_RT_SIGACTION, BigInt(SIGTRAP), 0n, place, 8n) !== 0n) throw new Error('rt_sigaction failed');
        const action = this.memory.read(place, ACTION_SIZE);
        this.memory.write(place, saved);
        return action;
      },
    };
  }

  /** A thread that runs in user mode, or waits in a system call that goes on as if nothing had been after a stop. */
  private unobtrusiveThread(): Tid | undefined {
    let waiting: Tid | undefined;
    for (const tid of listThreads(this.pid)) {
      const call = currentCall(this.pid, tid);
      if (call === 'running') return tid;
      if (call !== undefined && !NOT_RESTARTED.has(call)) waiting ??= tid;
    }
    return waiting;
  }
}

type Call = (number: bigint, ...args: bigint[]) => bigint | undefined;

/** Whether a process has a handler for SIGTRAP, be it ours. */
export function catchesTraps(pid: number): boolean {
  return ((readStatus(pid)?.signalsCaught ?? 0n) & SIGTRAP_BIT) !== 0n;
}

/** `running`, or the number of the system call that the thread is in. */
function currentCall(pid: number, tid: Tid): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/task/${tid}/syscall`, 'latin1').split(/\s/, 1)[0];
  } catch {
    // It has ended, or this kernel does not tell.
    return undefined;
  }
}
