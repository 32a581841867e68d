/**
 * A process's memory through /proc/pid/mem, which works while the process runs and writes through page protections.
 * Breakpoint bytes are not hidden here: this is memory as the CPU sees it. The engine lays its own reader over it.
 */
import { closeSync, openSync } from 'node:fs';
import type { VirtAddr } from '../common/addresses';
import { PtraceError } from '../common/errors';
import type { MemoryReader } from '../common/readers';
import { native } from './native';

/** Answers of kernels that forbid writing through protections (proc_mem.force_override, hardened builds). */
const FORCED_WRITE_REFUSED = new Set(['EIO', 'EACCES', 'EPERM']);
const WORD = 8;
const PAGE = 4096;
/** From here on process_vm_readv is worth its extra call. */
const LARGE = 4 * PAGE;

export class ProcessMemory implements MemoryReader {
  private fd: number | undefined;
  private writable = true;
  private pokeTid: (() => number | undefined) | number | undefined;

  /** Throws the error of open(2) when /proc/pid/mem cannot be opened: ENOENT, EACCES… */
  constructor(private readonly pid: number) {
    this.fd = this.open();
  }

  /**
   * Reads up to `length` bytes; short where the first unreadable byte is, empty when the process is gone. The result
   * is the caller's own.
   */
  read(address: VirtAddr, length: number): Uint8Array {
    if (this.fd === undefined || length <= 0) return new Uint8Array(0);
    const target = new Uint8Array(length);
    const count = this.readInto(address, target);
    return count === length ? target : target.slice(0, count);
  }

  /** Reads into `target` and returns how many bytes could be read: `read` without the allocation. */
  readInto(address: VirtAddr, target: Uint8Array): number {
    if (this.fd === undefined) return 0;
    if (target.length < LARGE) return native.readMemory(this.fd, address, target);
    // The open file belongs to one address space for ever, a pid may have a new one (execve) or be another process's:
    // the first page, through the file, tells whether the old one is still there.
    let done = native.readMemory(this.fd, address, target.subarray(0, PAGE));
    if (done < PAGE) return done;
    done += native.readPages(this.pid, address + BigInt(done), target.subarray(done));
    // What process_vm_readv does not read, the file still may: pages without read permission.
    return done + native.readMemory(this.fd, address + BigInt(done), target.subarray(done));
  }

  /**
   * Writes all of `bytes`, read-only pages included. Throws a PtraceError when some byte cannot be written (EIO:
   * nothing is mapped there); what lies before it may have been written.
   */
  write(address: VirtAddr, bytes: Uint8Array): void {
    if (this.fd === undefined) throw new PtraceError('pwrite', this.pid, 'ESRCH');
    let done = 0;
    while (this.writable && done < bytes.length) {
      try {
        const count = native.writeMemory(this.fd, address + BigInt(done), bytes.subarray(done));
        if (count === 0) throw new PtraceError('pwrite', this.pid, 'ESRCH');
        done += count;
      } catch (error) {
        if (!(error instanceof PtraceError) || !FORCED_WRITE_REFUSED.has(error.errno)) throw error;
        if (this.stoppedTid() === undefined) throw error;
        break;
      }
    }
    if (done < bytes.length) this.poke((address + BigInt(done)) as VirtAddr, bytes.subarray(done));
  }

  /**
   * Names a stopped thread of the process (or how to find one), through which writes go that /proc/pid/mem refuses.
   * Undefined: there is none at the moment.
   */
  setPokeTid(tid: number | (() => number | undefined) | undefined): void {
    this.pokeTid = tid;
  }

  /** After execve: an open /proc/pid/mem keeps showing the address space that is gone. */
  reopen(): void {
    this.close();
    this.fd = this.open();
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }

  private open(): number {
    const path = `/proc/${this.pid}/mem`;
    try {
      this.writable = true;
      return openSync(path, 'r+');
    } catch (error) {
      // Some kernels can be told to refuse opening it for writing altogether (proc_mem.restrict_open_write).
      if ((error as NodeJS.ErrnoException).code !== 'EACCES' && (error as NodeJS.ErrnoException).code !== 'EPERM')
        throw error;
      this.writable = false;
      return openSync(path, 'r');
    }
  }

  private stoppedTid(): number | undefined {
    return typeof this.pokeTid === 'function' ? this.pokeTid() : this.pokeTid;
  }

  /** Word by word through PTRACE_POKETEXT; the words at both ends keep the bytes that were not asked for. */
  private poke(address: VirtAddr, bytes: Uint8Array): void {
    const tid = this.stoppedTid();
    if (tid === undefined) throw new PtraceError('PTRACE_POKETEXT', this.pid, 'EBUSY');
    const word = new Uint8Array(WORD);
    const view = new DataView(word.buffer);
    let done = 0;
    while (done < bytes.length) {
      const at = address + BigInt(done);
      const start = at & ~BigInt(WORD - 1);
      const skip = Number(at - start);
      const count = Math.min(WORD - skip, bytes.length - done);
      if (count < WORD) view.setBigUint64(0, native.peekText(tid, start), true);
      word.set(bytes.subarray(done, done + count), skip);
      native.pokeText(tid, start, view.getBigUint64(0, true));
      done += count;
    }
  }
}
