/**
 * A client that starts a process of the adapter for every session has started one for a child, which another process
 * traces: this one passes messages on between the two, from `attach` to the end.
 */
import { createConnection, type Socket } from 'node:net';
import type { ChildKeys } from '../protocol/arguments';
import { childToken, isOffered } from './childsessions';
import { Connection } from './connection';

type Message = Record<string, unknown>;

/** The seq under which `initialize` is said again; its response is not the client's. */
const REPEATED = -1;

export class Relay {
  private initialize: Message | undefined;
  private other: Connection | undefined;

  constructor(
    /** Sends a message to the client. */
    private readonly send: (message: object) => void,
    /** The other process is gone. */
    private readonly ended: (problem: string | undefined) => void,
  ) {}

  /** Takes a message of the client's; false when it is for the session here. */
  take(message: Message): boolean {
    if (this.other) {
      this.other.send(message);
      return true;
    }
    if (message['command'] === 'initialize') this.initialize = message;
    const path = message['command'] === 'attach' ? elsewhere(message['arguments']) : undefined;
    if (path === undefined) return false;
    this.other = this.connect(createConnection(path));
    if (this.initialize) this.other.send({ ...this.initialize, seq: REPEATED });
    this.other.send(message);
    return true;
  }

  close(): Promise<void> {
    return this.other?.close() ?? Promise.resolve();
  }

  private connect(socket: Socket): Connection {
    return new Connection(socket, socket, {
      message: (message) => {
        if (message['request_seq'] !== REPEATED) this.send(message);
      },
      malformed: (problem) => this.ended(problem),
      ended: (problem) => this.ended(problem),
    });
  }
}

/** Where the process that traces the child can be reached, if it is another one. */
function elsewhere(args: unknown): string | undefined {
  const token = childToken(args);
  if (token === undefined || isOffered(token)) return undefined;
  const path = (args as Partial<ChildKeys>).__adapter;
  return typeof path === 'string' && path.startsWith('/') ? path : undefined;
}
