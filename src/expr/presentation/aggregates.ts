/** Structures, unions, arrays and Rust's enums in one line. */
import {
  bareType,
  sizeOfType,
  type ArrayType,
  type Language,
  type Member,
  type StructType,
} from '../../symbols/data/types';
import type { DataValue } from '../data';
import { singleLine } from './characters';
import { clauseOf, unreadable, type Level, type Presenter } from './presenter';
import { arrayText, textUnit } from './strings';

/** More equal elements in a row than this are counted, as gdb does. */
const REPEATS = 10;
/** Bytes that are compared for repetitions. */
const SCAN = 64 * 1024;

export function aggregateText(presenter: Presenter, value: DataValue, level: Level): string {
  const { bare, address } = value;
  // One clause instead of one a member.
  if (address !== undefined && sizeOfType(bare) !== 0 && value.read(address, 1).length === 0)
    return unreadable(address);
  if (bare.kind === 'array') return arrayLine(presenter, value, bare, level);
  return bare.kind === 'struct' ? structText(presenter, value, bare, level) : '';
}

/** Brackets around elements: `{1, 2}`, and `[1, 2]` in Rust. */
export function bracket(parts: readonly string[], language: Language): string {
  return language === 'rust' ? `[${parts.join(', ')}]` : `{${parts.join(', ')}}`;
}

/** Braces around named parts: `{x = 1}`, and `{ x: 1 }` in Rust. */
export function brace(parts: readonly string[], language: Language): string {
  return language === 'rust' && parts.length > 0 ? `{ ${parts.join(', ')} }` : `{${parts.join(', ')}}`;
}

export function namedPart(name: string, text: string, language: Language): string {
  return language === 'rust' ? `${name}: ${text}` : `${name} = ${text}`;
}

/** A structure whose parts are too deep down. */
export const TOO_DEEP = '{...}';

// ---- arrays ----

function arrayLine(presenter: Presenter, value: DataValue, type: ArrayType, level: Level): string {
  const unit = type.isVector ? undefined : textUnit(type.element, presenter.format.number);
  const text = unit && arrayText(value, unit, presenter.limits.stringLength);
  if (text !== undefined) return text;
  const { count } = value;
  if (count === undefined) return '<length not known>';
  if (count > 0 && level.depth >= presenter.limits.depth) return TOO_DEEP;
  const shown = level.depth === 0 ? Math.min(count, presenter.format.count ?? count) : count;
  const parts = elementTexts(presenter, value, type, shown, { ...level, depth: level.depth + 1 });
  return bracket(parts, level.language);
}

function elementTexts(presenter: Presenter, value: DataValue, type: ArrayType, count: number, level: Level): string[] {
  const stride = type.stride ?? sizeOfType(type.element) ?? 0;
  const bytes =
    stride > 0 && stride <= SCAN ? leadingBytes(value, Math.min(count, Math.floor(SCAN / stride)) * stride) : NOTHING;
  const parts: string[] = [];
  for (let index = 0; index < count;) {
    if (parts.length >= presenter.limits.summaryItems || !presenter.takePart()) {
      parts.push('...');
      break;
    }
    const text = presenter.nested(value.element(index), level);
    const run = runLength(bytes, index, stride);
    if (run > REPEATS) {
      parts.push(`${text} <repeats ${run} times>`);
      index += run;
    } else {
      parts.push(text);
      index++;
    }
  }
  return parts;
}

const NOTHING = new Uint8Array(0);

function leadingBytes(value: DataValue, length: number): Uint8Array {
  if (length <= 0) return NOTHING;
  if (value.address !== undefined) return value.read(value.address, length);
  return value.bytes().subarray(0, length);
}

/** How many elements from `index` on have the same bytes, as far as they were read; 1 at least. */
function runLength(bytes: Uint8Array, index: number, stride: number): number {
  const start = index * stride;
  let end = start + stride;
  // Comparing each byte with the one a stride before compares each element with the one before it.
  while (end < bytes.length && bytes[end] === bytes[end - stride]) end++;
  return stride === 0 ? 1 : Math.max(1, Math.floor((end - start) / stride));
}

