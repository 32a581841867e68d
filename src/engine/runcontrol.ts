/**
 * Run control: which threads run, what each kernel stop means, and when everything stands still. A wait status is
 * decoded by a pure function, judged here into a `Verdict`, and then either nobody upstream hears of it or exactly one
 * stop is reported.
 */
import { messageOf, PtraceError } from '../common/errors';
import { log } from '../common/log';
import { native } from '../ptrace/native';
import { ResumeKind } from '../ptrace/constants';
import { decodeWaitStatus, type WaitStatus } from '../ptrace/waitstatus';
import { collectStops } from './collectstops';
import type { DebugRegisters } from './debugregisters';
import { dropGuests } from './detaching';
import { ignoringDeath } from './ignoringdeath';
import { RunChoice } from './runchoice';
import type { BreakpointSite, SiteTable } from './sites';
import type { StepOff } from './stepoff';
import { PlanRunner } from './stepping/planrunner';
import type { StepPlan } from './stepping/plan';
import { Thread } from './thread';
import { traceLoop, type TraceeOwner } from './traceloop';
import { judgeTrap, resumePast, stepped } from './traps';
import type { StopReason, Tid } from './types';
import { HOLD, RESUME, type RunDelegate, type Verdict } from './verdict';

const SIGTRAP = 5;

/** A thread that steps alone lets the others run after this long: it may be waiting for one of them. */
const ALONE_LIMIT = 20;

export class RunControl implements TraceeOwner {
  readonly threads = new Map<Tid, Thread>();
  readonly plans: PlanRunner;

  /** `held`: stopped before the client has said go; `draining`: a stop is being collected. */
  phase: 'held' | 'running' | 'draining' | 'stopped' | 'gone' = 'held';

  /** The only thread that may run: it single-steps. */
  private alone: Thread | undefined;
  private aloneTimer: NodeJS.Timeout | undefined;

  readonly choice = new RunChoice();

  /** Above 0 while a wait status is being judged: then threads must not be stopped and resumed on the side. */
  private judging = 0;

  /** What is being judged (a module came, a scope ended) has changed what all threads are resumed with. */
  private outdated = false;

  /** The thread whose step turned out to depend on the others: it goes on stepping with them running. */
  private accompanied: Thread | undefined;

  constructor(
    readonly pid: number,
    readonly sites: SiteTable,
    readonly debugRegisters: DebugRegisters,
    private readonly stepOff: StepOff,
    private readonly delegate: RunDelegate,
  ) {
    this.plans = new PlanRunner(this);
    debugRegisters.publish = () => this.updateDebugRegisters();
  }

  /** Adds a thread that is seized and, unless `running`, stopped. */
  adopt(tid: Tid, state: 'running' | 'stopped'): Thread {
    const thread = new Thread(tid);
    this.threads.set(tid, thread);
    traceLoop.own(tid, this);
    if (state === 'running') {
      thread.state = 'running';
      traceLoop.resumed(tid);
      // A process in a group-stop reports it while it is seized, when nobody may be listening for SIGCHLD yet.
      traceLoop.heat();
    }
    return thread;
  }

  /** Forgets a thread that has exited or is detached. */
  forget(thread: Thread): void {
    this.plans.cancel(thread, undefined);
    this.threads.delete(thread.tid);
    traceLoop.disown(thread.tid);
    if (this.alone === thread) this.endAlone();
  }

  get runningThreads(): Thread[] {
    return [...this.threads.values()].filter((thread) => thread.state === 'running');
  }

  // ---- events ----

  handleStatus(tid: Tid, rawStatus: number): void {
    const thread = this.threads.get(tid);
    if (!thread) return;
    const status = decodeWaitStatus(rawStatus);
    const isCall = status.kind === 'syscall' && this.passesCalls(thread);
    this.judging++;
    let verdict: Verdict;
    try {
      verdict = isCall ? this.delegate.systemCall(thread) : this.judge(thread, status);
    } finally {
      this.judging--;
    }
    const isOutdated = this.judging === 0 && this.outdated;
    if (isCall && !isOutdated && verdict.kind === 'resume') {
      // The usual case, a hundred thousand times a second: nobody needs its registers.
      this.kernelResume(thread, ResumeKind.Continue);
      traceLoop.heat();
      return;
    }
    if (isCall && !this.fetchRegisters(thread)) return;
    if (isOutdated) this.outdated = false;
    const interrupted = isOutdated && this.interrupt();
    this.settle(thread, verdict);
    if (interrupted && this.phase === 'running') this.resumeAll();
  }

