/**
 * Typed readers of procfs(5): text in, values out, plus thin functions that read the files. A process may vanish at
 * any moment and other people's files are closed to us: then a reader returns undefined (or an empty list), it does not
 * throw.
 */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { virtAddr, type VirtAddr } from './addresses';

/** One line of `/proc/pid/maps`. */
export interface MappedRegion {
  readonly start: VirtAddr;
  /** One past the last byte. */
  readonly end: VirtAddr;
  /** `r`, `w`, `x`, `p`/`s` as in the file, e.g. `r-xp`. */
  readonly permissions: string;
  /** Offset in the file, bytes. */
  readonly offset: number;
  /** `major:minor` in hexadecimal, as in the file. */
  readonly device: string;
  readonly inode: number;
  /** The path with octal escapes undone and ` (deleted)` removed, `[stack]`, `[vdso]`…, or an empty string. */
  readonly path: string;
  readonly deleted: boolean;
}

const MAPS_LINE = /^([0-9a-f]+)-([0-9a-f]+) ([-rwxsp]{4}) ([0-9a-f]+) ([0-9a-f]+:[0-9a-f]+) (\d+) *(.*)$/;
const DELETED = ' (deleted)';

/** Lines that are not of the format are left out. */
export function parseMaps(text: string): MappedRegion[] {
  const regions: MappedRegion[] = [];
  for (const line of text.split('\n')) {
    const fields = MAPS_LINE.exec(line);
    if (!fields) continue;
    const [, start, end, permissions, offset, device, inode, name] = fields as unknown as readonly string[];
    const deleted = name!.endsWith(DELETED);
    const path = deleted ? name!.slice(0, -DELETED.length) : name!;
    regions.push({
      start: virtAddr(BigInt(`0x${start}`)),
      end: virtAddr(BigInt(`0x${end}`)),
      permissions: permissions!,
      offset: Number.parseInt(offset!, 16),
      device: device!,
      inode: Number(inode),
      // The kernel escapes the newline only; a backslash in a name stands for itself.
      path: path.replaceAll('\\012', '\n'),
      deleted,
    });
  }
  return regions;
}

/** The address space of a process, empty when it is gone, a zombie or closed to us. */
export function readMaps(pid: number): MappedRegion[] {
  return parseMaps(readText(`/proc/${pid}/maps`) ?? '');
}

/** The tids of a process in ascending order; empty when it is gone. */
export function listThreads(pid: number): number[] {
  return numericEntries(`/proc/${pid}/task`);
}

/** The name of a thread: up to 15 bytes, set by execve or PR_SET_NAME. */
export function readComm(pid: number, tid: number): string | undefined {
  return readText(`/proc/${pid}/task/${tid}/comm`)?.replace(/\n$/, '');
}

export interface ProcessIds {
  readonly real: number;
  readonly effective: number;
  readonly saved: number;
  readonly filesystem: number;
}

/** What `/proc/pid/status` says. A field that this kernel does not have is 0, empty or false. */
export interface ProcessStatus {
  readonly name: string;
  /** `R` running, `S` sleeping, `D` in uninterruptible sleep, `T` stopped, `t` tracing stop, `Z` zombie, `X` dead, `I` idle. */
  readonly state: string;
  /** The process that the thread belongs to. */
  readonly tgid: number;
  readonly pid: number;
  readonly ppid: number;
  /** 0 when nobody traces it, or when the tracer is out of our pid namespace. */
  readonly tracerPid: number;
  readonly uid: ProcessIds;
  readonly gid: ProcessIds;
  readonly threads: number;
  /** 0 none, 1 strict, 2 filter. */
  readonly seccomp: number;
  readonly noNewPrivs: boolean;
  /** Capability sets, bit n for capability n. */
  readonly capPermitted: bigint;
  readonly capEffective: bigint;
  /** Signals with a handler, bit n - 1 for signal n. */
  readonly signalsCaught: bigint;
}

/** Undefined when the text has no State and Tgid: then it is no status file. */
export function parseStatus(text: string): ProcessStatus | undefined {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const state = fields.get('State');
  const tgid = fields.get('Tgid');
  if (state === undefined || tgid === undefined) return undefined;
  const number = (name: string): number => Number.parseInt(fields.get(name) ?? '0', 10);
  const mask = (name: string): bigint =>
    /^[0-9a-f]+$/.test(fields.get(name) ?? '') ? BigInt(`0x${fields.get(name)}`) : 0n;
  const ids = (name: string): ProcessIds => {
    const [real = 0, effective = real, saved = effective, filesystem = effective] = (fields.get(name) ?? '')
      .split(/\s+/)
      .filter((id) => id !== '')
      .map((id) => Number.parseInt(id, 10));
    return { real, effective, saved, filesystem };
  };
  return {
    // Newlines and backslashes of a name come escaped here.
    name: (fields.get('Name') ?? '').replaceAll('\\n', '\n').replaceAll('\\\\', '\\'),
    state: state.charAt(0),
    tgid: Number.parseInt(tgid, 10),
    pid: number('Pid'),
    ppid: number('PPid'),
    tracerPid: number('TracerPid'),
    uid: ids('Uid'),
    gid: ids('Gid'),
    threads: number('Threads'),
    seccomp: number('Seccomp'),
    noNewPrivs: number('NoNewPrivs') === 1,
    capPermitted: mask('CapPrm'),
    capEffective: mask('CapEff'),
    signalsCaught: mask('SigCgt'),
  };
}

