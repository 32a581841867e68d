/**
 * A process under the debugger, as the DAP session sees it: started or attached to, run, stepped, looked into and let
 * go. Composition of the engine's parts; the decisions live in them.
 */
import { EventEmitter } from 'node:events';
import type { VirtAddr } from '../common/addresses';
import { messageOf, PtraceError, UserError } from '../common/errors';
import { log } from '../common/log';
import { readAuxv, readComm, readExe, readMaps } from '../common/procfs';
import type { CallRequest } from '../expr/context';
import type { EvaluationContext, Value } from '../expr/expression';
import { constant } from '../expr/places';
import { ProcessMemory } from '../ptrace/memory';
import { native } from '../ptrace/native';
import type { ThreadRegisters } from '../ptrace/registers';
import { setCppDemangler } from '../symbols/demangle';
import type { Module } from '../symbols/module';
import { asking } from '../symbols/data/unanswered';
import { ModuleList } from '../symbols/modulelist';
import type { SourcePaths } from '../symbols/sourcepaths';
import { callHost } from './callhost';
import { BreakpointManager, type BreakpointHost } from './breakpoints';
import { BreakpointResolver } from './breakpointresolver';
import { DebugRegisters } from './debugregisters';
import { FunctionCalls, type CallOptions } from './functioncall';
import { decideHit } from './hits';
import { EntryStop, entryAddress } from './entry';
import { seizeAll } from './attach';
import { lookUpNames } from './breakpointchecks';
import { Inspection, type SymbolicAddress } from './inspection';
import { KernelEvents } from './kernelevents';
import { explainSpawn, startHere, startInTerminal, type Started } from './launch';
import { LoaderWatch, type ModuleChange } from './loader';
import { Navigation, type SourceLine } from './navigation';
import { OutputPump } from './output';
import type { RunControl } from './runcontrol';
import { ScratchMemory } from './scratch';
import { SiteTable, TargetMemory } from './sites';
import type { StackFrame, ThreadStack } from './stack';
import { StepOff } from './stepoff';
import { BurstStep, type BurstResult } from './stepping/burst';
import { CodeMap } from './stepping/codemap';
import { NonlocalExits } from './stepping/nonlocal';
import { StepPlanner } from './stepping/planner';
import { stepCandidates, type StepCandidate } from './stepping/steptargets';
import type { SkipRules } from './stepping/skiprules';
import type {
  AttachOptions,
  DebugTarget,
  EntryChoice,
  LaunchOptions,
  TargetEvents,
  ThreadSummary,
} from './targetinterface';
import type { Thread } from './thread';
import { forgetResumeFlag } from './traps';
import type { FrameIdentity, Returned, StepGranularity, StepKind, StepTarget, Tid } from './types';
import { WatchpointManager } from './watchpoints';
import { callerOf, frameHolding, instructionBefore } from './whereabouts';

setCppDemangler((name) => native.demangle(name));

export type { AttachOptions, LaunchOptions, TargetEvents } from './targetinterface';

export class Target extends EventEmitter<TargetEvents> implements DebugTarget {
  readonly live: Target = this;
  readonly memory: TargetMemory;
  readonly modules: ModuleList;
  readonly breakpoints: BreakpointManager;
  readonly watchpoints: WatchpointManager;
  readonly code: CodeMap;
  private readonly raw: ProcessMemory;
  private readonly sites: SiteTable;
  private readonly events: KernelEvents;
  private readonly loader: LoaderWatch;
  private readonly planner: StepPlanner;
  private readonly inspection: Inspection;
  private readonly navigation: Navigation;
  private readonly calls: FunctionCalls;
  private readonly pumps: OutputPump[] = [];
  private stopOnEntry: EntryChoice | 'attach' = false;

