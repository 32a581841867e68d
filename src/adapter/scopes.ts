/** Scopes, variables and setVariable: for now the registers of a frame. */
import * as v from 'valibot';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { UserError } from '../common/errors';
import type { LaneView, RegisterDescription } from '../engine/registers';
import { frameAt, readValue, registersChanged } from './expressions';
import type { ReferencedPlace } from './references';
import { RegisterView, type RegisterLine } from './registerview';
import { RegisterWriter } from './registerwriter';
import { request } from './request';
import type { Session } from './session';
import { integer, natural, text } from './validation';

/** The first part of the path of everything in the Registers scope; group, register and view follow. */
export const REGISTERS = 'registers';

export const scopes = request('process', v.object({ frameId: integer }), (session, { frameId }) => {
  const place = session.frames.place(frameId);
  const view = registerView(session, place);
  return {
    scopes: [
      {
        name: 'Registers',
        presentationHint: 'registers',
        variablesReference: session.references.numberOf(place, [REGISTERS]),
        namedVariables: view.groups.length,
        expensive: false,
      },
    ],
  };
});

export function registerView(session: Session, place: Pick<ReferencedPlace, 'tid' | 'depth'>): RegisterView {
  return new RegisterView(session.target, place.tid, frameAt(session, place));
}

/** What the path below a group names. */
interface Located {
  readonly register: RegisterDescription;
  readonly lanes: LaneView | undefined;
}

function locate(view: RegisterView, [, groupName, registerName, laneName]: readonly string[]): Located {
  const register = view.group(groupName!).registers.find(({ name }) => name === registerName);
  if (!register) throw new UserError(`There is no register ${registerName}.`, { code: 'no-such-register' });
  return { register, lanes: register.lanes?.find(({ name }) => name === laneName) };
}

export const variables = request(
  'process',
  v.object({
    variablesReference: natural,
    filter: v.optional(text),
    start: v.optional(natural),
    count: v.optional(natural),
  }),
  (session, { variablesReference, filter, start = 0, count = 0 }) => {
    const place = session.references.place(variablesReference);
    const all = filter === 'indexed' ? [] : list(session, place);
    return { variables: count === 0 ? all.slice(start) : all.slice(start, start + count) };
  },
);

function list(session: Session, place: ReferencedPlace): DebugProtocol.Variable[] {
  const view = registerView(session, place);
  const { path } = place;
  const [, group, register, laneName] = path;
  if (group === undefined) {
    return view.groups.map(({ name, registers }) => ({
      name: RegisterView.title(name),
      value: '',
      variablesReference: session.references.numberOf(place, [...path, name]),
      namedVariables: registers.length,
      presentationHint: { kind: 'virtual', attributes: ['readOnly'] },
    }));
  }
  const lines =
    register === undefined ? view.lines(view.group(group)) : partsOf(view, locate(view, path), laneName !== undefined);
  return lines.map((line) => variable(session, place, line));
}

function partsOf(view: RegisterView, { register, lanes }: Located, wantsLanes: boolean): RegisterLine[] {
  if (!wantsLanes) return view.parts(register);
  if (!lanes) throw new UserError(`${register.name} cannot be split in that way.`, { code: 'no-such-view' });
  return view.lanes(register, lanes);
}

function variable(session: Session, place: ReferencedPlace, line: RegisterLine): DebugProtocol.Variable {
  const isRegister = place.path.length === 2;
  return {
    name: line.name,
    value: line.remark === undefined ? line.value : `${line.value} ${line.remark}`,
    type: line.type,
    variablesReference: line.hasParts ? session.references.numberOf(place, [...place.path, line.name]) : 0,
    ...(isRegister && { evaluateName: `$${line.name}` }),
    ...(line.memoryReference !== undefined && { memoryReference: line.memoryReference }),
    ...(line.readOnly && { presentationHint: { attributes: ['readOnly'] } }),
  };
}

/** Evaluates an integer in the frame, for new values. */
function integerIn(session: Session, view: RegisterView): (text: string) => bigint {
  return (expression) => readValue(session, view.frame, expression).bits;
}

export const setVariable = request(
  'process',
  v.object({ variablesReference: natural, name: text, value: text }),
  (session, { variablesReference, name, value }) => {
    const place = session.references.place(variablesReference);
    const view = registerView(session, place);
    if (!view.thread) {
      throw new UserError(
        'Only the registers of the innermost frame can be changed: this frame is waiting for a call.',
        {
          code: 'read-only',
        },
      );
    }
    if (place.path.length < 2) throw new UserError(`${name} cannot be changed.`, { code: 'read-only' });
    assign(view, place.path, name, value, new RegisterWriter(view.thread, integerIn(session, view)));
    registersChanged(session, place.tid);
    const changed = list(session, place).find((each) => each.name === name);
    return {
      value: changed?.value ?? value,
      type: changed?.type,
      variablesReference: changed?.variablesReference ?? 0,
      ...(changed?.memoryReference !== undefined && { memoryReference: changed.memoryReference }),
    };
  },
);

function assign(
  view: RegisterView,
  path: readonly string[],
  name: string,
  value: string,
  writer: RegisterWriter,
): void {
  if (path.length === 2) {
    writer.setRegister(locate(view, [...path, name]).register, value);
    return;
  }
  const { register, lanes } = locate(view, path);
  if (register.kind === 'flags') {
    writer.setFlag(register, name, value);
  } else if (lanes) {
    const lane = /^\[(\d+)\]$/.exec(name);
    if (!lane || Number(lane[1]) >= lanes.count) {
      throw new UserError(`${lanes.name} has no lane ${name}.`, { code: 'no-such-lane' });
    }
    writer.setLane(register, lanes, Number(lane[1]), value);
  } else {
    const view = register.lanes?.find((each) => each.name === name);
    if (!view) throw new UserError(`${register.name} has no part ${name}.`, { code: 'no-such-view' });
    writer.setLanes(register, view, value);
  }
}
