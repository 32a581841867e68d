/**
 * What a thread waits for: the system call it sits in, and behind a futex the mutex and its owner, or the thread that it
 * joins. Read from memory as the C libraries lay these things out; where it does not look like one, nothing is said.
 */
import { readFileSync } from 'node:fs';
import { virtAddr, type VirtAddr } from '../common/addresses';
import type { MemoryReader } from '../common/readers';
import { nameOf, unknownName } from '../syscalls/numbers';
import type { Thread } from './thread';
import type { Tid } from './types';

/** A system call that has not returned. */
export interface BlockedCall {
  readonly number: number;
  readonly name: string;
  readonly args: readonly bigint[];
}

export interface ThreadWait {
  readonly kind: 'mutex' | 'thread' | 'futex';
  /** The futex word. */
  readonly address: VirtAddr;
  /** Who holds the mutex, or the thread that is to end. */
  readonly owner?: Tid;
}

/** futex(2) operations that wait, without their flags. */
const FUTEX_WAIT = 0;
const FUTEX_LOCK_PI = 6;
const FUTEX_WAIT_BITSET = 9;
const FUTEX_LOCK_PI2 = 13;
const FUTEX_COMMAND_MASK = 0x7f;
const SYS_FUTEX = 202;

/** <linux/futex.h>: a word of a robust or priority-inheriting mutex holds the owner's tid and these bits. */
const FUTEX_WAITERS = 0x8000_0000;
const FUTEX_TID_MASK = 0x3fff_ffff;

/** What rax holds while a call that was interrupted is to be restarted (include/linux/errno.h). */
const RESTARTS = new Set([-512n, -513n, -514n, -516n]);

const ARGUMENTS = ['rdi', 'rsi', 'rdx', 'r10', 'r8', 'r9'] as const;

/** Undefined while it runs code of its own, or when that cannot be told. */
export function blockedIn(thread: Thread, pid: number): BlockedCall | undefined {
  if (thread.state === 'stopped') return interruptedCall(thread);
  return parseSyscall(read(`/proc/${thread.borrower?.pid ?? pid}/task/${thread.tid}/syscall`));
}

/** A stopped thread has been interrupted in its call, which the kernel restarts unless somebody moves it. */
function interruptedCall({ registers }: Thread): BlockedCall | undefined {
  const number = BigInt.asIntN(64, registers.origRax);
  const rax = BigInt.asIntN(64, registers.get('rax') ?? 0n);
  if (number < 0n || !RESTARTS.has(rax)) return undefined;
  return callOf(
    Number(number),
    ARGUMENTS.map((name) => registers.get(name) ?? 0n),
  );
}

/** `/proc/pid/task/tid/syscall`: `running`, `-1 sp pc`, or the number, six arguments, sp and pc (proc(5)). */
export function parseSyscall(text: string): BlockedCall | undefined {
  const fields = text.trim().split(' ');
  const number = Number(fields[0]);
  if (fields.length < 9 || !Number.isInteger(number) || number < 0) return undefined;
  if (!fields.slice(1, 7).every((field) => /^0x[0-9a-f]+$/.test(field))) return undefined;
  return callOf(
    number,
    fields.slice(1, 7).map((field) => BigInt(field)),
  );
}

function callOf(number: number, args: readonly bigint[]): BlockedCall {
  return { number, name: nameOf('x86_64', number) ?? unknownName(number), args };
}

/** What a blocked call waits for, if it is a futex. `tids`: the threads of the process. */
export function waitOf(call: BlockedCall, memory: MemoryReader, tids: ReadonlySet<Tid>): ThreadWait | undefined {
  if (call.number !== SYS_FUTEX) return undefined;
  const [word = 0n, operation = 0n, expected = 0n] = call.args;
  const command = Number(operation) & FUTEX_COMMAND_MASK;
  const address = virtAddr(word);
  if (command === FUTEX_LOCK_PI || command === FUTEX_LOCK_PI2) {
    return { kind: 'mutex', address, ...ownerIn(memory, address, tids) };
  }
  if (command !== FUTEX_WAIT && command !== FUTEX_WAIT_BITSET) return undefined;
  const owner = mutexOwner(memory, address, tids);
  if (owner !== undefined) return { kind: 'mutex', address, owner };
  // pthread_join waits for the kernel to clear the tid in the other thread's descriptor (CLONE_CHILD_CLEARTID).
  const joined = Number(BigInt.asUintN(32, expected));
  if (tids.has(joined) && word32(memory, address, 0) === joined) return { kind: 'thread', address, owner: joined };
  return { kind: 'futex', address };
}

function ownerIn(memory: MemoryReader, address: VirtAddr, tids: ReadonlySet<Tid>): { owner?: Tid } {
  const owner = (word32(memory, address, 0) ?? 0) & FUTEX_TID_MASK;
  return tids.has(owner) ? { owner } : {};
}

/** The values that glibc's `__kind` takes: type, and flags for robust, priority, process-shared and elision. */
const MAX_KIND = 0x3ff;

/**
 * glibc's pthread_mutex_t begins with `int __lock; unsigned __count; int __owner; unsigned __nusers; int __kind`
 * (struct_mutex.h of x86), and a lock with waiters is 2. Robust mutexes, and musl's but the plain ones, hold the
 * owner's tid in the word itself.
 */
function mutexOwner(memory: MemoryReader, address: VirtAddr, tids: ReadonlySet<Tid>): Tid | undefined {
  const lock = word32(memory, address, 0);
  if (lock === undefined) return undefined;
  const held = lock & FUTEX_TID_MASK;
  if ((lock & FUTEX_WAITERS) !== 0 && tids.has(held)) return held;
  const [owner = 0, users = 0, kind = 0] = [8, 12, 16].map((offset) => word32(memory, address, offset));
  const isMutex = lock === 2 && tids.has(owner) && users >= 1 && users <= tids.size && kind <= MAX_KIND;
  return isMutex ? owner : undefined;
}

/** Undefined where there is no memory. */
function word32(memory: MemoryReader, address: VirtAddr, offset: number): number | undefined {
  const bytes = memory.read(virtAddr(address + BigInt(offset)), 4);
  return bytes.length < 4 ? undefined : Buffer.from(bytes).readUInt32LE();
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // Gone, or closed to us.
    return '';
  }
}
