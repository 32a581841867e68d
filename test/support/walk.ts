/** Walks through a debuggee by steps and tells where each one ended, by marker; gdb walks along as the oracle. */
import { basename } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { DapClient } from './dapclient';
import { markerAt, runTool } from './debuggees';
import { topFrame } from './session';

export type Move = 'next' | 'stepIn' | 'stepOut' | 'continue';

/** Where a frame is: its marker when its line has one, else `file:line`, else the function's name. */
export function placeOf(frame: DebugProtocol.StackFrame, source: string): string {
  const path = frame.source?.path;
  if (path === undefined || frame.line === 0) return frame.name;
  if (!path.endsWith(`/${source}`)) return `${basename(path)}:${frame.line}`;
  return markerAt(source, frame.line) ?? `${basename(path)}:${frame.line}`;
}

/** One step; resolves with where it ended, or `terminated`. */
export async function move(
  client: DapClient,
  threadId: number,
  how: Move,
  source: string,
  granularity?: DebugProtocol.SteppingGranularity,
): Promise<string> {
  await client.request(how, { threadId, granularity });
  const { event } = await client.waitForAny(['stopped', 'terminated']);
  return event === 'stopped' ? placeOf(await topFrame(client, threadId), source) : event;
}

/** Where a chain of moves leads, one place a move. */
export async function walk(
  client: DapClient,
  threadId: number,
  source: string,
  moves: readonly Move[],
): Promise<string[]> {
  const places: string[] = [];
  for (const how of moves) places.push(await move(client, threadId, how, source));
  return places;
}

/**
 * Where gdb stops when it repeats one command from `start` (a function, or `file:line`), as `function:line`, until it
 * leaves the files under test/debuggees or `limit` is reached.
 */
export function gdbWalk(binary: string, start: string, command: 'next' | 'step', limit: number): string[] {
  const script = [
    'import gdb',
    `for i in range(${limit}):`,
    '  frame = gdb.selected_frame()',
    '  sal = frame.find_sal()',
    '  if sal.symtab is None or "debuggees" not in sal.symtab.fullname(): break',
    '  print("@%s:%d" % (frame.name(), sal.line))',
    `  gdb.execute("${command}", to_string=True)`,
    '  if not gdb.selected_inferior().threads(): break',
  ].join('\n');
  const settings = ['set confirm off', 'set debuginfod enabled off', 'set style enabled off'];
  const commands = [...settings, `break ${start}`, 'run', `python exec(${JSON.stringify(script)})`];
  const output = runTool('gdb', ['-nx', '-batch', ...commands.flatMap((text) => ['-ex', text]), binary]);
  return [...output.matchAll(/^@(.*)$/gm)].map((match) => match[1]!);
}