  /** Whether a syscall-stop of the thread means nothing but the call: it is not on its way past a site, or stepping. */
  private passesCalls(thread: Thread): boolean {
    const { displaced, lifted, trapFlagLeak, resumedBy } = thread;
    return this.phase === 'running' && !displaced && !lifted && !trapFlagLeak && resumedBy === 'continue';
  }

  /** The thread has stopped; false when it was killed between its stop and now: its exit status is on its way. */
  private fetchRegisters(thread: Thread): boolean {
    thread.state = 'stopped';
    try {
      thread.registers.fetch();
      return true;
    } catch (error) {
      if (!(error instanceof PtraceError) || error.errno !== 'ESRCH') throw error;
      thread.state = 'running';
      traceLoop.resumed(thread.tid);
      return false;
    }
  }

  private judge(thread: Thread, status: WaitStatus): Verdict {
    if (status.kind === 'exited' || status.kind === 'killed') return this.threadEnded(thread, status);
    if (!this.fetchRegisters(thread)) return HOLD;
    thread.isAtSignal = status.kind === 'signal';
    thread.settlePc();
    const leak = thread.trapFlagLeak;
    thread.trapFlagLeak = undefined;
    if (leak && status.kind === 'signal' && status.signal === SIGTRAP) this.delegate.mendTrapFlag(thread, leak);
    const lifted = thread.lifted;
    if (lifted) this.reinsert(thread, lifted);
    switch (status.kind) {
      case 'interrupted':
        thread.groupStopped = false;
        return RESUME;
      case 'group-stop':
        thread.groupStopped = true;
        return RESUME;
      case 'syscall':
        return this.judgeCall(thread);
      case 'event':
        return this.delegate.event(thread, status.event);
      case 'signal':
        return status.signal === SIGTRAP ? judgeTrap(this, thread) : this.judgeSignal(thread, status.signal);
    }
  }

  /** A syscall-stop; where the call was stepped over, its exit ends the step. */
  private judgeCall(thread: Thread): Verdict {
    const verdict = this.delegate.systemCall(thread);
    const isStep = thread.resumedBy === 'step' && verdict.kind === 'resume' && !this.delegate.isInCall(thread);
    return isStep ? stepped(this, thread) : verdict;
  }

  /** A signal-delivery-stop. */
  judgeSignal(thread: Thread, signal: number): Verdict {
    thread.pendingSignal = signal;
    if (thread.isUnseen) return RESUME;
    return this.delegate.signal(thread, signal);
  }

  /** The program ran into an int3 of its own. */
  programTrap(thread: Thread): Verdict {
    if (thread.isUnseen) return this.judgeSignal(thread, SIGTRAP);
    return this.delegate.programTrap(thread);
  }

  private settle(thread: Thread, verdict: Verdict): void {
    switch (verdict.kind) {
      case 'gone':
      case 'hold':
        return;
      case 'resume':
        if (this.phase !== 'running') return;
        if (!this.mayRun(thread)) return;
        this.resumeThread(thread);
        if (thread.state === 'running') traceLoop.heat();
        return;
      case 'stop':
        if (this.phase === 'running') this.stopAll(thread, verdict.reason);
        else thread.deferred ??= verdict.reason;
        return;
    }
  }

  private threadEnded(thread: Thread, status: WaitStatus & { kind: 'exited' | 'killed' }): Verdict {
    const wasAlone = this.alone === thread;
    if (thread.lifted) this.reinsert(thread, thread.lifted);
    this.forget(thread);
    const how =
      status.kind === 'exited'
        ? { code: status.code }
        : { signal: status.signal, ...(status.coreDumped && { coreDumped: true }) };
    if (thread.tid !== this.pid) this.delegate.threadExited(thread, how);
    if (thread.borrower && this.threads.size > 0) {
      if (wasAlone && this.phase === 'running') this.resumeAll();
      return { kind: 'gone' };
    }
    // The leader's own status comes last, once every other thread is gone (ptrace(2), "Death under ptrace").
    if (thread.tid === this.pid || this.threads.size === 0) {
      dropGuests(this);
      for (const other of [...this.threads.values()]) this.forget(other);
      this.phase = 'gone';
      this.delegate.ended(how);
    } else if (wasAlone && this.phase === 'running') {
      this.resumeAll();
    }
    return { kind: 'gone' };
  }

  /** `thread` has made another thread. */
  cloned(thread: Thread, tid: Tid): void {
    // The new thread is seized with its parent's options and stops before its first instruction.
    if (!this.threads.has(tid)) {
      this.adopt(tid, 'running').borrower = thread.borrower;
      if (!thread.isUnseen) this.delegate.threadStarted(tid);
    }
    // Its first stop may have been announced before anybody knew the tid: look for it now.
    traceLoop.heat();
  }

