/**
 * A DAP client for tests and for bench/, over an adapter's stdio or a socket. It keeps every event until somebody asks
 * for it, so nothing is lost between a request and the wait for what it causes; it gives every wait an end, and shows
 * the tail of the conversation when that comes.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createConnection, type NetConnectOpts, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { Decoder, encode } from './framing';
import { eventually, isAlive, marked, markVariable, processTree } from './processes';
import type { ArgumentsOf, BodyOf } from './requests';

export type Message = DebugProtocol.ProtocolMessage;

export interface Entry {
  readonly from: 'client' | 'adapter';
  readonly message: Message;
}

export interface ClientOptions {
  /** Added to this process's environment for the adapter. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Milliseconds after which a request or a wait fails; 20,000 when absent. */
  readonly timeout?: number;
  /** How many messages of the conversation are kept; all when absent. */
  readonly keep?: number;
}

export interface WaitOptions {
  readonly timeout?: number;
}

interface Waiter {
  readonly events: readonly string[];
  readonly matches: (event: DebugProtocol.Event) => boolean;
  readonly resolve: (event: DebugProtocol.Event) => void;
  readonly reject: (error: Error) => void;
}

interface Pending {
  readonly resolve: (response: DebugProtocol.Response) => void;
  readonly reject: (error: Error) => void;
}

/** A response with `success: false`, with its message and everything else it carried. */
export class FailedResponse extends Error {
  override readonly name = 'FailedResponse';
  constructor(readonly response: DebugProtocol.ErrorResponse) {
    super(messageOfFailure(response));
  }
}

/** What the user reads: `error.format` with its variables put in, else `message`. */
function messageOfFailure(response: DebugProtocol.ErrorResponse): string {
  const error = response.body?.error;
  if (!error) return response.message ?? `${response.command} failed without a message`;
  return error.format.replace(/\{(\w+)\}/g, (hole, name: string) => error.variables?.[name] ?? hole);
}

export class DapClient {
  /** The conversation so far, oldest first (the last `keep` of it). */
  readonly transcript: Entry[] = [];
  /** What the adapter wrote to its stderr. */
  stderr = '';
  /** Answers to requests the adapter makes of the client (`runInTerminal`, `startDebugging`), by command. */
  readonly reverse = new Map<string, (args: unknown) => Promise<object> | object>();

  private nextSeq = 1;
  private readonly pending = new Map<number, Pending>();
  private readonly events = new Map<string, DebugProtocol.Event[]>();
  private readonly waiters = new Set<Waiter>();
  private ended: Error | undefined;
  private readonly decoder = new Decoder((message) => this.receive(message as Message));

  private constructor(
    private readonly input: Readable,
    private readonly output: Writable,
    /** The adapter, when this client started it. */
    readonly adapter: ChildProcess | undefined,
    private readonly mark: string | undefined,
    private readonly options: ClientOptions,
  ) {
    input.on('data', (chunk: Buffer) => this.feed(chunk));
    input.on('close', () => this.end(new Error('the adapter closed the connection')));
    // The reason is reported by 'close' and 'exit'; a write after the end must not take the test process down.
    output.on('error', () => undefined);
  }

