/** Casts, and what is asked of types: sizes and alignments. */
import { alignmentOf } from '../symbols/data/eightbytes';
import { bareType, type BareType, type Member, type StructType, type Type } from '../symbols/data/types';
import { typeName } from '../symbols/data/typenames';
import type { CastStyle, Node } from './ast';
import type { Compiler, Reach } from './compile';
import type { EvaluationContext } from './context';
import { completeType, DataObject, type DataObject as DataObjectType } from './dataobject';
import { ExpressionError, type Span } from './errors';
import { blaming, fromObject, inMemory, load, toObject } from './places';
import { isScalar } from './scalars';
import { UNSIGNED_LONG } from './types';
import { convertBits, decay, type Located, type Value } from './values';

/** Deeper inheritance is taken for damage. */
const MAX_DEPTH = 32;

export function reachCast(compiler: Compiler, node: Node & { kind: 'cast' }): Reach {
  const { type, style } = node;
  const operand = compiler.reach(node.operand);
  return (context) => {
    const located = operand(context);
    // A datum without type information takes the type of the cast: `(int)counter` reads four bytes at `counter`.
    if (located.isUntyped && bareType(type).kind !== 'void') return { type, place: located.place };
    return cast(context, located, type, style, node);
  };
}

export function cast(
  context: EvaluationContext,
  located: Located,
  type: Type,
  style: CastStyle,
  node: Span & { readonly operand: Span },
): Located {
  const bare = completeType(context, bareType(type));
  switch (bare.kind) {
    case 'reference':
      return castReference(context, located, bare.target, style, node);
    case 'array':
      return reinterpret(context, located, type, node);
    case 'struct':
      return castStruct(context, located, bare, type, node);
    case 'complex':
      if (bareType(located.type).kind === 'complex') return { ...located, type };
      throw noConversion(located, type, node.operand);
    default: {
      const value = decay(scalarOf(context, load(context, located, node.operand), node.operand));
      return castScalar(context, value, bare, type, style, node);
    }
  }
}

/** A value as a scalar: smart pointers count as the pointer they hold. */
export function scalarOf(context: EvaluationContext, value: Value, span: Span): Value {
  if (bareType(value.type).kind !== 'struct' || !context.format) return value;
  const view = context.format(toObject(context, value));
  const follow = view?.pointee;
  // Formatters give an empty smart pointer or optional nothing to follow; what they call it tells it from a container.
  if (!follow && /^(nullptr|std::nullopt|nullopt|\(expired\))/.test(view?.summary ?? '')) {
    return { type: UNSIGNED_LONG, bits: 0n };
  }
  if (!follow) return value;
  let target: Located;
  try {
    target = fromObject(follow());
  } catch {
    // Empty: a null pointer.
    return { type: UNSIGNED_LONG, bits: 0n };
  }
  if (target.place?.kind !== 'memory') throw new ExpressionError('it points to nothing in memory', span);
  return { type: { kind: 'pointer', target: target.type }, bits: target.place.address };
}

function castScalar(
  context: EvaluationContext,
  value: Value,
  bare: BareType,
  type: Type,
  style: CastStyle,
  node: Span & { readonly operand: Span },
): Located {
  const from = bareType(value.type);
  if (!isScalar(from) && !(from.kind === 'function') && bare.kind !== 'void') {
    throw noConversion(value, type, node.operand);
  }
  if (bare.kind === 'pointer' && from.kind === 'pointer' && style !== 'reinterpret') {
    const moved = alongClasses(context, value, bareType(bare.target), style, node);
    if (moved !== undefined) return { type, bits: moved };
  }
  const bits = convertBits(value, bare);
  if (bits === undefined) throw noConversion(value, type, node.operand);
  return { type, bits };
}

function noConversion(from: Located, to: Type, span: Span): ExpressionError {
  return new ExpressionError(`'${typeName(from.type)}' cannot be converted to '${typeName(to)}'`, span);
}

/** `(T &)x`: the same place as another type, moved along the classes where both are. */
function castReference(
  context: EvaluationContext,
  located: Located,
  target: Type,
  style: CastStyle,
  node: Span & { readonly operand: Span },
): Located {
  if (located.place?.kind !== 'memory') {
    throw new ExpressionError('only something in memory can be referred to', node.operand);
  }
  const pointer: Value = { type: { kind: 'pointer', target: located.type }, bits: located.place.address };
  const moved = style === 'reinterpret' ? undefined : alongClasses(context, pointer, bareType(target), style, node);
  return inMemory(target, moved ?? located.place.address);
}

function reinterpret(context: EvaluationContext, located: Located, type: Type, span: Span): Located {
  if (located.place && located.place.kind !== 'named') return { type, place: located.place };
  return blaming(span, () => fromObject(toObject(context, located).as(type)));
}

/** A structure as itself, as one of its base classes, or as another name for it. */
function castStruct(
  context: EvaluationContext,
  located: Located,
  bare: StructType,
  type: Type,
  node: Span & { readonly operand: Span },
): Located {
  const from = completeType(context, bareType(located.type));
  if (from.kind !== 'struct') throw noConversion(located, type, node.operand);
  if (isSameClass(from, bare)) return { ...located, type };
  const path = basePath(from, bare);
  if (!path) throw noConversion(located, type, node.operand);
  return blaming(node, () =>
    fromObject(path.reduce<DataObjectType>((object, member) => object.at(member), toObject(context, located))),
  );
}

