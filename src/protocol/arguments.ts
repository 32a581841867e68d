/**
 * The arguments of the DAP `launch` and `attach` requests, as a launch.json may spell them. Types only: package.json
 * holds the JSON schema the editor checks with, the adapter holds the schema it checks with at run time.
 *
 * Aliases are the spellings of cppdbg (Microsoft C/C++) and of lldb (CodeLLDB, lldb-dap), so that a launch.json written
 * for those works by changing `type`. Where both spellings are given, ours wins.
 */

import type { SyscallSettings } from './syscalls';

/** Where the debuggee's standard streams live; DAP's `runInTerminal` kinds plus the client's own console. */
export type ConsoleKind = 'internalConsole' | 'integratedTerminal' | 'externalTerminal';

/**
 * Where to stop before the user's code runs. `true` is `'main'` (falls back to `'entry'` where there is no `main`),
 * `'entry'` is the program's own entry point (`e_entry`, usually `_start`), `'loader'` the very first instruction the
 * kernel runs (the dynamic loader's, or `e_entry` in a static program), `'main'` past the prologue of `main`.
 */
export type StopOnEntry = boolean | 'entry' | 'loader' | 'main';

/** Assembler notation of the disassembly. */
export type DisassemblyFlavor = 'intel' | 'att';

/** Prefixes of source paths in the binary → where they are on this machine. Null: such sources are not on this machine. */
export type SourceMap = Readonly<Record<string, string | null>>;

export type FollowFork = 'parent' | 'child' | 'both';

/** What the adapter puts into the configuration of a followed child's session. Not meant for launch.json. */
export interface ChildKeys {
  /** Names the child. */
  readonly __child: string;
  /** The Unix socket of the adapter process that traces it. */
  readonly __adapter: string;
}

/** What `launch` and `attach` have in common. */
export interface CommonArguments {
  /**
   * Maps source paths recorded by the compiler to this machine, the longest matching prefix first. Paths are matched
   * by whole components.
   */
  readonly sourceMap?: SourceMap;
  /** Alias of `sourceMap` (cppdbg). Values may also be `{ editorPath, useForBreakpoints }`. */
  readonly sourceFileMap?: Readonly<Record<string, string | null | { readonly editorPath: string }>>;

  /** Notation of the disassembly; `'intel'` unless told otherwise. */
  readonly disassemblyFlavor?: DisassemblyFlavor;

  /**
   * Folders holding separate debug files, laid out as `/usr/lib/debug` (`.build-id/xx/yyyy.debug` and mirrored paths).
   * They come before `/usr/lib/debug`.
   */
  readonly debugFileDirectories?: readonly string[];

  /**
   * Fetches debug files that are nowhere else from debuginfod servers, in the background after the first stop; false
   * unless told otherwise. `urls` is `$DEBUGINFOD_URLS` when absent, `timeout` is in seconds a file (90).
   */
  readonly debuginfod?: boolean | { readonly urls?: readonly string[]; readonly timeout?: number };

  /**
   * Source files to pass through when stepping in, as globs of their paths (`/usr/include/**`, `third_party/**`,
   * `*.inl`): the step goes on until it reaches other code. Their frames are greyed. None unless told otherwise.
   */
  readonly skipFiles?: readonly string[];
  /** The same for functions: names as the stack shows them, with `*` for any text (`std::*`), or `/regular expressions/`. */
  readonly skipFunctions?: readonly string[];

  /**
   * What becomes of signals: `stop`, `log`, `pass`, and `nopass` to keep one from the program, in an object by signal, group
   * (`all`, `realtime`) or range (`SIGRTMIN-SIGRTMAX`); or a list of lines as gdb's `handle` takes them.
   */
  readonly signals?: Readonly<Record<string, string>> | readonly string[];

  /** How values are shown in views. */
  readonly format?: {
    /** Characters of a string; 200 unless told otherwise. */
    readonly stringLength?: number;
    /** Elements and members in a one-line summary; 20 unless told otherwise. `summaryItems` is another name for it. */
    readonly arrayItems?: number;
    readonly summaryItems?: number;
    /** Nesting of one-line summaries; 4 unless told otherwise. */
    readonly depth?: number;
    /** Integers in hexadecimal. */
    readonly hex?: boolean;
    /** Members as they are, without formatters. */
    readonly raw?: boolean;
  };

  /**
   * Files with formatters for the workspace's own types (docs/formatters.md); relative to `cwd`.
   * `.vscode/ptrace-formatters.json` unless told otherwise.
   */
  readonly formatters?: string | readonly string[];

  /**
   * A core file to look into instead of starting or attaching to anything; `program` is then the program that ran, and
   * the one that the core names when absent. Relative to `cwd`.
   */
  readonly coreFile?: string | null;
  /** Alias of `coreFile` (cppdbg). */
  readonly coreDumpPath?: string | null;

