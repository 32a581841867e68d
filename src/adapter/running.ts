/** Letting threads run and stopping them. */
import { describeCallStop } from './callstop';
import * as v from 'valibot';
import { formatAddress } from '../common/addresses';
import type { DebugTarget } from '../engine/targetinterface';
import type { StepKind, StopReason } from '../engine/types';
import type { StepInstructionsReason, StepInstructionsResponse } from '../protocol/requests';
import { dataText } from './datastop';
import { describeSignal } from './debuggee';
import { request } from './request';
import { flag, integer, natural } from './validation';

/** Longest burst: what a 32-bit count holds. */
const MAX_BURST = 2 ** 31 - 1;

const resume = v.object({
  threadId: integer,
  targetId: v.optional(natural),
  singleThread: v.optional(flag),
  granularity: v.optional(v.picklist(['statement', 'line', 'instruction'], '"statement", "line" or "instruction"')),
});

// The stop that follows may be there before the function returns: holding it keeps response → stopped in this order.

export const continueRequest = request(
  'live',
  v.object({ threadId: integer, singleThread: v.optional(flag) }),
  (session, { threadId, singleThread }, context) => {
    const { live: target } = session;
    context.holdEvents();
    target.continue(threadId, singleThread === true ? 'single' : 'all');
    return { allThreadsContinued: singleThread !== true && target.threads().every(({ held }) => !held) };
  },
);

const step = (kind: StepKind) =>
  request('live', resume, (session, { threadId, granularity, targetId, singleThread }, context) => {
    const { live: target } = session;
    const chosen = targetId === undefined || kind !== 'into' ? undefined : session.stepTargets.at(targetId);
    context.holdEvents();
    // A statement is taken for its line, as gdb and lldb do: what line tables mark within a line are subexpressions, and
    // F10 on `for (i = 0; i < n; i++)` or `x->y++` is to reach the next line, not the same line's next column.
    const byLine = granularity !== 'instruction' || chosen !== undefined;
    target.step(threadId, kind, byLine ? 'line' : 'instruction', { target: chosen, isSingle: singleThread === true });
  });

export const next = step('over');
export const stepIn = step('into');
export const stepOut = step('out');

export const pause = request('live', v.object({ threadId: v.optional(integer) }), (session, { threadId }, context) => {
  const { live: target } = session;
  context.holdEvents();
  target.pause(threadId);
});

export const threads = request('process', v.unknown(), (session) => ({
  threads: session.target.threads().map(({ id, name }) => ({ id: session.threadNumbers.idOf(id), name })),
}));

/** How a burst's end is told, in the words of the protocol. */
function burstReason(
  target: DebugTarget,
  reason: StopReason,
): { readonly reason: StepInstructionsReason; readonly text?: string } {
  switch (reason.kind) {
    case 'step':
      return { reason: 'steps' };
    case 'breakpoint':
      return { reason: 'breakpoint', text: `Breakpoint ${reason.hit.map(({ id }) => id).join(', ')}` };
    case 'data':
      return { reason: 'breakpoint', text: dataText(target, reason) };
    case 'signal':
      return { reason: 'signal', text: describeSignal(reason.signal) };
    case 'trap':
      return { reason: 'trap', text: reason.text };
    case 'exception':
      return { reason: 'exception', text: reason.report.description };
    case 'syscall':
      return { reason: 'breakpoint', text: describeCallStop(reason) };
    case 'event':
      return { reason: 'trap', text: reason.text };
    case 'pause':
    case 'moved':
    case 'entry':
      return { reason: 'pause' };
  }
}

export const stepInstructions = request(
  'live',
  v.object({
    threadId: integer,
    count: v.pipe(
      integer,
      v.minValue(1, 'a whole number from 1 to 2147483647'),
      v.maxValue(MAX_BURST, 'a whole number from 1 to 2147483647'),
    ),
  }),
  async (session, { threadId, count }, context): Promise<StepInstructionsResponse> => {
    const { alive: debuggee, live: target } = session;
    let cancelled = false;
    context.onCancel(() => {
      cancelled = true;
      target.pause();
    });
    context.holdEvents();
    const { executed, address, reason } = await target.stepInstructions(threadId, count);
    const stopped = debuggee.lastStop?.tid ?? threadId;
    const common = { instructionsExecuted: executed, threadId: session.threadNumbers.idOf(stopped) };
    if (target.exited) {
      await debuggee.ended;
      return { ...common, reason: 'exited', text: debuggee.ending };
    }
    if (cancelled && reason.kind === 'pause')
      return { ...common, address: formatAddress(address), reason: 'cancelled' };
    return { ...common, address: formatAddress(address), ...burstReason(target, reason) };
  },
);
