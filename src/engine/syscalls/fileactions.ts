/** What can be done to the open files of a live process: system calls that it is made to execute. */
import { chownSync, closeSync, fstatSync, readFileSync, statSync } from 'node:fs';
import { readStatus } from '../../common/procfs';
import { parseFdinfo } from '../../common/procfsfiles';
import { native } from '../../ptrace/native';
import { formatCall } from '../../syscalls/format';
import type { DecodedCall } from '../../syscalls/model';
import { describeFd } from './fdnames';
import type { MakeCall, RemoteCalls, RemoteOptions } from './remotecalls';
import { refusal } from './remoteobstacles';

/** asm-generic/fcntl.h */
const O_ACCMODE = 3;
const O_WRONLY = 1;
const O_RDWR = 2;
const O_CREAT = 0o100;
const O_NOCTTY = 0o400;
const O_TRUNC = 0o1000;
const O_APPEND = 0o2000;
const O_CLOEXEC = 0o2000000;
const AT_FDCWD = -100n;
const F_DUPFD = 0n;
const F_SETFD = 2n;
/** What the umask of the process leaves of it. */
const MODE = 0o666n;

export type RedirectTarget =
  { readonly kind: 'file'; readonly path: string; readonly how: 'truncate' | 'append' } | { readonly kind: 'console' };

export interface Redirected {
  /** What the descriptor stood for; undefined when it was not open. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export class FileActions {
  constructor(
    private readonly pid: number,
    private readonly calls: RemoteCalls,
    /** Tells what arrives at a terminal's master, which it closes, as output of the program. */
    private readonly showOutput: (master: number, category: 'stdout' | 'stderr') => void,
  ) {}

  /** Closes a descriptor; returns what it stood for. Rejects with a UserError. */
  async close(fd: number, options: RemoteOptions): Promise<string> {
    const what = this.open(fd);
    await this.calls.perform(options, async (make) => succeeded(await make('close', BigInt(fd))));
    return what;
  }

  /** Makes another descriptor of the same open file: the lowest that is free, or a certain one, which is closed first. */
  async duplicate(fd: number, wanted: number | undefined, options: RemoteOptions): Promise<number> {
    this.open(fd);
    if (wanted === fd) return fd;
    return this.calls.perform(options, async (make) => {
      const call =
        wanted === undefined
          ? make('fcntl', BigInt(fd), F_DUPFD, 0n)
          : make('dup3', BigInt(fd), BigInt(wanted), BigInt(0));
      return Number(succeeded(await call));
    });
  }

  /**
   * Makes a descriptor stand for another file, or for a terminal whose output is told as the program's. A path begins where
   * the process is. Rejects with a UserError; then the descriptor stands for what it did.
   */
  redirect(fd: number, to: RedirectTarget, options: RemoteOptions): Promise<Redirected> {
    const before = describeFd(this.pid, fd);
    const flags = before === undefined ? undefined : this.flagsOf(fd);
    return this.calls.perform(options, async (make) => {
      if (to.kind === 'file') {
        await this.put(make, fd, flags, await openFile(make, to, accessOf(fd, flags)));
      } else {
        if (accessOf(fd, flags) === 0) {
          throw refusal(
            `Descriptor ${fd} is read from, and the Debug Console takes output only: redirect it to a file.`,
          );
        }
        await this.toConsole(make, fd, flags);
      }
      return { before, after: describeFd(this.pid, fd) };
    });
  }

  /** Changes the working directory; returns it as the kernel names it. Rejects with a UserError. */
  async changeDirectory(path: string, options: RemoteOptions): Promise<void> {
    await this.calls.perform(options, async (make) => succeeded(await make('chdir', bytesOf(path))));
  }

  // ---- parts ----

  /** What a descriptor stands for. Throws UserError when it is not open. */
  private open(fd: number): string {
    const what = describeFd(this.pid, fd);
    if (what === undefined) throw refusal(`Descriptor ${fd} is not open in process ${this.pid}.`, 'no-such-fd');
    return what;
  }

  private flagsOf(fd: number): number | undefined {
    try {
      return parseFdinfo(readFileSync(`/proc/${this.pid}/fdinfo/${fd}`, 'utf8'))?.flags;
    } catch {
      return undefined;
    }
  }

  /** Lets `fd` stand for what `fresh` does, and closes that. An fd that exec closes stays one. */
  private async put(make: MakeCall, fd: number, flags: number | undefined, fresh: number): Promise<void> {
    const closesAtExec = ((flags ?? 0) & O_CLOEXEC) !== 0;
    if (fresh === fd) {
      if (!closesAtExec) succeeded(await make('fcntl', BigInt(fd), F_SETFD, 0n));
      return;
    }
    try {
      succeeded(await make('dup3', BigInt(fresh), BigInt(fd), BigInt(closesAtExec ? O_CLOEXEC : 0)));
    } finally {
      await make('close', BigInt(fresh));
    }
  }

  private async toConsole(make: MakeCall, fd: number, flags: number | undefined): Promise<void> {
    const { master, slave, name } = native.openPty();
    let isShown = false;
    try {
      this.giveTo(name);
      // Its own mount namespace may have another /dev/pts, or none.
      const paths = [name, `/proc/${process.pid}/fd/${slave}`];
      const fresh = await this.openTerminal(make, paths, slave);
      await this.put(make, fd, flags, fresh);
      this.showOutput(master, fd === 2 ? 'stderr' : 'stdout');
      isShown = true;
    } finally {
      closeSync(slave);
      if (!isShown) closeSync(master);
    }
  }

  /** A terminal belongs to who opened it: a program of another user could not. */
  private giveTo(name: string): void {
    const owner = readStatus(this.pid)?.uid.effective;
    if (process.getuid?.() !== 0 || owner === undefined || owner === 0) return;
    try {
      chownSync(name, owner, -1);
    } catch {
      // Then opening it tells.
    }
  }

  /** Opens the terminal whose slave we hold in the process; the first path that leads to it there. */
  private async openTerminal(make: MakeCall, paths: readonly string[], slave: number): Promise<number> {
    const ours = fstatSync(slave);
    let failed: DecodedCall | undefined;
    for (const path of paths) {
      const call = await make('openat', AT_FDCWD, bytesOf(path), BigInt(O_RDWR | O_NOCTTY | O_CLOEXEC), 0n);
      if (call.result?.errno) {
        failed ??= call;
        continue;
      }
      const fresh = Number(succeeded(call));
      const theirs = statSync(`/proc/${this.pid}/fd/${fresh}`);
      if (theirs.dev === ours.dev && theirs.ino === ours.ino) return fresh;
      // Another terminal of that name, of another /dev/pts.
      await make('close', BigInt(fresh));
    }
    const why = failed ? `: ${describeFailure(failed)}` : ', as it runs in a container with another /dev/pts';
    throw refusal(
      `The program cannot open a terminal of the debugger${why}. Redirect it to a file instead.`,
      'no-terminal',
    );
  }
}

