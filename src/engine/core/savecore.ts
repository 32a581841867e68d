/**
 * Saves a core file of a stopped process, which goes on living. Memory is copied piece by piece, pages of zeros become
 * holes, and the file gets its name when it is complete: nobody finds half a core.
 */
import {
  closeSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { offsetBy, type VirtAddr } from '../../common/addresses';
import { messageOf, UserError } from '../../common/errors';
import { log } from '../../common/log';
import { readCmdline, readComm, readStatus } from '../../common/procfs';
import { native } from '../../ptrace/native';
import { xstateLayout } from '../../ptrace/registers';
import { layOutCore, type WrittenProcess, type WrittenThread } from '../../symbols/core/writer';
import type { Target } from '../target';
import type { StopEvent, Tid } from '../types';
import { readDumpRegions, type DumpRegion } from './dumpregions';

export interface SaveCoreOptions {
  /** Where it goes; a file that is there already is replaced. */
  readonly path: string;
  /** The stop that the process is in: its thread comes first, with its signal. */
  readonly stop: StopEvent | undefined;
  readonly cancel: AbortSignal;
  /** Told how much is done, 0 to 1. */
  readonly progress?: (done: number) => void;
}

export interface SavedCore {
  readonly path: string;
  /** Bytes of the file, holes included. */
  readonly size: number;
  readonly threads: number;
}

/** Copied at a time, bytes. */
const CHUNK = 1 << 20;
/** Copied before other requests get their turn, bytes. */
const TURN = 16 << 20;
const PAGE = 4096;
const ZEROS = Buffer.alloc(PAGE);
/** Bits of a word of /proc/PID/pagemap: the page is in memory, or swapped out. */
const PRESENT_OR_SWAPPED = 0xc0;
/** `cs` of 32-bit code. */
const CS_COMPATIBILITY = 0x23n;

/** Saves a core file of a stopped process. Rejects with a UserError, and then there is no file. */
export async function saveCore(target: Target, options: SaveCoreOptions): Promise<SavedCore> {
  const { path } = options;
  const order = threadOrder(target, options.stop);
  if (target.registers(order[0]).get('cs') === CS_COMPATIBILITY) {
    throw new UserError('Core files of 32-bit programs cannot be saved.', { code: 'core-32-bit' });
  }
  const partial = `${path}.${process.pid}.partial`;
  let fd: number | undefined;
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Error('it is a folder');
    const threads = order.map((tid) => threadOf(target, tid, options.stop));
    const owner = memoryOwner(target);
    const regions = readDumpRegions(owner);
    const layout = layOutCore({
      process: processOf(target.pid, owner),
      threads,
      threadNames: new Map(order.map((tid) => [tid, readComm(target.pid, tid) ?? ''])),
      xsaveLayout: xstateLayout().components,
      mappings: regions.filter(({ inode }) => inode !== 0),
      loads: regions.map(({ start, end, flags, isDumped }) => {
        const memorySize = Number(end - start);
        return { address: start, memorySize, fileSize: isDumped ? memorySize : 0, flags };
      }),
    });
    discard(partial);
    fd = openSync(partial, 'wx', 0o600);
    writeAll(fd, layout.head, 0);
    ftruncateSync(fd, layout.size);
    await copyMemory(target, fd, regions, layout.offsets, options);
    closeSync(fd);
    fd = undefined;
    renameSync(partial, path);
    return { path, size: layout.size, threads: threads.length };
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    discard(partial);
    if (error instanceof UserError) throw error;
    throw new UserError(`The core file ${path} cannot be saved: ${reasonOf(error, path)}.`, {
      code: 'cannot-save-core',
    });
  }
}

/** The threads that can be looked at, the one that has stopped first. Throws UserError when the process runs. */
function threadOrder(target: Target, stop: StopEvent | undefined): [Tid, ...Tid[]] {
  const tids = target.threads().map(({ id }) => id);
  const first = stop && tids.includes(stop.tid) ? stop.tid : tids[0];
  if (first === undefined) throw new UserError('The process has ended.', { code: 'exited' });
  void target.registers(first);
  return [first, ...tids.filter((tid) => tid !== first && isStopped(target, tid))];
}

function isStopped(target: Target, tid: Tid): boolean {
  try {
    return target.registers(tid).tid === tid;
  } catch (error) {
    log('engine', () => `thread ${tid} is left out of the core file: ${messageOf(error)}`);
    return false;
  }
}

function threadOf(target: Target, tid: Tid, stop: StopEvent | undefined): WrittenThread {
  const registers = target.registers(tid);
  const words = registers.snapshot();
  const signal = stop?.tid === tid && stop.reason.kind === 'signal' ? stop.reason.signal : undefined;
  return {
    tid,
    signal: signal?.number ?? 0,
    siginfo: signal && (signal.siginfo ?? native.getSiginfo(tid)),
    signalMask: native.getSignalMask(tid),
    registers: new Uint8Array(words.buffer, words.byteOffset, words.byteLength),
    xsave: registers.xsave,
  };
}

