/**
 * Names are looked up in an index that is built when somebody first asks for one. Whoever asks for an answer waits for it;
 * what is only shown is shown as far as it is known, and again when the index is there.
 */
import { UserError } from '../common/errors';
import { asking } from '../symbols/data/unanswered';
import type { DataModule } from '../symbols/data/variables';
import type { RequestContext } from './request';
import type { Session } from './session';

/** A result, or the sentence that there is instead of one. */
type Outcome<T> = { readonly value: T } | { readonly error: UserError };

function outcomeOf<T>(action: () => T): Outcome<T> {
  try {
    return { value: action() };
  } catch (error) {
    if (error instanceof UserError) return { error };
    throw error;
  }
}

/**
 * Does something that has no effect on the program, and does it again as long as it lacked the index of a module, which
 * then has been built meanwhile. Rejects with what it throws, and with `Cancelled`.
 */
export async function withNames<T>(session: Session, request: RequestContext, attempt: () => T): Promise<T> {
  for (;;) {
    const { result, lacking } = asking(session.target.modules.modules, () => outcomeOf(attempt));
    if (lacking.length === 0) {
      if ('error' in result) throw result.error;
      return result.value;
    }
    await indexed(request, lacking);
    // What was remembered without it.
    session.target.namesChanged();
  }
}

/** Waits for the first of the indexes that are being built. Rejects with `Cancelled`. */
async function indexed(request: RequestContext, modules: readonly DataModule[]): Promise<void> {
  const cancelled = new Promise<void>((resolve) => request.onCancel(resolve));
  await Promise.race([cancelled, ...modules.map((module) => module.data.index())]);
  request.throwIfCancelled();
}

/** Waits until the breakpoints are where they belong in the process there is, if any, or the request is cancelled. */
export async function breakpointsSettled(session: Session, request: RequestContext): Promise<void> {
  const settled = session.debuggee?.target.breakpoints.settled;
  if (!settled) return;
  const cancelled = new Promise<void>((resolve) => request.onCancel(resolve));
  await Promise.race([cancelled, settled]);
}

/** Modules that a view waits for already. */
const expected = new WeakSet<DataModule>();

/** Does something for a view, which is told to look again when an index has come that it lacked. */
export function shownAsKnown<T>(session: Session, action: () => T): T {
  const { target } = session;
  const { result, lacking } = asking(target.modules.modules, action);
  for (const module of lacking) {
    if (expected.has(module)) continue;
    expected.add(module);
    void module.data.index().then(() => {
      expected.delete(module);
      if (session.debuggee?.target !== target || target.exited) return;
      target.namesChanged();
      session.invalidate('variables');
    });
  }
  return result;
}
