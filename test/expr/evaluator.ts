/** Evaluates expressions in a live process, as the Debug Console does. */
import type { Driver } from '../engine/harness';
import { compileExpression, ExpressionError, type EvaluationContext, type Value } from '../../src/expr/expression';
import { formatValue } from '../../src/expr/format';
import { evaluateCalling } from '../../src/expr/transcript';
import { typeName } from '../../src/symbols/data/typenames';

export interface Evaluated {
  readonly value?: string;
  readonly type?: string;
  readonly error?: string;
}

export function contextOf(driver: Driver, access: 'read' | 'write' = 'write'): EvaluationContext {
  const frame = driver.target.stack(driver.tid).frame(0);
  return driver.target.evaluationContext(frame, access);
}

/** Waits for the index of the program's names; the adapter waits for it when it is asked for one that is not near. */
export async function knowNames({ target }: Driver): Promise<void> {
  const [program] = target.modules.modules;
  if (!program || program.data.isIndexed) return;
  await program.data.index();
  target.namesChanged();
}

/** Evaluates with permission to write and to call, every name of the program known. */
export async function evaluateIn(driver: Driver, text: string, limit?: number): Promise<Value | ExpressionError> {
  await knowNames(driver);
  const compiled = compileExpression(text);
  if (compiled instanceof ExpressionError) return compiled;
  const { tid } = driver;
  return evaluateCalling(compiled, contextOf(driver), (request) =>
    driver.target.callFunction(tid, request, limit === undefined ? {} : { limit }),
  );
}

export async function shownIn(driver: Driver, text: string, limit?: number): Promise<Evaluated> {
  const value = await evaluateIn(driver, text, limit);
  if (value instanceof ExpressionError) return { error: value.message };
  return { value: formatValue(value, { space: contextOf(driver, 'read') }), type: typeName(value.type) };
}
