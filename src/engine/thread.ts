/** One traced thread: what the kernel last said of it and what it is to do next. */
import { offsetBy, type VirtAddr } from '../common/addresses';
import { native } from '../ptrace/native';
import { ThreadRegisters } from '../ptrace/registers';
import { describeSiginfo, signalOf } from '../ptrace/signals';
import { ignoringDeath } from './ignoringdeath';
import { NOTHING_WATCHED, type DebugContents } from './debugregisters';
import type { BreakpointSite } from './sites';
import type { StepPlan } from './stepping/plan';
import type { TrapFlagLeak } from './trapflag';
import type { Returned, SignalInfo, StopReason, Tid } from './types';

/** A relocated copy of an instruction that runs in scratch memory instead of under its int3. */
export interface DisplacedRun {
  readonly site: BreakpointSite;
  readonly slot: VirtAddr;
  /** Bytes of the slot, the jump back included. */
  readonly size: number;
  /** Maps a pc inside the slot to where the program would be without a debugger. */
  logicalPc(pc: VirtAddr): VirtAddr;
}

/** A process that runs in the memory of a target's until it executes a program or ends. */
export interface Borrower {
  readonly pid: number;
  /** It stops for the user; otherwise nobody hears of it. */
  readonly isFollowed: boolean;
}

export class Thread {
  state: 'running' | 'stopped' = 'stopped';

  /** A signal to deliver at the next resume; 0 for none. */
  pendingSignal = 0;

  /** It is in a signal-delivery-stop (a breakpoint is one too): the kernel gives it what it is resumed with. */
  isAtSignal = false;

  /** The siginfo_t that goes with `pendingSignal`, where somebody has looked at it or replaced it. */
  siginfo: Uint8Array | undefined;

  /** In a group-stop: "resuming" it means PTRACE_LISTEN, so that SIGCONT and only SIGCONT lets it run. */
  groupStopped = false;

  /** The site at this pc has been accounted for (counted, logged, reported) and is to be stepped off, not hit. */
  visited: VirtAddr | undefined;

  /** A handler runs before the instruction at this place: coming back to it is not a new hit. */
  returnsTo: { readonly pc: VirtAddr; readonly sp: VirtAddr } | undefined;

  /** Something to tell at the next chance: it happened while another thread's stop was being collected. */
  deferred: StopReason | undefined;

  /** The site whose int3 is taken out while this thread steps over its instruction. */
  lifted: BreakpointSite | undefined;

  displaced: DisplacedRun | undefined;

  /** Why the process stopped, if it is this thread that stopped it; undefined while it runs. */
  stoppedFor: StopReason | undefined;

  /** Inlined calls that begin at the pc and that the stop is shown in front of; see presentation.ts. */
  hiddenCalls: number | undefined;

  /** The function that this thread's step has returned from. */
  returned: Returned | undefined;

  /** The step in progress that belongs to this thread. */
  plan: StepPlan | undefined;

  /** Undoes what single-stepping the current instruction leaks into the program; see trapflag.ts. */
  trapFlagLeak: TrapFlagLeak | undefined;

  /** What was last written to its debug registers. */
  debugRegisters: DebugContents = NOTHING_WATCHED;

  /** How it was last resumed; tells a single-step trap from an int3. */
  resumedBy: 'continue' | 'step' = 'continue';

  /** A rule keeps it in its system call for a while; see syscalls/tampering.ts. */
  delayed = false;

  /** The user has frozen it: it stays where it stands until it is thawed. */
  frozen = false;

  /** It belongs to another process, which runs in the target's memory (vfork); see children.ts. */
  borrower: Borrower | undefined;

  /** The first thread of a process has ended and others go on: its tid stays, with nothing behind it. */
  hasEnded = false;

  /** It is in vfork(2), which returns when its child has a memory of its own: until then nothing stops it. */
  awaitsChild = false;

  /** Increases with every resume; caches of stacks and values compare it. */
  generation = 0;

  constructor(
    readonly tid: Tid,
    readonly registers = new ThreadRegisters(tid),
  ) {}

  /** It runs in the target's memory, and the user does not debug it: nothing that happens to it is told. */
  get isUnseen(): boolean {
    return this.borrower?.isFollowed === false;
  }

  get pc(): VirtAddr {
    return this.registers.pc;
  }

  get sp(): VirtAddr {
    return this.registers.sp;
  }

  /** What was known of the place where it stood holds no longer. */
  resuming(): void {
    this.visited = undefined;
    this.stoppedFor = undefined;
    this.hiddenCalls = undefined;
  }

  /** Another program runs in it. */
  renew(): void {
    this.resuming();
    this.pendingSignal = 0;
    this.groupStopped = false;
    this.returnsTo = undefined;
    this.deferred = undefined;
    this.displaced = undefined;
    this.returned = undefined;
    this.frozen = false;
    this.awaitsChild = false;
    this.hasEnded = false;
    this.generation++;
  }

  /** The signal that the thread is to be resumed with; the siginfo_t that goes with it is put in its place. */
  takeSignal(): number {
    const { pendingSignal, siginfo } = this;
    this.pendingSignal = 0;
    this.siginfo = undefined;
    if (pendingSignal !== 0 && siginfo && this.isAtSignal) {
      ignoringDeath(() => native.setSiginfo(this.tid, siginfo));
    }
    return pendingSignal;
  }

  /** Decodes the siginfo of the signal-delivery-stop the thread is in. */
  signalInfo(signal: number): SignalInfo {
    return signalInfo(signal, native.getSiginfo(this.tid));
  }

  /** Called at each stop, registers fetched: undoes what displaced execution shows of itself. */
  settlePc(): void {
    const run = this.displaced;
    if (!run) return;
    this.displaced = undefined;
    const pc = this.pc;
    if (pc < run.slot || pc >= offsetBy(run.slot, run.size)) return;
    const logical = run.logicalPc(pc);
    this.registers.pc = logical;
    if (logical === run.site.address) this.visited = logical;
  }
}

/** A signal and what its siginfo_t says of it; without one, what its number says. */
export function signalInfo(number: number, siginfo: Uint8Array | undefined): SignalInfo {
  const { name, description } = signalOf(number);
  if (!siginfo) return { number, name, description, code: 0 };
  const { code, codeName, codeText, address, sender } = describeSiginfo(siginfo);
  return { number, name, description, code, codeName, codeText, address, sender, siginfo };
}
