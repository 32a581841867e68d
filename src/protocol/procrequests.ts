/**
 * Custom requests that tell what the kernel says of the process: `/proc`, read while it runs. Types only. Addresses
 * travel as `0x…` strings, sizes are bytes.
 */

/** What a stretch of memory is for. */
export type RegionKind =
  'code' | 'data' | 'heap' | 'stack' | 'guard' | 'vdso' | 'file' | 'shared' | 'debugger' | 'anonymous';

/** `ptrace/maps`: the address space in ascending order. */
export interface MapsResponse {
  readonly regions: readonly Region[];
}

export interface Region {
  readonly start: string;
  /** One past the last byte. */
  readonly end: string;
  readonly size: number;
  /** `r-xp` as in `/proc/pid/maps`. */
  readonly permissions: string;
  /** Absent for memory that is no file's. */
  readonly file?: string;
  /** Of the file's byte at `start`. */
  readonly offset?: number;
  /** The file has been removed or replaced since. */
  readonly deleted?: boolean;
  /** Resident, and swapped out; absent where the kernel does not tell. */
  readonly rss?: number;
  readonly swap?: number;
  readonly kind: RegionKind;
  /** For people: `stack of thread 4711 «worker»`, `libc.so.6 .text`. */
  readonly what: string;
  /** The thread whose stack it is, as far as is known: of one that runs in user mode nobody knows. */
  readonly threadId?: number;
}

/** `ptrace/describeAddress` */
export interface DescribeAddressArguments {
  /** `0x…` or decimal. */
  readonly address: string;
}

export interface DescribeAddressResponse {
  readonly address: string;
  /** One sentence: `stack of thread 4711 «worker», frame 2 (main)`. */
  readonly text: string;
  /** Absent when nothing is mapped there. */
  readonly region?: Region;
  readonly module?: string;
  readonly section?: string;
  readonly symbol?: string;
  /** Bytes from the symbol's start. */
  readonly symbolOffset?: number;
  /** `file:line` where there is one. */
  readonly line?: string;
  readonly threadId?: number;
  /** Index of the frame, 0 innermost; only while the thread is stopped. */
  readonly frame?: number;
  /** Neighbours of an address that is not mapped, with the bytes between. */
  readonly below?: { readonly region: Region; readonly distance: string };
  readonly above?: { readonly region: Region; readonly distance: string };
}

/** `ptrace/openFiles` */
export interface OpenFilesResponse {
  readonly files: readonly OpenFile[];
}

export interface OpenFile {
  readonly fd: number;
  /** `file`, `socket`, `pipe`, `eventfd`, `eventpoll`, `timerfd`, `signalfd`, `inotify`, `memfd`, or another `anon_inode`. */
  readonly kind: string;
  /** What it is, for people: a path, `tcp 127.0.0.1:6379 → 127.0.0.1:40020 ESTABLISHED`. */
  readonly what: string;
  /** `O_RDWR|O_CLOEXEC` */
  readonly flags?: string;
  readonly offset?: number;
  readonly socket?: {
    readonly protocol: string;
    readonly local: string;
    readonly remote?: string;
    readonly state?: string;
  };
  /** Who else has the same pipe open. */
  readonly peers?: readonly { readonly pid: number; readonly name: string; readonly fd: number }[];
  /** Lines of fdinfo that belong to this kind: `eventfd-count`, `sigmask`. */
  readonly details?: readonly NamedValue[];
  /** What an epoll instance watches. */
  readonly watched?: readonly { readonly fd: number; readonly events: string }[];
}

export interface NamedValue {
  readonly name: string;
  readonly value: string;
}

/** `ptrace/environment`: what the process was started with; it may have changed its own copy since. */
export interface EnvironmentResponse {
  readonly executable?: string;
  readonly directory?: string;
  readonly arguments: readonly string[];
  readonly environment: readonly NamedValue[];
}

/** `ptrace/limits`; absent means unlimited. */
export interface LimitsResponse {
  readonly limits: readonly {
    readonly name: string;
    readonly soft?: number;
    readonly hard?: number;
    readonly unit: string;
  }[];
}

/** `ptrace/status` of the process, or of one thread. */
export interface StatusArguments {
  readonly threadId?: number;
}

export interface StatusResponse {
  readonly fields: readonly NamedValue[];
}

/** `ptrace/namespaces`: namespaces and control groups. */
export interface NamespacesResponse {
  readonly namespaces: readonly {
    readonly kind: string;
    readonly inode: number;
    /** The debugger is in the same one. */
    readonly shared: boolean;
  }[];
  readonly cgroups: readonly {
    readonly hierarchy: number;
    readonly controllers: readonly string[];
    readonly path: string;
  }[];
}

export interface ProcRequests {
  'ptrace/maps': { readonly arguments: undefined; readonly body: MapsResponse };
  'ptrace/describeAddress': { readonly arguments: DescribeAddressArguments; readonly body: DescribeAddressResponse };
  'ptrace/openFiles': { readonly arguments: undefined; readonly body: OpenFilesResponse };
  'ptrace/environment': { readonly arguments: undefined; readonly body: EnvironmentResponse };
  'ptrace/limits': { readonly arguments: undefined; readonly body: LimitsResponse };
  'ptrace/status': { readonly arguments: StatusArguments; readonly body: StatusResponse };
  'ptrace/namespaces': { readonly arguments: undefined; readonly body: NamespacesResponse };
}
