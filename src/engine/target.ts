/**
 * A process under the debugger, as the DAP session sees it: started or attached to, run, stepped, looked into and let
 * go. Composition of the engine's parts; the decisions live in them.
 */
import type { VirtAddr } from '../common/addresses';
import { messageOf, PtraceError, UserError } from '../common/errors';
import { log } from '../common/log';
import { readCmdline, readExe } from '../common/procfs';
import { PTRACE_O_EXITKILL } from '../ptrace/constants';
import { native } from '../ptrace/native';
import { detachAll, letDie } from './detaching';
import { EntryStop, entryAddress } from './entry';
import { seizeAll } from './attach';
import { explainSpawn, startHere, startInTerminal, TRACE_OPTIONS, type Started } from './launch';
import type { SourceLine } from './navigation';
import { OutputPump } from './output';
import type { ChosenSiginfo } from './signals/control';
import type { StackFrame } from './stack';
import { BurstStep, type BurstResult } from './stepping/burst';
import { stepCandidates, type StepCandidate } from './stepping/steptargets';
import type { SkipRules } from './stepping/skiprules';
import type { AttachOptions, DebugTarget, EntryChoice, LaunchOptions } from './targetinterface';
import type { Returned, StepGranularity, StepKind, StepOptions, StopEventKind, Tid } from './types';
import { suspendProcess } from './suspending';
import { TargetCore } from './targetcore';

export type { AttachOptions, LaunchOptions, TargetEvents } from './targetinterface';

export class Target extends TargetCore implements DebugTarget {
  /** Who tells of the output of the terminals that this target holds. */
  private sink: { target: Target } = { target: this };
  private stopOnEntry: EntryChoice | 'attach' = false;

  get live(): Target {
    return this;
  }

  protected override self(): Target {
    return this;
  }

  // ---- coming to life and leaving ----

  /** Starts a program; it is held before its first instruction until `start`. Throws UserError. */
  static async launch(options: LaunchOptions): Promise<Target> {
    const { program, sourcePaths, debugFileDirectories, follow } = options;
    const make = (pid: number) =>
      new Target(pid, program, 'launch', sourcePaths, debugFileDirectories, TRACE_OPTIONS | PTRACE_O_EXITKILL, follow);
    let target: Target;
    let started: Started;
    if (options.runInTerminal) {
      let seized: Target | undefined;
      let executed = Promise.resolve();
      started = await startInTerminal(options, options.runInTerminal, (pid) => {
        const made = (seized = make(pid));
        executed = new Promise((resolve, reject) => {
          made.events.awaitedExec = resolve;
          // Killed by the kernel while it loaded the image, or by somebody before: no exec will come.
          made.once('exited', () => reject(explainSpawn(new PtraceError('spawn:load', pid, 'ENOEXEC'), options)));
        });
        executed.catch(() => undefined);
        made.control.phase = 'running';
        made.control.adopt(pid, 'running');
      });
      target = seized!;
      await executed;
      target.raw.reopen();
    } else {
      started = startHere(options);
      target = make(started.pid);
      target.control.adopt(started.pid, 'stopped').registers.fetch();
      target.pump(started.output);
    }
    if (options.noDebug) target.leaveAlone(options.runInTerminal !== undefined);
    else target.loader.begin();
    target.stopOnEntry = options.stopOnEntry;
    // Listeners are attached once the caller has the target.
    setImmediate(() => {
      for (const note of started.notes) target.emit('output', { category: 'console', data: note + '\n' });
    });
    return target;
  }

  /** Seizes every thread of a running process, which goes on running. Throws UserError. */
  static async attach(options: AttachOptions): Promise<Target> {
    const { pid } = options;
    const tids = await seizeAll(pid);
    const name = readExe(pid) ?? `process ${pid}`;
    const { sourcePaths, debugFileDirectories, follow } = options;
    const target = new Target(pid, name, 'attach', sourcePaths, debugFileDirectories, TRACE_OPTIONS, follow);
    const early = target.guard?.begin();
    for (const tid of tids) target.control.adopt(tid, 'running');
    target.control.phase = 'running';
    if (early) target.control.handleStatus(early.tid, early.status);
    target.loader.begin();
    target.stopOnEntry = options.stopOnEntry ? 'attach' : false;
    return target;
  }