  private constructor(
    readonly pid: number,
    readonly program: string,
    readonly startMethod: 'launch' | 'attach',
    paths: SourcePaths,
    debugFileDirectories: string[],
  ) {
    super();
    this.raw = new ProcessMemory(pid);
    this.raw.setPokeTid(() => this.stoppedTid());
    this.sites = new SiteTable(this.raw);
    this.memory = new TargetMemory(this.raw, this.sites, () => this.memoryWritten());
    this.modules = new ModuleList({
      pid,
      debugFileDirectories,
      mapPath: (path) => paths.toLocal(path),
      noteProblem: (text) => this.emit('output', { category: 'console', data: `${text}\n` }),
      indexObserver: {
        begin: (path) => this.emit('indexing', { path, done: 0 }),
        progress: (path, done, total) => this.emit('indexing', { path, done: done / total }),
        end: (path) => {
          this.inspection.evaluation.forget();
          this.emit('indexing', { path, done: undefined });
        },
      },
    });
    this.code = new CodeMap(this.modules, this.memory);
    this.inspection = new Inspection(this.modules, this.memory, this.code, paths, () => readAuxv(pid));
    this.calls = new FunctionCalls(
      callHost({ events: () => this.events, memory: this.memory, code: this.code, inspection: this.inspection }),
    );
    const exits = new NonlocalExits(this.code, this.memory);
    this.navigation = new Navigation(this.inspection, this.code, () => this.control);
    this.planner = new StepPlanner(this.code, this.memory, exits);
    const scratch = new ScratchMemory(
      this.memory,
      () => readMaps(pid),
      () => this.loader.vdso,
    );
    this.loader = new LoaderWatch(pid, this.modules, this.memory, this.sites, (change) => this.modulesChanged(change));
    const registers = new DebugRegisters();
    const host: BreakpointHost = {
      sites: this.sites,
      registers,
      passes: (thread, checks, breakpoint) =>
        decideHit(
          checks,
          breakpoint,
          () => this.inspection.threadContext(thread, breakpoint),
          (text) => this.emit('output', { category: 'console', data: text }),
        ),
      changed: (breakpoint) => this.emit('breakpoint', breakpoint),
      lookUp: (checks, address) =>
        asking(this.modules.modules, () => lookUpNames(checks, this.inspection.placeContext(address))).lacking,
      isGone: () => this.events.exit !== undefined,
    };
    const resolver = new BreakpointResolver(this.modules, this.memory, paths, () => this.events.debugging);
    this.breakpoints = new BreakpointManager(resolver, host);
    this.watchpoints = new WatchpointManager({
      ...host,
      debugging: () => this.events.debugging,
      memory: this.memory,
      exits,
      returnAddress: (frame) => callerOf(this.stoppedThread(frame.tid), frame, this.code),
      instructionBefore: (thread) => instructionBefore(thread, this.code),
    });
    this.events = new KernelEvents(
      {
        pid,
        raw: this.raw,
        sites: this.sites,
        registers,
        memory: this.memory,
        code: this.code,
        stepOff: new StepOff(this.memory, scratch, registers),
        inspection: this.inspection,
        loader: this.loader,
        breakpoints: this.breakpoints,
        watchpoints: this.watchpoints,
        pumps: this.pumps,
        emitter: this,
      },
      () => this.closeAll(),
    );
  }

  private get control(): RunControl {
    return this.events.control;
  }

  /** What becomes of its signals, and sending more. */
  get signals() {
    return this.events.signals;
  }

  // ---- coming to life and leaving ----

  /** Starts a program; it is held before its first instruction until `start`. Throws UserError. */
  static async launch(options: LaunchOptions): Promise<Target> {
    const make = (pid: number) =>
      new Target(pid, options.program, 'launch', options.sourcePaths, options.debugFileDirectories);
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
    const target = new Target(pid, name, 'attach', options.sourcePaths, options.debugFileDirectories);
    for (const tid of tids) target.control.adopt(tid, 'running');
    target.control.phase = 'running';
    target.loader.begin();
    target.stopOnEntry = options.stopOnEntry ? 'attach' : false;
    return target;
  }

  /** The client is ready: lets the program go, or reports the stop at its entry. */
  start(): void {
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
      if (master !== undefined)
        this.pumps.push(new OutputPump(master, (data) => this.emit('output', { category, data })));
    }
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

