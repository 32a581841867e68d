/**
 * A live process put together from the engine's parts, and everything that only looks at it. What makes it run is in
 * target.ts.
 */
import { EventEmitter } from 'node:events';
import type { VirtAddr } from '../common/addresses';
import { UserError } from '../common/errors';
import { readAuxv, readMaps, type MappedRegion } from '../common/procfs';
import type { CallRequest } from '../expr/context';
import type { EvaluationContext, Value } from '../expr/expression';
import { constant } from '../expr/places';
import { PTRACE_O_EXITKILL } from '../ptrace/constants';
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
import { lookUpNames } from './breakpointchecks';
import { Inspection, type SymbolicAddress } from './inspection';
import { KernelEvents } from './kernelevents';
import { FOLLOW_PARENT, ProcessFamily, type FollowPolicy } from './family';
import { LoaderWatch, type ModuleChange } from './loader';
import { Navigation } from './navigation';
import type { OutputPump } from './output';
import type { RunControl } from './runcontrol';
import { ScratchMemory } from './scratch';
import { SiteGuard } from './siteguard';
import { SiteTable, TargetMemory } from './sites';
import type { StackFrame, ThreadStack } from './stack';
import { StepOff } from './stepoff';
import { CodeMap } from './stepping/codemap';
import { NonlocalExits } from './stepping/nonlocal';
import { StepPlanner } from './stepping/planner';
import type { TargetEvents, ThreadSummary } from './targetinterface';
import { FileActions } from './syscalls/fileactions';
import { placeFinder } from './syscalls/places';
import { RemoteCalls } from './syscalls/remotecalls';
import { SyscallTracing } from './syscalls/tracing';
import type { Thread } from './thread';
import { ThreadControl } from './threadcontrol';
import { forgetResumeFlag } from './traps';
import type { FrameIdentity, Tid } from './types';
import { WatchpointManager } from './watchpoints';
import { callerOf, frameHolding, instructionBefore } from './whereabouts';
import type { Target } from './target';

setCppDemangler((name) => native.demangle(name));

export abstract class TargetCore extends EventEmitter<TargetEvents> {
  protected abstract self(): Target;
  /** Makes the target of a child that is stopped. */
  protected abstract holdChild(pid: number): Target;
  /** Tells what is written to a terminal, whose master this is, as output of the program. */
  protected abstract showOutput(master: number, category: 'stdout' | 'stderr'): void;

  readonly memory: TargetMemory;
  readonly modules: ModuleList;
  readonly breakpoints: BreakpointManager;
  readonly watchpoints: WatchpointManager;
  readonly syscalls: SyscallTracing;
  /** System calls that the debugger makes in the process. */
  readonly remoteCalls: RemoteCalls;
  /** What can be done to its open files. */
  readonly files: FileActions;
  readonly code: CodeMap;
  readonly threadControl: ThreadControl;
  /** The process and what came out of it. */
  readonly family: ProcessFamily;
  protected readonly raw: ProcessMemory;
  /** Whether memory that begins at this address is the debugger's own, in the process. */
  readonly ownsMemory: (address: VirtAddr) => boolean;
  protected readonly guard: SiteGuard | undefined;
  protected readonly sites: SiteTable;
  protected readonly events: KernelEvents;
  protected readonly loader: LoaderWatch;
  protected readonly planner: StepPlanner;
  protected readonly inspection: Inspection;
  protected readonly navigation: Navigation;
  protected readonly calls: FunctionCalls;
  protected readonly pumps: OutputPump[] = [];

