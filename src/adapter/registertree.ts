/** The Registers scope: groups, registers and their parts as variables, and what setting one means. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { UserError } from '../common/errors';
import type { LaneView, RegisterDescription } from '../engine/registers';
import { evaluateValue, registersChanged } from './expressions';
import { FrameView } from './frameview';
import { RegisterView, type RegisterLine } from './registerview';
import { RegisterWriter } from './registerwriter';
import type { Session } from './session';

/** The first part of the path of everything in the Registers scope; group, register and view follow. */
export const REGISTERS = 'registers';

type Path = readonly string[];

export function registerView(session: Session, view: FrameView): RegisterView {
  return new RegisterView(session.target, view.key.tid, view.frame!);
}

/** What the path below a group names. */
interface Located {
  readonly register: RegisterDescription;
  readonly lanes: LaneView | undefined;
}

function locate(view: RegisterView, [, groupName, registerName, laneName]: Path): Located {
  const register = view.group(groupName!).registers.find(({ name }) => name === registerName);
  if (!register) throw new UserError(`There is no register ${registerName}.`, { code: 'no-such-register' });
  return { register, lanes: register.lanes?.find(({ name }) => name === laneName) };
}

export function registerVariables(session: Session, frame: FrameView, path: Path): DebugProtocol.Variable[] {
  const view = registerView(session, frame);
  const [, group, register, laneName] = path;
  if (group === undefined) {
    return view.groups.map(({ name, registers }) => ({
      name: RegisterView.title(name),
      value: '',
      variablesReference: session.references.numberOf(frame.key, [...path, name]),
      namedVariables: registers.length,
      presentationHint: { kind: 'virtual', attributes: ['readOnly'] },
    }));
  }
  const lines =
    register === undefined ? view.lines(view.group(group)) : partsOf(view, locate(view, path), laneName !== undefined);
  return lines.map((line) => variable(session, frame, path, line));
}

function partsOf(view: RegisterView, { register, lanes }: Located, wantsLanes: boolean): RegisterLine[] {
  if (!wantsLanes) return view.parts(register);
  if (!lanes) throw new UserError(`${register.name} cannot be split in that way.`, { code: 'no-such-view' });
  return view.lanes(register, lanes);
}

function variable(session: Session, frame: FrameView, path: Path, line: RegisterLine): DebugProtocol.Variable {
  const isRegister = path.length === 2;
  return {
    name: line.name,
    value: line.remark === undefined ? line.value : `${line.value} ${line.remark}`,
    type: line.type,
    variablesReference: line.hasParts ? session.references.numberOf(frame.key, [...path, line.name]) : 0,
    ...(isRegister && { evaluateName: `$${line.name}` }),
    ...(line.memoryReference !== undefined && { memoryReference: line.memoryReference }),
    ...(line.readOnly && { presentationHint: { attributes: ['readOnly'] } }),
  };
}

/** Evaluates an integer in the frame, for new values. */
function integerIn(view: FrameView): (text: string) => bigint {
  return (expression) => evaluateValue(view, expression).bits;
}

/** Sets what is called `name` in a place of the Registers scope, and says how it is shown now. Throws UserError. */
export function setRegister(
  session: Session,
  frame: FrameView,
  path: Path,
  { name, value }: { readonly name: string; readonly value: string },
): DebugProtocol.Variable | undefined {
  const view = registerView(session, frame);
  if (!view.thread) {
    throw new UserError('Only the registers of the innermost frame can be changed: this frame is waiting for a call.', {
      code: 'read-only',
    });
  }
  if (path.length < 2) throw new UserError(`${name} cannot be changed.`, { code: 'read-only' });
  assign(view, path, name, value, new RegisterWriter(view.thread, integerIn(frame)));
  registersChanged(session, frame.key.tid);
  return registerVariables(session, FrameView.at(session, frame.key), path).find((each) => each.name === name);
}

function assign(view: RegisterView, path: Path, name: string, value: string, writer: RegisterWriter): void {
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
    const part = register.lanes?.find((each) => each.name === name);
    if (!part) throw new UserError(`${register.name} has no part ${name}.`, { code: 'no-such-view' });
    writer.setLanes(register, part, value);
  }
}