  /** The thread stands before the first instruction of another program: what was to be done in the old one is void. */
  beginImage(thread: Thread): void {
    this.plans.cancel(thread, undefined);
    this.endAlone();
    this.choice.clear();
    thread.renew();
  }

  /** Whether a stopped thread goes on when the process does. */
  mayRun(thread: Thread): boolean {
    return this.choice.allows(thread) && (!this.alone || this.alone === thread);
  }

  // ---- resuming ----

  /** Until the next stop only this thread runs, with those that do already; undefined: all of them. */
  runOnly(thread: Thread | undefined): void {
    if (!thread || this.phase !== 'running') this.choice.clear();
    if (thread) this.choice.add(thread);
  }

  /** Lets everything run; a stop that was kept back is told first, without running anything. */
  resumeAll(): void {
    const waiting = [...this.threads.values()].find((thread) => thread.deferred);
    this.phase = 'running';
    if (waiting) {
      const reason = waiting.deferred!;
      waiting.deferred = undefined;
      this.stopAll(waiting, reason);
      return;
    }
    for (const thread of [...this.threads.values()]) {
      thread.returned = undefined;
      if (thread.state === 'stopped' && this.mayRun(thread)) this.resumeThread(thread);
      if (this.phase !== 'running') return;
    }
    traceLoop.heat();
  }

  /** From now on no thread runs alone. Does not resume or stop anything by itself. */
  endAlone(): void {
    this.alone = undefined;
    clearTimeout(this.aloneTimer);
    this.aloneTimer = undefined;
  }

  /** Begins a step: the plan is asked for its first move with the thread where it stands. */
  startPlan(thread: Thread, plan: StepPlan): void {
    this.phase = 'running';
    this.accompanied = undefined;
    for (const each of this.threads.values()) each.returned = undefined;
    thread.plan = plan;
    this.settle(thread, this.plans.advance(thread, undefined));
    if (this.phase === 'running') traceLoop.heat();
  }

  /** The same for a plan that one thread runs alone, unless it does not arrive soon: it may be waiting for another. */
  runAlone(thread: Thread, plan: StepPlan): void {
    this.alone = thread;
    this.aloneTimer = setTimeout(() => this.releaseOthers(), ALONE_LIMIT);
    this.startPlan(thread, plan);
  }

  /** A rule has kept the thread where it is for a while, which is over. */
  endDelay(thread: Thread): void {
    thread.delayed = false;
    const mayRun = this.phase === 'running' && this.mayRun(thread);
    if (!mayRun || thread.state !== 'stopped' || this.threads.get(thread.tid) !== thread) return;
    this.resumeThread(thread);
    traceLoop.heat();
  }

  private resumeThread(thread: Thread): void {
    if (thread.delayed) return;
    if (thread.groupStopped) {
      thread.registers.store();
      thread.state = 'running';
      this.kernel(thread, () => native.listen(thread.tid));
      return;
    }
    if (this.plans.stepsNext(thread)) {
      // A signal is delivered by letting its handler run to the end; the step goes on where it came in.
      if (thread.pendingSignal === 0) this.stepInstruction(thread);
      else this.runHandler(thread);
      return;
    }
    const site = this.sites.insertedAt(thread.pc);
    if (site && thread.visited === site.address) {
      if (thread.pendingSignal !== 0) {
        // The handler runs first; coming back here is the same visit.
        thread.returnsTo = { pc: thread.pc, sp: thread.sp };
      } else if (!this.stepOff.begin(thread, site)) {
        this.stepInstruction(thread);
        return;
      }
    }
    this.kernelResume(thread, ResumeKind.Continue);
  }

  private runHandler(thread: Thread): void {
    this.plans.detour(thread);
    thread.returnsTo = { pc: thread.pc, sp: thread.sp };
    this.resumeOthers(thread);
    if (this.phase === 'running') this.kernelResume(thread, ResumeKind.Continue);
  }

  /** Executes one instruction in place, the int3 over it taken out meanwhile and every other thread stopped. */
  stepInstruction(thread: Thread): void {
    const site = this.sites.insertedAt(thread.pc);
    if (this.alone !== thread && (site || this.accompanied !== thread)) {
      this.standAlone(thread);
      if (this.phase !== 'running') return;
    }
    thread.trapFlagLeak = this.delegate.trapFlagLeak(thread);
    if (site) {
      this.sites.lift(site);
      thread.lifted = site;
    }
    this.kernelResume(thread, ResumeKind.SingleStep);
  }

  private reinsert(thread: Thread, site: BreakpointSite): void {
    thread.lifted = undefined;
    if (site.owners.size > 0) this.insertAgain(site);
    if (thread.state === 'stopped' && thread.pc === site.address) thread.visited = site.address;
    if (this.alone === thread && !thread.plan && this.phase === 'running') this.resumeOthers(thread);
  }

