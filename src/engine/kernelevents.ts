/**
 * What the kernel tells of the process, and what becomes of it: signals, children, exec, threads, the end. The
 * target's other half, which nobody calls but run control.
 */
import type { EventEmitter } from 'node:events';
import { messageOf } from '../common/errors';
import { readCmdline, readExe } from '../common/procfs';
import type { ProcessMemory } from '../ptrace/memory';
import { native } from '../ptrace/native';
import type { PtraceEvent } from '../ptrace/waitstatus';
import type { BreakpointManager } from './breakpoints';
import type { DebugRegisters } from './debugregisters';
import { Children } from './children';
import { dropGuests } from './detaching';
import { EventStops } from './eventstops';
import type { ProcessFamily } from './family';
import type { Inspection } from './inspection';
import type { LoaderWatch } from './loader';
import type { OutputPump } from './output';
import { RunControl } from './runcontrol';
import { completeReport } from './exceptions/completion';
import { ExceptionHooks } from './exceptions/hooks';
import type { Finding } from './exceptions/report';
import type { FunctionCalls } from './functioncall';
import { SignalControl } from './signals/control';
import { catchesTraps } from './siteguard';
import type { SiteTable, TargetMemory } from './sites';
import type { StepOff } from './stepoff';
import type { CodeMap } from './stepping/codemap';
import type { Target } from './target';
import type { TargetEvents } from './targetinterface';
import type { Thread } from './thread';
import type { SyscallTracing } from './syscalls/tracing';
import { mendTrapFlag, trapFlagLeak, type TrapFlagLeak } from './trapflag';
import type { ExitEvent, StopReason, Tid } from './types';
import { HOLD, RESUME, type RunDelegate, type Verdict } from './verdict';
import type { WatchpointManager } from './watchpoints';

/** The parts of a target that its events act on. */
export interface TargetParts {
  readonly pid: number;
  readonly raw: ProcessMemory;
  readonly sites: SiteTable;
  readonly registers: DebugRegisters;
  readonly memory: TargetMemory;
  readonly code: CodeMap;
  readonly stepOff: StepOff;
  readonly inspection: Inspection;
  readonly loader: LoaderWatch;
  readonly breakpoints: BreakpointManager;
  readonly watchpoints: WatchpointManager;
  readonly syscalls: SyscallTracing;
  readonly calls: FunctionCalls;
  readonly pumps: OutputPump[];
  readonly emitter: EventEmitter<TargetEvents>;
  readonly self: Target;
  readonly family: ProcessFamily;
  /** PTRACE_O_* that every thread is traced with. */
  readonly options: () => number;
}

const SIGTRAP = 5;
const SIGCHLD = 17;

export class KernelEvents implements RunDelegate {
  readonly control: RunControl;
  readonly signals: SignalControl;
  readonly exceptions: ExceptionHooks;
  /** False in a run without debugging: only the program's end is told. */
  debugging = true;
  /** The first exec of a program started in a terminal is its launch; signals before it are the launcher's own. */
  awaitedExec: (() => void) | undefined;
  /** Set once the process is gone or let go. */
  exit: ExitEvent | undefined;
  /** While a function is called: hears of a stop first, and true keeps it from everybody else. */
  intercept: ((thread: Thread, reason: StopReason, others: readonly Tid[]) => boolean) | undefined;
  readonly eventStops: EventStops;
  private readonly children: Children;

  constructor(
    private readonly parts: TargetParts,
    /** Closes what the target holds open; called when the last output has come. */
    private readonly close: () => void,
  ) {
    this.control = new RunControl(parts.pid, parts.sites, parts.registers, parts.stepOff, this);
    const { memory, sites } = parts;
    this.exceptions = new ExceptionHooks({
      modules: parts.code.modules,
      memory,
      sites,
      isDebugging: () => this.debugging,
      isCalling: () => this.intercept !== undefined,
    });
    this.signals = new SignalControl({
      pid: parts.pid,
      hasTold: (thread) => this.exceptions.hasTold(thread),
      print: (line) => parts.emitter.emit('output', { category: 'console', data: `${line}\n` }),
    });
    this.children = new Children(parts, this.control);
    this.eventStops = new EventStops(this.control, parts.options);
  }

  signal(thread: Thread, signal: number): Verdict {
    this.parts.syscalls.signal(thread, signal);
    if (signal === SIGCHLD) this.parts.family.tree.childSignal(native.getSiginfo(thread.tid));
    return this.debugging && !this.awaitedExec ? this.signals.judge(thread, signal) : RESUME;
  }

  programTrap(thread: Thread): Verdict {
    // A program that handles SIGTRAP gets it when it goes on; otherwise the int3 is simply passed.
    const { pid, sites } = this.parts;
    const handled = sites.keeper?.programHandlesTraps(thread) ?? catchesTraps(pid);
    thread.pendingSignal = handled || !this.debugging ? SIGTRAP : 0;
    if (!this.debugging) return RESUME;
    if (!this.signals.stopsOnTrap(thread)) return RESUME;
    return { kind: 'stop', reason: { kind: 'trap', text: 'The program executed an int3 of its own.' } };
  }

  trapFlagLeak(thread: Thread): TrapFlagLeak | undefined {
    return trapFlagLeak(thread, this.parts.code);
  }

