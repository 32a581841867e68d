/** Custom requests about processes and threads. Types only; addresses travel as strings (`0x…`). */

/** `ptrace/processTree`: the debuggee and what came out of it, as far as it has been seen, the oldest first. */
export interface ProcessTreeResponse {
  readonly processes: readonly ProcessTreeNode[];
}

export interface ProcessTreeNode {
  readonly pid: number;
  /** The process that made it. */
  readonly ppid: number;
  readonly argv: readonly string[];
  readonly executable?: string;
  /** ISO 8601. */
  readonly startTime: string;
  /** Debugged in a session of its own; traced until it executes what `followExecRegex` names; or let go. */
  readonly followed: 'session' | 'watched' | 'no';
  readonly ended: boolean;
  /** Of those that have ended, where it is known. */
  readonly exitCode?: number;
  /** The signal that ended it: `SIGSEGV`. */
  readonly signal?: string;
  readonly children: readonly ProcessTreeNode[];
}

/** `ptrace/threads`: what each thread is doing, while the process runs as well. */
export interface ThreadsResponse {
  readonly threads: readonly ThreadState[];
}

export interface ThreadState {
  /** As in `threads`. */
  readonly id: number;
  readonly tid: number;
  readonly name: string;
  readonly state: 'running' | 'stopped' | 'frozen';
  /** The letter of proc(5): R, S, D, T, t… */
  readonly kernelState?: string;
  /** The system call it sits in. */
  readonly syscall?: { readonly number: number; readonly name: string; readonly arguments: readonly string[] };
  readonly waitsFor?: {
    readonly kind: 'mutex' | 'thread' | 'futex';
    readonly address: string;
    /** Who holds the mutex, or the thread that is joined; its `id`. */
    readonly owner?: number;
    readonly ownerName?: string;
  };
}

/** `ptrace/freezeThread` and `ptrace/thawThread`. */
export interface FreezeThreadArguments {
  readonly threadId: number;
}
