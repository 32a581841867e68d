/**
 * The system call that makes a process or a thread, read from the registers of the thread that is inside of it at the
 * ptrace event: its flags say what the two have in common, which the event alone does not.
 */
import { virtAddr } from '../common/addresses';
import type { MemoryReader } from '../common/readers';
import type { Thread } from './thread';

/** Flags of clone(2), <linux/sched.h>. */
const CLONE_VM = 0x100n;
const CLONE_THREAD = 0x10000n;

const FLAG_NAMES: readonly (readonly [flag: bigint, name: string])[] = [
  [0x100n, 'CLONE_VM'],
  [0x200n, 'CLONE_FS'],
  [0x400n, 'CLONE_FILES'],
  [0x800n, 'CLONE_SIGHAND'],
  [0x1000n, 'CLONE_PIDFD'],
  [0x4000n, 'CLONE_VFORK'],
  [0x8000n, 'CLONE_PARENT'],
  [0x10000n, 'CLONE_THREAD'],
  [0x20000n, 'CLONE_NEWNS'],
  [0x40000n, 'CLONE_SYSVSEM'],
  [0x80000n, 'CLONE_SETTLS'],
  [0x100000n, 'CLONE_PARENT_SETTID'],
  [0x200000n, 'CLONE_CHILD_CLEARTID'],
  [0x1000000n, 'CLONE_CHILD_SETTID'],
  [0x2000000n, 'CLONE_NEWCGROUP'],
  [0x4000000n, 'CLONE_NEWUTS'],
  [0x8000000n, 'CLONE_NEWIPC'],
  [0x10000000n, 'CLONE_NEWUSER'],
  [0x20000000n, 'CLONE_NEWPID'],
  [0x40000000n, 'CLONE_NEWNET'],
  [0x80000000n, 'CLONE_IO'],
  [0x100000000n, 'CLONE_CLEAR_SIGHAND'],
  [0x200000000n, 'CLONE_INTO_CGROUP'],
];

export interface CloneCall {
  readonly name: 'fork' | 'vfork' | 'clone' | 'clone3';
  /** CLONE_* without the exit signal in the low byte. */
  readonly flags: bigint;
  readonly makesThread: boolean;
  /** The child runs in the memory of its parent. */
  readonly sharesMemory: boolean;
}

const VFORK_FLAGS = 0x4100n;

/** System call numbers: of x86-64, and of i386 (code segment 0x23) on it. */
const NUMBERS: Readonly<Record<'x86_64' | 'i386', Readonly<Record<number, CloneCall['name']>>>> = {
  x86_64: { 56: 'clone', 57: 'fork', 58: 'vfork', 435: 'clone3' },
  i386: { 2: 'fork', 120: 'clone', 190: 'vfork', 435: 'clone3' },
};
const CODE_SEGMENT_32 = 0x23n;

/** Undefined when the thread is not inside such a call (a tracer of its own changed its registers). */
export function cloneCall(thread: Thread, memory: MemoryReader): CloneCall | undefined {
  const { registers } = thread;
  const is32 = registers.get('cs') === CODE_SEGMENT_32;
  const name = NUMBERS[is32 ? 'i386' : 'x86_64'][Number(BigInt.asUintN(32, registers.origRax))];
  if (name === undefined) return undefined;
  const argument = registers.get(is32 ? 'rbx' : 'rdi') ?? 0n;
  const flags = flagsOf(name, argument, memory);
  return {
    name,
    flags,
    makesThread: (flags & CLONE_THREAD) !== 0n,
    sharesMemory: (flags & CLONE_VM) !== 0n,
  };
}

function flagsOf(name: CloneCall['name'], argument: bigint, memory: MemoryReader): bigint {
  switch (name) {
    case 'fork':
      return 0n;
    case 'vfork':
      return VFORK_FLAGS;
    case 'clone':
      return BigInt.asUintN(32, argument) & ~0xffn;
    case 'clone3': {
      // struct clone_args begins with the flags; the exit signal is a field of its own.
      const bytes = memory.read(virtAddr(argument), 8);
      return bytes.length < 8 ? 0n : Buffer.from(bytes).readBigUInt64LE();
    }
  }
}

/** `clone3(CLONE_VM|CLONE_VFORK)`; what is not known is left in hexadecimal. */
export function describeCloneCall({ name, flags }: CloneCall): string {
  if (name === 'fork' || name === 'vfork') return `${name}()`;
  const names = FLAG_NAMES.filter(([flag]) => (flags & flag) !== 0n).map(([, text]) => text);
  const rest = FLAG_NAMES.reduce((left, [flag]) => left & ~flag, flags);
  if (rest !== 0n) names.push(`0x${rest.toString(16)}`);
  return `${name}(${names.join('|') || '0'})`;
}
