/** One process under the session, and everything the client hears of it by itself: the engine's events as DAP's. */
import { callReason } from './callstop';
import { constants } from 'node:os';
import { basename } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { formatAddress } from '../common/addresses';
import { Target } from '../engine/target';
import type { DebugTarget, TargetEvents } from '../engine/targetinterface';
import type { ExitEvent, SignalInfo, StopEvent, StopReason } from '../engine/types';
import type { SourcePaths } from '../symbols/sourcepaths';
import type { Configuration } from './arguments';
import { withdrawOffers } from './childsessions';
import { dataReason } from './datastop';
import { describeException } from './exceptioninfo';
import { prepareDisassembly } from './disassembly';
import { describeModule } from './modules';
import { OutputDecoder } from './output';
import { IndexingProgress } from './progress';
import type { Session } from './session';
import { describeSources } from './sources';

type OutputCategory = TargetEvents['output'][0]['category'];

/** `SIGKILL`; `signal 40` where it has no name. */
export function signalName(number: number): string {
  const named = Object.entries(constants.signals).find(([, value]) => value === number);
  return named ? named[0] : `signal ${number}`;
}

/** `SIGSEGV (Segmentation fault) at 0x0` */
export function describeSignal(signal: SignalInfo): string {
  const where = signal.address === undefined ? '' : ` at ${formatAddress(signal.address)}`;
  const sender = signal.sender === undefined ? '' : `, sent by process ${signal.sender}`;
  return `${signal.name} (${signal.description})${where}${sender}`;
}

const breakpointReasons = {
  source: 'breakpoint',
  function: 'function breakpoint',
  instruction: 'instruction breakpoint',
  data: 'data breakpoint',
} as const;

/** How long a killed process may take to be gone, ms. */
const PATIENCE = 5000;

export class Debuggee {
  /** Once the process is gone: `The program has ended (exit code 0)`. */
  ending: string | undefined;
  lastStop: StopEvent | undefined;
  /** Settles when `ending` has been set. */
  readonly ended: Promise<void>;
  /** SIGTERM has been sent; the next request to terminate kills. */
  terminating: NodeJS.Timeout | undefined;

  private readonly decoders = { stdout: new OutputDecoder(), stderr: new OutputDecoder() };
  /** Requests that wait for their response to be sent before the stop they caused may be told. */
  private holders = 0;
  private held: (() => void)[] = [];
  private silent = false;
  private settleEnded: () => void = () => undefined;

  /** Ends the fetching of debug files, if there is any. */
  cancelDownloads: (() => void) | undefined;

  constructor(
    private readonly session: Session,
    readonly target: DebugTarget,
    readonly configuration: Configuration,
    readonly sourcePaths: SourcePaths,
  ) {
    this.ended = new Promise((resolve) => (this.settleEnded = resolve));
    target.on('stopped', (stop) => this.stopped(stop));
    target.on('exited', (exit) => this.exited(exit));
    target.on('threadStarted', (tid) => this.thread('started', tid));
    target.on('threadExited', (tid) => this.thread('exited', tid));
    target.on('modules', ({ added, removed, changed = [] }) => {
      for (const module of removed) this.tell(() => this.moduleEvents('removed', module));
      for (const module of added) this.tell(() => this.moduleEvents('new', module));
      for (const module of changed) this.tell(() => this.moduleEvents('changed', module));
      if (changed.length > 0) this.tell(() => session.invalidate('all'));
      if (added.length + changed.length > 0) session.breakpoints.retryData(target);
    });
    target.on('breakpoint', (breakpoint) =>
      this.tell(() =>
        session.emitEvent('breakpoint', {
          reason: breakpoint.ended ? 'removed' : 'changed',
          breakpoint: session.breakpoints.describe(breakpoint),
        }),
      ),
    );
    const progress = new IndexingProgress(session);
    target.on('indexing', ({ path, done }) => this.tell(() => progress.report(path, done)));
    target.on('output', ({ category, data }) => this.output(category, data));
    target.on('exec', ({ path }) => {
      session.watchables.imageChanged();
      session.breakpoints.placeDataAgain(target);
      this.tell(() => session.print(`The process now runs ${path}.`));
    });
  }

  /** The process itself. Throws UserError when there is none. */
  get live(): Target {
    return this.target.live;
  }

  /** The process ends with a client that is gone without a word: it was launched, or is the child of one that was. */
  get endsWithClient(): boolean {
    const { configuration } = this;
    return (
      configuration.request === 'launch' ||
      (configuration.request === 'attach' && configuration.child?.launched === true)
    );
  }

  /** Tells the client of the process as it is now: what the events from here on build upon. */
  announce(): void {
    const { target, session } = this;
    session.emitEvent('process', {
      name: target.program,
      isLocalProcess: true,
      ...(target.startMethod !== undefined && { systemProcessId: target.pid, startMethod: target.startMethod }),
      pointerSize: 64,
    });
    for (const { id } of target.threads()) this.thread('started', id);
    for (const module of target.modules.modules) this.moduleEvents('new', module);
  }

  /** The client is told nothing more, not even the end: another process takes this one's place. */
  silence(): void {
    this.silent = true;
    clearTimeout(this.terminating);
    for (const { id } of this.target.threads()) this.session.emitEvent('thread', { reason: 'exited', threadId: id });
    for (const module of this.target.modules.modules) {
      this.session.emitEvent('module', { reason: 'removed', module: describeModule(this.session, module) });
    }
  }

