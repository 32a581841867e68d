/** Evaluates what people type and point at. Only the console may change anything. */
import * as v from 'valibot';
import { UserError } from '../common/errors';
import { ExpressionError } from '../expr/expression';
import { textOf } from '../expr/presentation/strings';
import { CLIPBOARD_LIMITS } from '../expr/presentation/valueformat';
import { withNames } from './awaitednames';
import {
  EVALUATED,
  evaluated,
  evaluatedNode,
  evaluateText,
  nodeOfValue,
  prepare,
  refuseEmpty,
  type Evaluated,
} from './evaluatednode';
import { complaint, evaluateCallingIn } from './expressions';
import { FrameView } from './frameview';
import { REGISTERS } from './registertree';
import { RegisterView } from './registerview';
import { request, type Answer, type RequestContext } from './request';
import type { Session } from './session';
import { flag, integer, text } from './validation';
import type { ValueNode } from './valuenode';
import { describeNode } from './variabletree';

/** A register that is more than a number: shown with its parts, as in the Registers scope. */
function structuredRegister(session: Session, { key, frame }: FrameView, expression: string): Answer {
  const name = /^\s*\$([a-z]+[0-9]*)\s*$/.exec(expression)?.[1];
  if (name === undefined || !frame) return undefined;
  const registers = new RegisterView(session.target, key.tid, frame);
  const found = registers.find(name);
  if (!found || found.register.kind === 'integer') return undefined;
  const line = registers.line(found.register);
  return {
    result: line.remark === undefined ? line.value : `${line.value} ${line.remark}`,
    type: line.type,
    variablesReference: line.hasParts
      ? session.references.numberOf(key, [REGISTERS, found.group.name, found.register.name])
      : 0,
  };
}

/** A value as the answer to `evaluate`. */
function answer(session: Session, node: ValueNode, expression: string, hex: boolean | undefined): Answer {
  const path = [EVALUATED, expression];
  const { value, name, evaluateName, ...rest } = describeNode(
    node,
    () => session.references.numberOf(node.view.key, path),
    hex,
  );
  void name;
  void evaluateName;
  return { result: value, ...rest };
}

/** In the console an expression may change things and call functions; a mistake is pointed at. */
async function evaluateInConsole(
  session: Session,
  expression: string,
  viewNow: () => FrameView,
  request: RequestContext,
): Promise<{ readonly result: Evaluated; readonly reference: string }> {
  // What it names is found out before anything is done.
  await withNames(session, request, () => void evaluateText(expression, viewNow().space));
  const view = viewNow();
  const cancel = new AbortController();
  request.onCancel(() => cancel.abort());
  const prepared = prepare(expression, view.space);
  if (prepared instanceof ExpressionError) throw pointed(prepared, expression);
  const { value, isOnce } = await evaluateCallingIn(session, view, prepared.expression, cancel.signal);
  const result = evaluated(prepared, value);
  if (result instanceof ExpressionError) throw pointed(result, expression);
  if (!isOnce) return { result, reference: expression };
  // What is below it is that of the value as it is remembered: evaluated again, it would call and assign again.
  const own = `$${view.space.history?.last ?? 0}`;
  const formats = expression.slice(prepared.expression.text.length);
  return { result: { ...result, body: own }, reference: `${own}${formats}` };
}

function pointed(error: ExpressionError, expression: string): UserError {
  return new UserError(`${complaint(error).message}\n${error.pointAt(expression)}`, { code: 'bad-expression' });
}

/** The whole value; of a text its characters, as one would paste them. */
function forClipboard(view: FrameView, expression: string): string {
  const node = evaluatedNode(view, expression, CLIPBOARD_LIMITS);
  const { value } = node;
  const { presenter } = node.parts;
  if (typeof value === 'string' || presenter.format.number !== undefined || presenter.format.isRaw) return node.text;
  try {
    const object = value.referent();
    const text = presenter.formatted(object)?.text ?? textOf(object, CLIPBOARD_LIMITS.stringLength);
    return text && !text.isCut ? text.value : node.text;
  } catch {
    return node.text;
  }
}

export const evaluate = request(
  'process',
  v.object({
    expression: text,
    frameId: v.optional(integer),
    context: v.optional(text),
    format: v.optional(v.object({ hex: v.optional(flag) })),
  }),
  async (session, { expression, frameId, context, format }, request) => {
    refuseEmpty(expression);
    const viewNow = () => (frameId ? FrameView.at(session, session.frames.place(frameId)) : FrameView.global(session));
    const structured = structuredRegister(session, viewNow(), expression);
    if (structured) return structured;
    if (context === 'clipboard') {
      const result = await withNames(session, request, () => forClipboard(viewNow(), expression));
      return { result, variablesReference: 0 };
    }
    const once = context === 'repl' ? await evaluateInConsole(session, expression, viewNow, request) : undefined;
    return withNames(session, request, () => {
      // What was written and called may have made the frames anew.
      const view = viewNow();
      const node = once ? nodeOfValue(view, once.result) : evaluatedNode(view, expression);
      return answer(session, node, once?.reference ?? expression, format?.hex);
    });
  },
);