  /** The target of a child that is stopped, to be held until its `start`. Throws PtraceError when it is gone. */
  protected override holdChild(pid: number): Target {
    const { paths, debugFileDirectories, traceOptions, family } = this;
    const program = readExe(pid) ?? this.program;
    const child = new Target(pid, program, 'attach', paths, debugFileDirectories, traceOptions, family);
    child.control.adopt(pid, 'stopped').registers.fetch();
    child.skip = this.skip;
    child.syscalls.follow(this.syscalls);
    child.loader.begin();
    return child;
  }

  /** The client is ready: lets the program go, or reports the stop at its entry. */
  start(): void {
    if (this.events.exit) return;
    if (this.control.phase === 'held' && this.startMethod === 'attach') {
      this.control.resumeAll();
      return;
    }
    if (this.startMethod === 'attach') {
      if (this.stopOnEntry === 'attach') this.pause(undefined, 'entry');
      return;
    }
    if (this.events.exit) return;
    if (!this.events.debugging) {
      if (this.control.phase === 'held') this.control.resumeAll();
      return;
    }
    const [thread] = this.control.threads.values();
    if (thread) this.syscalls.launched(thread, this.program, readCmdline(this.pid));
    if (this.stopOnEntry === 'loader' && thread) {
      this.control.stopAll(thread, { kind: 'entry' });
      return;
    }
    const address = entryAddress(this.stopOnEntry, this.loader.entry, this.modules, this.code);
    if (address !== undefined) new EntryStop(this.sites, address);
    this.control.resumeAll();
  }

  /**
   * `launch` without debugging: only the program's end is heard. It runs untraced, but in a terminal it is no child of
   * ours and its end is told to tracers only: there it stays traced, with nothing set and every signal passed.
   */
  private leaveAlone(inTerminal: boolean): void {
    this.events.debugging = false;
    if (inTerminal) return;
    native.detach(this.pid, 0);
    const thread = this.control.threads.get(this.pid);
    if (thread) thread.state = 'running';
    this.control.phase = 'running';
  }

  private pump(output: Started['output']): void {
    for (const category of ['stdout', 'stderr'] as const) {
      const master = output[category];
      if (master !== undefined) this.showOutput(master, category);
    }
  }

  protected override showOutput(master: number, category: 'stdout' | 'stderr'): void {
    const { sink } = this;
    this.pumps.push(new OutputPump(master, (data) => sink.target.emit('output', { category, data })));
  }

  /** What is written to the debug console from here on is told by this target: `from` is let go, or has ended. */
  takeOutput(from: Target): void {
    for (const pump of from.pumps) pump.drain();
    this.pumps.push(...from.pumps.splice(0));
    from.sink.target = this;
    this.sink = from.sink;
  }

  /** Asks the program to end (SIGTERM); a stopped one is let run so that it can. */
  terminate(): void {
    this.signalProcess('SIGTERM');
    // A stopped job would not take it before SIGCONT; a shell's kill does the same.
    if ([...this.control.threads.values()].some((thread) => thread.groupStopped)) this.signalProcess('SIGCONT');
    if (this.control.phase === 'stopped' || this.control.phase === 'held') this.control.resumeAll();
  }

  /** Ends the program at once; resolves when it is gone. */
  kill(): Promise<void> {
    if (this.events.exit) return Promise.resolve();
    return new Promise((resolve) => {
      this.once('exited', () => resolve());
      this.signalProcess('SIGKILL');
      letDie(this.control);
    });
  }

  private signalProcess(signal: NodeJS.Signals): void {
    try {
      process.kill(this.pid, signal);
    } catch (error) {
      // Gone already: its exit status is on its way.
      log('engine', () => `kill(${this.pid}, ${signal}): ${messageOf(error)}`);
    }
  }

  /** Stops the process as SIGSTOP does; let go after that, it stays stopped until SIGCONT. */
  suspend(): void {
    if (!this.events.exit) suspendProcess(this.control);
  }

