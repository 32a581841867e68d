/**
 * The guardian process: it holds the bytes under the int3s of processes that were attached to, and puts them back should
 * this adapter die without doing so. One serves the whole adapter; it is started for the first process.
 */
import { spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import type { VirtAddr } from '../common/addresses';
import { messageOf } from '../common/errors';
import { log } from '../common/log';
import { startTimeOf } from '../common/procfs';
import { guardianPath, native } from '../ptrace/native';

/** Kinds of records; `Record` of native/guardian.cc. */
const KIND = { insert: 1, remove: 2, forget: 3, handler: 4, debugRegisters: 5 } as const;
const RECORD = 24;

type RecordKind = keyof typeof KIND;

export class Guardian {
  /** The end of the pipe that the guardian waits for. */
  private pipe: number | undefined;
  private refused = false;

  /**
   * Tells the guardian, which has it when this returns: a pipe keeps what was written by a process that dies.
   * `original` is the byte under an int3.
   */
  tell(kind: RecordKind, pid: number, address: VirtAddr = 0n as VirtAddr, original = 0): void {
    const pipe = (this.pipe ??= this.start());
    if (pipe === undefined) return;
    const record = Buffer.alloc(RECORD);
    record.writeUInt8(KIND[kind], 0);
    record.writeUInt8(original, 1);
    record.writeInt32LE(pid, 4);
    record.writeBigUInt64LE(address, 8);
    record.writeBigUInt64LE(startTimeOf(pid), 16);
    try {
      writeSync(pipe, record);
    } catch (error) {
      // Somebody has killed it: breakpoints go on working, only nobody undoes them after us.
      log('engine', () => `the guardian is gone: ${messageOf(error)}`);
      closeSync(pipe);
      this.pipe = undefined;
      this.refused = true;
    }
  }

  private start(): number | undefined {
    if (this.refused) return undefined;
    const [read, write] = native.pipe();
    try {
      // Of a session of its own, so that what ends this process with its terminal does not end the guardian. Nothing of
      // it may keep the streams of the client open.
      const child = spawn(guardianPath(), [], { stdio: [read, 'ignore', 'ignore'], detached: true, cwd: '/' });
      child.on('error', (error) => log('engine', () => `no guardian: ${error.message}`));
      child.unref();
      return write;
    } catch (error) {
      log('engine', () => `no guardian: ${messageOf(error)}`);
      closeSync(write);
      this.refused = true;
      return undefined;
    } finally {
      closeSync(read);
    }
  }
}

/** The adapter's own. */
export const guardian = new Guardian();
