/** The values of the Debug Console, to be used again: `$1`, `$2`; `$` is the last, `$$` the one before, `$$n` n before. */
import { bareType } from '../symbols/data/types';
import type { EvaluationContext } from './context';
import { toObject } from './places';
import { isScalar } from './scalars';
import type { Value } from './values';

/** Values that are kept, of those that came last. */
const MAX_VALUES = 1000;
/** Bytes up to which structures and arrays are copied; larger ones are remembered by where they are. */
const MAX_COPY = 0x1_0000;

export class ValueHistory {
  private readonly values = new Map<number, Value>();
  private count = 0;

  /** The number of the last value; 0 while there is none. */
  get last(): number {
    return this.count;
  }

  /** The value of a number from 1 on; undefined when it has not been reached, or has been dropped. */
  at(number: number): Value | undefined {
    return this.values.get(number);
  }

  /** Gives a value the next number. */
  record(value: Value): void {
    this.values.set(++this.count, value);
    this.values.delete(this.count - MAX_VALUES);
  }
}

/** Whether `$name` means a value of the console rather than a register or a variable. */
export function isHistoryName(name: string): boolean {
  return /^\$?\d*$/.test(name);
}

/** The number that `$name` means where the last value has the number `last`. */
export function historyNumber(name: string, last: number): number {
  if (name === '') return last;
  if (!name.startsWith('$')) return Number(name);
  return last - (name === '$' ? 1 : Number(name.slice(1)));
}

/**
 * A value that stays as it is now whatever the program does: scalars by their bits, plain structures and arrays by their
 * bytes. What formatters show is more than its bytes, and is remembered by where it is.
 */
export function frozen(context: EvaluationContext, value: Value): Value {
  const { type, bits, place, bitField } = value;
  const bare = bareType(type);
  if (isScalar(bare)) return { type, bits };
  const live: Value = { type, bits, ...(place && { place }), ...(bitField && { bitField }) };
  if (place === undefined || place.kind === 'bytes' || bare.kind === 'function') return live;
  try {
    const object = toObject(context, value);
    if (object.size > MAX_COPY || (place.kind === 'memory' && context.format?.(object))) return live;
    return { type, bits: 0n, place: { kind: 'bytes', bytes: object.bytes().slice() } };
  } catch {
    // What cannot be read now is remembered by where it is.
    return live;
  }
}
