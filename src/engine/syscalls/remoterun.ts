/**
 * Makes a stopped thread execute one system call, which may take its time, and puts the thread back as it was: what
 * `remotesyscall.ts` does for calls that return at once, with everything that may come in between. The other threads
 * stand still meanwhile. The caller has made sure that the thread may be used (remoteobstacles.ts).
 *
 * The thread single-steps over a `syscall` instruction. Its last stop is that of the step's SIGTRAP, inside of the kernel's
 * get_signal: if it was interrupted in a call of its own before, the kernel finds the number in orig_rax and the restart
 * code in rax again when it is let go from there, and restarts that call (arch_do_signal_or_restart, arch/x86).
 */
import type { VirtAddr } from '../../common/addresses';
import { ResumeKind } from '../../ptrace/constants';
import { native } from '../../ptrace/native';
import { decodeWaitStatus } from '../../ptrace/waitstatus';
import { isRestart } from '../../syscalls/errno';
import { numberOf } from '../../syscalls/numbers';
import { ignoringDeath } from '../ignoringdeath';
import type { RunControl } from '../runcontrol';
import type { Thread } from '../thread';
import { traceLoop, type TraceeOwner } from '../traceloop';
import type { Tid } from '../types';

/** Words of user_regs_struct (<sys/user.h>). */
const WORD = { r10: 7, r9: 8, r8: 9, rax: 10, rdx: 12, rsi: 13, rdi: 14, origRax: 15, rip: 16 } as const;
const ARGUMENTS = [WORD.rdi, WORD.rsi, WORD.rdx, WORD.r10, WORD.r8, WORD.r9];
const REGISTERS_SIZE = 216;
const INSTRUCTION_SIZE = 2n;
const NO_SYSCALL = 0xffff_ffff_ffff_ffffn;

const SIGTRAP = 5;
const SIGSYS = 31;
const EINTR = 4;
/**
 * Signals wait until the call is over, but not those that the kernel forces upon a thread (SIGILL, SIGTRAP, SIGBUS, SIGFPE,
 * SIGSEGV, SIGSYS): where they are blocked it takes the program's handler away (force_sig_info_to_task).
 */
const BLOCKED = [4, 5, 7, 8, 11, 31].reduce((mask, signal) => mask & ~(1n << BigInt(signal - 1)), NO_SYSCALL);

/** Stops that may come before the call is over; more are a riddle that is given up. */
const MAX_STOPS = 64;

const GETPID = numberOf('x86_64', 'getpid')!;
const SIGPROCMASK = numberOf('x86_64', 'rt_sigprocmask')!;

export interface RemoteCall {
  readonly number: number;
  /** The six registers. */
  readonly args: readonly bigint[];
}

export type RemoteEnd =
  /** rax, signed: −errno after a failure. */
  | { readonly kind: 'returned'; readonly value: bigint }
  /** It had not returned when it was interrupted. */
  | { readonly kind: 'interrupted' }
  /** A seccomp filter, or system call dispatch, answered with SIGSYS; the program does not get it. */
  | { readonly kind: 'trapped' }
  /** The thread is gone; everybody has been told. */
  | { readonly kind: 'ended'; readonly signal: number | undefined };

/** Executes one call. Used once. */
export class RemoteRun implements TraceeOwner {
  private readonly words: BigUint64Array;
  private readonly bytes: Uint8Array;
  private arrived: ((raw: number) => void) | undefined;
  private isInterrupted = false;

  constructor(
    private readonly control: RunControl,
    private readonly thread: Thread,
    private readonly instruction: VirtAddr,
    private readonly call: RemoteCall,
  ) {
    this.bytes = new Uint8Array(REGISTERS_SIZE);
    this.words = new BigUint64Array(this.bytes.buffer);
  }

  handleStatus(_tid: Tid, raw: number): void {
    const { arrived } = this;
    this.arrived = undefined;
    arrived?.(raw);
  }

  /** Ends a call that has not returned. */
  interrupt(): void {
    this.isInterrupted = true;
    ignoringDeath(() => native.interrupt(this.thread.tid));
  }

