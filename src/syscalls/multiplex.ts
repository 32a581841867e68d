/** i386 calls that carry others: `socketcall`, `ipc`, and the calls of old that keep their arguments in memory. */
import type { MemoryReader } from '../common/readers';
import { virtAddr } from '../common/addresses';
import type { RawArguments } from './model';

/** linux/net.h: SYS_SOCKET is 1. How many arguments lie in memory. */
const socketCalls: readonly (readonly [name: string, count: number])[] = [
  ['socket', 3],
  ['bind', 3],
  ['connect', 3],
  ['listen', 2],
  ['accept', 3],
  ['getsockname', 3],
  ['getpeername', 3],
  ['socketpair', 4],
  ['send', 4],
  ['recv', 4],
  ['sendto', 6],
  ['recvfrom', 6],
  ['shutdown', 2],
  ['setsockopt', 5],
  ['getsockopt', 5],
  ['sendmsg', 3],
  ['recvmsg', 3],
  ['accept4', 4],
  ['recvmmsg', 5],
  ['sendmmsg', 4],
];

/** linux/ipc.h, by call number; which of `first, second, third, ptr, fifth` are the arguments. */
const ipcCalls: Readonly<Record<number, readonly [name: string, registers: readonly number[]]>> = {
  1: ['semop', [1, 4, 2]],
  2: ['semget', [1, 2, 3]],
  3: ['semctl', [1, 2, 3, 4]],
  4: ['semtimedop', [1, 4, 2, 5]],
  11: ['msgsnd', [1, 4, 2, 3]],
  13: ['msgget', [1, 2]],
  14: ['msgctl', [1, 2, 4]],
  21: ['shmat', [1, 4, 2]],
  22: ['shmdt', [4]],
  23: ['shmget', [1, 2, 3]],
  24: ['shmctl', [1, 2, 4]],
};

export interface Unpacked {
  readonly name: string;
  readonly args: RawArguments;
}

function wordsAt(memory: MemoryReader, address: bigint, count: number): bigint[] | undefined {
  const bytes = Buffer.from(memory.read(virtAddr(address), count * 4));
  if (bytes.length < count * 4) return undefined;
  return Array.from({ length: count }, (_, index) => BigInt(bytes.readUInt32LE(index * 4)));
}

/** What the call really is; undefined when it carries no other, or its arguments cannot be read. */
export function unpack(name: string, raw: RawArguments, memory: MemoryReader): Unpacked | undefined {
  const call = Number((raw[0] ?? 0n) & 0xffffn);
  if (name === 'socketcall') {
    const found = call > 0 ? socketCalls[call - 1] : undefined;
    const args = found && wordsAt(memory, raw[1] ?? 0n, found[1]);
    return found && args && { name: found[0], args };
  }
  if (name === 'ipc') {
    const found = ipcCalls[call];
    return found && { name: found[0], args: found[1].map((register) => raw[register] ?? 0n) };
  }
  const count = name === 'mmap' ? 6 : name === 'select' ? 5 : 0;
  const args = count === 0 ? undefined : wordsAt(memory, raw[0] ?? 0n, count);
  return args && { name, args };
}