  /**
   * What becomes of processes that the program makes: they run on without a debugger (`'parent'`, unless told
   * otherwise), they are debugged in place of the one that made them (`'child'`), or each in a session of its own
   * (`'both'`).
   */
  readonly followFork?: FollowFork;
  /**
   * A regular expression. Children are debugged from the moment they execute a program whose path or command line (with
   * spaces between the arguments) it matches, and not before.
   */
  readonly followExecRegex?: string;

  /** Threads have the numbers 1, 2, 3… in the order of their appearance, and not their Linux tids. */
  readonly threadNumbers?: boolean;

  /** System calls that are logged, stopped on and changed; `true` or a filter alone stands for `trace`. */
  readonly syscalls?: boolean | string | readonly string[] | SyscallSettings;

  /** Log of the adapter: `true` writes to the debug console (category `console`), a string is a file to append to. */
  readonly trace?: boolean | string;
}

/** Arguments of `launch`. Unknown fields are accepted and ignored. */
export interface LaunchArguments extends CommonArguments {
  /** The ELF executable (or a script with an interpreter line). Relative paths are relative to `cwd`. Required. */
  readonly program?: string;

  /**
   * The program's arguments, argv[1] onwards: an array passed as it is, or one string split as a POSIX shell splits
   * words (quotes and backslashes; nothing is expanded and no shell runs).
   */
  readonly args?: readonly string[] | string;

  /** Working directory of the program; the program's own folder unless told otherwise. */
  readonly cwd?: string;

  /** Variables merged over the adapter's own environment (and over `envFile`); null removes one. */
  readonly env?: Readonly<Record<string, string | null>>;
  /** Alias of `env` (cppdbg). */
  readonly environment?: readonly { readonly name: string; readonly value: string }[];

  /** A file of `NAME=value` lines, `#` comments and quoted values allowed; below `env`, above the inherited ones. */
  readonly envFile?: string;

  /**
   * Redirects standard streams: null leaves all three with `console`; one path serves all three; an array gives stdin,
   * stdout and stderr one by one, null or missing ones staying with `console`.
   */
  readonly stdio?: null | string | readonly (string | null)[];
  /** Alias of `stdio[0]`. */
  readonly stdin?: string | null;
  /** Alias of `stdio[1]`. */
  readonly stdout?: string | null;
  /** Alias of `stdio[2]`. */
  readonly stderr?: string | null;

  /** Where the program runs; `'internalConsole'` unless told otherwise. */
  readonly console?: ConsoleKind;
  /**
   * Alias of `console` (CodeLLDB): `console` is `internalConsole`, `integrated` is `integratedTerminal`, `external` is
   * `externalTerminal`.
   */
  readonly terminal?: 'console' | 'integrated' | 'external';
  /** Alias of `console` (cppdbg): true is `'externalTerminal'`. */
  readonly externalConsole?: boolean;
  /** Alias of `console` (lldb-dap): true is `'integratedTerminal'`. */
  readonly runInTerminal?: boolean;

  /** Stops before the user's code runs; false unless told otherwise. */
  readonly stopOnEntry?: StopOnEntry;
  /** Alias of `stopOnEntry` (cppdbg): true is `'main'`. */
  readonly stopAtEntry?: boolean;

  /**
   * Runs the program with address space layout randomisation off, so that addresses are the same in every run; true
   * unless told otherwise. Where the kernel refuses, a note says so and the program runs with ASLR.
   */
  readonly disableASLR?: boolean;

  /** Sent by the client for "Run Without Debugging": the program runs untraced. Not meant for launch.json. */
  readonly noDebug?: boolean;

  /** Sent by the client after a `restart`. Not meant for launch.json. */
  readonly __restart?: unknown;
}

/** Arguments of `attach`. Unknown fields are accepted and ignored. */
export interface AttachArguments extends CommonArguments {
  /** The process to attach to: a number, or the digits of one (as `${command:ptrace.pickProcess}` gives). */
  readonly pid?: number | string;
  /** Alias of `pid` (cppdbg). */
  readonly processId?: number | string;

  /** Without a pid, the process that runs this: a path, or a name as `ps` shows it. */
  readonly program?: string;
  /** Alias of `program`. */
  readonly processName?: string;
  /** Waits for a process that runs `program` and is started from now on. */
  readonly waitFor?: boolean;
  /**
   * Raises the debug adapter, and nothing else, by sudo (`true`) or pkexec in a terminal. Read by the extension; another
   * client starts `sudo ptrace-dap --server PATH --once` itself.
   */
  readonly asRoot?: boolean | 'sudo' | 'pkexec';
  /** Attaches to the latest started of several processes that run `program`, which is refused otherwise. */
  readonly newest?: boolean;

  /** Stops all threads once attached; false unless told otherwise: the process runs on and breakpoints take effect. */
  readonly stopOnEntry?: boolean;
  /** Alias of `stopOnEntry` (cppdbg). */
  readonly stopAtEntry?: boolean;

  /** Sent by the client after a `restart`. Not meant for launch.json. */
  readonly __restart?: unknown;
}
