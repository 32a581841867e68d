/** Rust's shared pointers, cells, locks, atomics and durations. */
import { traitObject } from '../../../symbols/data/dynamictype';
import type { DataValue } from '../../data';
import type { FormatContext, Formatted, Formatter } from '../../formatter';
import { named } from '../support';
import { integerIn, pointerIn, rustFormatter, rustPath, unwrapped } from './layout';

/** Rc and Arc: strong and weak counts lie before the value. All strong ones together hold a weak one. */
function counted(value: DataValue, context: FormatContext): Formatted {
  const pointer = pointerIn(value.member('ptr'));
  const isWeak = /Weak$/.test(rustPath(value.bare) ?? '');
  // `Weak::new()` points nowhere.
  if (pointer.bits() === 0n || pointer.bits() === 2n ** 64n - 1n) return { summary: '(Weak)' };
  const block = pointer.dereference();
  const strong = integerIn(block.member('strong')).bits();
  const weak = integerIn(block.member('weak')).bits() - (strong > 0n ? 1n : 0n);
  const remark = `(${strong} strong, ${weak} weak)`;
  const counts = [
    { name: 'strong', value: strong.toString() },
    { name: 'weak', value: weak.toString() },
  ];
  if (isWeak && strong === 0n) return { summary: '(expired)', children: named(counts) };
  const held = block.memberIfAny('value') ?? block.member('data');
  return {
    summary: `${context.summarize(held)} ${remark}`,
    children: named([{ name: 'value', value: held, expression: (parent) => `*${parent}` }, ...counts]),
    pointee: () => held,
  };
}

function holding(name: string) {
  return (value: DataValue, context: FormatContext): Formatted => {
    const held = unwrapped(value.member(name));
    return { summary: context.summarize(held), children: named([{ name: 'value', value: held }]), pointee: () => held };
  };
}

function refCell(value: DataValue, context: FormatContext): Formatted {
  const held = unwrapped(value.member('value'));
  const borrow = BigInt.asIntN(64, integerIn(value.member('borrow')).bits());
  const state = borrow === 0n ? '' : borrow < 0n ? ' (mutably borrowed)' : ` (borrowed ${borrow}×)`;
  return {
    summary: `${context.summarize(held)}${state}`,
    children: named([
      { name: 'value', value: held },
      { name: 'borrow', value: borrow.toString() },
    ]),
    pointee: () => held,
  };
}

function lock(value: DataValue, context: FormatContext): Formatted {
  const held = unwrapped(value.member('data'));
  const poison = value.memberIfAny('poison');
  const isPoisoned = poison !== undefined && integerIn(poison).bits() !== 0n;
  return {
    summary: `${context.summarize(held)}${isPoisoned ? ' (poisoned)' : ''}`,
    children: named([{ name: 'data', value: held }]),
    pointee: () => held,
  };
}

function duration(value: DataValue): Formatted {
  const seconds = value.member('secs').bits();
  const nanoseconds = integerIn(value.member('nanos')).bits();
  const fraction = nanoseconds.toString().padStart(9, '0').replace(/0+$/, '');
  if (seconds === 0n && nanoseconds > 0n) return { summary: belowSecond(nanoseconds) };
  return { summary: fraction === '' ? `${seconds}s` : `${seconds}.${fraction}s` };
}

/** As `{:?}` writes it. */
function belowSecond(nanoseconds: bigint): string {
  const [scale, unit] = nanoseconds >= 1_000_000n ? [1e6, 'ms'] : nanoseconds >= 1_000n ? [1e3, 'µs'] : [1, 'ns'];
  return `${Number(nanoseconds) / Number(scale)}${unit}`;
}

/** `&dyn Trait` and `Box<dyn Trait>`: the object behind them, of the type that its vtable is of. */
const traitObjects: Formatter = {
  name: 'Rust dyn Trait',
  matches: (type) => traitObject(type) !== undefined,
  format: (value, context) => {
    const halves = named(['pointer', 'vtable'].map((name) => ({ name, value: value.member(name) })));
    const held = value.dynamic();
    if (held === value) return { summary: undefined, children: halves };
    return {
      summary: context.summarize(held),
      children: named([{ name: 'value', value: held }, ...halves.slice(0, 2)]),
      pointee: () => held,
    };
  },
};

const atomics: Formatter = {
  name: 'Rust core::sync::atomic',
  matches: (type) => /^core::sync::atomic::Atomic/.test(rustPath(type) ?? ''),
  format: (value, context) => {
    const held = unwrapped(value.member('v'));
    return { summary: context.summarize(held), children: named([{ name: 'value', value: held }]) };
  },
};

export const rustWrappers: readonly Formatter[] = [
  rustFormatter(['alloc::rc::Rc', 'alloc::rc::Weak', 'alloc::sync::Arc', 'alloc::sync::Weak'], counted),
  rustFormatter(['core::cell::Cell', 'core::cell::UnsafeCell'], holding('value')),
  rustFormatter('core::cell::RefCell', refCell),
  rustFormatter(
    [
      'std::sync::mutex::Mutex',
      'std::sync::poison::mutex::Mutex',
      'std::sync::rwlock::RwLock',
      'std::sync::poison::rwlock::RwLock',
    ],
    lock,
  ),
  rustFormatter('core::time::Duration', duration),
  atomics,
  traitObjects,
];