  mendTrapFlag(thread: Thread, leak: TrapFlagLeak): void {
    mendTrapFlag(thread, leak, this.parts.memory);
  }

  systemCall(thread: Thread): Verdict {
    return this.parts.syscalls.systemCall(thread);
  }

  wantsCalls(thread: Thread): boolean {
    return !thread.isUnseen && this.parts.syscalls.wantsCalls(thread);
  }

  isInCall(thread: Thread): boolean {
    return this.parts.syscalls.isInCall(thread);
  }

  stepsThroughCall(thread: Thread): boolean {
    return !thread.isUnseen && this.parts.syscalls.stepsThroughCall(thread);
  }

  event(thread: Thread, event: PtraceEvent): Verdict {
    switch (event) {
      case 'exec':
        return this.executed(thread);
      case 'fork':
      case 'vfork':
      case 'clone': {
        this.parts.syscalls.cloned(native.getEventMessage(thread.tid));
        const { kind, text } = this.children.born(thread, event);
        return this.debugging ? this.eventStops.at(thread, kind, text) : RESUME;
      }
      case 'vfork-done':
        thread.awaitsChild = false;
        return RESUME;
      case 'exit':
        return this.eventStops.exiting(thread);
      case 'seccomp':
        return this.systemCall(thread);
    }
  }

  private executed(thread: Thread): Verdict {
    if (thread.borrower) {
      this.children.executed(thread);
      return { kind: 'gone' };
    }
    if (this.awaitedExec) {
      this.control.phase = 'held';
      this.awaitedExec();
      this.awaitedExec = undefined;
      this.parts.family.tree.addRoot(this.parts.pid);
      return HOLD;
    }
    const { pid, raw, sites, registers, stepOff, breakpoints, watchpoints, syscalls, loader, emitter } = this.parts;
    dropGuests(this.control);
    // Only the thread that called exec is left, with the leader's tid.
    for (const other of [...this.control.threads.values()]) {
      if (other === thread) continue;
      this.control.forget(other);
      this.threadExited(other, { code: 0 });
    }
    this.control.beginImage(thread);
    sites.forgetAll();
    registers.forget(this.control.threads.values());
    stepOff.forget();
    breakpoints.forgetSites();
    this.exceptions.forgetSites();
    watchpoints.executed();
    syscalls.executed(thread, native.getEventMessage(thread.tid));
    this.eventStops.executed();
    this.parts.family.tree.executed(pid);
    const path = readExe(pid) ?? '';
    try {
      raw.reopen();
    } catch (error) {
      // A program that this user may run but not read, or one that is being killed.
      const data = `The memory of ${path} cannot be read: ${messageOf(error)}. Breakpoints in it have no effect.\n`;
      emitter.emit('output', { category: 'important', data });
    }
    if (this.debugging) loader.begin();
    breakpoints.resolveAgain();
    emitter.emit('exec', { path });
    if (!this.debugging) return RESUME;
    return this.eventStops.at(thread, 'exec', `Process ${pid} has executed ${path}: ${readCmdline(pid).join(' ')}`);
  }

  stopped(thread: Thread, reason: StopReason, others: readonly Tid[]): void {
    for (const pump of this.parts.pumps) pump.drain();
    if (this.intercept?.(thread, reason, others)) return;
    if (reason.kind === 'exception' && reason.complete) void this.tellCompleted(thread, reason, others);
    else this.tellStopped(thread, reason, others);
  }

  /** The program itself is asked for what its exception has to say, with nobody told of the stop yet. */
  private async tellCompleted(thread: Thread, finding: Finding, others: readonly Tid[]): Promise<void> {
    const report = await completeReport(finding, thread, this.parts.calls);
    if (this.exit || this.control.phase !== 'stopped') return;
    if (report !== false) {
      this.tellStopped(thread, { kind: 'exception', report }, others);
      return;
    }
    this.exceptions.retract(thread);
    this.control.resumeAll();
  }

  private tellStopped(thread: Thread, reason: StopReason, others: readonly Tid[]): void {
    // Where a breakpoint or a signal cut the step short, the return may be long past.
    if (reason.kind !== 'step') thread.returned = undefined;
    const { tid, returned } = thread;
    this.parts.emitter.emit('stopped', { tid, reason, others, ...(returned && { returned }) });
  }

  threadStarted(tid: Tid): void {
    this.parts.emitter.emit('threadStarted', tid);
  }

  threadExited(thread: Thread, how: ExitEvent): void {
    if (thread.borrower) {
      this.children.ended(thread, how);
      return;
    }
    this.parts.inspection.forgetStack(thread);
    this.parts.watchpoints.threadExited(thread.tid);
    this.parts.syscalls.threadEnded(thread, how);
    this.parts.emitter.emit('threadExited', thread.tid);
  }

  ended(event: ExitEvent): void {
    if (this.exit) return;
    this.exit = event;
    this.parts.syscalls.ended(event);
    this.parts.family.targetEnded(this.parts.self, event);
    this.parts.family.heir(this.parts.self)?.takeOutput(this.parts.self);
    // All output first. Nothing of this rejects.
    void Promise.all(this.parts.pumps.map((pump) => pump.finish())).then(() => {
      this.close();
      this.parts.emitter.emit('exited', event);
    });
  }
}
