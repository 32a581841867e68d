/** The scopes of a frame. Which there are depends on the code only, so that a client finds each in its place again. */
import * as v from 'valibot';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { FrameView } from './frameview';
import { REGISTERS, registerView } from './registertree';
import { request } from './request';
import { ARGUMENTS, declares, GLOBALS, LOCALS, RETURNED, scopeNodes, STATICS } from './scopenodes';
import type { Session } from './session';
import { integer } from './validation';

function variableScopes(session: Session, view: FrameView): DebugProtocol.Scope[] {
  const scope = (name: string, key: string, more: Partial<DebugProtocol.Scope>): DebugProtocol.Scope => ({
    name,
    variablesReference: session.references.numberOf(view.key, [key]),
    expensive: false,
    ...more,
  });
  const count = (key: string) => scopeNodes(session, view, key)?.length ?? 0;
  const scopes: DebugProtocol.Scope[] = [];
  if (declares(view, LOCALS)) {
    scopes.push(scope('Locals', LOCALS, { presentationHint: 'locals', namedVariables: count(LOCALS) }));
  }
  if (declares(view, ARGUMENTS)) {
    scopes.push(scope('Arguments', ARGUMENTS, { presentationHint: 'arguments', namedVariables: count(ARGUMENTS) }));
  }
  if (view.hasDebugInfo) {
    scopes.push(scope('Statics', STATICS, {}), scope('Globals', GLOBALS, { expensive: true }));
  }
  return scopes;
}

export const scopes = request('process', v.object({ frameId: integer }), (session, { frameId }) => {
  const view = FrameView.at(session, session.frames.place(frameId));
  const registers = {
    name: 'Registers',
    presentationHint: 'registers',
    variablesReference: session.references.numberOf(view.key, [REGISTERS]),
    namedVariables: registerView(session, view).groups.length,
    expensive: false,
  };
  const returned = scopeNodes(session, view, RETURNED) ?? [];
  const result = {
    name: 'Return Value',
    presentationHint: 'returnValue',
    variablesReference: session.references.numberOf(view.key, [RETURNED]),
    namedVariables: returned.length,
    expensive: false,
  };
  return { scopes: [...variableScopes(session, view), registers, ...(returned.length > 0 ? [result] : [])] };
});
