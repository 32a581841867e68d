/** How a request is described: what it needs, how its arguments look, and what answers it. */
import type * as v from 'valibot';
import type { Session } from './session';
import { check } from './validation';

/**
 * When a request makes sense: `always`; once `initialize` has been answered; while there is a `process` to look at, be it
 * in a core file; or while there is a `live` one, which can be run and changed. A request that needs a process waits for
 * a launch that is under way.
 */
export type Needs = 'always' | 'initialized' | 'process' | 'live';

/** The request itself, for those who answer late. */
export interface RequestContext {
  readonly seq: number;
  /** Keeps a stop or an exit that this request causes back until its response has been sent. */
  holdEvents(): void;
  /** Calls back when the client cancels the request while it is pending. */
  onCancel(stop: () => void): void;
  /** Throws `Cancelled` when the client has cancelled the request. */
  throwIfCancelled(): void;
}

export type Answer = object | undefined | void;

export interface RequestDefinition {
  readonly needs: Needs;
  run(session: Session, args: unknown, context: RequestContext, command: string): Answer | Promise<Answer>;
}

/** The arguments are checked against the schema before `handle` sees them; fields it does not name are dropped. */
export function request<S extends v.GenericSchema>(
  needs: Needs,
  schema: S,
  handle: (session: Session, args: v.InferOutput<S>, context: RequestContext) => Answer | Promise<Answer>,
): RequestDefinition {
  return {
    needs,
    run: (session, args, context, command) => handle(session, check(schema, args, `the request ${command}`), context),
  };
}
