/**
 * What the kernel tells of the process, and what becomes of it: signals, children, exec, threads, the end. The
 * target's other half, which nobody calls but run control.
 */
import type { EventEmitter } from 'node:events';
import { readExe, readStatus } from '../common/procfs';
import type { ProcessMemory } from '../ptrace/memory';
import { native } from '../ptrace/native';
import type { PtraceEvent } from '../ptrace/waitstatus';
import type { BreakpointManager } from './breakpoints';
import type { DebugRegisters } from './debugregisters';
import { releaseFork, releaseVfork, vforkDone } from './forks';
import type { Inspection } from './inspection';
import type { LoaderWatch } from './loader';
import type { OutputPump } from './output';
import { RunControl } from './runcontrol';
import { SignalControl } from './signals/control';
import type { SiteTable, TargetMemory } from './sites';
import type { StepOff } from './stepoff';
import type { CodeMap } from './stepping/codemap';
import type { TargetEvents } from './targetinterface';
import type { Thread } from './thread';
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
  readonly pumps: OutputPump[];
  readonly emitter: EventEmitter<TargetEvents>;
}

const SIGTRAP = 5;

export class KernelEvents implements RunDelegate {
  readonly control: RunControl;
  readonly signals: SignalControl;
  /** False in a run without debugging: only the program's end is told. */
  debugging = true;
  /** The first exec of a program started in a terminal is its launch; signals before it are the launcher's own. */
  awaitedExec: (() => void) | undefined;
  /** Set once the process is gone or let go. */
  exit: ExitEvent | undefined;
  /** While a function is called: hears of a stop first, and true keeps it from everybody else. */
  intercept: ((thread: Thread, reason: StopReason, others: readonly Tid[]) => boolean) | undefined;
  private vforks = 0;

  constructor(
    private readonly parts: TargetParts,
    /** Closes what the target holds open; called when the last output has come. */
    private readonly close: () => void,
  ) {
    this.control = new RunControl(parts.pid, parts.sites, parts.registers, parts.stepOff, this);
    this.signals = new SignalControl({
      pid: parts.pid,
      print: (line) => parts.emitter.emit('output', { category: 'console', data: `${line}\n` }),
    });
  }

  signal(thread: Thread, signal: number): Verdict {
    return this.debugging && !this.awaitedExec ? this.signals.judge(thread, signal) : RESUME;
  }

  programTrap(thread: Thread): Verdict {
    // A program that handles SIGTRAP gets it when it goes on; otherwise the int3 is simply passed.
    const handled = (readStatus(this.parts.pid)?.signalsCaught ?? 0n) & (1n << 4n);
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

  event(thread: Thread, event: PtraceEvent): Verdict {
    const { sites } = this.parts;
    switch (event) {
      case 'exec':
        return this.executed(thread);
      case 'fork':
        releaseFork(native.getEventMessage(thread.tid), sites);
        return RESUME;
      case 'vfork':
        this.vforks++;
        releaseVfork(native.getEventMessage(thread.tid), sites);
        return RESUME;
      case 'vfork-done':
        if (--this.vforks === 0) vforkDone(sites);
        return RESUME;
      case 'clone':
      case 'exit':
      case 'seccomp':
        return RESUME;
    }
  }

  private executed(thread: Thread): Verdict {
    if (this.awaitedExec) {
      this.control.phase = 'held';
      this.awaitedExec();
      this.awaitedExec = undefined;
      return HOLD;
    }
    const { pid, raw, sites, registers, stepOff, breakpoints, watchpoints, loader, emitter } = this.parts;
    // Only the thread that called exec is left, with the leader's tid.
    for (const other of [...this.control.threads.values()]) if (other !== thread) this.control.forget(other);
    this.control.plans.cancel(thread, undefined);
    sites.forgetAll();
    registers.forget(this.control.threads.values());
    stepOff.forget();
    breakpoints.forgetSites();
    watchpoints.executed();
    this.vforks = 0;
    raw.reopen();
    if (this.debugging) loader.begin();
    breakpoints.resolveAgain();
    emitter.emit('exec', { path: readExe(pid) ?? '' });
    return RESUME;
  }

  stopped(thread: Thread, reason: StopReason, others: readonly Tid[]): void {
    for (const pump of this.parts.pumps) pump.drain();
    if (this.intercept?.(thread, reason, others)) return;
    // Where a breakpoint or a signal cut the step short, the return may be long past.
    if (reason.kind !== 'step') thread.returned = undefined;
    const { tid, returned } = thread;
    this.parts.emitter.emit('stopped', { tid, reason, others, ...(returned && { returned }) });
  }

  threadStarted(tid: Tid): void {
    this.parts.emitter.emit('threadStarted', tid);
  }

  threadExited(thread: Thread): void {
    this.parts.inspection.forgetStack(thread);
    this.parts.watchpoints.threadExited(thread.tid);
    this.parts.emitter.emit('threadExited', thread.tid);
  }

  ended(event: ExitEvent): void {
    if (this.exit) return;
    this.exit = event;
    // All output first. Nothing of this rejects.
    void Promise.all(this.parts.pumps.map((pump) => pump.finish())).then(() => {
      this.close();
      this.parts.emitter.emit('exited', event);
    });
  }
}
