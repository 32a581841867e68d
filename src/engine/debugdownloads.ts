/**
 * Debug files of modules that have none, fetched one after the other behind the session's back. They come after the
 * first stop, which must not wait for a network.
 */
import type { Debuginfod, FetchResult } from '../symbols/debuginfod';
import type { Module } from '../symbols/module';

export interface DebugDownloadsHost {
  readonly modules: { readonly modules: readonly Module[] };
  /** A module has got debugging information. */
  debugFileArrived(module: Module): void;
  /** Tells the user, in a sentence. */
  note(text: string): void;
}

export class DebugDownloads {
  private readonly cancelled = new AbortController();
  /** Build ids that were asked for. */
  private readonly asked = new Set<string>();
  private running = false;
  private failures = 0;

  constructor(
    private readonly servers: Pick<Debuginfod, 'fetch'>,
    private readonly host: DebugDownloadsHost,
  ) {}

  /** Begins, or goes on with modules that have come since. Resolves when nothing is left to fetch; never rejects. */
  async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    for (let next = this.next(); next; next = this.next()) {
      const { module, id } = next;
      this.asked.add(id);
      const result = await this.servers.fetch(id, this.cancelled.signal);
      if (this.cancelled.signal.aborted) break;
      this.report(module, result);
      if (result.kind === 'found') this.arrived(id);
    }
    this.running = false;
  }

  /** Ends what is under way; nothing is fetched any more. */
  cancel(): void {
    this.cancelled.abort();
  }

  private next(): { module: Module; id: string } | undefined {
    if (this.cancelled.signal.aborted) return undefined;
    for (const module of this.host.modules.modules) {
      const id = module.missingDebugFile;
      if (id !== undefined && !this.asked.has(id)) return { module, id };
    }
    return undefined;
  }

  /** A file may be loaded twice, and a supplementary file of dwz's serves many. */
  private arrived(id: string): void {
    for (const module of this.host.modules.modules) {
      if (module.missingDebugFile !== id) continue;
      module.reopenDebugFile();
      this.host.debugFileArrived(module);
    }
  }

  private report(module: Module, result: FetchResult): void {
    // One server that is down fails for every module.
    if (result.kind !== 'failed' || this.failures++ > 0) return;
    this.host.note(`No debug file of ${module.name} from debuginfod: ${result.reason}.`);
  }
}
