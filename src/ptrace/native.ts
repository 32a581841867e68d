/**
 * The typed face of the addon in native/. Every function is synchronous, makes one kernel request and throws a
 * PtraceError when the kernel refuses, a TypeError or RangeError when an argument does not fit.
 *
 * All ptrace requests must come from the thread that seized the tracee: the main thread.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import nodeGypBuild from 'node-gyp-build';
import { PtraceError, UserError, messageOf } from '../common/errors';
import type { ResumeKind } from './constants';

/** What `spawn` starts. */
export interface SpawnRequest {
  /** Absolute, or relative to `cwd`; PATH is not searched. */
  readonly file: string;
  readonly argv: readonly string[];
  /** `NAME=value` strings, the whole environment. */
  readonly env: readonly string[];
  /** The adapter's own when absent. */
  readonly cwd?: string;
  /** Descriptors of this process that become 0, 1 and 2; -1 for /dev/null. All others are closed. */
  readonly stdio: readonly [number, number, number];
  readonly disableAslr: boolean;
  /** PTRACE_O_*; must contain PTRACE_O_TRACEEXEC. */
  readonly options: number;
  /** Makes the debuggee the leader of a new session, without a controlling terminal. */
  readonly newSession: boolean;
}

export interface SpawnResult {
  readonly pid: number;
  /** False as well when it was asked for and the kernel refused personality(2). */
  readonly aslrDisabled: boolean;
}

export interface Pty {
  /** Close-on-exec, non-blocking. */
  readonly master: number;
  /** Close-on-exec, in raw mode: no echo, every byte value passes unchanged. */
  readonly slave: number;
  /** `/dev/pts/N` */
  readonly name: string;
}

/** Where CPUID says the components of the XSAVE area are (Intel SDM volume 1, 13.4). */
export interface XstateLayout {
  /** Bytes of the whole area in the standard format; 512 without XSAVE. */
  readonly size: number;
  /** XCR0, the components the kernel has enabled. */
  readonly features: bigint;
  /** The extended ones, index 2 and up. Byte offsets from the start of the area. */
  readonly components: readonly { readonly index: number; readonly offset: number; readonly size: number }[];
}

export interface Native {
  /**
   * Starts a program seized, and returns with it in its PTRACE_EVENT_EXEC stop, which is consumed. Throws a
   * PtraceError with request `spawn:open`, `spawn:dup`, `spawn:chdir` or `spawn:exec` and the errno of what failed in
   * the child, `spawn:load` (ENOEXEC) when the kernel killed it while loading the image, or `PTRACE_SEIZE`. A failed
   * child is reaped.
   */
  spawn(request: SpawnRequest): SpawnResult;

  seize(tid: number, options: number): void;
  /** The tracee must be stopped. `signal` (0 for none) is delivered if that stop was a signal-delivery-stop. */
  detach(tid: number, signal: number): void;
  setOptions(tid: number, options: number): void;
  interrupt(tid: number): void;
  /** Leaves a group-stopped tracee stopped and open to SIGCONT. */
  listen(tid: number): void;
  /**
   * `signal` as for `detach`. From the exec event, which lies inside execve, SingleStep stops before the first
   * instruction of the new program and Syscall at the exit of that execve.
   */
  resume(kind: ResumeKind, tid: number, signal: number): void;

  /** The raw wait status, or -1 when nothing has happened. Throws ECHILD when it is no tracee or child of ours. */
  poll(tid: number): number;
  /** Like `poll`, but blocks for up to `milliseconds` (at least 1). */
  waitSlice(tid: number, milliseconds: number): number;
  /**
   * The tid of some child or tracee that has an event, which stays to be polled; 0 when `milliseconds` passed. May
   * name a child that is not ours. With 0 milliseconds it only looks.
   */
  peekSlice(milliseconds: number): number;

  /**
   * From now on a thread that has run into an int3 (SIGTRAP with `SI_KERNEL`) stands on it, not behind it, when `poll` or
   * `waitSlice` returns its stop: see native/wait.cc.
   */
  rewindTraps(wanted: boolean): void;
  /** The SIGTRAP handler of native/trap_handler.cc: a page of code, and where in it the handler and its restorer are. */
  trapHandler(): { readonly code: Buffer; readonly entry: number; readonly restorer: number };

  /**
   * Discards SIGCHLD until it is released: for a time in which nobody needs to be told of stops. `milliseconds` is how
   * long that is meant to take: waits within it need no timer of their own.
   */
  holdChildSignal(milliseconds: number): void;
  /** Ends that; with `announce`, a SIGCHLD is raised at once. The caller looks for events that came meanwhile. */
  releaseChildSignal(announce: boolean): void;

  /** Fills `target` (216 bytes) with a user_regs_struct. */
  getRegisters(tid: number, target: Uint8Array): void;
  setRegisters(tid: number, bytes: Uint8Array): void;
  /** The XSAVE area in the standard format, or 512 bytes of FXSAVE where the kernel has no more. */
  getXstate(tid: number): Buffer;
  setXstate(tid: number, bytes: Uint8Array): void;
  xstateLayout(): XstateLayout;
  /** `number` 0–3 and 6, 7. */
  getDebugRegister(tid: number, number: number): bigint;
  setDebugRegister(tid: number, number: number, value: bigint): void;

