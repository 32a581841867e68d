/** What is wrong with an expression, and where: shown to the user under the text they typed. */
import { UserError } from '../common/errors';

/** Positions are 0-based UTF-16 offsets into the text; `end` is one past the last character. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A mistake in an expression, or a failure while it was evaluated. Returned, not thrown, by this room's functions. */
export class ExpressionError extends UserError {
  constructor(
    /** A short sentence without a full stop. */
    sentence: string,
    /** The characters that are to blame. */
    readonly span: Span,
  ) {
    super(sentence, { code: 'bad-expression' });
  }

  /** 0-based offset of the first character to blame. */
  get position(): number {
    return this.span.start;
  }

  /** The same mistake in a longer text, of which the expression begins at `offset`. */
  shiftedBy(offset: number): ExpressionError {
    return new ExpressionError(this.message, { start: this.span.start + offset, end: this.span.end + offset });
  }

  /** Two lines: the text, and carets under what is wrong. */
  pointAt(text: string): string {
    const width = Math.max(1, Math.min(this.span.end, text.length) - this.span.start);
    return `${text}\n${' '.repeat(this.span.start)}${'^'.repeat(width)}`;
  }
}
