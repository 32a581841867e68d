/** Where a variable is in a frame: its entry's location evaluated, and what that means for an object of its type. */
import { fileAddr, virtAddr } from '../../common/addresses';
import { readExactly } from '../../common/readers';
import * as C from '../dwarf/constants';
import type { Die } from '../dwarf/die';
import { evaluateExpression, type ExpressionResult, type SimpleLocation } from '../dwarf/expression';
import { DW_OP } from '../dwarf/expressionopcodes';
import { dwarfRegisterName } from '../dwarf/registers';
import { interposed } from './interposition';
import { LocationContext } from './locationcontext';
import type { ModuleContext } from './modulecontext';
import { OPTIMIZED_OUT, type Storage, unavailable } from './storage';
import { sizeOfType, type Type } from './types';
import { flagOf, isDeclaration } from './variablereader';
import * as V from './variableconstants';
import type { FrameData } from './variables';

/** Constants wider than this are damage. */
const MAX_CONSTANT = 1 << 20;

/** @throws DwarfError when the entry is damaged */
export function locateEntry(context: ModuleContext, die: Die, type: Type, frame: FrameData): Storage {
  const constant = die.inherited(V.DW_AT_const_value);
  if (constant) return constantStorage(constant.die, type);
  const located = die.inherited(V.DW_AT_location);
  if (!located) return isDeclaration(die) ? context.locateDeclared(die, frame) : OPTIMIZED_OUT;
  if (isBeforeStart(context, die, frame)) return unavailable('it is not in scope yet');
  const expression = expressionAt(located.die, V.DW_AT_location, context, frame);
  if (!expression) return OPTIMIZED_OUT;
  const evaluation = new LocationContext(context, located.die.unit, frame);
  const storage = storageOf(evaluateExpression(expression, evaluation), type, evaluation);
  if (storage.kind !== 'memory' || !beginsWithAddress(expression) || !flagOf(die, V.DW_AT_external)) return storage;
  const symbol = die.linkageName ?? die.name ?? '';
  return { kind: 'memory', address: interposed(context.module, symbol, storage.address, frame) };
}

/** Whether an expression begins with an address of the program. */
export function beginsWithAddress([first]: Uint8Array): boolean {
  return first === DW_OP.addr || first === DW_OP.addrx || first === DW_OP.GNU_addr_index;
}

/** The expression of an attribute that is in force where the frame stands. @throws DwarfError */
export function expressionAt(
  die: Die,
  attribute: number,
  { module }: ModuleContext,
  frame: FrameData,
): Uint8Array | undefined {
  return die.expression(attribute) ?? die.locationList(attribute)?.at(module.toFile(frame.lookupPc));
}

/** DW_AT_start_scope as an offset: the name means something from there on (DWARF 5 §2.17.3). */
function isBeforeStart(context: ModuleContext, die: Die, frame: FrameData): boolean {
  if (!die.has(V.DW_AT_start_scope)) return false;
  const { module } = context;
  const offset = die.number(V.DW_AT_start_scope);
  const start =
    die.parent?.address(C.DW_AT_low_pc) ?? context.functionAt(module.toFile(frame.lookupPc))?.ranges[0]?.start;
  if (offset === undefined || start === undefined) return false;
  return module.toFile(frame.lookupPc) < fileAddr(start + offset);
}

function constantStorage(die: Die, type: Type): Storage {
  const value = die.attribute(V.DW_AT_const_value)!;
  const size = sizeOfType(type);
  switch (value.kind) {
    case 'constant': {
      const bytes = new Uint8Array(Math.min(size ?? 8, MAX_CONSTANT));
      const exact = value.exact ?? BigInt(value.value);
      putWord(bytes, BigInt.asUintN(8 * bytes.length, exact));
      return { kind: 'bytes', bytes };
    }
    case 'address': {
      const bytes = new Uint8Array(size ?? 8);
      putWord(bytes, BigInt(value.value));
      return { kind: 'bytes', bytes };
    }
    case 'block':
    case 'data16':
    case 'expression':
      return sized(value.bytes, size);
    default: {
      const text = die.string(V.DW_AT_const_value);
      return text === undefined ? OPTIMIZED_OUT : sized(Buffer.from(`${text}\0`, 'utf8'), size);
    }
  }
}

function putWord(bytes: Uint8Array, word: bigint): void {
  for (let i = 0, rest = word; i < bytes.length; i++, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
}

/** Bytes as an object of a size: what is not described of it was dropped. */
function sized(bytes: Uint8Array, size: number | undefined): Storage {
  if (size === undefined || bytes.length === size) return { kind: 'bytes', bytes };
  if (bytes.length > size) return { kind: 'bytes', bytes: bytes.subarray(0, size) };
  return {
    kind: 'pieces',
    pieces: [
      { storage: { kind: 'bytes', bytes }, bitSize: 8 * bytes.length, bitOffset: 0 },
      { storage: OPTIMIZED_OUT, bitSize: 8 * (size - bytes.length), bitOffset: 0 },
    ],
  };
}

/** What an expression came to, as the place of an object of a type. */
function storageOf(result: ExpressionResult, type: Type, evaluation: LocationContext): Storage {
  switch (result.kind) {
    case 'unavailable':
      return unavailable(result.reason);
    case 'error':
      return unavailable(`its location is damaged: ${result.reason}`);
    case 'pieces':
      return {
        kind: 'pieces',
        pieces: result.pieces.map(({ location, bitSize, bitOffset }) => ({
          storage: simpleStorage(location, Math.ceil((bitSize + bitOffset) / 8), evaluation),
          bitSize,
          bitOffset,
        })),
      };
    default:
      return simpleStorage(result, sizeOfType(type), evaluation);
  }
}

function simpleStorage(location: SimpleLocation, size: number | undefined, evaluation: LocationContext): Storage {
  switch (location.kind) {
    case 'address':
      return { kind: 'memory', address: location.address };
    case 'register': {
      const { register } = location;
      const known = evaluation.registers.dwarf(register) !== undefined;
      return known ? { kind: 'register', register } : unavailable(`${dwarfRegisterName(register)} was not saved`);
    }
    case 'value': {
      const bytes = new Uint8Array(Math.min(location.size, 16));
      putWord(bytes, location.value);
      return sized(bytes, size);
    }
    case 'bytes':
      return sized(location.bytes, size);
    case 'implicitPointer': {
      const { entry, offset } = location;
      return { kind: 'implicitPointer', offset, target: () => evaluation.locateAt(entry) };
    }
    case 'absent':
      return OPTIMIZED_OUT;
  }
}

/** The unsigned integer of at most 8 bytes at a place; undefined when it cannot be read. */
export function readWord(storage: Storage, size: number, frame: FrameData): bigint | undefined {
  let bytes: Uint8Array | undefined;
  switch (storage.kind) {
    case 'memory':
      bytes = readExactly(frame.memory, virtAddr(storage.address), size);
      break;
    case 'register': {
      const value = frame.registers.dwarf(storage.register);
      return value === undefined ? undefined : BigInt.asUintN(8 * size, value);
    }
    case 'bytes':
      bytes = storage.bytes.length >= size ? storage.bytes.subarray(0, size) : undefined;
      break;
    default:
      return undefined;
  }
  return bytes?.reduceRight((word, byte) => (word << 8n) | BigInt(byte), 0n);
}
