/**
 * What goes into a target and what comes out of it: the options that make one, its events, and the face that a live
 * process and a core file have in common.
 */
import type { EventEmitter } from 'node:events';
import type { VirtAddr } from '../common/addresses';
import type { MappedRegion } from '../common/procfs';
import type { MemoryReader } from '../common/readers';
import type { EvaluationContext } from '../expr/expression';
import type { ThreadRegisters } from '../ptrace/registers';
import type { Module } from '../symbols/module';
import type { ModuleList } from '../symbols/modulelist';
import type { SourcePaths } from '../symbols/sourcepaths';
import type { FollowedChild, FollowPolicy } from './family';
import type { SymbolicAddress } from './inspection';
import type { ProgramStart } from './launch';
import type { ModuleChange } from './loader';
import type { StackFrame, ThreadStack } from './stack';
import type { SkipRules } from './stepping/skiprules';
import type { Target } from './target';
import type {
  Breakpoint,
  DataBreakpointSpec,
  ExitEvent,
  FunctionBreakpointSpec,
  InstructionBreakpointSpec,
  Returned,
  SourceBreakpointSpec,
  StopEvent,
  Tid,
} from './types';

export interface TargetEvents {
  /** Exactly one per stop; every thread stands still. */
  stopped: [StopEvent];
  /** After all output has been emitted. */
  exited: [ExitEvent];
  threadStarted: [Tid];
  threadExited: [Tid];
  modules: [ModuleChange];
  /** One that changed by itself: verified later, moved, lost its module. */
  breakpoint: [Breakpoint];
  output: [{ category: 'stdout' | 'stderr' | 'console' | 'important'; data: Uint8Array | string }];
  /** The log of system calls has grown; there may be thousands of these a second. */
  calls: [];
  exec: [{ path: string }];
  /** A child is followed. Without a listener none is. */
  child: [FollowedChild];
  /** Names of a large module are being indexed: how much is done, 0 to 1; undefined once it is over. */
  indexing: [{ path: string; done: number | undefined }];
}

export type EntryChoice = false | 'entry' | 'loader' | 'main';

export interface LaunchOptions extends ProgramStart {
  readonly stopOnEntry: EntryChoice;
  readonly noDebug: boolean;
  /** What becomes of children; they run on without a debugger when absent. */
  readonly follow?: FollowPolicy;
  /** Given when the program is to run in a terminal: executes this argv there. */
  readonly runInTerminal?: (argv: string[]) => Promise<void>;
  readonly sourcePaths: SourcePaths;
  readonly debugFileDirectories: string[];
}

export interface AttachOptions {
  readonly pid: number;
  readonly stopOnEntry: boolean;
  /** What becomes of children; they run on without a debugger when absent. */
  readonly follow?: FollowPolicy;
  readonly sourcePaths: SourcePaths;
  readonly debugFileDirectories: string[];
}

/** The breakpoints of code that a client asks for, as far as any session takes them. */
export interface BreakpointStore {
  /** Settles once nothing that breakpoints name is being looked up any more; undefined when nothing is. */
  readonly settled: Promise<void> | undefined;
  setSource(path: string, specs: readonly SourceBreakpointSpec[]): readonly Breakpoint[];
  setFunctions(specs: readonly FunctionBreakpointSpec[]): readonly Breakpoint[];
  setInstructions(specs: readonly InstructionBreakpointSpec[]): readonly Breakpoint[];
  /** Where breakpoints can be on the lines from `from` to `to`. */
  lines(path: string, from: number, to: number): readonly { readonly line: number; readonly column?: number }[];
}

/** What a thread list says of a thread. */
export interface ThreadSummary {
  readonly id: Tid;
  readonly name: string;
  readonly running: boolean;
  /** The user holds it back: it does not run when the others do. */
  readonly held?: boolean;
}

/**
 * What a session debugs: a process (`Target`), or what one has left behind (`CoreTarget`). All of it is looking;
 * whatever makes a process run or changes it is asked of `live`.
 */
export interface DebugTarget extends EventEmitter<TargetEvents> {
  /** The process itself. Throws a UserError that says why nothing can be run or changed when there is none. */
  readonly live: Target;
  readonly pid: number;
  /** The path of the program. */
  readonly program: string;
  /** How the session came to its process; undefined where there is none. */
  readonly startMethod: 'launch' | 'attach' | undefined;
  /** Whether it runs, so that threads cannot be looked at. */
  readonly running: boolean;
  readonly exited: boolean;

  readonly memory: MemoryReader;
  readonly modules: ModuleList;
  readonly breakpoints: BreakpointStore;
  readonly watchpoints: { set(specs: readonly DataBreakpointSpec[]): Breakpoint[] };
  /** Code that steps pass through and that stacks show greyed. */
  skip: SkipRules;

  /** The client is ready: a process goes on or reports its entry; a core file reports why its process ended. */
  start(): void;
  /** Asks for the end; `exited` follows. */
  terminate(): void;
  /** Ends it at once; resolves when it is gone. */
  kill(): Promise<void>;
  /** Lets go of it; nothing is asked of it afterwards. */
  detach(): Promise<void>;

  threads(): ThreadSummary[];
  /** The address space; of a core file, as far as it tells. */
  maps(): MappedRegion[];
  /** The stack of a thread; the same object until something changes. Throws UserError. */
  stack(tid: Tid): ThreadStack;
  /** The registers of a thread's innermost frame. Throws UserError. */
  registers(tid: Tid): ThreadRegisters;
  /** The function that the thread's last step has returned from. */
  returned(tid: Tid): Returned | undefined;
  /** The symbol around an address. */
  symbolize(address: VirtAddr): SymbolicAddress | undefined;
  /** The source line of an address, in a file that exists here where one could be found. */
  lineAt(address: VirtAddr): { path: string; line: number; column: number } | undefined;
  /** The bounds of the function around an address. */
  functionBounds(address: VirtAddr): { start: VirtAddr; end: VirtAddr } | undefined;
  /** What expressions see; `write` asks for the permission to assign. Without a frame, registers are unknown. */
  evaluationContext(frame: StackFrame | undefined, access: 'read' | 'write'): EvaluationContext;

  /** More of the names of modules are known: what was found out without them is found out anew. */
  namesChanged(): void;
  /** A debug file has come for a module: its lines and symbols are others now. */
  debugFileArrived(module: Module): void;
}
