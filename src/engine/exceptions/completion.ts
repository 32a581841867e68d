/** Asking the program for what an exception has to say, before anybody is told of the stop. */
import { messageOf } from '../../common/errors';
import { log } from '../../common/log';
import type { FunctionCalls } from '../functioncall';
import type { Thread } from '../thread';
import type { Caller, ExceptionReport, Finding } from './report';

/** What an exception's what() may take, milliseconds. */
const LIMIT = 1000;

/** The whole report; false when it is not to be told after all. Never rejects: what cannot be asked stays unsaid. */
export async function completeReport(
  { report, complete }: Finding,
  thread: Thread,
  calls: FunctionCalls,
): Promise<ExceptionReport | false> {
  if (!complete) return report;
  const call: Caller = async (request) => {
    try {
      return (await calls.call(thread, request, { limit: LIMIT })).bytes;
    } catch (error) {
      log('engine', () => `${request.name}: ${messageOf(error)}`);
      return undefined;
    }
  };
  try {
    return await complete(call);
  } catch (error) {
    log('engine', () => messageOf(error));
    return report;
  }
}
