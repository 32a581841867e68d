/**
 * The index of one module: small ones are built at once, large ones loaded from disk or built by a worker. Built when
 * somebody asks for a name that is not near; a session that only steps through its own code never pays for it.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { messageOf } from '../../common/errors';
import { log } from '../../common/log';
import type { NameIndex, NameIndexSource } from '../data/nameindex';
import type { DebugInfo } from '../dwarf/debuginfo';
import { buildIndex } from './build';
import { loadIndex } from './indexfile';
import { NameTable } from './nametable';
import type { IndexMessage, IndexRequest } from './protocol';
import type { IndexTables } from './tables';

/** Bytes of .debug_info that are indexed in less time than a worker takes to start (30 ms). */
const SMALL = 1 << 20;

/** The files whose names are indexed. */
export interface IndexedFiles {
  readonly debug: DebugInfo;
  /** Of the file that has .debug_info; undefined when it is no file. */
  readonly path: string | undefined;
  readonly alternatePath: string | undefined;
  readonly split: IndexRequest['split'];
  readonly buildId: string | undefined;
}

/** Told of a slow build, from its start to its end; `done` and `total` are bytes. */
export interface IndexObserver {
  begin(path: string): void;
  progress(path: string, done: number, total: number): void;
  end(path: string): void;
}

export class ModuleIndex implements NameIndexSource {
  ready: NameIndex | undefined;
  private building: Promise<void> | undefined;
  private worker: Worker | undefined;

  constructor(
    private readonly files: () => IndexedFiles,
    private readonly observer?: IndexObserver,
  ) {}

  build(): Promise<void> {
    return (this.building ??= this.start());
  }

  /** Ends a build that is going on: the module is gone. */
  dispose(): void {
    void this.worker?.terminate();
  }

  private async start(): Promise<void> {
    const { debug, path, alternatePath, split, buildId } = this.files();
    const accept = (tables: IndexTables | undefined): void => {
      if (tables) this.ready = new NameTable(tables, debug);
    };
    try {
      if (path === undefined || !isLarge(debug)) {
        accept(buildIndex(debug));
        return;
      }
      const cacheKey = keyOf(path, buildId, debug);
      const kept = cacheKey === undefined ? undefined : loadIndex(cacheKey);
      accept(kept ?? (await this.buildInWorker({ path, alternatePath, split, cacheKey })));
    } catch (error) {
      log('symbols', () => `${path ?? 'a module'} cannot be indexed: ${messageOf(error)}`);
    }
  }

  private buildInWorker(request: IndexRequest): Promise<IndexTables | undefined> {
    const script = workerScript();
    if (script === undefined) throw new Error('the worker that builds indexes is not installed');
    const { observer } = this;
    observer?.begin(request.path);
    const tables = new Promise<IndexTables | undefined>((resolve) => {
      const worker = (this.worker = new Worker(script, { workerData: request }));
      worker.on('message', (message: IndexMessage) => {
        if (message.kind === 'progress') observer?.progress(request.path, message.done, message.total);
        else if (message.kind === 'tables') resolve(message.tables);
        else log('symbols', () => `${request.path} cannot be indexed: ${message.reason}`);
      });
      worker.on('error', (error) => log('symbols', () => `the worker for ${request.path} failed: ${messageOf(error)}`));
      worker.on('exit', () => {
        this.worker = undefined;
        resolve(undefined);
      });
      // A session that ends does not wait for it.
      worker.unref();
    });
    return tables.finally(() => observer?.end(request.path));
  }
}

/** Skeletons are small, whatever is behind them. */
function isLarge(debug: DebugInfo): boolean {
  if ((debug.sections.info?.size ?? 0) > SMALL || (debug.alternate?.sections.info?.size ?? 0) > SMALL) return true;
  let isSplit = false;
  debug.eachUnit((_header, read) => {
    if (!isSplit) isSplit = read().dwoId !== undefined;
  });
  return isSplit;
}

/** The bundled worker lies beside the adapter's own bundle. */
function workerScript(): string | undefined {
  return [join(__dirname, 'indexer.js'), join(__dirname, '../../../dist/indexer.js')].find(existsSync);
}

/** What identifies the contents of a file. A build id stays the same when dwz makes its debugging information smaller. */
function keyOf(path: string, buildId: string | undefined, debug: DebugInfo): string | undefined {
  if (buildId !== undefined && buildId.length > 8) return `${buildId}-${(debug.sections.info?.size ?? 0).toString(36)}`;
  const stat = statSync(path, { throwIfNoEntry: false });
  return (
    stat &&
    `${stat.dev.toString(36)}-${stat.ino.toString(36)}-${stat.size.toString(36)}-${Math.trunc(stat.mtimeMs).toString(36)}`
  );
}