  /** Puts every byte back and lets the process run on without a debugger. */
  async detach(): Promise<void> {
    await this.remoteCalls.interrupt();
    if (this.events.exit) return;
    for (let attempt = 0; this.control.threads.size > 0 && attempt < 50; attempt++) {
      detachAll(this.control);
      // A thread in uninterruptible sleep cannot be detached until it wakes.
      if (this.control.threads.size > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.events.exit = {};
    this.family.targetEnded(this, undefined);
    this.closeAll();
  }
  // ---- running ----

  /** Lets every thread run that is not frozen, or this one only. Throws UserError. */
  continue(tid: Tid, which: 'all' | 'single' = 'all'): void {
    const thread = this.stoppedThread(tid);
    if (which === 'single') this.threadControl.checkNotFrozen(thread);
    else this.threadControl.checkNotAllFrozen();
    this.control.runOnly(which === 'single' ? thread : undefined);
    this.control.resumeAll();
  }

  /** Code that a step into passes through until it reaches other code. */
  set skip(rules: SkipRules) {
    this.planner.skip = rules;
  }

  get skip(): SkipRules {
    return this.planner.skip;
  }

  /** Begins a step; it ends with a `stopped` event. Throws UserError. */
  step(tid: Tid, kind: StepKind, granularity: StepGranularity, options: StepOptions = {}): void {
    const thread = this.stoppedThread(tid);
    this.threadControl.checkNotFrozen(thread);
    const plan = this.planner.plan(thread, this.stack(tid), kind, granularity, options.target);
    if (options.isSingle) this.control.runOnly(thread);
    this.control.startPlan(thread, plan);
  }

  /** The calls on the line of a thread's innermost frame that a step into can be told to enter. Throws UserError. */
  stepCandidates(tid: Tid): StepCandidate[] {
    return stepCandidates(this.code, this.memory, this.stack(tid));
  }

  /** Moves the instruction pointer of a thread and reports a stop there. Throws UserError. */
  goto(tid: Tid, address: VirtAddr, line: SourceLine): void {
    this.navigation.goto(this.stoppedThread(tid), address, line);
  }

  /** Begins the function of a frame again with the values its parameters have now. Throws UserError. */
  restartFrame(tid: Tid, frame: StackFrame): void {
    this.navigation.restart(this.stoppedThread(tid), frame);
  }

  /** The function that the thread's last step has returned from, at the stop that it led to. */
  returned(tid: Tid): Returned | undefined {
    return this.control.threads.get(tid)?.returned;
  }

  /** Executes up to `count` instructions of one thread, fewer when something else stops it. */
  stepInstructions(tid: Tid, count: number): Promise<BurstResult> {
    const thread = this.stoppedThread(tid);
    return new Promise((resolve) => this.control.startPlan(thread, new BurstStep(count, thread, resolve)));
  }

  /** Stops every thread and reports it, on the thread asked for when that has nothing better to tell; nothing happens when they stand still already. */
  pause(tid?: Tid, why: 'pause' | 'entry' = 'pause'): void {
    if (!this.events.debugging) throw new UserError('The program runs without debugging and cannot be paused.');
    const call = this.remoteCalls.interrupt();
    if (call) {
      void call.then(() => this.pause(tid, why));
      return;
    }
    if (!this.control.interrupt()) return;
    const threads = [...this.control.threads.values()];
    const told = threads.find((thread) => thread.deferred);
    const wanted = threads.find((thread) => thread.tid === tid && thread.state === 'stopped');
    const thread = told ?? wanted ?? threads.find((each) => each.state === 'stopped' && !each.isUnseen) ?? threads[0];
    if (thread) this.control.stopAll(thread, told?.deferred ?? { kind: why });
  }

  /** Gives a stopped thread another signal than the one it has stopped in front of; 0 for none. Throws UserError. */
  replaceSignal(tid: Tid, signal: number, siginfo?: ChosenSiginfo): void {
    this.signals.replace(this.stoppedThread(tid), signal, siginfo);
  }

  /** Stops at these from now on. */
  set stopEvents(kinds: Iterable<StopEventKind>) {
    this.events.eventStops.set(kinds);
  }
}
