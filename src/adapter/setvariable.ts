/** Changing values from the Variables view and from watches. */
import * as v from 'valibot';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { UserError } from '../common/errors';
import { withNames } from './awaitednames';
import { EVALUATED, evaluatedNode, evaluateText, refuseEmpty } from './evaluatednode';
import { FrameView } from './frameview';
import { REGISTERS, setRegister } from './registertree';
import { request } from './request';
import type { Session } from './session';
import { assignValue } from './assignment';
import { flag, integer, natural, text } from './validation';
import { describeNode, findVariable } from './variabletree';

/** What both requests answer: the value as it is shown now. */
function changed(variable: DebugProtocol.Variable | undefined, fallback: string) {
  return {
    value: variable?.value ?? fallback,
    ...(variable?.type !== undefined && { type: variable.type }),
    variablesReference: variable?.variablesReference ?? 0,
    ...(variable?.namedVariables !== undefined && { namedVariables: variable.namedVariables }),
    ...(variable?.indexedVariables !== undefined && { indexedVariables: variable.indexedVariables }),
    ...(variable?.memoryReference !== undefined && { memoryReference: variable.memoryReference }),
  };
}

const formatSchema = v.optional(v.object({ hex: v.optional(flag) }));

export const setVariable = request(
  'live',
  v.object({ variablesReference: natural, name: text, value: text, format: formatSchema }),
  async (session, { variablesReference, name, value, format }, request) => {
    const { frame, path } = session.references.place(variablesReference);
    await withNames(session, request, () => namesOf(FrameView.of(session, frame), value));
    const view = FrameView.of(session, frame);
    if (path[0] === REGISTERS) return changed(setRegister(session, view, path, { name, value }), value);
    assignValue(session, view, findVariable(session, variablesReference, name), value);
    return changed(shownAgain(session, variablesReference, name, format?.hex), value);
  },
);

/** Looks up what a new value names, which may be text for a string or a number as well. */
function namesOf(view: FrameView, value: string): void {
  evaluateText(value, view.space);
}

function shownAgain(session: Session, reference: number, name: string, hex?: boolean): DebugProtocol.Variable {
  const node = findVariable(session, reference, name);
  return describeNode(node, () => session.references.child(reference, name.startsWith('*') ? '*' : name), hex);
}

export const setExpression = request(
  'live',
  v.object({ expression: text, value: text, frameId: v.optional(integer), format: formatSchema }),
  async (session, { expression, value, frameId, format }, request) => {
    refuseEmpty(expression);
    if (value.trim() === '') throw new UserError('There is no value to set.', { code: 'bad-value' });
    const viewNow = () => (frameId ? FrameView.at(session, session.frames.place(frameId)) : FrameView.global(session));
    await withNames(session, request, () => {
      evaluatedNode(viewNow(), expression);
      namesOf(viewNow(), value);
    });
    const view = viewNow();
    const { key } = view;
    assignValue(session, view, evaluatedNode(view, expression), value);
    const after = key.identity === '' ? FrameView.global(session) : FrameView.at(session, key);
    const node = evaluatedNode(after, expression);
    return changed(
      describeNode(node, () => session.references.numberOf(after.key, [EVALUATED, expression]), format?.hex),
      value,
    );
  },
);
