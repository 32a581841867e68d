/** Pointers in one line: the address, its symbol, and what is worth knowing of what it points to. */
import { bareType, type PointerType } from '../../symbols/data/types';
import type { DataValue } from '../data';
import { formatInteger } from './numbers';
import { addressText, clauseOf, unreadable, type Level, type Presenter } from './presenter';
import { pointedText, textUnit } from './strings';

/** Rust's references and boxes are pointers in DWARF, and the object itself to whoever reads Rust. */
function isRustReference({ name }: PointerType): boolean {
  return name !== undefined && (name.startsWith('&') || name.startsWith('alloc::boxed::Box<'));
}

export function pointerText(presenter: Presenter, value: DataValue, type: PointerType, level: Level): string {
  const { number, count } = presenter.format;
  const target = bareType(type.target);
  // The compiler dropped the pointer and kept what it points to.
  if (value.storage.kind === 'implicitPointer')
    return `<optimized out> ${preview(presenter, value, level) ?? ''}`.trim();
  const address = value.bits();
  if (level.depth === 0 && count !== undefined && address !== 0n) return spanText(presenter, value, count, level);
  if (number === 'd' || number === 'u' || number === 'o' || number === 'b') {
    return formatInteger(address, type.size ?? 8, number) ?? '';
  }
  if (address === 0n) return '0x0';
  if (target.kind === 'function') return presenter.codeText(value, address);
  const text = addressText(value, address);
  const unit = textUnit(type.target, number);
  if (unit) {
    const string = pointedText(value, address, unit, presenter.limits.stringLength);
    return string === undefined ? text : `${text} ${string}`;
  }
  if (isRustReference(type) && target.kind !== 'void') return referenceText(presenter, value, address, level);
  const shown = level.depth === 0 ? preview(presenter, value, level) : undefined;
  return shown === undefined ? text : `${text} ${shown}`;
}

/** What the pointer points to, where that says more than the address: structures and what formatters show. */
function preview(presenter: Presenter, value: DataValue, level: Level): string | undefined {
  try {
    const target = value.dereference().dynamic();
    if (target.bare.kind === 'struct' && target.bare.isIncomplete) return undefined;
    const isWorthIt = target.bare.kind === 'struct' || presenter.formats(target.bare);
    return isWorthIt ? presenter.nested(target, { ...level, depth: level.depth + 1 }) : undefined;
  } catch (error) {
    return clauseOf(error);
  }
}

function referenceText(presenter: Presenter, value: DataValue, address: bigint, level: Level): string {
  const target = value.dereference();
  if (target.address !== undefined && target.size > 0 && value.read(target.address, 1).length === 0) {
    return `${addressText(value, address)} ${unreadable(address)}`;
  }
  return presenter.nested(target, { ...level, depth: level.depth + 1 });
}

/** `,[n]`: the n elements a pointer points to. */
function spanText(presenter: Presenter, value: DataValue, count: number, level: Level): string {
  const first = value.dereference();
  return presenter.nested(first.as({ kind: 'array', element: first.type, count, lowerBound: 0 }), {
    ...level,
    depth: level.depth + 1,
  });
}