/** Of a process or thread; `'self'` for the caller. */
export function readStatus(pid: number | 'self'): ProcessStatus | undefined {
  return parseStatus(readText(`/proc/${pid}/status`) ?? '');
}

/** The arguments, empty for kernel threads, zombies and processes that are gone. */
export function readCmdline(pid: number): string[] {
  return parseCmdline(readText(`/proc/${pid}/cmdline`) ?? '');
}

/** Arguments end with a NUL; a program that rewrote its title (setproctitle) may leave trailing ones. */
export function parseCmdline(text: string): string[] {
  const trimmed = text.replace(/\0+$/, '');
  return trimmed === '' ? [] : trimmed.split('\0');
}

/** The auxiliary vector by entry type (getauxval(3): 3 AT_PHDR, 7 AT_BASE, 9 AT_ENTRY, 33 AT_SYSINFO_EHDR…). */
export function readAuxv(pid: number): Map<number, bigint> {
  try {
    return parseAuxv(readFileSync(`/proc/${pid}/auxv`));
  } catch (error) {
    return absent(error, new Map<number, bigint>());
  }
}

/** Pairs of 64-bit words up to AT_NULL. */
export function parseAuxv(bytes: Uint8Array): Map<number, bigint> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = new Map<number, bigint>();
  for (let offset = 0; offset + 16 <= bytes.length; offset += 16) {
    const type = Number(view.getBigUint64(offset, true));
    if (type === 0) break;
    entries.set(type, view.getBigUint64(offset + 8, true));
  }
  return entries;
}

/** The path of the program that runs; ` (deleted)` stays at its end when the file was removed or replaced. */
export function readExe(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch (error) {
    return absent(error, undefined);
  }
}

const PF_KTHREAD = 0x200000;
const FLAGS_FIELD = 9;
const START_TIME_FIELD = 22;

/** Whether it is a thread of the kernel itself, which has no user code. */
export function isKernelThread(pid: number): boolean {
  return (statFlags(readText(`/proc/${pid}/stat`) ?? '') & PF_KTHREAD) !== 0;
}

/** When a process was started, in clock ticks after boot: what tells a pid from a later use of it. 0 when it is gone. */
export function startTimeOf(pid: number): bigint {
  const text = readText(`/proc/${pid}/stat`) ?? '';
  const field = text.slice(text.lastIndexOf(')') + 2).split(' ')[START_TIME_FIELD - 3];
  return field !== undefined && /^\d+$/.test(field) ? BigInt(field) : 0n;
}

/** Field 9 of `/proc/pid/stat`. Field 2, the name in parentheses, may itself contain any of them and spaces. */
function statFlags(text: string): number {
  const afterName = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return Number(afterName[FLAGS_FIELD - 3] ?? 0);
}

/** One row of a process picker. */
export interface ProcessEntry {
  readonly pid: number;
  /** comm, up to 15 bytes. */
  readonly name: string;
  /** The name of the effective user, or the number when /etc/passwd does not know it. */
  readonly user: string;
  readonly uid: number;
  /** The arguments with spaces between; the name in brackets when there are none. */
  readonly commandLine: string;
  readonly state: string;
}

/** All processes with user code, in ascending order of pid. */
export function listProcesses(): ProcessEntry[] {
  const users = parsePasswd(readText('/etc/passwd') ?? '');
  const entries: ProcessEntry[] = [];
  for (const pid of numericEntries('/proc')) {
    const status = readStatus(pid);
    if (!status) continue;
    const args = readCmdline(pid);
    if (args.length === 0 && isKernelThread(pid)) continue;
    const uid = status.uid.effective;
    entries.push({
      pid,
      name: status.name,
      user: users.get(uid) ?? String(uid),
      uid,
      commandLine: args.length > 0 ? args.join(' ') : `[${status.name}]`,
      state: status.state,
    });
  }
  return entries;
}

/** User names by uid, from passwd(5); the first of several names for a number counts. */
export function parsePasswd(text: string): Map<number, string> {
  const users = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name, , uid] = line.split(':');
    if (name && uid && /^\d+$/.test(uid) && !users.has(Number(uid))) users.set(Number(uid), name);
  }
  return users;
}

function numericEntries(directory: string): number[] {
  try {
    return readdirSync(directory)
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  } catch (error) {
    return absent(error, []);
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return absent(error, undefined);
  }
}

/** What procfs answers about a process that is gone (ENOENT, ESRCH, EINVAL) or closed to us (EACCES, EPERM). */
const ABSENCE = new Set(['ENOENT', 'ESRCH', 'EINVAL', 'EACCES', 'EPERM']);

function absent<T>(error: unknown, value: T): T {
  if (ABSENCE.has((error as NodeJS.ErrnoException).code ?? '')) return value;
  throw error;
}