/** A thread through which /proc shows the memory: a leader that has ended before the others has none. */
function memoryOwner(target: Target): Tid {
  return target.threads().find(({ id }) => id !== target.pid)?.id ?? target.pid;
}

/** @param tid of a thread whose memory is there */
function processOf(pid: number, tid: Tid): WrittenProcess {
  const status = readStatus(pid);
  // Field 2, the name in parentheses, may itself contain any of them and spaces.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [, ppid = 0, pgrp = 0, sid = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  return {
    pid,
    ppid,
    pgrp,
    sid,
    uid: status?.uid.real ?? 0,
    gid: status?.gid.real ?? 0,
    state: status?.state.toUpperCase() ?? 'R',
    name: status?.name ?? '',
    commandLine: readCmdline(tid).join(' '),
    auxv: readFileSync(`/proc/${tid}/auxv`),
  };
}

// ---- memory ----

async function copyMemory(
  target: Target,
  fd: number,
  regions: readonly DumpRegion[],
  offsets: readonly number[],
  { cancel, progress }: SaveCoreOptions,
): Promise<void> {
  const total = regions.reduce((sum, { start, end, isDumped }) => sum + (isDumped ? Number(end - start) : 0), 0);
  const touched = new TouchedPages(memoryOwner(target));
  let hasRun = false;
  const ran = (): void => void (hasRun = true);
  target.on('stopped', ran);
  let done = 0;
  let turn = 0;
  try {
    for (const [i, region] of regions.entries()) {
      if (!region.isDumped) continue;
      const size = Number(region.end - region.start);
      for (let at = 0; at < size; at += CHUNK) {
        const length = Math.min(CHUNK, size - at);
        const address = offsetBy(region.start, at);
        if (!region.isAnonymous || touched.any(address, length))
          copyChunk(target, fd, address, length, offsets[i]! + at);
        done += length;
        turn += length;
        if (turn < TURN) continue;
        turn = 0;
        progress?.(done / total);
        await new Promise((resolve) => setImmediate(resolve));
        if (cancel.aborted) throw new UserError('Saving the core file was cancelled.', { code: 'cancelled' });
        if (hasRun || target.running || target.exited) {
          throw new UserError('The program ran on before its core file was complete.', { code: 'running' });
        }
      }
    }
  } finally {
    target.off('stopped', ran);
    touched.close();
  }
}

function copyChunk(target: Target, fd: number, address: VirtAddr, length: number, offset: number): void {
  for (let done = 0; done < length;) {
    const bytes = target.memory.read(offsetBy(address, done), length - done);
    writeSparse(fd, bytes, offset + done);
    done += bytes.length;
    // A page that cannot be read (a file shorter than its mapping, a guard page) stays a hole, as in the kernel's cores.
    if (done < length) done = (Math.floor(done / PAGE) + 1) * PAGE;
  }
}

/** Writes the pages that are not all zeros. */
function writeSparse(fd: number, bytes: Uint8Array, offset: number): void {
  let start: number | undefined;
  for (let at = 0; at < bytes.length; at += PAGE) {
    const page = bytes.subarray(at, at + PAGE);
    const isZero = ZEROS.subarray(0, page.length).equals(page);
    if (!isZero) start ??= at;
    else if (start !== undefined) {
      writeAll(fd, bytes.subarray(start, at), offset + start);
      start = undefined;
    }
  }
  if (start !== undefined) writeAll(fd, bytes.subarray(start), offset + start);
}

function writeAll(fd: number, bytes: Uint8Array, offset: number): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, offset + done);
}

/** Which pages of anonymous memory a process has ever touched (/proc/PID/pagemap, proc(5)). */
class TouchedPages {
  private fd: number | undefined;
  private readonly words = Buffer.alloc((CHUNK / PAGE) * 8);

  constructor(pid: number) {
    try {
      this.fd = openSync(`/proc/${pid}/pagemap`, 'r');
    } catch {
      this.fd = undefined; // a kernel without CONFIG_PROC_PAGE_MONITOR: everything is read
    }
  }

  /** Whether any of the pages from an address on holds something; true where nobody knows. */
  any(address: VirtAddr, length: number): boolean {
    if (this.fd === undefined) return true;
    const wanted = Math.ceil(length / PAGE) * 8;
    const count = readSync(this.fd, this.words, 0, wanted, Number(address / BigInt(PAGE)) * 8);
    if (count < wanted) return true;
    for (let at = 7; at < count; at += 8) if (this.words[at]! & PRESENT_OR_SWAPPED) return true;
    return false;
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }
}

function discard(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') log('engine', () => `${path} stays: ${messageOf(error)}`);
  }
}

function reasonOf(error: unknown, path: string): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOSPC':
      return 'there is no room left on the device';
    case 'EDQUOT':
      return 'the disk quota is used up';
    case 'EFBIG':
      return 'it would be larger than a file may be (see ulimit -f)';
    case 'ENOENT':
    case 'ENOTDIR':
      return `there is no folder ${dirname(path)}`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `no file may be written in ${dirname(path)}`;
    default:
      return messageOf(error);
  }
}
