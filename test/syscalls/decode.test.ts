/** Decoding whatever a program passes: bounded, without exceptions; and the ABI that strace here cannot run. */
import { expect, test } from 'vitest';
import { decodeEntry, decodeExit, decodeUnreturned, returnOf } from '../../src/syscalls/decode';
import { formatCall, formatResumed, formatUnfinished } from '../../src/syscalls/format';
import { callToJson } from '../../src/syscalls/jsonlines';
import { numberOf, tableSize } from '../../src/syscalls/numbers';

/** A small generator with a fixed seed, so that a failure can be repeated (xorshift32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

const nothing = { read: (): Uint8Array => new Uint8Array(0) };

/** Memory in which every address holds something, of which some reads are short. Counts what is asked for. */
function noise(random: () => number): { read(address: bigint, length: number): Uint8Array; asked: number } {
  return {
    asked: 0,
    read(_address: bigint, length: number) {
      this.asked += length;
      if (!Number.isSafeInteger(length) || length < 0) throw new Error(`a read of ${length} bytes`);
      const size = random() % 8 === 0 ? random() % (length + 1) : length;
      return Uint8Array.from({ length: size }, () => (random() % 3 === 0 ? 0 : random() & 255));
    },
  };
}

test.each([1, 2, 3])('no arguments and no memory are too strange (seed %i)', (seed) => {
  const random = generator(seed * 7919);
  const interesting = [
    0n,
    1n,
    2n,
    3n,
    8n,
    32n,
    0xffffffffn,
    0x7fffffffn,
    0xffffffffffffffffn,
    0x7fffffff0000n,
    0x8000000000000000n,
  ];
  for (const abi of ['x86_64', 'i386'] as const) {
    for (let number = -1; number < tableSize(abi) + 2; number++) {
      const pick = (): bigint =>
        interesting[random() % interesting.length]! + (random() % 4 === 0 ? BigInt(random() % 256) : 0n);
      const args = Array.from({ length: 6 }, pick);
      const memory = random() % 4 === 0 ? nothing : noise(random);
      const options = { verbose: random() % 2 === 0, describeFd: () => '/a/file' };
      const entered = decodeEntry(abi, number, args, memory, options);
      const value = [0n, 1n, 3n, 100n, -2n, -512n, -4095n, 0x7fff12345000n][random() % 8]!;
      const left = decodeExit(entered, returnOf(value), memory, options);
      expect(formatCall(left)).toContain(left.name);
      expect(left.args.some(({ type }) => type === 'pending')).toBe(false);
      formatUnfinished(entered);
      formatResumed(entered, left);
      formatCall(decodeUnreturned(entered));
      JSON.parse(callToJson(left, { tid: 1 }));
      if ('asked' in memory) expect(memory.asked, left.name).toBeLessThan(8 << 20);
    }
  }
});

/** Memory with words at 0x1000 and a string at 0x2000. */
function words(values: readonly number[], text = ''): { read(address: bigint, length: number): Uint8Array } {
  const first = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => first.writeUInt32LE(value >>> 0, index * 4));
  const second = Buffer.from(`${text}\0`);
  return {
    read: (address, length) => {
      const [bytes, offset] =
        address >= 0x2000n ? [second, Number(address - 0x2000n)] : [first, Number(address - 0x1000n)];
      return offset < 0 ? new Uint8Array(0) : bytes.subarray(offset, offset + length);
    },
  };
}

function i386(
  name: string,
  args: readonly bigint[],
  result: bigint,
  memory = nothing as ReturnType<typeof words>,
): string {
  const entered = decodeEntry('i386', numberOf('i386', name)!, [...args, 0n, 0n, 0n, 0n, 0n, 0n].slice(0, 6), memory);
  return formatCall(decodeExit(entered, returnOf(result), memory)).replace(/ += /, ' = ');
}

test('i386: split offsets, calls inside of calls, arguments in memory', () => {
  expect(i386('pread64', [3n, 0n, 0n, 0x10n, 0x1n], 0n)).toBe('pread64(3, NULL, 0, 4294967312) = 0');
  expect(i386('socketcall', [1n, 0x1000n], 3n, words([2, 1, 6]))).toBe('socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3');
  expect(i386('socketcall', [1n, 0n], -14n)).toBe('socketcall(1, NULL) = -1 EFAULT (Bad address)');
  expect(i386('ipc', [23n, 0n, 4096n, 0o1600n], 5n)).toBe('shmget(IPC_PRIVATE, 4096, IPC_CREAT|0600) = 5');
  expect(i386('mmap', [0x1000n], 0x40000000n, words([0, 8192, 3, 0x22, -1, 0]))).toBe(
    'mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x40000000',
  );
  expect(i386('mmap2', [0n, 4096n, 1n, 2n, 3n, 2n], 0xf7000000n)).toBe(
    'mmap2(NULL, 4096, PROT_READ, MAP_PRIVATE, 3, 0x2000) = 0xf7000000',
  );
  expect(i386('open', [0x2000n, 0n], 3n, words([], '/etc/passwd'))).toBe('open("/etc/passwd", O_RDONLY) = 3');
  expect(i386('nanosleep', [0x1000n, 0n], 0n, words([1, 500]))).toBe('nanosleep({tv_sec=1, tv_nsec=500}, NULL) = 0');
  expect(i386('clock_gettime64', [1n, 0x1000n], 0n, words([5, 0, 7, 0]))).toBe(
    'clock_gettime64(CLOCK_MONOTONIC, {tv_sec=5, tv_nsec=7}) = 0',
  );
  expect(i386('setuid', [0xffffn], 0n)).toBe('setuid(-1) = 0');
});

test('unknown numbers, restarts, and calls that do not return', () => {
  const call = (number: number, value: bigint): string =>
    formatCall(decodeExit(decodeEntry('x86_64', number, [0n, 1n, 2n, 3n, 4n, 5n], nothing), returnOf(value), nothing));
  expect(call(0x1f4, -38n)).toBe('syscall_0x1f4(0, 0x1, 0x2, 0x3, 0x4, 0x5) = -1 ENOSYS (Function not implemented)');
  expect(call(-1, 0n)).toContain('syscall_0xffffffffffffffff(');
  expect(call(numberOf('x86_64', 'pause')!, -514n)).toBe(
    'pause()                                 = ? ERESTARTNOHAND (To be restarted if no handler)',
  );
  const exit = decodeEntry('x86_64', numberOf('x86_64', 'exit_group')!, [3n, 0n, 0n, 0n, 0n, 0n], nothing);
  expect(formatCall(decodeUnreturned(exit), { seconds: 0.000012, prefix: '77    ' })).toBe(
    '77    exit_group(3)                     = ? <0.000012>',
  );
});