/** How a descriptor is used: as it was opened; one that is not open is written to, unless it is 0. */
function accessOf(fd: number, flags: number | undefined): number {
  return flags === undefined ? (fd === 0 ? 0 : O_WRONLY) : flags & O_ACCMODE;
}

async function openFile(
  make: MakeCall,
  { path, how }: { readonly path: string; readonly how: 'truncate' | 'append' },
  access: number,
): Promise<number> {
  const writing = O_CREAT | (how === 'append' ? O_APPEND : O_TRUNC);
  const flags = access | O_CLOEXEC | O_NOCTTY | (access === 0 ? 0 : writing);
  return Number(succeeded(await make('openat', AT_FDCWD, bytesOf(path), BigInt(flags), MODE)));
}

/** A text as the kernel takes it. Throws UserError where it has a NUL, which would end it. */
export function bytesOf(text: string): Uint8Array {
  if (text.includes('\0'))
    throw refusal(`${JSON.stringify(text)} has a NUL in it, where the text would end.`, 'bad-argument');
  return Buffer.from(`${text}\0`, 'utf8');
}

const describeFailure = (call: DecodedCall): string => formatCall(call, { column: 0 });

/** What a call returned. Throws UserError when it failed. */
function succeeded(call: DecodedCall): bigint {
  const { result } = call;
  if (!result || result.errno) {
    throw refusal(`The call failed in the program: ${describeFailure(call)}.`, 'call-failed');
  }
  return result.value;
}
