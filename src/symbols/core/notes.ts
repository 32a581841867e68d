/**
 * The notes of a core file: what the kernel wrote down of the process and of each thread (fs/binfmt_elf.c, Linux 6.12;
 * <linux/elf.h>). Bytes in, values out; damaged notes end the walk.
 */
import { virtAddr, type VirtAddr } from '../../common/addresses';
import { parseAuxv } from '../../common/procfs';
import { asBuffer, readText } from '../elf/buffers';
import { EMPTY_THREAD_NAMES, readThreadNames, THREAD_NAMES_OWNER, type ThreadNames } from './threadnames';

export const NT_PRSTATUS = 1;
export const NT_FPREGSET = 2;
export const NT_PRPSINFO = 3;
export const NT_AUXV = 6;
export const NT_SIGINFO = 0x53494749;
export const NT_FILE = 0x46494c45;
export const NT_X86_XSTATE = 0x202;
/** Where the components of the XSAVE area are, since Linux 6.12. */
export const NT_X86_XSAVE_LAYOUT = 0x205;

/** `struct elf_prstatus` and the offsets of what is read of it. */
export const PRSTATUS = {
  size: 336,
  cursig: 12,
  sighold: 24,
  pid: 32,
  ppid: 36,
  pgrp: 40,
  sid: 44,
  registers: 112,
  fpvalid: 328,
};
/** `struct user_regs_struct` in it, bytes. */
export const REGISTERS_SIZE = 216;
/** `struct elf_prpsinfo`. */
export const PRPSINFO = { size: 136, pid: 24, fname: 40, psargs: 56, fnameSize: 16, psargsSize: 80 };

/** One thread, as its NT_PRSTATUS and the notes behind it tell. */
export interface CoreThread {
  readonly tid: number;
  /** `pr_cursig`: the signal it was stopped by, 0 for none. */
  readonly signal: number;
  /** `user_regs_struct`, 216 bytes. */
  readonly registers: Uint8Array;
  /** NT_FPREGSET: the 512 bytes of FXSAVE. */
  fpregset?: Uint8Array;
  /** NT_X86_XSTATE: the XSAVE area in the standard format. */
  xstate?: Uint8Array;
  /** NT_SIGINFO: `siginfo_t`, 128 bytes. */
  siginfo?: Uint8Array;
}

/** NT_PRPSINFO. */
export interface CoreProcess {
  readonly pid: number;
  /** The name of the leader, up to 15 bytes. */
  readonly name: string;
  /** The beginning of its command line, up to 79 bytes. */
  readonly commandLine: string;
}

/** One line of NT_FILE: a part of a file that was mapped. */
export interface CoreMapping {
  readonly start: VirtAddr;
  /** One past the last byte. */
  readonly end: VirtAddr;
  /** Offset in the file, bytes. */
  readonly offset: number;
  readonly path: string;
  readonly deleted: boolean;
}

/** A component of the XSAVE area, from NT_X86_XSAVE_LAYOUT. */
export interface XsaveComponent {
  readonly index: number;
  readonly offset: number;
  readonly size: number;
}

export interface CoreNotes {
  /** The one that brought the process down comes first. */
  readonly threads: readonly CoreThread[];
  readonly process?: CoreProcess;
  readonly auxv: ReadonlyMap<number, bigint>;
  /** Undefined when the core has no NT_FILE. */
  readonly mappings?: readonly CoreMapping[];
  readonly xsaveLayout?: readonly XsaveComponent[];
  /** Names of threads, which only cores of our own have. */
  readonly threadNames: ThreadNames;
}

interface Note {
  readonly owner: string;
  readonly type: number;
  readonly data: Buffer;
}

/** Notes are padded to 4 bytes on Linux, whatever `p_align` says (binfmt_elf.c, `writenote`). */
const padded = (size: number): number => Math.ceil(size / 4) * 4;

/** The whole notes of a PT_NOTE segment, in order. */
function* walk(bytes: Uint8Array): Generator<Note> {
  const notes = asBuffer(bytes);
  for (let at = 0; at + 12 <= notes.length;) {
    const nameSize = notes.readUInt32LE(at);
    const size = notes.readUInt32LE(at + 4);
    const type = notes.readUInt32LE(at + 8);
    const start = at + 12 + padded(nameSize);
    if (start + size > notes.length) return;
    yield {
      owner: notes.toString('latin1', at + 12, at + 12 + nameSize).replace(/\0+$/, ''),
      type,
      data: notes.subarray(start, start + size),
    };
    at = start + padded(size);
  }
}

