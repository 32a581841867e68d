/** A core file: its segments and its notes. Nothing of the memory in it is read here. */
import type { VirtAddr } from '../../common/addresses';
import type { ByteSource } from '../../common/bytes';
import { UserError } from '../../common/errors';
import { PT_LOAD, PT_NOTE } from '../elf/constants';
import { readCoreHeaders, type CoreSegment } from './headers';
import { readCoreNotes, type CoreNotes } from './notes';

export interface CoreFile extends CoreNotes {
  /** How messages call it. */
  readonly name: string;
  readonly source: ByteSource;
  /** PT_LOAD, in ascending order of their addresses. */
  readonly loads: readonly CoreSegment[];
  /** Bytes that the headers announce; more than the file has when it was cut short. */
  readonly announcedSize: number;
}

/** A thread has some kilobytes of notes; ten thousand of them have less. */
const MAX_NOTES = 256 * 1024 * 1024;

/**
 * Reads a core file's headers and notes.
 * @throws UserError when it is no core file of an x86-64 process, or one without any thread
 */
export function readCoreFile(source: ByteSource, name: string): CoreFile {
  const { segments, announcedSize } = readCoreHeaders(source, name);
  const notes = readCoreNotes(
    segments
      .filter(({ type }) => type === PT_NOTE)
      .map(({ offset, fileSize }) => source.read(offset, Math.min(fileSize, MAX_NOTES))),
  );
  if (notes.threads.length === 0) {
    throw new UserError(
      announcedSize > source.size
        ? `${name} is cut short: it ends after ${source.size} bytes, before the registers of any thread, so nothing of it can be shown.`
        : `${name} has no threads: no note of it holds registers.`,
      { code: 'no-threads' },
    );
  }
  const loads = segments
    .filter(({ type, memorySize }) => type === PT_LOAD && memorySize > 0n)
    .sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
  return { ...notes, name, source, loads, announcedSize };
}

/** The segment that spans an address. */
export function segmentAt(loads: readonly CoreSegment[], address: VirtAddr): CoreSegment | undefined {
  let low = 0;
  let high = loads.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (loads[middle]!.address <= address) low = middle + 1;
    else high = middle;
  }
  const found = loads[low - 1];
  return found && address - found.address < found.memorySize ? found : undefined;
}
