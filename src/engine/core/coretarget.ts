/**
 * A process that is gone, as its core file shows it: everything that can be looked at in a stopped process can be looked
 * at here, by the same code. Nothing runs and nothing is changed.
 */
import { EventEmitter } from 'node:events';
import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { virtAddr, type VirtAddr } from '../../common/addresses';
import { UserError } from '../../common/errors';
import { FileSource } from '../../common/filesource';
import type { MappedRegion } from '../../common/procfs';
import type { EvaluationContext } from '../../expr/expression';
import { native } from '../../ptrace/native';
import type { ThreadRegisters } from '../../ptrace/registers';
import { readCoreFile, segmentAt, type CoreFile } from '../../symbols/core/corefile';
import type { CoreMapping } from '../../symbols/core/notes';
import { setCppDemangler } from '../../symbols/demangle';
import type { Module } from '../../symbols/module';
import { ModuleList } from '../../symbols/modulelist';
import { AT_BASE, AT_ENTRY, AT_PHDR, AT_SYSINFO_EHDR } from '../../symbols/rendezvous';
import type { SourcePaths } from '../../symbols/sourcepaths';
import { Inspection, type SymbolicAddress } from '../inspection';
import type { StackFrame, ThreadStack } from '../stack';
import { CodeMap } from '../stepping/codemap';
import { SkipRules } from '../stepping/skiprules';
import type { Target } from '../target';
import type { DebugTarget, TargetEvents, ThreadSummary } from '../targetinterface';
import { signalInfo, Thread } from '../thread';
import type { StopReason, Tid } from '../types';
import { CoreBreakpoints } from './corebreakpoints';
import { CoreMemory, coreRefusal } from './corememory';
import { coreRegisters } from './coreregisters';
import { inferMappings } from './loadedobjects';
import { MappedFiles, permissionsOf } from './mappedfiles';
import { describeMissingPart } from './missing';

setCppDemangler((name) => native.demangle(name));

export interface CoreOptions {
  readonly coreFile: string;
  /** The program that ran; the one that the core names when absent. */
  readonly program: string | undefined;
  readonly sourcePaths: SourcePaths;
  readonly debugFileDirectories: string[];
}

/** Problems of files that are told one by one. */
const MAX_TOLD = 8;

export class CoreTarget extends EventEmitter<TargetEvents> implements DebugTarget {
  readonly startMethod = undefined;
  readonly running = false;
  exited = false;
  readonly pid: number;
  readonly program: string;
  readonly memory: CoreMemory;
  readonly modules: ModuleList;
  readonly breakpoints = new CoreBreakpoints();
  readonly watchpoints = this.breakpoints;
  skip = new SkipRules([], []);
  private readonly code: CodeMap;
  private readonly inspection: Inspection;
  private readonly byTid = new Map<Tid, Thread>();
  private readonly files: MappedFiles;
  /** What there is to say when the client listens. */
  private readonly notes: string[] = [];

  private constructor(
    private readonly core: CoreFile,
    private readonly source: FileSource,
    options: CoreOptions,
  ) {
    super();
    const { sourcePaths: paths, debugFileDirectories } = options;
    const program = options.program === undefined ? undefined : checkedProgram(options.program);
    const coreTime = statSync(options.coreFile).mtimeMs;
    let known = core;
    if (!core.mappings) {
      const inferred = inferMappings(core, new CoreMemory(core), program);
      known = { ...core, mappings: inferred };
      this.notes.push(
        `${core.name} does not say which files were mapped (it has no NT_FILE note). ` +
          (inferred.length > 0
            ? 'They are inferred from the program and the loader’s list.'
            : 'Name the program that ran as "program".'),
      );
    }
    this.memory = new CoreMemory(known);
    const isProgram = programTest(known);
    this.files = new MappedFiles(
      known,
      this.memory,
      {
        program,
        isProgram,
        mapPath: (path) => paths.toLocal(path),
        directories: debugFileDirectories,
      },
      coreTime,
    );
    this.pid = core.process?.pid ?? core.threads[0]!.tid;
    this.program = this.files.program ?? program ?? core.process?.name ?? basename(core.name);
    this.modules = new ModuleList({
      debugFileDirectories,
      mapPath: (path) => paths.toLocal(path),
      openFile: this.files.open,
      noteProblem: (text) => this.emit('output', { category: 'console', data: `${text}\n` }),
      indexObserver: {
        begin: (path) => this.emit('indexing', { path, done: 0 }),
        progress: (path, done, total) => this.emit('indexing', { path, done: done / total }),
        end: (path) => {
          this.inspection.evaluation.forget();
          this.emit('indexing', { path, done: undefined });
        },
      },
    });
    this.code = new CodeMap(this.modules, this.memory);
    this.inspection = new Inspection(this.modules, this.memory, this.code, paths, () => core.auxv);
    for (const each of core.threads) {
      this.byTid.set(each.tid, new Thread(each.tid, coreRegisters(each, core.xsaveLayout)));
    }
    this.loadModules();
    this.noteProblems(program);
  }

