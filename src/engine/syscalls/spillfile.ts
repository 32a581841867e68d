/** Bytes that only grow, kept on disk but for the end that is being written: what makes a log of any length cheap. */
import { closeSync, mkdtempSync, openSync, readSync, rmdirSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf, UserError } from '../../common/errors';

/** Bytes that are collected before they are written to disk. */
const TAIL = 256 * 1024;

export class SpillFile {
  private descriptor: number | undefined;
  private readonly tail = Buffer.allocUnsafe(TAIL);
  /** Bytes on disk; `tail` begins there. */
  private spilled = 0;
  private used = 0;

  /** Bytes in all. */
  get size(): number {
    return this.spilled + this.used;
  }

  /** Appends text as UTF-8; returns the number of bytes. Throws UserError when the disk is full. */
  appendText(text: string): number {
    // Three bytes are the most that one UTF-16 unit takes.
    if (text.length * 3 > TAIL - this.used) this.spill();
    if (text.length * 3 > TAIL) return this.append(Buffer.from(text, 'utf8'));
    const length = this.tail.write(text, this.used, 'utf8');
    this.used += length;
    return length;
  }

  /** Appends bytes; returns their number. Throws UserError when the disk is full. */
  append(bytes: Uint8Array): number {
    if (bytes.length > TAIL - this.used) this.spill();
    if (bytes.length > TAIL) {
      this.write(bytes, this.spilled);
      this.spilled += bytes.length;
    } else {
      this.tail.set(bytes, this.used);
      this.used += bytes.length;
    }
    return bytes.length;
  }

  /** A copy of `length` bytes at `offset`, fewer where there are no more. */
  read(offset: number, length: number): Buffer {
    const end = Math.min(offset + length, this.size);
    const result = Buffer.allocUnsafe(Math.max(0, end - offset));
    let at = offset;
    while (at < Math.min(end, this.spilled)) {
      const count = readSync(this.descriptor!, result, at - offset, Math.min(end, this.spilled) - at, at);
      if (count === 0) throw new UserError('The log of system calls was cut short by somebody else.');
      at += count;
    }
    if (at < end) this.tail.copy(result, at - offset, at - this.spilled, end - this.spilled);
    return result;
  }

  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }

  private spill(): void {
    this.write(this.tail.subarray(0, this.used), this.spilled);
    this.spilled += this.used;
    this.used = 0;
  }

  private write(bytes: Uint8Array, offset: number): void {
    try {
      this.descriptor ??= openUnnamed();
      for (let done = 0; done < bytes.length;) {
        done += writeSync(this.descriptor, bytes, done, bytes.length - done, offset + done);
      }
    } catch (error) {
      const reason = messageOf(error);
      throw new UserError(
        `The log of system calls cannot be kept in ${tmpdir()}: ${reason}. Set TMPDIR to another disk.`,
      );
    }
  }
}

/** A file that nobody else can open and that goes away with this process, however it ends. */
function openUnnamed(): number {
  const folder = mkdtempSync(join(tmpdir(), 'ptrace-calls-'));
  const path = join(folder, 'log');
  try {
    return openSync(path, 'wx+', 0o600);
  } finally {
    unlinkSync(path);
    rmdirSync(folder);
  }
}
