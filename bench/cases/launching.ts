/** F5 to the first stop: on a small program, and on a large one together with the memory that costs. */
import { readFileSync, readlinkSync } from 'node:fs';
import { processTree } from '../../test/support/processes';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { bigProgram, bigSource } from '../bigprogram';
import { fresh, timed, type Case } from '../case';
import { line } from '../../test/support/debuggees';
import { hello } from '../programs';
import { end, frame, launch, opensByItself, refresh, resume, setLines, type Session } from '../session';

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

/** Expressions over locals, pointers and a global. */
const EXPRESSIONS = ['point.x * 2', 'node->next->value + array[5]', 'matrix[1][2]', 'total', '*node'];

export const bigData: Case = {
  name: 'big-data',
  figures: [
    { name: 'first source breakpoint, 250 MB', unit: 'ms', target: { atMost: 1 }, against: 'lldb-dap' },
    { name: '  scopes and locals there', unit: 'ms', target: { atMost: 0.5 } },
    { name: '  the same again', unit: 'ms' },
    { name: '  an array of 10,000 elements', unit: 'ms', target: { atMost: 0.3 } },
    { name: '  evaluate', unit: 'ms', target: { atMost: 0.8 } },
  ],
  rounds: 5,
  prepare(peer) {
    const program = bigProgram();
    return Promise.resolve(
      fresh(async () => {
        const session = await launch(peer, { program, function: 'main' });
        const { client } = session;
        // An editor shows where it stands before anybody clicks.
        await refresh(session);
        const breakpoint = await timed(async () => {
          await setLines(client, bigSource, [{ line: line(bigSource, 'inspect') }]);
          await resume(session, 'continue');
        });
        let locals: DebugProtocol.Variable[] = [];
        const first = await timed(async () => (locals = await localsOf(session)));
        const again = await timed(async () => (locals = await localsOf(session)));
        const array = locals.find(({ name }) => name === 'array');
        if (!array) throw new Error(`${peer.name} shows no array among ${locals.map(({ name }) => name).join(', ')}`);
        let elements = 0;
        const opened = await timed(async () => {
          const { variables } = await client.request('variables', { variablesReference: array.variablesReference });
          elements = variables.length;
        });
        if (elements < 10_000) throw new Error(`${peer.name} shows ${elements} of 10,000 elements`);
        const { id } = await frame(session);
        const evaluated = await timed(async () => {
          for (const expression of EXPRESSIONS)
            await client.request('evaluate', { expression, frameId: id, context: 'watch' });
        });
        await end(client);
        return [breakpoint, first, again, opened, evaluated / EXPRESSIONS.length];
      }),
    );
  },
};

/** Every variable of the scopes that open by themselves, as an editor asks for them. */
async function localsOf(session: Session): Promise<DebugProtocol.Variable[]> {
  const { client } = session;
  const { id } = await frame(session);
  const { scopes } = await client.request('scopes', { frameId: id });
  const found: DebugProtocol.Variable[] = [];
  for (const scope of scopes.filter(opensByItself)) {
    const { variables } = await client.request('variables', { variablesReference: scope.variablesReference });
    found.push(...variables);
  }
  return found;
}

/** MiB of the adapter and its helpers (lldb-server, gdb behind a wrapper…), without the debuggee itself. */
function residentOf(adapter: number, program: string): number {
  const kilobytes = processTree(adapter)
    .filter((pid) => readlinkSync(`/proc/${pid}/exe`) !== program)
    .map((pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0))
    .reduce((sum, size) => sum + size, 0);
  return kilobytes / 1024;
}
