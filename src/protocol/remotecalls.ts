/** Custom requests that make the debuggee execute system calls. Types only; docs/syscalls.md describes them. */

/** What every request that makes calls takes. */
export interface RemoteCallOptions {
  /** The thread that makes the calls; any that can when it is missing. */
  readonly threadId?: number;
  /** Milliseconds after which a call that has not returned is interrupted; 5000 when it is missing. */
  readonly timeout?: number;
  /** Make the call although the program has a seccomp filter of its own, which may kill it. */
  readonly force?: boolean;
}

/**
 * One argument. A text is copied into the process, with a NUL behind it, unless it is a hexadecimal number; so is `text`
 * whatever it looks like. `buffer` is so many zero bytes for the call to fill. `flags` are names of constants: `O_RDWR|O_CREAT`.
 */
export type RemoteCallArgument =
  number | string | { readonly text: string } | { readonly buffer: number } | { readonly flags: string };

/** `ptrace/syscalls/call`: makes any system call, by its name or its number. */
export interface CallSyscallArguments extends RemoteCallOptions {
  readonly name?: string;
  readonly number?: number;
  /** Up to six; those left out are 0. */
  readonly args?: readonly RemoteCallArgument[];
}

export interface CallSyscallResponse {
  /** What the call returned, −1 when it failed; as text where JSON's numbers cannot hold it. */
  readonly result: number | string;
  readonly errno?: { readonly number: number; readonly name: string; readonly text: string };
  /** The line as strace prints it. */
  readonly text: string;
}

/** `ptrace/files/close` */
export interface CloseFileArguments extends RemoteCallOptions {
  readonly fd: number;
}

export interface CloseFileResponse {
  /** What the descriptor stood for. */
  readonly what: string;
}

/** `ptrace/files/dup` */
export interface DuplicateFileArguments extends RemoteCallOptions {
  readonly fd: number;
  /** The descriptor to be; the lowest that is free when it is missing. */
  readonly newFd?: number;
}

export interface DuplicateFileResponse {
  readonly fd: number;
}

/** `ptrace/files/redirect`: to a file or to the Debug Console, one of the two. */
export interface RedirectFileArguments extends RemoteCallOptions {
  readonly fd: number;
  /** Relative to the working directory of the process. What is written begins the file anew, unless `append`. */
  readonly path?: string;
  readonly append?: boolean;
  readonly console?: boolean;
}

export interface RedirectFileResponse {
  /** What the descriptor stood for; missing when it was not open. */
  readonly before?: string;
  readonly after: string;
}

/** `ptrace/chdir` */
export interface ChangeDirectoryArguments extends RemoteCallOptions {
  readonly path: string;
}

export interface ChangeDirectoryResponse {
  readonly directory: string;
}
