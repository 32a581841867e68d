/** Members, elements, what pointers point to, and slices: the ways from one object to the next. */
import { offsetBy } from '../common/addresses';
import { bareType, sizeOfType, type ArrayType, type Member, type StructType, type Type } from '../symbols/data/types';
import { typeName } from '../symbols/data/typenames';
import type { Node } from './ast';
import { arithmetic } from './arithmetic';
import type { Compiler, Evaluator, Reach } from './compile';
import type { EvaluationContext } from './context';
import { completeType, type DataObject } from './dataobject';
import { ExpressionError, type Span } from './errors';
import type { Formatted } from './formatter';
import { findMember, memberNames, nearest } from './members';
import { staticPlace } from './names';
import { blaming, followReference, fromObject, inMemory, load, toObject } from './places';
import { xmmLanes } from './registerviews';
import { arrayOf, LONG, pointerTo } from './types';
import { addressOf, decay, type Located, type Value } from './values';

/** An array that somebody asks for may not be longer than this. */
const MAX_COUNT = 1n << 32n;

export function formatted(context: EvaluationContext, located: Located): Formatted | undefined {
  const kind = bareType(located.type).kind;
  return kind === 'struct' || kind === 'array' ? context.format?.(toObject(context, located)) : undefined;
}

/** What a smart pointer, an iterator or an optional points to; undefined for what is none of them. */
export function pointee(context: EvaluationContext, located: Located, span: Span): Located | undefined {
  const follow = formatted(context, located)?.pointee;
  return follow && followReference(context, fromObject(blaming(span, () => follow())), span);
}

/** What a pointer points to. An integer is dereferenced as a `long *`, as in gdb. */
export function dereference(context: EvaluationContext, located: Located, span: Span): Located {
  if (located.place?.kind === 'implicitPointer') {
    return fromObject(blaming(span, () => toObject(context, located).dereference()));
  }
  const bare = bareType(located.type);
  if (bare.kind === 'struct') {
    const target = pointee(context, located, span);
    if (target) return target;
  }
  const value = decay(load(context, located, span));
  const type = bareType(value.type);
  if (type.kind === 'pointer') {
    if (bareType(type.target).kind === 'void') {
      throw new ExpressionError("a 'void *' cannot be dereferenced; cast it first, as in *(long *)…", span);
    }
    return followReference(context, inMemory(type.target, addressOf(value)), span);
  }
  if (type.kind === 'integer') return inMemory(LONG, addressOf(value));
  if (type.kind === 'array') return fromObject(blaming(span, () => toObject(context, value).element(0)));
  throw new ExpressionError(`cannot dereference '${typeName(value.type)}'`, span);
}

export function reachDereference(compiler: Compiler, node: Node & { kind: 'unary' }): Reach {
  const operand = compiler.reach(node.operand);
  return (context) => dereference(context, operand(context), node);
}

// ---- members ----

export function reachMember(compiler: Compiler, node: Node & { kind: 'member' }): Reach {
  const lanes = node.object.kind === 'dollar' ? xmmLanes(node.object.name.toLowerCase()) : undefined;
  const object = lanes ? () => lanes : compiler.reach(node.object);
  const find = memberFinder(node);
  return (context) => {
    const located = object(context);
    const bare = bareType(located.type);
    const isPointer = bare.kind === 'pointer';
    // `.` on a pointer is meant as `->`, as other debuggers take it.
    const target =
      isPointer || (node.isArrow && bare.kind !== 'struct') ? dereference(context, located, node) : located;
    const followed = node.isArrow && !isPointer ? pointee(context, located, node) : undefined;
    return followReference(context, find(context, followed ?? target), node);
  };
}

type Find = (context: EvaluationContext, object: Located) => Located;

/** Finds the member in objects, remembering the way for the type that was seen last. */
function memberFinder(node: Node & { kind: 'member' }): Find {
  let lastType: Type | undefined;
  let lastOffset: { readonly offset: number; readonly member: Member } | undefined;
  return (context, object) => {
    const { type, place } = object;
    if (type === lastType && lastOffset && place?.kind === 'memory') {
      const { offset, member } = lastOffset;
      return {
        type: member.type,
        place: { kind: 'memory', address: offsetBy(place.address, offset) },
        bitField: member.bitField,
      };
    }
    const bare = completeType(context, bareType(type));
    if (bare.kind !== 'struct') {
      throw new ExpressionError(`'${typeName(type)}' has no members; '${node.name}' cannot be one`, node.nameSpan);
    }
    const path = findMember(bare, node.name);
    lastType = type;
    lastOffset = path?.every((member) => !member.locate)
      ? { offset: path.reduce((sum, member) => sum + member.offset, 0), member: path[path.length - 1]! }
      : undefined;
    return findAnywhere(context, object, bare, node);
  };
}

