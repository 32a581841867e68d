/** A real process under ptrace, stopped, with everything that unwinding it needs. */
import { readFileSync } from 'node:fs';
import { virtAddr, type VirtAddr } from '../../src/common/addresses';
import { BufferSource } from '../../src/common/bytes';
import { readMaps } from '../../src/common/procfs';
import { PTRACE_O_EXITKILL, PTRACE_O_TRACEEXEC, ResumeKind } from '../../src/ptrace/constants';
import { ProcessMemory } from '../../src/ptrace/memory';
import { native } from '../../src/ptrace/native';
import { ThreadRegisters } from '../../src/ptrace/registers';
import { decodeWaitStatus } from '../../src/ptrace/waitstatus';
import { PT_LOAD } from '../../src/symbols/elf/constants';
import { ElfFile } from '../../src/symbols/elf/elffile';
import { SymbolTable } from '../../src/symbols/elf/symtab';
import { Module } from '../../src/symbols/module';
import { InnermostCfa } from '../../src/symbols/unwind/innermostcfa';
import { StackUnwinder } from '../../src/symbols/unwind/unwinder';

const SIGTRAP = 5;

export interface StartOptions {
  readonly args?: readonly string[];
  /** Reads the ELF of one file from another, e.g. from a copy without call frame information. */
  readonly readInstead?: ReadonlyMap<string, string>;
}

export class StoppedProcess {
  readonly memory: ProcessMemory;
  readonly registers: ThreadRegisters;
  private readonly modules: Module[] = [];
  /** A signal that arrived in a step, delivered with the next one. */
  private pending = 0;

  private constructor(
    readonly pid: number,
    private readonly file: string,
    private readonly options: StartOptions,
  ) {
    this.memory = new ProcessMemory(pid);
    this.registers = new ThreadRegisters(pid);
    this.registers.fetch();
  }

  /** Starts a program with an empty environment and no ASLR, stopped at its first instruction (the loader's). */
  static start(file: string, options: StartOptions = {}): StoppedProcess {
    const { pid } = native.spawn({
      file,
      argv: [file, ...(options.args ?? [])],
      env: [],
      stdio: [-1, -1, -1],
      disableAslr: true,
      options: PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL,
      newSession: false,
    });
    return new StoppedProcess(pid, file, options);
  }

  get pc(): VirtAddr {
    return this.registers.pc;
  }

  unwinder(): StackUnwinder {
    return new StackUnwinder(this.registers, this.memory, (pc) => this.moduleAt(pc));
  }

  /** Serves the same process at one stop after the other. */
  innermostCfa(): InnermostCfa {
    return new InnermostCfa(this.memory, (pc) => this.moduleAt(pc));
  }

  /** Address of a symbol of the program itself, from the file that runs, whatever the unwinder reads instead. */
  address(symbol: string): VirtAddr {
    const elf = ElfFile.parse(new BufferSource(readFileSync(this.file)), this.file);
    const found = SymbolTable.of(elf).named(symbol)[0];
    if (!found) throw new Error(`${this.file} has no symbol ${symbol}`);
    const start = readMaps(this.pid).find((region) => region.path === this.file)!.start;
    return virtAddr(BigInt(found.address) + biasOf(elf, start));
  }

  /** Whether an address lies in code that some file (or the vdso) brought. */
  isCode(address: bigint): boolean {
    return this.moduleAt(virtAddr(address))?.isCode(virtAddr(address)) ?? false;
  }

  /** Runs until the instruction at `address`, delivering signals; throws when the process ends first. */
  runTo(address: VirtAddr): void {
    const original = this.memory.read(address, 1);
    this.memory.write(address, Uint8Array.of(0xcc));
    for (;;) {
      if (!this.resume(ResumeKind.Continue)) throw new Error(`${this.file} ended before ${address.toString(16)}`);
      if (this.pending === 0 && this.pc === address + 1n) break;
    }
    this.memory.write(address, original);
    this.registers.pc = address;
    this.registers.store();
  }

  /** Runs one instruction; false when the process ended. */
  step(): boolean {
    return this.resume(ResumeKind.SingleStep);
  }

  /** Runs until a signal other than SIGTRAP stops it, and keeps that signal from it. Returns its number. */
  runToSignal(): number {
    while (this.resume(ResumeKind.Continue)) {
      const signal = this.pending;
      this.pending = 0;
      if (signal !== 0) return signal;
    }
    throw new Error(`${this.file} ended without a signal`);
  }

  /** Delivers a signal when the process runs next. */
  deliver(signal: number): void {
    this.pending = signal;
  }

  /** The symbol at an address, and the file. */
  nameAt(address: VirtAddr): string | undefined {
    return this.moduleAt(address)?.symbolAt(address)?.symbol.name;
  }

  fileAt(address: VirtAddr): string | undefined {
    return this.moduleAt(address)?.path;
  }

  kill(): void {
    try {
      native.tgkill(this.pid, this.pid, 9);
      native.waitSlice(this.pid, 5000);
    } catch {
      // It has ended by itself.
    }
    for (const module of this.modules) module.close();
    this.memory.close();
  }

  private resume(kind: ResumeKind): boolean {
    native.resume(kind, this.pid, this.pending);
    this.pending = 0;
    let raw: number;
    do raw = native.waitSlice(this.pid, 10_000);
    while (raw === -1);
    const status = decodeWaitStatus(raw);
    if (status.kind === 'exited' || status.kind === 'killed') return false;
    if (status.kind === 'signal' && status.signal !== SIGTRAP) this.pending = status.signal;
    this.registers.fetch();
    return true;
  }

  private moduleAt(pc: VirtAddr): Module | undefined {
    const find = (): Module | undefined => this.modules.find((module) => module.contains(pc));
    const known = find();
    if (known) return known;
    for (const { path, start, end } of readMaps(this.pid)) {
      if (this.modules.some((module) => module.path === path)) continue;
      if (path === '[vdso]') {
        const image = this.memory.read(start, Number(end - start));
        this.modules.push(Module.fromImage(image, path, biasOf(ElfFile.parse(new BufferSource(image), path), start)));
      } else if (path.startsWith('/')) {
        const openPath = this.options.readInstead?.get(path) ?? path;
        const elf = ElfFile.parse(new BufferSource(readFileSync(openPath)), path);
        this.modules.push(Module.open({ path, openPath, bias: biasOf(elf, start), kind: 'library' }));
      }
    }
    return find();
  }
}

/** From where the file's first byte is mapped. */
function biasOf(elf: ElfFile, start: bigint): bigint {
  const { address, offset } = elf.segments.find(({ type }) => type === PT_LOAD)!;
  return start - BigInt(address - offset);
}
