/**
 * A debug session: one client, at most one debuggee at a time. It routes requests and guarantees that each is answered
 * exactly once, whatever its handler does; what the requests mean is in the files beside this one.
 */
import { ProtocolServer } from '@vscode/debugadapter/lib/protocol';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { UserError } from '../common/errors';
import { idle } from '../common/idle';
import { log } from '../common/log';
import type { Target } from '../engine/target';
import type { DebugTarget } from '../engine/targetinterface';
import type { StepTarget } from '../engine/types';
import { BreakpointBook } from './breakpointbook';
import { Client } from './client';
import type { Debuggee } from './debuggee';
import { DisassemblyPages } from './disassemblypages';
import { DisassemblySources } from './disassemblysources';
import { Cancelled, failureOf } from './errors';
import { defaultFormatting, type Formatting } from './formatsettings';
import { ExceptionFilterBook } from './exceptionfilters';
import { FrameTable } from './frames';
import type { GotoPlace } from './goto';
import { References } from './references';
import type { Answer, RequestContext, RequestDefinition } from './request';
import { SourceFiles } from './sourcefiles';
import { TargetTable } from './targettable';
import { ThreadNumbers } from './threadnumbers';
import { Watchables } from './watchables';

type Requests = ReadonlyMap<string, RequestDefinition>;

export interface SessionOptions {
  readonly requests: Requests;
  /** Called once, after the last message: the client has disconnected. */
  readonly over: () => void;
  /** Where a bug's stack goes besides the log. */
  readonly report: (text: string) => void;
}

interface Pending {
  readonly request: DebugProtocol.Request;
  cancelled: boolean;
  onCancel?: () => void;
  /** Lets out the events that were kept back for the response. */
  release?: () => void;
}

export class Session extends ProtocolServer {
  readonly client = new Client();
  readonly breakpoints = new BreakpointBook(this);
  readonly exceptionFilters = new ExceptionFilterBook();
  readonly frames = new FrameTable();
  readonly gotoTargets = new TargetTable<GotoPlace>('place to go to');
  readonly stepTargets = new TargetTable<StepTarget>('call to step into');
  readonly references = new References();
  /** How values are shown. */
  formatting: Formatting = defaultFormatting;
  readonly sourceFiles = new SourceFiles();
  readonly disassemblySources = new DisassemblySources(this);
  readonly disassemblyPages = new DisassemblyPages();
  readonly watchables = new Watchables(this);
  readonly threadNumbers = new ThreadNumbers();

  initialized = false;
  /** `configurationDone` has come. */
  configured = false;
  debuggee: Debuggee | undefined;
  /** Set while a launch, attach or restart is under way; settles with it and never rejects. */
  starting: Promise<void> | undefined;
  /** Set once the client has asked for `loadedSources`: from then on it is told of new ones. */
  wantsLoadedSources = false;

  /** The client has disconnected or is gone: whatever is being started must not stay. */
  leaving = false;
  stopTrace: () => void = () => undefined;

  /** By `seq`, for `cancel`; a client that uses a number twice can only cancel the later request. */
  private readonly unanswered = new Map<number, Pending>();

  constructor(private readonly options: SessionOptions) {
    super();
  }

  // ---- what handlers use ----

  /** What is being debugged, to look at. Throws UserError when there is nothing. */
  get target(): DebugTarget {
    return this.alive.target;
  }

  /** The process being debugged, to run and to change. Throws UserError when there is none. */
  get live(): Target {
    return this.target.live;
  }

  /** The debuggee while its process lives. Throws UserError otherwise. */
  get alive(): Debuggee {
    const { debuggee } = this;
    if (!debuggee)
      throw new UserError('Nothing is being debugged: send launch or attach first.', { code: 'no-process' });
    if (debuggee.ending !== undefined) throw new UserError(`${debuggee.ending}.`, { code: 'process-ended' });
    return debuggee;
  }

  /** Sends an event. */
  emitEvent(event: string, body?: object): void {
    this.sendEvent({ event, body: this.threadNumbers.outgoing(body) } as DebugProtocol.Event);
  }

  /** The process has run: what the client has been given for the last stop is stale. */
  resetStop(): void {
    this.frames.reset();
    this.gotoTargets.reset();
    this.stepTargets.reset();
  }