  /**
   * Opens a core file; only its headers and notes are read.
   * @throws UserError when there is none, or when it or the program cannot be used
   */
  static open(options: CoreOptions): CoreTarget {
    const source = FileSource.open(options.coreFile);
    try {
      return new CoreTarget(readCoreFile(source, options.coreFile), source, options);
    } catch (error) {
      source.close();
      throw error;
    }
  }

  get live(): Target {
    throw coreRefusal();
  }

  // ---- beginning and end ----

  /** Reports the stop that the core is. */
  start(): void {
    const [thread] = this.byTid.values();
    const reason = this.reason();
    for (const note of this.notes) this.emit('output', { category: 'important', data: `${note}\n` });
    this.emit('output', { category: 'console', data: `${this.introduction(reason)}\n` });
    thread!.stoppedFor = reason;
    this.emit('stopped', { tid: thread!.tid, reason, others: [] });
  }

  terminate(): void {
    this.close();
    this.emit('exited', {});
  }

  kill(): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  detach(): Promise<void> {
    return this.kill();
  }

  private close(): void {
    if (this.exited) return;
    this.exited = true;
    this.modules.close();
    this.files.close();
    this.source.close();
  }

  /** The signal that the first thread died of; a core that was made of a living process may have none. */
  private reason(): StopReason {
    const [first] = this.core.threads;
    const { siginfo } = first!;
    const number = first!.signal || (siginfo ? Buffer.from(siginfo).readInt32LE(0) : 0);
    return number > 0 ? { kind: 'signal', signal: signalInfo(number, siginfo) } : { kind: 'pause' };
  }

  private introduction(reason: StopReason): string {
    const { process, threads } = this.core;
    const command = process ? ` (${process.commandLine || process.name})` : '';
    const count = threads.length === 1 ? '1 thread' : `${threads.length} threads`;
    const end =
      reason.kind === 'signal'
        ? `ended by ${reason.signal.name} (${reason.signal.description}) in thread ${threads[0]!.tid}`
        : 'saved while it lived';
    return `Core file of process ${this.pid}${command}: ${count}, ${end}.`;
  }

  // ---- what it was doing ----

  threads(): ThreadSummary[] {
    const { process, threadNames } = this.core;
    return [...this.byTid.keys()].map((id) => ({
      id,
      name: threadNames.get(id) ?? (id === process?.pid && process.name !== '' ? process.name : String(id)),
      running: false,
    }));
  }

  stack(tid: Tid): ThreadStack {
    return this.inspection.stack(this.thread(tid));
  }

  registers(tid: Tid): ThreadRegisters {
    return this.thread(tid).registers;
  }

  returned(): undefined {
    return undefined;
  }

  symbolize(address: VirtAddr): SymbolicAddress | undefined {
    return this.inspection.symbolize(address);
  }

  lineAt(address: VirtAddr): { path: string; line: number; column: number } | undefined {
    return this.inspection.lineAt(address);
  }

  functionBounds(address: VirtAddr): { start: VirtAddr; end: VirtAddr } | undefined {
    return this.code.functionBounds(address);
  }

