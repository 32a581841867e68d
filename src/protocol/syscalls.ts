/**
 * System calls: what launch.json asks for under `syscalls`, and the custom requests and the event of the log. Types
 * only; docs/syscalls.md describes the languages of filters, conditions and rules.
 */

/** Where in the program's life its calls are looked at. */
export type SyscallScope = 'process' | 'main' | `function:${string}` | { readonly from: string; readonly to: string };

/** A stop at calls. As a text: `openat,open at exit if path ~ "*.conf" && ret < 0`. */
export type SyscallStop =
  | string
  | {
      readonly calls: string | readonly string[];
      readonly where?: 'entry' | 'exit';
      readonly condition?: string;
    };

/** A rule that changes calls: strace's `inject=` spelling, an object, or a ready-made set of rules by its name. */
export type SyscallRule = string | { readonly preset: string } | Readonly<Record<string, unknown>>;

export interface SyscallSettings {
  /** Which calls are logged: a filter, or true for all. None without it. */
  readonly trace?: boolean | string | readonly string[];
  /** `process` unless told otherwise. */
  readonly scope?: SyscallScope;
  /** A file that the log is written to as well, in strace's format. */
  readonly log?: string;
  /** The time each call takes is part of its line, as `strace -T`. */
  readonly durations?: boolean;
  /** Bytes of strings and buffers that are shown; 32 unless told otherwise. */
  readonly stringLimit?: number;
  /** Descriptors are shown with what they stand for, as `strace -y`. */
  readonly fds?: boolean;
  /** Frames that are kept of the stack of each call; 0 (none) unless told otherwise. */
  readonly stacks?: number;
  readonly stops?: readonly SyscallStop[];
  readonly inject?: SyscallRule | readonly SyscallRule[];
}

/** `ptrace/syscalls/configure`: changes what is traced, stopped on and changed; what is left out stays as it is. */
export type ConfigureSyscallsArguments = Omit<SyscallSettings, 'log'>;

export interface ConfigureSyscallsResponse {
  /** Remarks for people: that a place is not known yet, for instance. */
  readonly notes: readonly string[];
}

/** What is looked for in the log. Everything that is given must hold. */
export interface SyscallQuery {
  /** Calls, as in `trace`, without `path=`, `fd=` and `status=`. */
  readonly calls?: string;
  readonly tid?: number;
  readonly outcome?: 'succeeded' | 'failed' | 'unfinished';
  /** A text that the line contains, or `/a regular expression/`; upper and lower case are the same. */
  readonly text?: string;
  /** Calls that took at least this long, microseconds. */
  readonly minimumDuration?: number;
}

/** `ptrace/syscalls/page`: rows of the log by index, of all or of those that a query finds. */
export interface SyscallPageArguments {
  /** Index among the rows that the query finds, from 0. Below 0: counted from the end. */
  readonly start: number;
  /** At most 10,000. */
  readonly count: number;
  readonly query?: SyscallQuery;
}

export interface SyscallRow {
  /** In the whole log. */
  readonly index: number;
  readonly kind: 'call' | 'signal' | 'exit' | 'exec';
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds since 1970. */
  readonly time: number;
  /** Microseconds; missing when it did not return. */
  readonly duration?: number;
  readonly outcome: 'succeeded' | 'failed' | 'unfinished';
  /** A rule has changed the call. */
  readonly tampered: boolean;
  /** Its class, for colours: `file`, `network`, `memory`… */
  readonly class: string;
  /** The line as strace prints it. */
  readonly text: string;
  /** A stack was kept: ask for it. */
  readonly hasStack: boolean;
}

export interface SyscallPageResponse {
  readonly rows: readonly SyscallRow[];
  /** The index among what the query finds of the first of `rows`. */
  readonly start: number;
  /** Rows that the query finds now. */
  readonly total: number;
  /** Calls that threads are in at this moment; they get a row when they return. */
  readonly open: readonly {
    readonly tid: number;
    readonly name: string;
    readonly text: string;
    readonly since: number;
  }[];
}

/** `ptrace/syscalls/stack`: from where a call of the log was made, innermost first. */
export interface SyscallStackArguments {
  readonly index: number;
}

export interface SyscallStackResponse {
  readonly frames: readonly {
    readonly address: string;
    readonly name: string;
    readonly path?: string;
    readonly line?: number;
  }[];
}

/** `ptrace/syscalls/summary`: as `strace -c`. */
export interface SyscallSummaryArguments {
  readonly query?: SyscallQuery;
}

export interface SyscallSummaryLine {
  readonly name: string;
  readonly calls: number;
  readonly errors: number;
  /** Microseconds. */
  readonly total: number;
  readonly minimum: number;
  readonly maximum: number;
  /** Calls by duration: [i] took from 2^i to 2^(i+1) microseconds, [0] less than 2. */
  readonly histogram: readonly number[];
}

export interface SyscallSummaryResponse {
  readonly lines: readonly SyscallSummaryLine[];
  readonly threads: readonly { readonly tid: number; readonly calls: number; readonly total: number }[];
}

/** `ptrace/syscalls/export`: writes rows to a file. */
export interface SyscallExportArguments {
  readonly path: string;
  /** `strace`: its text format. `json`: one object to a line. */
  readonly format: 'strace' | 'json';
  readonly query?: SyscallQuery;
}

export interface SyscallExportResponse {
  /** Absolute. */
  readonly path: string;
  readonly rows: number;
}

/** The event `ptrace/syscalls`: the log has grown, or tracing was changed; at most ten a second. */
export interface SyscallsEvent {
  /** Rows in the log. */
  readonly total: number;
  /** Whether anything is being traced. */
  readonly tracing: boolean;
  /** When the program has ended: the last rows of the log, at most 1,000, for a client that has not asked for them yet. */
  readonly last?: readonly SyscallRow[];
  /** Together with `last`: the time of the log's first row. */
  readonly firstTime?: number;
}

export interface SyscallRequests {
  'ptrace/syscalls/configure': {
    readonly arguments: ConfigureSyscallsArguments;
    readonly body: ConfigureSyscallsResponse;
  };
  'ptrace/syscalls/page': { readonly arguments: SyscallPageArguments; readonly body: SyscallPageResponse };
  'ptrace/syscalls/stack': { readonly arguments: SyscallStackArguments; readonly body: SyscallStackResponse };
  'ptrace/syscalls/summary': { readonly arguments: SyscallSummaryArguments; readonly body: SyscallSummaryResponse };
  'ptrace/syscalls/export': { readonly arguments: SyscallExportArguments; readonly body: SyscallExportResponse };
}
