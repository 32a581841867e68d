import { closeSync, readSync, writeSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { native } from '../../src/ptrace/native';
import { runToEnd, start } from './tracee';

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, value) => value);

/** Reads `length` bytes from a descriptor that does not block. */
function readFrom(fd: number, length: number): Buffer {
  const chunks: Buffer[] = [];
  let got = 0;
  for (const end = Date.now() + 10_000; got < length && Date.now() < end;) {
    const chunk = Buffer.alloc(length - got);
    try {
      const count = readSync(fd, chunk);
      chunks.push(chunk.subarray(0, count));
      got += count;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
  return Buffer.concat(chunks);
}

describe('openPty', () => {
  it('passes every byte value unchanged, both ways, and echoes nothing', () => {
    const { master, slave, name } = native.openPty();
    expect(name).toMatch(/^\/dev\/pts\/\d+$/);
    writeSync(slave, EVERY_BYTE);
    expect([...readFrom(master, 256)]).toEqual([...EVERY_BYTE]);
    writeSync(master, EVERY_BYTE);
    expect([...readFrom(slave, 256)]).toEqual([...EVERY_BYTE]);
    expect(() => readSync(master, Buffer.alloc(1))).toThrow(/EAGAIN/);
    closeSync(slave);
    closeSync(master);
  });

  it('is a terminal to the program that gets it, without becoming its controlling one', () => {
    const { master, slave } = native.openPty();
    const { pid } = start('/bin/sh', {
      argv: ['sh', '-c', 'test -t 0 && test -t 1 && ! (: </dev/tty) 2>&- && printf "a\\n\\000b"'],
      env: ['PATH=/usr/bin:/bin'],
      stdio: [slave, slave, slave],
    });
    closeSync(slave);
    expect(runToEnd(pid)).toEqual({ kind: 'exited', code: 0 });
    expect(readFrom(master, 4).toString('latin1')).toBe('a\n\0b');
    // All slaves are closed: end of file is EIO here.
    expect(() => readSync(master, Buffer.alloc(1))).toThrow(/EIO/);
    closeSync(master);
  });
});

describe('pipe', () => {
  it('has a reading and a writing end', () => {
    const [read, write] = native.pipe();
    writeSync(write, EVERY_BYTE);
    closeSync(write);
    expect([...readFrom(read, 256)]).toEqual([...EVERY_BYTE]);
    expect(readSync(read, Buffer.alloc(1))).toBe(0);
    closeSync(read);
  });
});