  /** A line of our own in the debug console. */
  print(text: string, category: 'console' | 'important' = 'console'): void {
    this.emitEvent('output', { category, output: `${text}\n` });
  }

  /** Asks the client for something; rejects with its complaint. */
  ask(command: string, args: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.sendRequest(command, args, 0x7fff_ffff, (response) => {
        if (response.success) resolve(response.body);
        else reject(new UserError(`The client refused ${command}: ${response.message ?? 'no reason given'}.`));
      });
    });
  }

  /** Says that the client's views of these areas are out of date. */
  invalidate(...areas: DebugProtocol.InvalidatedAreas[]): void {
    if (this.client.supportsInvalidated) this.emitEvent('invalidated', { areas });
  }

  /** Memory or registers have been changed by hand: nothing derived from them holds any more. */
  stateChanged(): void {
    const { live: target } = this;
    for (const { id } of target.threads()) target.registersChanged(id);
    target.code.changed();
    this.disassemblySources.codeChanged();
  }

  /** Marks a request as cancelled; one that has been answered already is no matter. */
  cancel(seq: number): void {
    const pending = this.unanswered.get(seq);
    if (!pending || pending.cancelled) return;
    pending.cancelled = true;
    pending.onCancel?.();
  }

  /** The session is over: nothing more will be said. */
  over(): void {
    this.options.over();
  }

  /** Logs a bug where somebody will find it. */
  report(stack: string): void {
    log('adapter', () => stack);
    this.options.report(stack);
  }

  // ---- dispatch ----

  protected override dispatchRequest(request: DebugProtocol.Request): void {
    const { seq, command } = request;
    if (!Number.isInteger(seq) || typeof command !== 'string') {
      this.malformed(`a request needs a "seq" and a "command": ${JSON.stringify(request).slice(0, 200)}`);
      return;
    }
    const state: Pending = { request, cancelled: false };
    this.unanswered.set(seq, state);
    const context: RequestContext = {
      seq,
      holdEvents: () => {
        state.release ??= this.debuggee?.hold();
      },
      onCancel: (stop) => (state.onCancel = stop),
      throwIfCancelled: () => {
        if (state.cancelled) throw new Cancelled();
      },
    };
    let answer: Answer | Promise<Answer>;
    try {
      answer = this.route(request, context);
    } catch (error) {
      this.answerFailure(state, error);
      return;
    }
    if (answer instanceof Promise) {
      const release = idle.hold();
      answer
        .then(
          (body) => this.answerSuccess(state, body),
          (error: unknown) => this.answerFailure(state, error),
        )
        .finally(release);
    } else {
      this.answerSuccess(state, answer);
    }
  }

  /** A message that is no request, or none that could be answered. */
  malformed(problem: string): void {
    this.options.report(`A message was ignored: ${problem}`);
    this.print(`A message from the client was ignored: ${problem}`, 'important');
  }

  private route(request: DebugProtocol.Request, context: RequestContext): Answer | Promise<Answer> {
    const definition = this.options.requests.get(request.command);
    if (!definition) {
      throw new UserError(`The request ${request.command} is not supported.`, { code: 'unknown-request' });
    }
    const run = () => definition.run(this, this.threadNumbers.incoming(request.arguments), context, request.command);
    if (definition.needs === 'always') return run();
    if (!this.initialized) {
      throw new UserError(`${request.command} came before initialize, which must be the first request.`, {
        code: 'not-initialized',
      });
    }
    const checked = () => {
      context.throwIfCancelled();
      if (definition.needs === 'process') void this.alive;
      if (definition.needs === 'live') void this.live;
      return run();
    };
    return this.starting ? this.starting.then(checked) : checked();
  }

  private answerSuccess(pending: Pending, body: Answer): void {
    this.answer(pending, { success: true, ...(body !== undefined && { body }) });
  }

  private answerFailure(pending: Pending, error: unknown): void {
    const failure = failureOf(error, pending.request.command);
    if (failure.stack !== undefined) this.report(failure.stack);
    this.answer(pending, { success: false, message: failure.message, body: failure.body });
  }

  private answer(pending: Pending, outcome: { success: boolean; message?: string; body?: object }): void {
    const { seq, command } = pending.request;
    if (this.unanswered.get(seq) === pending) this.unanswered.delete(seq);
    this.sendResponse({ seq: 0, type: 'response', request_seq: seq, command, ...outcome });
    pending.release?.();
  }
}
