/** Texts of a known length, in the forms the libraries have: a summary in quotes, the text itself, and writing in place. */
import { bareType, type Type } from '../../symbols/data/types';
import { DataError, type DataValue } from '../data';
import type { FormatContext, Formatted } from '../formatter';
import { decodeText } from '../presentation/characters';
import { characterPrefix } from '../presentation/numbers';
import { indexIn, plausibleCount } from './support';

/** Where a text is. */
export interface TextPlace {
  /** The type of its code units. */
  readonly unit: Type;
  readonly begin: bigint;
  /** Code units. */
  readonly length: bigint;
  /** What is needed to replace the text; absent where nothing may be written. */
  readonly room?: {
    /** Code units there is room for, without a terminating NUL. */
    readonly capacity: bigint;
    /** Writes the new length where the object keeps it. */
    readonly setLength: (length: number, write: Write) => void;
  };
}

type Write = (address: bigint, bytes: Uint8Array) => boolean;

/** A text that an object holds or refers to. Throws DataError for one that cannot be read. */
export function textAt(value: DataValue, place: TextPlace, context: FormatContext): Formatted {
  const unit = bareType(place.unit);
  if (unit.kind !== 'integer') throw new DataError('it does not hold characters');
  const length = plausibleCount(place.length, 'length');
  const { stringLength } = context.limits;
  // A character takes up to four bytes of UTF-8; one unit more tells whether the text was cut.
  const wanted = Math.min(length, unit.size === 1 ? stringLength * 4 + 1 : stringLength + 1);
  const bytes = value.read(place.begin, wanted * unit.size);
  if (bytes.length < wanted * unit.size) {
    const at = place.begin + BigInt(bytes.length);
    throw new DataError(`cannot read memory at 0x${at.toString(16)}`);
  }
  const shown = decodeText(bytes, unit.size, stringLength);
  const isCut = wanted < length || decodeText(bytes, unit.size, stringLength + 1).length > stringLength;
  return {
    summary: `${characterPrefix(unit)}"${shown.escaped}"${isCut ? '...' : ''}`,
    text: { value: shown.value, isCut },
    index: (key) => value.object(place.unit, place.begin + BigInt(indexIn(key, length) * unit.size)),
    ...(place.room && { setText: (text: string, write: Write) => setText(place, unit.size, text, write) }),
  };
}

/** Replaces a text where it is. What does not fit would need the program's own allocator. */
function setText(place: TextPlace, unitSize: number, text: string, write: Write): void {
  const encoded = encode(text, unitSize);
  const units = encoded.length / unitSize;
  const { capacity, setLength } = place.room!;
  if (BigInt(units) > capacity) {
    throw new DataError(`the string has room for ${capacity} characters; ${units} do not fit`);
  }
  const terminated = new Uint8Array(encoded.length + unitSize);
  terminated.set(encoded);
  if (!write(place.begin, terminated)) throw new DataError(`cannot write to 0x${place.begin.toString(16)}`);
  setLength(units, write);
}

function encode(text: string, unitSize: number): Uint8Array {
  if (unitSize === 1) return Buffer.from(text, 'utf8');
  if (unitSize === 2) return Buffer.from(text, 'utf16le');
  const codes = Array.from(text, (character) => character.codePointAt(0)!);
  return new Uint8Array(Uint32Array.from(codes).buffer);
}

/** Little-endian bytes of a 64-bit number. */
export function wordBytes(word: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, word, true);
  return bytes;
}
