/** `ptrace/registers`: the registers of a frame in one answer, for views that show them all the time. */
import * as v from 'valibot';
import type { RegisterGroup as GroupDescription } from '../engine/registers';
import type { Register, RegisterGroup, RegistersResponse } from '../protocol/requests';
import { FrameView } from './frameview';
import { RegisterView, type RegisterLine } from './registerview';
import { request } from './request';
import { REGISTERS, registerView } from './registertree';
import type { Session } from './session';
import { integer, text } from './validation';

function toRegister(line: RegisterLine): Register {
  const { name, value, remark, type, bits, memoryReference, readOnly } = line;
  return {
    name,
    value,
    type,
    bits,
    ...(remark !== undefined && { description: remark }),
    ...(memoryReference !== undefined && { memoryReference }),
    ...(readOnly && { readOnly }),
  };
}

function registersOf(session: Session, frame: FrameView, view: RegisterView, group: GroupDescription): Register[] {
  return group.registers.map((description) => {
    const register = toRegister(view.line(description));
    const parts = view.parts(description);
    if (parts.length === 0) return register;
    const path = [REGISTERS, group.name, description.name];
    return {
      ...register,
      variablesReference: view.thread ? session.references.numberOf(frame.key, path) : 0,
      children: parts.map(toRegister),
    };
  });
}

export const registers = request(
  'process',
  v.object({ frameId: integer, groups: v.optional(v.array(text, 'a list of group names')) }),
  (session, { frameId, groups }): RegistersResponse => {
    const frame = FrameView.at(session, session.frames.place(frameId));
    const view = registerView(session, frame);
    return {
      groups: view.groups.map((group): RegisterGroup => {
        const name = RegisterView.title(group.name);
        const wanted = groups === undefined || groups.includes(name);
        return {
          name,
          expanded: group.name === 'general',
          variablesReference: view.thread ? session.references.numberOf(frame.key, [REGISTERS, group.name]) : 0,
          ...(wanted && { registers: registersOf(session, frame, view, group) }),
        };
      }),
    };
  },
);
