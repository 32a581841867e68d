/** Progress of what takes a while, as DAP's progress events: for clients that show them. */
import { basename } from 'node:path';
import type { Session } from './session';

export class IndexingProgress {
  /** Ids of what is going on, by the path of the file. */
  private readonly ids = new Map<string, string>();
  private last = 0;

  constructor(private readonly session: Session) {}

  /** @param done 0 to 1; undefined once it is over */
  report(path: string, done: number | undefined): void {
    const { session } = this;
    if (!session.client.supportsProgress) return;
    let progressId = this.ids.get(path);
    if (done === undefined) {
      this.ids.delete(path);
      if (progressId !== undefined) session.emitEvent('progressEnd', { progressId });
      return;
    }
    const percentage = Math.round(Math.min(1, done) * 100);
    if (progressId !== undefined) {
      session.emitEvent('progressUpdate', { progressId, percentage });
      return;
    }
    progressId = `indexing-${++this.last}`;
    this.ids.set(path, progressId);
    session.emitEvent('progressStart', { progressId, title: `Indexing the names of ${basename(path)}`, percentage });
  }
}
