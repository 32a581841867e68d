/** What a case is: it prepares one peer, and then gives one sample of each of its figures a round. */
import type { Peer } from './peers';

export interface Figure {
  readonly name: string;
  readonly unit: 'ms' | '1/s' | 'MiB' | 'MiB/s';
  /** For `ms` and `MiB` less is better, for rates more is. The bound is on ours ÷ the better peer. */
  readonly target?: { readonly atMost: number } | { readonly atLeast: number };
  /** The peer that ours is compared with, when it is not the better of the debuggers. */
  readonly against?: string;
}

export interface Prepared {
  /** One sample of each figure, in the case's order; undefined where this peer cannot. */
  round(): Promise<readonly (number | undefined)[]>;
  dispose(): Promise<void>;
}

export interface Case {
  /** For --only. */
  readonly name: string;
  readonly figures: readonly Figure[];
  /** At most so many rounds, for cases that take long. */
  readonly rounds?: number;
  /** Peers besides the debuggers, e.g. the buffer server. */
  readonly extraPeers?: () => readonly Peer[];
  prepare(peer: Peer): Promise<Prepared>;
}

/** A case whose samples share nothing: each round starts an adapter of its own. */
export function fresh(round: Prepared['round']): Prepared {
  return { round, dispose: () => Promise.resolve() };
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Milliseconds of one of `count` repetitions, on average. */
export async function perTurn(count: number, work: () => Promise<unknown>): Promise<number> {
  return (
    (await timed(async () => {
      for (let i = 0; i < count; i++) await work();
    })) / count
  );
}
