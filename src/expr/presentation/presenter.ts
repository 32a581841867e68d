/**
 * A value in one line, whatever it is and however broken: bounded by limits, never throwing. What cannot be shown is a
 * clause in angle brackets in the place where it would stand.
 */
import { formatAddress } from '../../common/addresses';
import { messageOf } from '../../common/errors';
import { log } from '../../common/log';
import {
  sizeOfType,
  type BareType,
  type EnumType,
  type FloatType,
  type IntegerType,
  type Language,
} from '../../symbols/data/types';
import { DataError, type DataValue } from '../data';
import type { FormatContext, FormatLimits, Formatted } from '../formatter';
import type { FormatterRegistry } from '../formatters/registry';
import { aggregateText } from './aggregates';
import { singleLine } from './characters';
import { floatText } from './floats';
import { memberPointerText } from './memberpointers';
import { enumText, formatInteger, integerText } from './numbers';
import { pointerText } from './pointers';
import { formattedText } from './summaries';
import { PLAIN, type ValueFormat } from './valueformat';

export interface PresenterOptions {
  readonly registry: FormatterRegistry;
  readonly limits: FormatLimits;
  readonly format?: ValueFormat;
  /** Of the code that is looked at: types that belong to no language of their own are shown in this one's syntax. */
  readonly language?: Language;
  /** Where code is in the sources: `main.c:12`. */
  readonly placeOf?: (code: bigint) => string | undefined;
}

/** How many times as many parts as in one aggregate a whole line may have. */
const LINE_FACTOR = 5;
/** Types can be damaged into nesting without end; this is far beyond what one line shows. */
const MAX_DEPTH = 40;

/** Where in a line a value stands. */
export interface Level {
  /** 0 is the value itself. */
  readonly depth: number;
  readonly language: Language;
}

export class Presenter {
  readonly limits: FormatLimits;
  readonly format: ValueFormat;
  private readonly known = new WeakMap<DataValue, Formatted>();
  /** Parts that the line may still have. */
  private parts = 0;

  constructor(readonly options: PresenterOptions) {
    this.limits = options.limits;
    this.format = options.format ?? PLAIN;
  }

  /** The value in one line. */
  text(value: DataValue): string {
    this.parts = this.limits.summaryItems * LINE_FACTOR;
    return this.nested(value, this.top);
  }

  /** A value at a deeper level of the line that is being made. */
  nested(value: DataValue, level: Level): string {
    try {
      return this.compose(value, level);
    } catch (error) {
      return clauseOf(error);
    }
  }

  /** Counts one more part of the line; false when it is long enough. */
  takePart(): boolean {
    return --this.parts >= 0;
  }

  /**
   * What the formatter of its type makes of a value; undefined without one. Asked again for the same object, as for its
   * text and then for its children, it is not made again. Throws what the formatter throws.
   */
  formatted(value: DataValue, level: Level = this.top): Formatted | undefined {
    if (this.format.isRaw) return undefined;
    const formatter = this.options.registry.find(value.bare);
    if (!formatter) return undefined;
    const known = level.depth === 0 ? this.known.get(value) : undefined;
    if (known) return known;
    const formatted = formatter.format(value, this.context(level));
    if (level.depth === 0) this.known.set(value, formatted);
    return formatted;
  }

  private get top(): Level {
    return { depth: 0, language: this.options.language ?? 'c' };
  }

  /** Whether a formatter shows values of a type. */
  formats(type: BareType): boolean {
    return !this.format.isRaw && this.options.registry.find(type) !== undefined;
  }

  private context(level: Level): FormatContext {
    const inner = { ...level, depth: level.depth + 1 };
    return { limits: this.limits, summarize: (value) => this.nested(value, inner) };
  }