  /** The 128 bytes of siginfo_t. */
  getSiginfo(tid: number): Buffer;
  /** `si_code` alone. */
  getSignalCode(tid: number): number;
  /** True when the signal waits in the queue of this thread alone, not yet dequeued (PTRACE_PEEKSIGINFO, Linux 3.10). */
  hasPendingSignal(tid: number, signal: number): boolean;
  setSiginfo(tid: number, bytes: Uint8Array): void;
  /** The new tid at a fork, vfork or clone event, the former tid at exec, the exit status at exit. */
  getEventMessage(tid: number): number;
  /** struct ptrace_syscall_info, as many bytes as the kernel wrote (Linux 5.3). */
  getSyscallInfo(tid: number): Buffer;
  /** The same into `target` (88 bytes); returns how many bytes the kernel would have written. */
  readSyscallInfo(tid: number, target: Uint8Array): number;
  peekText(tid: number, address: bigint): bigint;
  pokeText(tid: number, address: bigint, word: bigint): void;
  /** Bit n - 1 stands for signal n. */
  getSignalMask(tid: number): bigint;
  setSignalMask(tid: number, mask: bigint): void;
  tgkill(pid: number, tid: number, signal: number): void;
  /**
   * rt_sigqueueinfo(2): sends the signal of a siginfo_t (128 bytes) with it. The kernel refuses (EPERM) what claims to come
   * from itself or from kill: `si_code` must be negative and not SI_TKILL.
   */
  queueSignal(pid: number, siginfo: Uint8Array): void;
  /** The same to one thread: rt_tgsigqueueinfo(2). */
  queueThreadSignal(pid: number, tid: number, siginfo: Uint8Array): void;

  /** Bytes read from an open /proc/pid/mem, up to the first that cannot be; 0 when none. */
  readMemory(fd: number, address: bigint, target: Uint8Array): number;
  /** Bytes read by process_vm_readv, in whole pages; fast, but 0 where pages are not readable or the call is refused. */
  readPages(pid: number, address: bigint, target: Uint8Array): number;
  /** Bytes written; throws when not even the first could be. */
  writeMemory(fd: number, address: bigint, bytes: Uint8Array): number;

  openPty(): Pty;
  /** Bytes read from a non-blocking descriptor into `target`; 0 when there are none now, -1 when there will be none. */
  readAvailable(fd: number, target: Uint8Array): number;
  /** Another descriptor of the same open file, close-on-exec. */
  duplicate(fd: number): number;
  /** `[read, write]`, close-on-exec. */
  pipe(): [read: number, write: number];

  /** The CPU mask, bit n of byte n / 8 for CPU n. */
  getAffinity(tid: number): Buffer;
  setAffinity(tid: number, mask: Uint8Array): void;
  currentCpu(): number;

  /** A `_Z` name in C++, or null when it is not a mangled one. */
  demangle(name: string): string | null;
}

interface Addon {
  create(errorClass: typeof PtraceError): Native;
}

/** The package's directory, from src/ as well as from a bundle in dist/. */
function packageRoot(): string {
  let directory = __dirname;
  while (!existsSync(join(directory, 'package.json'))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error(`no package.json above ${__dirname}`);
    directory = parent;
  }
  return directory;
}

let addonFile: string | undefined;

function addonPath(): string {
  try {
    return (addonFile ??= nodeGypBuild.resolve(packageRoot()));
  } catch (error) {
    throw new UserError(
      `The native addon of the Ptrace Debugger is missing (${messageOf(error).trim()}). Build it with: npm run build:native`,
      { code: 'no-addon' },
    );
  }
}

/** The program that becomes the debuggee inside a terminal; see native/launcher.cc. */
export function launcherPath(): string {
  return programPath('ptrace-launcher', 'terminal launcher');
}

/** The program that undoes breakpoints when the adapter dies; see native/guardian.cc. */
export function guardianPath(): string {
  return programPath('ptrace-guardian', 'guardian of attached processes');
}

/** A program that is built and packed beside the addon. */
function programPath(name: string, what: string): string {
  const path = join(dirname(addonPath()), name);
  try {
    accessSync(path, constants.X_OK);
  } catch {
    throw new UserError(`The ${what} '${path}' is missing. Build it with: npm run build:native`, {
      code: 'no-program',
    });
  }
  return path;
}

function loadAddon(): Native {
  const file = addonPath();
  const addon = createRequire(file)(file) as Addon;
  return addon.create(PtraceError);
}

/**
 * The addon, loaded at the first use so that importing types costs nothing. That use copies the addon's functions onto
 * the object; from then on each is a plain property and a call costs what a bare N-API call costs.
 */
export const native: Native = Object.create(
  new Proxy(
    {},
    {
      get(_target, property): unknown {
        if (typeof property !== 'string' || Object.keys(native).length > 0) return undefined;
        Object.assign(native, loadAddon());
        return (native as unknown as Record<string, unknown>)[property];
      },
    },
  ),
) as Native;
