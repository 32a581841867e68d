/** What a person types as a new value, and how it becomes one: text in place, names, numbers, expressions. */
import { UserError } from '../common/errors';
import { DataError, type DataValue } from '../expr/data';
import { DataObject } from '../expr/dataobject';
import { encodeFloat } from '../expr/floats';
import type { Formatted } from '../expr/formatter';
import { textUnit } from '../expr/presentation/strings';
import { isScalar } from '../expr/scalars';
import { convertBits } from '../expr/values';
import type { EnumType } from '../symbols/data/types';
import { typeName } from '../symbols/data/typenames';
import { evaluateValue, writing } from './expressions';
import type { FrameView } from './frameview';
import { parseReal } from './registervalues';
import type { Session } from './session';
import { parseQuoted } from './quotedtext';
import type { ValueNode } from './valuenode';

/** Writes a new value in the place of a line's. Throws UserError with what is wrong. */
export function assignValue(session: Session, view: FrameView, node: ValueNode, text: string): void {
  const { value } = node;
  if (typeof value === 'string') throw readOnly(node.parts.name);
  const wanted = text.trim();
  if (wanted === '') throw new UserError('There is no value to set.', { code: 'bad-value' });
  try {
    writing(session, view, (context) => {
      const object = new DataObject({ ...view.space, write: context.write }, value.type, value.storage, value.bitField);
      put(view, node, object.referent(), wanted);
    });
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new UserError(`${node.parts.name} cannot be set: ${error.message}.`, { code: 'bad-value' });
  }
}

function readOnly(name: string): UserError {
  return new UserError(`${name} cannot be changed.`, { code: 'read-only' });
}

function put(view: FrameView, node: ValueNode, object: DataObject, wanted: string): void {
  const quoted = parseQuoted(wanted);
  if (quoted !== undefined && putText(node, object, quoted)) return;
  const { bare } = object;
  if (bare.kind === 'complex') {
    putComplex(object, wanted);
    return;
  }
  if (!isScalar(bare)) {
    putObject(view, object, wanted);
    return;
  }
  const known =
    bare.kind === 'enum' ? enumBits(bare, wanted) : bare.kind === 'float' ? floatBits(object, wanted) : undefined;
  object.setBits(known ?? scalarBits(view, node, object, wanted));
}

// ---- texts ----

/** Texts are replaced in place: what they lie in does not grow. False where the value is no text. */
function putText(node: ValueNode, object: DataObject, text: string): boolean {
  const formatted: Formatted | undefined = node.parts.presenter.formatted(object);
  if (formatted?.setText) {
    formatted.setText(text, (address, bytes) => object.space.write?.memory(address as never, bytes) ?? false);
    return true;
  }
  const { bare } = object;
  const element = bare.kind === 'array' ? bare.element : bare.kind === 'pointer' ? bare.target : undefined;
  const unit = element && textUnit(element, 's');
  if (!unit) return false;
  const content = encodeText(text, unit.type.size);
  if (bare.kind === 'array') {
    const room = object.size;
    if (content.length > room) throw new DataError(`the array has room for ${room / unit.type.size} characters`);
    const bytes = new Uint8Array(room);
    bytes.set(content);
    object.setBytes(bytes);
    return true;
  }
  const old = pointedLength(object, unit.type.size);
  if (content.length > old) {
    throw new DataError(
      `the text it points to has ${old / unit.type.size} characters, and a longer one does not fit there`,
    );
  }
  const terminated = new Uint8Array(content.length + unit.type.size);
  terminated.set(content);
  object
    .object(
      { kind: 'array', element: unit.type, count: terminated.length / unit.type.size, lowerBound: 0 },
      object.bits(),
    )
    .setBytes(terminated);
  return true;
}

/** Texts longer than this are not looked to the end of. */
const MAX_TEXT = 1024 * 1024;

/** Bytes before the NUL of the text that a pointer points to. */
function pointedLength(object: DataValue, unit: number): number {
  const bytes = object.read(object.bits(), MAX_TEXT);
  for (let at = 0; at + unit <= bytes.length; at += unit) {
    if (bytes.subarray(at, at + unit).every((byte) => byte === 0)) return at;
  }
  throw new DataError('it points to no terminated text');
}

function encodeText(text: string, unit: number): Uint8Array {
  if (unit === 1) return Buffer.from(text, 'utf8');
  if (unit === 2) return Buffer.from(text, 'utf16le');
  const points = [...text].map((character) => character.codePointAt(0)!);
  return new Uint8Array(Uint32Array.from(points).buffer);
}

// ---- scalars ----

/** `GREEN`, `Color::Red`, `READ | WRITE`; undefined for what is no list of enumerators. */
function enumBits(type: EnumType, wanted: string): bigint | undefined {
  let bits = 0n;
  for (const part of wanted.split('|')) {
    const name = part.trim().replace(/^.*::/, '');
    const found = type.enumerators.find((each) => each.name === name);
    if (!found) return undefined;
    bits |= found.value;
  }
  return bits;
}

function floatBits(object: DataObject, wanted: string): bigint | undefined {
  const number = parseReal(wanted);
  if (number === undefined || object.bare.kind !== 'float') return undefined;
  const bits = encodeFloat(number, object.bare.format);
  if (bits === undefined) throw new DataError(`numbers of the type ${typeName(object.type)} can only be read`);
  return bits;
}

function putComplex(object: DataObject, wanted: string): void {
  const match = /^(.*\S)\s*([+-])\s*(\S+)\s*i$/.exec(wanted);
  const real = match && parseReal(match[1]!);
  const imaginary = match && parseReal(match[3]!);
  if (real === undefined || real === null || imaginary === undefined || imaginary === null) {
    throw new DataError('a complex number is written as 1 + 2i');
  }
  const parts = [real, match![2] === '-' ? -imaginary : imaginary];
  parts.forEach((part, i) =>
    object.element(i).setBits(floatBits(object.element(i), String(part)) ?? BigInt(Math.trunc(part))),
  );
}

/** An expression's value converted as assignment does; what a value is shown with besides itself is left out. */
function scalarBits(view: FrameView, node: ValueNode, object: DataObject, wanted: string): bigint {
  const value = evaluateValue(view, withoutRemark(node, wanted));
  const bits = convertBits(value, object.bare);
  if (bits === undefined) {
    throw new DataError(`a value of the type ${typeName(value.type)} cannot be converted to ${typeName(object.type)}`);
  }
  return bits;
}

/**
 * The value alone of a text that is shown with a remark: `97 'a'`, `0x401136 <main>`, `0x2000 "text"`. Of a number and a
 * character the one counts that was changed.
 */
function withoutRemark(node: ValueNode, wanted: string): string {
  const character = /^(-?\d+)\s+([uUL]?'.+')$/s.exec(wanted);
  if (character) return node.text.startsWith(`${character[1]} `) ? character[2]! : character[1]!;
  return /^(0x[0-9a-fA-F]+)\s+[<"{([]/.exec(wanted)?.[1] ?? wanted;
}

/** Structures and arrays take the bytes of another object of their type. */
function putObject(view: FrameView, object: DataObject, wanted: string): void {
  if (wanted.startsWith('{')) throw new DataError('set its members one by one');
  const value = evaluateValue(view, wanted);
  const { place } = value;
  if (!place || place.kind === 'named') throw new DataError(`it is no number: set its members one by one`);
  const source = new DataObject(view.space, value.type, place);
  if (typeName(source.bare) !== typeName(object.bare) || source.size !== object.size) {
    throw new DataError(`it is of the type ${typeName(object.type)}, not ${typeName(source.type)}`);
  }
  object.setBytes(source.bytes());
}
