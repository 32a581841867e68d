/**
 * The headers and notes of a core file to be written, as the kernel lays them out (fs/binfmt_elf.c, Linux 6.12). Values
 * in, bytes out; the memory itself is copied behind them by whoever has it.
 */
import { EM_X86_64, PN_XNUM, PT_LOAD, PT_NOTE } from '../elf/constants';
import {
  NT_AUXV,
  NT_FILE,
  NT_FPREGSET,
  NT_PRPSINFO,
  NT_PRSTATUS,
  NT_SIGINFO,
  NT_X86_XSAVE_LAYOUT,
  NT_X86_XSTATE,
  PRPSINFO,
  PRSTATUS,
  REGISTERS_SIZE,
  type CoreMapping,
  type XsaveComponent,
} from './notes';
import { NT_THREAD_NAMES, THREAD_NAMES_OWNER, writeThreadNames, type ThreadNames } from './threadnames';

export interface WrittenThread {
  readonly tid: number;
  /** The signal it was stopped by, 0 for none. */
  readonly signal: number;
  /** `siginfo_t` of that signal. */
  readonly siginfo: Uint8Array | undefined;
  /** The signals it blocks, bit n - 1 for signal n. */
  readonly signalMask: bigint;
  /** `user_regs_struct`, 216 bytes. */
  readonly registers: Uint8Array;
  /** The XSAVE area in the standard format; undefined where the machine has none. */
  readonly xsave: Uint8Array | undefined;
}

export interface WrittenProcess {
  readonly pid: number;
  readonly ppid: number;
  readonly pgrp: number;
  readonly sid: number;
  readonly uid: number;
  readonly gid: number;
  /** `S`, `R`…, as in /proc/PID/stat. */
  readonly state: string;
  readonly name: string;
  readonly commandLine: string;
  /** The bytes of /proc/PID/auxv. */
  readonly auxv: Uint8Array;
}

export interface WrittenCore {
  readonly process: WrittenProcess;
  /** The one that the stop is about first. */
  readonly threads: readonly WrittenThread[];
  readonly threadNames: ThreadNames;
  readonly xsaveLayout: readonly XsaveComponent[];
  readonly mappings: readonly CoreMapping[];
  /** In ascending order of their addresses. */
  readonly loads: readonly WrittenLoad[];
}

export interface WrittenLoad {
  readonly address: bigint;
  readonly memorySize: number;
  /** Bytes of it that the file will hold: all, or none. */
  readonly fileSize: number;
  /** `PF_R | PF_W | PF_X` */
  readonly flags: number;
}

export interface CoreLayout {
  /** What the file begins with. */
  readonly head: Uint8Array;
  /** Where the bytes of each load go, in their order. */
  readonly offsets: readonly number[];
  /** Bytes of the whole file. */
  readonly size: number;
}

const PAGE = 4096;
const EHDR_SIZE = 64;
const PHDR_SIZE = 56;
const SHDR_SIZE = 64;
const ET_CORE = 4;
const FXSAVE_SIZE = 512;

/** Everything of a core file but the memory. */
export function layOutCore(core: WrittenCore): CoreLayout {
  const notes = Buffer.concat(notesOf(core));
  const count = core.loads.length + 1;
  const isMany = count >= PN_XNUM;
  const notesAt = EHDR_SIZE + count * PHDR_SIZE + (isMany ? SHDR_SIZE : 0);
  const head = Buffer.alloc(notesAt + notes.length);
  writeHeader(head, count);
  if (isMany) head.writeUInt32LE(count, EHDR_SIZE + count * PHDR_SIZE + 44);
  head.set(notes, notesAt);
  writeSegment(head, 0, {
    type: PT_NOTE,
    flags: 0,
    offset: notesAt,
    address: 0n,
    size: notes.length,
    memory: 0,
    align: 4,
  });

  let next = Math.ceil(head.length / PAGE) * PAGE;
  const offsets = core.loads.map(({ address, fileSize, memorySize, flags }, i) => {
    const offset = next;
    next += fileSize;
    const segment = { type: PT_LOAD, flags, offset, address, size: fileSize, memory: memorySize, align: PAGE };
    writeSegment(head, i + 1, segment);
    return offset;
  });
  return { head, offsets, size: next };
}

/** The ELF header; with PN_XNUM, section header 0 has the number of segments (gABI, chapter 5). */
function writeHeader(head: Buffer, count: number): void {
  const isMany = count >= PN_XNUM;
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  head.writeUInt16LE(ET_CORE, 16);
  head.writeUInt16LE(EM_X86_64, 18);
  head.writeUInt32LE(1, 20);
  head.writeBigUInt64LE(BigInt(EHDR_SIZE), 32);
  if (isMany) head.writeBigUInt64LE(BigInt(EHDR_SIZE + count * PHDR_SIZE), 40);
  head.writeUInt16LE(EHDR_SIZE, 52);
  head.writeUInt16LE(PHDR_SIZE, 54);
  head.writeUInt16LE(isMany ? PN_XNUM : count, 56);
  if (isMany) {
    head.writeUInt16LE(SHDR_SIZE, 58);
    head.writeUInt16LE(1, 60);
  }
}

interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: bigint;
  readonly size: number;
  readonly memory: number;
  readonly align: number;
}

function writeSegment(head: Buffer, index: number, segment: Segment): void {
  const at = EHDR_SIZE + index * PHDR_SIZE;
  head.writeUInt32LE(segment.type, at);
  head.writeUInt32LE(segment.flags, at + 4);
  head.writeBigUInt64LE(BigInt(segment.offset), at + 8);
  head.writeBigUInt64LE(segment.address, at + 16);
  head.writeBigUInt64LE(BigInt(segment.size), at + 32);
  head.writeBigUInt64LE(BigInt(segment.memory), at + 40);
  head.writeBigUInt64LE(BigInt(segment.align), at + 48);
}

