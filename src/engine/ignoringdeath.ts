/** A tracee can be killed at any moment, between two requests too. */
import { PtraceError } from '../common/errors';
import { log } from '../common/log';

/** Makes a request; ESRCH means killed under our hands, and the exit status will tell. Throws any other PtraceError. */
export function ignoringDeath(request: () => void): void {
  try {
    request();
  } catch (error) {
    if (!(error instanceof PtraceError) || error.errno !== 'ESRCH') throw error;
    log('engine', () => `${error.message}: the thread is being killed`);
  }
}