function findAnywhere(
  context: EvaluationContext,
  located: Located,
  bare: StructType,
  node: Node & { kind: 'member' },
): Located {
  const { name, nameSpan } = node;
  return blaming(nameSpan, () => {
    const object = toObject(context, located);
    const found = memberOf(object, name) ?? staticMember(context, bare, name);
    if (found) return found;
    const complete = object.dynamic();
    const inComplete = complete === object ? undefined : memberOf(complete, name);
    if (inComplete) return inComplete;
    // Rust reaches through its pointers by itself, and `.` for `->` is forgiven.
    const target = node.isArrow ? undefined : pointee(context, located, nameSpan);
    const inTarget = target && memberOf(toObject(context, target).referent(), name);
    if (inTarget) return inTarget;
    throw noSuchMember(bare, name, nameSpan);
  });
}

/** The member of a name that may be qualified by a base class, or be the number of a tuple's field. */
function memberOf(object: DataObject, name: string): Located | undefined {
  const at = name.lastIndexOf('::');
  if (at > 0) {
    const base = object.memberIfAny(name.slice(0, at));
    return base && memberOf(base, name.slice(at + 2));
  }
  const member = object.memberIfAny(name) ?? (/^\d+$/.test(name) ? object.memberIfAny(`__${name}`) : undefined);
  return member && fromObject(member);
}

function staticMember(context: EvaluationContext, bare: StructType, name: string, depth = 0): Located | undefined {
  const own = bare.staticMembers.find((each) => each.name === name);
  if (own) {
    const place = own.storage?.() ?? staticPlace(context, `${bare.qualifiedName}::${name}`, own.linkageName);
    return place && { type: own.type, place };
  }
  for (const member of depth < 16 ? bare.members : []) {
    const base = member.isBase ? completeType(context, bareType(member.type)) : undefined;
    const found = base?.kind === 'struct' ? staticMember(context, base, name, depth + 1) : undefined;
    if (found) return found;
  }
  return undefined;
}

export function noSuchMember(type: StructType, name: string, span: Span): ExpressionError {
  if (type.methods.some((method) => method.name === name)) {
    return new ExpressionError(`'${name}' is a member function; call it, as in ${name}()`, span);
  }
  const what = `no member '${name}' in '${typeName(type)}'`;
  if (type.isIncomplete) return new ExpressionError(`${what}, which is an incomplete type`, span);
  const similar = nearest(name, memberNames(type));
  return new ExpressionError(similar === undefined ? what : `${what}; did you mean '${similar}'?`, span);
}

/** `object.*pointer` of a pointer to a data member, whose value is the member's offset (Itanium C++ ABI 2.3). */
export function reachMemberPointer(compiler: Compiler, node: Node & { kind: 'memberPointer' }): Reach {
  const object = compiler.reach(node.object);
  const pointer = compiler.value(node.pointer);
  return (context) => {
    const { type, bits } = pointer(context);
    const bare = bareType(type);
    if (bare.kind !== 'memberPointer') {
      throw new ExpressionError(`'${typeName(type)}' is no pointer to a member`, node.pointer);
    }
    if (bareType(bare.target).kind === 'function') {
      throw new ExpressionError('a pointer to a member function can only be shown', node.pointer);
    }
    const offset = BigInt.asIntN(64, bits);
    if (offset === -1n) throw new ExpressionError('the pointer to a member is null', node.pointer);
    const located = object(context);
    const self = bareType(located.type).kind === 'struct' ? located : dereference(context, located, node.object);
    return fromObject(blaming(node, () => toObject(context, self).as(bare.target, Number(offset))));
  };
}

// ---- elements ----

export function reachIndex(compiler: Compiler, node: Node & { kind: 'index' }): Reach {
  const base = compiler.reach(node.base);
  const index = compiler.reach(node.index);
  const key = node.index.kind === 'string' ? node.index.text : undefined;
  return (context) => {
    const container = base(context);
    const at = key ?? index(context);
    return followReference(context, element(context, container, at, node), node);
  };
}

function element(
  context: EvaluationContext,
  base: Located,
  key: Located | string,
  node: Node & { kind: 'index' },
): Located {
  const bare = bareType(base.type);
  if (bare.kind === 'struct') return formattedElement(context, base, key, node);
  if (typeof key === 'string') throw new ExpressionError('an index is a number here, not a text', node.index);
  const index = load(context, key, node.index);
  const indexKind = bareType(index.type).kind;
  if (indexKind === 'pointer' || indexKind === 'array') {
    if (bare.kind === 'integer') return dereference(context, plus(index, load(context, base, node.base), node), node);
  }
  if (bare.kind === 'array') {
    if (indexKind !== 'integer' && indexKind !== 'enum') {
      throw new ExpressionError(`an index is an integer, not '${typeName(index.type)}'`, node.index);
    }
    return arrayElement(context, base, bare, index.bits, node);
  }
  if (bare.kind === 'integer') {
    throw new ExpressionError(`cannot index '${typeName(base.type)}'; cast it to a pointer first`, node.base);
  }
  if (bare.kind !== 'pointer') throw new ExpressionError(`cannot index '${typeName(base.type)}'`, node.base);
  if (base.place?.kind === 'implicitPointer') {
    return fromObject(blaming(node, () => toObject(context, base).element(Number(index.bits))));
  }
  return dereference(context, plus(load(context, base, node.base), index, node), node);
}

const plus = arithmetic('+');

