/**
 * Errors carry their audience: a `UserError` is a sentence written for the person at the keyboard, naming the thing
 * and what to do; anything else that escapes is a bug and is logged with its stack.
 * They are mapped to DAP responses in one place, in `adapter/`.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  constructor(
    message: string,
    readonly details: {
      /** A stable word for clients and tests, e.g. `no-such-program`. */
      readonly code?: string;
      /** Where to read more or what to press; shown as a link or button by clients that can. */
      readonly url?: string;
      readonly urlLabel?: string;
    } = {},
  ) {
    super(message);
  }
}

/** A failed kernel request, as `native/` throws it: `{ request, tid, errno }`. */
export class PtraceError extends Error {
  override readonly name = 'PtraceError';
  constructor(
    /** The request as the man page spells it, e.g. `PTRACE_SEIZE` or `waitpid`. */
    readonly request: string,
    readonly tid: number,
    /** The symbolic errno, e.g. `ESRCH`. */
    readonly errno: string,
  ) {
    super(`${request}(${tid}): ${errno}`);
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
