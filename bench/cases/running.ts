/** Making the program run and stop: steps, breakpoints, conditions, bursts and pause. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { fresh, perTurn, timed, type Case, type Figure } from '../case';
import type { Peer } from '../peers';
import { count, manyThreads, spin } from '../programs';
import { end, frame, launch, readInt, refresh, resume, setLines, type Session } from '../session';

/** Repetitions of a round: many, since a run's first ones, before the JIT has seen them, are not what stepping feels like. */
const STEPS = 500;
const HITS = 300;

async function inSpin(peer: Parameters<Case['prepare']>[0], marker: string): Promise<Session> {
  const program = spin();
  return launch(peer, { program: program.binary, line: program.at(marker) });
}

export const instructionStep: Case = {
  name: 'instruction-step',
  figures: [{ name: 'instruction step → stopped', unit: 'ms', target: { atMost: 0.4 } }],
  async prepare(peer) {
    const session = await inSpin(peer, 'count');
    await setLines(session.client, spin().source, []);
    return {
      round: async () => [await perTurn(STEPS, () => resume(session, 'stepIn', { granularity: 'instruction' }))],
      dispose: () => end(session.client),
    };
  },
};

export const lineStep: Case = {
  name: 'line-step',
  figures: [{ name: 'line step, and the views refreshed', unit: 'ms', target: { atMost: 0.5 } }],
  async prepare(peer) {
    const session = await inSpin(peer, 'call');
    await setLines(session.client, spin().source, []);
    const step = async () => {
      await resume(session, 'next');
      await refresh(session);
    };
    return { round: async () => [await perTurn(100, step)], dispose: () => end(session.client) };
  },
};

export const breakpointHit: Case = {
  name: 'breakpoint-hit',
  figures: [{ name: 'continue → stopped at a breakpoint', unit: 'ms', target: { atMost: 0.35 } }],
  async prepare(peer) {
    const session = await inSpin(peer, 'count');
    const counter = spin().address('counter');
    return {
      async round() {
        const before = await readInt(session, 'counter', counter);
        const time = await perTurn(HITS, () => resume(session, 'continue'));
        const turns = (await readInt(session, 'counter', counter)) - before;
        if (turns !== HITS) throw new Error(`${peer.name}: ${HITS} times continue made ${turns} turns`);
        return [time];
      },
      dispose: () => end(session.client),
    };
  },
};

/** Enough turns for a rate that start-up does not blur; fewer for a debugger that makes less than a thousand a second. */
const turnsOf = (peer: Peer): number => (peer.name === 'lldb-dap' ? 3000 : 20_000);

/** A breakpoint whose condition is false at each of many turns; its figure has no target unless one is named. */
function falseCondition(name: string, figure: Figure, marker: string, condition: string): Case {
  return {
    name,
    figures: [figure],
    rounds: 5,
    prepare(peer) {
      const program = spin();
      const turns = turnsOf(peer);
      return Promise.resolve(
        fresh(async () => {
          const where = { program: program.binary, args: [String(turns)], line: program.at('setup') };
          const session = await launch(peer, where);
          try {
            // A count rather than a time: not every debugger can be paused while it is busy with conditions.
            await setLines(session.client, program.source, [
              { line: program.at(marker).line, condition },
              { line: program.at('done').line },
            ]);
            const time = await timed(() => resume(session, 'continue'));
            const made = await readInt(session, 'counter', program.address('counter'));
            if (made !== turns) throw new Error(`${peer.name} stopped after ${made} of ${turns} turns`);
            return [turns / (time / 1000)];
          } finally {
            await end(session.client);
          }
        }),
      );
    },
  };
}

export const falseConditions = falseCondition(
  'false-conditions',
  { name: 'false conditions', unit: '1/s', target: { atLeast: 6 } },
  'count',
  'counter == -1',
);

/** A local variable lies at an offset from the frame, which has to be found at each hit. */
export const falseConditionsLocal = falseCondition(
  'false-conditions-local',
  { name: 'false conditions on a local', unit: '1/s' },
  'call',
  'i == -1',
);

/** How many instructions a burst has: even, for the loop has two. */
const burst = 2000;

export const bursts: Case = {
  name: 'bursts',
  figures: [{ name: `single steps, ${burst} in one request`, unit: '1/s', target: { atLeast: 2 } }],
  async prepare(peer) {
    const program = count();
    const session = await launch(peer, { program: program.binary, line: program.at('loop') });
    await setLines(session.client, program.source, []);
    const counter = program.address('counter');
    return {
      async round() {
        const before = await readInt(session, 'counter', counter);
        const { id } = await frame(session);
        const time = await timed(() => peer.stepInstructions(session.client, session.threadId, id, burst));
        const made = 2 * ((await readInt(session, 'counter', counter)) - before);
        if (made !== burst) throw new Error(`${peer.name} was told to make ${burst} steps and made ${made}`);
        return [burst / (time / 1000)];
      },
      dispose: () => end(session.client),
    };
  },
};

export const pauseThreads: Case = {
  name: 'pause',
  figures: [{ name: 'pause → stopped, 200 threads', unit: 'ms' }],
  async prepare(peer) {
    const program = manyThreads();
    const where = { program: program.binary, args: ['200', '600'], line: program.at('ready') };
    const session = await launch(peer, where);
    await setLines(session.client, program.source, []);
    const { client } = session;
    let thread = session.threadId;
    return {
      async round() {
        await client.request('continue', { threadId: thread });
        await new Promise((resolve) => setTimeout(resolve, 200));
        const stop = client.waitFor<DebugProtocol.StoppedEvent>('stopped');
        const time = await timed(async () => {
          await client.request('pause', { threadId: thread });
          thread = (await stop).body.threadId ?? thread;
        });
        return [time];
      },
      dispose: () => end(client),
    };
  },
};
