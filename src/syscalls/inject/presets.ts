/** Ready-made rules: sets of injections with a name, as `syscalls.inject` takes them by `{ "preset": … }`. */
import type { InjectionObject } from './rule';

export interface Preset {
  readonly name: string;
  /** For menus and completions. */
  readonly label: string;
  readonly description: string;
  /**
   * The program has to make real calls for what the vDSO answers without one (clock_gettime, gettimeofday, time, getcpu;
   * getrandom since Linux 6.11): the engine hides AT_SYSINFO_EHDR from it at launch.
   */
  readonly withoutVdso: boolean;
  readonly rules: readonly InjectionObject[];
}

/** Little-endian bytes of numbers of 8 bytes each, in hexadecimal. */
function words(...values: bigint[]): string {
  return values
    .map((value) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(value);
      return bytes.toString('hex');
    })
    .join('');
}

/** 2001-09-09 01:46:40 UTC: a billion seconds. */
const fixedSeconds = 1_000_000_000n;

/** Calls that wait and may be interrupted (signal(7)). */
const interruptible =
  'read,readv,pread64,write,writev,pwrite64,recvfrom,recvmsg,sendto,sendmsg,accept,accept4,connect,poll,ppoll,select,pselect6,epoll_wait,epoll_pwait,nanosleep,clock_nanosleep,wait4,waitid,futex,flock';

const aFile = 'fd ~ "/**" && !(fd ~ "/dev/**") && !(fd ~ "/proc/**") && !(fd ~ "/sys/**")';

export const presets: readonly Preset[] = [
  {
    name: 'fixed-time',
    label: 'Fixed time',
    description: 'Every clock says 2001-09-09 01:46:40 UTC.',
    withoutVdso: true,
    rules: [
      { calls: 'clock_gettime', retval: 0, pokeExit: { 2: words(fixedSeconds, 0n) } },
      { calls: 'gettimeofday', retval: 0, pokeExit: { 1: words(fixedSeconds, 0n) } },
      { calls: 'time', retval: fixedSeconds.toString() },
    ],
  },
  {
    name: 'fixed-random',
    label: 'Fixed random numbers',
    description: 'getrandom, /dev/random and /dev/urandom give the same bytes each time.',
    withoutVdso: true,
    rules: [
      { calls: 'getrandom', pokeExit: { 1: '*00112233445566778899aabbccddeeff' } },
      { calls: 'read', condition: 'fd ~ "/dev/{u,}random"', pokeExit: { 2: '*00112233445566778899aabbccddeeff' } },
    ],
  },
  {
    name: 'fixed-pid',
    label: 'Fixed process id',
    description: 'getpid and gettid say 1000, getppid 999.',
    withoutVdso: false,
    rules: [
      { calls: 'getpid,gettid', retval: 1000 },
      { calls: 'getppid', retval: 999 },
    ],
  },
  {
    name: 'no-network',
    label: 'No network',
    description: 'Internet sockets cannot be connected or written to; local ones work.',
    withoutVdso: false,
    rules: [
      {
        calls: 'connect',
        condition: 'uservaddr.sa_family == AF_INET || uservaddr.sa_family == AF_INET6',
        error: 'ENETUNREACH',
      },
      { calls: 'sendto', condition: 'addr.sa_family == AF_INET || addr.sa_family == AF_INET6', error: 'ENETUNREACH' },
      {
        calls: 'sendmsg',
        condition: 'msg.msg_name.sa_family == AF_INET || msg.msg_name.sa_family == AF_INET6',
        error: 'ENETUNREACH',
      },
    ],
  },
  {
    name: 'disk-full',
    label: 'Disk full',
    description: 'Files cannot grow: writing to and creating them fails with ENOSPC.',
    withoutVdso: false,
    rules: [
      {
        calls: 'write,writev,pwrite64,pwritev,pwritev2,fallocate,copy_file_range,sendfile',
        condition: aFile,
        error: 'ENOSPC',
      },
      { calls: 'open,openat', condition: 'flags & O_CREAT', error: 'ENOSPC' },
      { calls: 'mkdir,mkdirat,creat,symlink,symlinkat,link,linkat,mknod,mknodat', error: 'ENOSPC' },
    ],
  },
  {
    name: 'eintr-storm',
    label: 'Interrupted calls',
    description: 'Every second call that may wait fails with EINTR.',
    withoutVdso: false,
    rules: [{ calls: interruptible, error: 'EINTR', when: '1+2' }],
  },
  {
    name: 'hide-debugger',
    label: 'Hide the debugger',
    description: 'ptrace(PTRACE_TRACEME) succeeds, TracerPid is 0, the process is dumpable.',
    withoutVdso: false,
    rules: [
      { calls: 'ptrace', condition: 'request == PTRACE_TRACEME', retval: 0 },
      { calls: 'prctl', condition: 'option == PR_GET_DUMPABLE', retval: 1 },
      { calls: 'prctl', condition: 'option == PR_SET_DUMPABLE || option == PR_SET_PTRACER', retval: 0 },
      {
        calls: 'read,pread64',
        condition: 'fd ~ "/proc/**/status"',
        rewrite: { argument: 2, pattern: '(TracerPid:\\s*)\\d+', replacement: '$10' },
      },
    ],
  },
];

/** A preset by its name. */
export function findPreset(name: string): Preset | undefined {
  return presets.find((preset) => preset.name === name);
}
