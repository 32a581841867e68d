/** unique_ptr, shared_ptr, weak_ptr, function, and the iterators of containers. */
import { bareType } from '../../../symbols/data/types';
import { DataError, type DataValue } from '../../data';
import type { Child, FormatContext, Formatted, Formatter } from '../../formatter';
import { aligned, named, splitArguments, stdFormatter, stdName, typeArgument } from '../support';
import { has, memberIfAny, memberOf } from './compressed';
import { tupleElements } from './wrappers';

function pointee(pointer: DataValue): Child {
  return { name: '*', value: pointer.dereference().dynamic(), expression: (parent) => `*${parent}` };
}

/** A pointer and what it points to. */
function owning(pointer: DataValue, context: FormatContext, remark: string, more: readonly Child[] = []): Formatted {
  if (pointer.bits() === 0n) return { summary: remark === '' ? 'nullptr' : `nullptr ${remark}`, children: named(more) };
  const target = pointer.bare.kind === 'pointer' ? bareType(pointer.bare.target) : undefined;
  const address = `0x${pointer.bits().toString(16)}`;
  const isOpaque = !target || target.kind === 'void' || target.kind === 'function';
  if (isOpaque)
    return { summary: [context.summarize(pointer), remark].filter(Boolean).join(' '), children: named(more) };
  const held = pointer.dereference().dynamic();
  const text = [address, remark, '→', context.summarize(held)].filter(Boolean).join(' ');
  return { summary: text, children: named([pointee(pointer), ...more]), pointee: () => held };
}

function uniquePointer(value: DataValue, context: FormatContext): Formatted {
  const pointer = uniquePart(value);
  const formatted = owning(pointer, context, '');
  // unique_ptr<T[]> does not know how many elements there are.
  return { ...formatted, index: (key) => pointer.element(Number(typeof key === 'object' ? key.bits() : key)) };
}

function uniquePart(value: DataValue): DataValue {
  const parts = value.memberIfAny('_M_t');
  if (!parts) return memberOf(value, '__ptr_');
  const tuple = parts.memberIfAny('_M_t') ?? parts;
  const [pointer] = tupleElements(tuple);
  if (!pointer) throw new DataError('an unknown layout');
  return pointer;
}

function sharedPointer(value: DataValue, context: FormatContext): Formatted {
  const pointer = memberOf(value, '_M_ptr', '__ptr_');
  const control = value.memberIfAny('_M_refcount')?.member('_M_pi') ?? memberOf(value, '__cntrl_');
  const isWeak = stdName(value.bare) === 'weak_ptr';
  if (control.bits() === 0n) return owning(pointer, context, '');
  const { uses, weak } = counts(control);
  const remark = isWeak && uses === 0n ? '(expired)' : `(${uses} strong, ${weak} weak)`;
  const more = [
    { name: 'use_count()', value: uses.toString() },
    { name: 'weak_count()', value: weak.toString() },
  ];
  // What an expired pointer points to is gone.
  if (isWeak && uses === 0n) return { summary: remark, children: named(more) };
  return owning(pointer, context, remark, more);
}

/** All strong references together hold a weak one; libc++ counts from -1. */
function counts(control: DataValue): { uses: bigint; weak: bigint } {
  const block = control.dereference();
  if (has(block, '_M_use_count')) {
    const uses = block.member('_M_use_count').bits();
    const weak = block.member('_M_weak_count').bits();
    return { uses, weak: uses > 0n ? weak - 1n : weak };
  }
  const uses = block.member('__shared_owners_').bits() + 1n;
  const weak = block.member('__shared_weak_owners_').bits() + 1n;
  return { uses, weak: uses > 0n ? weak - 1n : weak };
}

