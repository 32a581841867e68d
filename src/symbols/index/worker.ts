/** The worker that builds an index: bytes in, tables out. It knows nothing of any process. */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../common/errors';
import { FileSource } from '../../common/filesource';
import { DebugInfo } from '../dwarf/debuginfo';
import { ElfFile } from '../elf/elffile';
import { SplitDebugFiles } from '../splitfiles';
import { buildIndex } from './build';
import { storeIndex } from './indexfile';
import type { IndexMessage, IndexRequest } from './protocol';

/** Milliseconds between two reports of progress. */
const REPORT_INTERVAL = 200;

function say(message: IndexMessage, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

function run({ path, alternatePath, split, cacheKey }: IndexRequest): void {
  const open = (file: string): ElfFile => ElfFile.parse(FileSource.open(file), file);
  const debug = new DebugInfo(open(path), {
    alternate: alternatePath === undefined ? undefined : open(alternatePath),
    splitFiles: new SplitDebugFiles(split),
  });
  let reported = Date.now();
  const tables = buildIndex(debug, (done, total) => {
    const now = Date.now();
    if (now - reported < REPORT_INTERVAL) return;
    reported = now;
    say({ kind: 'progress', done, total });
  });
  if (cacheKey !== undefined) storeIndex(cacheKey, tables);
  say(
    { kind: 'tables', tables },
    Object.values(tables).map((part: Uint8Array) => part.buffer as ArrayBuffer),
  );
}

try {
  run(workerData as IndexRequest);
} catch (error) {
  say({ kind: 'failed', reason: messageOf(error) });
}
