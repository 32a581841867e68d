/** How values are shown, and the format suffix that chooses: `rax,x`. */
import { formatAddress, type VirtAddr } from '../common/addresses';
import { compileExpression, type CompiledExpression } from './expression';
import { ExpressionError } from './errors';
import type { ParseOptions } from './parser';
import { sizeOf } from './types';
import type { Value } from './values';

/** `d` decimal, `u` unsigned decimal, `x` hexadecimal, `o` octal, `b` binary, `c` character. */
export type NumberFormat = 'd' | 'u' | 'x' | 'o' | 'b' | 'c';

/** Names an address: the symbol it lies in and how far. */
export type SymbolNamer = (
  address: VirtAddr,
) => { readonly name: string; readonly offset: number | bigint } | undefined;

export interface FormatOptions {
  /** Undefined: as the type suggests. */
  readonly format?: NumberFormat;
  readonly nameSymbol?: SymbolNamer;
}

/** A value as text: `42`, `97 'a'`, `true`, `0x401136 <main>`, `0x2a`. */
export function formatValue(value: Value, options: FormatOptions = {}): string {
  if (value.type.kind === 'void') return 'void';
  if (options.format) return formatNumber(value, options.format);
  switch (value.type.kind) {
    case 'pointer':
    case 'function':
      return formatPointer(value.bits, options.nameSymbol);
    case 'integer':
      if (value.type.display === 'boolean') return value.bits === 0n ? 'false' : 'true';
      if (value.type.display === 'character') return `${value.bits} ${quoteCharacter(value.bits)}`;
      return value.bits.toString();
  }
}

function formatPointer(address: bigint, nameSymbol: SymbolNamer | undefined): string {
  const text = formatAddress(address);
  const symbol = nameSymbol?.(address as VirtAddr);
  return symbol ? `${text} ${formatSymbol(symbol.name, symbol.offset)}` : text;
}

/** `<main>` or `<main+0x10>`, as in disassembly. */
function formatSymbol(name: string, offset: number | bigint): string {
  return BigInt(offset) === 0n ? `<${name}>` : `<${name}+${offset}>`;
}

function formatNumber(value: Value, format: NumberFormat): string {
  const width = sizeOf(value.type) * 8;
  const unsigned = BigInt.asUintN(width, value.bits);
  switch (format) {
    case 'd':
      return BigInt.asIntN(width, value.bits).toString();
    case 'u':
      return unsigned.toString();
    case 'x':
      return '0x' + unsigned.toString(16);
    case 'o':
      return unsigned === 0n ? '0' : '0' + unsigned.toString(8);
    case 'b':
      return '0b' + unsigned.toString(2);
    case 'c':
      return quoteCharacter(BigInt.asUintN(8, unsigned));
  }
}

const NAMED_ESCAPES: Readonly<Record<number, string>> = {
  0: '\\0',
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  27: '\\e',
  39: "\\'",
  92: '\\\\',
};

function quoteCharacter(bits: bigint): string {
  const code = Number(BigInt.asUintN(8, bits));
  const escape = NAMED_ESCAPES[code];
  if (escape) return `'${escape}'`;
  return code >= 0x20 && code < 0x7f ? `'${String.fromCharCode(code)}'` : `'\\x${code.toString(16).padStart(2, '0')}'`;
}

/** An expression together with how its value is to be shown. */
export interface FormattedExpression {
  readonly expression: CompiledExpression;
  readonly format: NumberFormat | undefined;
}

const SUFFIX = /,\s*(?:(d)|(u)|([xXh])|(o)|(b)|(c))\s*$/;

/** Compiles an expression that may end in a format: `rax,x`. A last operand of one such letter needs parentheses. */
export function compileFormatted(text: string, options: ParseOptions = {}): FormattedExpression | ExpressionError {
  const match = SUFFIX.exec(text);
  const body = match ? text.slice(0, match.index) : text;
  const expression = compileExpression(body, options);
  if (expression instanceof ExpressionError) return expression;
  return { expression, format: match ? formatOf(match[0]) : undefined };
}

function formatOf(suffix: string): NumberFormat {
  const letter = suffix.replace(/[,\s]/g, '').toLowerCase();
  return (letter === 'h' ? 'x' : letter) as NumberFormat;
}
