/**
 * Evaluation with calls. Evaluators are synchronous, and a call is not: when one comes up, evaluation is given up, the
 * call is made, and evaluation begins anew. Everything the first attempt has read, written or been told is kept in a
 * transcript and given again in the same order, so that the second attempt comes to the same call, whatever that call
 * has changed, and no assignment is done twice.
 */
import type { RegisterReader } from '../common/readers';
import type { FrameData } from '../symbols/data/variables';
import type { CallRequest, EvaluationContext } from './context';
import { evaluate, type CompiledExpression, type EvaluationResult } from './expression';
import { ExpressionError } from './errors';
import { frozen } from './history';
import { messageOf } from '../common/errors';
import { bareType } from '../symbols/data/types';
import type { Value } from './values';

/** Calls in one evaluation; `for` has no place in an expression, but strings of calls do. */
const MAX_CALLS = 64;

/** Thrown where a call has to be made before evaluation can go on. */
class Pending extends Error {
  constructor(readonly request: CallRequest) {
    super('a call is pending');
  }
}

class Transcript {
  private readonly entries: unknown[] = [];
  private at = 0;

  /** What happened at this point before, or what happens now. */
  next<T>(perform: () => T): T {
    if (this.at < this.entries.length) return this.entries[this.at++] as T;
    const value = perform();
    this.entries.push(value);
    this.at++;
    return value;
  }

  rewind(): void {
    this.at = 0;
  }

  /** What the call that evaluation waits for gave. */
  add(value: Value): void {
    this.entries.push(value);
  }
}

/** Makes a call of the program; rejects with a reason for the user when it does not return. */
export type Caller = (request: CallRequest) => Promise<Value>;

/** Evaluates an expression that may call functions of the program. Never rejects. */
export async function evaluateCalling(
  compiled: CompiledExpression,
  context: EvaluationContext,
  call: Caller,
): Promise<EvaluationResult> {
  const transcript = new Transcript();
  const recorded = recording(context, transcript);
  const span = { start: 0, end: compiled.text.length };
  for (let calls = 0; calls <= MAX_CALLS; calls++) {
    transcript.rewind();
    let request: CallRequest;
    try {
      const result = evaluate(compiled, recorded);
      if (!(result instanceof ExpressionError)) remember(context, result);
      return result;
    } catch (error) {
      if (!(error instanceof Pending)) throw error;
      ({ request } = error);
    }
    try {
      transcript.add(await call(request));
    } catch (error) {
      return new ExpressionError(messageOf(error).replace(/\.$/, ''), span);
    }
  }
  return new ExpressionError('the expression makes too many calls', span);
}

/** `$_` is the last value of the console, and `$1` its first. */
function remember(context: EvaluationContext, value: Value): void {
  const bare = bareType(value.type);
  if (!context.write || (bare.kind === 'void' && bare.size === undefined)) return;
  const kept = frozen(context, value);
  context.variables?.set('_', kept);
  context.history?.record(kept);
}

function recording(context: EvaluationContext, transcript: Transcript): EvaluationContext {
  const { write, variables } = context;
  const memory: EvaluationContext['memory'] = {
    read: (address, length) => transcript.next(() => context.memory.read(address, length)),
  };
  const registers = recordedRegisters(context.registers, transcript);
  const frame = context.frame && recordedFrame(context.frame, memory, transcript);
  return {
    ...context,
    memory,
    registers,
    ...(frame && { frame }),
    ...(write && {
      write: {
        memory: (address, bytes) => transcript.next(() => write.memory(address, bytes)),
        register: (name, value) => transcript.next(() => write.register(name, value)),
      },
    }),
    ...(variables && {
      variables: {
        get: (name) => transcript.next(() => variables.get(name)),
        set: (name, value) => transcript.next(() => variables.set(name, value)),
        names: () => variables.names(),
      },
    }),
    call: (request) =>
      transcript.next((): Value => {
        throw new Pending(request);
      }),
  };
}

function recordedRegisters(registers: RegisterReader, transcript: Transcript): RegisterReader {
  return {
    dwarf: (register) => transcript.next(() => registers.dwarf(register)),
    named: (name) => transcript.next(() => registers.named(name)),
  };
}

/** The frame's other answers (its caller, its thread's storage) are the same after a call, which restores the thread. */
function recordedFrame(frame: FrameData, memory: FrameData['memory'], transcript: Transcript): FrameData {
  const registers = recordedRegisters(frame.registers, transcript);
  return Object.create(frame, {
    memory: { value: memory },
    registers: { value: registers },
  }) as FrameData;
}