  async run(): Promise<RemoteEnd> {
    const { thread, control } = this;
    const { tid } = thread;
    thread.registers.store();
    // The stop of the step takes the place of the signal's own, and with it its siginfo_t.
    if (thread.pendingSignal !== 0 && thread.isAtSignal) thread.siginfo ??= Uint8Array.from(native.getSiginfo(tid));
    const saved = new Uint8Array(REGISTERS_SIZE);
    native.getRegisters(tid, saved);
    this.bytes.set(saved);
    const mask = native.getSignalMask(tid);
    thread.state = 'running';
    traceLoop.own(tid, this);
    const changesMask = this.call.number === SIGPROCMASK;
    if (!changesMask) native.setSignalMask(tid, mask | BLOCKED);
    const { end, raw } = await this.execute();
    traceLoop.own(tid, control);
    if (end.kind === 'ended') {
      control.handleStatus(tid, raw);
      return end;
    }
    thread.state = 'stopped';
    ignoringDeath(() => {
      native.setRegisters(tid, saved);
      if (!changesMask) native.setSignalMask(tid, mask);
      thread.registers.fetch();
    });
    thread.isAtSignal = true;
    return end;
  }

  private async execute(): Promise<{ end: RemoteEnd; raw: number }> {
    const { thread, instruction } = this;
    const after = instruction + INSTRUCTION_SIZE;
    let isOurs = true;
    let end: RemoteEnd = { kind: 'interrupted' };
    this.prepare(this.call);
    for (let stops = 0; stops < MAX_STOPS; stops++) {
      const raw = await this.step();
      const status = decodeWaitStatus(raw);
      if (status.kind === 'exited' || status.kind === 'killed') {
        return { end: { kind: 'ended', signal: status.kind === 'killed' ? status.signal : undefined }, raw };
      }
      ignoringDeath(() => native.getRegisters(thread.tid, this.bytes));
      const isBehind = this.words[WORD.rip] === after;
      if (status.kind === 'signal' && status.signal === SIGSYS && isBehind && isOurs) {
        end = { kind: 'trapped' };
        // The SIGTRAP of the step comes next; nothing is executed before it.
        isOurs = false;
      } else if (status.kind === 'signal' && status.signal === SIGTRAP && isBehind) {
        if (!isOurs) return { end, raw };
        const value = BigInt.asIntN(64, this.words[WORD.rax]!);
        const wasCut = isRestart(Number(-value)) || (this.isInterrupted && value === -BigInt(EINTR));
        if (!wasCut || this.isInterrupted) return { end: wasCut ? end : { kind: 'returned', value }, raw };
        this.prepare(this.call);
      } else if (status.kind === 'signal' && status.signal !== SIGTRAP) {
        this.keep(status.signal);
      } else if (this.isInterrupted && !isBehind && isOurs) {
        // It never went in. A call that does no harm takes its place, so that the last stop is that of a step.
        isOurs = false;
        this.prepare({ number: GETPID, args: [] });
      }
    }
    return { end, raw: 0 };
  }

  /** Puts the registers before the `syscall` instruction. */
  private prepare({ number, args }: RemoteCall): void {
    const { words } = this;
    words[WORD.rax] = BigInt(number);
    // No restart of whatever call the thread made last.
    words[WORD.origRax] = NO_SYSCALL;
    words[WORD.rip] = this.instruction;
    ARGUMENTS.forEach((word, index) => (words[word] = BigInt.asUintN(64, args[index] ?? 0n)));
    ignoringDeath(() => native.setRegisters(this.thread.tid, this.bytes));
  }

  private step(): Promise<number> {
    const { tid } = this.thread;
    return new Promise((resolve) => {
      this.arrived = resolve;
      traceLoop.resumed(tid);
      ignoringDeath(() => native.resume(ResumeKind.SingleStep, tid, 0));
      traceLoop.heat();
    });
  }

  /** A signal that could not be made to wait: it is delivered when the thread is resumed for good. */
  private keep(signal: number): void {
    const { thread, control } = this;
    if (thread.pendingSignal !== 0) {
      ignoringDeath(() => native.tgkill(control.pid, thread.tid, signal));
      return;
    }
    thread.pendingSignal = signal;
    thread.siginfo = Uint8Array.from(native.getSiginfo(thread.tid));
  }
}

/**
 * Leads a thread that stands in an event stop (a fork, an exec), which is in the middle of a system call, to the call's
 * end, before the program's next instruction.
 */
export async function leaveEventStop(control: RunControl, thread: Thread): Promise<void> {
  const { tid } = thread;
  thread.registers.store();
  thread.state = 'running';
  const raw = await new Promise<number>((resolve) => {
    traceLoop.own(tid, { handleStatus: (_tid, status) => resolve(status) });
    traceLoop.resumed(tid);
    ignoringDeath(() => native.resume(ResumeKind.SingleStep, tid, 0));
    traceLoop.heat();
  });
  traceLoop.own(tid, control);
  const status = decodeWaitStatus(raw);
  if (status.kind === 'signal' && status.signal === SIGTRAP) {
    thread.state = 'stopped';
    thread.isAtSignal = true;
    ignoringDeath(() => thread.registers.fetch());
    return;
  }
  control.handleStatus(tid, raw);
}
