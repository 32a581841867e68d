/** Custom DAP requests about signals; see requests.ts. Types only. */

/** A siginfo_t; what is left out is what kill(2) or sigqueue(3) would put there. */
export interface SiginfoArguments {
  /** `si_code`: a number, or a name such as `SI_QUEUE` or `SEGV_MAPERR`. */
  readonly code?: number | string;
  /** `si_errno` */
  readonly errno?: number;
  /** `si_pid` and `si_uid`. */
  readonly pid?: number;
  readonly uid?: number;
  /** `si_value`, 64 bits; as text (decimal or `0x…`) where a JSON number would lose some. */
  readonly value?: number | string;
  /** `si_addr`; not together with `pid` and `uid`, whose place it takes. */
  readonly address?: number | string;
  /** `si_status` */
  readonly status?: number;
}

/** `ptrace/setSignal`: what a thread that has stopped in front of a signal is given instead of it. */
export interface SetSignalArguments {
  readonly threadId: number;
  /** A name or a number; 0 for none. */
  readonly signal: number | string;
  readonly siginfo?: SiginfoArguments;
}

export interface SetSignalResponse {
  /** The number of the signal that the thread will be given; 0 for none. */
  readonly signal: number;
}

/** `ptrace/sendSignal`: sends a signal to the process, or to one thread. */
export interface SendSignalArguments {
  readonly threadId?: number;
  readonly signal: number | string;
  /** Short for `siginfo: { value }`: what sigqueue(3) sends. */
  readonly value?: number | string;
  readonly siginfo?: SiginfoArguments;
}

/** `ptrace/signals`: the table of what becomes of each signal, conditions left aside. */
export interface SignalsResponse {
  readonly signals: readonly {
    readonly number: number;
    readonly name: string;
    readonly description: string;
    readonly stop: boolean;
    readonly log: boolean;
    readonly pass: boolean;
  }[];
}