  /** Starts an adapter that speaks on its stdio. The first word is the program. */
  static start(command: readonly string[], options: ClientOptions = {}): DapClient {
    const [program, ...args] = command;
    if (program === undefined) throw new Error('an adapter command needs at least one word');
    const mark = randomUUID();
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      cwd: options.cwd,
      env: { ...process.env, ...options.env, [markVariable]: mark },
    });
    const client = new DapClient(child.stdout, child.stdin, child, mark, options);
    child.stderr.setEncoding('utf8').on('data', (text: string) => (client.stderr += text));
    child.on('error', (error) => client.end(error));
    child.on('exit', (code, signal) => {
      // What it wrote before it ended may still be in the pipe: 'close' of stdout follows.
      const how = signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
      if (child.stdout.closed || child.stdout.readableEnded) client.end(new Error(`the adapter ${how}`));
    });
    return client;
  }

  /** Connects to an adapter that listens on a TCP port or a Unix socket. */
  static async connect(where: NetConnectOpts, options: ClientOptions = {}): Promise<DapClient> {
    const socket = await new Promise<Socket>((resolve, reject) => {
      const connecting = createConnection(where, () => resolve(connecting)).once('error', reject);
    });
    socket.setNoDelay(true);
    return new DapClient(socket, socket, undefined, undefined, options);
  }

  /** The pid of the adapter this client started. */
  get pid(): number {
    const pid = this.adapter?.pid;
    if (pid === undefined) throw new Error('this client did not start its adapter, or it could not be started');
    return pid;
  }

  /** Sends a request and resolves with the body of its response; rejects with FailedResponse when it failed. */
  async request<C extends string>(command: C, args?: ArgumentsOf<C>): Promise<BodyOf<C>> {
    const response = await this.requestRaw(command, args);
    if (!response.success) throw new FailedResponse(response as DebugProtocol.ErrorResponse);
    return response.body as BodyOf<C>;
  }

  /** Sends a request and resolves with its whole response, failed or not. */
  requestRaw(command: string, args?: object, options: WaitOptions = {}): Promise<DebugProtocol.Response> {
    const seq = this.nextSeq++;
    return this.withEnd(`the response to ${command}`, options, (resolve, reject) => {
      this.pending.set(seq, { resolve, reject });
      this.write({ seq, type: 'request', command, arguments: args } as DebugProtocol.Request);
      return () => this.pending.delete(seq);
    });
  }

  /** Writes bytes as they are, for tests of the framing. */
  sendBytes(bytes: Buffer | string): void {
    this.output.write(bytes);
  }

  /** Closes the pipe or socket towards the adapter, as a client does that dies. */
  hangUp(): void {
    this.output.end();
    if (this.adapter) this.input.destroy();
  }

  /**
   * The oldest event of that name that nobody has taken yet and that matches; waits for it when it has not come.
   * An event is given to one waiter only.
   */
  waitFor<E extends DebugProtocol.Event = DebugProtocol.Event>(
    event: string,
    matches: (event: E) => boolean = () => true,
    options: WaitOptions = {},
  ): Promise<E> {
    const queue = this.events.get(event) ?? [];
    const index = queue.findIndex((entry) => matches(entry as E));
    if (index >= 0) return Promise.resolve(queue.splice(index, 1)[0] as E);
    return this.nextOf([event], matches as Waiter['matches'], options) as Promise<E>;
  }

  /** The first of several events, e.g. of `stopped` and `terminated`; the order of the names decides among old ones. */
  waitForAny(events: readonly string[], options: WaitOptions = {}): Promise<DebugProtocol.Event> {
    for (const event of events) {
      const first = this.events.get(event)?.shift();
      if (first) return Promise.resolve(first);
    }
    return this.nextOf(events, () => true, options);
  }

  private nextOf(
    events: readonly string[],
    matches: Waiter['matches'],
    options: WaitOptions,
  ): Promise<DebugProtocol.Event> {
    return this.withEnd(`the event ${events.join(' or ')}`, options, (resolve, reject) => {
      const waiter: Waiter = { events, matches, resolve, reject };
      this.waiters.add(waiter);
      return () => this.waiters.delete(waiter);
    });
  }

  /** The events of that name that have come and that nobody has taken. They stay. */
  untaken(event: string): readonly DebugProtocol.Event[] {
    return this.events.get(event) ?? [];
  }

  /** Resolves when the adapter has gone: with its exit code, or with the name of the signal that ended it. */
  async exited(timeout = this.options.timeout ?? 20_000): Promise<number | NodeJS.Signals> {
    const child = this.adapter;
    if (!child) throw new Error('this client did not start its adapter');
    const how = () => child.exitCode ?? child.signalCode;
    await eventually(() => how() !== null, `the adapter has ended\n${this.tail()}`, timeout);
    return how()!;
  }

  /** The last messages of the conversation and stderr, one line each, for failures. */
  tail(count = 30): string {
    const lines = this.transcript.slice(-count).map(({ from, message }) => {
      const text = JSON.stringify(message);
      return `  ${from === 'client' ? '→' : '←'} ${text.length > 400 ? `${text.slice(0, 400)}…` : text}`;
    });
    if (this.stderr) lines.push(`  stderr: ${this.stderr.slice(-2000)}`);
    return lines.join('\n');
  }

  /**
   * Ends the session: `disconnect` when the adapter still listens, then the pipe. Throws when the adapter does not go
   * by itself, or when anything it started outlives it; what is left is killed either way.
   */
  async dispose(): Promise<void> {
    const child = this.adapter;
    if (!child) {
      this.output.destroy();
      return;
    }
    const running = () => child.exitCode === null && child.signalCode === null && child.pid !== undefined;
    if (running() && !this.ended && this.output.writable) {
      await this.requestRaw('disconnect', { terminateDebuggee: true }, { timeout: 10_000 }).catch(() => undefined);
    }
    this.output.end();
    const problems: string[] = [];
    await eventually(() => !running(), 'the adapter has gone', 10_000).catch(() => {
      problems.push(`the adapter (pid ${child.pid}) did not end after disconnect`);
      for (const pid of processTree(child.pid!).reverse()) kill(pid);
    });
    const left = () => (this.mark === undefined ? [] : marked(this.mark)).filter(({ pid }) => isAlive(pid));
    await eventually(() => left().length === 0, 'nothing is left', 3000).catch(async () => {
      for (const { pid, name, state } of left()) {
        problems.push(`${name} (pid ${pid}, state ${state}) outlived the adapter`);
        kill(pid);
      }
      await eventually(() => left().length === 0, 'what was left has been killed');
    });
    if (problems.length > 0) throw new Error(`${problems.join('\n')}\n${this.tail()}`);
  }

  private write(message: Message): void {
    this.record('client', message);
    this.output.write(encode(message));
  }

  private record(from: Entry['from'], message: Message): void {
    this.transcript.push({ from, message });
    const keep = this.options.keep;
    if (keep !== undefined && this.transcript.length > 2 * keep) this.transcript.splice(0, keep);
  }

  private feed(chunk: Buffer): void {
    try {
      this.decoder.push(chunk);
    } catch (error) {
      this.end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private receive(message: Message): void {
    this.record('adapter', message);
    if (message.type === 'response') {
      const response = message as DebugProtocol.Response;
      this.pending.get(response.request_seq)?.resolve(response);
    } else if (message.type === 'event') {
      this.receiveEvent(message as DebugProtocol.Event);
    } else {
      void this.answer(message as DebugProtocol.Request);
    }
  }

  private receiveEvent(event: DebugProtocol.Event): void {
    for (const waiter of this.waiters) {
      if (!waiter.events.includes(event.event) || !waiter.matches(event)) continue;
      this.waiters.delete(waiter);
      waiter.resolve(event);
      return;
    }
    const queue = this.events.get(event.event);
    if (queue) queue.push(event);
    else this.events.set(event.event, [event]);
  }

  private async answer(request: DebugProtocol.Request): Promise<void> {
    const head = { seq: this.nextSeq++, type: 'response', request_seq: request.seq, command: request.command };
    try {
      const handler = this.reverse.get(request.command);
      if (!handler) throw new Error(`this client cannot ${request.command}`);
      this.write({ ...head, success: true, body: await handler(request.arguments) } as DebugProtocol.Response);
    } catch (error) {
      this.write({ ...head, success: false, message: String(error) } as DebugProtocol.Response);
    }
  }

  private end(reason: Error): void {
    this.ended ??= reason;
    for (const { reject } of this.pending.values()) reject(reason);
    for (const { reject } of this.waiters) reject(reason);
  }

  /** A promise that also ends by a timeout or with the connection, and then shows the conversation's tail. */
  private withEnd<T>(
    what: string,
    options: WaitOptions,
    begin: (resolve: (value: T) => void, reject: (error: Error) => void) => () => unknown,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timeout = options.timeout ?? this.options.timeout ?? 20_000;
      const fail = (why: string) => {
        settle();
        reject(new Error(`waiting for ${what}: ${why}\n${this.tail()}`));
      };
      const timer = setTimeout(() => fail(`nothing within ${timeout} ms`), timeout);
      let undo: () => unknown = () => undefined;
      const settle = () => {
        clearTimeout(timer);
        undo();
      };
      if (this.ended) {
        fail(this.ended.message);
        return;
      }
      undo = begin(
        (value) => {
          settle();
          resolve(value);
        },
        (error) => fail(error.message),
      );
    });
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone meanwhile
  }
}