  /** Puts every byte back and lets the process run on without a debugger. */
  async detach(): Promise<void> {
    if (this.events.exit) return;
    for (let attempt = 0; this.control.threads.size > 0 && attempt < 50; attempt++) {
      this.control.detachAll();
      // A thread in uninterruptible sleep cannot be detached until it wakes.
      if (this.control.threads.size > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.events.exit = {};
    this.closeAll();
  }

  private closeAll(): void {
    for (const pump of this.pumps) pump.close();
    this.modules.close();
    this.raw.close();
  }

  // ---- what it is doing ----

  get running(): boolean {
    return this.control.phase === 'running' || this.control.phase === 'held';
  }

  get exited(): boolean {
    return this.events.exit !== undefined;
  }

  threads(): ThreadSummary[] {
    return [...this.control.threads.values()].map((thread) => ({
      id: thread.tid,
      name: readComm(this.pid, thread.tid) ?? String(thread.tid),
      running: this.running,
    }));
  }

  /** The stack of a thread; the same object until the thread runs again. Throws UserError while it runs. */
  stack(tid: Tid): ThreadStack {
    return this.inspection.stack(this.stoppedThread(tid));
  }

  /** The registers of a thread's innermost frame. Throws UserError while it runs. */
  registers(tid: Tid): ThreadRegisters {
    return this.stoppedThread(tid).registers;
  }

  /** To be called after writing registers: what was derived from them is made anew. */
  registersChanged(tid: Tid): void {
    const thread = this.control.threads.get(tid);
    if (!thread) return;
    this.inspection.forgetStack(thread);
    if (thread.visited === thread.pc) return;
    thread.visited = undefined;
    thread.hiddenCalls = 0;
    forgetResumeFlag(thread);
    // Moved away from an interrupted system call: the kernel must not restart the call at the new place.
    thread.registers.origRax = 0xffff_ffff_ffff_ffffn;
  }

  /** The frame whose memory an address is; undefined when it is not on the thread's stack. Throws UserError while it runs. */
  frameHolding(tid: Tid, address: VirtAddr): FrameIdentity | undefined {
    return frameHolding(this.stoppedThread(tid), address, this.code);
  }

  /** The symbol around an address. */
  symbolize(address: VirtAddr): SymbolicAddress | undefined {
    return this.inspection.symbolize(address);
  }

  /** The source line of an address, in a file that exists here where one could be found. */
  lineAt(address: VirtAddr): { path: string; line: number; column: number } | undefined {
    return this.inspection.lineAt(address);
  }

  /** The bounds of the function around an address. */
  functionBounds(address: VirtAddr): { start: VirtAddr; end: VirtAddr } | undefined {
    return this.code.functionBounds(address);
  }

  /** More of the names of modules are known: what was found out without them is found out anew. */
  namesChanged(): void {
    this.inspection.modulesChanged();
  }

  /** What expressions see; `write` lets them assign. Without a frame, registers are unknown. */
  evaluationContext(frame: StackFrame | undefined, access: 'read' | 'write'): EvaluationContext {
    return this.inspection.frameContext(frame, access);
  }

  /**
   * Calls a function of the program on a stopped thread, which is afterwards as it was before. Rejects with a UserError
   * when the function does not return.
   */
  async callFunction(tid: Tid, request: CallRequest, options?: CallOptions): Promise<Value> {
    const { type, bytes } = await this.calls.call(this.stoppedThread(tid), request, options);
    return constant(type, bytes);
  }

  private stoppedTid(): Tid | undefined {
    for (const thread of this.control.threads.values()) if (thread.state === 'stopped') return thread.tid;
    return undefined;
  }

  private stoppedThread(tid: Tid): Thread {
    if (this.events.exit) throw new UserError('The process has ended.', { code: 'exited' });
    const thread = this.control.threads.get(tid);
    if (!thread) throw new UserError(`There is no thread ${tid} any more.`, { code: 'no-such-thread' });
    if (this.control.phase !== 'stopped') {
      throw new UserError(`Thread ${tid} is running; pause it first.`, { code: 'running' });
    }
    if (thread.state !== 'stopped') {
      throw new UserError(`Thread ${tid} sleeps in the kernel and has not stopped yet.`, { code: 'running' });
    }
    return thread;
  }

  // ---- running ----

  /** Lets every thread run. */
  continue(tid: Tid): void {
    this.stoppedThread(tid);
    this.control.resumeAll();
  }

  /** Code that a step into passes through until it reaches other code. */
  set skip(rules: SkipRules) {
    this.planner.skip = rules;
  }

  get skip(): SkipRules {
    return this.planner.skip;
  }

  /** Begins a step; it ends with a `stopped` event. `target` is the only call that a step into enters. Throws UserError. */
  step(tid: Tid, kind: StepKind, granularity: StepGranularity, target?: StepTarget): void {
    const thread = this.stoppedThread(tid);
    this.control.startPlan(thread, this.planner.plan(thread, this.stack(tid), kind, granularity, target));
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
    if (!this.control.interrupt()) return;
    const threads = [...this.control.threads.values()];
    const told = threads.find((thread) => thread.deferred);
    const wanted = threads.find((thread) => thread.tid === tid && thread.state === 'stopped');
    const thread = told ?? wanted ?? threads.find((each) => each.state === 'stopped') ?? threads[0];
    if (thread) this.control.stopAll(thread, told?.deferred ?? { kind: why });
  }

  // ---- changes ----

  private memoryWritten(): void {
    this.watchpoints.memoryWritten();
    this.code.changed();
    this.inspection.forgetStacks();
  }

  /** A debug file has come for a module: its lines and symbols are others now. */
  debugFileArrived(module: Module): void {
    if (!this.events.exit) this.modulesChanged({ added: [], removed: [], changed: [module] });
  }

  private modulesChanged(change: ModuleChange): void {
    for (const module of change.removed) this.sites.forgetRange(module.start, module.end);
    this.code.changed();
    this.inspection.modulesChanged();
    this.breakpoints.resolveAgain();
    this.emit('modules', change);
  }
}
