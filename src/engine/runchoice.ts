/** Which threads the user lets run: all but the frozen ones, or a few chosen ones until the next stop. */
import type { Thread } from './thread';

export class RunChoice {
  private chosen: Set<Thread> | undefined;

  /** Whether the user lets the thread go on when the process does. */
  allows(thread: Thread): boolean {
    return !thread.frozen && this.chosen?.has(thread) !== false;
  }

  /** Only these run from now on, besides those chosen before. */
  add(thread: Thread): void {
    this.chosen ??= new Set();
    this.chosen.add(thread);
  }

  /** All run again, but the frozen ones. */
  clear(): void {
    this.chosen = undefined;
  }
}
