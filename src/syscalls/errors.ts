/** Mistakes in what users write about system calls: filters, conditions, injection rules. */
import { UserError } from '../common/errors';
import type { SyntaxProblem } from './model';

/** Thrown by the parsers of this room. The message ends with the 1-based column. */
export class SyscallTextError extends UserError implements SyntaxProblem {
  constructor(
    /** The sentence without the column. */
    readonly sentence: string,
    /** The text in which the mistake is. */
    readonly text: string,
    readonly start: number,
    readonly end: number = start + 1,
  ) {
    super(`${sentence} (column ${start + 1} of '${text}')`, { code: 'bad-syscall-text' });
  }

  /** 1-based, for messages. */
  get column(): number {
    return this.start + 1;
  }

  /** The same mistake in a longer text, of which this one begins at `offset`. */
  within(text: string, offset: number): SyscallTextError {
    return new SyscallTextError(this.sentence, text, this.start + offset, this.end + offset);
  }
}
