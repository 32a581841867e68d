/** Things that hold one object or none: optional, variant, any, atomic, reference_wrapper; tuple, which holds several. */
import { sizeOfType } from '../../../symbols/data/types';
import { DataError, type DataValue } from '../../data';
import type { Child, FormatContext, Formatted, Formatter } from '../../formatter';
import { argumentNames, indexIn, named, stdFormatter, structOf, typeArgument } from '../support';
import { has, memberIfAny, memberOf } from './compressed';

/** Shows a value as what it holds. */
export function holding(held: DataValue, name: string, context: FormatContext, prefix = ''): Formatted {
  return {
    summary: `${prefix}${context.summarize(held)}`,
    children: named([{ name, value: held }]),
    pointee: () => held,
  };
}

function optional(value: DataValue, context: FormatContext): Formatted {
  const payload = value.memberIfAny('_M_payload');
  const engaged = payload ? payload.member('_M_engaged') : value.member('__engaged_');
  if (engaged.bits() === 0n) return { summary: 'nullopt' };
  const held = payload ? gnuPayload(payload) : value.member('__val_');
  return { ...holding(held, 'value', context), children: named([child('value', held, (of) => `*${of}`)]) };
}

/** The union of a libstdc++ optional has been flat and nested. */
function gnuPayload(payload: DataValue): DataValue {
  const storage = payload.memberIfAny('_M_payload') ?? payload;
  return storage.member('_M_value');
}

function child(name: string, value: DataValue, expression: (parent: string) => string): Child {
  return { name, value, expression };
}

/** Every alternative is at the start of the storage: it is a union of unions. */
function variant(value: DataValue, context: FormatContext): Formatted {
  const { templateArguments } = structOf(value);
  const parts = memberIfAny(value, '__impl_', '__impl') ?? value;
  const selector = memberOf(parts, '_M_index', '__index');
  const [index, width] = [selector.bits(), 8 * selector.size];
  if (BigInt.asUintN(width, index) === 2n ** BigInt(width) - 1n) return { summary: 'valueless by exception' };
  const type = templateArguments[Number(index)]?.type;
  if (!type) throw new DataError(`not initialized: it has no alternative ${index}`);
  const storage = memberIfAny(parts, '_M_u', '__data');
  if (storage?.address === undefined) throw new DataError('it is not in memory');
  const held = value.object(type, storage.address);
  return {
    summary: `[${index}] ${context.summarize(held)}`,
    children: named([{ name: `[${index}]`, value: held }]),
    pointee: () => held,
    index: (key) => (indexIn(key, templateArguments.length) === Number(index) ? held : notActive(index)),
  };
}

function notActive(index: bigint): never {
  throw new DataError(`the alternative it holds is ${index}`);
}

/** The manager function of std::any is an instance of a template, whose argument is the type. */
function any(value: DataValue, context: FormatContext): Formatted {
  const manager = memberOf(value, '_M_manager', '__h_', '__h').bits();
  if (manager === 0n) return { summary: 'no value' };
  const symbol = value.symbolAt(manager)?.name ?? '';
  const match = /(Manager_(?:in|ex)ternal|_(Small|Large)Handler)<(.*)>::/s.exec(symbol);
  const typeName = match?.[3]?.trim();
  const type = typeName === undefined ? undefined : value.findType(typeName);
  if (!match || !type) return { summary: `holds ${typeName ?? 'a value of an unknown type'}` };
  const isInternal = match[1] === 'Manager_internal' || match[2] === 'Small';
  const storage = memberOf(value, '_M_storage', '__s_', '__s');
  if (storage.address === undefined) throw new DataError('it is not in memory');
  const held = value.object(type, isInternal ? storage.address : storage.member(pointerIn(storage)).bits());
  return holding(held, 'value', context);
}

function pointerIn(storage: DataValue): string {
  return has(storage, '_M_ptr') ? '_M_ptr' : '__ptr';
}

function atomic(value: DataValue, context: FormatContext): Formatted {
  const held = atomicPart(value);
  return { summary: context.summarize(held), children: named([{ name: 'value', value: held }]), pointee: () => held };
}

function atomicPart(value: DataValue): DataValue {
  for (const path of [['_M_base', '_M_i'], ['_M_i'], ['_M_b', '_M_p'], ['_M_fp'], ['__a_', '__a_value'], ['__a_']]) {
    let part: DataValue | undefined = value;
    for (const name of path) part = part?.memberIfAny(name);
    if (part) return part;
  }
  throw new DataError('an unknown layout');
}

function referenceWrapper(value: DataValue, context: FormatContext): Formatted {
  const held = memberOf(value, '_M_data', '__f_').dereference();
  return holding(held, 'get()', context);
}

function tuple(value: DataValue, context: FormatContext): Formatted {
  const elements = tupleElements(value);
  return {
    summary: `(${elements.map((element) => context.summarize(element)).join(', ')})`,
    children: {
      kind: 'indexed',
      count: elements.length,
      slice: (start, count) =>
        elements
          .slice(start, start + count)
          .map((element, i) => child(`[${start + i}]`, element, (of) => `${of}[${start + i}]`)),
    },
    index: (key) => elements[indexIn(key, elements.length)]!,
  };
}

/** A tuple of more elements is damage. */
const MAX_ELEMENTS = 256;

/**
 * The elements of a tuple in order: each is in a base class of its own, `_Head_base<I, T>` or `__tuple_leaf<I, T>`, which
 * is empty (and then is the element, or has no member) when the element's class is.
 */
export function tupleElements(value: DataValue): DataValue[] {
  const elements: DataValue[] = [];
  const collect = (part: DataValue, depth: number): void => {
    const { bare } = part;
    if (bare.kind !== 'struct' || depth > MAX_ELEMENTS) return;
    if (/^(?:_Head_base|__tuple_leaf)</.test(bare.name ?? '')) {
      const index = Number(bare.templateArguments[0]?.value ?? argumentNames(bare.name ?? '')[0]?.replace(/u?l*$/, ''));
      if (!(index >= 0 && index < MAX_ELEMENTS)) return;
      elements[index] = part.memberIfAny('_M_head_impl') ?? part.memberIfAny('__value_') ?? emptyElement(part);
      return;
    }
    const inner = bare.members.filter((member) => member.isBase || member.name === '__base_');
    for (const member of inner) collect(part.at(member), depth + 1);
  };
  collect(value, 0);
  if (Object.keys(elements).length < elements.length) throw new DataError('an unknown layout');
  return elements;
}

function emptyElement(part: DataValue): DataValue {
  const element = typeArgument(part, 1);
  if (part.address === undefined || (sizeOfType(element) ?? 2) > 1) throw new DataError('an unknown layout');
  return part.object(element, part.address);
}

export const wrappers: readonly Formatter[] = [
  stdFormatter('optional', optional),
  stdFormatter('variant', variant),
  stdFormatter('any', any),
  stdFormatter(['atomic', '__atomic_base', 'atomic_ref'], atomic),
  stdFormatter('reference_wrapper', referenceWrapper),
  stdFormatter('tuple', tuple),
];
