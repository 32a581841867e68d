/**
 * One client's stream: messages in, messages out. What is said in one turn of the event loop goes out in one write,
 * since a write to a pipe is a system call and wakes the client.
 */
import type { Readable, Writable } from 'node:stream';
import { idle } from '../common/idle';
import { FramingError, MessageReader } from './framing';
import { encodeMemory } from './memorymessage';
import { encodePrepared, messageJson } from './preparedbody';

export interface ConnectionEvents {
  message(message: Record<string, unknown>): void;
  /** One message could not be understood; the next ones can. */
  malformed(problem: string): void;
  /** The end: the client closed its side (no problem), or its stream cannot be followed any more. */
  ended(problem: string | undefined): void;
}

/** How long the client may take to read the last words, ms. */
const FAREWELL = 1000;

export class Connection {
  private pending = '';
  /** Whether all that is pending is ASCII, which goes out without being encoded. */
  private plain = true;
  private ended = false;
  private readonly reader: MessageReader;

  constructor(
    private readonly input: Readable,
    private readonly output: Writable,
    private readonly events: ConnectionEvents,
  ) {
    this.reader = new MessageReader(events);
    input.on('data', (chunk: Buffer) => this.receive(chunk));
    for (const event of ['end', 'close']) input.on(event, () => this.end(undefined));
    input.on('error', (error) => this.end(`the client's stream failed: ${error.message}`));
    // EPIPE and the like: the client no longer listens, which is how clients that crash say goodbye.
    output.on('error', () => this.end(undefined));
  }

  /** Queues a message; it leaves before the event loop goes on. */
  send(message: object): void {
    idle.disturbed();
    const wire = encodeMemory(message) ?? encodePrepared(message);
    if (wire) {
      this.flush();
      if (this.output.writable) this.output.write(wire);
      return;
    }
    const json = messageJson(message);
    const length = Buffer.byteLength(json);
    if (this.pending === '') queueMicrotask(() => this.flush());
    this.pending += `Content-Length: ${length}\r\n\r\n${json}`;
    // Every character beyond ASCII takes more than one byte.
    this.plain &&= length === json.length;
  }

  /** Writes what is queued. */
  flush(): void {
    if (this.pending === '') return;
    const text = this.pending;
    const encoding = this.plain ? 'latin1' : 'utf8';
    this.pending = '';
    this.plain = true;
    if (this.output.writable) this.output.write(text, encoding);
  }

  /** Sends what is left and closes our side; resolves when it has gone out, or when nobody takes it. */
  async close(): Promise<void> {
    this.flush();
    this.ended = true;
    if (this.output.writable) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, FAREWELL);
        const done = () => {
          clearTimeout(timer);
          resolve();
        };
        this.output.once('error', done).once('close', done);
        this.output.end(done);
      });
    }
    this.input.destroy();
  }

  private receive(chunk: Buffer): void {
    if (this.ended) return;
    idle.disturbed();
    try {
      this.reader.push(chunk);
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      this.end(`the client does not speak the Debug Adapter Protocol: ${error.message}`);
    }
  }

  private end(problem: string | undefined): void {
    if (this.ended) return;
    this.ended = true;
    this.events.ended(problem);
  }
}
