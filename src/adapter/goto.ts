/** `gotoTargets` and `goto`: going on from another line, with nothing executed in between. */
import * as v from 'valibot';
import { formatAddress, type VirtAddr } from '../common/addresses';
import { UserError } from '../common/errors';
import { request } from './request';
import type { Session } from './session';
import { integer, natural, text } from './validation';

export interface GotoPlace {
  readonly address: VirtAddr;
  readonly path: string;
  readonly line: number;
  /** Start of the function it is in. */
  readonly function: VirtAddr | undefined;
}

/** Start of the function that a thread is in; undefined when it runs or nothing is known. */
function currentFunction(session: Session, tid: number | undefined): VirtAddr | undefined {
  const { target } = session;
  if (target.running || tid === undefined) return undefined;
  return target.functionBounds(target.registers(tid).pc)?.start;
}

export const gotoTargets = request(
  'live',
  v.object({
    source: v.object({ path: v.optional(v.nullable(text)), sourceReference: v.optional(v.nullable(natural)) }),
    line: integer,
    column: v.optional(integer),
  }),
  (session, { source, line, column }) => {
    const { client, target } = session;
    const own = currentFunction(session, session.alive.lastStop?.tid);
    const places = source.sourceReference
      ? inDisassembly(session, source.sourceReference, client.lineFrom(line))
      : inFile(
          session,
          source.path,
          client.lineFrom(line),
          column === undefined ? undefined : client.columnFrom(column),
        );
    // The function that the program is in comes first: elsewhere there is no frame to run in.
    places.sort((a, b) => Number(b.function === own) - Number(a.function === own));
    return {
      targets: places.map((place) => {
        const name = target.symbolize(place.address)?.name ?? formatAddress(place.address);
        const remark = own === undefined || place.function === own ? '' : ' (another function)';
        return {
          id: session.gotoTargets.add(place),
          label: `${name}, line ${client.line(place.line)}${remark}`,
          line: client.line(place.line),
          instructionPointerReference: formatAddress(place.address),
        };
      }),
    };
  },
);

function inFile(session: Session, path: string | null | undefined, line: number, column?: number): GotoPlace[] {
  if (!path) throw new UserError('gotoTargets needs source.path: the path of the source file.');
  const { live: target, client } = session;
  const found = target.breakpoints.locate(client.pathFrom(path), line, column);
  const shown = found.source ?? { path, line };
  return found.addresses.map((address) => ({
    address,
    path: shown.path,
    line: shown.line,
    function: target.functionBounds(address)?.start,
  }));
}

/** A line of a disassembly is an instruction. */
function inDisassembly(session: Session, reference: number, line: number): GotoPlace[] {
  const address = session.disassemblySources.addressOfLine(reference, line);
  if (address === undefined) return [];
  return [{ address, path: '', line, function: session.target.functionBounds(address)?.start }];
}

export const goto = request(
  'live',
  v.object({ threadId: integer, targetId: natural }),
  (session, { threadId, targetId }, context) => {
    const { live: target } = session;
    const place = session.gotoTargets.at(targetId);
    const own = currentFunction(session, threadId);
    context.holdEvents();
    target.goto(threadId, place.address, place);
    if (place.function !== own) {
      const name = target.symbolize(place.address)?.name ?? formatAddress(place.address);
      session.print(
        `${name} is another function: it runs in the frame of the one that was left, and returns from that.`,
      );
    }
  },
);
