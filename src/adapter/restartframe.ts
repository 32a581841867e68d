/** `restartFrame`: beginning a function again. */
import * as v from 'valibot';
import { frameAt } from './expressions';
import { request } from './request';
import { integer } from './validation';

export const restartFrame = request('live', v.object({ frameId: integer }), (session, { frameId }, context) => {
  const place = session.frames.place(frameId);
  const frame = frameAt(session, place);
  context.holdEvents();
  session.live.restartFrame(place.tid, frame);
  const name = frame.functionName ?? 'The function';
  session.print(`${name} begins again: its arguments have the values they have now, and what it has changed stays so.`);
});