function arrayElement(context: EvaluationContext, base: Located, type: ArrayType, index: bigint, span: Span): Located {
  const offset = index - BigInt(type.lowerBound);
  const stride = type.stride ?? sizeOfType(type.element);
  if (base.place?.kind === 'memory' && stride !== undefined) {
    return inMemory(type.element, BigInt.asUintN(64, base.place.address + offset * BigInt(stride)));
  }
  const { count } = type;
  if (base.place?.kind !== 'memory' && typeof count === 'number' && (offset < 0n || offset >= BigInt(count))) {
    throw new ExpressionError(`the index ${index} is outside of the array's ${count} elements`, span);
  }
  return fromObject(blaming(span, () => toObject(context, base).element(Number(offset))));
}

function formattedElement(
  context: EvaluationContext,
  base: Located,
  key: Located | string,
  node: Node & { kind: 'index' },
  depth = 0,
): Located {
  const index = formatted(context, base)?.index;
  if (index) {
    const value = typeof key === 'string' ? key : keyOf(context, key, node.index);
    return fromObject(blaming(node, () => index(value)));
  }
  const target = depth < 4 ? pointee(context, base, node) : undefined;
  if (!target) throw new ExpressionError(`cannot index '${typeName(base.type)}'`, node.base);
  if (bareType(target.type).kind === 'struct') return formattedElement(context, target, key, node, depth + 1);
  return element(context, target, key, node);
}

function keyOf(context: EvaluationContext, key: Located, span: Span): bigint | DataObject {
  const kind = bareType(key.type).kind;
  return kind === 'integer' || kind === 'enum' ? load(context, key, span).bits : toObject(context, key);
}

// ---- slices ----

/** `base[from..to]`: an array of the elements in between. */
export function reachRange(compiler: Compiler, node: Node & { kind: 'range' }): Reach {
  const base = compiler.reach(node.base);
  const from: Evaluator = node.from ? compiler.value(node.from) : () => ({ type: LONG, bits: 0n });
  const to = compiler.value(node.to);
  const { start, end } = node;
  return (context) => {
    const container = base(context);
    const first = from(context);
    const count = checkedCount(to(context).bits - first.bits, node.to);
    const at = (index: bigint): Located =>
      element(
        context,
        container,
        { type: LONG, bits: index },
        {
          kind: 'index',
          base: node.base,
          index: node.from ?? node.to,
          start,
          end,
          height: node.height,
        },
      );
    const head = at(first.bits);
    if (count > 1n && bareType(container.type).kind === 'struct') {
      const [a, b] = [head.place, at(first.bits + 1n).place];
      const size = sizeOfType(head.type);
      const isContiguous =
        a?.kind === 'memory' && b?.kind === 'memory' && size !== undefined && b.address - a.address === BigInt(size);
      if (!isContiguous) throw new ExpressionError('its elements do not lie side by side', node.base);
    }
    return { type: arrayOf(head.type, Number(count)), place: head.place };
  };
}

function checkedCount(count: bigint, span: Span): bigint {
  if (count < 0n) throw new ExpressionError('the number of elements is negative', span);
  if (count > MAX_COUNT) throw new ExpressionError(`${count} elements are too many`, span);
  return count;
}

/**
 * `first@count` (gdb's): an array whose first element is `first`. Where the name of a pointer is given, the elements are
 * what it points to.
 */
export function reachRepeat(compiler: Compiler, node: Node & { kind: 'repeat' }): Reach {
  const first = compiler.reach(node.first);
  const count = compiler.value(node.count);
  const isNamed =
    node.first.kind === 'name' ||
    node.first.kind === 'member' ||
    node.first.kind === 'dollar' ||
    node.first.kind === 'cast';
  return (context) => {
    const located = first(context);
    const bare = bareType(located.type);
    const isPointer = bare.kind === 'pointer' && bareType(bare.target).kind !== 'void';
    const head = isPointer && (isNamed || !located.place) ? dereference(context, located, node.first) : located;
    if (!head.place || head.place.kind === 'named') {
      throw new ExpressionError('only what is in memory can be the first of an array', node.first);
    }
    const length = checkedCount(count(context).bits, node.count);
    if (length === 0n) throw new ExpressionError('the number of elements is zero', node.count);
    return { type: arrayOf(head.type, Number(length)), place: head.place };
  };
}

// ---- addresses ----

export function addressOfLocated(located: Located, operand: Span & { readonly kind: string }): Value {
  const { type, place, bitField } = located;
  if (bitField) throw new ExpressionError('a bit-field has no address', operand);
  switch (place?.kind) {
    case 'memory':
      return { type: pointerTo(type), bits: place.address };
    case 'named':
    case 'register':
    case 'pieces': {
      const what = operand.kind === 'name' || operand.kind === 'dollar' ? '' : 'what is in ';
      throw new ExpressionError(`${what}a register has no address`, operand);
    }
    case 'optimizedOut':
      throw new ExpressionError('it is optimized out and has no address', operand);
    case 'unavailable':
      throw new ExpressionError(`its address is not available: ${place.reason}`, operand);
    default:
      throw new ExpressionError('only something in memory has an address', operand);
  }
}
