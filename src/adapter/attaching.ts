/** Which process an attach configuration means, and waiting for it where there is none yet. */
import { basename } from 'node:path';
import { UserError } from '../common/errors';
import { awaitProcess, processRunning } from '../engine/processsearch';
import type { AttachConfiguration } from './arguments';
import { Cancelled } from './errors';
import type { RequestContext } from './request';
import type { Session } from './session';

const PROGRESS = 'waiting-';

/** The `seq` of the attach request whose waiting a progress shows. */
export function requestWaitingFor(progressId: string): number | undefined {
  return progressId.startsWith(PROGRESS) ? Number(progressId.slice(PROGRESS.length)) : undefined;
}

/** The pid. Rejects with a UserError when none or more than one fits, and when the client gives up waiting. */
export async function processToAttach(
  session: Session,
  { pid, program, waitFor, newest }: AttachConfiguration,
  context: RequestContext,
): Promise<number> {
  if (pid !== undefined) return pid;
  if (program === undefined) throw new UserError('There is neither a process nor a program to attach to.');
  if (!waitFor) return processRunning(program, newest ? 'newest' : 'only');
  const name = basename(program);
  session.print(`Waiting for a process that runs ${name} to be started.`);
  const progressId = `${PROGRESS}${context.seq}`;
  const { supportsProgress } = session.client;
  if (supportsProgress) {
    const title = `Waiting for ${name} to be started`;
    session.emitEvent('progressStart', { progressId, title, requestId: context.seq, cancellable: true });
  }
  let cancelled = false;
  context.onCancel(() => (cancelled = true));
  const found = await awaitProcess(program, () => cancelled || session.leaving);
  if (supportsProgress) session.emitEvent('progressEnd', { progressId });
  if (found === undefined) throw new Cancelled();
  return found;
}
