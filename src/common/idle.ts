/**
 * Preparation in idle time: what a user is likely to want next is made ready while nobody waits for anything, so that
 * the first use does not pay for loading. There is one queue, since there is one thread.
 *
 * A task is a function that does a few milliseconds of work and says whether there is more. It runs only once nothing
 * has been asked or answered for a while, and between two calls the event loop takes what has come in: a request waits
 * for one call at most.
 */
import { messageOf } from './errors';
import { log } from './log';

/** Does one piece of the work, a few milliseconds of it; true while there is more. What it throws ends it, logged. */
export type IdleTask = () => boolean;

/**
 * How long nothing must have been asked, ms. After a stop a client asks for one thing after the other, with pauses while
 * it draws; a user who looks at what it drew takes longer.
 */
const QUIET = 100;

interface Waiting {
  readonly name: string;
  readonly task: IdleTask;
}

export class IdleQueue {
  private readonly tasks: Waiting[] = [];
  /** When somebody last wanted something, ms of `performance.now()`. */
  private disturbedAt = 0;
  /** Requests that are being worked on. */
  private holders = 0;
  /** A turn is due by itself: never two, so that the event loop gets in between. */
  private scheduled = false;

  constructor(
    /** Milliseconds without a disturbance before anything is done. */
    private readonly quiet = QUIET,
  ) {}

  /**
   * Queues a task behind the others. `name` is for the log. Returns a function that takes it out again, for when what it
   * prepares is not wanted any more; calling that later or twice does nothing.
   */
  add(name: string, task: IdleTask): () => void {
    const waiting = { name, task };
    this.tasks.push(waiting);
    this.disturbed();
    this.schedule();
    return () => this.remove(waiting);
  }

  /** Something has been asked or told: whoever did that may soon want more. */
  disturbed(): void {
    if (this.tasks.length > 0) this.disturbedAt = performance.now();
  }

  /** Somebody waits for an answer: nothing is prepared until the function it returns is called, once. */
  hold(): () => void {
    this.holders++;
    return () => {
      this.holders--;
      this.disturbed();
      this.schedule();
    };
  }

  private remove(waiting: Waiting): void {
    const index = this.tasks.indexOf(waiting);
    if (index >= 0) this.tasks.splice(index, 1);
  }

  /** Looks again when it may have been quiet for long enough. Waiting for that does not keep the process alive. */
  private schedule(): void {
    if (this.scheduled || this.holders > 0 || this.tasks.length === 0) return;
    this.scheduled = true;
    const left = this.disturbedAt + this.quiet - performance.now();
    setTimeout(() => this.turn(), Math.max(left, 0)).unref();
  }

  /** Does one piece of work if it still is quiet. */
  private turn(): void {
    this.scheduled = false;
    const [first] = this.tasks;
    if (!first || this.holders > 0) return;
    if (performance.now() - this.disturbedAt < this.quiet) {
      this.schedule();
      return;
    }
    this.scheduled = true;
    if (!this.run(first)) this.remove(first);
    // Behind what has come in meanwhile, which the event loop polls for in between (without `unref`, for which it would
    // wait for something to come in).
    setImmediate(() => this.turn());
  }

  /** True while the task has more to do. */
  private run({ name, task }: Waiting): boolean {
    const start = performance.now();
    try {
      return task();
    } catch (error) {
      log('idle', () => `${name}: ${messageOf(error)}`);
      return false;
    } finally {
      log('idle', () => `${name}: ${(performance.now() - start).toFixed(1)} ms`);
    }
  }
}

/** The process's own. */
export const idle = new IdleQueue();
