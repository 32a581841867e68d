/**
 * Names of threads in core files that this debugger writes. No note of the kernel's holds them, so there is one of our
 * own, which other readers pass over: for each thread its tid and its name, 4 and 16 bytes.
 */
import { asBuffer, readText } from '../elf/buffers';

export type ThreadNames = ReadonlyMap<number, string>;

export const THREAD_NAMES_OWNER = 'PTRACE-DEBUG';
export const NT_THREAD_NAMES = 1;
export const EMPTY_THREAD_NAMES: ThreadNames = new Map();

const ENTRY_SIZE = 20;
const NAME_SIZE = 16;

export function readThreadNames(data: Uint8Array): ThreadNames {
  const bytes = asBuffer(data);
  const names = new Map<number, string>();
  for (let at = 0; at + ENTRY_SIZE <= bytes.length; at += ENTRY_SIZE) {
    names.set(bytes.readInt32LE(at), readText(bytes.subarray(at + 4, at + ENTRY_SIZE), 0));
  }
  return names;
}

export function writeThreadNames(names: ThreadNames): Uint8Array {
  const bytes = Buffer.alloc(names.size * ENTRY_SIZE);
  let at = 0;
  for (const [tid, name] of names) {
    bytes.writeInt32LE(tid, at);
    bytes.set(Buffer.from(name, 'utf8').subarray(0, NAME_SIZE - 1), at + 4);
    at += ENTRY_SIZE;
  }
  return bytes;
}