  /** Stops the others, without telling anybody, so that one thread may run over code without its int3. */
  private standAlone(thread: Thread): void {
    this.phase = 'draining';
    collectStops(this, thread);
    this.phase = 'running';
    this.alone = thread;
    const kept = [...this.threads.values()].find((other) => other.deferred);
    if (kept) {
      const reason = kept.deferred!;
      kept.deferred = undefined;
      this.stopAll(kept, reason);
      return;
    }
    clearTimeout(this.aloneTimer);
    if (this.threads.size > 1) this.aloneTimer = setTimeout(() => this.releaseOthers(), ALONE_LIMIT);
  }

  /** The thread that runs alone may be waiting for another one: let them all run. */
  releaseOthers(): void {
    const thread = this.alone;
    if (this.phase !== 'running' || !thread) return;
    this.accompanied = thread;
    if (thread.lifted && thread.state === 'running') {
      // It sits in a system call under a lifted int3: put the int3 back before others run over it.
      this.insertAgain(thread.lifted);
      thread.lifted = undefined;
    }
    this.resumeOthers(thread);
  }

  private insertAgain(site: BreakpointSite): void {
    try {
      this.sites.insert(site);
    } catch (error) {
      // The process is being killed: its memory is gone before its exit status is read.
      log('engine', () => messageOf(error));
    }
  }

  /** Lets every thread but this one run. */
  resumeOthers(thread: Thread): void {
    this.endAlone();
    for (const other of [...this.threads.values()]) {
      if (this.phase !== 'running') return;
      if (other !== thread && other.state === 'stopped' && this.mayRun(other)) this.resumeThread(other);
    }
  }

  private kernelResume(thread: Thread, kind: ResumeKind): void {
    const signal = thread.takeSignal();
    resumePast(thread, this.debugRegisters);
    thread.resuming();
    thread.state = 'running';
    thread.generation++;
    const isStep = kind === ResumeKind.SingleStep;
    thread.resumedBy = isStep ? 'step' : 'continue';
    // PTRACE_SINGLESTEP goes over a system call without a stop at its entry.
    const seesCalls = isStep ? this.delegate.stepsThroughCall(thread) : this.delegate.wantsCalls(thread);
    this.kernel(thread, () => {
      thread.registers.store();
      if (!thread.isUnseen) this.debugRegisters.storeQuietly(thread);
      native.resume(seesCalls ? ResumeKind.Syscall : kind, thread.tid, signal);
    });
  }

  /** Makes a request that lets the thread run or asks it to stop: its next event is awaited. */
  kernel(thread: Thread, request: () => void): void {
    traceLoop.resumed(thread.tid);
    ignoringDeath(request);
  }

  // ---- stopping ----

  /** Stops every thread and reports one stop. */
  stopAll(thread: Thread, reason: StopReason): void {
    this.phase = 'draining';
    collectStops(this);
    if (this.threads.size === 0) return;
    this.endAlone();
    this.choice.clear();
    for (const each of this.threads.values()) {
      if (each.plan) this.plans.cancel(each, each === thread ? reason : undefined);
      each.returnsTo = undefined;
    }
    this.phase = 'stopped';
    thread.deferred = undefined;
    thread.visited = thread.pc;
    thread.stoppedFor = reason;
    const others = [...this.threads.values()].filter((each) => each.deferred).map((each) => each.tid);
    this.delegate.stopped(thread, reason, others);
  }

  /**
   * Writes the debug registers of every thread. Those that run are stopped for it, which nobody is told. Throws
   * PtraceError when the kernel refuses.
   */
  private updateDebugRegisters(): void {
    this.sites.keeper?.debugRegistersUsed();
    if (this.judging > 0) {
      this.outdated = true;
      return;
    }
    const interrupted = this.interrupt();
    try {
      for (const thread of this.threads.values()) {
        if (thread.state === 'stopped' && !thread.isUnseen) ignoringDeath(() => this.debugRegisters.store(thread));
      }
    } finally {
      if (interrupted && this.phase === 'running') this.resumeAll();
    }
  }

  /** What threads are resumed for has changed: those that run are stopped and resumed, which nobody is told. */
  resumeAnew(): void {
    if (this.judging > 0) this.outdated = true;
    else if (this.interrupt() && this.phase === 'running') this.resumeAll();
  }

  /** Pause: true when everything stands still now. */
  interrupt(): boolean {
    if (this.phase !== 'running') return false;
    this.phase = 'draining';
    collectStops(this);
    this.phase = 'running';
    return this.threads.size > 0;
  }
}
