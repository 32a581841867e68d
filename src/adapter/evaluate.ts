/** Evaluates what people type and point at. Only the console may change anything. */
import * as v from 'valibot';
import { formatAddress } from '../common/addresses';
import { UserError } from '../common/errors';
import { evaluate as evaluateCompiled, ExpressionError, type Value } from '../expr/expression';
import { compileFormatted, formatValue, type NumberFormat } from '../expr/format';
import { typeName } from '../expr/types';
import { addressOf } from '../expr/values';
import { complaint, evaluateWriting, frameAt } from './expressions';
import type { FramePlace } from './frames';
import { RegisterView } from './registerview';
import { request, type Answer } from './request';
import { REGISTERS } from './scopes';
import type { Session } from './session';
import { flag, integer, text } from './validation';

/** A register that is more than a number: shown with its parts, as in the Registers scope. */
function structuredRegister(session: Session, place: FramePlace, expression: string): Answer {
  const name = /^\s*\$?([a-z]+[0-9]*)\s*$/.exec(expression)?.[1];
  if (name === undefined) return undefined;
  const view = new RegisterView(session.target, place.tid, frameAt(session, place));
  const found = view.find(name);
  if (!found || found.register.kind === 'integer') return undefined;
  const line = view.line(found.register);
  return {
    result: line.remark === undefined ? line.value : `${line.value} ${line.remark}`,
    type: line.type,
    variablesReference: line.hasParts
      ? session.references.numberOf(place, [REGISTERS, found.group.name, found.register.name])
      : 0,
  };
}

function describe(session: Session, value: Value, format: NumberFormat | undefined): Answer {
  const { target } = session;
  const { type, place } = value;
  const isAddress = type.kind === 'pointer' || type.kind === 'function';
  const address = isAddress ? addressOf(value) : place?.kind === 'memory' ? place.address : undefined;
  return {
    result: formatValue(value, { format, nameSymbol: (at) => target.symbolize(at) }),
    type: typeName(type),
    variablesReference: 0,
    ...(address !== undefined && { memoryReference: formatAddress(address) }),
  };
}

export const evaluate = request(
  'process',
  v.object({
    expression: text,
    frameId: v.optional(integer),
    context: v.optional(text),
    format: v.optional(v.object({ hex: v.optional(flag) })),
  }),
  (session, { expression, frameId, context, format }) => {
    if (expression.trim() === '') throw new UserError('There is nothing to evaluate.', { code: 'bad-expression' });
    const place = frameId === undefined || frameId === 0 ? undefined : session.frames.place(frameId);
    const frame = place && frameAt(session, place);
    const structured = place && structuredRegister(session, place, expression);
    if (structured) return structured;
    const compiled = compileFormatted(expression);
    const result =
      compiled instanceof ExpressionError
        ? compiled
        : context === 'repl'
          ? evaluateWriting(session, place?.tid, frame, (write) => evaluateCompiled(compiled.expression, write))
          : evaluateCompiled(compiled.expression, session.target.evaluationContext(frame, 'read'));
    if (result instanceof ExpressionError) {
      if (context !== 'repl') throw complaint(result);
      throw new UserError(`${complaint(result).message}\n${result.pointAt(expression)}`, { code: 'bad-expression' });
    }
    const chosen = compiled instanceof ExpressionError ? undefined : compiled.format;
    return describe(session, result, chosen ?? (format?.hex ? 'x' : undefined));
  },
);
