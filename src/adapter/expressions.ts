/** Expressions in a frame, for everything that evaluates: watches, hovers, the console and new values of registers. */
import { virtAddr, type VirtAddr } from '../common/addresses';
import { UserError } from '../common/errors';
import {
  compileExpression,
  evaluate,
  ExpressionError,
  type CompiledExpression,
  type EvaluationContext,
  type EvaluationResult,
  type Value,
} from '../expr/expression';
import { registerAfterDollar } from '../expr/registers';
import { evaluateCalling } from '../expr/transcript';
import type { StackFrame } from '../engine/stack';
import type { Tid } from '../engine/types';
import type { FramePlace } from './frames';
import type { FrameView } from './frameview';
import { memoryChanged } from './memory';
import type { Session } from './session';

/** The frame of an id. Throws UserError when it is stale or the thread runs. */
export function frameAt(session: Session, place: FramePlace): StackFrame {
  const frame = session.target.stack(place.tid).frame(place.depth);
  if (!frame) throw new UserError(`The stack has no frame ${place.depth} any more.`, { code: 'no-such-frame' });
  return frame;
}

/** Values an expression writes, noted so that the client can be told. */
interface Writes {
  readonly memory: { address: VirtAddr; count: number }[];
  registers: boolean;
}

/** Puts a witness between the expression and the process. */
function witnessed(context: EvaluationContext, writes: Writes): EvaluationContext {
  const { write } = context;
  if (!write) return context;
  return {
    ...context,
    write: {
      memory: (address, bytes) => {
        const written = write.memory(address, bytes);
        if (written) writes.memory.push({ address: virtAddr(address), count: bytes.length });
        return written;
      },
      register: (name, value) => {
        const written = write.register(name, value);
        if (written) writes.registers = true;
        return written;
      },
    },
  };
}

/** Does something with permission to write, and tells the client what has changed, also of what then failed. */
export function writing<T>(session: Session, view: FrameView, run: (context: EvaluationContext) => T): T {
  const writes: Writes = { memory: [], registers: false };
  try {
    return run(writingContext(session, view, writes));
  } finally {
    tell(session, view, writes);
  }
}

/** What an expression came to that may have changed the program. */
export interface CallingResult {
  readonly value: EvaluationResult;
  /** Evaluated once more it may come to something else, or be refused where nothing may be changed. */
  readonly isOnce: boolean;
}

/** Evaluates with permission to write and to call functions, which changes nobody knows what. Throws UserError. */
export async function evaluateCallingIn(
  session: Session,
  view: FrameView,
  expression: CompiledExpression,
  cancel: AbortSignal,
): Promise<CallingResult> {
  const writes: Writes = { memory: [], registers: false };
  const context = writingContext(session, view, writes);
  let calls = 0;
  try {
    const value = await evaluateCalling(expression, context, (request) => {
      calls++;
      return session.live.callFunction(view.key.tid, request, { cancel });
    });
    const hasChanged = calls + writes.memory.length > 0 || writes.registers;
    return { value, isOnce: hasChanged || mentionsOwnValues(expression.text) };
  } finally {
    tell(session, view, writes);
    if (calls > 0) session.invalidate('all');
  }
}

/** Whether an expression depends on values of the debugger, which change from line to line of the console. */
function mentionsOwnValues(text: string): boolean {
  return [...text.matchAll(/\$(\w*)/g)].some(([, name]) => !registerAfterDollar(name!.toLowerCase()));
}

function writingContext(session: Session, view: FrameView, writes: Writes): EvaluationContext {
  const context = session.target.evaluationContext(view.frame, 'write');
  return witnessed({ ...context, format: (value) => view.presenter().formatted(value) }, writes);
}

function tell(session: Session, view: FrameView, writes: Writes): void {
  if (writes.registers) registersChanged(session, view.key.tid);
  for (const { address, count } of writes.memory) memoryChanged(session, address, count);
}

/** Tells the engine and the client that registers of a thread have been changed. */
export function registersChanged(session: Session, tid: Tid): void {
  session.live.registersChanged(tid);
  session.invalidate('variables', 'stacks');
}

/** A sentence about what is wrong with an expression. */
export function complaint(error: ExpressionError): UserError {
  const sentence = error.message.charAt(0).toUpperCase() + error.message.slice(1);
  return new UserError(/[.!?]$/.test(sentence) ? sentence : `${sentence}.`, { code: 'bad-expression' });
}

/** The value of an expression that only reads. Throws UserError. */
export function evaluateValue(view: FrameView, text: string): Value {
  const compiled = compileExpression(text);
  const result = compiled instanceof ExpressionError ? compiled : evaluate(compiled, view.space);
  if (result instanceof ExpressionError) throw complaint(result);
  return result;
}