// ---- notes ----

/** In the kernel's order: what is of the process comes behind the first thread's NT_PRSTATUS. */
function notesOf(core: WrittenCore): Buffer[] {
  const { process, threads, threadNames, mappings, xsaveLayout } = core;
  const notes: Buffer[] = [];
  threads.forEach((thread, i) => {
    notes.push(note('CORE', NT_PRSTATUS, statusOf(thread, process)));
    if (i === 0) notes.push(note('CORE', NT_PRPSINFO, processInfo(process)));
    if (thread.siginfo) notes.push(note('CORE', NT_SIGINFO, thread.siginfo));
    if (i === 0) notes.push(note('CORE', NT_AUXV, process.auxv), note('CORE', NT_FILE, fileNote(mappings)));
    const { xsave } = thread;
    if (!xsave) return;
    notes.push(note('CORE', NT_FPREGSET, xsave.subarray(0, FXSAVE_SIZE)));
    if (xsave.length > FXSAVE_SIZE) notes.push(note('LINUX', NT_X86_XSTATE, xsave));
  });
  if (xsaveLayout.length > 0) notes.push(note('LINUX', NT_X86_XSAVE_LAYOUT, layoutNote(xsaveLayout)));
  if (threadNames.size > 0) notes.push(note(THREAD_NAMES_OWNER, NT_THREAD_NAMES, writeThreadNames(threadNames)));
  return notes;
}

function note(owner: string, type: number, data: Uint8Array): Buffer {
  const nameSize = owner.length + 1;
  const dataAt = 12 + Math.ceil(nameSize / 4) * 4;
  const bytes = Buffer.alloc(dataAt + Math.ceil(data.length / 4) * 4);
  bytes.writeUInt32LE(nameSize, 0);
  bytes.writeUInt32LE(data.length, 4);
  bytes.writeUInt32LE(type, 8);
  bytes.write(owner, 12, 'latin1');
  bytes.set(data, dataAt);
  return bytes;
}

/** `struct elf_prstatus`. */
function statusOf(thread: WrittenThread, { ppid, pgrp, sid }: WrittenProcess): Buffer {
  const { tid, signal, signalMask, registers, xsave } = thread;
  const bytes = Buffer.alloc(PRSTATUS.size);
  bytes.writeInt32LE(signal, 0);
  bytes.writeInt16LE(signal, PRSTATUS.cursig);
  bytes.writeBigUInt64LE(signalMask, PRSTATUS.sighold);
  bytes.writeInt32LE(tid, PRSTATUS.pid);
  bytes.writeInt32LE(ppid, PRSTATUS.ppid);
  bytes.writeInt32LE(pgrp, PRSTATUS.pgrp);
  bytes.writeInt32LE(sid, PRSTATUS.sid);
  bytes.set(registers.subarray(0, REGISTERS_SIZE), PRSTATUS.registers);
  bytes.writeInt32LE(xsave ? 1 : 0, PRSTATUS.fpvalid);
  return bytes;
}

/** `struct elf_prpsinfo`; `pr_state` is the index of the state's letter in "RSDTZW". */
function processInfo(process: WrittenProcess): Buffer {
  const bytes = Buffer.alloc(PRPSINFO.size);
  const state = 'RSDTZW'.indexOf(process.state);
  bytes[0] = Math.max(state, 0);
  bytes[1] = (state < 0 ? '.' : process.state).charCodeAt(0);
  bytes[2] = process.state === 'Z' ? 1 : 0;
  bytes.writeUInt32LE(process.uid, 16);
  bytes.writeUInt32LE(process.gid, 20);
  bytes.writeInt32LE(process.pid, PRPSINFO.pid);
  bytes.writeInt32LE(process.ppid, 28);
  bytes.writeInt32LE(process.pgrp, 32);
  bytes.writeInt32LE(process.sid, 36);
  bytes.set(Buffer.from(process.name).subarray(0, PRPSINFO.fnameSize - 1), PRPSINFO.fname);
  bytes.set(Buffer.from(process.commandLine).subarray(0, PRPSINFO.psargsSize - 1), PRPSINFO.psargs);
  return bytes;
}

function fileNote(mappings: readonly CoreMapping[]): Buffer {
  const table = Buffer.alloc(16 + mappings.length * 24);
  table.writeBigUInt64LE(BigInt(mappings.length), 0);
  table.writeBigUInt64LE(BigInt(PAGE), 8);
  mappings.forEach(({ start, end, offset }, i) => {
    table.writeBigUInt64LE(start, 16 + i * 24);
    table.writeBigUInt64LE(end, 24 + i * 24);
    table.writeBigUInt64LE(BigInt(offset / PAGE), 32 + i * 24);
  });
  const names = mappings.map(({ path, deleted }) => Buffer.from(`${path}${deleted ? ' (deleted)' : ''}\0`));
  return Buffer.concat([table, ...names]);
}

/** `struct x86_xfeat_component { u32 type, size, offset, flags; }`. */
function layoutNote(components: readonly XsaveComponent[]): Buffer {
  const bytes = Buffer.alloc(components.length * 16);
  components.forEach(({ index, size, offset }, i) => {
    bytes.writeUInt32LE(index, i * 16);
    bytes.writeUInt32LE(size, i * 16 + 4);
    bytes.writeUInt32LE(offset, i * 16 + 8);
  });
  return bytes;
}