  private compose(value: DataValue, level: Level): string {
    if (level.depth > MAX_DEPTH) return '{...}';
    const { storage } = value;
    if (storage.kind === 'optimizedOut') return '<optimized out>';
    if (storage.kind === 'unavailable') return `<not available: ${singleLine(storage.reason)}>`;
    if (value.bare.kind === 'reference') return this.referenceText(value, level);
    let complaint = '';
    try {
      const formatted = this.formatted(value, level);
      if (formatted) return formattedText(this, formatted, level);
    } catch (error) {
      complaint = `${clauseOf(error)} `;
    }
    return complaint + this.plain(value, level);
  }

  private plain(value: DataValue, level: Level): string {
    const { bare } = value;
    switch (bare.kind) {
      case 'integer':
      case 'enum':
      case 'float':
        return this.scalarText(value.bits(), bare, level.language, value.bitField?.size);
      case 'complex':
        return complexText(this.nested(value.element(0), level), this.nested(value.element(1), level));
      case 'void':
        return bare.size === 8 ? 'nullptr' : (bare.name ?? 'void');
      case 'pointer':
        return pointerText(this, value, bare, level);
      case 'function':
        return this.codeText(value, value.bits());
      case 'memberPointer':
        return memberPointerText(value, bare);
      case 'array':
      case 'struct':
        return aggregateText(this, value, level);
      case 'reference':
        return this.referenceText(value, level);
    }
  }

  /** A number or an enumerator without a formatter, by its bits as `DataValue.bits` has them; `width` of a bit-field. */
  scalarText(
    bits: bigint,
    type: IntegerType | EnumType | FloatType,
    language: Language = this.top.language,
    width?: number,
  ): string {
    const { number } = this.format;
    if (type.kind === 'integer') return integerText(bits, type, number, width);
    return type.kind === 'enum' ? enumText(bits, type, number, language, width) : this.floatingText(bits, type);
  }

  private floatingText(bits: bigint, type: FloatType): string {
    const { number } = this.format;
    switch (number) {
      case 'x':
      case 'o':
      case 'b':
        return formatInteger(bits, type.size, number) ?? floatText(bits, type.format);
      case 'f':
        return floatText(bits, type.format, 'fixed');
      case 'e':
        return floatText(bits, type.format, 'scientific');
      default:
        return floatText(bits, type.format);
    }
  }

  /** The object itself; the address only where it cannot be read. */
  private referenceText(value: DataValue, level: Level): string {
    const object = value.referent();
    const { address } = object;
    if (address !== undefined && value.read(address, Math.min(1, sizeOfType(object.type) ?? 1)).length === 0) {
      return `${formatAddress(address)} ${unreadable(address)}`;
    }
    // Counted as a level, so that what refers to itself ends.
    return this.nested(object, { ...level, depth: object.bare.kind === 'struct' ? level.depth : level.depth + 1 });
  }

  /** `0x401136 <add> (calc.c:12)` */
  codeText(value: DataValue, address: bigint): string {
    const place = address === 0n ? undefined : this.options.placeOf?.(address);
    return addressText(value, address) + (place === undefined ? '' : ` (${singleLine(place)})`);
  }
}

/** An address and the symbol it lies in: `0x404010 <table+16>`. */
export function addressText(value: DataValue, address: bigint): string {
  const text = formatAddress(address);
  const symbol = address === 0n ? undefined : value.symbolAt(address);
  if (!symbol) return text;
  return `${text} <${singleLine(symbol.name)}${symbol.offset === 0n ? '' : `+${symbol.offset}`}>`;
}

export function unreadable(address: bigint): string {
  return `<cannot read memory at ${formatAddress(address)}>`;
}

/** What is shown in place of a value that could not be had. */
export function clauseOf(error: unknown): string {
  if (error instanceof DataError) return `<${singleLine(error.message)}>`;
  // A mistake in a formatter must not take the view down with it.
  log('expr', () => `a value could not be shown: ${error instanceof Error ? error.stack : String(error)}`);
  return `<cannot be shown: ${singleLine(messageOf(error))}>`;
}

function complexText(real: string, imaginary: string): string {
  return imaginary.startsWith('-') ? `${real} - ${imaginary.slice(1)}i` : `${real} + ${imaginary}i`;
}