// ---- structures ----

function structText(presenter: Presenter, value: DataValue, type: StructType, level: Level): string {
  if (type.isIncomplete) return '<incomplete type>';
  const inner: Level = { depth: level.depth + 1, language: type.language };
  if (type.variantPart) return variantText(presenter, value, type, level, inner);
  if (type.language === 'rust') return rustText(presenter, value, type, type.name, level, inner);
  if (level.depth >= presenter.limits.depth && type.members.length > 0) return TOO_DEEP;
  const parts: string[] = [];
  for (const member of type.members) {
    if (member.isArtificial || (member.isBase && isEmpty(bareType(member.type)))) continue;
    if (parts.length >= presenter.limits.summaryItems || !presenter.takePart()) {
      parts.push('...');
      break;
    }
    const text = memberText(presenter, value, member, inner);
    if (member.isBase) parts.push(namedPart(`<${singleLine(baseName(member))}>`, text, type.language));
    else parts.push(member.name === undefined ? text : namedPart(singleLine(member.name), text, type.language));
  }
  return brace(parts, type.language);
}

/** A part of an object may be lost where the others are not. */
function memberText(presenter: Presenter, value: DataValue, member: Member, level: Level): string {
  let part: DataValue;
  try {
    part = value.at(member);
  } catch (error) {
    return clauseOf(error);
  }
  return presenter.nested(part, level);
}

/** The name of a base class. */
export function baseName(member: Member): string {
  const base = bareType(member.type);
  return member.name ?? (base.kind === 'struct' ? base.name : undefined) ?? 'base';
}

/** A class that has nothing to show: no members but the vptr, nor its bases. */
function isEmpty(type: ReturnType<typeof bareType>): boolean {
  return type.kind === 'struct' && type.members.every((member) => member.isArtificial === true);
}

/** `Point` of `geometry::Point<f64>`. */
function withoutArguments(name: string): string {
  const end = name.indexOf('<');
  return end > 0 ? name.slice(0, end) : name;
}

/** Rust's `Point { x: 1, y: 2 }`, `Meters(3)`, `(1, 2)`, `Unit`. */
function rustText(
  presenter: Presenter,
  value: DataValue,
  type: StructType,
  name: string | undefined,
  level: Level,
  inner: Level,
): string {
  const isTuple = type.members.length > 0 && type.members.every((member) => /^__\d+$/.test(member.name ?? ''));
  const isTupleType = name?.startsWith('(') === true;
  const title = name === undefined || isTupleType ? '' : singleLine(withoutArguments(name));
  if (type.members.length === 0) return isTupleType ? '()' : title || '{}';
  if (level.depth >= presenter.limits.depth) return isTuple ? `${title}(...)` : `${title} {...}`.trim();
  const parts: string[] = [];
  for (const member of type.members) {
    if (parts.length >= presenter.limits.summaryItems || !presenter.takePart()) {
      parts.push('...');
      break;
    }
    const text = memberText(presenter, value, member, inner);
    parts.push(isTuple ? text : namedPart(singleLine(member.name ?? '_'), text, 'rust'));
  }
  // A tuple of one has its comma, as Rust writes it.
  if (isTuple) return `${title}(${parts.join(', ')}${title === '' && parts.length === 1 ? ',' : ''})`;
  return `${title} ${brace(parts, 'rust')}`.trim();
}

/** A tagged enum: the variant that it is now, and its payload. */
function variantText(presenter: Presenter, value: DataValue, type: StructType, level: Level, inner: Level): string {
  const variant = value.activeVariant();
  if (!variant) return `<no variant of ${singleLine(type.name ?? 'the enum')} has this discriminant>`;
  const payload = value.at(variant.member);
  if (payload.bare.kind !== 'struct') return `${singleLine(variant.name)}(${presenter.nested(payload, inner)})`;
  return rustText(presenter, payload, payload.bare, variant.name, level, { ...inner, language: type.language });
}
