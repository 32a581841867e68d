/** Runs one case over all peers in interleaved rounds, so that whatever slows the machine down slows all of them. */
import type { Case, Prepared } from './case';
import type { Peer } from './peers';

export interface Measured {
  readonly peer: string;
  /** Samples by figure; empty where the peer could not. */
  readonly samples: readonly (readonly number[])[];
  /** Why there are no samples. */
  readonly failure?: string;
}

export function median(samples: readonly number[]): number | undefined {
  if (samples.length === 0) return undefined;
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

interface Runner {
  readonly peer: Peer;
  readonly samples: number[][];
  prepared?: Prepared;
  failure?: string;
}

async function attempt(runner: Runner, work: () => Promise<void>): Promise<void> {
  if (runner.failure !== undefined) return;
  try {
    await work();
  } catch (error) {
    runner.failure = error instanceof Error ? error.message : String(error);
  }
}

/** One warm-up round that is not counted, then `rounds` (or fewer, if the case says so) of each peer in turn. */
export async function measure(benchCase: Case, peers: readonly Peer[], rounds: number): Promise<Measured[]> {
  const all = [...peers, ...(benchCase.extraPeers?.() ?? [])];
  const runners: Runner[] = all.map((peer) => ({ peer, samples: benchCase.figures.map(() => []) }));
  for (const runner of runners) {
    await attempt(runner, async () => {
      runner.prepared = await benchCase.prepare(runner.peer);
      await runner.prepared.round();
    });
  }
  for (let round = 0; round < Math.min(rounds, benchCase.rounds ?? rounds); round++) {
    for (const runner of runners) {
      await attempt(runner, async () => {
        const values = (await runner.prepared?.round()) ?? [];
        for (const [index, value] of values.entries()) if (value !== undefined) runner.samples[index]!.push(value);
      });
    }
  }
  for (const { prepared } of runners) await prepared?.dispose();
  return runners.map(({ peer, samples, failure }) => ({
    peer: peer.name,
    samples: failure === undefined ? samples : benchCase.figures.map(() => []),
    failure,
  }));
}
