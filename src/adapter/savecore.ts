/** `ptrace/saveCore`: a core file of the process as it stands, to look into later or elsewhere. */
import { resolve } from 'node:path';
import * as v from 'valibot';
import { UserError } from '../common/errors';
import { saveCore as save } from '../engine/core/savecore';
import type { SaveCoreResponse } from '../protocol/requests';
import { request } from './request';
import type { Session } from './session';
import { text } from './validation';

/** Of progress events; one session saves one core at a time or several under several numbers. */
let lastProgress = 0;

/** Tells clients that show it how much of the memory is written. */
function progressOf(session: Session, path: string): { update(done: number): void; end(): void } {
  const progressId = `core-${++lastProgress}`;
  if (!session.client.supportsProgress) return { update: () => undefined, end: () => undefined };
  session.emitEvent('progressStart', { progressId, title: `Saving ${path}`, percentage: 0 });
  return {
    update: (done) => session.emitEvent('progressUpdate', { progressId, percentage: Math.round(done * 100) }),
    end: () => session.emitEvent('progressEnd', { progressId }),
  };
}

export const saveCore = request(
  'live',
  v.object({ path: text }),
  async (session, { path }, context): Promise<SaveCoreResponse> => {
    const debuggee = session.alive;
    if (path.trim() === '' || path.includes('\0')) {
      throw new UserError('ptrace/saveCore needs "path": where the core file goes.', { code: 'bad-argument' });
    }
    const { configuration } = debuggee;
    const where = resolve(configuration.request === 'launch' ? (configuration.cwd ?? '.') : '.', path);
    const cancel = new AbortController();
    context.onCancel(() => cancel.abort());
    const progress = progressOf(session, where);
    try {
      const saved = await save(session.live, {
        path: where,
        stop: debuggee.lastStop,
        cancel: cancel.signal,
        progress: (done) => progress.update(done),
      });
      session.print(`Saved ${saved.path}: ${saved.threads} ${saved.threads === 1 ? 'thread' : 'threads'}.`);
      return saved;
    } finally {
      progress.end();
    }
  },
);
