/**
 * A file read in slices at offsets. Debug files reach hundreds of megabytes, of which a session needs a few: nothing
 * here ever reads a whole file.
 */
import * as fs from 'node:fs';
import type { ByteSource } from './bytes';
import { UserError, messageOf } from './errors';
import { log } from './log';

/**
 * Small reads are served from one window of this many bytes: parsing the headers of libc takes 9 reads of the
 * kernel instead of 40. Larger reads go straight to the kernel, as copying them twice costs more than the call.
 */
const WINDOW = 16 * 1024;

export class FileSource implements ByteSource {
  private window: Uint8Array = new Uint8Array(0);
  private windowStart = 0;

  private constructor(
    private fd: number | undefined,
    readonly path: string,
    /** Size in bytes when the file was opened. */
    readonly size: number,
    /** `st_ino`, by which /proc/PID/maps tells files apart. */
    readonly inode: number,
  ) {}

  /**
   * Opens a regular file for reading.
   * @throws UserError naming the file and the reason.
   */
  static open(path: string): FileSource {
    let fd: number;
    try {
      // O_NONBLOCK: opening a FIFO must not wait for a writer. It has no effect on regular files.
      fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    } catch (error) {
      throw new UserError(`Cannot open ${path}: ${reasonOf(error)}.`, { code: 'cannot-open-file' });
    }
    try {
      const stat = fs.fstatSync(fd);
      if (!stat.isFile()) throw new UserError(`${path} is not a regular file.`, { code: 'not-a-file' });
      return new FileSource(fd, path, stat.size, stat.ino);
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
  }

  /** The result is shared with the read-ahead window: treat it as read-only. Empty after `close()` or an I/O error. */
  read(offset: number, length: number): Uint8Array {
    const start = Math.min(Math.max(Math.trunc(offset), 0), this.size) || 0;
    const wanted = Math.min(Math.max(Math.trunc(length), 0) || 0, this.size - start);
    if (wanted === 0) return new Uint8Array(0);
    if (wanted > WINDOW / 2) return this.readFromKernel(start, wanted);
    if (start < this.windowStart || start + wanted > this.windowStart + this.window.length) {
      this.window = this.readFromKernel(start, Math.min(WINDOW, this.size - start));
      this.windowStart = start;
    }
    const begin = start - this.windowStart;
    return this.window.subarray(begin, begin + wanted);
  }

  /** Releases the descriptor; later reads return nothing. */
  close(): void {
    if (this.fd !== undefined) fs.closeSync(this.fd);
    this.fd = undefined;
    this.window = new Uint8Array(0);
  }

  private readFromKernel(offset: number, length: number): Uint8Array {
    if (this.fd === undefined) return new Uint8Array(0);
    // Not from Buffer's pool: a slice kept for long must not pin, or be found beside, unrelated data.
    const bytes = Buffer.allocUnsafeSlow(length);
    let done = 0;
    try {
      while (done < length) {
        const count = fs.readSync(this.fd, bytes, done, length - done, offset + done);
        if (count === 0) break; // the file shrank under us
        done += count;
      }
    } catch (error) {
      log('symbols', () => `${this.path}: reading ${length} bytes at ${offset}: ${messageOf(error)}`);
    }
    return done === length ? bytes : bytes.subarray(0, done);
  }
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'EISDIR') return 'it is a directory';
  if (code === 'ELOOP') return 'too many symbolic links';
  return messageOf(error);
}
