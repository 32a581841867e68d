/** A Unix socket in a folder that only this user can enter: where clients of followed children connect. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childrenComeBy, hasOffers } from './childsessions';
import { giveToInvoker } from './invoker';
import { AdapterServer } from './server';

/** How often an offer that was not taken up is looked at, ms. */
const LOOK_AGAIN = 500;

export class PrivateDoor {
  private server: AdapterServer | undefined;
  private folder: string | undefined;

  constructor(private readonly report: (text: string) => void) {
    childrenComeBy(() => this.open());
  }

  /** Somebody debugs a child, or is about to. */
  get isBusy(): boolean {
    return this.server?.isBusy === true || hasOffers();
  }

  /** Resolves when no child is debugged any more. */
  async idle(): Promise<void> {
    const { server } = this;
    while (server && this.isBusy) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_AGAIN);
        server.sessionEnded = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Ends every session of a child; resolves when none of their processes is left. */
  async close(problem: string | undefined): Promise<void> {
    await this.server?.close(problem);
    if (this.folder !== undefined) rmSync(this.folder, { recursive: true, force: true });
  }

  private async open(): Promise<string> {
    // mkdtemp makes it with mode 0700.
    this.folder = mkdtempSync(join(tmpdir(), 'ptrace-debug-'));
    giveToInvoker(this.folder, 0o700);
    const path = join(this.folder, 'adapter.sock');
    this.server = await AdapterServer.listen({ kind: 'socket', path }, this.report);
    return path;
  }
}
