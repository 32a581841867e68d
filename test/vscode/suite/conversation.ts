/** The DAP messages of the sessions a test starts, and waiting for one of them. */
import * as vscode from 'vscode';

export interface DapMessage {
  readonly type: 'request' | 'response' | 'event';
  readonly event?: string;
  readonly command?: string;
  readonly success?: boolean;
  readonly message?: string;
  readonly body?: Record<string, unknown>;
}

const TIMEOUT = 20_000;

export class Conversation implements vscode.Disposable {
  readonly messages: DapMessage[] = [];
  private readonly arrivals = new vscode.EventEmitter<DapMessage>();
  private readonly registration: vscode.Disposable;
  /** How many messages were consumed by `next`. */
  private read = 0;

  constructor() {
    this.registration = vscode.debug.registerDebugAdapterTrackerFactory('ptrace', {
      createDebugAdapterTracker: () => ({
        onDidSendMessage: (message: DapMessage) => {
          this.messages.push(message);
          this.arrivals.fire(message);
        },
        onError: (error) => this.messages.push({ type: 'event', event: 'error', message: error.message }),
      }),
    });
  }

  dispose(): void {
    this.registration.dispose();
    this.arrivals.dispose();
  }

  /** The next message from the adapter that fits, after the last one this returned. */
  async next(what: string, fits: (message: DapMessage) => boolean): Promise<DapMessage> {
    for (;;) {
      while (this.read < this.messages.length) {
        const message = this.messages[this.read++]!;
        if (fits(message)) return message;
      }
      await happening(this.arrivals.event, `${what}; the adapter's last messages were ${this.tail()}`);
    }
  }

  /** A message from any adapter, however long ago it came: those of two sessions come in any order. */
  async anywhere(what: string, fits: (message: DapMessage) => boolean): Promise<DapMessage> {
    for (;;) {
      const found = this.messages.find(fits);
      if (found) return found;
      await happening(this.arrivals.event, `${what}; the adapter's last messages were ${this.tail()}`);
    }
  }

  event(name: string): Promise<DapMessage> {
    return this.next(`the event ${name}`, (message) => message.type === 'event' && message.event === name);
  }

  /** All the text the debuggee wrote so far. */
  output(category = 'stdout'): string {
    return this.messages
      .filter((message) => message.event === 'output' && message.body?.['category'] === category)
      .map((message) => String(message.body?.['output']))
      .join('');
  }

  private tail(): string {
    return this.messages
      .slice(-6)
      .map((message) => JSON.stringify(message).slice(0, 300))
      .join('\n');
  }
}

/** Waits for an event of VS Code. */
export function happening<T>(event: vscode.Event<T>, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      registration.dispose();
      reject(new Error(`waited ${TIMEOUT / 1000} s in vain for ${what}`));
    }, TIMEOUT);
    const registration = event((value) => {
      clearTimeout(timer);
      registration.dispose();
      resolve(value);
    });
  });
}

/** Waits until `probe` returns something defined, looking again after every `event`. */
export async function whenDefined<T>(
  event: vscode.Event<unknown>,
  what: string,
  probe: () => T | undefined,
): Promise<T> {
  for (;;) {
    const value = probe();
    if (value !== undefined) return value;
    await happening(event, what);
  }
}
