/** Values of expressions as text, and expressions that end in a format: `rax,x`, `p,[n]`, `v,!`. */
import type { VirtAddr } from '../common/addresses';
import { bareType, sizeOfType } from '../symbols/data/types';
import type { EvaluationContext } from './context';
import { DataObject } from './dataobject';
import { compileExpression, evaluate, type CompiledExpression } from './expression';
import { ExpressionError } from './errors';
import type { FormatLimits } from './formatter';
import { builtinFormatters } from './formatters/builtin';
import type { ObjectSpace } from './objectspace';
import type { ParseOptions } from './parser';
import { Presenter } from './presentation/presenter';
import { DEFAULT_LIMITS, type NumberFormat, type ValueFormat } from './presentation/valueformat';
import { memoryAt, toBytes } from './storage';
import { splitSuffixes } from './suffixes';
import type { Value } from './values';

export type { NumberFormat, ValueFormat } from './presentation/valueformat';

/** Names an address: the symbol it lies in and how far. */
export type SymbolNamer = (
  address: VirtAddr,
) => { readonly name: string; readonly offset: number | bigint } | undefined;

export interface FormatOptions {
  /** Undefined: as the type suggests. */
  readonly format?: NumberFormat | ValueFormat | undefined;
  readonly nameSymbol?: SymbolNamer | undefined;
  /** Where values that are no numbers are read from. */
  readonly space?: ObjectSpace;
  readonly limits?: FormatLimits;
}

const NOWHERE: ObjectSpace = {
  registers: { dwarf: () => undefined, named: () => undefined },
  memory: { read: () => new Uint8Array(0) },
};

/** The object of a value: where it is in the program, or what it is worth. */
export function objectOfValue(space: ObjectSpace, value: Value): DataObject {
  const { type, place, bits, bitField } = value;
  const bare = bareType(type);
  if (bare.kind === 'function') return new DataObject(space, type, memoryAt(bits));
  if (place && place.kind !== 'named') return new DataObject(space, type, place, bitField);
  return new DataObject(space, type, { kind: 'bytes', bytes: toBytes(bits, sizeOfType(type) ?? 8) });
}

/** A value as text: `42`, `97 'a'`, `true`, `0x401136 <main>`, `{x = 1, y = 2}`. */
export function formatValue(value: Value, options: FormatOptions = {}): string {
  const { format, nameSymbol, limits = DEFAULT_LIMITS } = options;
  const space: ObjectSpace = {
    ...(options.space ?? NOWHERE),
    ...(nameSymbol && {
      symbolAt: (address) => {
        const symbol = nameSymbol(address);
        return symbol && { name: symbol.name, offset: BigInt(symbol.offset) };
      },
    }),
  };
  const chosen = typeof format === 'string' ? { number: format } : format;
  const presenter = new Presenter({ registry: builtinFormatters, limits, ...(chosen && { format: chosen }) });
  return presenter.text(objectOfValue(space, value));
}

/** An expression together with how its value is to be shown. */
export interface FormattedExpression {
  readonly expression: CompiledExpression;
  readonly format: ValueFormat;
  /** Of `,[n]`. */
  readonly count?: { readonly expression: CompiledExpression; readonly offset: number };
}

/** Compiles an expression that may end in formats. A last operand that is spelled like one needs parentheses. */
export function compileFormatted(text: string, options: ParseOptions = {}): FormattedExpression | ExpressionError {
  const { body, format, count } = splitSuffixes(text);
  const expression = compileExpression(body, options);
  if (expression instanceof ExpressionError) return expression;
  if (!count) return { expression, format };
  const compiled = compileExpression(count.text, options);
  if (compiled instanceof ExpressionError) return compiled.shiftedBy(count.offset);
  return { expression, format, count: { expression: compiled, offset: count.offset } };
}

/** The format with the count that `,[n]` has in a context. */
export function formatIn(formatted: FormattedExpression, context: EvaluationContext): ValueFormat | ExpressionError {
  const { format, count } = formatted;
  if (!count) return format;
  const value = evaluate(count.expression, context);
  if (value instanceof ExpressionError) return value.shiftedBy(count.offset);
  const number = Number(value.bits);
  if (number > 0) return { ...format, count: number };
  const { length } = count.expression.text;
  return new ExpressionError(`the count must be above 0, not ${number}`, {
    start: count.offset,
    end: count.offset + length,
  });
}