  evaluationContext(frame: StackFrame | undefined, access: 'read' | 'write'): EvaluationContext {
    return this.inspection.frameContext(frame, access);
  }

  namesChanged(): void {
    this.inspection.modulesChanged();
  }

  debugFileArrived(module: Module): void {
    if (this.exited) return;
    this.code.changed();
    this.inspection.modulesChanged();
    this.emit('modules', { added: [], removed: [], changed: [module] });
  }

  private thread(tid: Tid): Thread {
    const thread = this.byTid.get(tid);
    if (!thread) throw new UserError(`The core file has no thread ${tid}.`, { code: 'no-such-thread' });
    return thread;
  }

  /** The address space as /proc/PID/maps would have had it, as far as the core tells. */
  maps(): MappedRegion[] {
    const files = new Map(this.files.regions.map((region) => [region.start, region]));
    const [main] = this.core.threads;
    const leader = this.byTid.get(this.pid) ?? this.byTid.get(main!.tid)!;
    const vdso = addressIn(this.core, AT_SYSINFO_EHDR);
    return this.core.loads.map(({ address, memorySize, flags }) => {
      const end = virtAddr(address + memorySize);
      const file = files.get(address);
      const isStack = leader.sp >= address && leader.sp < end;
      return {
        start: address,
        end,
        permissions: permissionsOf(flags),
        offset: file?.offset ?? 0,
        device: '00:00',
        inode: file?.inode ?? 0,
        path: file?.path ?? (address === vdso ? '[vdso]' : isStack ? '[stack]' : ''),
        deleted: file?.deleted ?? false,
      };
    });
  }

  // ---- modules ----

  private loadModules(): void {
    const vdso = addressIn(this.core, AT_SYSINFO_EHDR);
    const regions: MappedRegion[] = [...this.files.regions];
    const segment = vdso && segmentAt(this.core.loads, vdso);
    if (segment) {
      const end = virtAddr(segment.address + segment.memorySize);
      const rest = { permissions: 'r-xp', offset: 0, device: 'core', inode: 0, path: '[vdso]', deleted: false };
      regions.push({ start: segment.address, end, ...rest });
    }
    this.modules.update(regions, this.memory, {
      executablePath: this.files.program ?? '',
      ...(vdso !== undefined && { vdso }),
      ...addressField('loaderBase', addressIn(this.core, AT_BASE)),
    });
  }

  private noteProblems(program: string | undefined): void {
    const pointers = new Map([...this.byTid.values()].map((thread) => [thread.tid, thread.sp]));
    const missing = describeMissingPart(this.core, pointers);
    if (missing !== undefined) this.notes.push(missing);
    if (program !== undefined && this.core.mappings && this.files.program === undefined) {
      this.notes.push(`The core does not show where its program was, so ${program} is not used.`);
    }
    const { problems } = this.files;
    this.notes.push(...problems.slice(0, MAX_TOLD));
    if (problems.length > MAX_TOLD) this.notes.push(`The same goes for ${problems.length - MAX_TOLD} more files.`);
  }
}

function addressIn({ auxv }: CoreFile, key: number): VirtAddr | undefined {
  const value = auxv.get(key);
  return value === undefined || value === 0n ? undefined : virtAddr(value);
}

function addressField(name: 'loaderBase', value: VirtAddr | undefined): { loaderBase?: VirtAddr } {
  return value === undefined ? {} : { [name]: value };
}

/** The program is what the kernel put its headers or its entry point into. */
function programTest(core: CoreFile): (group: readonly CoreMapping[]) => boolean {
  const address = addressIn(core, AT_PHDR) ?? addressIn(core, AT_ENTRY);
  if (address === undefined) {
    // Without an auxiliary vector: by the name of the process.
    const name = core.process?.name;
    return ([first]) => name !== undefined && basename(first!.path).slice(0, 15) === name;
  }
  return (group) => group.some(({ start, end }) => address >= start && address < end);
}

function checkedProgram(path: string): string {
  const program = resolve(path);
  FileSource.open(program).close();
  return program;
}
