/** The log of system calls as a text file in strace's format, written while the program runs. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { messageOf, UserError } from '../../common/errors';
import { filePrefix, formatResumed, formatUnfinished, type TextStyle } from '../../syscalls/format';
import type { DecodedCall } from '../../syscalls/model';
import type { Tid } from '../types';

/** Characters that are collected before they are written. */
const BUFFER = 64 * 1024;

/** How old a line may get before it is written, milliseconds. */
const FLUSH_INTERVAL = 200;

export class TraceFile {
  private readonly descriptor: number;
  private pending = '';
  private timer: NodeJS.Timeout | undefined;
  /** The call whose line is the last one and not finished: it is printed with whatever comes next. */
  private last: { readonly tid: Tid; readonly call: DecodedCall } | undefined;
  /** Threads whose call was printed as unfinished. */
  private readonly unfinished = new Set<Tid>();

  /** Throws UserError when the file cannot be written. */
  constructor(
    private readonly path: string,
    private readonly onProblem: (text: string) => void,
  ) {
    try {
      this.descriptor = openSync(path, 'w');
    } catch (error) {
      throw new UserError(`The log of system calls, ${path}, cannot be written: ${messageOf(error)}.`);
    }
  }

  entered(tid: Tid, call: DecodedCall): void {
    this.breakOff();
    this.last = { tid, call };
  }

  /** `text` is the whole call on one line, without a prefix: it is what is printed when nothing came in between. */
  finished(tid: Tid, entered: DecodedCall, call: DecodedCall, text: string, style: TextStyle): void {
    if (this.last?.tid === tid) {
      this.last = undefined;
      this.print(filePrefix(tid) + text);
      return;
    }
    this.breakOff();
    const prefix = filePrefix(tid);
    if (!this.unfinished.delete(tid)) this.print(prefix + text);
    else this.print(prefix + formatResumed(entered, call, style));
  }

  /** A line that is no call: a signal, an end. */
  line(tid: Tid, text: string): void {
    this.breakOff();
    this.print(filePrefix(tid) + text);
  }

  /** Writes what is left. */
  close(): void {
    this.breakOff();
    this.flush();
    closeSync(this.descriptor);
  }

  /** Prints the call that another line comes into. */
  private breakOff(): void {
    if (!this.last) return;
    const { tid, call } = this.last;
    this.last = undefined;
    this.unfinished.add(tid);
    this.print(formatUnfinished(call, { prefix: filePrefix(tid) }));
  }

  private print(line: string): void {
    this.pending += `${line}\n`;
    if (this.pending.length > BUFFER) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), FLUSH_INTERVAL);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const bytes = Buffer.from(this.pending, 'utf8');
    this.pending = '';
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(this.descriptor, bytes, done);
    } catch (error) {
      this.onProblem(`Lines of the log of system calls, ${this.path}, are lost: ${messageOf(error)}.`);
    }
  }
}
