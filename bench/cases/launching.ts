/** F5 to the first stop: on a small program, and on a large one together with the memory that costs. */
import { readFileSync, readlinkSync } from 'node:fs';
import { processTree } from '../../test/support/processes';
import { bigProgram } from '../bigprogram';
import { fresh, type Case } from '../case';
import { hello } from '../programs';
import { end, launch } from '../session';

export const launchSmall: Case = {
  name: 'launch-small',
  figures: [
    { name: 'launch → stopped, small program', unit: 'ms', target: { atMost: 0.15 } },
    { name: '  the same from the adapter’s start', unit: 'ms' },
  ],
  prepare(peer) {
    const program = hello();
    return Promise.resolve(
      fresh(async () => {
        const { client, times } = await launch(peer, { program: program.binary, line: program.at('main_body') });
        await end(client);
        return [times.fromLaunch, times.fromSpawn];
      }),
    );
  },
};

export const launchBig: Case = {
  name: 'launch-big',
  figures: [
    { name: 'launch → main, C++ program of 250 MB', unit: 'ms', target: { atMost: 0.15 } },
    { name: '  the same from the adapter’s start', unit: 'ms' },
    { name: '  resident memory there', unit: 'MiB', target: { atMost: 0.3 } },
  ],
  rounds: 5,
  prepare(peer) {
    const program = bigProgram();
    return Promise.resolve(
      fresh(async () => {
        const { client, times } = await launch(peer, { program, function: 'main' });
        const memory = residentOf(client.pid, program);
        await end(client);
        return [times.fromLaunch, times.fromSpawn, memory];
      }),
    );
  },
};

/** MiB of the adapter and its helpers (lldb-server, gdb behind a wrapper…), without the debuggee itself. */
function residentOf(adapter: number, program: string): number {
  const kilobytes = processTree(adapter)
    .filter((pid) => readlinkSync(`/proc/${pid}/exe`) !== program)
    .map((pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0))
    .reduce((sum, size) => sum + size, 0);
  return kilobytes / 1024;
}
