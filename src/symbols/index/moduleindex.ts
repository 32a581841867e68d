/**
 * The index of one module: small ones are built at once, others by a worker; those of large ones are kept on disk. Built when
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

/** Bytes of .debug_info that are indexed in some 10 ms by code that has not run before, of C++ as of C. */
const SMALL = 1 << 15;

/** From here on it is worth showing that it goes on, and keeping the index on disk. */
const LARGE = 1 << 20;

/** Indexes that are built at the same time; the others wait for their turn, in the order they were asked for. */
const MAX_WORKERS = 2;

/** The files whose names are indexed. */
export interface IndexedFiles {
  readonly debug: DebugInfo;
  /** Of the file that has .debug_info; undefined when it is no file. */
  readonly path: string | undefined;
  readonly alternatePath: string | undefined;
  readonly split: IndexRequest['split'];
  readonly buildId: string | undefined;
}

/**
 * Told of the building of indexes: of a slow one from its start on, and of every one that did not come at once, when it
 * is over. `done` and `total` are bytes.
 */
export interface IndexObserver {
  begin(path: string): void;
  progress(path: string, done: number, total: number): void;
  end(path: string): void;
}

export class ModuleIndex implements NameIndexSource {
  ready: NameIndex | undefined;
  isPending = false;
  private building: Promise<void> | undefined;
  private worker: Worker | undefined;
  private isDisposed = false;

  constructor(
    private readonly files: () => IndexedFiles,
    private readonly observer?: IndexObserver,
  ) {}

  build(): Promise<void> {
    return (this.building ??= this.start().finally(() => (this.isPending = false)));
  }

  /** Ends a build that is going on: the module is gone. */
  dispose(): void {
    this.isDisposed = true;
    void this.worker?.terminate();
  }

  private async start(): Promise<void> {
    const { debug, path, alternatePath, split, buildId } = this.files();
    const accept = (tables: IndexTables | undefined): void => {
      if (tables) this.ready = new NameTable(tables, debug);
    };
    try {
      if (path === undefined || !isLarger(debug, SMALL)) {
        accept(buildIndex(debug));
        return;
      }
      const isLarge = isLarger(debug, LARGE);
      const cacheKey = isLarge ? keyOf(path, buildId, debug) : undefined;
      const kept = cacheKey === undefined ? undefined : loadIndex(cacheKey);
      if (kept) {
        accept(kept);
        return;
      }
      this.isPending = true;
      const observer = isLarge ? this.observer : undefined;
      accept(await workers.run(() => this.buildInWorker({ path, alternatePath, split, cacheKey }, observer)));
      this.isPending = false;
      this.observer?.end(path);
    } catch (error) {
      log('symbols', () => `${path ?? 'a module'} cannot be indexed: ${messageOf(error)}`);
    }
  }

  private async buildInWorker(
    request: IndexRequest,
    observer: IndexObserver | undefined,
  ): Promise<IndexTables | undefined> {
    if (this.isDisposed) return undefined;
    const script = workerScript();
    if (script === undefined) throw new Error('the worker that builds indexes is not installed');
    observer?.begin(request.path);
    return new Promise<IndexTables | undefined>((resolve) => {
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
  }
}

/** Lets a few go on at the same time. */
class Queue {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly limit: number) {}

  async run<T>(action: () => Promise<T>): Promise<T> {
    if (this.running >= this.limit) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.running++;
    try {
      return await action();
    } finally {
      this.running--;
      this.waiting.shift()?.();
    }
  }
}

const workers = new Queue(MAX_WORKERS);

/** Whether there is more than `bytes` of it to be walked. Skeletons are small, whatever is behind them. */
function isLarger(debug: DebugInfo, bytes: number): boolean {
  if ((debug.sections.info?.size ?? 0) > bytes || (debug.alternate?.sections.info?.size ?? 0) > bytes) return true;
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
