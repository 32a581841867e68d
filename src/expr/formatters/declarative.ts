/**
 * Formatters that a workspace declares for its own types: a pattern for the type's name, and expressions that see the
 * object's members. docs/formatters.md describes them; the file they come from has been checked against its schema.
 */
import type { DataValue } from '../data';
import type { Formatted, Formatter } from '../formatter';
import { ExpressionError } from '../errors';
import { childrenOfSpec, type ChildrenSpec } from './declaredchildren';
import { compileFor, type ObjectExpression } from './objectexpression';
import { compileTemplate } from './template';
import { compilePattern, type TypePattern } from './typepattern';
import type { BareType } from '../../symbols/data/types';

/** One entry of a file of formatters. */
export interface FormatterSpec {
  /** `ns::Vec2`, `Vector<*>`, `/^Vec\d<(.+)>$/`; several of them. */
  readonly type: string | readonly string[];
  readonly summary?: string | undefined;
  readonly children?: ChildrenSpec | undefined;
  /** What `*value` and `value->` mean. */
  readonly pointee?: string | undefined;
  /** The text that the value holds: a C string or an array of characters, or where it begins and how long it is. */
  readonly text?: string | { readonly data: string; readonly length: string } | undefined;
}

/** What is wrong in an entry: where in it, as one would write it in JavaScript, and the sentence. */
export interface SpecProblem {
  readonly place: string;
  readonly message: string;
}

/** The formatters of a file's entries. Those with mistakes are left out; `report` is told of each. */
export function declaredFormatters(
  specs: readonly FormatterSpec[],
  report: (index: number, problem: SpecProblem) => void,
): Formatter[] {
  return specs.flatMap((spec, index) => {
    try {
      const types = typeof spec.type === 'string' ? [spec.type] : spec.type;
      return types.map((type) => declaredFormatter(type, spec));
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      report(index, { place: error.place, message: error.message });
      return [];
    }
  });
}

/** A mistake at a place of an entry. */
class SpecError extends Error {
  constructor(
    readonly place: string,
    message: string,
  ) {
    super(message);
  }
}

function checked<T>(place: string, compiled: T | ExpressionError): T {
  if (!(compiled instanceof ExpressionError)) return compiled;
  throw new SpecError(place, `${compiled.message} (at character ${compiled.position + 1})`);
}

function declaredFormatter(type: string, spec: FormatterSpec): Formatter {
  const pattern = compilePattern(type);
  if (typeof pattern === 'string') throw new SpecError('type', pattern);
  // Compiled for each type that it takes, with its captures filled in; here only to find mistakes early.
  compileSpec(spec, pattern.sample);
  const compiled = new WeakMap<BareType, CompiledSpec>();
  return {
    name: type,
    matches: (bare) => capturesOf(pattern, bare) !== undefined,
    format: (value, context) => {
      let ready = compiled.get(value.bare);
      if (!ready) {
        ready = compileSpec(spec, capturesOf(pattern, value.bare) ?? []);
        compiled.set(value.bare, ready);
      }
      return ready(value, context);
    },
  };
}

function capturesOf(pattern: TypePattern, type: BareType): readonly string[] | undefined {
  if (type.kind !== 'struct') return undefined;
  const name = type.qualifiedName ?? type.name;
  return name === undefined ? undefined : pattern.match(name);
}

type CompiledSpec = Formatter['format'];

/** `captures` stand for `$1`, `$2`… in every expression. */
function compileSpec(spec: FormatterSpec, captures: readonly string[]): CompiledSpec {
  const expression = (place: string, text: string): ObjectExpression => checked(place, compileFor(text, captures));
  const summary = spec.summary === undefined ? undefined : checked('summary', compileTemplate(spec.summary, captures));
  const pointee = spec.pointee === undefined ? undefined : expression('pointee', spec.pointee);
  const text = compileText(spec.text, expression);
  const children =
    spec.children && childrenOfSpec(spec.children, (place, source) => expression(`children${place}`, source));
  return (value, context): Formatted => {
    const shownText = text?.(value, context.limits.stringLength);
    return {
      summary: summary
        ? summary(value, context)
        : (shownText?.shown ?? (pointee ? pointeeSummary(pointee, value, context) : undefined)),
      ...(children && { children: children(value, context) }),
      ...(pointee && { pointee: () => pointee.evaluate(value).dereferenced() }),
      ...(shownText && { text: { value: shownText.value, isCut: shownText.isCut } }),
    };
  };
}

function pointeeSummary(
  pointee: ObjectExpression,
  value: DataValue,
  context: Parameters<Formatter['format']>[1],
): string {
  return context.summarize(pointee.evaluate(value).value);
}

interface ShownText {
  readonly value: string;
  readonly isCut: boolean;
  readonly shown: string;
}

function compileText(
  spec: FormatterSpec['text'],
  expression: (place: string, text: string) => ObjectExpression,
): ((value: DataValue, limit: number) => ShownText) | undefined {
  if (spec === undefined) return undefined;
  if (typeof spec === 'string') {
    const whole = expression('text', spec);
    return (value, limit) => whole.evaluate(value).text(limit);
  }
  const data = expression('text.data', spec.data);
  const length = expression('text.length', spec.length);
  return (value, limit) => data.evaluate(value).textOfLength(length.evaluate(value).count(), limit);
}
