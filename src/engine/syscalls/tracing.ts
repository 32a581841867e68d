/** System calls of a target: what is logged, stopped on and changed, and the log. Composition; the parts decide. */
import type { MemoryReader } from '../../common/readers';
import type { SyscallFilter } from '../../syscalls/filter';
import type { InjectionRule } from '../../syscalls/inject/rule';
import type { DecodeOptions } from '../../syscalls/model';
import { native } from '../../ptrace/native';
import { signalOf } from '../../ptrace/signals';
import { formatSignal } from '../../syscalls/format';
import { siginfoNode } from '../../syscalls/kinds/signalkinds';
import type { RunControl } from '../runcontrol';
import type { SiteTable } from '../sites';
import type { Thread } from '../thread';
import type { ExitEvent, Tid } from '../types';
import type { Verdict } from '../verdict';
import { CallBreakpoints, type CallBreakpointSpec } from './callbreakpoints';
import { CallLog } from './calllog';
import { describeFd } from './fdnames';
import { Tampering, type TamperedMemory } from './tampering';
import { hideVdso, launchCall } from './launchcall';
import type { OpenCall } from './opencall';
import { SharedCpu } from './sharedcpu';
import { TraceFile } from './tracefile';
import { SyscallTracer } from './tracer';
import { resolveScope, type FindPlace, type ScopeSpec } from './places';
import { TraceScope, type ScopePlaces } from './tracescope';

/** What is kept of each call. */
export interface TraceOptions {
  /** Bytes of strings and buffers. */
  readonly stringLimit: number;
  /** What descriptors stand for is found out. */
  readonly describesFds: boolean;
  /** Frames that are kept of the stack of each call; 0 for none. */
  readonly stackDepth: number;
}

export interface TracingHost {
  readonly pid: number;
  readonly sites: SiteTable;
  readonly memory: MemoryReader & TamperedMemory;
  readonly control: () => RunControl;
  /** Whether the process has one thread and ends with the tracer: then it may be kept on one CPU for a while. */
  mayConfine(): boolean;
  readonly findPlace: FindPlace;
  /** Addresses of the frames of a stopped thread, innermost first. */
  stackOf(thread: Thread, depth: number): bigint[];
  /** The log has grown: called for each row. */
  grown(): void;
  problem(text: string): void;
}

const NOWHERE: ScopePlaces = { kind: 'function', entries: [] };

const SYSCALL_SIZE = 2;
/** `syscall` and `int 0x80` (Intel SDM volume 2). */
const CALL_INSTRUCTIONS = [0x050f, 0x80cd];

export class SyscallTracing {
  log = new CallLog();
  readonly scope: TraceScope;
  private readonly tampering: Tampering;
  private readonly breakpoints = new CallBreakpoints();
  private readonly tracer: SyscallTracer;
  private readonly cpu = new SharedCpu();
  /** Hides the vDSO from a program that is launched: rules change what it would answer without a system call. */
  withoutVdso = false;
  private spec: ScopeSpec = { kind: 'process' };
  /** Places that no module has known yet. */
  private awaited: ScopeSpec | undefined;
  private options: TraceOptions = { stringLimit: 32, describesFds: false, stackDepth: 0 };

  constructor(private readonly host: TracingHost) {
    this.scope = new TraceScope(host.sites, host.memory, () => this.changed());
    this.tampering = new Tampering(host.pid, host.memory, (thread) => host.control().endDelay(thread));
    this.tracer = new SyscallTracer({
      memory: host.memory,
      scope: this.scope,
      breakpoints: this.breakpoints,
      tampering: this.tampering,
      listener: {
        entered: (tid, open) => this.log.entered(tid, open),
        finished: (tid, open, call, leftAt) => {
          this.log.finished(host.pid, tid, open, call, leftAt);
          host.grown();
        },
      },
      options: (thread) => this.decodeOptions(thread),
      takeStack: (thread) => this.takeStack(thread),
      beforeAffinityCall: () => this.cpu.release(),
    });
  }

  /** Of a child that is followed: it is traced as its parent is, into the same log. */
  follow(parent: SyscallTracing): void {
    this.log = parent.log.share();
    this.spec = parent.spec;
    // It begins where its parent is; after an exec the places are looked for again.
    this.scope.set(parent.scope.isOpen ? { kind: 'process' } : NOWHERE);
    this.breakpoints.copy(parent.breakpoints);
    this.tampering.set(parent.rules);
    this.trace(parent.filter, parent.options);
  }

  // ---- what is asked for ----

  /** Logs the calls that a filter wants from now on; none without one. */
  trace(filter: SyscallFilter | undefined, options: TraceOptions = this.options): void {
    this.tracer.filter = filter;
    this.options = options;
    this.changed();
  }

  get filter(): SyscallFilter | undefined {
    return this.tracer.filter;
  }

