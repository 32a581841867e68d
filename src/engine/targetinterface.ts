/** What goes into a target and what comes out of it: the options that make one, and its events. */
import type { SourcePaths } from '../symbols/sourcepaths';
import type { ProgramStart } from './launch';
import type { ModuleChange } from './loader';
import type { Breakpoint, ExitEvent, StopEvent, Tid } from './types';

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
  exec: [{ path: string }];
  /** Names of a large module are being indexed: how much is done, 0 to 1; undefined once it is over. */
  indexing: [{ path: string; done: number | undefined }];
}

export type EntryChoice = false | 'entry' | 'loader' | 'main';

export interface LaunchOptions extends ProgramStart {
  readonly stopOnEntry: EntryChoice;
  readonly noDebug: boolean;
  /** Given when the program is to run in a terminal: executes this argv there. */
  readonly runInTerminal?: (argv: string[]) => Promise<void>;
  readonly sourcePaths: SourcePaths;
  readonly debugFileDirectories: string[];
}

export interface AttachOptions {
  readonly pid: number;
  readonly stopOnEntry: boolean;
  readonly sourcePaths: SourcePaths;
  readonly debugFileDirectories: string[];
}