  /** Keeps the next stop or exit back until the function it returns is called. */
  hold(): () => void {
    this.holders++;
    return () => {
      if (--this.holders > 0) return;
      const held = this.held;
      this.held = [];
      for (const tell of held) tell();
    };
  }

  /**
   * Ends the process, or lets it run on without a debugger; resolves when that has happened. A process that sleeps
   * uninterruptibly in the kernel is not waited for: its end is certain, only not its time.
   */
  async leave(kill: boolean): Promise<void> {
    this.cancelDownloads?.();
    clearTimeout(this.terminating);
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE)));
    await Promise.race([this.letGo(kill), patience]);
    clearTimeout(timer);
  }

  /** With the process that a session began with goes what came out of it and has no session of its own. */
  private async letGo(kill: boolean): Promise<void> {
    const { target, configuration } = this;
    const isRoot = configuration.request !== 'attach' || !configuration.child;
    if (!isRoot || !(target instanceof Target)) return kill ? target.kill() : target.detach();
    if (kill) return target.family.kill();
    target.family.stopFollowing();
    target.family.releaseWatched();
    await withdrawOffers(target.family);
    await target.detach();
  }

  private tell(what: () => void): void {
    if (this.silent) return;
    // Nothing overtakes a stop that is kept back.
    if (this.held.length > 0) this.held.push(what);
    else what();
  }

  private tellAfterResponse(what: () => void): void {
    if (this.silent) return;
    if (this.holders > 0) this.held.push(what);
    else what();
  }

  private thread(reason: 'started' | 'exited', threadId: number): void {
    this.tell(() => this.session.emitEvent('thread', { reason, threadId }));
  }

  private moduleEvents(reason: 'new' | 'changed' | 'removed', module: Parameters<typeof describeModule>[1]): void {
    const { session } = this;
    session.emitEvent('module', { reason, module: describeModule(session, module) });
    if (!session.wantsLoadedSources) return;
    for (const source of describeSources(session, [module])) session.emitEvent('loadedSource', { reason, source });
  }

  private output(category: OutputCategory, data: Uint8Array | string): void {
    const text =
      typeof data === 'string' ? data : this.decoders[category === 'stderr' ? 'stderr' : 'stdout'].decode(data);
    if (text !== '') this.tell(() => this.session.emitEvent('output', { category, output: text }));
  }

  private stopped(stop: StopEvent): void {
    if (!this.lastStop) prepareDisassembly(this);
    this.lastStop = stop;
    this.session.resetStop();
    // Whatever it is doing with SIGTERM, a user is looking at it now.
    clearTimeout(this.terminating);
    this.tellAfterResponse(() => this.session.emitEvent('stopped', this.stoppedBody(stop)));
  }

  private stoppedBody({ tid, reason }: StopEvent): DebugProtocol.StoppedEvent['body'] {
    return { ...this.reasonBody(reason), threadId: tid, allThreadsStopped: true };
  }

  private reasonBody(reason: StopReason): Omit<DebugProtocol.StoppedEvent['body'], 'threadId'> {
    switch (reason.kind) {
      case 'entry':
        return { reason: 'entry', description: 'Paused on entry' };
      case 'breakpoint': {
        const [first] = reason.hit;
        const hitBreakpointIds = reason.hit.map((breakpoint) => this.session.breakpoints.idOf(breakpoint));
        return { reason: breakpointReasons[first?.kind ?? 'source'], ...{ hitBreakpointIds } };
      }
      case 'data':
        return dataReason(this.session, reason);
      case 'step':
        return { reason: 'step' };
      case 'pause':
        return { reason: 'pause' };
      case 'moved':
        return { reason: reason.by };
      case 'signal':
        return {
          reason: 'exception',
          description: `Paused on ${reason.signal.name}`,
          text: describeSignal(reason.signal),
        };
      case 'syscall':
        return callReason(reason);
      case 'event':
        return { reason: 'exception', description: `Paused on ${reason.event}`, text: reason.text };
      case 'trap':
        return { reason: 'exception', description: 'Paused on a trap', text: reason.text };
      case 'exception':
        return { reason: 'exception', ...describeException(reason.report) };
    }
  }

  /** There was no process that could have ended: a core file has been closed. */
  private closed(): void {
    this.ending = 'The core file has been closed';
    this.settleEnded();
    this.session.resetStop();
    this.tellAfterResponse(() => this.session.emitEvent('terminated'));
  }

  private exited(exit: ExitEvent): void {
    clearTimeout(this.terminating);
    if (exit.code === undefined && exit.signal === undefined) {
      this.closed();
      return;
    }
    const name = basename(this.target.program);
    const signal = exit.signal === undefined ? undefined : signalName(exit.signal);
    this.ending =
      signal === undefined
        ? `The program has ended (exit code ${exit.code ?? 0})`
        : `The program has ended (killed by ${signal})`;
    this.settleEnded();
    this.session.resetStop();
    this.tellAfterResponse(() => {
      for (const category of ['stdout', 'stderr'] as const) {
        const rest = this.decoders[category].flush();
        if (rest !== '') this.session.emitEvent('output', { category, output: rest });
      }
      if (signal !== undefined) this.session.print(`${name} (process ${this.target.pid}) was ended by ${signal}.`);
      this.session.emitEvent('exited', { exitCode: signal === undefined ? (exit.code ?? 0) : 128 + exit.signal! });
      this.session.emitEvent('terminated');
    });
  }
}
