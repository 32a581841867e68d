/**
 * The debuggee's stdout and stderr in the debug console: a raw pseudo-terminal each, so that C programs write line by
 * line as in a terminal and every byte arrives as it was written.
 */
import { closeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { native } from '../ptrace/native';

const CHUNK = 65536;

export class OutputPump {
  private readonly stream: ReadStream;
  private readonly buffer = Buffer.allocUnsafe(CHUNK);
  private open = true;

  /** @param master a non-blocking pty master, closed by this class */
  constructor(
    private readonly master: number,
    private readonly onData: (bytes: Uint8Array) => void,
  ) {
    this.stream = new ReadStream(master);
    this.stream.on('data', (bytes: Buffer) => this.onData(bytes));
    // EIO is how a pty says that nobody holds its other end any more.
    this.stream.on('error', () => this.close());
    this.stream.on('close', () => (this.open = false));
  }

  /** Takes what has been written so far, now: output comes before the stop that follows it. */
  drain(): void {
    if (!this.open) return;
    for (;;) {
      const count = native.readAvailable(this.master, this.buffer);
      if (count === 0) return;
      this.onData(Uint8Array.from(this.buffer.subarray(0, count)));
    }
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.stream.destroy();
  }
}

/** Closes descriptors that a spawn has handed over; already closed ones are no matter. */
export function closeAll(descriptors: readonly number[]): void {
  for (const descriptor of descriptors) {
    if (descriptor < 0) continue;
    try {
      closeSync(descriptor);
    } catch {
      // Closed with its stream.
    }
  }
}