  /**
   * Looks at the calls of these places only. False while no module that is loaded knows them: nothing is looked at
   * until one does. Throws UserError when a place cannot be watched.
   */
  limit(spec: ScopeSpec): boolean {
    this.spec = spec;
    const places = resolveScope(spec, this.host.findPlace);
    this.awaited = places ? undefined : spec;
    this.scope.set(places ?? NOWHERE);
    this.changed();
    return places !== undefined;
  }

  /** Other modules are loaded: they may know the places that are waited for. */
  modulesChanged(): void {
    if (this.awaited) this.limit(this.awaited);
  }

  /** Stops at these calls, instead of those that the same origin set before. */
  stopOn(origin: 'settings' | 'filters', specs: readonly CallBreakpointSpec[]): void {
    this.breakpoints.set(origin, specs);
    this.changed();
  }

  /** Changes calls by these rules, instead of those that were set before. */
  inject(rules: readonly InjectionRule[]): void {
    this.tampering.set(rules);
    this.changed();
  }

  /** The rules in force. */
  get rules(): readonly InjectionRule[] {
    return this.tampering.rules;
  }

  /** What threads are to be resumed for has changed. */
  changed(): void {
    this.host.control().resumeAnew();
  }

  /** Writes the log to a file as well. Throws UserError when it cannot be written. */
  writeTo(path: string): void {
    this.log.file = new TraceFile(path, (text) => this.host.problem(text));
  }

  /** A launched program is about to begin: the execve that it comes from has been made. */
  launched(thread: Thread, program: string, argv: readonly string[]): void {
    const { host } = this;
    if (this.withoutVdso) hideVdso(host.memory, thread.sp);
    if (!this.scope.includes(thread)) return;
    const call = launchCall(host.memory, thread.sp, program, argv);
    if (!this.filter?.calls.has(call.abi, call.number) || !this.filter.match(call)) return;
    this.log.launched(host.pid, call);
    host.grown();
  }

  // ---- what run control asks and tells ----

  systemCall(thread: Thread): Verdict {
    this.cpu.stopped(thread.tid, this.host.mayConfine());
    return this.tracer.stopped(thread);
  }

  /** A thread has made another one, or a process: it must not inherit what is meant for a while. */
  cloned(child: Tid): void {
    this.cpu.release(child);
  }

  wantsCalls(thread: Thread): boolean {
    return this.tracer.wantsStops(thread);
  }

  isInCall(thread: Thread): boolean {
    return this.tracer.openCall(thread.tid) !== undefined;
  }

  /** Whether a single step of a stopped thread would go over a call, or on in one. */
  stepsThroughCall(thread: Thread): boolean {
    if (!this.tracer.wantsStops(thread)) return false;
    if (this.isInCall(thread)) return true;
    const bytes = this.host.memory.read(thread.pc, SYSCALL_SIZE);
    return CALL_INSTRUCTIONS.includes(bytes[0]! | (bytes[1]! << 8));
  }

  /** A signal is about to be delivered to a stopped thread. */
  signal(thread: Thread, number: number): void {
    if (!this.filter || !this.scope.includes(thread)) return;
    const text = formatSignal(signalOf(number).name, siginfoNode(native.getSiginfo(thread.tid)));
    this.log.signal(this.host.pid, thread.tid, number, text);
    this.host.grown();
  }

  /** The call that a thread is in, of those that somebody asked for. */
  openCall(tid: Tid): OpenCall | undefined {
    return this.tracer.openCall(tid);
  }

  /** The calls that threads are in. */
  get openCalls(): ReadonlyMap<Tid, OpenCall> {
    return this.tracer.openCalls;
  }

  threadEnded({ tid }: Thread, how: ExitEvent): void {
    this.tracer.threadEnded(tid);
    this.tampering.threadEnded(tid);
    this.scope.threadEnded(tid);
    if (this.filter) this.log.exited(this.host.pid, tid, how);
  }

  /** The process is gone. */
  ended(how: ExitEvent): void {
    this.cpu.release();
    const { pid } = this.host;
    for (const tid of [...this.tracer.openCalls.keys()]) this.tracer.threadEnded(tid);
    if (this.filter) this.log.exited(pid, pid, how);
    this.host.grown();
    this.log.leave();
  }

  executed(thread: Thread, former: Tid): void {
    this.tracer.executed(thread, former);
    this.scope.forget();
    this.awaited = this.spec;
  }

  close(): void {
    this.cpu.release();
    this.log.close();
  }

  private decodeOptions({ tid }: Thread): DecodeOptions {
    const { stringLimit, describesFds } = this.options;
    // Conditions name descriptors by what they stand for.
    const isAsked = describesFds || !this.tampering.isEmpty || !this.breakpoints.isEmpty;
    return isAsked ? { stringLimit, describeFd: (fd) => describeFd(tid, fd) } : { stringLimit };
  }

  private takeStack(thread: Thread): number {
    const { stackDepth } = this.options;
    if (stackDepth === 0) return 0;
    thread.registers.fetch();
    return this.log.store.internStack(this.host.stackOf(thread, stackDepth));
  }
}
