/** What the System Calls view (a webview) and the extension say to each other. Types only. */
import type { SyscallPageResponse, SyscallQuery, SyscallRow, SyscallStackResponse } from '../../protocol/syscalls';

/** From the view. */
export type ViewMessage =
  | { readonly type: 'ready' }
  /** Rows; `generation` comes back with the answer, so that answers to an older query can be told. */
  | {
      readonly type: 'page';
      readonly generation: number;
      readonly page: number;
      readonly start: number;
      readonly count: number;
      readonly query: SyscallQuery;
    }
  | { readonly type: 'stack'; readonly index: number }
  | { readonly type: 'open'; readonly path: string; readonly line: number }
  /** Keep stacks from now on. */
  | { readonly type: 'keepStacks' }
  | { readonly type: 'remove'; readonly list: 'stops' | 'rules'; readonly index: number }
  | { readonly type: 'start' }
  /** What is on the screen, for tests and for commands: the query, the rows that are painted, the first one's text. */
  | { readonly type: 'painted'; readonly state: PaintedState };

export interface PaintedState {
  readonly query: SyscallQuery;
  /** Rows that the query finds. */
  readonly total: number;
  /** Texts of the rows that are painted. */
  readonly texts: readonly string[];
}

/** To the view. */
export type HostMessage =
  /** Another session, or none: everything that is shown belongs to it. */
  | { readonly type: 'session'; readonly name?: string; readonly total: number; readonly tracing: boolean }
  | {
      readonly type: 'grown';
      readonly total: number;
      readonly tracing: boolean;
      /** When the program has ended: the last rows, and the time of the log's first row. */
      readonly last?: readonly SyscallRow[];
      readonly base?: number;
    }
  /** The program has ended: what was not fetched cannot be any more. */
  | { readonly type: 'ended' }
  | {
      readonly type: 'page';
      readonly generation: number;
      readonly page: number;
      readonly response?: SyscallPageResponse;
      /** Microseconds since 1970: the time of the log's first row. */
      readonly base: number;
      readonly error?: string;
    }
  | {
      readonly type: 'stack';
      readonly index: number;
      readonly response?: SyscallStackResponse;
      readonly error?: string;
    }
  /** What was set, one line each. */
  | { readonly type: 'rules'; readonly stops: readonly string[]; readonly rules: readonly string[] };

/** What a context menu is about: VS Code hands it to the command. */
export interface RowContext {
  readonly webviewSection: 'syscall';
  readonly index: number;
  readonly name: string;
  readonly kind: SyscallRow['kind'];
  readonly text: string;
}