  protected constructor(
    readonly pid: number,
    readonly program: string,
    readonly startMethod: 'launch' | 'attach',
    protected readonly paths: SourcePaths,
    protected readonly debugFileDirectories: string[],
    /** PTRACE_O_* that its threads are traced with. */
    protected readonly traceOptions: number,
    follow: FollowPolicy | ProcessFamily = FOLLOW_PARENT,
  ) {
    super();
    this.family =
      follow instanceof ProcessFamily ? follow : new ProcessFamily(follow, (child) => this.holdChild(child));
    this.family.add(this.self());
    if (this.family !== follow) this.family.tree.addRoot(pid);
    this.raw = new ProcessMemory(pid);
    this.raw.setPokeTid(() => this.stoppedTid());
    // What was launched ends with us.
    this.guard = traceOptions & PTRACE_O_EXITKILL ? undefined : new SiteGuard(pid, this.raw);
    this.sites = new SiteTable(this.raw, this.guard);
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
    this.threadControl = new ThreadControl(
      pid,
      this.memory,
      () => this.control,
      () => this.events.debugging,
    );
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
    this.ownsMemory = (address) => scratch.owns(address) || (this.guard?.owns(address) ?? false);
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
    this.syscalls = new SyscallTracing({
      pid,
      sites: this.sites,
      memory: this.memory,
      control: () => this.control,
      mayConfine: () => (traceOptions & PTRACE_O_EXITKILL) !== 0 && this.control.threads.size === 1,
      findPlace: placeFinder(resolver, this.code),
      stackOf: (thread, depth) =>
        this.inspection
          .stack(thread)
          .frames(0, depth)
          .map(({ lookupPc }) => lookupPc),
      grown: () => this.emit('calls'),
      problem: (text) => this.emit('output', { category: 'important', data: `${text}\n` }),
    });
    this.remoteCalls = new RemoteCalls({
      control: () => this.control,
      memory: this.memory,
      vdso: () => this.loader.vdso,
      maps: () => readMaps(pid),
      isInCall: (thread) => this.syscalls.isInCall(thread),
      changed: () => this.memoryWritten(),
    });
    this.files = new FileActions(pid, this.remoteCalls, (master, category) => this.showOutput(master, category));
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
        syscalls: this.syscalls,
        calls: this.calls,
        pumps: this.pumps,
        emitter: this,
        self: this.self(),
        family: this.family,
        options: () => this.traceOptions,
      },
      () => this.closeAll(),
    );
  }

  protected get control(): RunControl {
    return this.events.control;
  }

  /** What becomes of its signals, and sending more. */
  get signals() {
    return this.events.signals;
  }

  /** Exceptions of its languages that are stopped at. */
  get exceptions() {
    return this.events.exceptions;
  }

  protected closeAll(): void {
    for (const pump of this.pumps) pump.close();
    this.modules.close();
    this.syscalls.close();
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
    return this.threadControl.list();
  }

  /** The stack of a thread; the same object until the thread runs again. Throws UserError while it runs. */
  stack(tid: Tid): ThreadStack {
    return this.inspection.stack(this.stoppedThread(tid));
  }

  /** Its address space. */
  maps(): MappedRegion[] {
    return readMaps(this.pid);
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
    if (thread.state !== 'stopped') return;
    // A thread that only stands beside the one that stopped has visited nothing: the kernel tells whether it was moved.
    if ((thread.visited ?? thread.registers.storedPc) === thread.pc) return;
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

  protected stoppedTid(): Tid | undefined {
    for (const thread of this.control.threads.values()) if (thread.state === 'stopped') return thread.tid;
    return undefined;
  }

  protected stoppedThread(tid: Tid): Thread {
    if (this.events.exit) throw new UserError('The process has ended.', { code: 'exited' });
    const thread = this.control.threads.get(tid);
    if (!thread) throw new UserError(`There is no thread ${tid} any more.`, { code: 'no-such-thread' });
    if (this.control.phase !== 'stopped' && !this.threadControl.isHeldBack(thread)) {
      throw new UserError(`Thread ${tid} is running; pause it first.`, { code: 'running' });
    }
    if (thread.state !== 'stopped') {
      throw new UserError(`Thread ${tid} sleeps in the kernel and has not stopped yet.`, { code: 'running' });
    }
    return thread;
  }

  // ---- changes ----

  protected memoryWritten(): void {
    this.watchpoints.memoryWritten();
    this.code.changed();
    this.inspection.forgetStacks();
  }

  /** A debug file has come for a module: its lines and symbols are others now. */
  debugFileArrived(module: Module): void {
    if (!this.events.exit) this.modulesChanged({ added: [], removed: [], changed: [module] });
  }

  protected modulesChanged(change: ModuleChange): void {
    for (const module of change.removed) this.sites.forgetRange(module.start, module.end);
    this.code.changed();
    this.inspection.modulesChanged();
    this.breakpoints.resolveAgain();
    this.syscalls.modulesChanged();
    this.exceptions.place();
    this.emit('modules', change);
  }
}
