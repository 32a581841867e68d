/**
 * The ids of threads as the client knows them: Linux tids, or with `threadNumbers` 1, 2, 3… in the order of appearance.
 * Inside everything is a tid; messages are translated at the border, where they come in and go out.
 */
import { UserError } from '../common/errors';

export class ThreadNumbers {
  /** Undefined: ids are tids. */
  private numbers: Map<number, number> | undefined;
  private tids: number[] = [];

  /** There is another process. */
  begin(isNumbered: boolean): void {
    this.numbers = isNumbered ? new Map() : undefined;
    this.tids = [];
  }

  idOf(tid: number): number {
    if (!this.numbers) return tid;
    let number = this.numbers.get(tid);
    if (number === undefined) {
      number = this.tids.push(tid);
      this.numbers.set(tid, number);
    }
    return number;
  }

  /** A thread has ended; its number is not given again, even if its tid is. */
  ended(tid: number): void {
    this.numbers?.delete(tid);
  }

  /** The arguments of a request with the tid that they mean. Throws UserError for a number that no thread has had. */
  incoming(args: unknown): unknown {
    if (!this.numbers || typeof args !== 'object' || args === null || !('threadId' in args)) return args;
    const { threadId } = args;
    if (typeof threadId !== 'number') return args;
    const tid = this.tids[threadId - 1];
    if (tid === undefined) throw new UserError(`There is no thread ${threadId}.`, { code: 'no-such-thread' });
    return { ...args, threadId: tid };
  }

  /** The body of an event or of a response as the client is to see it. */
  outgoing<T extends object | undefined>(body: T): T {
    if (!this.numbers || !body) return body;
    const shown: { threadId?: unknown } = body;
    return typeof shown.threadId === 'number' ? { ...body, threadId: this.idOf(shown.threadId) } : body;
  }
}
