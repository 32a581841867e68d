/** Reads and writes of the places that expressions name: memory and registers. */
import { formatAddress, type VirtAddr } from '../common/addresses';
import type { EvaluationContext } from './context';
import { ExpressionError, type Span } from './errors';
import type { RegisterInfo } from './registers';
import { sizeOf, type Type } from './types';
import { fromBytes, toBytes, type Place, type Value } from './values';

/** The value of `type` at `address`; code is not read, it is its address. */
export function loadMemory(context: EvaluationContext, address: VirtAddr, type: Type, span: Span): Value {
  const place: Place = { kind: 'memory', address };
  switch (type.kind) {
    case 'function':
      return { type, bits: address, place };
    case 'void':
      throw new ExpressionError('void cannot be read', span);
    case 'integer':
    case 'pointer': {
      const size = sizeOf(type);
      const bytes = context.memory.read(address, size);
      if (bytes.length !== size) {
        const what = size === 1 ? '1 byte' : `${size} bytes`;
        throw new ExpressionError(`cannot read ${what} at ${formatAddress(address)}`, span);
      }
      return { type, bits: fromBytes(bytes, type), place };
    }
  }
}

/** The value of a register or a flag. */
export function loadRegister(context: EvaluationContext, register: RegisterInfo, span: Span): Value {
  const raw = context.registers.named(register.name);
  if (raw === undefined) {
    throw new ExpressionError(`the value of '${register.name}' is not known in this frame`, span);
  }
  const { type } = register;
  const shifted = register.bits === 1 ? raw >> BigInt(register.bit) : raw;
  const isSigned = type.kind === 'integer' && type.isSigned;
  const bits = isSigned ? BigInt.asIntN(register.bits, shifted) : BigInt.asUintN(register.bits, shifted);
  return { type, bits, place: { kind: 'register', register } };
}

/** Stores a value, converted to the place's type already, and returns it as read back from there. */
export function store(context: EvaluationContext, place: Place, value: Value, span: Span): Value {
  if (place.kind === 'memory') {
    if (!context.write?.memory(place.address, toBytes(value))) {
      throw new ExpressionError(`cannot write to ${formatAddress(place.address)}`, span);
    }
    return { ...value, place };
  }
  const { register } = place;
  const bits = mergeInto(context, register, value.bits, span);
  if (!context.write?.register(register.container, bits)) {
    throw new ExpressionError(`cannot set '${register.container}'`, span);
  }
  return { ...value, place };
}

/** The register's new value when `part` of it becomes `bits`; the rest of it stays. */
function mergeInto(context: EvaluationContext, part: RegisterInfo, bits: bigint, span: Span): bigint {
  const field = BigInt.asUintN(part.bits, bits) << BigInt(part.bit);
  if (part.container === part.name) return part.bits === 1 ? withBit(context, part, field, span) : field;
  return withBit(context, part, field, span);
}

function withBit(context: EvaluationContext, part: RegisterInfo, field: bigint, span: Span): bigint {
  const old = context.registers.named(part.container);
  if (old === undefined) {
    throw new ExpressionError(`the value of '${part.container}' is not known in this frame`, span);
  }
  const mask = ((1n << BigInt(part.bits)) - 1n) << BigInt(part.bit);
  return (old & ~mask) | field;
}
