/** Looking at a stopped program: memory, instructions and deep stacks. */
import { join } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { root } from '../../test/support/adapter';
import { perTurn, timed, type Case, type Figure } from '../case';
import type { Peer } from '../peers';
import { memory, recursion, statically } from '../programs';
import { cannot, end, launch, resume } from '../session';

const mebibyte = 1 << 20;

/** Answers readMemory from a buffer, through the protocol library that ours uses: what the transport alone allows. */
export const bufferServer: Peer = {
  name: 'buffer server',
  command: [process.execPath, join(root, '.cache/bench/bufferserver.mjs')],
  version: 'this tree',
  launchArguments: () => ({}),
  stepInstructions: () => Promise.reject(new Error('the buffer server runs nothing')),
};

export const readMemory: Case = {
  name: 'read-memory',
  figures: [{ name: 'readMemory of 1 MiB', unit: 'MiB/s', target: { atLeast: 0.9 }, against: bufferServer.name }],
  extraPeers: () => [bufferServer],
  async prepare(peer) {
    const program = memory();
    const { client, capabilities } = await launch(peer, { program: program.binary, line: program.at('ready') });
    if (!capabilities.supportsReadMemoryRequest) return cannot(client, `${peer.name} has no readMemory`);
    const memoryReference = `0x${program.address('block').toString(16)}`;
    const read = async () => {
      const body = await client.request('readMemory', { memoryReference, count: mebibyte });
      const length = body?.data?.length ?? 0;
      if (length !== 4 * Math.ceil(mebibyte / 3)) throw new Error(`${peer.name} returned ${length} digits of 1 MiB`);
    };
    return { round: async () => [1000 / (await perTurn(8, read))], dispose: () => end(client) };
  },
};

export const disassemble: Case = {
  name: 'disassemble',
  figures: [
    { name: 'disassemble 200 instructions', unit: 'ms', target: { atMost: 0.2 } },
    { name: '  the same place again', unit: 'ms' },
    { name: 'disassemble 5000 instructions', unit: 'ms' },
  ],
  async prepare(peer) {
    const program = statically();
    const { client } = await launch(peer, { program: program.binary, line: program.at('call') });
    // Another place each time, the same for each peer: what a debugger has kept of the last answer helps nobody. Ours
    // keeps instructions by their bytes, which helps it at places where it has never been.
    const places = program.functions();
    const usable = places.slice(0, Math.floor(places.length / 2));
    let next = 0;
    const ask = (instructionCount: number) => askAt(usable[(next += 37) % usable.length]!, instructionCount);
    const askAt = async (place: number, instructionCount: number) => {
      const memoryReference = `0x${place.toString(16)}`;
      const instructions =
        (await client.request('disassemble', { memoryReference, instructionCount, resolveSymbols: true }))
          ?.instructions ?? [];
      if (instructions.length !== instructionCount) {
        throw new Error(`${peer.name} returned ${instructions.length} of ${instructionCount} instructions`);
      }
    };
    return {
      round: async () => [
        await perTurn(20, () => ask(200)),
        await perTurn(20, () => askAt(usable[0]!, 200)),
        await perTurn(2, () => ask(5000)),
      ],
      dispose: () => end(client),
    };
  },
};

/** What a view loads first, above and below the pc it shows, and each time it is scrolled to an end. */
const FIRST = 400;
const MORE = 50;

/**
 * A disassembly view: it counts from one reference, the pc it was opened at, and asks for what it does not have yet. At
 * every stop nearby it asks for all of its first window again.
 */
export const scroll: Case = {
  name: 'disassembly-scroll',
  figures: [
    { name: 'disassembly view, first window', unit: 'ms' },
    { name: '  scrolled down, 50 at a time', unit: 'ms' },
    { name: '  scrolled up, 50 at a time', unit: 'ms' },
    { name: '  the first window at the next stop', unit: 'ms' },
  ],
  async prepare(peer) {
    const program = statically();
    const session = await launch(peer, { program: program.binary, line: program.at('call') });
    const { client } = session;
    const places = program.functions();
    const usable = places.slice(places.length >> 2, places.length >> 1);
    let next = 0;
    return {
      async round() {
        const memoryReference = `0x${usable[(next += 37) % usable.length]!.toString(16)}`;
        let short = false;
        const ask = async (instructionOffset: number, instructionCount: number) => {
          const request = { memoryReference, offset: 0, instructionOffset, instructionCount, resolveSymbols: true };
          const response: DebugProtocol.DisassembleResponse = await client.requestRaw('disassemble', request);
          short ||= !response.success || response.body?.instructions.length !== instructionCount;
        };
        /** Not every debugger lists what lies before an address: less work is no figure. */
        const whole = (time: number) => {
          const figure = short ? undefined : time;
          short = false;
          return figure;
        };
        const first = whole(await timed(() => ask(-FIRST / 2, FIRST)));
        let offset = FIRST / 2;
        const down = whole(await perTurn(10, () => ask((offset += MORE) - MORE, MORE)));
        offset = -FIRST / 2;
        const up = whole(await perTurn(10, () => ask((offset -= MORE), MORE)));
        await resume(session, 'stepIn', { granularity: 'instruction' });
        const again = whole(await timed(() => ask(-FIRST / 2, FIRST)));
        return [first, down, up, again];
      },
      dispose: () => end(client),
    };
  },
};

function stackCase(depth: number, rounds: number): Case {
  const figures: Figure[] = [
    { name: `stackTrace, ${depth} deep, first 20`, unit: 'ms' },
    { name: `stackTrace, ${depth} deep, all`, unit: 'ms' },
  ];
  return {
    name: `stack-${depth}`,
    figures,
    rounds,
    async prepare(peer) {
      const program = recursion();
      const where = { program: program.binary, args: [String(depth)], line: program.at('bottom') };
      const session = await launch(peer, where);
      const { client, threadId } = session;
      const trace = async (levels: number, least: number) => {
        const { stackFrames } = await client.request('stackTrace', { threadId, startFrame: 0, levels });
        if (stackFrames.length < least) throw new Error(`${peer.name} showed ${stackFrames.length} frames`);
      };
      return {
        async round() {
          // A step makes every debugger forget the frames it has.
          await resume(session, 'stepIn', { granularity: 'instruction' });
          const first = await timed(() => trace(20, 20));
          const all = await timed(() => trace(0, depth + 2));
          return [first, all];
        },
        dispose: () => end(client),
      };
    },
  };
}

export const stack1000 = stackCase(1000, 10);
export const stack50000 = stackCase(50_000, 3);
