/** Our own requests about signals: what becomes of them, what a stopped thread is given, and sending more. */
import * as v from 'valibot';
import { readSiginfo, readSignal, signalTable } from '../engine/signals/chosen';
import type { SetSignalResponse, SignalsResponse } from '../protocol/signals';
import { request } from './request';
import { integer, text } from './validation';

const word = v.union([integer, text], 'a whole number, or text with one');
const signal = v.union([integer, text], 'the name or the number of a signal');

const siginfo = v.object({
  code: v.optional(v.union([integer, text], 'a number or a name such as SI_QUEUE')),
  errno: v.optional(integer),
  pid: v.optional(integer),
  uid: v.optional(integer),
  value: v.optional(word),
  address: v.optional(word),
  status: v.optional(integer),
});

/** Replaces or takes away the signal that a stopped thread gets when it goes on. */
export const setSignal = request(
  'live',
  v.object({ threadId: integer, signal, siginfo: v.optional(siginfo) }),
  (session, { threadId, signal: given, siginfo: written }): SetSignalResponse => {
    const number = readSignal(given, 'allowed');
    session.live.replaceSignal(threadId, number, written && readSiginfo(written));
    return { signal: number };
  },
);

/** Sends a signal to the process or to a thread of it. */
export const sendSignal = request(
  'live',
  v.object({ threadId: v.optional(integer), signal, value: v.optional(word), siginfo: v.optional(siginfo) }),
  (session, { threadId, signal: given, value, siginfo: written }) => {
    const number = readSignal(given, 'refused');
    const chosen = written || value !== undefined ? readSiginfo({ value, ...written }) : undefined;
    session.live.signals.send({ signal: number, tid: threadId, siginfo: chosen });
  },
);

/** The table: what becomes of each signal. */
export const signals = request('live', v.unknown(), (session): SignalsResponse => ({
  signals: signalTable(session.live.signals.policy),
}));