/** @param segments the contents of the PT_NOTE segments */
export function readCoreNotes(segments: readonly Uint8Array[]): CoreNotes {
  const threads = new Map<number, CoreThread>();
  let thread: CoreThread | undefined;
  let process: CoreProcess | undefined;
  let auxv: ReadonlyMap<number, bigint> = new Map();
  let mappings: readonly CoreMapping[] | undefined;
  let xsaveLayout: readonly XsaveComponent[] | undefined;
  let threadNames: ThreadNames = EMPTY_THREAD_NAMES;
  for (const segment of segments) {
    for (const { owner, type, data } of walk(segment)) {
      if (owner === THREAD_NAMES_OWNER) threadNames = readThreadNames(data);
      if (owner !== 'CORE' && owner !== 'LINUX') continue;
      if (type === NT_PRSTATUS) thread = addThread(threads, data);
      else if (type === NT_PRPSINFO) process ??= readProcess(data);
      else if (type === NT_AUXV) auxv = parseAuxv(data);
      else if (type === NT_FILE) mappings ??= readMappings(data);
      else if (type === NT_X86_XSAVE_LAYOUT) xsaveLayout ??= readXsaveLayout(data);
      else if (!thread) continue;
      else if (type === NT_FPREGSET && data.length >= 512) thread.fpregset ??= data;
      else if (type === NT_X86_XSTATE && data.length >= 512) thread.xstate ??= data;
      else if (type === NT_SIGINFO) thread.siginfo ??= data;
    }
  }
  return {
    threads: [...threads.values()],
    auxv,
    threadNames,
    ...(process && { process }),
    ...(mappings && { mappings }),
    ...(xsaveLayout && { xsaveLayout }),
  };
}

/** The thread that the notes from here on are about; one that comes twice is the first of the two. */
function addThread(threads: Map<number, CoreThread>, data: Buffer): CoreThread | undefined {
  if (data.length < PRSTATUS.registers + REGISTERS_SIZE) return undefined;
  const tid = data.readInt32LE(PRSTATUS.pid);
  const known = threads.get(tid);
  if (known) return known;
  const thread = {
    tid,
    signal: data.readInt16LE(PRSTATUS.cursig),
    registers: data.subarray(PRSTATUS.registers, PRSTATUS.registers + REGISTERS_SIZE),
  };
  threads.set(tid, thread);
  return thread;
}

function readProcess(data: Buffer): CoreProcess | undefined {
  if (data.length < PRPSINFO.size) return undefined;
  const text = (start: number, size: number): string => readText(data.subarray(start, start + size), 0);
  return {
    pid: data.readInt32LE(PRPSINFO.pid),
    name: text(PRPSINFO.fname, PRPSINFO.fnameSize),
    commandLine: text(PRPSINFO.psargs, PRPSINFO.psargsSize).trimEnd(),
  };
}

const DELETED = ' (deleted)';

/**
 * NT_FILE: `long count, long page_size`, then `long start, end, file_ofs` (in pages) for each, then the names, each with
 * a NUL. What is damaged is left out.
 */
function readMappings(data: Buffer): CoreMapping[] {
  if (data.length < 16) return [];
  const pageSize = Number(data.readBigUInt64LE(8));
  const count = Math.min(Number(data.readBigUInt64LE(0)), Math.floor((data.length - 16) / 24));
  const mappings: CoreMapping[] = [];
  let name = 16 + count * 24;
  for (let i = 0; i < count; i++) {
    const end = data.indexOf(0, name);
    if (end < 0) break;
    const full = data.toString('utf8', name, end);
    name = end + 1;
    const at = 16 + i * 24;
    const deleted = full.endsWith(DELETED);
    const mapping = {
      start: virtAddr(data.readBigUInt64LE(at)),
      end: virtAddr(data.readBigUInt64LE(at + 8)),
      offset: Number(data.readBigUInt64LE(at + 16)) * pageSize,
      path: deleted ? full.slice(0, -DELETED.length) : full,
      deleted,
    };
    if (mapping.end > mapping.start && Number.isSafeInteger(mapping.offset)) mappings.push(mapping);
  }
  return mappings;
}

/** `struct x86_xfeat_component { u32 type, size, offset, flags; }`. */
function readXsaveLayout(data: Buffer): XsaveComponent[] {
  const components: XsaveComponent[] = [];
  for (let at = 0; at + 16 <= data.length; at += 16) {
    const index = data.readUInt32LE(at);
    if (index >= 2) components.push({ index, size: data.readUInt32LE(at + 4), offset: data.readUInt32LE(at + 8) });
  }
  return components;
}