/** What a std::function calls, by the symbol of what it calls it through. */
function callable(value: DataValue): Formatted {
  const invoker = value.memberIfAny('_M_invoker');
  if (invoker) {
    if (value.member('_M_manager').bits() === 0n) return { summary: 'empty' };
    return { summary: targetName(value, invoker.bits()), children: named([stored(value)].flat()) };
  }
  const held = memberIfAny(value, '__f_')?.memberIfAny('__f_') ?? memberOf(value, '__f_');
  if (held.bits() === 0n) return { summary: 'empty' };
  const table = held.read(held.bits(), 8);
  const vtable = new DataView(table.buffer, table.byteOffset, table.length).getBigUint64(0, true);
  const name = /vtable for std::(?:\w+::)*__func<(.*)>/s.exec(value.symbolAt(vtable)?.name ?? '')?.[1];
  return { summary: (name === undefined ? undefined : splitArguments(name)[0]) ?? 'callable' };
}

function targetName(value: DataValue, invoker: bigint): string {
  const handler = /_Function_handler<(.*)>::_M_invoke/s.exec(value.symbolAt(invoker)?.name ?? '')?.[1];
  if (handler === undefined) return 'callable';
  // The signature comes first, then the type of the target.
  const target = splitArguments(handler)[1] ?? 'callable';
  if (!/\(\s*\*\s*\)/.test(target)) return target;
  const stored = value.memberIfAny('_M_functor');
  const code = stored?.address === undefined ? undefined : value.read(stored.address, 8);
  if (code?.length !== 8) return target;
  const symbol = value.symbolAt(new DataView(code.buffer, code.byteOffset, 8).getBigUint64(0, true));
  return symbol ? `<${symbol.name}>` : target;
}

function stored(value: DataValue): Child[] {
  const functor = value.memberIfAny('_M_functor');
  return functor ? [{ name: '_M_functor', value: functor, isRaw: true }] : [];
}

/** Iterators are pointers to elements, or to the nodes that hold them. */
function pointerIterator(value: DataValue, context: FormatContext): Formatted {
  return owning(memberOf(value, '_M_current', '__i', '__i_'), context, '');
}

/** @param header bytes of a node before its element */
function nodeIterator(header: number) {
  return (value: DataValue, context: FormatContext): Formatted => {
    const node = memberOf(value, '_M_node', '_M_cur', '__ptr_', '__node_').bits();
    if (node === 0n) return { summary: 'nullptr' };
    const type = typeArgument(value, 0);
    const held = value.object(type, node + BigInt(aligned(header, type)));
    return {
      summary: `0x${node.toString(16)} → ${context.summarize(held)}`,
      children: named([{ name: '*', value: held, expression: (parent) => `*${parent}` }]),
      pointee: () => held,
    };
  };
}

/** The same for iterators that libstdc++ declares in namespace std or __gnu_cxx. */
const normalIterator: Formatter = {
  name: '__gnu_cxx::__normal_iterator',
  matches: (type) => type.kind === 'struct' && /^__gnu_cxx::__normal_iterator</.test(type.qualifiedName ?? ''),
  format: pointerIterator,
};

function exceptionPointer(value: DataValue): Formatted {
  const object = memberOf(value, '_M_exception_object', '__ptr_').bits();
  if (object === 0n) return { summary: 'nullptr' };
  throw new DataError(`exception object at 0x${object.toString(16)}`);
}

export const pointers: readonly Formatter[] = [
  stdFormatter('unique_ptr', uniquePointer),
  stdFormatter(['shared_ptr', 'weak_ptr', '__shared_ptr', '__weak_ptr'], sharedPointer),
  stdFormatter('function', callable),
  stdFormatter('__wrap_iter', pointerIterator),
  stdFormatter(
    ['_List_iterator', '_List_const_iterator', '__list_iterator', '__list_const_iterator'],
    nodeIterator(16),
  ),
  stdFormatter(['_Fwd_list_iterator', '_Fwd_list_const_iterator'], nodeIterator(8)),
  stdFormatter(['_Rb_tree_iterator', '_Rb_tree_const_iterator'], nodeIterator(32)),
  stdFormatter(['__tree_iterator', '__tree_const_iterator'], nodeIterator(25)),
  stdFormatter('__exception_ptr::exception_ptr', exceptionPointer),
  normalIterator,
];
