/**
 * A file read in slices at offsets. Debug files reach hundreds of megabytes, of which a session needs a few: nothing
 * here ever reads a whole file.
 *
 * There is no read-ahead: those who walk a section read it in blocks that suit them, and a window here on top of that
 * changed nothing but the number of bytes copied (opening libc and finding its symbols: 15 reads with it and without).
 */
import * as fs from 'node:fs';
import type { ByteSource } from './bytes';
import { UserError, messageOf } from './errors';
import { log } from './log';

export class FileSource implements ByteSource {
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

  /** Empty after `close()` and where the file cannot be read, which is logged. */
  read(offset: number, length: number): Uint8Array {
    const start = Math.min(Math.max(Math.trunc(offset), 0), this.size) || 0;
    const wanted = Math.min(Math.max(Math.trunc(length), 0) || 0, this.size - start);
    if (this.fd === undefined || wanted === 0) return new Uint8Array(0);
    // Not from Buffer's pool: a slice that is kept for long would pin it.
    const bytes = Buffer.allocUnsafeSlow(wanted);
    const done = this.readInto(start, bytes);
    return done === wanted ? bytes : bytes.subarray(0, done);
  }

  readInto(offset: number, target: Uint8Array): number {
    const wanted = Math.min(target.length, Math.max(this.size - offset, 0));
    if (this.fd === undefined) return 0;
    let done = 0;
    try {
      while (done < wanted) {
        const count = fs.readSync(this.fd, target, done, wanted - done, offset + done);
        if (count === 0) break; // the file shrank under us
        done += count;
      }
    } catch (error) {
      log('symbols', () => `${this.path}: reading ${wanted} bytes at ${offset}: ${messageOf(error)}`);
    }
    return done;
  }

  /** Releases the descriptor; later reads return nothing. */
  close(): void {
    if (this.fd !== undefined) fs.closeSync(this.fd);
    this.fd = undefined;
  }
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'ELOOP') return 'too many symbolic links';
  return messageOf(error);
}
