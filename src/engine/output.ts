/**
 * The debuggee's stdout and stderr in the debug console: a raw pseudo-terminal each, so that C programs write line by
 * line as in a terminal and every byte arrives as it was written.
 */
import { closeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { native } from '../ptrace/native';

const CHUNK = 65536;

/** How long output of children that outlive the program is waited for, milliseconds. */
const SILENCE = 100;

export class OutputPump {
  private readonly stream: ReadStream;
  /** The pty master once more: Node closes its own when it meets the end, which is not always the end. */
  private readonly master: number;
  private readonly buffer = Buffer.allocUnsafe(CHUNK);
  private open = true;
  private lastData = 0;

  /** @param master a non-blocking pty master, closed by this class */
  constructor(
    master: number,
    private readonly onData: (bytes: Uint8Array) => void,
  ) {
    this.master = native.duplicate(master);
    this.stream = new ReadStream(master);
    this.stream.on('data', (bytes: Buffer) => this.take(bytes));
    // EIO is how a pty says that nobody holds its other end any more.
    this.stream.on('error', () => this.drain());
  }

  /** Takes what has been written so far, now: output comes before the stop that follows it. */
  drain(): void {
    for (let ends = 0; this.open && ends < 2;) {
      const count = native.readAvailable(this.master, this.buffer);
      if (count === 0) return;
      // The other end may be closed while the last bytes are still on their way through the kernel: the first EIO can
      // come before them, the second, which waits for them, cannot.
      ends = count < 0 ? ends + 1 : 0;
      if (count > 0) this.take(Uint8Array.from(this.buffer.subarray(0, count)));
      if (ends === 2) this.close();
    }
  }

  /**
   * Reads to the end: until nobody holds the other side, or until a child that outlives the program has been silent for
   * a while.
   */
  async finish(): Promise<void> {
    this.lastData = performance.now();
    for (this.drain(); this.open; this.drain()) {
      if (performance.now() - this.lastData > SILENCE) this.close();
      else await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.stream.destroy();
    closeSync(this.master);
  }

  private take(bytes: Uint8Array): void {
    this.lastData = performance.now();
    this.onData(bytes);
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