function isSameClass(a: StructType, b: StructType): boolean {
  if (a === b) return true;
  return a.qualifiedName !== undefined && a.qualifiedName === b.qualifiedName && a.size === b.size;
}

/** The base classes to go through from one class to another. */
function basePath(from: StructType, to: StructType, depth = 0): readonly Member[] | undefined {
  for (const member of depth < MAX_DEPTH ? from.members : []) {
    const base = member.isBase ? bareType(member.type) : undefined;
    if (base?.kind !== 'struct') continue;
    if (isSameClass(base, to)) return [member];
    const rest = basePath(base, to, depth + 1);
    if (rest) return [member, ...rest];
  }
  return undefined;
}

/** Where the pointer leads as one to `target`, a class of the same family; undefined when it is none. */
function alongClasses(
  context: EvaluationContext,
  pointer: Value,
  target: BareType,
  style: CastStyle,
  node: Span & { readonly operand: Span },
): bigint | undefined {
  const bare = bareType(pointer.type);
  const from = bare.kind === 'pointer' ? completeType(context, bareType(bare.target)) : bare;
  const to = completeType(context, target);
  if (from.kind !== 'struct') return undefined;
  if (pointer.bits === 0n) return 0n;
  const object = new DataObject(
    context,
    from,
    inMemory(from, pointer.bits).place as { kind: 'memory'; address: never },
  );
  if (style === 'dynamic') return dynamicCast(object, to, node);
  if (to.kind !== 'struct' || isSameClass(from, to)) return undefined;
  return blaming(node, () => {
    const up = basePath(from, to);
    if (up) return up.reduce<DataObjectType>((at, member) => at.at(member), object).address;
    const down = basePath(to, from);
    if (!down) return undefined;
    if (!down.some((member) => member.locate)) {
      return pointer.bits - BigInt(down.reduce((sum, member) => sum + member.offset, 0));
    }
    // Down from a virtual base leads only through the complete object.
    return ascend(object.dynamic(), to);
  });
}

/** C++ [expr.dynamic.cast]: null when the complete object is no such thing; `void *` means the complete object. */
function dynamicCast(object: DataObjectType, to: BareType, node: Span & { readonly operand: Span }): bigint {
  if (object.bare.kind !== 'struct' || !object.bare.isPolymorphic) {
    throw new ExpressionError(`'${typeName(object.type)}' has no virtual functions`, node.operand);
  }
  return blaming(node, () => {
    const complete = object.dynamic();
    if (to.kind === 'void') return complete.address ?? 0n;
    return to.kind === 'struct' ? (ascend(complete, to) ?? 0n) : 0n;
  });
}

/** The address of a complete object as one of its base classes or itself. */
function ascend(complete: DataObjectType, to: StructType): bigint | undefined {
  if (complete.bare.kind !== 'struct') return undefined;
  if (isSameClass(complete.bare, to)) return complete.address;
  return basePath(complete.bare, to)?.reduce<DataObjectType>((at, member) => at.at(member), complete).address;
}

// ---- sizes ----

export function reachSize(compiler: Compiler, node: Node & { kind: 'sizeof' | 'alignof' }): Reach {
  const operand = compiler.reach(node.operand);
  return (context) => {
    const located = operand(withoutEffects(context));
    if (node.kind === 'alignof') return alignment(located.type);
    if (located.bitField) throw new ExpressionError('a bit-field has no size in bytes', node.operand);
    return sizeOfLocated(context, located, node);
  };
}

export function reachTypeSize(node: Node & { kind: 'sizeofType' | 'alignofType' }): Reach {
  if (node.kind === 'alignofType') {
    const value = alignment(node.type);
    return () => value;
  }
  return (context) => sizeOfLocated(context, { type: node.type, place: { kind: 'optimizedOut' } }, node);
}

function alignment(type: Type): Value {
  return { type: UNSIGNED_LONG, bits: BigInt(alignmentOf(type)) };
}

function sizeOfLocated(context: EvaluationContext, located: Located, span: Span): Value {
  const target = bareType(located.type);
  const type = target.kind === 'reference' ? target.target : located.type;
  const bare = bareType(type);
  if (bare.kind === 'void' && bare.size === undefined) throw new ExpressionError('void has no size', span);
  const size = blaming(span, () => toObject(context, { ...located, type }).size);
  return { type: UNSIGNED_LONG, bits: BigInt(size) };
}

/** A context for operands that C does not evaluate: what cannot be read is 1, and nothing is written. */
function withoutEffects(context: EvaluationContext): EvaluationContext {
  const { memory, registers } = context;
  return Object.assign(Object.create(context) as EvaluationContext, {
    registers: {
      dwarf: (register: number) => registers.dwarf(register) ?? 1n,
      named: (name: string) => registers.named(name) ?? 1n,
    },
    memory: {
      read: (address: Parameters<typeof memory.read>[0], length: number) => {
        const bytes = memory.read(address, length);
        return bytes.length === length ? bytes : new Uint8Array(Math.min(length, 64)).fill(1);
      },
    },
    write: { memory: () => true, register: () => true },
  });
}
