/** Endings: terminate, disconnect, and the clean-up when the client is gone without a word. */
import * as v from 'valibot';
import type { Debuggee } from './debuggee';
import { request } from './request';
import type { Session } from './session';
import { flag } from './validation';

/** How long a program may take to end by itself after SIGTERM, ms. */
const GRACE = 5000;

export const terminate = request('process', v.looseObject({}), async (session) => {
  const debuggee = session.alive;
  const { target } = debuggee;
  if (debuggee.terminating) {
    clearTimeout(debuggee.terminating);
    await target.kill();
    return;
  }
  const stopped = !target.running;
  debuggee.terminating = setTimeout(() => {
    if (target.exited) return;
    session.print(`The program has not ended ${GRACE / 1000} s after SIGTERM: it is killed.`);
    void target.kill();
  }, GRACE);
  target.terminate();
  // It runs so that it can end, which nobody asked for in so many words.
  if (stopped && debuggee.lastStop) {
    session.emitEvent('continued', { threadId: debuggee.lastStop.tid, allThreadsContinued: true });
  }
});

/** Whether the process ends with the session: what was launched does, what was attached to goes on. */
function killsByDefault(debuggee: Debuggee): boolean {
  return debuggee.configuration.request === 'launch';
}

export const disconnect = request(
  'always',
  v.object({
    terminateDebuggee: v.optional(flag),
    suspendDebuggee: v.optional(flag),
    restart: v.optional(v.boolean()),
  }),
  async (session, { terminateDebuggee, suspendDebuggee }) => {
    session.leaving = true;
    const { debuggee } = session;
    if (debuggee && debuggee.ending === undefined) {
      const suspends =
        suspendDebuggee === true && terminateDebuggee !== true && debuggee.target.startMethod !== undefined;
      if (suspends) debuggee.target.live.suspend();
      await debuggee.leave(!suspends && (terminateDebuggee ?? killsByDefault(debuggee)));
    }
    // After the response has gone out.
    setImmediate(() => session.over());
  },
);

/** The client is gone without disconnect. Never rejects. */
export async function abandon(session: Session): Promise<void> {
  session.leaving = true;
  const { debuggee } = session;
  if (!debuggee || debuggee.ending !== undefined) return;
  try {
    await debuggee.leave(debuggee.endsWithClient);
  } catch (error) {
    session.report(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}
