/** Reads and writes of the places that expressions name. */
import { formatAddress, type VirtAddr } from '../common/addresses';
import { bareType, sizeOfType, type Type } from '../symbols/data/types';
import { typeName } from '../symbols/data/typenames';
import type { EvaluationContext } from './context';
import { DataError } from './data';
import { DataObject } from './dataobject';
import { ExpressionError, type Span } from './errors';
import type { RegisterInfo } from './registers';
import { interpret, isScalar, valueBits } from './scalars';
import { countBytes, memoryAt, toBits, toBytes } from './storage';
import type { Located, Value } from './values';

/** Does what may throw a DataError, and blames the characters that asked for it. */
export function blaming<T>(span: Span, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof DataError) throw new ExpressionError(error.message, span);
    throw error;
  }
}

/** The value at `address`; code is not read, it is its address. */
export function loadMemory(context: EvaluationContext, address: VirtAddr, type: Type, span: Span): Value {
  const bare = type.kind === 'typedef' || type.kind === 'qualified' ? bareType(type) : type;
  switch (bare.kind) {
    case 'integer':
    case 'pointer':
    case 'enum': {
      const size = bare.size ?? 8;
      const bytes = context.memory.read(address, size);
      if (bytes.length !== size) {
        throw new ExpressionError(`cannot read ${countBytes(size)} at ${formatAddress(address)}`, span);
      }
      const bits = toBits(bytes);
      const isSigned = bare.kind !== 'pointer' && bare.isSigned;
      return { type, bits: isSigned ? BigInt.asIntN(size * 8, bits) : bits, place: { kind: 'memory', address } };
    }
    default:
      return load(context, { type, place: { kind: 'memory', address } }, span);
  }
}

/** The value of what has been located; aggregates are not read until somebody wants a part of them. */
export function load(context: EvaluationContext, located: Located, span: Span): Value {
  const { type, place, bitField } = located;
  if (located.bits !== undefined) return located as Value;
  if (!place) return { type, bits: 0n };
  if (place.kind === 'named') return loadRegister(context, place.register, span);
  const bare = bareType(type);
  if (
    place.kind === 'memory' &&
    !bitField &&
    (bare.kind === 'integer' || bare.kind === 'pointer' || bare.kind === 'enum')
  ) {
    return loadMemory(context, place.address, type, span);
  }
  if (bare.kind === 'function') return { type, bits: place.kind === 'memory' ? place.address : 0n, place };
  if (bare.kind === 'void' && bare.size === undefined) throw new ExpressionError('void cannot be read', span);
  if (!isScalar(bare)) return { ...located, bits: 0n };
  const bits = blaming(span, () => new DataObject(context, type, place, bitField).bits());
  return { type, bits, place, bitField };
}

/** The object behind a reference; everything else as it is. */
export function followReference(context: EvaluationContext, located: Located, span: Span): Located {
  if (located.type.kind !== 'reference' && bareType(located.type).kind !== 'reference') return located;
  const object = blaming(span, () => toObject(context, located).referent());
  return fromObject(object);
}

/** What formatters and views see of a value. Registers that were named are seen as constants. */
export function toObject(context: EvaluationContext, value: Located): DataObject {
  const { type, place, bitField, bits } = value;
  if (place && place.kind !== 'named') return new DataObject(context, type, place, bitField);
  const size = sizeOfType(type) ?? 8;
  const raw = bits ?? (place ? loadRegister(context, place.register, { start: 0, end: 0 }).bits : 0n);
  return new DataObject(context, type, { kind: 'bytes', bytes: toBytes(raw, size) });
}

export function fromObject(object: {
  type: Type;
  storage: DataObject['storage'];
  bitField?: DataObject['bitField'];
}): Located {
  return { type: object.type, place: object.storage, bitField: object.bitField };
}

/** The value of a register or a flag. */
export function loadRegister(context: EvaluationContext, register: RegisterInfo, span: Span): Value {
  const raw = context.registers.named(register.name);
  if (raw === undefined) {
    throw new ExpressionError(`the value of '${register.name}' is not known in this frame`, span);
  }
  const { type } = register;
  const shifted = register.bits === 1 ? raw >> BigInt(register.bit) : raw;
  return { type, bits: interpret(shifted, bareType(type), register.bits), place: { kind: 'named', register } };
}

/** Stores the bits of a scalar, which its type holds, and returns the value as it is there now. */
export function store(context: EvaluationContext, target: Located, bits: bigint, span: Span): Value {
  const { type, place, bitField } = target;
  if (place?.kind === 'named') {
    storeRegister(context, place.register, bits, span);
    return { type, bits, place };
  }
  if (!place) throw new ExpressionError('only variables, memory and registers can be assigned to', span);
  const object = new DataObject(context, type, place, bitField);
  blaming(span, () => object.setBits(bits));
  const bare = bareType(type);
  const width = bitField?.size ?? valueBits(bare);
  return { type, bits: interpret(bits, bare, width), place, bitField };
}

/** Copies an object of the same size: structures, arrays. */
export function storeBytes(context: EvaluationContext, target: Located, bytes: Uint8Array, span: Span): Value {
  const { type, place } = target;
  if (!place || place.kind === 'named') {
    throw new ExpressionError(`a '${typeName(type)}' cannot be put there`, span);
  }
  blaming(span, () => new DataObject(context, type, place).setBytes(bytes));
  return { type, bits: 0n, place };
}

function storeRegister(context: EvaluationContext, register: RegisterInfo, value: bigint, span: Span): void {
  const bits = mergeInto(context, register, value, span);
  if (!context.write?.register(register.container, bits)) {
    throw new ExpressionError(`cannot set '${register.container}' in this frame`, span);
  }
}

/** The register's new value when `part` of it becomes `bits`; the rest of it stays. */
function mergeInto(context: EvaluationContext, part: RegisterInfo, bits: bigint, span: Span): bigint {
  const field = BigInt.asUintN(part.bits, bits) << BigInt(part.bit);
  if (part.container === part.name && part.bits !== 1) return field;
  const old = context.registers.named(part.container);
  if (old === undefined) {
    throw new ExpressionError(`the value of '${part.container}' is not known in this frame`, span);
  }
  const mask = ((1n << BigInt(part.bits)) - 1n) << BigInt(part.bit);
  return (old & ~mask) | field;
}

/** An object of the debugger's own, of those bytes: results of calls, copies. */
export function constant(type: Type, bytes: Uint8Array): Value {
  const bare = bareType(type);
  const bits = isScalar(bare) ? interpret(toBits(bytes), bare, valueBits(bare)) : 0n;
  return isScalar(bare) ? { type, bits } : { type, bits, place: { kind: 'bytes', bytes } };
}

export function inMemory(type: Type, address: bigint): Located {
  return { type, place: memoryAt(address) };
}
