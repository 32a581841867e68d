/** How a stop on data breakpoints is told: what has changed from what to what, and what went out of scope. */
import { basename } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { VirtAddr } from '../common/addresses';
import type { DebugTarget } from '../engine/targetinterface';
import type { DataAccess, DataStop } from '../engine/types';
import type { Session } from './session';

/** The program stands after the instruction: where that is another line, the line that did it is named too. */
function describeAccess(target: DebugTarget, { text, instruction, pc }: DataAccess): string {
  const place = instruction === undefined ? undefined : placeOf(target, instruction);
  return place === undefined || place === placeOf(target, pc) ? text : `${text} at ${place}`;
}

function placeOf(target: DebugTarget, address: VirtAddr): string | undefined {
  const line = target.lineAt(address);
  return line && `${basename(line.path)}:${line.line}`;
}

/** A clause for each data breakpoint, one to a line. */
export function dataText(target: DebugTarget, { accesses, ended }: DataStop): string {
  return [
    ...accesses.map((access) => describeAccess(target, access)),
    ...ended.map(({ message }) => message ?? 'a data breakpoint has ended'),
  ].join('\n');
}

/**
 * The part of a `stopped` event that says why. VS Code shows a stop's description and, unless it is an exception, never
 * its text: the description has what has changed, and the Debug Console the whole of it.
 */
export function dataReason(session: Session, stop: DataStop): Omit<DebugProtocol.StoppedEvent['body'], 'threadId'> {
  const text = dataText(session.target, stop);
  session.print(text);
  const [first] = stop.accesses;
  const hit = [...stop.accesses.map(({ breakpoint }) => breakpoint), ...stop.breakpoints];
  return {
    reason: 'data breakpoint',
    description: first ? `Paused: ${first.text}` : 'Paused at the end of a scope',
    text,
    hitBreakpointIds: hit.map((breakpoint) => session.breakpoints.idOf(breakpoint)),
  };
}
